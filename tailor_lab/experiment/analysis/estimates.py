"""The picture of a comparison: one metric of every variant, with its interval and margin."""

from typing import TYPE_CHECKING

from tailor_lab import charts
from tailor_lab.errors import InputError
from tailor_lab.experiment.comparison import Comparison

if TYPE_CHECKING:
    import altair as alt


def estimates_chart(comparison: Comparison, metric: str | None = None) -> "alt.Chart":
    """The named metric, or the primary one, of every variant against the baseline."""
    import polars as pl

    name = comparison.variants[0].primary.metric.name if metric is None else metric
    results = [result for result in comparison if result.metric.name == name]
    if not results:
        known = ", ".join(dict.fromkeys(result.metric.name for result in comparison))
        raise InputError(f'The comparison has no metric "{name}"; it has {known}.')
    rows = [
        {
            "variant": result.variant,
            "value": result.judged.value,
            **dict(zip(("low", "high"), result.possible(result.judged), strict=True)),
            "verdict": result.verdict,
            "colour": result.colour,
            "margin": result.metric.margin_value if result.metric.margin else None,
        }
        for result in results
        if result.judged is not None
    ]
    numbers = dict.fromkeys(("value", "low", "high", "margin"), pl.Float64)
    schema = {"variant": pl.String, "verdict": pl.String, "colour": pl.String, **numbers}
    shipped = comparison.decision.variant
    first = max(results, key=lambda result: (result.variant == shipped, result.passes))
    return charts.estimates(
        pl.DataFrame(rows, schema=schema),
        title=f"{first.variant}: {name} {first.summary}",
        subtitle=f"against {comparison.baseline}, {comparison.n_items} items, "
        f"{comparison.level:.0%} intervals; dashed: the margin",
        unit="share of the baseline" if first.judged_relative else first.metric.unit,
    )
