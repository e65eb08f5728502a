"""What a figure of a line is bound to: the years it was reached in, the pair it is half of.

"104% in 2024 and 97% in 2025" bears no "104% in both 2024 and 2025", and "from 8 to 10" no "from 6
to 10": the figure is the source's, what it is said of is not.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from tailor_lab.tailoring.facts.figures import compare
from tailor_lab.tailoring.text.numbers import Number, find_numbers
from tailor_lab.tailoring.text.sentences import first_clause

_WHEN = re.compile(
    r"\b(?:(?:19|20)\d\d|Q[1-4]|(?:Jan|Febr)uary|March|April|May|June|July|August"
    r"|(?:Septem|Octo|Novem|Decem)ber|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b"
)
"""The times that a figure may be told of."""
_ROUNDED = 0.05
"""How far half of a pair may be rounded, as a share of it."""
_SPREAD = re.compile(r"\b(?:both|each|every|all|throughout|respectively)\b", re.IGNORECASE)


def spread(number: Number, text: str, source: str) -> Number | None:
    """The figure of the source that a line leaves out by giving its place to another, or None.

    >>> source = "Sold 40 in 2020 and 30 in 2021"
    >>> (claimed,) = find_numbers("Sold 40 in both 2020 and 2021")
    >>> spread(claimed, "Sold 40 in both 2020 and 2021", source).value
    30.0
    """
    told = [n for n in find_numbers(source) if n.unit == number.unit and n.role in {"", "to"}]
    others = [n for n in told if n.value != number.value]
    if len(others) == len(told) or not others:
        return None  # the figure itself is not the source's, which others judge
    kept = {n.value for n in find_numbers(text) if n.unit == number.unit}
    left = [n for n in others if n.value not in kept and not n.role]
    if left and _alike(number, left[0]):
        behind = _behind(number, text)
        if _SPREAD.match(behind.partition(" ")[2].lstrip()) and not _SPREAD.search(source):
            return left[0]
    mine = {year for n in told if n.value == number.value for year in _times(n, source)}
    taken = _times(number, text) - mine
    return next((n for n in others if _alike(number, n) and taken & _times(n, source)), None)


def broken_pair(number: Number, text: str, source: str) -> Number | None:
    """The half of the source's "from A to B" that a line changes, or None.

    A half may be rounder, or said less firmly.

    >>> text = "Grew from 6 to 10"
    >>> broken_pair(find_numbers(text)[0], text, "Grew from 8 to 10").value
    8.0
    """
    claimed = next((pair for pair in _pairs(text) if number in pair), None)
    if claimed is None:
        return None
    at = claimed.index(number)
    halves = [pair[at] for pair in _pairs(source) if pair[at].unit == number.unit]
    if not halves or any(_bears(number, half) for half in halves):
        return None
    return halves[0]


def _bears(number: Number, half: Number) -> bool:
    if number.value == half.value:
        return True
    if compare(number, half) != "weaker":
        return False
    near = abs(number.value - half.value) <= _ROUNDED * half.value
    return number.comparator != "exactly" or near


def _alike(one: Number, other: Number) -> bool:
    return not one.noun or not other.noun or one.noun == other.noun


def _behind(number: Number, text: str) -> str:
    """The text from a number to the next one of its unit, or to the end of its sentence."""
    after = (n.start for n in find_numbers(text) if n.start > number.start)
    return first_clause(text[number.end : next(after, None)])


def _times(number: Number, text: str) -> set[str]:
    """The years, months and days that stand behind a number and before the next one."""
    return {match.group().rstrip("s") for match in _WHEN.finditer(_behind(number, text))}


def _pairs(text: str) -> Iterator[tuple[Number, Number]]:
    """The figures of a text that are told as "from A to B"."""
    found = find_numbers(text)
    for before, after in pairwise(found):
        near = after.start - before.end < 24
        if before.role == "from" and after.role == "to" and before.unit == after.unit and near:
            yield before, after
