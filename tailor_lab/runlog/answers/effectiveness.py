"""How well tailoring does: averages over operations, by mode and over time."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tailor_lab.runlog.answers.answer import SUCCEEDED, Answer, Ask, Asked, Period, column, number

if TYPE_CHECKING:
    import polars as pl

_AVERAGES = """
    count(*) as total_operations,
    avg(improvement) as avg_improvement,
    avg(target_met::int) as target_met_rate,
    avg(duration_ms) as avg_duration_ms,
    avg(confidence) as avg_confidence,
    coalesce(sum(tokens_used), 0)::bigint as tokens,
    coalesce(sum(cost_usd), 0)::double as cost_usd
"""


@dataclass(frozen=True, repr=False)
class Effectiveness(Answer):
    """Averages over operations; None where no operation says anything about it.

    `improvement_trend` has a row per day, `performance_by_mode` a row per mode (or per value of
    `by`). Costs are what the operations' calls cost when they were made.
    """

    total_operations: int
    """Runs that succeeded."""
    avg_improvement: float | None
    """Points of the match score."""
    target_met_rate: float | None
    """Share of the runs that had a target."""
    avg_duration_ms: float | None
    """Mean time of a run."""
    avg_confidence: float | None
    """0 to 1."""
    tokens: int
    """Sent and received, over all."""
    cost_usd: float
    """Of the operations whose price is known."""
    unpriced: int
    """Operations whose price is not known."""
    improvement_trend: "pl.DataFrame" = field(repr=False)
    performance_by_mode: "pl.DataFrame" = field(repr=False)
    sql: str = field(repr=False)
    """The queries behind it, each under its name."""

    def __str__(self) -> str:
        if not self.total_operations:
            return "No operations are recorded yet."
        lines = [
            f"{self.total_operations:,} operations",
            f"improvement     {number(self.avg_improvement, '+.1f')} points on average",
            f"target met      {number(self.target_met_rate, '.0%')}",
            f"duration        {number(self.avg_duration_ms, ',.0f')} ms on average",
            f"confidence      {number(self.avg_confidence, '.2f')}",
            f"tokens          {self.tokens:,}",
            f"cost            ${self.cost_usd:,.4f}{self._unpriced()}",
            "",
        ]
        for row in self.performance_by_mode.iter_rows():
            name, count, improvement, met = row[:4]
            points, share = number(improvement, "+.1f"), number(met, ".0%")
            lines.append(
                f"{name or 'unnamed'}: {count:,} operations, {points} points, target met {share}"
            )
        return "\n".join(lines)

    def _unpriced(self) -> str:
        if not self.unpriced:
            return ""
        return f", without {self.unpriced:,} operations whose price is not known"


def effectiveness(ask: Ask, period: Period, by: str | None) -> Effectiveness:
    """Computes the averages by asking the log."""
    group = column("runs", by or "mode")
    asked = Asked(ask)
    source = f"from runs {period.where('runs', SUCCEEDED)}"
    unpriced = "count(*) filter (cost_usd is null) as unpriced"
    averages = asked.row("averages", f"select {_AVERAGES}, {unpriced} {source}")
    return Effectiveness(
        **averages,
        improvement_trend=asked.frame(
            "improvement_trend",
            f"""select recorded_at::date as day, count(*) as operations,
            avg(improvement) as avg_improvement {source} group by 1 order by 1""",
        ),
        performance_by_mode=asked.frame(
            "performance_by_mode", f"select {group}, {_AVERAGES} {source} group by 1 order by 1"
        ),
        sql=asked.sql,
    )
