"""The procedure behind every comparison: gates, then an estimate, then a word.

The method follows from the design and the kind of metric, never from a p-value:

1. Gates: duplicate runs, or more than 5 % of the pairs missing, make the comparison invalid.
2. Replicates are averaged within an item, and variants are compared within items. Items that share
   a source are clustered by it.
3. Scores: paired t, or CR2 with Bell-McCaffrey degrees of freedom where there are clusters.
   Pass or fail: McNemar's mid-p with Tango's interval. Costs and latencies: the ratio of means
   with Fieller's interval, shown in per cent.
4. Several variants share the error of the primary metric (Bonferroni intervals, Holm p-values).
   Guardrails must each hold and share nothing. Further metrics only explore (Benjamini-Hochberg).

`docs/statistics.md` says why.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.comparison import Comparison, MetricResult, VariantResult
from tailor_lab.experiment.design import Experiment, Metric, Role
from tailor_lab.experiment.verdict import Interval, Verdict, judge, passes, sentence
from tailor_lab.stats import Estimate, NotEnoughData

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.stats.multiplicity import Method

ALPHA = 0.05
POWER = 0.8
MOST_MISSING = 0.05
FEWEST_CLUSTERS = 6

Floats = NDArray[np.float64]


def compare(
    frame: "pl.DataFrame",
    experiment: Experiment,
    *,
    metrics: Sequence[Metric] | None = None,
    baseline: str | None = None,
    plan_hash: str = "",
) -> Comparison:
    """Compares every variant with the baseline on every metric.

    `frame` has a row per run: `item_id`, `variant`, `replicate`, `status` ("ok" or "failed"), a
    column per metric, and the experiment's cluster column where it has one.
    """
    baseline = baseline or experiment.baseline or experiment.variants[0].name
    experiment.variant(baseline)
    table = _Table(frame, experiment)
    wanted = tuple(metrics or experiment.all_metrics)
    others = [v.name for v in experiment.variants if v.name != baseline]
    results = {
        metric.name: _compare_metric(table, experiment, metric, baseline, others)
        for metric in wanted
    }
    return Comparison(
        experiment=experiment.name,
        baseline=baseline,
        variants=tuple(
            VariantResult(name, tuple(results[metric.name][name] for metric in wanted))
            for name in others
        ),
        n_items=len(table.items),
        n_clusters=len(set(table.clusters.values())) if table.clusters else None,
        level=1 - ALPHA,
        plan_hash=plan_hash,
        warnings=tuple(table.warnings()),
    )


class _Table:
    """The runs of an experiment, looked at item by item."""

    def __init__(self, frame: "pl.DataFrame", experiment: Experiment) -> None:
        self.frame = frame
        self.experiment = experiment
        self.items: list[str] = sorted(frame["item_id"].unique().to_list())
        cluster = experiment.cluster
        if cluster and cluster not in frame.columns:
            raise InputError(
                f'Experiment "{experiment.name}" clusters by "{cluster}", '
                "which its items do not have."
            )
        self.clusters: dict[str, str] = (
            dict(frame.select("item_id", cluster).unique().iter_rows()) if cluster else {}
        )
        keys = ["item_id", "variant", "replicate"]
        self.duplicates = frame.height - frame.select(keys).unique().height

    def values(self, metric: Metric, variant: str) -> dict[str, float]:
        """The metric's mean over the replicates of each item that has finished runs."""
        import polars as pl

        if metric.name not in self.frame.columns:
            numeric = {n for n, t in self.frame.schema.items() if t.is_numeric() or t == pl.Boolean}
            measured = sorted(numeric - _NOT_METRICS)
            raise InputError(
                f'No run measured "{metric.name}". Measured were: {", ".join(measured)}.'
            )
        column = pl.col(metric.name).cast(pl.Float64)
        if metric.kind == "binary":
            column = (column > 0).cast(pl.Float64)
        finished = (
            self.frame.filter((pl.col("variant") == variant) & (pl.col("status") == "ok"))
            .with_columns(column.alias("value"))
            .filter(pl.col("value").is_finite())
            .group_by("item_id")
            .agg(pl.col("value").mean())
        )
        return dict(finished.select("item_id", "value").iter_rows())

    def warnings(self) -> list[str]:
        """What a reader should know about the runs as a whole."""
        import polars as pl

        found = []
        failed = self.frame.filter(pl.col("status") != "ok")
        if failed.height:
            by_variant = failed.group_by("variant").len().sort("variant").iter_rows()
            counts = ", ".join(f"{name} {count}" for name, count in by_variant)
            found.append(f"{failed.height} of {self.frame.height} runs failed ({counts}).")
        if len(self.items) < 30:
            found.append(f"Only {len(self.items)} items: intervals are wide and fragile.")
        return found


@dataclass(frozen=True)
class _Pairs:
    """The two variants' values on the items that both finished, and those items' clusters."""

    a: Floats
    b: Floats
    clusters: list[str] | None
    missing: int
    repeated: bool

    @property
    def n(self) -> int:
        return len(self.a)

    @property
    def n_clusters(self) -> int | None:
        return len(set(self.clusters)) if self.clusters else None


def _pairs(table: _Table, metric: Metric, baseline: str, variant: str) -> _Pairs:
    first, second = table.values(metric, baseline), table.values(metric, variant)
    shared = [item for item in table.items if item in first and item in second]
    return _Pairs(
        a=np.array([first[item] for item in shared], dtype=float),
        b=np.array([second[item] for item in shared], dtype=float),
        clusters=[table.clusters[item] for item in shared] if table.clusters else None,
        missing=len(table.items) - len(shared),
        repeated=table.experiment.replicates > 1,
    )


def _compare_metric(
    table: _Table, experiment: Experiment, metric: Metric, baseline: str, variants: list[str]
) -> dict[str, MetricResult]:
    role = experiment.role(metric.name)
    # Only the primary metric's error is shared: guardrails must hold each, the rest only explores.
    comparisons = len(variants) if role == "primary" else 1
    level = 1 - ALPHA / comparisons
    found = [
        _result(
            _pairs(table, metric, baseline, variant),
            metric,
            role=role,
            level=level,
            variant=variant,
            baseline=baseline,
        )
        for variant in variants
    ]
    if table.duplicates:
        text = f"{table.duplicates} runs are recorded twice for the same item and variant"
        found = [_invalid(result, text) for result in found]
    if role != "guardrail":
        method: Method = "holm" if role == "primary" else "benjamini_hochberg"
        raw = [r.judged.p if r.judged and r.judged.p is not None else None for r in found]
        known = [p for p in raw if p is not None]
        adjusted = iter(stats.adjust(known, method) if known else ())
        found = [
            replace(r, p_adjusted=float(next(adjusted)) if p is not None else None)
            for r, p in zip(found, raw, strict=True)
        ]
    return {result.variant: result for result in found}


def _result(
    pairs: _Pairs, metric: Metric, *, role: Role, level: float, variant: str, baseline: str
) -> MetricResult:
    """One variant on one metric."""
    empty = MetricResult(
        metric=metric,
        role=role,
        variant=variant,
        baseline=baseline,
        n=pairs.n,
        missing=pairs.missing,
        baseline_value=float(pairs.a.mean()) if pairs.n else None,
        variant_value=float(pairs.b.mean()) if pairs.n else None,
        difference=None,
        relative=None,
        p_adjusted=None,
        effect_size=None,
        judged_relative=metric.margin_is_relative or metric.kind in {"cost", "latency"},
        why="",
        detectable=None,
        needed=None,
        verdict="invalid",
        sentence="not to be read",
        passes=False,
    )
    gate = _gate(pairs)
    if pairs.n < 2:
        return _invalid(empty, gate or "fewer than two items finished under both variants")
    try:
        estimator, why = _method(pairs, metric)
        difference = estimator(level)
        relative = _relative(pairs, level)
    except NotEnoughData as error:
        return _invalid(empty, str(error).rstrip("."))
    if empty.judged_relative and relative is None and not metric.margin_is_relative:
        empty = replace(empty, judged_relative=False)
    result = replace(
        empty,
        difference=difference,
        relative=relative,
        effect_size=_standardised(pairs),
        why=why if not empty.judged_relative else "ratio of means, Fieller's interval",
        warnings=(relative or difference).warnings
        if empty.judged_relative
        else difference.warnings,
    )
    if gate:
        return _invalid(result, gate)
    return _judged(result, _narrow(result, pairs, estimator, level), level)


def _gate(pairs: _Pairs) -> str | None:
    """Why this comparison must not be read, or None."""
    planned = pairs.n + pairs.missing
    if planned and pairs.missing / planned > MOST_MISSING:
        return f"{pairs.missing} of {planned} pairs are missing, more than {MOST_MISSING:.0%}"
    if pairs.n_clusters is not None and pairs.n_clusters < FEWEST_CLUSTERS:
        return f"{pairs.n_clusters} clusters are too few for a verdict; use {FEWEST_CLUSTERS}"
    return None


def _method(pairs: _Pairs, metric: Metric) -> tuple[Callable[[float], Estimate], str]:
    """The estimator of the difference in means, as a function of the level, and why it."""
    if pairs.clusters is not None:
        clusters = pairs.clusters
        return (
            lambda level: stats.clustered(pairs.b - pairs.a, clusters, level=level),
            f"items clustered in {pairs.n_clusters} sources, so CR2 standard errors",
        )
    if metric.kind == "binary" and not pairs.repeated:
        return (
            lambda level: stats.paired_proportions(pairs.a, pairs.b, level=level),
            "pass or fail on the same items, so McNemar and Tango",
        )
    return (
        lambda level: stats.paired(pairs.a, pairs.b, level=level),
        "the same items under both variants, so paired differences",
    )


def _relative(pairs: _Pairs, level: float) -> Estimate | None:
    """The difference as a share of the baseline's mean, or None where that has no meaning."""
    if not pairs.a.mean() > 0:
        return None
    clusters = {"clusters": pairs.clusters} if pairs.clusters is not None else {}
    ratio = stats.ratio(pairs.a, pairs.b, level=level, **clusters)
    return replace(
        ratio,
        value=ratio.value - 1,
        low=ratio.low - 1 if ratio.low is not None else None,
        high=ratio.high - 1 if ratio.high is not None else None,
    )


def _standardised(pairs: _Pairs) -> float | None:
    """Mean difference in units of its standard deviation over items (Cohen's d_z)."""
    spread = float((pairs.b - pairs.a).std(ddof=1))
    return float((pairs.b - pairs.a).mean()) / spread if spread > 0 else None


def _narrow(
    result: MetricResult, pairs: _Pairs, estimator: Callable[[float], Estimate], level: float
) -> Estimate | None:
    """The judged estimate at the level of two one-sided tests."""
    narrower = 1 - 2 * (1 - level)
    return _relative(pairs, narrower) if result.judged_relative else estimator(narrower)


def _judged(result: MetricResult, narrow: Estimate | None, level: float) -> MetricResult:
    """The result with its verdict, in words, and what more items would show."""
    estimate = result.judged
    if estimate is None or narrow is None:
        text = f"undefined: {result.baseline} has no {result.metric.name} to compare with"
        return replace(result, verdict="inconclusive", sentence=text)
    up = 1.0 if result.metric.better == "higher" else -1.0
    full, inner = _turned(estimate, up), _turned(narrow, up)
    margin = _margin(result)
    verdict = judge(full, inner, margin)
    detectable = _detectable(estimate, level)
    needed = _needed(result.n, detectable, margin)
    more = needed - result.n if needed is not None and needed > result.n else None
    unit = "%" if result.judged_relative else ""
    holds = verdict in {"better", "equivalent", "not_worse"}
    if result.role == "guardrail" and margin is not None:
        holds = passes(full, inner, margin)
    return replace(
        result,
        detectable=detectable,
        needed=needed,
        verdict=verdict,
        sentence=sentence(verdict, full, margin, more_items=more, unit=unit),
        passes=holds,
    )


def _turned(estimate: Estimate, up: float) -> Interval:
    """The interval with up meaning better; an end that does not exist is infinite."""
    low = -math.inf if estimate.low is None else estimate.low
    high = math.inf if estimate.high is None else estimate.high
    return Interval(low, high) if up > 0 else Interval(-high, -low)


def _margin(result: MetricResult) -> float | None:
    """The margin in the unit that is judged: the metric's own, or a share of the baseline."""
    metric = result.metric
    if metric.margin is None:
        return None
    if result.judged_relative and not metric.margin_is_relative:
        return metric.margin_value / result.baseline_value if result.baseline_value else None
    return metric.margin_value


def _detectable(estimate: Estimate, level: float) -> float | None:
    """The smallest difference found with 80 % power, from the interval's own half-width."""
    from scipy.stats import norm

    if estimate.low is None or estimate.high is None:
        return None
    half = (estimate.high - estimate.low) / 2
    if not (math.isfinite(half) and half > 0):
        return None
    z = float(norm.ppf(0.5 + level / 2))
    return half * (z + float(norm.ppf(POWER))) / z


def _needed(n: int, detectable: float | None, margin: float | None) -> int | None:
    """Items with which a difference of the margin's size would be found: n grows as its square."""
    if detectable is None or not margin:
        return None
    return math.ceil(n * (detectable / margin) ** 2)


def _invalid(result: MetricResult, why: str) -> MetricResult:
    verdict: Verdict = "invalid"
    return replace(result, verdict=verdict, sentence=f"not to be read: {why}", passes=False)


_NOT_METRICS = {"item_id", "variant", "replicate", "status", "cell", "cluster", "run_id"}
