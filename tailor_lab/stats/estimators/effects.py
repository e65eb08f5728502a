"""Effect sizes without a unit, with intervals: standardised means, dominance, odds."""

import math
import sys

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    NotEnoughData,
    Numbers,
    at_least,
    check_level,
    finite,
    no_spread,
    pairs,
)


def cohens_d(a: Numbers, b: Numbers, *, paired: bool = True, level: float = 0.95) -> Estimate:
    """Mean difference in standard deviations: d_z of the differences, or Hedges' g of two groups.

    Paired, the divisor is the standard deviation of the differences; otherwise the pooled one, and
    the value is corrected for its small bias (g). The interval inverts the non-central t.
    Raises `NotEnoughData` below two pairs (or values in a group), or without spread.
    Source: Hedges and Olkin (1985), ch. 5; Cumming and Finch (2001), Educational and Psychological
    Measurement 61(4), for the interval.

    >>> round(cohens_d([1.0, 2.0, 3.0, 4.0], [2.0, 2.5, 4.0, 5.5]).value, 4)
    2.4495
    """
    check_level(level)
    if paired:
        first, second, warnings = pairs(a, b)
        n = len(first)
        at_least(n, 2, "pairs")
        differences = second - first
        spread = float(differences.std(ddof=1))
        if no_spread(spread, float(np.abs([first, second]).max())):
            raise NotEnoughData("All differences are equal: there is nothing to measure them by.")
        value = float(differences.mean()) / spread
        low, high, p = _noncentral(value, math.sqrt(n), n - 1, level)
        return Estimate(value, low, high, p, n, "Cohen's d_z", level, warnings, df=n - 1)
    first, lost_a = finite(a, "a")
    second, lost_b = finite(b, "b")
    at_least(min(len(first), len(second)), 2, "values in each group")
    df = len(first) + len(second) - 2
    pooled = math.sqrt((_squares(first) + _squares(second)) / df)
    if no_spread(pooled, float(max(np.abs(first).max(), np.abs(second).max()))):
        raise NotEnoughData("No group has any spread: there is nothing to measure the means by.")
    d = float(second.mean() - first.mean()) / pooled
    root = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    low, high, p = _noncentral(d, root, df, level)
    small = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
    small = small if df > 1 else 1.0
    ends = (low * small, high * small)
    warnings = (*lost_a, *lost_b)
    n = len(first) + len(second)
    return Estimate(d * small, *ends, p, n, "Hedges' g", level, warnings, df=df)


def _squares(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(((values - values.mean()) ** 2).sum())


def _noncentral(value: float, root: float, df: int, level: float) -> tuple[float, float, float]:
    """The interval of a non-centrality, divided by `root`, and the p of t."""
    from scipy.optimize import brentq
    from scipy.special import nctdtr
    from scipy.stats import t

    size = value * root
    tail = (1 - level) / 2
    # scipy.stats.nct gives nan in far tails; the special function does not.
    reach = 10 + abs(size)

    def below(d: float) -> float:
        found = float(nctdtr(df, d, size))
        # It is nan at single points far from `size`, where it is 1 or 0 to the last digit.
        return found if math.isfinite(found) else float(d < size)

    def end(share: float) -> float:
        return float(brentq(lambda d: below(d) - share, size - reach, size + reach))

    return end(1 - tail) / root, end(tail) / root, 2 * float(t.sf(abs(size), df))


def cliffs_delta(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """How much more often a value of `b` exceeds one of `a` than the other way, -1 to 1.

    For independent groups of any shape; ties count for neither. The interval is Cliff's consistent
    one with Feng and Cliff's (2004) correction of its ends; where no value of one group reaches the
    other, so that the variance is 0, it is theirs for that case. p is the error at which the
    interval ends at 0. Raises `NotEnoughData` below two values in a group.
    Source: Cliff (1993), Psychological Bulletin 114(3).

    >>> cliffs_delta([1, 2, 3], [4, 5, 6]).value
    1.0
    """
    from scipy.stats import norm

    check_level(level)
    first, lost_a = finite(a, "a")
    second, lost_b = finite(b, "b")
    m, n = len(first), len(second)
    at_least(min(m, n), 2, "values in each group")
    ordered = np.sort(first)
    below = np.searchsorted(ordered, second, "left") - (
        m - np.searchsorted(ordered, second, "right")
    )
    ordered_b = np.sort(second)
    above = (n - np.searchsorted(ordered_b, first, "right")) - np.searchsorted(
        ordered_b, first, "left"
    )
    rows, columns = below / m, above / n  # each value's own dominance
    value = float(rows.mean())
    matrix_squares = float(np.mean(_squared_signs(ordered, second)))
    inner = (matrix_squares - value**2) * m * n / (m * n - 1)
    if abs(value) == 1:
        return _separated(value, min(m, n), m + n, level, (*lost_a, *lost_b))
    variance = (
        float(((columns - value) ** 2).sum()) / (m * (m - 1))
        + float(((rows - value) ** 2).sum()) / (n * (n - 1))
        - inner / (m * n)
    )
    variance = max(variance, (1 - value**2) / (m * n - 1), 0.0)
    z = float(norm.ppf(0.5 + level / 2))
    half = z * math.sqrt(variance) * math.sqrt((1 - value**2) ** 2 + z * z * variance)
    centre, scale = value - value**3, 1 - value**2 + z * z * variance
    low, high = (centre - half) / scale, (centre + half) / scale
    # The z at which the interval ends at 0: u = z^2 variance solves u (u + c^2) = value^2 c^2.
    c = 1 - value**2
    u = (math.sqrt(c**4 + 4 * value**2 * c**2) - c**2) / 2
    p = max(2 * float(norm.sf(math.sqrt(u / variance))), sys.float_info.min)
    return Estimate(
        value, max(-1.0, low), min(1.0, high), p, m + n, "Cliff's delta", level, (*lost_a, *lost_b)
    )


def _separated(
    value: float, fewer: int, n: int, level: float, warnings: tuple[str, ...]
) -> Estimate:
    """A dominance of 1 or -1: Wilson's interval of a share of 1 among `fewer`, as a dominance."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    inner = (fewer - z * z) / (fewer + z * z)
    low, high = (inner, 1.0) if value > 0 else (-1.0, -inner)
    p = max(2 * float(norm.sf(math.sqrt(fewer))), sys.float_info.min)
    apart = "No value of one group reaches the other; the interval rests on their number alone."
    return Estimate(value, low, high, p, n, "Cliff's delta", level, (*warnings, apart))


def _squared_signs(
    ordered: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    second: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The share of `ordered` that is no tie, for each value of `second`."""
    ties = np.searchsorted(ordered, second, "right") - np.searchsorted(ordered, second, "left")
    return np.asarray(1 - ties / len(ordered))


def odds_ratio(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Odds of success in `b` over those in `a`, independent groups of 0 and 1.

    The interval is Woolf's on the log; where a cell is 0 every cell gets 0.5 (Haldane, Anscombe),
    and a warning. Raises `NotEnoughData` for an empty group.
    Raises `InputError` for values other than 0 and 1.
    Source: Woolf (1955), Annals of Human Genetics 19; Agresti (2013), Categorical Data Analysis,
    §3.1.

    >>> round(odds_ratio([1] * 10 + [0] * 90, [1] * 20 + [0] * 80).value, 3)
    2.25
    """
    from scipy.stats import norm

    check_level(level)
    first, lost_a = finite(a, "a")
    second, lost_b = finite(b, "b")
    warnings = (*lost_a, *lost_b)
    cells = []
    for values, name in ((second, "b"), (first, "a")):
        at_least(len(values), 1, f"values in {name}")
        if not np.isin(values, (0.0, 1.0)).all():
            raise InputError(f"{name} must hold 0 and 1 only.")
        cells += [float(values.sum()), float(len(values) - values.sum())]
    if 0 in cells:
        cells = [cell + 0.5 for cell in cells]
        warnings = (*warnings, "A cell is 0; 0.5 was added to each (Haldane-Anscombe).")
    log = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    se = math.sqrt(sum(1 / cell for cell in cells))
    reach = float(norm.ppf(0.5 + level / 2)) * se
    ends = (math.exp(log - reach), math.exp(log + reach))
    p = 2 * float(norm.sf(abs(log) / se))
    n = len(first) + len(second)
    return Estimate(math.exp(log), *ends, p, n, "odds ratio (Woolf)", level, warnings)
