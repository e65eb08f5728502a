"""How well tailoring does: averages over operations, by mode and over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

Ask = Callable[[str, Sequence[Any]], "pl.DataFrame"]

_AVERAGES = """
    count(*) as total_operations,
    avg(improvement) as avg_improvement,
    avg(target_met::int) as target_met_rate,
    avg(duration_ms) as avg_duration_ms,
    avg(confidence) as avg_confidence,
    coalesce(sum(tokens_used), 0)::bigint as tokens,
    coalesce(sum(cost_usd), 0)::double as cost_usd
"""


@dataclass(frozen=True)
class Effectiveness:
    """Averages over operations; None where no operation says anything about it.

    `improvement_trend` has a row per day, `performance_by_mode` a row per mode (or per value of
    `by`). Costs are what the operations' calls cost when they were made.
    """

    total_operations: int
    avg_improvement: float | None
    target_met_rate: float | None
    avg_duration_ms: float | None
    avg_confidence: float | None
    tokens: int
    cost_usd: float
    improvement_trend: "pl.DataFrame" = field(repr=False)
    performance_by_mode: "pl.DataFrame" = field(repr=False)
    sql: str = field(repr=False)
    """The query behind the averages."""

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values."""
        frames = ("improvement_trend", "performance_by_mode")
        values = {k: v for k, v in vars(self).items() if k not in {*frames, "sql"}}
        return {**values, **{name: getattr(self, name).to_dicts() for name in frames}}

    def __str__(self) -> str:
        if not self.total_operations:
            return "No operations are recorded yet."
        lines = [
            f"{self.total_operations:,} operations",
            f"improvement     {_number(self.avg_improvement, '+.1f')} points on average",
            f"target met      {_number(self.target_met_rate, '.0%')}",
            f"duration        {_number(self.avg_duration_ms, ',.0f')} ms on average",
            f"confidence      {_number(self.avg_confidence, '.2f')}",
            f"tokens          {self.tokens:,}",
            f"cost            ${self.cost_usd:,.4f}",
            "",
        ]
        for row in self.performance_by_mode.iter_rows():
            name, count, improvement, met = row[:4]
            points, share = _number(improvement, "+.1f"), _number(met, ".0%")
            lines.append(
                f"{name or 'unnamed'}: {count:,} operations, {points} points, target met {share}"
            )
        return "\n".join(lines)


def effectiveness(
    ask: Ask,
    *,
    since: Any,
    until: Any,
    days: int | None,
    by: str | None,
    filters: Mapping[str, Any],
) -> Effectiveness:
    """Computes the averages by asking the log."""
    group = _column(by or "mode")
    conditions, values = ["status = 'ok'"], []
    for column, wanted in filters.items():
        conditions.append(f"{_column(column)} = ?")
        values.append(wanted)
    for bound, sign in ((since, ">="), (until, "<")):
        if bound is not None:
            conditions.append(f"recorded_at {sign} ?::timestamp")
            values.append(bound)
    if days is not None:
        conditions.append("recorded_at >= (now() at time zone 'UTC') - to_days(?)")
        values.append(days)
    source = f"from runs where {' and '.join(conditions)}"
    query = f"select {_AVERAGES} {source}"
    trend = (
        f"select recorded_at::date as day, count(*) as operations, "
        f"avg(improvement) as avg_improvement {source} group by 1 order by 1"
    )
    grouped = f"select {group}, {_AVERAGES} {source} group by 1 order by 1"
    return Effectiveness(
        **ask(query, values).row(0, named=True),
        improvement_trend=ask(trend, values),
        performance_by_mode=ask(grouped, values),
        sql=query,
    )


def _column(name: str) -> str:
    columns = TABLES["runs"].columns
    if name not in columns:
        raise InputError(f'Runs have no column "{name}"; they have {", ".join(columns)}.')
    return f'"{name}"'


def _number(value: float | None, style: str) -> str:
    return "–" if value is None else format(value, style)
