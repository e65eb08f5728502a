"""Dates as résumés write them: months, spans of months, and the union of overlapping spans.

A résumé knows months at best, so everything here has month precision. A span ends with the month
that it names; a year alone means January to December; "present" has no end. Nothing asks the clock:
where an open span must be counted, the caller says up to which month.

JSON Resume's own form ("2019-03-01", "2019-03", "2019") reads like any other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from tailor_lab.tailoring.text.lexicon import lexicon, words


class Month(NamedTuple):
    """A month of a year; `month` counts from 1."""

    year: int
    month: int

    @property
    def number(self) -> int:
        """Months since year 0, so that months subtract."""
        return self.year * 12 + self.month - 1

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True)
class PartialDate:
    """A date as precise as it was written: the first and last month that it may mean."""

    first: Month
    last: Month
    precision: str
    """`day`, `month`, `season`, `quarter`, `half`, `part` (early, mid, late) or `year`."""
    day: str = ""
    """The date in ISO form where it was written so, to the day."""

    def iso(self, *, last: bool = False) -> str:
        """JSON Resume's spelling: "2019-03", or "2019" where only the year is known.

        Of a season, quarter or half it is the first month, or with `last` the last.
        """
        if self.day:
            return self.day
        month = self.last if last else self.first
        return f"{month.year:04d}" if self.precision == "year" else str(month)


@dataclass(frozen=True)
class DateRange:
    """From a month to a month, both included; `end` is None while it goes on."""

    start: Month
    end: Month | None
    span: tuple[int, int] = (0, 0)
    """Where in the text it was read."""
    start_text: str = ""
    end_text: str = ""
    """The two dates in JSON Resume's spelling; the second is empty while it goes on."""

    def months(self, until: Month) -> int:
        """How many months it covers, an open span being counted up to `until`."""
        return max(0, (self.end or until).number - self.start.number + 1)


_DATES = lexicon("dates")
_LANGUAGES: Mapping[str, Mapping[str, Any]] = _DATES["languages"]
MONTHS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    language: entry["months"] for language, entry in _LANGUAGES.items()
}
"""The names of the twelve months, long and short, by language."""
_MONTHS = {
    name: number
    for months in MONTHS.values()
    for number, names in enumerate(months, start=1)
    for name in names
}
_SEASONS: Mapping[str, tuple[int, int]] = _DATES["seasons"]
_PARTS = {"early": (1, 4), "mid": (5, 8), "late": (9, 12)}


def _around(key: str) -> str:
    """The words of all languages for one thing around dates, the longest first."""
    found = {word for entry in _LANGUAGES.values() for word in entry[key]}
    return "|".join(sorted(found, key=lambda word: (-len(word), word)))


_NOW = _around("now")
_YEAR = r"(?:19[4-9]\d|20[0-6]\d)"
_DOUBTFUL = frozenset(words("dates", "doubtful"))
_CERTAIN = "|".join(sorted(_MONTHS.keys() - _DOUBTFUL, key=lambda name: (-len(name), name)))
_NAMES = rf"{_CERTAIN}|(?:{'|'.join(sorted(_DOUBTFUL))})(?=\.|/|\s+del?\b)"
_SEASON = rf"(?:{'|'.join(_SEASONS)})(?:\s+(?:term|semester|quarter|break))?"
_DATE = (
    rf"(?:{_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?!\d)"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?)?"
    # "März 2019", "marzo de 2019", "out/2019".
    rf"(?:{_NAMES})\b(?:\.?,?\s*(?:del?\s+)?|[-/])(?:\d{{1,2}}(?:st|nd|rd|th)?,\s*)?"
    rf"(?:{_YEAR}|['’]\s?\d\d)"
    rf"|(?:0?[1-9]|1[0-2])/(?:1[3-9]|2\d|3[01])/{_YEAR}"
    rf"|(?:\d{{1,2}}[/.])?(?:0?[1-9]|1[0-2])\s?[/.]\s?{_YEAR}"
    rf"|(?:early|mid|late)?[\s-]?(?:{_SEASON})(?:\s+(?:of|del?))?,?\s+"
    rf"(?:{_YEAR}(?:/\d\d(?!\d))?|['’]\s?\d\d)"
    rf"|[qh][1-4][\s/,-]*{_YEAR}|{_YEAR}[\s/,-]*[qh][1-4]"
    # "3Q18".
    rf"|[1-4]q\s?['’]?(?:{_YEAR}|\d\d(?!\d))"
    rf"|{_YEAR}[/.](?:0[1-9]|1[0-2])(?!\d)"
    rf"|(?:early|mid|late)[\s-]+{_YEAR}|(?:fy|ay)\s?(?:{_YEAR}|['’]?\d\d(?!\d))"
    rf"|{_YEAR})"
)
# A month, season or part of a year whose year stands at the other end of the span.
_BARE_MONTH = rf"(?:(?:{_NAMES})\b\.?|{_SEASON}|[qh][1-4])"
# "03/19" and "Mar 19" are months at the ends of a span; elsewhere they may be anything.
_SHORT = (
    rf"(?:(?:0?[1-9]|1[0-2])/\d\d(?![\d/])|(?:{_NAMES})\b\.?[ -]\d\d(?!\d|/|,\s*\d)"
    r"|['’]\d\d(?!\w))"
)
_DASH = rf"\s*(?:-{{1,3}}|–|—|‒|−|→|~|\b(?:{_around('until')})\b)\s*"
_DATE_RE = re.compile(rf"(?<![\w$€£.,/]){_DATE}(?!\w)", re.IGNORECASE)
_RANGE_RE = re.compile(
    rf"(?<![\w$€£])(?:from\s+)?(?P<start>{_DATE}|{_SHORT}|{_BARE_MONTH})(?P<between>{_DASH})"
    rf"(?P<end>{_DATE}|{_SHORT}|{_NOW}|\d\d(?!\d))(?!\w)",
    re.IGNORECASE,
)
_SINCE_RE = re.compile(rf"\b(?:{_around('since')})\s+(?P<start>{_DATE})(?!\w)", re.IGNORECASE)
# A dash with nothing behind it on its line, and the two halves of a school year.
_OPEN_RE = re.compile(
    rf"(?<![\w$€£.,/])(?P<start>{_DATE})(?:\s?[-–—][ \t]*(?=[)\],|]|$)|\s+(?:and\s+)?onwards?\b)",
    re.I | re.M,
)
_SCHOOL_YEAR_RE = re.compile(rf"(?<![\w$€£.,/-])(?P<start>{_YEAR})/(?P<end>\d\d)(?![\d/])")
_SEASON_YEARS_RE = re.compile(rf"\b{_SEASON}\s+{_YEAR}/\d\d(?![\d/])", re.IGNORECASE)
_DOUBTFUL_UNTIL = frozenset(words("dates", "doubtful_until"))
_NAMES_MONTH = re.compile(rf"\b(?:{_NAMES})\b|\d[/.-]\d", re.IGNORECASE)
_NOW_RE = re.compile(_NOW, re.IGNORECASE)
_FISCAL_RE = re.compile(r"^(?:fy|ay)\s?['’]?", re.IGNORECASE)


@lru_cache(maxsize=4096)
def parse_date(text: str) -> PartialDate | None:
    """The date that `text` as a whole spells, or None.

    >>> parse_date("03/2019").iso(), parse_date("Summer 2018").iso(), parse_date("Q2 2020").iso()
    ('2019-03', '2018-06', '2020-04')
    >>> parse_date("soon") is None
    True
    """
    text = text.strip().lower()
    if not re.fullmatch(_DATE, text, re.IGNORECASE):
        return None
    text = _FISCAL_RE.sub("", text)
    year_match = re.search(_YEAR, text)
    if year_match is None:
        short = int(re.search(r"\d\d\s*$", text).group())  # type: ignore[union-attr]
        year, rest = (2000 if short <= 60 else 1900) + short, text
    else:
        year, rest = int(year_match.group()), text[: year_match.start()] + text[year_match.end() :]
    for season, (first, last) in _SEASONS.items():
        if re.search(rf"\b{season}\b", rest):
            low = Month(year, first)
            if "/" in rest:
                # "Winter 2019/20" crosses the year; any other season of it lies in the second.
                low = Month(year, 12) if season == "winter" else Month(year + 1, first)
                year += 1
            return PartialDate(low, Month(year, last), "season")
    if part := re.match("early|mid|late", rest):
        first, last = _PARTS[part.group()]
        return PartialDate(Month(year, first), Month(year, last), "part")
    if half := re.search(r"h([12])", rest):
        first = int(half.group(1)) * 6 - 5
        return PartialDate(Month(year, first), Month(year, first + 5), "half")
    if quarter := re.search(r"q([1-4])|([1-4])q", rest):
        first = int(quarter.group(1) or quarter.group(2)) * 3 - 2
        return PartialDate(Month(year, first), Month(year, first + 2), "quarter")
    month = _month(rest)
    if month and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return PartialDate(Month(year, month), Month(year, month), "day", text)
    if month is None:
        return PartialDate(Month(year, 1), Month(year, 12), "year")
    return PartialDate(Month(year, month), Month(year, month), "month")


def _month(rest: str) -> int | None:
    if name := re.search(rf"\b({_NAMES})\b", rest):
        return _MONTHS[name.group(1)]
    numbers = [int(number) for number in re.findall(r"\d+", rest)]
    if not numbers:
        return None
    # "2019-03-15" leads with the month, "15.03.2019" ends with it.
    american = len(numbers) > 1 and numbers[-1] > 12
    number = numbers[0] if american or rest.startswith(("-", "/", ".")) else numbers[-1]
    return number if 1 <= number <= 12 else None


def find_ranges(text: str) -> list[DateRange]:
    """Every span of time that `text` names, in order, with its place.

    >>> [(str(r.start), r.end) for r in find_ranges("Nurse, 03/2019 – present")]
    [('2019-03', None)]
    >>> [(str(r.start), str(r.end)) for r in find_ranges("Jan - Mar 2020; 2015-17")]
    [('2020-01', '2020-03'), ('2015-01', '2017-12')]
    """
    found: list[DateRange] = []
    for match in _RANGE_RE.finditer(text):
        made = _range(match)
        if made is not None:
            found.append(made)
    for match in _SEASON_YEARS_RE.finditer(text):
        date = parse_date(match.group())
        if date is not None and _is_free(match, found):
            span, last_text = match.span(), date.iso(last=True)
            found.append(DateRange(date.first, date.last, span, date.iso(), last_text))
    for match in _SCHOOL_YEAR_RE.finditer(text):
        first, last = int(match["start"]), int(match["start"][:2] + match["end"])
        if last == first + 1 and _is_free(match, found):
            span = match.span()
            found.append(
                DateRange(Month(first, 1), Month(last, 12), span, match["start"], str(last))
            )
    for pattern in (_SINCE_RE, _OPEN_RE):
        for match in pattern.finditer(text):
            start = parse_date(match["start"])
            if start is not None and _is_free(match, found):
                found.append(DateRange(start.first, None, match.span(), start.iso(), ""))
    return sorted(found, key=lambda item: item.span)


def _is_free(match: re.Match[str], found: Iterable[DateRange]) -> bool:
    return not any(item.span[0] < match.end() and match.start() < item.span[1] for item in found)


def find_dates(text: str) -> list[tuple[PartialDate, tuple[int, int]]]:
    """Every single date that `text` names, those inside spans of time included, with its place."""
    found = []
    for match in _DATE_RE.finditer(text):
        date = parse_date(match.group())
        if date is not None:
            found.append((date, match.span()))
    return found


def _range(match: re.Match[str]) -> DateRange | None:
    if match["between"].strip().lower() in _DOUBTFUL_UNTIL and not (
        _NAMES_MONTH.search(match["start"]) or _NAMES_MONTH.search(match["end"])
    ):
        return None
    start_text, end_text = _whole_year(match["start"]), _whole_year(match["end"])
    if _NOW_RE.fullmatch(end_text):
        end: PartialDate | None = None
    elif end_text.isdigit() and len(end_text) == 2:
        # "2015-17": a bare two-digit end is a year only behind a bare year.
        if not re.fullmatch(_YEAR, start_text):
            return None
        end = parse_date(start_text[:2] + end_text)
        if end is None:
            return None
    else:
        end = parse_date(end_text)
    start = parse_date(start_text)
    if start is None and end is not None:
        start = parse_date(f"{start_text} {end.first.year}")
    if start is None or (end is not None and end.last < start.first):
        return None
    return DateRange(
        start.first,
        None if end is None else end.last,
        match.span(),
        start.iso(),
        "" if end is None else end.iso(last=True),
    )


def _whole_year(text: str) -> str:
    """A short date of a span ("03/19", "'19", "FY19") with its century; any other as it is."""
    if re.fullmatch(_SHORT, text, re.IGNORECASE) or re.fullmatch(
        r"(?i)(?:fy|ay)\s?['’]?\d\d", text
    ):
        text = f"{text[:-2]}{'20' if int(text[-2:]) <= 60 else '19'}{text[-2:]}"
    return _FISCAL_RE.sub("", text).lstrip("'’")


def entry_range(start: object, end: object) -> DateRange | None:
    """The span of an entry from its `startDate` and `endDate`, or None without a start.

    An empty end and words such as "present" mean that it goes on.
    """
    first = parse_date(str(start)) if start else None
    if first is None:
        return None
    last = parse_date(str(end)) if end else None
    if last is not None and last.last < first.first:
        return None
    return DateRange(
        first.first,
        None if last is None else last.last,
        start_text=first.iso(),
        end_text="" if last is None else last.iso(last=True),
    )


def months_covered(ranges: Iterable[DateRange], until: Month) -> int:
    """Months that at least one of the ranges covers: what overlaps counts once.

    >>> ranges = find_ranges("2015-01 to 2016-12, 2016-07 to 2017-06")
    >>> months_covered(ranges, until=Month(2020, 1))
    30
    """
    total, reached = 0, -1
    spans = sorted((item.start.number, (item.end or until).number) for item in ranges)
    for low, high in spans:
        total += max(0, high - max(low, reached + 1) + 1)
        reached = max(reached, high)
    return total
