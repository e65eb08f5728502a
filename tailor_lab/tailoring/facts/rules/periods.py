"""Dates that stand in fields: when a position, a course of study or a certificate began and ended.

Dates are compared by the months that they may mean, whatever their spelling: "03/2019", "March
2019" and "2019-03-01" are one. A vaguer date ("2019") says less and passes; a position may be told
shorter than it was, never longer; a month where the source has a year is not the source's.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from tailor_lab.tailoring.facts.report import Claim, Severity, Span, Verdict
from tailor_lab.tailoring.text.dates import Month, PartialDate, parse_date

_NOW = re.compile(
    r"(?:till |until |to )?(?:the )?(?:present|current(?:ly)?|now|date|today|ongoing|so far)"
    r"(?: day| time)?|[-–—]|",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_YEAR_FIRST = re.compile(r"((?:19|20)\d\d)[\s,/.-]+([a-zä]{3,10})\.?")
_NAME_AND_YEAR = re.compile(r"([a-zä]{3,10})[\s.,/-]*(?:of\s+)?['’]?\s?((?:19|20)?\d\d)")
_FIGURES = re.compile(r"(\d{1,2})\s?[-/.]\s?((?:19|20)?\d\d)|((?:19|20)\d\d)[-/.]?(\d{1,2})")
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]((?:19|20)\d\d)")
_DATED = {
    "work": ("startDate", "endDate"),
    "volunteer": ("startDate", "endDate"),
    "projects": ("startDate", "endDate"),
    "education": ("startDate", "endDate"),
    "certificates": ("date",),
    "awards": ("date",),
    "publications": ("releaseDate",),
}
_LASTING = frozenset({"work", "volunteer", "projects"})
"""Where a later start and an earlier end say less."""
_OPEN = PartialDate(Month(9999, 12), Month(9999, 12), "now")


def period_claims(
    entry: Mapping[str, Any],
    source: Mapping[str, Any] | None,
    section: str,
    place: str,
    origin: str,
) -> Iterator[Claim]:
    """The claims of every date of an entry; where the source has none such, no date is its own."""
    if source is None:
        for key in _DATED.get(section, ()):
            if entry.get(key):
                yield Claim(
                    str(entry[key]),
                    "dates",
                    "unsupported",
                    "block",
                    f"{place}/{key}",
                    rule="field.dates",
                    reason="no such entry in the source",
                )
        return
    for key in _DATED.get(section, ()):
        text, own = str(entry.get(key) or "").strip(), str(source.get(key) or "").strip()
        ends = key == "endDate" and section in _LASTING
        if not text and not (ends and own and source.get("startDate")):
            continue
        verdict, severity = _judge(text, own, key, lasting=section in _LASTING)
        span = (Span(f"{origin}/{key}", 0, len(own), own),) if own else ()
        reason = "" if severity == "info" else f"the source says {own or 'nothing'}"
        if ends and not own and severity != "info":
            reason = "the source gives no end"
        yield Claim(
            text or "now",
            "dates",
            verdict,
            severity,
            f"{place}/{key}",
            span,
            "field.dates",
            reason=reason,
        )


def _judge(text: str, own: str, key: str, *, lasting: bool) -> tuple[Verdict, Severity]:
    if text.casefold() == own.casefold():
        return "supported", "info"
    ours, theirs = readings(own), readings(text)
    if key == "endDate":
        ours, theirs = ours or _now(own), theirs or _now(text)
    if not ours or not theirs:
        return ("contradicted" if own else "unsupported"), "block"
    found = [_relation(a, b, key, lasting=lasting) for a in ours for b in theirs]
    best = min(found, key=("supported", "weaker", "unsupported", "contradicted").index)
    severities: Mapping[Verdict, Severity] = {"unsupported": "review", "contradicted": "block"}
    return best, severities.get(best, "info")


def _relation(ours: PartialDate, theirs: PartialDate, key: str, *, lasting: bool) -> Verdict:
    if (ours.first, ours.last) == (theirs.first, theirs.last):
        return "supported"
    if theirs.first <= ours.first and ours.last <= theirs.last:
        return "weaker"
    if ours.first <= theirs.first and theirs.last <= ours.last:
        return "unsupported"  # more exact than the source
    if lasting and (
        theirs.last < ours.first if key == "endDate" else ours.last < theirs.first < _OPEN.first
    ):
        return "weaker"
    return "contradicted"


def open_ended(entry: Mapping[str, Any]) -> bool:
    """Whether an entry goes on until now."""
    return _NOW.fullmatch(str(entry.get("endDate") or "").strip()) is not None


def _now(text: str) -> tuple[PartialDate, ...]:
    return (_OPEN,) if _NOW.fullmatch(text) else ()


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[PartialDate, ...]:
    """The dates that a field may mean: none, one, or two where day and month may be exchanged.

    >>> [str(date.first) for date in readings("01/03/2019")]
    ['2019-01', '2019-03']
    >>> readings("2019, March") == readings("3-2019") == readings("Mar '19")
    True
    """
    text = _ORDINAL.sub("", " ".join(text.casefold().strip("() .").split()))
    text = re.sub(r"^(?:since|from|until|till|in)\s", "", text)
    if day := _DAY.fullmatch(text):
        months = sorted({int(day[1]), int(day[2])}) if int(day[2]) <= 12 else [int(day[1])]
        return tuple(_month(int(day[3]), month) for month in months if 1 <= month <= 12)
    known = parse_date(text)
    if known is not None:
        return (known,)
    if turned := _YEAR_FIRST.fullmatch(text):
        known = parse_date(f"{turned[2]} {turned[1]}")
    elif named := _NAME_AND_YEAR.fullmatch(text):
        known = parse_date(f"{named[1]} {_whole(named[2])}")
    elif figures := _FIGURES.fullmatch(text):
        month, year = figures[1] or figures[4], figures[2] or figures[3]
        return (_month(int(_whole(year)), int(month)),) if 1 <= int(month) <= 12 else ()
    return () if known is None else (known,)


def _month(year: int, month: int) -> PartialDate:
    return PartialDate(Month(year, month), Month(year, month), "month")


def _whole(year: str) -> str:
    """A year with its century."""
    return year if len(year) == 4 else f"{20 if int(year) <= 60 else 19}{year}"
