"""Trends: how a number moves over time, smoothed, and where it changed for good.

Change points minimise the squared distance of periods from the mean of their stretch, weighted by
runs, plus a penalty for each stretch (optimal partitioning: Jackson et al., 2005, "An algorithm for
optimal partitioning of data on an interval"). The noise is estimated from differences of
neighbours, which a change hardly touches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.runlog.answers.answer import SUCCEEDED, Answer, Ask, Asked, Period, column
from tailor_lab.runlog.tables import COUNT, FLAG, NUMBER, TABLES

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

_UNITS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month"}
_PENALTY = 4.0
_ENOUGH_PERIODS = 8


@dataclass(frozen=True, repr=False)
class Trend(Answer):
    """A metric over time.

    `frame` has a row a period (and group): `period`, `value` (mean over its runs), `n`, `low` and
    `high` (the mean ± 1.96 standard errors), `moving_mean` (of the last periods, by runs).
    """

    metric: str
    every: str
    """The length of a period, such as 1d."""
    frame: "pl.DataFrame" = field(repr=False)
    change_points: tuple[dict[str, Any], ...] = ()
    """Where it changed: `period`, `before`, `after`, and `group` where there are groups."""
    sql: str = field(default="", repr=False)

    def __str__(self) -> str:
        if not self.change_points:
            periods = "1 period" if self.frame.height == 1 else f"{self.frame.height} periods"
            return f"{self.metric}: {periods}, no lasting change found."
        changes = "; ".join(
            f"{change['period']:%Y-%m-%d %H:%M} from {change['before']:.4g} to "
            f"{change['after']:.4g}{_of(change.get('group'))}"
            for change in self.change_points
        )
        return f"{self.metric}: {self.frame.height} periods; changed on {changes}."


def trend(
    ask: Ask, metric: str, period: Period, *, every: str, by: str | None, window: int
) -> Trend:
    """Computes a metric's course by asking the log."""
    if window < 1:
        raise InputError(f"window is {window}; it must be 1 or more periods.")
    interval = _interval(every)
    asked = Asked(ask)
    value, source = _source(metric, period)
    group = column("runs", by) if by else "null"
    frame = asked.frame(
        "trend",
        f"""with periods as (
            select time_bucket({interval}, recorded_at) as period, {group} as "group",
                count({value}) as n, avg({value}) as value,
                stddev_samp({value}) / sqrt(count({value})) as error
            {source} group by 1, 2 having count({value}) > 0
        )
        select period, "group", n, value,
            value - 1.96 * error as low, value + 1.96 * error as high,
            sum(value * n) over recent / sum(n) over recent as moving_mean
        from periods
        window recent as (partition by "group" order by period
            rows between {int(window) - 1} preceding and current row)
        order by "group", period""",
    )
    if frame.is_empty() and metric not in TABLES["runs"].columns:
        _check_measured(asked, metric)
    changes: list[dict[str, Any]] = []
    for (name,), part in frame.group_by("group", maintain_order=True):
        found = change_points(part["value"].to_list(), part["n"].to_list())
        changes += (_change(part, start, stop, before, name) for before, start, stop in found)
    return Trend(metric, every, frame if by else frame.drop("group"), tuple(changes), asked.sql)


def _source(metric: str, period: Period) -> tuple[str, str]:
    """The value of a run, and where it comes from: a column of runs, else a score's metric."""
    kind = TABLES["runs"].columns.get(metric)
    if kind in (NUMBER, COUNT):
        return f'"{metric}"::double', f"from runs {period.where('runs', SUCCEEDED)}"
    if kind is FLAG:
        return f'"{metric}"::int', f"from runs {period.where('runs', SUCCEEDED)}"
    if kind is not None:
        raise InputError(f'"{metric}" is no number; a trend is of numbers.')
    quoted = metric.replace("'", "''")
    where = period.where("runs", SUCCEEDED)
    return (
        "score",
        f"""from (select runs.*, measured.value as score
        from runs join scores measured using (run_id)
        where measured.metric = '{quoted}') {where}""",
    )


def _check_measured(asked: Asked, metric: str) -> None:
    known = asked.frame("metrics", "select distinct metric from scores order by 1")
    names = known["metric"].to_list()
    if metric not in names:
        measured = f"scores hold {', '.join(names)}" if names else "no scores are recorded yet"
        raise InputError(f'No run measured "{metric}": it is no number of runs, and {measured}.')


def change_points(values: Sequence[float], weights: Sequence[float]) -> list[tuple[int, int, int]]:
    """Where a series changes: (start of the stretch before, start, end of the stretch after).

    >>> change_points([1.0, 1.1, 0.9, 1.0, 5.0, 5.1, 4.9, 5.0], [1] * 8)
    [(0, 4, 8)]
    """
    n = len(values)
    if n < _ENOUGH_PERIODS:
        return []
    noise = _noise(values, weights)
    if noise == 0:
        noise = 1e-12 * (1 + max(abs(value) for value in values)) ** 2
    penalty = _PENALTY * noise * log(n)
    # Prefix sums of centred values: squares of large means would cancel.
    centre = sum(values) / n
    w, s, q = [0.0], [0.0], [0.0]
    for value, weight in zip(values, weights, strict=True):
        moved = value - centre
        w.append(w[-1] + weight)
        s.append(s[-1] + weight * moved)
        q.append(q[-1] + weight * moved * moved)

    def cost(i: int, j: int) -> float:
        return q[j] - q[i] - (s[j] - s[i]) ** 2 / (w[j] - w[i])

    best, last = [-penalty], [0]
    for j in range(1, n + 1):
        # A stretch has two periods or more: one odd day is no lasting change.
        options = [(best[i] + cost(i, j) + penalty, i) for i in range(max(j - 1, 1)) if i != 1]
        total, start = min(options) if options else (cost(0, j), 0)
        best.append(total)
        last.append(start)
    cuts = [n]
    while cuts[-1] > 0:
        cuts.append(last[cuts[-1]])
    cuts.reverse()
    return list(zip(cuts, cuts[1:], cuts[2:], strict=False))


def _noise(values: Sequence[float], weights: Sequence[float]) -> float:
    """The variance of one run, from the middle of the neighbours' squared differences."""
    squares = sorted(
        (b - a) ** 2 / (1 / wa + 1 / wb)
        for a, b, wa, wb in zip(values, values[1:], weights, weights[1:], strict=False)
    )
    # The median of a squared standard normal is 0.4549.
    return squares[len(squares) // 2] / 0.4549


def _change(part: "pl.DataFrame", start: int, stop: int, before: int, name: Any) -> dict[str, Any]:
    def mean(rows: "pl.DataFrame") -> float:
        return float((rows["value"] * rows["n"]).sum()) / float(rows["n"].sum())

    at: datetime = part["period"][start]
    change = {"period": at, "before": mean(part[before:start]), "after": mean(part[start:stop])}
    return change if name is None else {**change, "group": name}


def _interval(every: str) -> str:
    count = every.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(every[len(count) :])
    if unit is None or not count.isdigit() or int(count) == 0:
        raise InputError(f'every is "{every}"; write it as 15m, 6h, 1d, 1w or 1mo.')
    return f"interval '{int(count)} {unit}'"


def _of(group: Any) -> str:
    return "" if group is None else f" ({group})"
