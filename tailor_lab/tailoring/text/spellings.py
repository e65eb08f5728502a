"""One word in several spellings: what is shortened is spelt out, in every sense that it may have.

"Sr. Mgr, Sales & Ops" and "Senior Sales and Operations Manager" have the same words. The table is
`data/knowledge/lexicon/abbreviations.yaml`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product

from tailor_lab.tailoring.text.dates import MONTHS
from tailor_lab.tailoring.text.lexicon import lexicon, words

_TABLES = lexicon("abbreviations")
_MEANING = {
    short: [sense.split() for sense in senses]
    for table in ("short", "forms")
    for short, senses in _TABLES[table].items()
}
_READINGS = 32
"""How many senses of one text are looked at."""
# "to" says more than it seems in a title: an assistant to the manager is none.
_SMALL = frozenset(words("stop_words", "small", "in_titles")) - {"to"}
_WORD = re.compile(r"[^\W_]+(?:[+#]+)?")


def _pairs() -> Iterator[tuple[str, str]]:
    """Each two single words of which one stands for the other."""
    for short, senses in _MEANING.items():
        for sense in senses:
            if len(sense) == 1 and len(short) > 1:
                yield short, sense[0]
    for names in MONTHS["en"]:
        for name in names:
            yield from ((name, other) for other in names if other != name)


def _forms(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


_FORMS = _forms(_pairs())


def spellings(word: str) -> frozenset[str]:
    """Other forms of a single word: "mgr" for "manager", "sept" and "september".

    >>> sorted(spellings("senior"))
    ['snr', 'sr']
    """
    return _FORMS.get(word, frozenset())


@lru_cache(maxsize=8192)
def meanings(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a title spelt out in every sense, without those that carry no meaning.

    >>> meanings("VP, R&D"), meanings("Full-Stack Dev")
    ((('vice', 'president', 'research', 'development'),), \
(('full', 'stack', 'developer'), ('full', 'stack', 'development')))
    """
    senses = (_MEANING.get(word, [[word]]) for word in folded_words(text))
    return tuple(
        tuple(word for part in choice for word in part if word not in _SMALL)
        for choice in islice(product(*senses), _READINGS)
    )


def same_words(ours: str, theirs: str) -> bool:
    """Whether two texts have the same words in the same order, abbreviations spelt out."""
    return bool(set(meanings(ours)) & set(meanings(theirs)))


def folded_words(text: str) -> list[str]:
    """The words of a text without case, accents and the dots of initials.

    >>> folded_words("V.P. für R&D, Köln")
    ['vp', 'fur', 'rd', 'koln']
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"['’]s?\b", "", plain)
    # "V.P." and "R&D", "A/P": initials are one word.
    plain = re.sub(r"\b(?:[a-z]\.){2,}|\b(?:[a-z]\.)+[a-z]\b", _without_marks, plain)
    plain = re.sub(r"\b[a-z][&/][a-z]\b", _without_marks, plain)
    return _WORD.findall(plain.replace("&", " and "))


def _without_marks(match: re.Match[str]) -> str:
    return re.sub(r"\W", "", match.group())
