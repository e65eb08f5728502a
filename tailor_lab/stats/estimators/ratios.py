"""Ratios of means: costs and latencies, where a share says more than a difference."""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    pairs,
    same_length,
)
from tailor_lab.stats.estimators.clusters import clustered


def ratio(
    a: Numbers, b: Numbers, *, level: float = 0.95, clusters: Numbers | None = None
) -> Estimate:
    """Mean of `b` over mean of `a` on the same items, with Fieller's interval.

    The value is a factor: 0.8 means 20 % less. The interval has no upper end where the data do not
    exclude a baseline mean of 0, and none at all (both ends None) where they say nothing. `p` is
    against a ratio of 1. With `clusters` (shape (n,)) the test of each candidate ratio r is that of
    `clustered` on b - r a. Raises `NotEnoughData` below two pairs and `InputError` where the mean
    of `a` is not above 0.
    Source: Fieller (1954), JRSS B 16(2); Franz (2007), arXiv:0710.2024, for the unbounded cases.

    >>> round(ratio([10.0, 12.0, 9.0, 11.0], [8.0, 9.5, 7.5, 8.5]).value, 4)
    0.7976
    """
    check_level(level)
    first, second, warnings = pairs(a, b)
    at_least(len(first), 2, "pairs")
    if not first.mean() > 0:
        raise InputError("The mean of a is not above 0, so a ratio to it has no meaning.")
    value = float(second.mean() / first.mean())
    if np.array_equal(second, value * first):
        notes = (*warnings, "All ratios are equal, so the interval has no width.")
        p = 1.0 if value == 1 else 0.0
        return Estimate(value, value, value, p, len(first), _METHOD, level, notes)
    if clusters is None:
        low, high, p = _independent(first, second, level)
        notes = warnings
    else:
        if warnings:
            raise InputError("Clustered ratios need finite values in every pair.")
        labels = same_length(first, clusters, "cluster labels")
        low, high, p, notes = _clustered(first, second, labels, level)
    if low is None and high is None:
        notes = (*notes, "The data do not tell the ratio: the baseline's mean may be 0.")
    return Estimate(value, low, high, p, len(first), _METHOD, level, notes)


_METHOD = "ratio of means (Fieller)"


def _independent(a: Floats, b: Floats, level: float) -> tuple[float | None, float | None, float]:
    from scipy.stats import t

    n = len(a)
    df = n - 1
    critical = float(t.ppf(0.5 + level / 2, df)) ** 2
    va, vb = a.var(ddof=1) / n, b.var(ddof=1) / n
    cab = float(np.cov(a, b, ddof=1)[0, 1]) / n
    ma, mb = float(a.mean()), float(b.mean())
    difference = b - a
    se = float(difference.std(ddof=1)) / math.sqrt(n)
    p = float(2 * t.sf(abs(difference.mean()) / se, df)) if se > 0 else float(ma == mb)
    # The ratios r with (mb - r ma)^2 <= critical * var(mb - r ma): a quadratic in r.
    qa = ma * ma - critical * va
    qb = ma * mb - critical * cab
    qc = mb * mb - critical * vb
    low, high = _roots(qa, qb, qc)
    return low, high, p


def _clustered(
    a: Floats,
    b: Floats,
    labels: "np.ndarray[tuple[int], np.dtype[np.generic]]",
    level: float,
) -> tuple[float | None, float | None, float, tuple[str, ...]]:
    """Fieller's set with cluster-robust variances, whose test is a quadratic in r as well."""
    from scipy.stats import t

    one = clustered(b - a, labels, level=level)
    assert one.df is not None
    critical = float(t.ppf(0.5 + level / 2, one.df)) ** 2
    va, vb = _variance(a, labels), _variance(b, labels)
    cab = (va + vb - _variance(b - a, labels)) / 2
    ma, mb = float(a.mean()), float(b.mean())
    low, high = _roots(ma * ma - critical * va, ma * mb - critical * cab, mb * mb - critical * vb)
    return low, high, one.p if one.p is not None else 1.0, one.warnings


def _variance(values: Floats, labels: "np.ndarray[tuple[int], np.dtype[np.generic]]") -> float:
    se = clustered(values, labels).se
    return 0.0 if se is None else se * se


def _roots(qa: float, qb: float, qc: float) -> tuple[float | None, float | None]:
    """The ends of {r: qa r^2 - 2 qb r + qc <= 0}; None where the set has no end."""
    if qa <= 0:
        return None, None
    inner = math.sqrt(max(0.0, qb * qb - qa * qc))
    return (qb - inner) / qa, (qb + inner) / qa
