"""When a variant needs no more runs: its decision is made, or the rest of the plan could not do it.

What is asked is the whole decision: the primary metric and every guardrail. A variant that
qualifies or is rejected is settled; one whose primary metric is decided and whose guardrails are
not goes on.
"""

import math

from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.looks import Looks, look_sizes
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import Goal

HOPELESS = 0.05
"""Below this chance of a decision within the plan there is no point in going on."""
_ROUNDS = 20
_SMALLEST_ROUND = 10


def round_sizes(looks: Looks, planned: int) -> list[int]:
    """After how many items to ask whether the decision is made."""
    if looks != "anytime":
        return look_sizes(looks, planned)
    step = max(_SMALLEST_ROUND, planned // _ROUNDS)
    return [*range(step, planned, step), planned]


def settled(variant: VariantResult, goal: Goal) -> str | None:
    """Why this variant needs no more runs, or None."""
    asked = (variant.primary, *variant.guardrails)
    look = variant.primary.look
    if look is None:
        return None
    failed = next((result for result in asked if result.state == "failed"), None)
    if failed is not None:
        return f"is rejected, {failed.metric.name} {failed.sentence} ({look})"
    if all(result.passes for result in asked):
        return f"qualifies, {variant.primary.metric.name} {variant.primary.sentence} ({look})"
    lost = hopeless(variant, goal)
    return None if lost is None else f"{lost} ({look})"


def hopeless(variant: VariantResult, goal: Goal) -> str | None:
    """Why the rest of the plan could hardly show what is asked of a variant, or None."""
    for result in (variant.primary, *variant.guardrails):
        chance = chance_to_meet(result, goal)
        if result.state == "open" and chance is not None and chance < HOPELESS:
            return (
                f"has a chance of {chance:.0%} to show what is asked of {result.metric.name} by "
                "the end of the plan"
            )
    return None


def keeps_running(variant: VariantResult) -> str | None:
    """The metric whose question keeps a variant running, or None."""
    asked = (variant.primary, *variant.guardrails)
    return next((result.metric.name for result in asked if result.state == "open"), None)


def chance_to_meet(result: MetricResult, goal: Goal) -> float | None:
    """The chance that the last look shows what is asked of a metric, given this one.

    None where it cannot be told. The effect is drawn from what is known now, with a flat prior; the
    last look is judged at the fixed level. Source: Spiegelhalter, Freedman and Blackburn (1986),
    Controlled Clinical Trials 7(1), predictive power.
    """
    from scipy.special import ndtr, ndtri

    estimate, look, se = result.judged, result.look, result.se
    if estimate is None or look is None or look.final or not se or result.verdict == "invalid":
        return None
    share = look.items / look.planned
    last_se, spread = se * math.sqrt(share), se * math.sqrt(1 - share)
    z, z_inner = float(ndtri(1 - (1 - estimate.level) / 2)), float(ndtri(estimate.level))
    centre, margin = result.up * estimate.value, result.margin
    if result.role == "guardrail" or goal == "not_worse":
        least = z_inner * last_se - (margin or 0.0)
    else:
        least = max(z * last_se, (margin or 0.0) - z_inner * last_se)
    return float(ndtr((centre - least) / spread))
