"""Sequences that may be watched after every item and stopped at any moment.

`confidence_sequence` holds for means of any unbounded values, by the normal limit: it therefore
waits for a number of items that grows with their skewness. `betting_sequence` is for values between
known bounds, such as successes: it holds from the first item on, without any limit theorem.
Both take the values in the order in which they came.
"""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, at_least, check_level, finite

GRID = 2_000
SKEW_RULE = 25.0
"""Cochran's rule: a normal limit wants 25 times the squared skewness of values."""


def confidence_sequence(
    differences: Numbers, *, planned: int, level: float = 0.95, minimum: int = 50
) -> Estimate:
    """Mean of differences, with an interval that holds at every moment at once.

    Narrowest, 1.55 times the fixed interval, near `planned` items. Below `minimum` items, or 25
    times the squared sample skewness if that is more, the ends and `p` are None. Use a `minimum` of
    100 for costs; on values with very long tails the sample hides its skewness, and the error can
    exceed 1 - `level` (docs/statistics.md).
    Raises `InputError` where `planned` is below 1.
    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52(6),
    asymptotic confidence sequences; Cochran (1977), Sampling Techniques, §2.15, for the rule.

    >>> confidence_sequence([0.0, 1.0] * 60, planned=120).value
    0.5
    """
    check_level(level)
    if planned < 1:
        raise InputError(f"planned is {planned}; it must be 1 or more.")
    values, warnings = finite(differences, "differences")
    n = len(values)
    at_least(n, 2, "values")
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    se = sd / math.sqrt(n)
    name = f"confidence sequence tuned to {planned}"
    if sd == 0:
        notes = (*warnings, "All values are equal: the sequence cannot tell their spread.")
        return Estimate(mean, None, None, None, n, name, level, notes, se)
    skewness = float((((values - mean) / sd) ** 3).mean())
    needed = max(minimum, math.ceil(SKEW_RULE * skewness**2))
    if n < needed:
        notes = (*warnings, f"{n} values; with their skewness the sequence starts at {needed}.")
        return Estimate(mean, None, None, None, n, name, level, notes, se)
    alpha = 1 - level
    rho2 = tuning(planned, alpha)
    grown = n * rho2 + 1
    half = se * math.sqrt(grown / (n * rho2) * math.log(grown / alpha**2))
    log_p = 0.5 * math.log(grown) - 0.5 * (mean / se) ** 2 * n * rho2 / grown
    p = math.exp(min(0.0, log_p))
    return Estimate(mean, mean - half, mean + half, p, n, name, level, warnings, se)


def tuning(planned: int, alpha: float) -> float:
    """The mixture's variance that makes the boundary narrowest after `planned` values."""
    from scipy.special import lambertw

    return float((-lambertw(-(alpha**2) / math.e, -1).real - 1) / planned)


def betting_sequence(
    values: Numbers, *, low: float = 0.0, high: float = 1.0, level: float = 0.95
) -> Estimate:
    """Mean of values between `low` and `high`, with an interval that holds at every moment at once.

    For each candidate mean two gamblers bet against it, one that it is too low and one that it is
    too high; it is out once their common capital has ever reached 1 / (1 - level). Differences of
    paired successes lie between -1 and 1; `p` is against a mean of 0 and None where 0 is no
    possible mean. Raises `InputError` for a value outside the bounds.
    Source: Waudby-Smith and Ramdas (2024), JRSS B 86(1), hedged capital with predictable plug-in.

    >>> betting_sequence([1.0] * 50).high
    1.0
    """
    check_level(level)
    if not low < high:
        raise InputError(f"low is {low} and high is {high}; low must be the smaller.")
    kept, warnings = finite(values, "values")
    n = len(kept)
    at_least(n, 1, "values")
    if kept.min() < low or kept.max() > high:
        raise InputError(f"The values must lie between {low:g} and {high:g}.")
    scaled = (kept - low) / (high - low)
    bets = _bets(scaled, 1 - level)
    null = -low / (high - low)
    means = np.linspace(0, 1, GRID + 1)
    reached = _highest_capital(scaled, bets, means)
    alive = means[reached < -math.log(1 - level)]
    mean = float(kept.mean())
    ends: tuple[float | None, float | None] = (None, None)
    if len(alive):
        # One step of the grid to each side, so that the interval errs on the wide side.
        first, last = max(0.0, alive[0] - 1 / GRID), min(1.0, alive[-1] + 1 / GRID)
        ends = (low + (high - low) * float(first), low + (high - low) * float(last))
    else:
        warnings = (*warnings, "No mean fits all values: they drifted.")
    p = None
    if 0 <= null <= 1:
        capital = float(_highest_capital(scaled, bets, np.array([null]))[0])
        p = math.exp(min(0.0, -capital))
    name = f"betting sequence on {low:g} to {high:g}"
    return Estimate(mean, *ends, p, n, name, level, warnings)


def _bets(scaled: Floats, alpha: float) -> Floats:
    """The stake before each value, from the values before it alone, shape (n,)."""
    n = len(scaled)
    count = np.arange(1, n + 1)
    mean = (0.5 + scaled.cumsum()) / (count + 1)
    variance = (0.25 + ((scaled - mean) ** 2).cumsum()) / (count + 1)
    known = np.concatenate([[0.25], variance[:-1]])
    return np.asarray(np.sqrt(2 * math.log(2 / alpha) / (known * count * np.log(1 + count))))


def _highest_capital(scaled: Floats, bets: Floats, means: Floats) -> Floats:
    """The logarithm of the highest capital that both gamblers ever had, one a candidate mean."""
    up, down = np.zeros(len(means)), np.zeros(len(means))
    highest = np.full(len(means), -np.inf)
    tiny = np.finfo(float).tiny
    most_up, most_down = 0.5 / np.maximum(means, tiny), 0.5 / np.maximum(1 - means, tiny)
    for value, bet in zip(scaled, bets, strict=True):
        gap = value - means
        up += np.log1p(np.minimum(bet, most_up) * gap)
        down += np.log1p(-np.minimum(bet, most_down) * gap)
        np.maximum(highest, np.maximum(up, down) + math.log(0.5), out=highest)
    return highest
