"""Degrees and certificates by meaning, whatever their spelling.

A degree is its rank and its kind: "B.S.", "BSc" and "Bachelor of Science" are one, "B.A." is
another. A certificate is the one that the knowledge base knows, or its words without brackets, or
its initials. "In progress" is part of what is said: a certificate not yet held is none.
"""

import re

from tailor_lab.tailoring.knowledge_detect import find_credentials

_KINDS = {
    "s": "science",
    "sc": "science",
    "a": "arts",
    "e": "engineering",
    "eng": "engineering",
    "tech": "technology",
    "ba": "business administration",
    "com": "commerce",
    "ed": "education",
    "fa": "fine arts",
    "sn": "science in nursing",
    "ph": "public health",
    "ca": "computer applications",
    "as": "applied science",
}
_RANKS = {"a": "associate", "b": "bachelor", "m": "master"}
_SHORT = {
    f"{letter}{short}": (rank, kind)
    for letter, rank in _RANKS.items()
    for short, kind in _KINDS.items()
}
_SHORT |= {"phd": ("doctor", ""), "edd": ("doctor", "education"), "jd": ("doctor", "law")}
_SHORT |= {"md": ("doctor", "medicine"), "dpt": ("doctor", "physical therapy")}
_SHORT |= {"pharmd": ("doctor", "pharmacy"), "dnp": ("doctor", "nursing practice")}
_LONG = re.compile(
    r"\b(?P<rank>associate|bachelor|master|doctor|doctorate|doctoral)(?:['’]?s)?\b"
    r"(?:\s+degree)?(?:\s+(?:of|in)\s+(?P<kind>[\w ]+))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:ph\.?\s?d\b\.?|doctorate|doctoral degree|doctor of \w+|mba\b|m\.b\.a\.|juris doctor"
    r"|(?:master|bachelor|associate)(?:['’]?s)?(?: degree| of [A-Z]\w+| in [A-Z]\w+)"
    r"|(?:master|bachelor)['’]s\b|[BM]\.?\s?Sc\b\.?|[BM]\.S\.|[BM]\.A\.|[BM]\.?Tech\b\.?|[BM]\.?Eng\b)",
    re.IGNORECASE,
)
_PENDING = re.compile(
    r"in progress|expected|pending|pursuing|studying|candidate|eligible|scheduled|planned|ongoing"
    r"|anticipated|preparing",
    re.IGNORECASE,
)
_SMALL = frozenset({"of", "in", "the", "and", "for", "a", "an", "to", "on", "de"})


def degree(text: str) -> tuple[str, str] | None:
    """Rank and kind of the degree that `text` names, or None.

    >>> degree("B.Sc."), degree("Bachelor of Science"), degree("Master's degree")
    (('bachelor', 'science'), ('bachelor', 'science'), ('master', ''))
    """
    if letters(text) in _SHORT:
        return _SHORT[letters(text)]
    match = _LONG.search(text)
    if match is None:
        return None
    rank = match["rank"].casefold()
    kind = (match["kind"] or "").casefold().strip()
    return "doctor" if rank.startswith("doctor") else rank, kind


def degrees_in(text: str) -> list[tuple[str, int, int]]:
    """The ranks of the degrees that a prose text names, with their places."""
    return [
        (found[0], match.start(), match.end())
        for match in _NAMED.finditer(text)
        if (found := degree(match.group())) is not None
    ]


def same_certificate(ours: str, theirs: str) -> bool:
    """Whether two spellings name one certificate; one in progress is not one that is held."""
    if _PENDING.search(ours) and not _PENDING.search(theirs):
        return False
    known = {name for name, _ in find_credentials(ours)}
    if known and known == {name for name, _ in find_credentials(theirs)}:
        return True
    mine, other = _names(ours), _names(theirs)
    return bool(mine & other) or abbreviates(ours, theirs) or abbreviates(theirs, ours)


def pending(text: str) -> bool:
    """Whether what `text` names is said to be still to come."""
    return _PENDING.search(text) is not None


def initials(text: str) -> str:
    """The first letters of the words that count.

    >>> initials("Certified Public Accountant")
    'cpa'
    """
    found = re.findall(r"[^\W_]+", text.casefold())
    return "".join(word[0] for word in found if word not in _SMALL)


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is made of the first letters of `long`."""
    found = letters(short)
    return 1 < len(found) <= 6 and " " not in short.strip() and found == initials(long)


def letters(text: str) -> str:
    """The letters and digits of a text, without case."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _names(text: str) -> set[str]:
    """The text without its brackets and, where they hold another name, what is in them."""
    outside = re.sub(r"\([^)]*\)", " ", text)
    parts = [outside, *re.findall(r"\(([^)]*)\)", text)]
    folded = {re.sub(r"[\W_]+", "", part.casefold()) for part in parts}
    return {name for name in folded if len(name) > 1}
