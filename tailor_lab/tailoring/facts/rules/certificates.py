"""Certificates and licences by meaning, and that none is appended to one that is held.

A certificate is the one that the knowledge base knows, or its words without brackets, in whatever
order, or its initials; its issuer may be named with it. A name made of several ("BLS and ACLS",
"…, State of Texas") is supported only if each of its parts is.
"""

import re

from tailor_lab.tailoring.facts.credentials import pending
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials
from tailor_lab.tailoring.text.abbreviations import abbreviates, by_initials, letters
from tailor_lab.tailoring.text.spellings import spellings
from tailor_lab.tailoring.text.words import plain_words

_LEVEL = re.compile(
    r"\b(?:associate|professional|expert|foundation|practitioner|master|advanced|specialty|green"
    r"|black|yellow|i{1,3}|\d)\b"
)
_FILLING = frozenset(
    {
        *("certified", "certification", "certificate", "certifications", "license", "licence"),
        *("licensed", "of", "in", "the", "and", "for", "a", "an", "to", "on", "de", "by", "from"),
    }
)
_PASSING = frozenset(
    {
        *("active", "current", "valid", "held", "holder", "registered", "qualified", "state"),
        *("course", "training", "card", "operator", "hour", "hours", "with", "exam", "level"),
        *("passed", "completed", "full", "professional", "no", "number", "accredited", "pending"),
        *("progress", "expected", "provider", "currently", "renewed", "issued"),
    }
)
"""Words beside a certificate that name no other one."""
_JOINT = re.compile(r"\s*(?:[,;+&/|•]|\s[-–—]\s|\b(?:and|plus|with)\b)\s*")
_BRACKETS = re.compile(r"\(([^)]*)\)")


def same_certificate(ours: str, theirs: str, knowledge: Knowledge, issuer: str = "") -> bool:
    """Whether the source's certificate bears out another spelling of it.

    One in progress bears out none that is held.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> known = load_knowledge()
    >>> same_certificate("Food Safety Level 3", "HABC Level 3 Food Safety", known, "HABC")
    True
    >>> same_certificate("Basic Life Support (BLS)", "Basic Life Support (BLS) and ACLS", known)
    False
    """
    if pending(ours) and not pending(theirs):
        return False
    if letters(by_initials(ours)) == letters(by_initials(theirs)):
        return True
    if not _nothing_more(ours, theirs, issuer, knowledge):
        return False
    known, claimed = (
        {name for name, _ in find_credentials(text, knowledge)} for text in (ours, theirs)
    )
    if known and claimed and claimed <= known:
        if _of_another(ours, theirs, issuer, knowledge):
            return False
        return (
            _levels(theirs, knowledge) <= _levels(ours, knowledge)
            if claimed < known
            else _same_levels(ours, theirs, knowledge)
        )
    if _names(ours) & _names(theirs) or abbreviates(ours, theirs) or abbreviates(theirs, ours):
        return True
    mine, other = _words(ours), _words(theirs)
    return bool(mine) and mine <= other <= mine | _words(issuer)


def _nothing_more(ours: str, theirs: str, issuer: str, knowledge: Knowledge) -> bool:
    """Whether each part of a name of several parts stands in the source's name."""
    outside = [part for part in _JOINT.split(_BRACKETS.sub(" ", theirs)) if part.strip()]
    within = [part for part in _BRACKETS.findall(theirs) if part.strip()]
    if len(outside) + len(within) < 2:
        return True
    whole = _BRACKETS.sub(" ", theirs)
    if not all(_stands(part, ours, issuer, whole, knowledge) for part in outside):
        return False
    return all(
        _stands(part, ours, issuer, whole, knowledge) or _holds(part, ours) or _is_code(part)
        for part in within
    )


def _stands(part: str, ours: str, issuer: str, whole: str, knowledge: Knowledge) -> bool:
    """Whether the source's name has all that a part names, or one is short for the other."""
    known = {name for name, _ in find_credentials(ours, knowledge)}
    rest = part
    for name, (start, end) in reversed(find_credentials(part, knowledge)):
        if name not in known:
            return False
        rest = f"{rest[:start]} {rest[end:]}"
    said = _words(f"{ours} {issuer} {' '.join(known)}")
    new = {w for w in _words(rest) - _PASSING if w not in said and not spellings(w) & said}
    if not new:
        return True
    names = [*_parts(ours), whole, issuer]
    return any(abbreviates(part, name) or abbreviates(name, part) for name in names)


def _parts(text: str) -> list[str]:
    outside = _BRACKETS.sub(" ", text)
    return [p.strip() for p in (text, outside, *_JOINT.split(outside), *_BRACKETS.findall(text))]


def _holds(part: str, ours: str) -> bool:
    """Whether a part in brackets is one of the source's names, said at more length."""
    return any(
        len(name) > 1 and name <= _words(part) for name in (_words(p) for p in _parts(ours)) if name
    )


def _is_code(part: str) -> bool:
    """Whether a part in brackets is the number of the certificate or of its exam."""
    return re.fullmatch(r"\s*[A-Z]*[-# ]?[\dA-Z]*\d[\w-]*\s*", part) is not None


def _names(text: str) -> set[str]:
    """The text without its brackets and, where they hold another name, what is in them."""
    parts = [_BRACKETS.sub(" ", text), *_BRACKETS.findall(text)]
    folded = {"".join(w for w in _in_order(part) if w not in _FILLING) for part in parts}
    return {name for name in folded if len(name) > 1}


def _levels(text: str, knowledge: Knowledge) -> set[str]:
    """The words beside a certificate's name that say how high it is."""
    for _, (start, end) in reversed(find_credentials(text, knowledge)):
        text = f"{text[:start]} {text[end:]}"
    return set(_LEVEL.findall(text.casefold()))


def _of_another(ours: str, theirs: str, issuer: str, knowledge: Knowledge) -> bool:
    """Whether one known name stands beside different words ("Driver CPC", "Manager CPC")."""
    mine, other = (_beside_known(text, knowledge) - _words(issuer) for text in (ours, theirs))
    return bool(mine and other) and not any({w, *spellings(w)} & mine for w in other)


def _beside_known(text: str, knowledge: Knowledge) -> set[str]:
    """The words of a name beside the certificate that the knowledge base knows in it."""
    rest = _BRACKETS.sub(" ", text)
    for _, (start, end) in reversed(find_credentials(rest, knowledge)):
        rest = f"{rest[:start]} {rest[end:]}"
    return {word for word in _words(rest) - _PASSING if not word.isdigit()}


def _same_levels(ours: str, theirs: str, knowledge: Knowledge) -> bool:
    return _levels(ours, knowledge) == _levels(theirs, knowledge)


def _words(text: str) -> set[str]:
    return {word for word in _in_order(text) if word not in _FILLING}


def _in_order(text: str) -> list[str]:
    return plain_words(text)
