"""What a report says, computed from a result: the same for every format.

Everything here comes from the log by way of a `Result`; nothing asks the clock or the machine, so
the same log gives the same content, and a report can be verified by computing it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tailor_lab import charts
from tailor_lab.experiment.comparison import Comparison, MetricResult, VariantResult
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import amount
from tailor_lab.report.figures import Figure, Figures

if TYPE_CHECKING:
    import altair as alt

EXAMPLES = 3


@dataclass(frozen=True)
class Row:
    """A line of the evidence table."""

    variant: str
    metric: str
    role: str
    verdict: str
    sentence: str
    baseline: Figure
    value: Figure
    estimate: Figure
    p: Figure
    n: Figure
    method: str


@dataclass(frozen=True)
class Example:
    """An item on which the variant gained or lost most."""

    kind: str
    item: str
    variant: str
    before: Figure
    after: Figure
    difference: Figure


@dataclass(frozen=True)
class Content:
    """A report before it has a format."""

    title: str
    question: str | None
    decisions: tuple[str, ...]
    rows: tuple[Row, ...]
    charts: "Mapping[str, alt.Chart]"
    variants: tuple[Mapping[str, Any], ...]
    costs: tuple[tuple[str, Figure], ...]
    examples: tuple[Example, ...]
    warnings: tuple[str, ...]
    provenance: tuple[tuple[str, Figure], ...]
    figures: Figures


def compose(result: Result) -> Content:
    """The content of an experiment's report."""
    comparison = result.compare()
    figures = Figures()
    return Content(
        title=result.experiment.name,
        question=result.experiment.question,
        decisions=tuple(str(decision) for decision in comparison.ship()),
        rows=tuple(_row(item, figures) for item in comparison),
        charts=_charts(result, comparison),
        variants=tuple(result.plan["variants"]),
        costs=_costs(result, figures),
        examples=tuple(_examples(result, comparison, figures)),
        warnings=comparison.all_warnings,
        provenance=_provenance(result, figures),
        figures=figures,
    )


def _row(result: MetricResult, figures: Figures) -> Row:
    name = f"{result.variant}.{result.metric.name}"

    def number(part: str, value: float | None) -> Figure:
        return figures.add(f"{name}.{part}", value, "–" if value is None else amount(value, ""))

    judged = result.judged
    exact = (judged.value, judged.low, judged.high) if judged else None
    p = result.p_adjusted if result.p_adjusted is not None else (judged.p if judged else None)
    return Row(
        variant=result.variant,
        metric=result.metric.name,
        role=result.role,
        verdict=result.verdict,
        sentence=result.sentence,
        baseline=number("baseline", result.baseline_value),
        value=number("value", result.variant_value),
        estimate=figures.add(f"{name}.estimate", exact, result.summary),
        p=figures.add(
            f"{name}.p", p, "–" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"
        ),
        n=figures.add(f"{name}.n", result.n),
        method=result.method,
    )


def _charts(result: Result, comparison: Comparison) -> "dict[str, alt.Chart]":
    drawn = {"estimates": estimate_chart(comparison)}
    if result.experiment.looks != 1 and result.looks().height:
        drawn["looks"] = result.looks_chart()
    best = max(comparison.variants, key=lambda v: v.primary.passes)
    differences = result.differences(best.name)
    if differences.height:
        gains = differences.filter(pl.col("difference") > 0).height
        drawn["differences"] = charts.paired_differences(
            differences,
            title=f"{best.name} gains on {gains} of {differences.height} items",
            subtitle=f"{best.primary.metric.name}, {best.name} minus {comparison.baseline}",
        )
    if {"score_before", "score_after"} <= set(result.frame.columns):
        scores = result.frame.filter(pl.col("status") == "ok").select(
            "variant", before="score_before", after="score_after"
        )
        if scores.drop_nulls().height:
            means = scores.group_by("variant").agg((pl.col("after") - pl.col("before")).mean())
            words = ", ".join(f"{name} {gain:+.1f}" for name, gain in means.sort("variant").rows())
            drawn["scores"] = charts.before_and_after(
                scores, title=f"Mean gain: {words} points", subtitle="match score, 0 to 100"
            )
    return drawn


def estimate_chart(comparison: Comparison) -> "alt.Chart":
    """The primary metric of every variant, with its interval and margin."""
    primary = [variant.primary for variant in comparison.variants]
    frame = pl.DataFrame(
        [
            {
                "variant": result.variant,
                "value": result.judged.value,
                "low": result.judged.low,
                "high": result.judged.high,
                "verdict": result.verdict,
                "margin": result.metric.margin_value if result.metric.margin else None,
            }
            for result in primary
            if result.judged is not None
        ],
        schema={
            "variant": pl.String,
            "value": pl.Float64,
            "low": pl.Float64,
            "high": pl.Float64,
            "verdict": pl.String,
            "margin": pl.Float64,
        },
    )
    first = max(primary, key=lambda result: result.passes)
    return charts.estimates(
        frame,
        title=f"{first.variant}: {first.metric.name} {first.summary}",
        subtitle=f"against {comparison.baseline}, {comparison.n_items} items, "
        f"{comparison.level:.0%} intervals; dashed: the margin",
    )


def _costs(result: Result, figures: Figures) -> tuple[tuple[str, Figure], ...]:
    usage = result.usage()
    shown = {
        "model calls": (usage["calls"], f"{usage['calls']:,}"),
        "answered from the cache": (usage["cached"], f"{usage['cached']:,}"),
        "tokens": (usage["tokens"], f"{usage['tokens']:,}"),
        "spent": (usage["spent_usd"], f"${usage['spent_usd']:,.4f}"),
        "saved by the cache": (usage["saved_usd"], f"${usage['saved_usd']:,.4f}"),
        "waiting saved by the cache": (usage["saved_s"], f"{usage['saved_s']:,.1f} s"),
    }
    return tuple(
        (label, figures.add(f"usage.{label.replace(' ', '_')}", value, text))
        for label, (value, text) in shown.items()
    )


def _examples(result: Result, comparison: Comparison, figures: Figures) -> list[Example]:
    found = []
    for variant in comparison.variants:
        ordered = result.differences(variant.name).sort("difference", "item_id")
        picks = {
            "gained most": ordered.reverse().head(EXAMPLES),
            "lost most": ordered.head(EXAMPLES),
        }
        for kind, frame in picks.items():
            for item, a, b, difference in frame.select(
                "item_id", "baseline", "variant", "difference"
            ).iter_rows():
                if (difference > 0) == (kind == "gained most") and difference:
                    found.append(_example(kind, item, variant, (a, b, difference), figures))
    return found


def _example(
    kind: str,
    item: str,
    variant: VariantResult,
    values: tuple[float, float, float],
    figures: Figures,
) -> Example:
    before, after, difference = (
        figures.add(
            f"example.{variant.name}.{item}.{part}", value, amount(value, "", signed=part == "by")
        )
        for part, value in zip(("baseline", "value", "by"), values, strict=True)
    )
    return Example(kind, item, variant.name, before, after, difference)


def _provenance(result: Result, figures: Figures) -> tuple[tuple[str, Figure], ...]:
    finished = result.frame.filter(pl.col("status") == "ok")
    shown = {
        "plan": result.plan_hash,
        "runs": result.frame.height,
        "finished": finished.height,
        "failed": result.frame.height - finished.height,
        "first run": str(result.frame["started_at"].min()),
        "last run": str(result.frame["started_at"].max()),
        "code": ", ".join(sorted({str(v) for v in result.frame["code_version"].to_list()})),
        "models": ", ".join(sorted({str(v) for v in finished["model"].to_list()})),
        "runs' fingerprint": result.fingerprint(),
    }
    return tuple(
        (label, figures.add(f"provenance.{label.replace(' ', '_')}", value))
        for label, value in shown.items()
    )
