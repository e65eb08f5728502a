"""Two independent shares where they are few or near the edge: exact test, score interval."""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Numbers, at_least, check_level, finite


def miettinen_nurminen(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Share of `b` minus share of `a` in independent groups, with the score interval.

    `a` and `b` hold 0 or 1. The interval is the set of differences that the score test, with its
    variance estimated under the difference and multiplied by N / (N - 1), does not reject.
    Raises `NotEnoughData` for an empty group.
    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4(2), eq. 8 to 10.

    >>> e = miettinen_nurminen([1] * 48 + [0] * 32, [1] * 56 + [0] * 14)
    >>> round(e.low, 4), round(e.high, 4)
    (0.0528, 0.3382)
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    check_level(level)
    (x, m), (y, n), warnings = _counts(a, "a"), _counts(b, "b"), _lost(a, b)
    value = y / n - x / m
    z = float(norm.ppf(0.5 + level / 2))

    def score(delta: float) -> float:
        return (value - delta) / math.sqrt(max(_variance(x, m, y, n, delta), 1e-300))

    edge = 1 - 1e-12
    low = -1.0 if score(-edge) <= z else float(brentq(lambda d: score(d) - z, -edge, value))
    high = 1.0 if score(edge) >= -z else float(brentq(lambda d: score(d) + z, value, edge))
    size = abs(score(0.0)) if value else 0.0
    p = 2 * float(norm.sf(size))
    return Estimate(value, low, high, p, m + n, "Miettinen-Nurminen", level, warnings)


def _variance(x: int, m: int, y: int, n: int, delta: float) -> float:
    """The variance of the difference at the shares that fit best where it is `delta`."""
    total = m + n
    l3 = total
    l2 = (n + 2 * m) * delta - total - (x + y)  # in the share of the group that is lower by delta
    l1 = (m * delta - total - 2 * x) * delta + x + y
    l0 = x * delta * (1 - delta)
    q = l2**3 / (3 * l3) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    inner = l2**2 / (3 * l3) ** 2 - l1 / (3 * l3)
    p = math.copysign(math.sqrt(max(0.0, inner)), q)
    ratio = max(-1.0, min(1.0, q / p**3)) if p else 0.0
    angle = (math.pi + math.acos(ratio)) / 3
    first = min(1.0, max(0.0, 2 * p * math.cos(angle) - l2 / (3 * l3)))
    second = min(1.0, max(0.0, first + delta))
    return (first * (1 - first) / m + second * (1 - second) / n) * total / (total - 1)


def boschloo(a: Numbers, b: Numbers) -> Estimate:
    """Share of `b` minus share of `a` in independent groups, with Boschloo's exact p.

    `a` and `b` hold 0 or 1; for small groups, where the score test is only nearly right. No
    interval: use `miettinen_nurminen`. Raises `NotEnoughData` for an empty group.
    Source: Boschloo (1970), Statistica Neerlandica 24(1); the supremum as in scipy.

    >>> round(boschloo([1] * 7 + [0] * 8, [1] * 12 + [0] * 3).p, 4)
    0.0682
    """
    from scipy.stats import boschloo_exact

    (x, m), (y, n), warnings = _counts(a, "a"), _counts(b, "b"), _lost(a, b)
    # Boschloo orders tables by Fisher's p; scipy's two-sided p doubles the smaller tail.
    found = boschloo_exact([[y, x], [n - y, m - x]], alternative="two-sided")
    p = min(1.0, float(found.pvalue)) if np.isfinite(found.pvalue) else 1.0
    return Estimate(y / n - x / m, None, None, p, m + n, "Boschloo", 0.95, warnings)


def _counts(values: Numbers, name: str) -> tuple[int, int]:
    kept, _ = finite(values, name)
    at_least(len(kept), 1, f"values in {name}")
    if not np.isin(kept, (0.0, 1.0)).all():
        raise InputError(f"{name} must hold 0 and 1 only.")
    return int(kept.sum()), len(kept)


def _lost(a: Numbers, b: Numbers) -> tuple[str, ...]:
    return (*finite(a, "a")[1], *finite(b, "b")[1])
