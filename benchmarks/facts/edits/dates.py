"""Edits of dates: later, earlier, or spelt otherwise."""

import re

from benchmarks.facts.draft import Draft
from benchmarks.facts.edits.general import Texts
from benchmarks.facts.edits.registry import edit, words


def month_of(text: str) -> int:
    """Months since the year 0 of a date such as 2019-06."""
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def _spelt(wording: str, month: int, september: str) -> str:
    """A month in the spelling of the wording."""
    year, number = month // 12, month % 12 + 1
    name = words("months")[number - 1]
    values = {"y": year, "yy": f"{year % 100:02}", "m": number, "name": name}
    values |= {"abbr": september if number == 9 else name[:3], "q": (number + 2) // 3}
    return wording.format(**values, up=name.upper(), low=name.lower())


@edit
def shift_years(draft: Draft, years: int, *, field: str) -> None:
    """Moves the year of a date field such as work/startDate."""
    path, date = draft.pick(draft.fields(*field.split("/")))
    draft.put(path, f"{int(date[:4]) + years}{date[4:]}")


@edit
def shift_start_by_months(draft: Draft, months: int, *, spellings: Texts = ()) -> None:
    """Moves the start of a position, written as it was or in one of the spellings."""
    starts = draft.fields("work", "startDate")
    path, date = draft.pick(
        (p, d) for p, d in starts if len(d) == 7 or (len(d) > 7 and not spellings)
    )
    month = month_of(date) + months
    spelling = draft.rng.choice(spellings) if spellings else "{y}-{m:02}"
    draft.put(path, _spelt(spelling, month, "Sep"))


@edit
def close_gap(draft: Draft, how: str) -> None:
    """Closes a gap between two positions by a later end or an earlier start."""
    work = draft.tailored.get("work", [])
    gaps = [
        (i, work[i + 1]["endDate"], work[i]["startDate"])
        for i in range(len(work) - 1)
        if work[i + 1].get("endDate") and work[i].get("startDate")
    ]
    i, end, start = draft.pick((i, e, s) for i, e, s in gaps if e < s)
    if how == "later end":
        draft.put(f"/work/{i + 1}/endDate", start)
    else:
        draft.put(f"/work/{i}/startDate", end)


@edit
def since_an_earlier_year(draft: Draft, wording: str) -> None:
    """Ends a bullet with a year before the position began."""
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if p.startswith("/work"))
    start = draft.get("/".join(path.split("/")[:3])).get("startDate") or "2012"
    year = int(start[:4]) - draft.rng.randrange(2, 6)
    draft.absent(str(year))
    draft.append(path, wording.format(year))


@edit
def respell_date(draft: Draft, wording: str, *, fields: Texts, september: str = "Sep") -> None:
    """Writes a date such as 2019-06 as the wording does."""
    dates = [held for field in fields for held in draft.fields(*field.split("/"))]
    path, text = draft.pick((p, d) for p, d in dates if re.fullmatch(r"\d{4}-\d\d", d))
    draft.put(path, _spelt(wording, month_of(text), september))


@edit
def end_of_current_position(draft: Draft, wording: str) -> None:
    """Says in words that a position without an end lasts."""
    work = draft.tailored.get("work", [])
    at = draft.pick(i for i, e in enumerate(work) if e.get("startDate") and not e.get("endDate"))
    draft.put(f"/work/{at}/endDate", wording)
