"""Whether a line tells of having done what a skill's name says: who negotiated, knows negotiation.

Only verbs bear a skill out ("negotiated contracts": contract negotiation); other words must stand
there as they are. That a text speaks of programs shows no programming.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tailor_lab.tailoring.text.lexicon import lexicon, words
from tailor_lab.tailoring.text.spellings import spellings
from tailor_lab.tailoring.text.words import plain_words, tokens

_VERB = re.compile(r"\w{2,}(?:ed|ing)$")
_VERBS = lexicon("verbs")
_IRREGULAR: Mapping[str, str] = _VERBS["irregular"]
_NOUNS: Mapping[str, str] = _VERBS["nouns"]
# Of several forms ("wrote", "written") the first is the past.
PAST: Mapping[str, str] = {verb: past for past, verb in reversed(list(_VERBS["irregular"].items()))}
"""The past of the verbs that do not end in "ed" there."""
_SMALL = frozenset(words("stop_words", "small"))
_ANYBODY = frozenset({"staff", "team", "people", "personnel", "employee", "workforce"})
_PEOPLE = frozenset(" ".join(tokens(word)) for word in words("people", "staff"))
"""Who may be meant by the staff of "staff training"."""
_WITH_I = ("ifi", "iri", "graphi")
_OF_THREAD = threading.local()
_NEAR = 8
"""Within how many words of each other the words of a skill must stand."""


class Deed(NamedTuple):
    """A word of a line and, where it is a verb, the stems that it may have."""

    word: str
    stems: frozenset[str]


@lru_cache(maxsize=2048)
def deeds(text: str, *, opens: bool = False) -> tuple[Deed, ...]:
    """The words of a line; where it `opens` with a verb, as in "Plan shifts", the first is one."""
    raw = plain_words(text)
    # "Line-manage two assistants": a compound opens as one verb.
    opening = len(plain_words(text.split(maxsplit=1)[0])) if text.strip() else 0
    found = []
    for i, word in enumerate(raw):
        verb = (opens and i < opening) or word in _IRREGULAR or _VERB.fullmatch(word) is not None
        found.append(Deed(" ".join(tokens(word)), stems_of(word) if verb else frozenset()))
    return tuple(found)


def shows(told: Sequence[Deed], name: str) -> bool:
    """Whether a line tells what the name of a skill says.

    >>> line = deeds("Negotiated supplier contracts and social programs")
    >>> shows(line, "Contract negotiation"), shows(line, "Programming")
    (True, False)
    """
    wanted = [word for word in plain_words(name) if word not in _SMALL]
    if not wanted:
        return False
    places: list[int] = []
    for word in wanted:
        plain, stems = " ".join(tokens(word)), stems_of(word)
        forms = {plain, *spellings(plain)}
        if word in _ANYBODY:
            forms = forms | _PEOPLE
        same = (i for i, deed in enumerate(told) if deed.word in forms or deed.stems & stems)
        at = next(same, None)
        if at is None:
            return False
        places.append(at)
    return max(places) - min(places) < _NEAR


def is_verb(word: str) -> bool:
    """Whether a word is the form of a verb in the past."""
    return word.casefold() in _IRREGULAR or word.casefold().endswith("ed")


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """What a verb and its forms and nouns have in common, by Snowball's English rules and a table.

    Source: Porter (2001), "Snowball: A language for stemming algorithms".

    >>> stem("planning"), stem("planned"), stem("taught") == stem("teaching")
    ('plan', 'plan', True)
    >>> stem("certification") == stem("certified"), stem("organise") == stem("organization")
    (True, True)
    """
    word = _IRREGULAR.get(word) or _NOUNS.get(word) or word
    # "apprenticeship" and "mentorship", which the rules leave whole.
    word = word.removesuffix("ship") if len(word) > 8 else word
    # British spelling for both; "certification" and "photographed" lack the i of "certified" and
    # "photography".
    found = str(_stemmer().stemWord(word.replace("z", "s")))
    return found[:-1] if found.endswith(_WITH_I) else found


def stems_of(word: str) -> frozenset[str]:
    """The stem of a word, as a set to be compared with others."""
    return frozenset((stem(word),))


def trade_stems(word: str) -> frozenset[str]:
    """The stems of what somebody is called and of the verb that names the trade: driver, drive.

    >>> stem("driving") in trade_stems("driver"), stem("teaching") in trade_stems("teacher")
    (True, True)
    """
    if not word.endswith(("er", "or")):
        return stems_of(word)
    return frozenset(map(stem, (word, word[:-2], f"{word[:-2]}e")))


def _stemmer() -> Any:
    """This thread's stemmer: it keeps the word at hand in itself."""
    if not hasattr(_OF_THREAD, "stemmer"):
        # Some 25 ms, which nothing but the facts needs. It uses PyStemmer's C code.
        import snowballstemmer

        _OF_THREAD.stemmer = snowballstemmer.stemmer("english")
    return _OF_THREAD.stemmer
