"""From an estimate to a verdict, its sentence, and what more items would show."""

import math
from dataclasses import replace

from tailor_lab.experiment.answers import POWER
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import Goal, Interval, State, judge, sentence, state
from tailor_lab.stats import Estimate

_MOST_TIMES = 1e4
"""How many times smaller than what can be told a margin may be for a number of items."""


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
    )


def invalid(result: MetricResult, why: str) -> MetricResult:
    """The result as one whose numbers say nothing, and why."""
    return replace(result, verdict="invalid", sentence=f"not to be read: {why}", state="open")


def judged_result(result: MetricResult, narrow: Estimate, level: float, goal: Goal) -> MetricResult:
    """The result with its verdict, in words, its state, and what more items would show.

    `narrow` is the judged estimate with the interval that margins are held against, `level` that of
    the other, `goal` what is asked of the primary metric.
    """
    estimate = result.judged
    if estimate is None:
        return result
    full, inner = _turned(estimate, result.up), _turned(narrow, result.up)
    margin = result.margin
    verdict = judge(full, inner, margin)
    se = _standard_error(estimate, level)
    detectable = se * (_z(level) + _normal(POWER)) if se else None
    needed = _needed(result, se, level, goal)
    more = needed - result.n if needed is not None and needed > result.n else None
    unit = result.metric.margin_unit(relative=result.judged_relative)
    return replace(
        result,
        narrow=narrow,
        se=se,
        detectable=detectable,
        needed=needed,
        verdict=verdict,
        sentence=sentence(verdict, full, inner, margin, more_items=more, unit=unit),
        state=_state(result, full, inner, goal),
    )


def _state(result: MetricResult, full: Interval, inner: Interval, goal: Goal) -> State:
    if result.role == "exploratory":
        return "open"
    if result.role == "primary":
        return state(full, inner, result.margin, goal=goal)
    if result.margin is None:
        # No margin was named: it breaks where a loss is shown.
        return "failed" if inner.high < 0 else "met"
    return state(full, inner, result.margin, goal="not_worse")


def _turned(estimate: Estimate, up: float) -> Interval:
    """The interval with up meaning better; an end that does not exist is infinite."""
    low = -math.inf if estimate.low is None else estimate.low
    high = math.inf if estimate.high is None else estimate.high
    return Interval(low, high) if up > 0 else Interval(-high, -low)


def _standard_error(estimate: Estimate, level: float) -> float | None:
    """The standard error, or what the width of the interval at `level` makes of it."""
    if estimate.se:
        return estimate.se
    if estimate.low is None or estimate.high is None:
        return None
    half = (estimate.high - estimate.low) / 2
    return half / _z(level) if math.isfinite(half) and half > 0 else None


def _needed(result: MetricResult, se: float | None, level: float, goal: Goal) -> int | None:
    """Items that answer with 80 % power: n grows as the square of the standard error.

    For the goal "better" where the true difference is the margin, else where it is 0.
    """
    margin = result.margin
    if se is None or not margin:
        return None
    tail = 1 - level if result.role == "guardrail" or goal == "not_worse" else (1 - level) / 2
    reach = se * (_normal(1 - tail) + _normal(POWER))
    times = reach / margin
    # More items than anybody has are as good as no number.
    return math.ceil(result.n * times**2) if times < _MOST_TIMES else None


def _z(level: float) -> float:
    return _normal(0.5 + level / 2)


def _normal(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))
