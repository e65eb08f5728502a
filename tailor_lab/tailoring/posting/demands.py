"""The years of experience and the degree that a demand asks for, however it spells them.

Years are the largest lower bound; of alternatives ("an associate degree and two years, or four
years") the one that goes with the degree named first counts. A degree is the least that suffices,
and "or equivalent experience" behind it neither raises it nor takes it away.
"""

import re
from collections.abc import Iterable
from functools import partial

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_degrees
from tailor_lab.tailoring.text.lexicon import any_of
from tailor_lab.tailoring.text.number_words import UP_TO_99, value_of

_any = partial(any_of, "demands")

# Years are asked for in small numbers; "a dozen" stands for one without "of".
_DOZENS = {"half a dozen": 6.0, "a half dozen": 6.0, "a dozen": 12.0, "dozen": 12.0}
_COUPLE = {"a couple of": 2.0, "couple of": 2.0}
_SPELT = "|".join(
    word.replace(" ", r"\s+") for word in sorted({**_DOZENS, **_COUPLE}, key=len, reverse=True)
)
_COUNT = rf"(?:\d{{1,2}}(?:[.,]\d)?|{_SPELT}|{UP_TO_99})"
_DASH = r"[-\u2010-\u2015\u2212]"
_MORE = r"(?:\s*\+|[\s-]*plus\b|\s+or\s+(?:more|greater|above)\b)"
_UNIT = r"(?:years?|yrs?|months?|mos)\b(?:\s*\+|\.)?"
_AMOUNT = re.compile(
    rf"""(?<![\w.,$£€/-])(?P<low>{_COUNT})
    (?:\s*\(\s*\w+(?:\s*\+|-plus)?\s*\))?          # three (3)
    {_MORE}?
    (?:\s*(?:{_DASH}|{_DASH}?\b(?:to|or|and)\b{_DASH}?)\s*{_COUNT}(?:\s*\(\s*\w+\s*\))?{_MORE}?)?
    (?:\s+(?:full|consecutive|solid|complete|recent))?
    (?:\s|{_DASH}|\))*(?P<unit>{_UNIT})
    |(?<!\w)(?P<single>an?|half\s+an?)\s+(?P<short>year|decade)\b(?P<half>\s+and\s+a\s+half)?
    |\byears\s+of\s+experience\s*[:=]\s*(?P<after>\d{{1,2}})(?!\d)""",
    re.IGNORECASE | re.VERBOSE,
)
# What follows or goes before an amount of time that is no experience of the candidate.
_NO_EXPERIENCE_AFTER = re.compile(
    rf"(?:\s|{_DASH}|['’])*(?:{_any('no_experience_after')})",
    re.IGNORECASE,
)
_NO_EXPERIENCE_BEFORE = re.compile(
    rf"(?:{_any('no_experience_before')})\s*$",
    re.IGNORECASE,
)
_SPOKEN_AFTER = re.compile(
    (
        rf"['’]?\s*(?:(?:or\s+more|plus|min(?:imum)?"
        rf"|required)\b\.?\s*)*(?:{_any('spoken_after')})"
    ),
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    _any("spoken"),
    re.IGNORECASE,
)
# A demand that is nothing but an amount of years.
_BARE = re.compile(r"(?:\W|\bplus\b|\bor\s+more\b|\brequired\b)*", re.IGNORECASE)
_MOST_YEARS = 25

_EDUCATION = re.compile(
    _any("education"),
    re.IGNORECASE,
)
# Words that a degree's letters or name may be instead: MS Office, a scrum master, J.D. Edwards.
_OTHERWISE_AFTER = re.compile(
    rf"[\s-]*(?:{_any('otherwise_after')})",
    re.IGNORECASE,
)
_OTHERWISE_BEFORE = re.compile(
    rf"(?:{_any('otherwise_before')})[\s-]*$",
    re.IGNORECASE,
)
_BARE_DEGREE = re.compile(
    (
        rf"\b(?:{_any('bare_degree')})\s+degree\b(?!\s+of\b)|\bdegree\s*(?:,|\("
        rf"|or\s+(?:an?\s+)?equivalent|required|level|qualified|educated)"
        rf"|^\W*degree\b(?!\s+of\b)|\bdegree-(?:level|educated|qualified)"
    ),
    re.IGNORECASE,
)
# "No degree needed", "we do not ask for a degree", "a degree is not required".
_NO_DEGREE = re.compile(
    r"\b(?:no|not|never|without|don['’]t|doesn['’]t)\b(?!\s+only)[^.;,]{0,30}\bdegrees?\b"
    r"|\bdegrees?\s+(?:can|may)\s+(?:count|replace|substitute|stand)"
    r"|\bdegrees?\s+(?:is|are)\s+(?:not|neither|un)\s*(?:required|needed|necessary|asked|expected)",
    re.IGNORECASE,
)
_LOW_BARE = re.compile(r"associate|technical|trade|social", re.IGNORECASE)
_EQUIVALENT = re.compile(
    (
        rf"\b(?:equivalent|equivalency|equivalence|comparable|commensurate)\b"
        rf"|\bor\s+(?:(?:{_any('before_experience')})\s+)*(?:\w+\s+){{0,2}}experience\b"
        rf"|\b(?:experience|years)\b.{{0,40}}\b(?:in\s+lieu|instead|substitut"
        rf"|in\s+place\s+of)|\bin\s+lieu\s+of\b|\bor\s+(?:\d+|[a-z]+)\+?\s+(?:years|yrs)\b"
        rf"|\bor\b[^,;]*?\b(?:and|with|plus)\s+(?:\d+|[a-z]+)\+?\s+years?\b"
    ),
    re.IGNORECASE,
)
# Behind "or", but for "BS or equivalent and 5 years".
_OR_YEARS = re.compile(
    r"\bor\b(?!\s+(?:an?\s+)?equivalent\b[^,;]*\b(?:and|with|plus)\b)[^,;]*$", re.IGNORECASE
)
_OR_ELSE = re.compile(r"\bor\b[^,;]*$", re.IGNORECASE)
_AND_YEARS = re.compile(
    rf"[^,;]*?\b(?:and|with|plus)\s+(?:at\s+least\s+)?{_COUNT}\+?\s+years?\b", re.IGNORECASE
)


def years_asked(texts: Iterable[str], knowledge: Knowledge) -> float | None:
    """The years of experience that these demands ask for: the largest lower bound, or None.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> known = load_knowledge()
    >>> years_asked(["3-5 years of experience in nursing", "2+ years with Epic"], known)
    3.0
    >>> years_asked(["Sales: eight-plus yrs. min."], known)
    8.0
    """
    asked = [years for text in texts for years in _years(text, knowledge)]
    return max(asked) if asked else None


def _years(text: str, knowledge: Knowledge) -> list[float]:
    asked: list[float] = []
    degrees = [low for _, (low, _) in find_degrees(text, knowledge)]
    for match in _AMOUNT.finditer(text):
        years = _number(match)
        before = text[max(0, match.start() - 40) : match.start()]
        after = text[match.end() : match.end() + 60]
        if _NO_EXPERIENCE_AFTER.match(after) or _NO_EXPERIENCE_BEFORE.search(before):
            continue
        told = (
            match["after"]
            or _SPOKEN_AFTER.match(after)
            or _SPOKEN.search(f"{before} {after}")
            or (_in_years(match) and _BARE.fullmatch(text[: match.start()] + text[match.end() :]))
        )
        # "A bachelor's degree, or four years of experience", "or an associate degree with four
        # years": the years stand for the degree.
        above = any(degree < match.start() for degree in degrees)
        instead = (
            above and (_OR_YEARS.search(before) or _in_equivalents(text, match.start(), knowledge))
        ) or (re.match(r"\W*or\b", text) and least_degree(text[: match.start()], knowledge))
        if 0 < years <= _MOST_YEARS and told and not instead:
            asked.append(years)
    return asked


def _in_equivalents(text: str, place: int, knowledge: Knowledge) -> bool:
    """Whether a degree stands between the word "equivalent" and this place."""
    equivalent = re.search(r"\bequivalent|\bcombination", text[:place], re.IGNORECASE)
    return equivalent is not None and bool(find_degrees(text[equivalent.end() : place], knowledge))


def _in_years(match: re.Match[str]) -> bool:
    return (match["unit"] or "").lower().startswith("y")


def _number(match: re.Match[str]) -> float:
    if match["after"]:
        return float(match["after"])
    if match["single"]:
        part = 0.5 if match["single"].lower().startswith("half") else 1.0
        return (part + 0.5 * bool(match["half"])) * (
            10.0 if match["short"].lower() == "decade" else 1.0
        )
    low = re.sub(r"\s+", " ", match["low"].lower())
    number = {**_DOZENS, **_COUPLE}.get(low) or value_of(low)
    number = float(low.replace(",", ".")) if number is None else number
    return number / 12 if match["unit"].lower().startswith("mo") else number


def degrees_named(texts: Iterable[str], knowledge: Knowledge) -> tuple[str | None, bool]:
    """The least degree that suffices by these demands, and whether experience may stand for it.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> asked = ["BS in Physics or equivalent experience; excellent MS Office skills"]
    >>> degrees_named(asked, load_knowledge())
    ("bachelor's degree", True)
    """
    degrees = knowledge.degrees
    least: str | None = None
    equivalent = False
    for text in texts:
        lowest = least_degree(text, knowledge)
        if lowest is None:
            continue
        accepted = accepts_experience(text, knowledge)
        if least is None or degrees[lowest].rank > degrees[least].rank:
            least, equivalent = lowest, accepted
        elif lowest == least:
            equivalent |= accepted
    return least, equivalent


def least_degree(text: str, knowledge: Knowledge) -> str | None:
    """The lowest degree that one demand names, or None where it names none."""
    degrees = knowledge.degrees
    if _NO_DEGREE.search(text):
        return None
    text = re.sub(r"(?<=[a-z])-(?=school|level|year)", " ", text.replace("’", "'"), flags=re.I)
    found = [
        (name, low)
        for name, (low, high) in find_degrees(text, knowledge)
        if not _OTHERWISE_AFTER.match(text, high)
        and not _OTHERWISE_BEFORE.search(text[max(0, low - 14) : low])
    ]
    # "A bachelor's degree, or an associate degree and two years": the years make up for the rest.
    named = [
        name
        for name, low in found
        if low == found[0][1]
        or not (_OR_ELSE.search(text, found[0][1], low) and _AND_YEARS.match(text, low))
    ]
    if named and _EDUCATION.search(text):
        return min(named, key=lambda name: degrees[name].rank)
    bare = _BARE_DEGREE.search(text)
    if bare and not named:
        return "associate degree" if _LOW_BARE.search(bare.group()) else "bachelor's degree"
    return None


def accepts_experience(text: str, knowledge: Knowledge) -> bool:
    """Whether a demand for a degree takes experience, or an equivalent, in its place."""
    place = next((low for _, (low, _) in find_degrees(text, knowledge)), 0)
    found = _EQUIVALENT.search(text, place) or re.search(r"in\s+lieu|instead\s+of", text, re.I)
    return found is not None
