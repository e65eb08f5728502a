"""A comparison: for each variant and metric what was found, in words first.

The objects here hold results and show them; `procedure` computes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, overload

from tailor_lab.errors import InputError
from tailor_lab.experiment.outcomes.decision import Decision, VariantDecision
from tailor_lab.experiment.outcomes.metric_result import MetricResult, reaches
from tailor_lab.experiment.verdict import Verdict, p_cell
from tailor_lab.markup import Shown, badge, bullets, columns, heading, interval, table, visible
from tailor_lab.questions import ask

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

__all__ = ["Comparison", "Decision", "MetricResult", "VariantDecision", "VariantResult", "reaches"]


@dataclass(frozen=True, repr=False)
class VariantResult(Shown):
    """One variant against the baseline on every metric; its verdict is the primary metric's.

    `result["improvement"]` is that of one metric.
    """

    name: str
    metrics: tuple[MetricResult, ...]
    """The results, the primary metric first."""
    notes: tuple[str, ...] = ()
    """Sentences that bear on the decision, such as what failed runs would change."""

    @property
    def primary(self) -> MetricResult:
        """The metric that decides; where it was not asked for, the first one that was."""
        return next((m for m in self.metrics if m.role == "primary"), self.metrics[0])

    @property
    def guardrails(self) -> tuple[MetricResult, ...]:
        """The metrics that must not get worse."""
        return tuple(m for m in self.metrics if m.role == "guardrail")

    @property
    def verdict(self) -> Verdict:
        """The verdict on the primary metric."""
        return self.primary.verdict

    def __getitem__(self, metric: str) -> MetricResult:
        return cast("MetricResult", _choose("metric", metric, {m.metric.name: m for m in self}))

    def __iter__(self) -> Iterator[MetricResult]:
        return iter(self.metrics)

    def __str__(self) -> str:
        lines = [f"{m.metric.name} ({m.role}): {m.sentence}, {m.summary}" for m in self]
        return "\n".join(map(visible, [f"{self.name}: {self.verdict}", *lines]))

    def _page(self) -> Iterator[str]:
        yield heading(f"{self.name}: {self.verdict}")
        rows = [(m.metric.name, m.role, badge(m.colour, m.sentence), m.summary, m.n) for m in self]
        yield table(("metric", "role", "verdict", "estimate", "n"), rows, numbers=(4,))


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """All variants against the baseline. `comparison["grounded", "cost_usd"]` is one result."""

    experiment: str
    baseline: str
    variants: tuple[VariantResult, ...]
    n_items: int
    """Items that the comparison rests on."""
    n_clusters: int | None
    """Of how many clusters; None without any."""
    level: float
    plan_hash: str
    decision: Decision
    """What to do now."""
    warnings: tuple[str, ...] = ()

    @overload
    def __getitem__(self, key: str) -> VariantResult: ...
    @overload
    def __getitem__(self, key: tuple[str, str]) -> MetricResult: ...
    def __getitem__(self, key: str | tuple[str, str]) -> VariantResult | MetricResult:
        """The `VariantResult` of a name, or the `MetricResult` of a variant and a metric."""
        if isinstance(key, tuple):
            name, metric = key
            return self[name][metric]
        found: VariantResult = _choose("variant", key, {v.name: v for v in self.variants})
        return found

    def __iter__(self) -> Iterator[MetricResult]:
        """Every result, variant by variant, the primary metric first."""
        return (m for variant in self.variants for m in variant.metrics)

    def ship(self) -> list[VariantDecision]:
        """The decision as each variant sees it: yes for at most one, and why.

        Empty where the primary metric was not asked for.
        """
        return list(self.decision.per_variant)

    def regressions(self) -> list[MetricResult]:
        """What should stop a change: a primary metric or a guardrail that is worse or unjudged.

        Unjudged is what is invalid, and what has no estimate, since a run that was cut short has
        come to no look. A guardrail that is worse, but by less than its margin, is not among them;
        exploratory metrics never are.
        """
        deciding = (result for result in self if result.role != "exploratory" and not result.passes)
        return [
            r
            for r in deciding
            if r.verdict in {"worse", "invalid"}
            or r.judged is None
            or (r.role == "guardrail" and r.state == "failed")
        ]

    def explain(self) -> str:
        """The comparison as a paragraph a colleague can read."""
        clusters = f" from {self.n_clusters} sources" if self.n_clusters else ""
        opening = f"{self.experiment}: {self.n_items} items{clusters}, each under every variant"
        lines = [f'{opening}, against the baseline "{self.baseline}".']
        for variant in self.variants:
            for result in variant.metrics:
                words = "is" if result.verdict != "inconclusive" else "on this metric we"
                why = f", {result.why}" if result.why else ""
                lines.append(
                    f'On {result.metric.name}, "{variant.name}" {words} {result.sentence}: '
                    f"{result.summary}{why}."
                )
        lines += [self.decision.sentence, *self.decision.reasons, *self.decision.flips]
        lines += [f"Note: {warning}" for warning in self.all_warnings]
        return "\n".join(lines)

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """The warnings of the whole and of each result, each once."""
        each = [w for result in self for w in result.warnings]
        return tuple(dict.fromkeys((*self.warnings, *each)))

    def to_frame(self) -> "pl.DataFrame":
        """A row per variant and metric, words first."""
        import polars as pl

        return pl.DataFrame([_row(result) for result in self], infer_schema_length=None)

    def chart(self, metric: str | None = None) -> "alt.Chart":
        """One metric of every variant, by default the primary one, with intervals and margin.

        Raises `InputError` where the comparison has no such metric.
        """
        return ask("experiment.estimates_chart", self, metric)

    def __str__(self) -> str:
        header = ("variant", "metric", "verdict", "estimate (95 % interval)", "p", "n")
        rows = [
            (
                result.variant,
                result.metric.name + ("" if result.role == "primary" else f" ({result.role})"),
                result.sentence,
                result.summary,
                p_cell(result.p_adjusted),
                str(result.n),
            )
            for result in self
        ]
        widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
        if sum(widths) + 2 * len(widths) > columns():
            table = [
                f"{n}, {m}: {words}\n    {size}, p {p}, n {count}"
                for n, m, words, size, p, count in rows
            ]
        else:
            table = [
                "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
                for row in (header, tuple("-" * width for width in widths), *rows)
            ]
        notes = [f"! {warning}" for warning in self.all_warnings]
        lines = [*str(self.decision).split("\n"), "", *table, *notes]
        return "\n".join(visible(part) for line in lines for part in line.split("\n"))

    def _page(self) -> Iterator[str]:
        clusters = f" from {self.n_clusters} sources" if self.n_clusters else ""
        yield heading(
            f'{self.experiment}: against "{self.baseline}", {self.n_items} items{clusters}'
        )
        yield from self.decision._body()
        reach = reaches(self)
        rows = [
            (
                result.variant,
                result.metric.name,
                result.role,
                badge(result.colour, result.sentence),
                result.summary,
                _drawn(result, reach[result.metric.name]),
                p_cell(result.p_adjusted),
                result.n,
            )
            for result in self
        ]
        yield table(_COLUMNS, rows, numbers=(6, 7))
        yield bullets(self.all_warnings)

    def _ipython_key_completions_(self) -> list[str]:
        return [variant.name for variant in self.variants]


_COLUMNS = (
    "variant",
    "metric",
    "role",
    "verdict",
    "estimate (95 % interval)",
    "from 0",
    "p",
    "n",
)


def _drawn(result: MetricResult, reach: float) -> str:
    estimate = result.judged
    if estimate is None:
        return ""
    return interval(estimate.value, *result.possible(estimate), reach=reach)


def _choose(what: str, name: str, options: dict[str, Any]) -> Any:
    if name not in options:
        raise InputError(
            f'There is no {what} "{name}" in this comparison; there is {", ".join(options)}.'
        )
    return options[name]


def _row(result: MetricResult) -> dict[str, Any]:
    difference, relative = result.difference, result.relative
    return {
        "variant": result.variant,
        "metric": result.metric.name,
        "role": result.role,
        "verdict": result.verdict,
        "sentence": result.sentence,
        "baseline_value": result.baseline_value,
        "variant_value": result.variant_value,
        "difference": difference.value if difference else None,
        "low": difference.low if difference else None,
        "high": difference.high if difference else None,
        "relative": relative.value if relative else None,
        "relative_low": relative.low if relative else None,
        "relative_high": relative.high if relative else None,
        "p": result.judged.p if result.judged else None,
        "p_adjusted": result.p_adjusted,
        "effect_size": result.effect_size,
        "n": result.n,
        "missing": result.missing,
        "detectable": result.detectable,
        "needed": result.needed,
        "look": str(result.look) if result.look else None,
        "crosscheck_p": result.crosscheck_p,
        "state": result.state,
        "colour": result.colour,
        "method": result.method,
        "why": result.why,
        "warnings": list(result.warnings),
    }
