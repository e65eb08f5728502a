"""Following: rows as they are recorded, by this process or any other, and where things stand."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.runlog.answers.answer import Answer, Ask, Asked, Period, literal, number
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

_LATE = timedelta(seconds=60)
"""How much older than the newest a row may be that is yet to come, as from a stopped process."""


def follow(
    ask: Ask,
    table: str,
    *,
    last: int,
    poll_s: float,
    stop: Callable[[], bool],
) -> "Iterator[pl.DataFrame]":
    """Yields a frame of the last rows, then of what is new since, until `stop()` says so.

    New is what was not there before, as far back as a minute before the newest row.
    """
    if table not in TABLES:
        raise InputError(f'There is no table "{table}"; there is {", ".join(TABLES)}.')
    moment = f'"{TABLES[table].time}"'
    row = f"md5(({table})::varchar)"
    newest = datetime.now(UTC).replace(tzinfo=None)
    frame = ask(f"select *, {row} as _row from {table} order by {moment} desc limit {int(last)}")
    frame = frame.reverse()
    # Rows that were there before and are not shown are not new either.
    known = ask(f"select {row} as _row from {table} where {moment} >= {literal(newest - _LATE)}")
    seen = set(known["_row"])
    if frame.height:
        yield frame.drop("_row")
    while not stop():
        time.sleep(poll_s)
        recent = f"where {moment} >= {literal(newest - _LATE)}"
        frame = ask(f"select *, {row} as _row from {table} {recent} order by {moment}")
        fresh = frame.filter(~frame["_row"].is_in(list(seen)))
        seen = set(frame["_row"])
        if fresh.height:
            newest = max(newest, *fresh[TABLES[table].time].to_list())
            yield fresh.drop("_row")


@dataclass(frozen=True, repr=False)
class RunProgress(Answer):
    """Where things stand: counters over runs, and their course by variant.

    `course` has a row a run and variant, oldest first: `n` (its number within the variant) and
    `value` (the mean so far of `metric`).
    """

    runs: int
    failed: int
    """Runs that failed."""
    running_s: float | None
    """From the first run's row to the last one's; None below two."""
    cost_usd: float
    mean: float | None
    metric: str
    course: "pl.DataFrame" = field(repr=False)
    sql: str = field(repr=False)

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs, {self.failed:,} failed, {number(self.running_s, ',.0f')} s, "
            f"${self.cost_usd:,.4f}; {self.metric} {number(self.mean, '.2f')} on average"
        )


def progress(ask: Ask, period: Period, metric: str = "improvement") -> RunProgress:
    """Computes where things stand by asking the log."""
    kind = TABLES["runs"].columns.get(metric)
    if kind is None or kind.sql not in ("DOUBLE", "BIGINT", "BOOLEAN"):
        raise InputError(f'"{metric}" is no number of a run.')
    value = f'"{metric}"::double'
    asked = Asked(ask)
    where = period.where("runs")
    counters: dict[str, Any] = asked.row(
        "counters",
        f"""select count(*) as runs, count(*) filter (status = 'failed') as failed,
        date_diff('millisecond', min(recorded_at), max(recorded_at)) / 1000.0 as running_s,
        coalesce(sum(cost_usd), 0)::double as cost_usd,
        avg({value}) filter (status = 'ok') as mean from runs {where}""",
    )
    done = period.where("runs", "status = 'ok'", f'"{metric}" is not null')
    course = asked.frame(
        "course",
        f"""select variant, recorded_at, row_number() over so_far as n,
        avg({value}) over so_far as value from runs {done}
        window so_far as (partition by variant order by recorded_at
            rows between unbounded preceding and current row)
        order by variant, n""",
    )
    return RunProgress(**counters, metric=metric, course=course, sql=asked.sql)
