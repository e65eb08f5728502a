"""Stopping early: when a question is decided, when it cannot be, and what stopping spared."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailor_lab.experiment.analysis.comparison import MetricResult
from tailor_lab.experiment.analysis.early.looks import Looks, look_sizes

if TYPE_CHECKING:
    from tailor_lab.experiment.analysis.result import Result

DECIDED = {"better", "worse", "equivalent"}
HOPELESS = 0.05
"""Below this chance of a decision within the plan there is no point in going on."""
_ROUNDS = 20
_SMALLEST_ROUND = 10


@dataclass(frozen=True)
class Stopping:
    """What an early decision spared against the planned size; means of the runs that were made."""

    decisions: dict[str, str]
    """Why each variant was stopped."""
    runs: int
    planned_runs: int
    saved_calls: int
    saved_usd: float | None
    """None where some run has no price."""
    saved_s: float
    """Time of the runs not made, one after the other."""

    @property
    def saved_runs(self) -> int:
        """How many of the planned runs were not made."""
        return self.planned_runs - self.runs

    def __str__(self) -> str:
        why = "; ".join(f"{name} {reason}" for name, reason in self.decisions.items())
        usd = f", ${self.saved_usd:,.2f}" if self.saved_usd is not None else ""
        return (
            f"Stopped early: {why}. That saved {self.saved_runs} of {self.planned_runs} runs: "
            f"about {self.saved_calls} calls{usd} and {self.saved_s / 60:.1f} minutes of runs."
        )


def round_sizes(looks: Looks, planned: int) -> list[int]:
    """After how many items to ask whether the question is decided."""
    if looks != "anytime":
        return look_sizes(looks, planned)
    step = max(_SMALLEST_ROUND, planned // _ROUNDS)
    return [*range(step, planned, step), planned]


def settled(result: MetricResult) -> str | None:
    """Why this variant needs no more runs, or None."""
    if result.look is None:
        return None
    if result.verdict in DECIDED:
        return f"{result.sentence} at {result.look}"
    chance = chance_to_decide(result)
    if chance is not None and chance < HOPELESS:
        return f"has a chance of {chance:.0%} to be decided by the end of the plan ({result.look})"
    return None


def chance_to_decide(result: MetricResult) -> float | None:
    """The chance that the last look finds better, worse or equivalent, given this one.

    None where it cannot be told. The effect is drawn from what is known now, with a flat prior; the
    last look is judged at the fixed level. Source: Spiegelhalter, Freedman and Blackburn (1986),
    Controlled Clinical Trials 7(1), predictive power.
    """
    from scipy.stats import norm

    estimate, look = result.judged, result.look
    if estimate is None or look is None or look.final or estimate.low is None:
        return None
    if estimate.high is None or not estimate.se:
        return None
    share = look.items / look.planned
    last_se = estimate.se * math.sqrt(share)
    spread = estimate.se * math.sqrt(1 - share)
    z, z_inner = (float(norm.ppf(1 - tail / 2)) for tail in (1 - estimate.level, 0.10))
    centre = abs(estimate.value)
    found = norm.sf((z * last_se - centre) / spread) + norm.cdf((-z * last_se - centre) / spread)
    margin = result.metric.margin_value if result.metric.margin else 0.0
    room = margin - z_inner * last_se
    if room > 0:
        found += norm.cdf((room - centre) / spread) - norm.cdf((-room - centre) / spread)
    return float(min(1.0, found))


def stopping(result: "Result") -> Stopping | None:
    """What was spared, from the log alone; None where nothing was or not all is decided."""
    import polars as pl

    planned, made = len(result.plan["cells"]), result.frame["cell"].n_unique()
    if made >= planned or not result.plan.get("order"):
        return None
    comparison = result.compare(result.experiment.primary.name)
    reasons = {each.variant: settled(each) for each in comparison}
    decisions = {name: reason for name, reason in reasons.items() if reason is not None}
    if len(decisions) < len(reasons):
        return None
    usage = result.usage()
    finished = result.frame.filter(pl.col("status") == "ok")
    left = planned - made
    prices = finished["cost_usd"]
    priced = prices.null_count() == 0 and finished.height > 0
    seconds = float(finished["duration_ms"].fill_null(0.0).sum()) / 1000
    each = left / max(1, finished.height)
    return Stopping(
        decisions=decisions,
        runs=made,
        planned_runs=planned,
        saved_calls=round(usage["calls"] * each),
        saved_usd=float(prices.sum()) * each if priced else None,
        saved_s=seconds * each,
    )
