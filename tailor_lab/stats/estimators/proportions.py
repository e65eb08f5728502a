"""Differences of proportions: pass or fail, on the same items or in two groups."""

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
    numbers,
    pairs,
)


def paired_proportions(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Share of `b` minus share of `a` on the same items: McNemar's mid-p, Tango's interval.

    `a` and `b` have shape (n,) and hold 0 or 1. Raises `NotEnoughData` without any pair.
    Source: Tango (1998), Statistics in Medicine 17, eq. 13; mid-p: Fagerland, Lydersen and Laake
    (2013), BMC Medical Research Methodology 13:91.

    >>> estimate = paired_proportions([0, 0, 1, 1], [1, 0, 1, 1])
    >>> estimate.value, round(estimate.p, 6)
    (0.25, 0.5)
    """
    check_level(level)
    first, second, warnings = pairs(a, b)
    _binary(first, "a")
    _binary(second, "b")
    n = len(first)
    at_least(n, 1, "pairs")
    gained = int(((first == 0) & (second == 1)).sum())
    lost = int(((first == 1) & (second == 0)).sum())
    low, high = _tango(gained, lost, n, level)
    return Estimate(
        (gained - lost) / n,
        low,
        high,
        _mcnemar_mid_p(gained, lost),
        n,
        "McNemar mid-p, Tango interval",
        level,
        warnings,
    )


def proportions(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Share of `b` minus share of `a` in two independent groups, with Newcombe's hybrid interval.

    `a` and `b` hold 0 or 1. The p-value is Pearson's score test without correction.
    Source: Newcombe (1998), Statistics in Medicine 17, method 10.

    >>> estimate = proportions([1] * 48 + [0] * 32, [1] * 56 + [0] * 14)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.0524, 0.3339)
    """
    from scipy.stats import norm

    check_level(level)
    (first, notes_a), (second, notes_b) = finite(a, "a"), finite(b, "b")
    _binary(first, "a")
    _binary(second, "b")
    at_least(min(len(first), len(second)), 1, "values in a group")
    z = float(norm.ppf(0.5 + level / 2))
    p1, p2, n1, n2 = float(first.mean()), float(second.mean()), len(first), len(second)
    (l1, u1), (l2, u2) = wilson(p1, n1, z), wilson(p2, n2, z)
    value = p2 - p1
    low = value - math.hypot(p2 - l2, u1 - p1)
    high = value + math.hypot(u2 - p2, p1 - l1)
    pooled = (first.sum() + second.sum()) / (n1 + n2)
    se = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    p = float(2 * norm.sf(abs(value) / se)) if se > 0 else 1.0
    return Estimate(
        value, low, high, p, n1 + n2, "score test, Newcombe interval", level, (*notes_a, *notes_b)
    )


def sample_ratio(counts: Numbers, expected: Numbers | None = None) -> Estimate:
    """Whether a traffic split has the sizes that it should: Pearson's chi-squared test.

    `counts` has shape (k,), `expected` the planned shares (equal by default). The value is the
    largest deviation of a share from its plan. A p below 0.001 means that nothing else of the
    experiment may be read. Raises `NotEnoughData` below two groups, and `InputError` for a planned
    share that is not above 0.
    Source: Fabijan et al. (2019), KDD, "Diagnosing Sample Ratio Mismatch".

    >>> sample_ratio([821588, 815482]).p < 1e-5
    True
    """
    from scipy.stats import chisquare

    observed, _ = finite(counts, "counts")
    at_least(len(observed), 2, "groups")
    total = float(observed.sum())
    at_least(int(total), 1, "units")
    plan = np.full(len(observed), 1.0) if expected is None else numbers(expected, "expected")
    if len(plan) != len(observed):
        raise InputError(f"There are {len(observed)} counts and {len(plan)} planned shares.")
    for i, share in enumerate(plan.tolist()):
        if not 0 < share < math.inf:
            raise InputError(
                f"The planned share at position {i} is {share:g}; it must be above 0. "
                "Leave a group that was never planned out of both."
            )
    plan = plan / plan.sum()
    p = float(chisquare(observed, plan * total).pvalue)
    deviation = float(np.abs(observed / total - plan).max())
    return Estimate(deviation, None, None, p, int(total), "sample ratio (chi-squared)")


def _binary(values: Floats, name: str) -> None:
    if not np.isin(values, (0.0, 1.0)).all():
        raise InputError(f"{name} must hold 0 and 1 only.")


def wilson(p: float, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval (1927) of a share `p` of `n`, z standard errors to each side."""
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def _mcnemar_mid_p(gained: int, lost: int) -> float:
    from scipy.stats import binom

    discordant = gained + lost
    if discordant == 0:
        return 1.0
    fewer = min(gained, lost)
    exact = 2 * float(binom.cdf(fewer, discordant, 0.5))
    mid = exact - float(binom.pmf(fewer, discordant, 0.5))
    return min(1.0, mid)


def _tango(gained: int, lost: int, n: int, level: float) -> tuple[float, float]:
    """The differences that the score test does not reject, found by bisection."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    value = (gained - lost) / n

    def score(delta: float) -> float:
        # q is the share of losses that fits best where the true difference is delta.
        a = 2 * n
        b = -gained - lost + (2 * n - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        q = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
        variance = n * (2 * q + delta * (1 - delta))
        distance = gained - lost - n * delta
        if variance <= 0:
            return math.copysign(math.inf, distance) if distance else 0.0
        return distance / math.sqrt(variance)

    edge = 1 - 1e-12
    low = -1.0 if score(-edge) <= z else float(brentq(lambda d: score(d) - z, -edge, value))
    high = 1.0 if score(edge) >= -z else float(brentq(lambda d: score(d) + z, value, edge))
    return low, high
