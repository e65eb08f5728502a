"""Intervals that hold at every moment at once: look as often as you like, stop when you like.

The price is width, half as much again as that of a single look where it is tuned to the planned n.
The first is asymptotic and needs values without wild skew; the second holds exactly, for values
that cannot leave known bounds.
"""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    finite,
    pairs,
)

MINIMUM = 50
SKEW = 0.3
"""Skewness over the root of n from which the normal approximation is not to be trusted. Simulated
exponentials (0.28 at n = 50) still keep 5 %, zero-inflated lognormals (0.85) do not."""
_BETS = 500
"""Candidates of the mean between the bounds; the ends are known to their distance."""


def confidence_sequence(
    a: Numbers,
    b: Numbers | None = None,
    *,
    planned: int,
    minimum: int = MINIMUM,
    level: float = 0.95,
) -> Estimate:
    """Mean of the paired differences `b - a`, or of `a` alone, with an interval for every moment.

    It is tuned to be narrowest at `planned` values. Below `minimum` values, and while the values
    are too skewed for their number, it has no ends, which a warning says. `p` is the least error at
    which 0 lies outside.
    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52,
    theorem 2.2 and equation (25).

    >>> import numpy as np
    >>> values = np.random.default_rng(1).normal(1.0, 1.0, 200)
    >>> found = confidence_sequence(values, planned=200)
    >>> found.low < 1.0 < found.high
    True
    """
    check_level(level)
    if planned < 2:
        raise InputError(f"planned is {planned}; it must be 2 or more values.")
    values, warnings = _values(a, b)
    n = len(values)
    at_least(n, 2, "values")
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    name = f"confidence sequence, tuned to {planned}"
    if n < minimum:
        notes = (*warnings, f"An interval for every moment begins at {minimum} values.")
        return Estimate(mean, None, None, None, n, name, level, notes, sd / math.sqrt(n))
    if sd == 0:
        notes = (*warnings, "All values are equal, so the interval has no width.")
        return Estimate(mean, mean, mean, float(mean == 0), n, name, level, notes, 0.0)
    skew = float((((values - mean) / sd) ** 3).mean())
    if abs(skew) / math.sqrt(n) > SKEW:
        needed = math.ceil((skew / SKEW) ** 2)
        notes = (*warnings, f"Too skewed for {n} values; this needs about {needed:,}.")
        return Estimate(mean, None, None, None, n, name, level, notes, sd / math.sqrt(n))
    half = sd * _radius(n, planned, 1 - level)
    p = _least_error(abs(mean) / sd, n, planned)
    return Estimate(mean, mean - half, mean + half, p, n, name, level, warnings, sd / math.sqrt(n))


def betting(
    values: Numbers, *, low: float = 0.0, high: float = 1.0, level: float = 0.95
) -> Estimate:
    """The mean of values between `low` and `high`, with an interval for every moment, at any n.

    For 0 and 1, for grades on a scale, and for differences of these (between `low - high` and
    `high - low`). A gambler who bets against each candidate of the mean grows rich where it is
    wrong; the interval holds those against whom nobody would. The values count in their order.
    Source: Waudby-Smith and Ramdas (2024), JRSS B 86, theorem 3 (hedged capital).

    >>> found = betting([1, 1, 1, 0] * 50)
    >>> found.low < 0.75 < found.high
    True
    """
    check_level(level)
    x, warnings = finite(values, "values")
    at_least(len(x), 1, "values")
    if not high > low:
        raise InputError(f"low is {low} and high is {high}; high must be above low.")
    if x.min() < low or x.max() > high:
        raise InputError(f"Values lie outside {low:g} to {high:g}; say between what they may lie.")
    unit = (x - low) / (high - low)
    candidates = (np.arange(_BETS) + 0.5) / _BETS
    log_wealth = _log_capital(unit, candidates, 1 - level)
    kept = candidates[log_wealth < math.log(1 / (1 - level))]
    if len(kept) == 0:
        # Every candidate was ruled out at some moment: the mean drifts, there is none to bracket.
        raise InputError("The values drift: no single mean fits all of them.")
    half = 0.5 / _BETS
    bottom = low + (high - low) * float(kept[0] - half)
    top = low + (high - low) * float(kept[-1] + half)
    p = _betting_p(unit, low, high, level)
    name = "betting confidence sequence"
    return Estimate(float(x.mean()), bottom, top, p, len(x), name, level, warnings)


def _values(a: Numbers, b: Numbers | None) -> tuple[Floats, tuple[str, ...]]:
    if b is None:
        return finite(a, "a")
    first, second, warnings = pairs(a, b)
    return second - first, warnings


def _radius(n: int, planned: int, alpha: float) -> float:
    """Half the width in standard deviations, for the mixture that is narrowest at `planned`."""
    rho2 = _rho2(planned, alpha)
    return math.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * math.log(math.sqrt(n * rho2 + 1) / alpha))


def _rho2(planned: int, alpha: float) -> float:
    return (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / planned


def _least_error(ratio: float, n: int, planned: int) -> float:
    """The error at which the interval of the same tuning (for 95 %) would end at 0."""
    rho2 = _rho2(planned, 0.05)
    exponent = (ratio**2) * n**2 * rho2 / (2 * (n * rho2 + 1))
    return min(1.0, math.sqrt(n * rho2 + 1) * math.exp(-exponent))


def _log_capital(x: Floats, candidates: Floats, alpha: float) -> Floats:
    """The highest log wealth so far of half a gambler betting up and half one betting down."""
    n = len(x)
    steps = np.arange(1, n + 1)
    # The variance of what came before each value, drawn towards a quarter, its mean to a half.
    deviations = np.concatenate([[0.0], np.cumsum((x - (0.5 + np.cumsum(x)) / (steps + 1)) ** 2)])
    variance = (0.25 + deviations[:-1]) / steps
    bet = np.sqrt(2 * math.log(2 / alpha) / (variance * steps * np.log(steps + 1)))
    best = np.full(len(candidates), -np.inf)
    up, down = np.zeros(len(candidates)), np.zeros(len(candidates))
    most_up, most_down = 0.5 / candidates, 0.5 / (1 - candidates)
    for value, stake in zip(x, bet, strict=True):
        gap = value - candidates
        up += np.log1p(np.minimum(stake, most_up) * gap)
        down += np.log1p(-np.minimum(stake, most_down) * gap)
        best = np.maximum(best, np.maximum(up, down) - math.log(2))
    return best


def _betting_p(unit: Floats, low: float, high: float, level: float) -> float | None:
    """The least error at which 0 lies outside; None where 0 is not between the bounds."""
    zero = (0.0 - low) / (high - low)
    if not 0 < zero < 1:
        return None
    wealth = float(_log_capital(unit, np.array([zero]), 1 - level)[0])
    return min(1.0, math.exp(-max(0.0, wealth)))
