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
    no_spread,
    pairs,
    unknown_spread,
)
from tailor_lab.stats.estimators.clusters import (
    bell_mccaffrey,
    covariance,
    few_clusters,
    grouped,
)
from tailor_lab.stats.estimators.equal_differences import equal_ratios


def ratio(
    a: Numbers, b: Numbers, *, level: float = 0.95, clusters: Numbers | None = None
) -> Estimate:
    """Mean of `b` over mean of `a` on the same items, with Fieller's interval.

    The value is a factor: 0.8 means 20 % less. The interval has no upper end where the data do not
    exclude a baseline mean of 0, and none at all (both ends None) where they say nothing. `p` is
    against a ratio of 1. With `clusters` (shape (n,)) the test of each candidate ratio r is that of
    `clustered` on b - r a. Where all ratios are equal, the interval is that of `equal_ratios`;
    where all differences are, their spread is not known. Without ends there is no p either. Raises
    `NotEnoughData` below two pairs and `InputError` where the mean of `a` is not above 0.
    Source: Fieller (1954), JRSS B 16(2); Franz (2007), arXiv:0710.2024, for the unbounded cases.

    >>> round(ratio([10.0, 12.0, 9.0, 11.0], [8.0, 9.5, 7.5, 8.5]).value, 4)
    0.7976
    """
    from scipy.stats import t

    check_level(level)
    first, second, warnings = pairs(a, b)
    at_least(len(first), 2, "pairs")
    if not first.mean() > 0:
        raise InputError("The mean of a is not above 0, so a ratio to it has no meaning.")
    value, n = float(second.mean() / first.mean()), len(first)
    index, df, notes = np.arange(n), float(n - 1), warnings
    if clusters is not None:
        if warnings:
            raise InputError("Clustered ratios need finite values in every pair.")
        _, index, _ = grouped(first, clusters)
        sizes = np.bincount(index)
        at_least(len(sizes), 2, "clusters")
        df, notes = bell_mccaffrey(sizes / n), few_clusters(len(sizes))
    # The part of each difference that its ratio does not foretell. Taken from the differences, as
    # squares of values near 1e9 would leave no digits of a small spread.
    differences = second - first
    rest = differences - differences.mean() / first.mean() * first
    spreads = covariance(np.column_stack([rest, first, differences]), index)
    errors = np.sqrt(np.diag(spreads))
    largest = float(max(np.abs(first).max(), np.abs(second).max()))
    where = "" if clusters is None else ", in each cluster,"
    if no_spread(float(errors[0]), largest):
        values = np.concatenate([first, second])
        return equal_ratios(
            value, float(first.mean()), (float(values.min()), float(values.max())),
            int(index.max()) + 1, n=n, level=level, warnings=notes, equal=f"{n} ratios{where}",
            unit="items" if clusters is None else "clusters",
        )  # fmt: skip
    if no_spread(float(errors[2]), largest):
        equal = f"{n} differences{where}"
        return unknown_spread(value, n=n, method=_METHOD, level=level, warnings=notes, equal=equal)
    critical = float(t.ppf(0.5 + level / 2, df)) ** 2
    low, high = _around(float(first.mean()), spreads, critical)
    p = float(2 * t.sf(abs(float(differences.mean())) / float(errors[2]), df))
    if low is None or high is None:
        notes = (*notes, "The data do not tell the ratio: the baseline's mean may be 0.")
        return Estimate(value, None, None, None, n, _METHOD, level, notes)
    return Estimate(value, value + low, value + high, p, n, _METHOD, level, notes)


_METHOD = "ratio of means (Fieller)"


def _around(mean: float, spreads: Floats, critical: float) -> tuple[float | None, float | None]:
    """How far below and above the observed ratio the set of Fieller ends; None without ends.

    A ratio s above it belongs to the set where (s mean)^2 <= critical * var(rest - s a), a
    quadratic in s.
    """
    square = mean * mean - critical * float(spreads[1, 1])
    if square <= 0:
        return None, None
    half = -critical * float(spreads[0, 1])
    root = math.sqrt(half * half + square * critical * float(spreads[0, 0]))
    return (half - root) / square, (half + root) / square
