"""Rank tests with the shifts and intervals that belong to them, for values with wild outliers."""

import math
import sys
from collections.abc import Callable

import numpy as np

from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    finite,
    no_spread,
    pairs,
)

SMALLEST = sys.float_info.min
EXACT_UNTIL = 50
"""Values up to which the null distribution is counted out where there are no ties."""


def wilcoxon(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Hodges-Lehmann median of the paired differences `b - a`, with Wilcoxon's signed-rank test.

    The value is the median of the averages of all two differences; the interval inverts the test.
    Up to 50 pairs without ties or zeros it is exact, otherwise the normal approximation with
    corrections for ties and continuity, zeros left out of the test. Equal differences have the p of
    the sign test, and ends that ties would put on one number are None. It tests symmetry around 0:
    on skewed differences it answers another question than the mean.
    Source: Wilcoxon (1945); Hollander, Wolfe and Chicken (2014), §3.1 to 3.3.

    >>> round(wilcoxon([1.0, 2.0, 3.0, 4.0], [2.5, 3.0, 5.0, 7.5]).value, 9)
    1.875
    """
    from scipy.stats import norm
    from scipy.stats import wilcoxon as signed_rank

    check_level(level)
    first, second, warnings = pairs(a, b)
    differences = np.sort(second - first)
    n = len(differences)
    at_least(n, 2, "pairs")
    sizes = np.abs(differences)
    moving = int((sizes > 0).sum())
    exact = n <= EXACT_UNTIL and len(np.unique(sizes)) == n and moving == n
    how = "exact" if exact else "normal"
    scale = float(np.abs([first, second]).max())
    if no_spread(float(differences[-1] - differences[0]), scale):
        # Normal approximations fail where all ranks are tied; the count of signs is exact.
        p = 1.0 if no_spread(float(sizes.max()), scale) else max(2.0 ** (1 - n), SMALLEST)
    else:
        test = signed_rank(differences, method="exact" if exact else "approx", correction=True)
        p = float(test.pvalue)
    averages = n * (n + 1) // 2
    if exact:
        cut = _quantile_below(_signed_rank_counts(n), 0.5 - level / 2)
    else:
        sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        cut = max(0, math.floor(averages / 2 - float(norm.ppf(0.5 + level / 2)) * sd))
    return _inverted(
        _averages_until(differences),
        averages,
        cut,
        reach=(float(differences[0]), float(differences[-1])),
        p=p,
        n=n,
        method=f"Wilcoxon signed rank ({how}), Hodges-Lehmann",
        level=level,
        warnings=warnings,
    )


def mann_whitney(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Hodges-Lehmann shift from `a` to `b` in two groups, with the test of Mann and Whitney.

    The value is the median of all differences of one of `b` and one of `a`. Up to 50 values a group
    without ties the test and interval are exact, otherwise normal approximations. Ends that ties
    would put on one number are None.
    Source: Mann and Whitney (1947); Hollander, Wolfe and Chicken (2014), §4.1 to 4.3.

    >>> round(mann_whitney([1.0, 2.0, 3.0], [3.5, 4.5, 6.5]).value, 9)
    2.5
    """
    from scipy.stats import mannwhitneyu, norm

    check_level(level)
    (first, notes_a), (second, notes_b) = finite(a, "a"), finite(b, "b")
    m, n = len(first), len(second)
    at_least(min(m, n), 1, "values in a group")
    first, second = np.sort(first), np.sort(second)
    exact = max(m, n) <= EXACT_UNTIL and len(np.unique(np.concatenate([first, second]))) == m + n
    same = first[0] == first[-1] == second[0] == second[-1]
    test = mannwhitneyu(second, first, method="exact" if exact else "asymptotic")
    if exact:
        cut = _quantile_below(_mann_whitney_counts(m, n), 0.5 - level / 2)
    else:
        sd = math.sqrt(m * n * (m + n + 1) / 12)
        cut = max(0, math.floor(m * n / 2 - float(norm.ppf(0.5 + level / 2)) * sd))

    def until(shift: float) -> int:
        return int(np.searchsorted(second, first + shift, side="right").sum())

    return _inverted(
        until,
        m * n,
        cut,
        reach=(float(second[0] - first[-1]), float(second[-1] - first[0])),
        p=1.0 if same else float(test.pvalue),
        n=m + n,
        method=f"Mann-Whitney ({'exact' if exact else 'normal'}), Hodges-Lehmann",
        level=level,
        warnings=(*notes_a, *notes_b),
    )


def _inverted(
    until: Callable[[float], int],
    total: int,
    cut: int,
    *,
    reach: tuple[float, float],
    p: float,
    n: int,
    method: str,
    level: float,
    warnings: tuple[str, ...],
) -> Estimate:
    """The median of `total` numbers known by how many lie `until` a bound, and the ends at `cut`.

    With no number to cut off, the test cannot reject at this level, and the interval has no ends.
    """
    middle = [_nth(until, rank, reach) for rank in {(total + 1) // 2, total // 2 + 1}]
    low = high = None
    if cut >= 1:
        low, high = _nth(until, cut, reach), _nth(until, total + 1 - cut, reach)
        if no_spread(high - low, max(abs(low), abs(high))):
            low = high = None
            tied = "So many values are equal that the shift's spread is not known; it has no ends."
            warnings = (*warnings, tied)
    else:
        warnings = (*warnings, f"Too few values for an interval at level {level:g}.")
    return Estimate(sum(middle) / len(middle), low, high, p, n, method, level, warnings)


def _nth(until: Callable[[float], int], rank: int, reach: tuple[float, float]) -> float:
    """The number of this rank (from 1), by bisection on the count, to the last digit or so."""
    low, high = reach
    if until(low) >= rank:
        return low
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high or high - low <= 1e-15 * max(abs(low), abs(high)):
            return high
        if until(middle) >= rank:
            high = middle
        else:
            low = middle


def _averages_until(ordered: Floats) -> Callable[[float], int]:
    """How many averages of two of the values, each with itself too, reach no further than given."""
    first = np.arange(len(ordered))

    def until(bound: float) -> int:
        partners = np.searchsorted(ordered, 2 * bound - ordered, side="right")
        return int(np.maximum(0, partners - first).sum())

    return until


def _quantile_below(counts: Floats, share: float) -> int:
    """How many of the ordered numbers lie below the interval: R's quantile of the statistic."""
    cumulative = np.cumsum(counts) / counts.sum()
    return int(np.searchsorted(cumulative, share * (1 - 1e-12), side="left"))


def _signed_rank_counts(n: int) -> Floats:
    """In how many of the 2^n sign assignments the positive ranks have each sum."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1
    for rank in range(1, n + 1):
        counts[rank:] = counts[rank:] + counts[:-rank]
    return counts


def _mann_whitney_counts(m: int, n: int) -> Floats:
    """In how many orders of m and n values the statistic has each value: a Gaussian binomial.

    In whole numbers, as the product of (1 - x^(m+i)) / (1 - x^i) takes differences of large ones.
    """
    counts = [1] + [0] * (m * n)
    for i in range(1, n + 1):
        for place in range(m * n, m + i - 1, -1):
            counts[place] -= counts[place - m - i]
        for place in range(i, m * n + 1):
            counts[place] += counts[place - i]
    return np.array(counts, dtype=float)
