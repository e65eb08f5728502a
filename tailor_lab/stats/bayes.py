"""How likely is the variant better, and what is lost on average by choosing it wrongly?

Priors are stated and weak; with them the answers agree with the intervals about what the data say.
They are for reading beside a verdict, not a way to look at data early: a posterior that is watched
until it pleases errs as often as a watched p does.
"""

import math
from dataclasses import dataclass

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Numbers, at_least, finite, no_spread, pairs

DRAWS = 200_000


@dataclass(frozen=True)
class Belief:
    """What the data leave of the prior. Losses are in the unit of the values."""

    probability_better: float
    """The chance that the variant's mean is the higher one."""
    expected_loss: float
    """What is lost on average by taking the variant: the mean of max(0, baseline - variant)."""
    expected_gain: float
    """The mean of the difference."""
    n: int
    prior: str
    warnings: tuple[str, ...] = ()


def belief(a: Numbers, b: Numbers, *, prior_sd: float | None = None) -> Belief:
    """For paired values: the mean of `b` minus `a`, with a normal prior around no difference.

    `a` and `b` have shape (n,). `prior_sd` is the standard deviation of the prior, in the unit of
    the values; without it the prior is flat, and the posterior is Student's t around the mean.
    Raises `NotEnoughData` below two pairs.
    Raises `InputError` for a `prior_sd` that is not above 0, where two pairs have no expected loss
    without one, and where all differences are equal: without their spread there is no belief.
    Source: Gelman and others (2013), Bayesian Data Analysis, §2.5 and §3.2.

    >>> round(belief([0.0] * 4, [1.0, 2.0, 0.0, 1.0]).probability_better, 3)
    0.954
    """
    from scipy.stats import norm, t

    first, second, warnings = pairs(a, b)
    n = len(first)
    at_least(n, 2, "pairs")
    differences = second - first
    mean, se = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    if prior_sd is not None and not prior_sd > 0:
        raise InputError(f"prior_sd is {prior_sd}; it must be above 0.")
    if not (math.isfinite(mean) and math.isfinite(se)):
        raise InputError("The values are too large for their spread; use a smaller unit.")
    if no_spread(se, float(np.abs([first, second]).max())):
        raise InputError(
            f"All {n} differences are equal, so their spread is not known and no belief follows. "
            "Add items that differ."
        )
    if prior_sd is None:
        df = n - 1
        z = mean / se
        density = float(t.pdf(z, df)) * (df + z * z) / (df - 1) if df > 1 else math.inf
        loss = se * density - mean * float(t.sf(z, df)) if df > 1 else math.inf
        if not math.isfinite(loss):
            raise InputError("Two pairs have no expected loss under a flat prior; give prior_sd.")
        return Belief(float(t.cdf(z, df)), max(0.0, loss), mean, n, "flat", warnings)
    weight = prior_sd**2 / (prior_sd**2 + se**2)
    centre, spread = weight * mean, math.sqrt(weight) * se
    z = centre / spread
    loss = spread * float(norm.pdf(z)) - centre * float(norm.sf(z))
    prior = f"normal around 0 with standard deviation {prior_sd:g}"
    return Belief(float(norm.cdf(z)), max(0.0, loss), centre, n, prior, warnings)


def belief_in_shares(
    a: Numbers, b: Numbers, *, prior: tuple[float, float] = (1.0, 1.0), seed: int = 0
) -> Belief:
    """For independent groups of 0 and 1: the share of `b` minus that of `a`, beta-binomial.

    `prior` is the beta distribution of either share; (1, 1) is flat. The chance of being better is
    integrated, losses are drawn 200,000 times. Raises `NotEnoughData` for an empty group.
    Raises `InputError` for values other than 0 and 1, and for a prior that is not above 0.
    Source: Miller (2015), "Formulas for Bayesian A/B testing"; Gelman and others (2013), §2.4.

    >>> round(belief_in_shares([1] * 10 + [0] * 90, [1] * 18 + [0] * 82).probability_better, 2)
    0.95
    """
    from scipy.integrate import quad
    from scipy.stats import beta

    if not (prior[0] > 0 and prior[1] > 0):
        raise InputError("Both numbers of the prior must be above 0.")
    first, lost_a = finite(a, "a")
    second, lost_b = finite(b, "b")
    for values, name in ((first, "a"), (second, "b")):
        at_least(len(values), 1, f"values in {name}")
        if not np.isin(values, (0.0, 1.0)).all():
            raise InputError(f"{name} must hold 0 and 1 only.")
    shapes = [
        (prior[0] + float(values.sum()), prior[1] + len(values) - float(values.sum()))
        for values in (first, second)
    ]
    (a1, b1), (a2, b2) = shapes
    middle = a2 / (a2 + b2)
    better = quad(
        lambda x: beta.pdf(x, a2, b2) * beta.cdf(x, a1, b1), 0, 1, points=[middle], limit=200
    )[0]
    rng = np.random.default_rng(seed)
    difference = rng.beta(a2, b2, DRAWS) - rng.beta(a1, b1, DRAWS)
    return Belief(
        probability_better=min(1.0, float(better)),
        expected_loss=float(np.maximum(0.0, -difference).mean()),
        expected_gain=middle - a1 / (a1 + b1),
        n=len(first) + len(second),
        prior=f"beta({prior[0]:g}, {prior[1]:g}) for either share",
        warnings=(*lost_a, *lost_b),
    )
