"""From an estimate to a verdict, its sentence, and what more items would show."""

import math
from dataclasses import replace

from tailor_lab.experiment.answers import POWER
from tailor_lab.experiment.comparison import MetricResult
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.verdict import Interval, judge, passes, sentence
from tailor_lab.stats import Estimate


def unjudged(metric: Metric, experiment: Experiment, variant: str, baseline: str) -> MetricResult:
    """What is known of a variant on a metric before anything was estimated."""
    return MetricResult(
        metric=metric,
        role=experiment.role(metric.name),
        variant=variant,
        baseline=baseline,
        n=0,
        missing=0,
        baseline_value=None,
        variant_value=None,
        difference=None,
        relative=None,
        p_adjusted=None,
        effect_size=None,
        judged_relative=metric.margin_is_relative,
        why="",
        detectable=None,
        needed=None,
        verdict="invalid",
        sentence="not to be read",
        passes=False,
    )


def invalid(result: MetricResult, why: str) -> MetricResult:
    """The result as one whose numbers say nothing, and why."""
    return replace(result, verdict="invalid", sentence=f"not to be read: {why}", passes=False)


def judged_result(result: MetricResult, narrow: Estimate, level: float) -> MetricResult:
    """The result with its verdict, in words, and what more items would show."""
    estimate = result.judged
    if estimate is None:
        return result
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


def level_of(estimate: Estimate) -> float:
    """The level of a plain t interval that is as wide."""
    from scipy.stats import t

    if not estimate.se or estimate.high is None or estimate.df is None:
        return estimate.level
    return 1 - 2 * float(t.sf((estimate.high - estimate.value) / estimate.se, estimate.df))
