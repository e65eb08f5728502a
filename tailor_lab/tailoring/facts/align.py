"""Which entry and line of the source each entry and line of the tailored résumé comes from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from tailor_lab.tailoring.text.abbreviations import abbreviates, contracts

_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "work": ("name", "position", "startDate"),
    "volunteer": ("organization", "position", "startDate"),
    "education": ("institution", "studyType", "area"),
    "projects": ("name", "startDate"),
    "certificates": ("name", "issuer"),
    "awards": ("title", "awarder"),
    "publications": ("name", "publisher"),
    "languages": ("language",),
}
SECTIONS = tuple(_IDENTITY)
UNPLACED = "/other"
"""The lines that no section of JSON Resume has a place for stand together, as one entry."""
_LEAST_ALIKE = 55.0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Line:
    """A text of a résumé: its JSON pointer, and the entry it belongs to ("" for the whole)."""

    path: str
    text: str
    entry: str


def lines(resume: Mapping[str, Any]) -> Iterator[Line]:
    """The prose of a résumé: summaries, descriptions, highlights, and lines without a place."""
    summary = resume.get("basics", {}).get("summary")
    if summary:
        yield Line("/basics/summary", str(summary), "")
    for section in ("work", "volunteer", "projects"):
        for i, entry in enumerate(resume.get(section) or ()):
            place = f"/{section}/{i}"
            for key in ("summary", "description"):
                if entry.get(key):
                    yield Line(f"{place}/{key}", str(entry[key]), place)
            for j, text in enumerate(entry.get("highlights") or ()):
                yield Line(f"{place}/highlights/{j}", str(text), place)
    for i, group in enumerate(resume.get(UNPLACED.strip("/")) or ()):
        told = group.get("lines") if isinstance(group, Mapping) else None
        for j, text in enumerate(told or ()):
            yield Line(f"{UNPLACED}/{i}/lines/{j}", str(text), UNPLACED)


def align_entries(
    source: Mapping[str, Any], tailored: Mapping[str, Any], section: str
) -> dict[int, int | None]:
    """For each entry of the tailored section the source's entry, or None where there is none.

    The assignment maximises total likeness of the fields that identify an entry (Kuhn, 1955).
    """
    from scipy.optimize import linear_sum_assignment

    ours, theirs = source.get(section) or [], tailored.get(section) or []
    found: dict[int, int | None] = dict.fromkeys(range(len(theirs)))
    if not ours or not theirs:
        return found
    # Entries without names, or of one employer, differ by what they tell and by their order.
    told = [[_lines_of(entry) for entry in entries] for entries in (ours, theirs)]
    likeness = [
        [
            _likeness(a, b, section) + 20 * _overlap(told[0][i], told[1][j]) - 0.01 * abs(i - j)
            for i, a in enumerate(ours)
        ]
        for j, b in enumerate(theirs)
    ]
    for row, column in zip(*linear_sum_assignment(likeness, maximize=True), strict=True):
        if likeness[row][column] >= _LEAST_ALIKE or ours[column] == theirs[row]:
            found[int(row)] = int(column)
    return found


def nearest_line(text: str, candidates: Sequence[Line]) -> tuple[Line | None, float]:
    """The candidate that shares most with `text`, and how alike they are, 0 to 100."""
    best, score = None, 0.0
    for line in candidates:
        if line.text == text:
            return line, 100.0
        alike = fuzz.token_set_ratio(text, line.text)
        if alike > score:
            best, score = line, alike
    return best, score


def words(text: str) -> set[str]:
    """The words of a text, without case."""
    return {word.casefold() for word in _WORD.findall(text)}


def _likeness(a: Mapping[str, Any], b: Mapping[str, Any], section: str) -> float:
    """Mean likeness of the identifying fields, the first counting double."""
    first, *rest = _IDENTITY[section]
    ours, theirs = str(a.get(first, "")), str(b.get(first, ""))
    short = abbreviates(ours, theirs) or abbreviates(theirs, ours) or contracts(ours, theirs)
    total = 2 * (100.0 if short else fuzz.token_sort_ratio(ours, theirs))
    for key in rest:
        total += fuzz.token_sort_ratio(str(a.get(key, "")), str(b.get(key, "")))
    return total / (2 + len(rest))


def _lines_of(entry: Mapping[str, Any]) -> set[str]:
    texts = [entry.get("summary"), entry.get("description"), *(entry.get("highlights") or ())]
    return {str(text) for text in texts if text}


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0
