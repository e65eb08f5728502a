"""Degrees by meaning, whatever their spelling, and what is held against what is still to come.

A degree is its rank and its kind: "B.S.", "BSc" and "Bachelor of Science" are one, "B.A." is
another, and "Bachelor's degree" says less than either. Other qualifications are their words, in
whatever order. "In progress" is part of what is said: a degree or certificate still to come is none
that is held.
"""

import re
from typing import Literal, NamedTuple

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials
from tailor_lab.tailoring.text.abbreviations import letters, without_own_initials
from tailor_lab.tailoring.text.lexicon import any_of, words
from tailor_lab.tailoring.text.sentences import sentences
from tailor_lab.tailoring.text.spellings import meanings
from tailor_lab.tailoring.text.words import plain_words

_KINDS = {
    "s": "science",
    "sc": "science",
    "a": "arts",
    "e": "engineering",
    "eng": "engineering",
    "tech": "technology",
    "ba": "business administration",
    "sba": "science business administration",
    "com": "commerce",
    "ed": "education",
    "fa": "fine arts",
    "sn": "science nursing",
    "scn": "science nursing",
    "ph": "public health",
    "pa": "public administration",
    "pp": "public policy",
    "sw": "social work",
    "ca": "computer applications",
    "as": "applied science",
    "arch": "architecture",
    "pharm": "pharmacy",
    "phil": "philosophy",
    "res": "research",
    "mus": "music",
    "div": "divinity",
    "min": "ministry",
    "fin": "finance",
    "acc": "accounting",
    "is": "information systems",
    "ims": "management studies",
    "hrm": "human resource management",
    "lis": "library information science",
}
_RANKS = {"a": "associate", "b": "bachelor", "m": "master"}
_SHORT = {
    f"{letter}{short}": (rank, kind)
    for letter, rank in _RANKS.items()
    for short, kind in _KINDS.items()
}
_SHORT |= {"phd": ("doctor", "philosophy"), "dphil": ("doctor", "philosophy")}
_SHORT |= {
    "edd": ("doctor", "education"),
    "jd": ("doctor", "law"),
    "jurisdoctor": ("doctor", "law"),
}
_SHORT |= {"md": ("doctor", "medicine"), "dpt": ("doctor", "physical therapy")}
_SHORT |= {"pharmd": ("doctor", "pharmacy"), "dnp": ("doctor", "nursing practice")}
_SHORT |= {"dba": ("doctor", "business administration"), "psyd": ("doctor", "psychology")}
_SHORT |= {"dds": ("doctor", "dental surgery"), "dvm": ("doctor", "veterinary medicine")}
_SHORT |= {"llb": ("bachelor", "laws"), "llm": ("master", "laws"), "mbbs": ("bachelor", "medicine")}
_SHORT |= {"ms": ("master", "science"), "msc": ("master", "science"), "pgdm": ("diploma", "")}
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
    rf"\b(?:{any_of('unfinished', 'coming', 'over')}|pursuing|studying|eligible|preparing"
    r"|coursework|working towards?|in training for|exam|expires? soon)\b",
    re.IGNORECASE,
)
_COMING = re.compile(rf"\b(?:{any_of('unfinished', 'plainly_coming')})\b", re.IGNORECASE)
_HONOURS = re.compile(
    r"\b(?:with )?hon(?:ou?r)?s?\b\.?|\b(?:magna |summa )?cum laude\b|\bfirst class\b",
    re.IGNORECASE,
)
_SMALL = frozenset(words("stop_words", "small"))
_QUALIFICATIONS = {
    "pgce": "postgraduate certificate in education",
    "pgcert": "postgraduate certificate",
    "pgdip": "postgraduate diploma",
    "pgde": "professional graduate diploma in education",
    "hnd": "higher national diploma",
    "hnc": "higher national certificate",
    "nvq": "national vocational qualification",
    "svq": "scottish vocational qualification",
    "gcse": "general certificate of secondary education",
    "gdl": "graduate diploma in law",
    "lpc": "legal practice course",
    "dip": "diploma",
    "cert": "certificate",
    "ged": "general educational development",
}
"""Qualifications beside the degrees that go by their initials."""


class Degree(NamedTuple):
    """A degree by its rank (bachelor …), its kind (science …) and what it was taken in."""

    rank: str
    kind: str
    field: str = ""


def degree(text: str) -> Degree | None:
    """The degree that `text` names, or None.

    >>> degree("B.Sc."), degree("Master's degree")
    (Degree(rank='bachelor', kind='science', field=''), Degree(rank='master', kind='', field=''))
    """
    plain = re.sub(r"\bdegree\b", " ", _HONOURS.sub(" ", re.sub(r"\([^)]*\)", " ", text)))
    if letters(plain) in _SHORT:
        return Degree(*_SHORT[letters(plain)])
    match = _LONG.search(text)
    if match is None:
        # "B.S. in Biology", "MSc Physics": the first word is the degree.
        first, _, rest = plain.strip().partition(" ")
        if rest and letters(first) in _SHORT and len(letters(first)) > 1:
            return Degree(*_SHORT[letters(first)], _words(re.sub(r"^in ", "", rest.strip(" ,-–"))))
        return None
    rank = "doctor" if match["rank"].casefold().startswith("doctor") else match["rank"].casefold()
    named = re.sub(r"\bdegree\b", " ", (match["kind"] or "").casefold())
    kind, _, field = named.partition(" in ")
    if re.search(r"\bin\s", match.group().casefold().split(kind or "\n")[0]):
        kind, field = "", kind
    whole = f"{kind} {field}".strip()
    if _words(whole) in _KINDS.values():
        kind, field = whole, ""
    return Degree(rank, _words(kind), _words(field))


def degree_relation(ours: str, theirs: str) -> Literal["same", "weaker", "other"]:
    """How a degree stands to the source's; one still to come supports none that is held.

    >>> degree_relation("B.S.", "Bachelor's degree"), degree_relation("B.S. (in progress)", "B.S.")
    ('weaker', 'other')
    """
    if pending(ours) and not pending(theirs):
        return "other"
    ours, theirs = without_own_initials(ours), without_own_initials(theirs)
    source, claimed = degree(ours), degree(theirs)
    if source is None or claimed is None or source.rank != claimed.rank:
        return "same" if _same_qualification(ours, theirs) else "other"
    if _HONOURS.search(theirs) and not _HONOURS.search(ours):
        return "other"
    if source == claimed and bool(_HONOURS.search(ours)) == bool(_HONOURS.search(theirs)):
        return "same"
    if source.rank == "doctor" and {source.kind, claimed.kind} <= {"", "philosophy"}:
        return "same" if source.field == claimed.field else "weaker"
    less = claimed.kind in {"", source.kind} and claimed.field in {"", source.field}
    return "weaker" if less else "other"


def _same_qualification(ours: str, theirs: str) -> bool:
    """Whether two qualifications have the same words, in whatever order, initials spelt out."""
    one, two = (
        {tuple(sorted(reading)) for reading in meanings(_spelt_out(text))}
        for text in (ours, theirs)
    )
    return bool(one & two)


def _spelt_out(text: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda m: _QUALIFICATIONS.get(m[0].casefold(), m[0]), text)


def degrees_in(text: str) -> list[tuple[str, int, int]]:
    """The ranks of the degrees that a prose text names, with their places."""
    return [
        (found.rank, match.start(), match.end())
        for match in _NAMED.finditer(text)
        if (found := degree(match.group())) is not None
    ]


def held_credentials(text: str, knowledge: Knowledge) -> set[str]:
    """The certifications that a text says are held, not those that it says are to come."""
    return {
        name
        for sentence in sentences(text, clauses=True)
        if not pending(sentence)
        for name, _ in find_credentials(sentence, knowledge)
    }


def coming(text: str) -> bool:
    """Whether a remark says that something is still to come, in the plainest words for it."""
    return _COMING.search(text) is not None


def pending(text: str) -> bool:
    """Whether what `text` names is said to be still to come, or to be over."""
    return _PENDING.search(text) is not None


def _words(text: str) -> str:
    """The words of a text without case, marks and small words."""
    return " ".join(word for word in plain_words(text) if word not in _SMALL)
