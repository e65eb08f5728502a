"""The one date of a line that has no span: "Intern, Acme, Summer 2018", "until 2017".

Only a date that closes its line, or opens it as a label would, is an entry's own. A sentence that
ends in a year ("the tool was adopted in 2018") tells something else.
"""

import re
from typing import NamedTuple

from tailor_lab.tailoring.text.dates import PartialDate, find_dates, find_ranges

# What stands between the name and its date, from the strongest mark to the weakest.
_STRONG_BEFORE = re.compile(r"(?:[|—–·•(\[]|\s-|\t|\s{3,}|:)\s*$")
_WEAK_BEFORE = re.compile(r",\s*$")
_UNTIL = re.compile(
    r"(?P<mark>[,|—–(]|\s-|\s{3,}|\t)\s*(?:until|till?|up to|to)\s+$", re.IGNORECASE
)
# A word in brackets or behind a comma that says more of the time: "(6 months)", ", part-time".
_NOTE = re.compile(r"^\s*[)\]]?\s*(?:\([^()]{1,30}\)|[,;]\s*[\w-]+(?: [\w-]+){0,2})?\s*\)?\s*$")
_OPENED = re.compile(r"^\s*[)\]]?\s*(?:[|—–:]|-\s|\t|\s{3,})")


class LoneDate(NamedTuple):
    """The first and last month in JSON Resume's spelling, and where in the line they stand."""

    start: str
    end: str
    span: tuple[int, int]
    strong: bool
    """Whether more than a comma parts it from the rest."""


def lone_date(text: str) -> LoneDate | None:
    """The date that closes a line or opens it, where the line names no span of time.

    >>> lone_date("Intern, Acme Clinic, Summer 2018")[:2]
    ('2018-06', '2018-08')
    >>> lone_date("Wrote the plan that was adopted in 2018") is None
    True
    """
    dates = find_dates(text)
    if not dates or find_ranges(text):
        return None
    date, (low, high) = dates[-1]
    before, behind = text[:low], text[high:]
    if _NOTE.match(behind):
        if until := _UNTIL.search(before):
            strong = until["mark"] != ","
            return LoneDate("", date.iso(last=True), (until.end("mark"), high), strong)
        strong = not before.strip() or bool(_STRONG_BEFORE.search(before))
        if (strong or _WEAK_BEFORE.search(before)) and not _turned(text, dates):
            return LoneDate(date.iso(), date.iso(last=True), (low, high), strong)
    date, (low, high) = dates[0]
    if not text[:low].strip(" ([*_") and _OPENED.match(text[high:]) and text[high:].strip(" |—–:-"):
        return LoneDate(date.iso(), date.iso(last=True), (low, high), True)
    return None


def without_dates(text: str) -> str:
    """A line without its spans of time, and without the one date that closes or opens it."""
    for found in reversed(find_ranges(text)):
        text = f"{text[: found.span[0]]} {text[found.span[1] :]}"
    if lone := lone_date(text):
        text = f"{text[: lone.span[0]]} {text[lone.span[1] :]}"
    return text.strip(" ,|()*_:–—-\t")


def turned_span(text: str) -> tuple[int, int] | None:
    """Where a line has a span that runs backwards ("2017 – 2015"), which dates nothing."""
    dates = find_dates(text)
    if find_ranges(text) or not _turned(text, dates):
        return None
    return dates[-2][1][0], dates[-1][1][1]


def _turned(text: str, dates: list[tuple[PartialDate, tuple[int, int]]]) -> bool:
    if len(dates) < 2:
        return False
    between = text[dates[-2][1][1] : dates[-1][1][0]]
    return bool(re.fullmatch(r"\s*(?:[-–—]|to)\s*", between))


def own_date(text: str) -> bool:
    """Whether the one date of a line is that of the thing named, closing the line or set apart.

    "RN (active through 2026)" and "SC (lapsed 2016)" tell something else of it.
    """
    dates = find_dates(text)
    if not dates:
        return False
    low, high = dates[-1][1]
    apart = re.search(r"[(\[,|–—-]\s*$", text[:low]) and re.match(r"\s*[)\],|–—-]", text[high:])
    return len(dates) == 1 and (lone_date(text) is not None or apart is not None)
