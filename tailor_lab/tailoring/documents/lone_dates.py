"""The one date of a line that has no span: "Intern, Acme, Summer 2018", "until 2017".

Only a date that closes its line, or opens it as a label would, is an entry's own. A sentence that
ends in a year ("the tool was adopted in 2018") tells something else.
"""

import re
from typing import NamedTuple

from tailor_lab.tailoring.dates import find_dates, find_ranges

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


def turned_span(text: str) -> bool:
    """Whether a line ends in a span that runs backwards ("2017 – 2015"), which dates nothing."""
    return not find_ranges(text) and _turned(text, find_dates(text))


def _turned(text: str, dates: list[tuple[object, tuple[int, int]]]) -> bool:
    if len(dates) < 2:
        return False
    between = text[dates[-2][1][1] : dates[-1][1][0]]
    return bool(re.fullmatch(r"\s*(?:[-–—]|to)\s*", between))
