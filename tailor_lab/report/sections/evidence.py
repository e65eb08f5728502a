"""The evidence of a report: every variant on every metric, and the pictures of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tailor_lab import charts
from tailor_lab.experiment.comparison import Comparison, MetricResult, reaches
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import POINTS, amount, p_cell
from tailor_lab.markup import Markup, interval
from tailor_lab.report.figures import Figure, Figures
from tailor_lab.report.sections.decision import Colour, foremost, guardrail_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    import altair as alt


@dataclass(frozen=True)
class Row:
    """One variant against the baseline on one metric."""

    variant: str
    metric: str
    role: str
    colour: Colour
    """Of the verdict: what was asked of the metric is shown, its contrary is, or it is open."""
    sentence: Figure
    holds: str
    """Of a guardrail, in words: whether its loss is shown to be smaller than the margin."""
    margin: str
    baseline: Figure
    value: Figure
    estimate: Figure
    p: Figure | None
    """None of a guardrail, which is judged by its interval."""
    n: Figure
    method: str
    why: str
    drawn: Markup
    """The interval as a picture, on the scale of its metric."""


def rows(comparison: Comparison, figures: Figures) -> tuple[Row, ...]:
    """A row per variant and metric."""
    reach = reaches(comparison)
    return tuple(_row(result, reach[result.metric.name], figures) for result in comparison)


def _row(result: MetricResult, reach: float, figures: Figures) -> Row:
    name = f"{result.variant}.{result.metric.name}"

    def number(part: str, value: float | None) -> Figure:
        return figures.add(f"{name}.{part}", value, "–" if value is None else amount(value, ""))

    judged, metric = result.judged, result.metric
    exact = (judged.value, judged.low, judged.high) if judged else None
    p = result.p_adjusted if result.p_adjusted is not None else (judged.p if judged else None)
    return Row(
        variant=result.variant,
        metric=metric.name,
        role=result.role,
        colour=result.colour,
        sentence=figures.add(f"{name}.sentence", result.sentence),
        holds=guardrail_word(result),
        margin=margin_text(metric) if metric.margin is not None else "–",
        baseline=number("baseline", result.baseline_value),
        value=number("value", result.variant_value),
        estimate=figures.add(f"{name}.estimate", exact, result.summary),
        p=None if result.role == "guardrail" else figures.add(f"{name}.p", p, p_cell(p)),
        n=figures.add(f"{name}.n", result.n),
        method=result.method,
        why=result.why,
        drawn=interval(judged.value, *result.possible(judged), reach=reach)
        if judged
        else Markup(""),
    )


def margin_text(metric: Metric) -> str:
    """A metric's margin with its unit; a share stands for itself, as the values next to it do."""
    unit = metric.margin_unit(relative=metric.margin_is_relative)
    return amount(metric.margin_value, "" if unit == POINTS else unit)


def evidence_charts(result: Result, comparison: Comparison) -> "Iterator[tuple[str, alt.Chart]]":
    """The estimates, the looks, the items, the scores before and after: those that there are."""
    yield "estimates", comparison.chart()
    if result.experiment.looks != 1 and result.looks().height:
        yield "looks", result.looks_chart()
    best = comparison[foremost(comparison)]
    differences = result.differences(best.name)
    if differences.height:
        gains = differences.filter(pl.col("difference") > 0).height
        yield (
            "differences",
            charts.paired_differences(
                differences,
                title=f"{best.name} gains on {gains} of {differences.height} items",
                subtitle=f"{best.primary.metric.name}, {best.name} minus {comparison.baseline}",
                unit=best.primary.metric.unit,
            ),
        )
    yield from _scores(result)


def _scores(result: Result) -> "Iterator[tuple[str, alt.Chart]]":
    if not {"score_before", "score_after"} <= set(result.frame.columns):
        return
    scores = result.frame.filter(pl.col("status") == "ok").select(
        "variant", before="score_before", after="score_after"
    )
    if scores.drop_nulls().is_empty():
        return
    means = scores.group_by("variant").agg((pl.col("after") - pl.col("before")).mean())
    gains = dict(means.iter_rows())
    order = [v.name for v in result.experiment.variants if v.name in gains]
    words = ", ".join(f"{name} {gains[name]:+.1f}" for name in order)
    yield (
        "scores",
        charts.before_and_after(
            scores,
            title=f"Mean gain: {words} points",
            subtitle="match score, 0 to 100",
            unit="points",
        ),
    )
