"""A comparison: for each variant and metric what was found, in words first.

The objects here hold results and show them; `procedure` computes them.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Metric, Role
from tailor_lab.experiment.looks import Look
from tailor_lab.experiment.verdict import Verdict, amount, p_cell
from tailor_lab.experiment.workload import Kind
from tailor_lab.markup import (
    Shown,
    badge,
    bullets,
    columns,
    heading,
    interval,
    paragraph,
    table,
    visible,
)
from tailor_lab.questions import ask
from tailor_lab.stats import Estimate

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@dataclass(frozen=True)
class MetricResult:
    """One variant against the baseline on one metric.

    `difference` is variant minus baseline in the metric's unit; `relative` is the same as a share
    of the baseline. `detectable` is the smallest difference that this many items find with 80 %
    power, in the unit that was judged.
    """

    metric: Metric
    role: Role
    """"primary", "guardrail" or "exploratory"."""
    variant: str
    baseline: str
    n: int
    missing: int
    """Items left out since a run of theirs failed or lacks the metric."""
    baseline_value: float | None
    """Mean (or rate, or quantile) under the baseline, in the metric's unit."""
    variant_value: float | None
    """The same under the variant."""
    difference: Estimate | None
    relative: Estimate | None
    p_adjusted: float | None
    """Two-sided p: of the primary metric for the number of variants, of exploratory ones for their
    number too. None for guardrails, and where the method has none."""
    effect_size: float | None
    """Mean difference over its standard deviation between items (Cohen's d_z); None without any."""
    judged_relative: bool
    """Whether the verdict was reached on `relative` rather than on `difference`."""
    why: str
    """Why this method, from design and kind alone."""
    detectable: float | None
    needed: int | None
    """How many items would show a difference of the size of the margin with 80 % power."""
    verdict: Verdict
    """One word; `docs/statistics.md` says how it is come to."""
    sentence: str
    """The verdict in words."""
    passes: bool
    """Primary: better, equivalent or not worse. Guardrail: the loss is below the margin."""
    warnings: tuple[str, ...] = ()
    look: Look | None = None
    """How much of the plan this rests on; None before the first look."""
    crosscheck_p: float | None = None
    """The p of a sign-flip permutation, where that fits."""

    @property
    def kind(self) -> Kind | None:
        """The metric's kind, from which the method follows."""
        return self.metric.kind

    @property
    def judged(self) -> Estimate | None:
        """The estimate that the verdict rests on."""
        return self.relative if self.judged_relative else self.difference

    @property
    def method(self) -> str:
        """The name of the method of the judged estimate."""
        return self.judged.method if self.judged else "none"

    @property
    def summary(self) -> str:
        """The estimate and its interval as people write them."""
        estimate = self.judged
        if estimate is None:
            return "not estimated"
        unit = "%" if self.judged_relative else ""
        low = amount(estimate.low, unit) if estimate.low is not None else "no limit"
        high = amount(estimate.high, unit) if estimate.high is not None else "no limit"
        return f"{amount(estimate.value, unit, signed=True)} ({low} to {high})"


@dataclass(frozen=True, repr=False)
class VariantResult(Shown):
    """One variant against the baseline on every metric; its verdict is the primary metric's.

    `result["improvement"]` is that of one metric.
    """

    name: str
    metrics: tuple[MetricResult, ...]
    """The results, the primary metric first."""

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
        rows = [
            (m.metric.name, m.role, badge(_KINDS[m.verdict], m.sentence), m.summary, m.n)
            for m in self
        ]
        yield table(("metric", "role", "verdict", "estimate", "n"), rows, numbers=(4,))


@dataclass(frozen=True)
class Decision:
    """Whether to ship a variant, and why."""

    variant: str
    ship: bool
    reason: str
    """Words that say on what it rests."""

    def __bool__(self) -> bool:
        return self.ship

    def __str__(self) -> str:
        return f"{'Ship' if self.ship else 'Do not ship'} {self.variant}: {self.reason}."


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

    def ship(self) -> list[Decision]:
        """Per variant: yes or no, and the reason; empty where the primary metric is not there."""
        return [_decide(v) for v in self.variants if v.primary.role == "primary"]

    def regressions(self) -> list[MetricResult]:
        """What should stop a change: a primary metric or a guardrail that is worse or unjudged.

        Unjudged is what is invalid, and what has no estimate, since a run that was cut short has
        come to no look. A guardrail that is worse, but by less than its margin, is not among them;
        exploratory metrics never are.
        """
        deciding = (result for result in self if result.role != "exploratory" and not result.passes)
        return [r for r in deciding if r.verdict in {"worse", "invalid"} or r.judged is None]

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
        lines += [str(decision) for decision in self.ship()]
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
        lines = [*table, "", *(str(decision) for decision in self.ship()), *notes]
        return "\n".join(visible(part) for line in lines for part in line.split("\n"))

    def _page(self) -> Iterator[str]:
        clusters = f" from {self.n_clusters} sources" if self.n_clusters else ""
        yield heading(
            f'{self.experiment}: against "{self.baseline}", {self.n_items} items{clusters}'
        )
        for decision in self.ship():
            yield paragraph(badge("good" if decision.ship else "bad", str(decision)))
        reach = reaches(self)
        rows = [
            (
                result.variant,
                result.metric.name,
                result.role,
                badge(_KINDS[result.verdict], result.sentence),
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
_KINDS: dict[Verdict, Literal["good", "bad", "open"]] = {
    "better": "good",
    "equivalent": "good",
    "not_worse": "good",
    "worse": "bad",
    "invalid": "bad",
    "inconclusive": "open",
}


def reaches(results: Iterable[MetricResult]) -> dict[str, float]:
    """How far from zero the intervals of each metric reach, for a scale that variants share."""
    found: dict[str, float] = {}
    for result in results:
        estimate, name = result.judged, result.metric.name
        ends = (estimate.value, estimate.low, estimate.high) if estimate else ()
        sizes = [abs(end) for end in ends if end is not None and math.isfinite(end)]
        found[name] = max([found.get(name, 0.0), *sizes])
    return found


def _drawn(result: MetricResult, reach: float) -> str:
    estimate = result.judged
    if estimate is None:
        return ""
    return interval(estimate.value, estimate.low, estimate.high, reach=reach)


def _choose(what: str, name: str, options: dict[str, Any]) -> Any:
    if name not in options:
        raise InputError(
            f'There is no {what} "{name}" in this comparison; there is {", ".join(options)}.'
        )
    return options[name]


def _decide(variant: VariantResult) -> Decision:
    primary = variant.primary
    broken = [m for m in variant.guardrails if not m.passes]
    if primary.verdict == "invalid":
        return Decision(variant.name, False, primary.sentence)
    if primary.judged is None:
        return Decision(variant.name, False, f"{primary.metric.name}: {primary.sentence}")
    found = f"{primary.sentence} on {primary.metric.name}, {primary.summary}"
    if not primary.passes:
        return Decision(variant.name, False, found)
    if broken:
        names = "; ".join(f"{m.metric.name} {m.sentence}, {m.summary}" for m in broken)
        return Decision(variant.name, False, f"{found}, but a guardrail does not hold: {names}")
    count = len(variant.guardrails)
    held = f"; {count} of {count} guardrails hold" if count else ""
    return Decision(variant.name, True, found + held)


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
        "method": result.method,
        "why": result.why,
        "warnings": list(result.warnings),
    }
