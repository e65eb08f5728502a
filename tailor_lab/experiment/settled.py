"""When a question needs no more runs: it is decided, or the rest of the plan could not do it."""

import math

from tailor_lab.experiment.comparison import MetricResult
from tailor_lab.experiment.looks import Looks, look_sizes

DECIDED = {"better", "worse", "equivalent"}
HOPELESS = 0.05
"""Below this chance of a decision within the plan there is no point in going on."""
_ROUNDS = 20
_SMALLEST_ROUND = 10


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
