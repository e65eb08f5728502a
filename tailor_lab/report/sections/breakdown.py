"""Where the effect comes from: segments of items, and the course over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tailor_lab import charts
from tailor_lab.experiment.analysis.segments import segment_names
from tailor_lab.experiment.answers import Segments
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import amount, p_cell, p_text
from tailor_lab.report.figures import Figure, Figures

if TYPE_CHECKING:
    import altair as alt

MOST_SEGMENTATIONS = 4
_PERIODS = {
    "month": timedelta(days=30),
    "week": timedelta(days=7),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
}
_EVERY = {"month": "1mo", "week": "1w", "day": "1d", "hour": "1h", "minute": "1m"}
_FEWEST_PERIODS = 4


@dataclass(frozen=True)
class ItemSegment:
    """The difference of one variant on one kind of items."""

    variant: str
    segment: str
    n: Figure
    estimate: Figure
    p: Figure


@dataclass(frozen=True)
class Segmentation:
    """The differences by one label of the items."""

    by: str
    finding: str
    rows: tuple[ItemSegment, ...]
    chart: "alt.Chart"


def segmentations(result: Result, figures: Figures) -> Iterator[Segmentation]:
    """The primary metric by the labels of the items, as far as they make segments."""
    for by in segment_names(result)[:MOST_SEGMENTATIONS]:
        found = result.segments(by)
        if found.frame["difference"].is_not_null().any():
            rows = tuple(_segment(by, row, figures) for row in found.frame.to_dicts())
            yield Segmentation(by, _finding(found), rows, found.chart())


def _finding(found: Segments) -> str:
    words = []
    for variant, p in found.interaction_p.items():
        if p is None:
            words.append(f"{variant}: too few segments to compare")
        else:
            verb = "differ" if p < 0.05 else "do not show that they differ"
            words.append(f"{variant}: segments {verb} (p {p_text(p)})")
    return "; ".join(words)


def _segment(by: str, row: dict[str, object], figures: Figures) -> ItemSegment:
    name = f"segment.{by}.{row['variant']}.{row['segment']}"
    ends = [row[end] for end in ("difference", "low", "high")]
    value, low, high = (float(end) if isinstance(end, int | float) else None for end in ends)
    text = "too few"
    if value is not None:
        limits = [amount(end, "") if end is not None else "no limit" for end in (low, high)]
        text = f"{amount(value, '', signed=True)} ({limits[0]} to {limits[1]})"
    p = row["p_adjusted"]
    return ItemSegment(
        variant=str(row["variant"]),
        segment=str(row["segment"]),
        n=figures.add(f"{name}.n", row["n"]),
        estimate=figures.add(f"{name}.estimate", (value, low, high), text),
        p=figures.add(f"{name}.p", p, p_cell(p if isinstance(p, float) else None)),
    )


@dataclass(frozen=True)
class Course:
    """How the primary metric moved over the time of the runs."""

    words: Figure
    chart: "alt.Chart | None" = None
    """None where all runs fall into too few periods to see a course."""


def course(result: Result, figures: Figures) -> Course:
    """The primary metric by period and variant, in the longest periods of which there are four."""
    metric = result.experiment.primary
    runs = result.frame.filter(pl.col("status") == "ok")
    runs = runs.drop_nulls(metric.name) if metric.name in runs.columns else runs.clear()
    if runs.is_empty():
        return Course(figures.add("course", "No run has finished."))
    moments: list[datetime] = runs["started_at"].to_list()
    span = max(moments) - min(moments)
    unit = next((u for u, length in _PERIODS.items() if span >= _FEWEST_PERIODS * length), None)
    if unit is None:
        words = f"All runs were made within {span.total_seconds():,.0f} seconds: too short a time."
        return Course(figures.add("course", f"{words} A trend shows from several periods on."))
    value = pl.col(metric.name).cast(pl.Float64)
    half = 1.96 * value.std() / pl.len().sqrt()
    periods = (
        runs.group_by(pl.col("started_at").dt.truncate(_EVERY[unit]).alias("period"), "variant")
        .agg(value.mean().alias("value"), half.alias("half"), pl.len().alias("n"))
        .sort("variant", "period")
    )
    ends = {
        variant: (part["value"][0], part["value"][-1])
        for (variant,), part in periods.group_by("variant", maintain_order=True)
    }
    moved = "; ".join(f"{v} from {amount(a, '')} to {amount(b, '')}" for v, (a, b) in ends.items())
    drawn = charts.trend(
        periods.select(
            "period",
            "value",
            "n",
            low=pl.col("value") - pl.col("half"),
            high=pl.col("value") + pl.col("half"),
            group="variant",
        ),
        title=f"{metric.name}, first and last {unit}: {moved}",
        subtitle=f"mean by {unit} and variant, 95 % intervals",
        unit=metric.unit,
        name=metric.name,
    )
    return Course(figures.add("course", f"First and last {unit}: {moved}."), drawn)
