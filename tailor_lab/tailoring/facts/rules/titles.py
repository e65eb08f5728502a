"""Titles and employers by meaning: what is abbreviated is spelt out, and words may change places.

"Sr. Mgr, Sales & Ops" and "Senior Sales and Operations Manager" are one title. A title that drops a
rank which the source gives ("Senior") says less; one that drops what makes it smaller ("Assistant",
"Intern", "(contract)") or adds a word says more.
"""

import re
from typing import Literal

from tailor_lab.tailoring.text.lexicon import words
from tailor_lab.tailoring.text.spellings import meanings

Relation = Literal["same", "weaker", "shorter", "other"]

_LEGAL_FORMS = frozenset(words("legal_forms", "certain", "short", "worded"))
_HIGHER = frozenset(words("ranks", "raising"))
_LOWER = frozenset(words("ranks", "lowering"))
_PART = re.compile(r"\s*(?:,|\(|\)|\s[-–—|/]\s|\bat\b)\s*")


def title_relation(ours: str, theirs: str) -> Relation:
    """How a title stands to the source's: the same, weaker, merely shorter, or another.

    >>> title_relation("Sr. Mgr, Sales", "Senior Sales Manager")
    'same'
    >>> title_relation("Senior Engineer", "Engineer"), title_relation("Engineer", "Senior Engineer")
    ('weaker', 'other')
    >>> title_relation("Assistant Manager", "Manager"), title_relation("Nurse, ICU", "Nurse")
    ('other', 'shorter')
    """
    found = {
        _relation(ours, source, claimed)
        for source in meanings(ours)
        for claimed in meanings(theirs)
    }
    order: tuple[Relation, ...] = ("same", "weaker", "shorter")
    return next((relation for relation in order if relation in found), "other")


def _relation(ours: str, source: tuple[str, ...], claimed: tuple[str, ...]) -> Relation:
    if not claimed or not source:
        return "other"
    # "Sous-Chef" and "Souschef" are one, too.
    if sorted(source) == sorted(claimed) or "".join(source) == "".join(claimed):
        return "same"
    left = list(source)
    for word in claimed:
        if word not in left:
            return "other"
        left.remove(word)
    if set(left) <= _HIGHER and source[-1] in claimed:
        return "weaker"
    if not set(left) & _LOWER and not any(word.isdigit() for word in left):
        first = _PART.split(ours)[0]
        if any(set(words) <= set(claimed) for words in meanings(first)):
            return "shorter"
    return "other"


def same_name(ours: str, theirs: str) -> bool:
    """Whether two spellings name one organisation: legal forms and abbreviations do not count."""
    one, two = _organisations(ours), _organisations(theirs)
    return bool(one & two) or bool({"".join(n) for n in one} & {"".join(n) for n in two})


def _organisations(text: str) -> set[tuple[str, ...]]:
    found = {tuple(w for w in words if w not in _LEGAL_FORMS) for words in meanings(text)}
    return found - {()}
