"""What it cost and what it brought: by variant, with intervals, and what the cache saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tailor_lab import charts, stats
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import amount
from tailor_lab.report.figures import Figure, Figures

if TYPE_CHECKING:
    import altair as alt

    from tailor_lab.runlog.answers.costs import Costs


@dataclass(frozen=True)
class VariantCost:
    """What the work of one variant cost, whoever paid for it, and what came of it."""

    variant: str
    runs: Figure
    tokens: Figure
    """Per run, with its interval."""
    cost: Figure
    """US dollars per run, with its interval."""
    per_success: Figure
    returned: Figure
    """Return on a dollar, with its interval."""


@dataclass(frozen=True)
class Money:
    """The costs of an experiment."""

    usage: tuple[tuple[str, Figure], ...]
    variants: tuple[VariantCost, ...]
    note: str
    chart: "alt.Chart | None"
    """The return by variant; None where it is not known."""


def money(result: Result, figures: Figures, value_per_success: float | None) -> Money:
    """The costs of an experiment; with the value of a success, in USD, also the return."""
    found = {
        variant.name: _of_variant(result, variant.name, value_per_success)
        for variant in result.experiment.variants
    }
    variants = tuple(
        _variant(result, name, costs, figures) for name, costs in found.items() if costs is not None
    )
    return Money(
        usage=tuple(_usage(result, figures)),
        variants=variants,
        note=_note(result, found.values(), value_per_success),
        chart=_chart(found, value_per_success),
    )


def _of_variant(result: Result, variant: str, value: float | None) -> "Costs | None":
    runs = result.frame.filter(pl.col("variant") == variant)["run_id"].to_list()
    return result.log.costs(value_per_success=value, run_id=runs) if runs else None


def _variant(result: Result, name: str, costs: "Costs", figures: Figures) -> VariantCost:
    done = result.frame.filter((pl.col("variant") == name) & (pl.col("status") == "ok"))

    def figure(part: str, value: Any, text: str) -> Figure:
        return figures.add(f"cost.{name}.{part}", value, text)

    def mean(part: str, column: str, unit: str) -> Figure:
        found = _mean(result, done, column)
        if found is None:
            return figure(part, None, "–")
        value, low, high = found
        text = amount(value, unit)
        if low is not None and high is not None and high > low:
            text += f" ({amount(low, unit)} to {amount(high, unit)})"
        return figure(part, found, text)

    per_success, roi = costs.usd_per_success, costs.roi
    back = "–"
    if roi is not None:
        back = amount(roi, "", signed=True)
        if costs.roi_low is not None and costs.roi_high is not None:
            back += f" ({amount(costs.roi_low, '')} to {amount(costs.roi_high, '')})"
    return VariantCost(
        variant=name,
        runs=figure("runs", done.height, f"{done.height:,}"),
        tokens=mean("tokens", "tokens_used", ""),
        cost=mean("usd", "cost_usd", "USD"),
        per_success=figure(
            "per_success", per_success, "–" if per_success is None else amount(per_success, "USD")
        ),
        returned=figure("return", (roi, costs.roi_low, costs.roi_high), back),
    )


def _mean(
    result: Result, runs: pl.DataFrame, column: str
) -> tuple[float, float | None, float | None] | None:
    """The mean of a column over runs with its 95 % interval, clustered where the design is."""
    if column not in runs.columns or runs[column].drop_nulls().is_empty():
        return None
    known = runs.drop_nulls(column)
    values = known[column].cast(pl.Float64).to_numpy()
    cluster = result.experiment.cluster
    labels = known[cluster if cluster and cluster in known.columns else "item_id"].to_list()
    try:
        found = stats.clustered(values, labels)
    except stats.NotEnoughData:
        return float(np.mean(values)), None, None
    return found.value, found.low, found.high


def _note(result: Result, found: Any, value: float | None) -> str:
    spent = sum(costs.operations_usd for costs in found if costs is not None)
    if result.frame["cost_usd"].drop_nulls().is_empty():
        return "Nobody knows the price of these calls, so their cost is unknown, not zero."
    if not spent:
        return "The model is free, so there is no return on what was spent."
    if value is None:
        return "Say what a success is worth (--value-per-success) to see the return."
    return f"A success, a run that meets its target, is taken to be worth {amount(value, 'USD')}."


def _chart(found: "dict[str, Costs | None]", value: float | None) -> "alt.Chart | None":
    known = [
        {"label": name, "value": costs.roi, "low": costs.roi_low, "high": costs.roi_high}
        for name, costs in found.items()
        if costs is not None and costs.roi is not None
    ]
    if not known or value is None:
        return None
    frame = pl.DataFrame(known, schema_overrides=dict.fromkeys(("low", "high"), pl.Float64))
    best = max(known, key=lambda row: float(row["value"] or 0.0))
    return charts.intervals(
        frame,
        title=f"A dollar for {best['label']} returns {best['value']:+.1f}",
        subtitle=f"value of a success {amount(value, 'USD')}, less cost; 95 % intervals",
        name="return on a dollar",
        unit="USD",
        reference=0.0,
    )


def _usage(result: Result, figures: Figures) -> Iterator[tuple[str, Figure]]:
    usage = result.usage()
    shown = {
        "model calls": (usage["calls"], f"{usage['calls']:,}"),
        "answered from the cache": (usage["cached"], f"{usage['cached']:,}"),
        "tokens": (usage["tokens"], f"{usage['tokens']:,}"),
        "spent": (usage["spent_usd"], f"${usage['spent_usd']:,.4f}"),
        "saved by the cache": (usage["saved_usd"], f"${usage['saved_usd']:,.4f}"),
        "waiting saved by the cache": (usage["saved_s"], f"{usage['saved_s']:,.1f} s"),
    }
    for label, (value, text) in shown.items():
        yield label, figures.add(f"usage.{label.replace(' ', '_')}", value, text)
