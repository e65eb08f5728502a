"""What past experiments say about the next one: how large effects are, and how much of one is luck.

Effects of past experiments, less the noise in their estimates, are taken as draws from a normal
around no effect; its standard deviation is tau. A new estimate is drawn towards the middle of that
normal, the more the noisier it is. For the best of several variants of one experiment see
`shrunken`, which learns from those variants themselves; with equal errors both agree.
"""

import math
from dataclasses import dataclass

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Numbers, at_least, check_level, numbers


@dataclass(frozen=True)
class PastEffects:
    """The normal that true effects of past experiments are taken from, in their unit."""

    tau: float
    """Standard deviation; 0 where the estimates vary no more than their errors explain."""
    mean: float
    """Its middle: 0, or the weighted mean of the effects."""
    n: int
    """Experiments that it rests on."""


@dataclass(frozen=True)
class ShrunkenEffect:
    """What an estimate and the past say together about the true effect."""

    value: float
    """The posterior mean, between the estimate and the middle of past effects."""
    low: float | None
    """Lower end of the interval that holds the true effect with chance `level`; None for tau 0."""
    high: float | None
    """Upper end."""
    chance_above: float | None
    """The chance that the true effect is above the margin; None for tau 0."""
    level: float = 0.95
    warnings: tuple[str, ...] = ()


def prior_of_effects(values: Numbers, errors: Numbers, *, around_mean: bool = False) -> PastEffects:
    """How large true effects of past experiments are, by the moments of their estimates.

    `values` are the estimates, shape (k,), all in one unit and turned so that up is better;
    `errors` are their standard errors. All experiments count, those that showed nothing too:
    effects chosen for their size make tau too large. The normal lies around 0, or with
    `around_mean` around the weighted mean of the effects, for many past experiments only.
    Raises `NotEnoughData` below two experiments and `InputError` for errors that are not above 0.
    Source: DerSimonian and Laird (1986), Controlled Clinical Trials 7(3); for experiments
    Deng (2015), WWW Companion.

    >>> round(prior_of_effects([3.0, 0.5, -1.0, 2.0], [1.0, 1.0, 1.0, 0.5]).tau, 3)
    1.783
    """
    effects, noise = numbers(values, "values"), numbers(errors, "errors")
    if len(effects) != len(noise):
        raise InputError(f"{len(effects)} effects have {len(noise)} standard errors; give as many.")
    at_least(len(effects), 2, "past experiments")
    if not (noise > 0).all() or not (np.isfinite(effects) & np.isfinite(noise)).all():
        raise InputError("Standard errors must be above 0, and all values finite.")
    # In units of the largest error, so that no unit of the effects is too small or too large.
    unit = float(noise.max())
    with np.errstate(over="ignore", invalid="ignore"):
        scaled, weights = effects / unit, (unit / noise) ** 2
        total = float(weights.sum())
        mean = float((weights * scaled).sum()) / total if around_mean else 0.0
        surplus = float((weights * (scaled - mean) ** 2).sum()) - len(effects) + around_mean
        lost = float((weights**2).sum()) / total if around_mean else 0.0
        between = max(0.0, surplus / (total - lost))
    tau, centre = math.sqrt(between) * unit, mean * unit
    if not (math.isfinite(surplus) and math.isfinite(tau) and math.isfinite(centre)):
        raise InputError("The effects are too large for their standard errors; check both.")
    return PastEffects(tau, centre, len(effects))


def shrink(
    value: float,
    se: float,
    tau: float,
    *,
    mean: float = 0.0,
    margin: float = 0.0,
    level: float = 0.95,
) -> ShrunkenEffect:
    """The true effect behind an estimate, where true effects are normal around `mean` with `tau`.

    `value` is the estimate and `se` its standard error; `tau` and `mean` come from
    `prior_of_effects`. The interval holds the true effect with chance `level`, and `chance_above`
    is the chance that it exceeds `margin`. A tau of 0 leaves `mean` alone, without ends or chance:
    so few experiments cannot tell that every effect is the same.
    Raises `InputError` for an `se` that is not above 0, a `tau` below 0, or what is not finite.
    Source: Gelman and others (2013), Bayesian Data Analysis, §2.5; Efron and Morris (1975), JASA
    70.

    >>> found = shrink(2.0, 1.0, 1.0)
    >>> [round(n, 3) for n in (found.value, found.low, found.high, found.chance_above)]
    [1.0, -0.386, 2.386, 0.921]
    """
    from scipy.stats import norm

    check_level(level)
    if not all(math.isfinite(number) for number in (value, se, tau, mean, margin)):
        raise InputError("The estimate, its error, tau, mean and margin must be finite.")
    if not se > 0:
        raise InputError(f"se is {se}; it must be above 0.")
    if tau < 0:
        raise InputError(f"tau is {tau}; it must be 0 or more.")
    spread = se * tau / math.hypot(se, tau)
    if not spread > 0:
        why = "Past effects vary no more than their errors, so their spread is not known."
        return ShrunkenEffect(mean, None, None, None, level, (why,))
    weight = (tau / math.hypot(se, tau)) ** 2
    centre = weight * value + (1 - weight) * mean
    half = float(norm.isf((1 - level) / 2)) * spread
    if not math.isfinite(centre + half):
        raise InputError("The estimate is too large; use a smaller unit.")
    chance = float(norm.sf((margin - centre) / spread))
    return ShrunkenEffect(centre, centre - half, centre + half, chance, level)
