"""Means of two independent groups, whose items may share sources: difference, margin and ratio."""

import math
from dataclasses import replace

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Numbers, check_level, from_t
from tailor_lab.stats.estimators.equal_differences import equal_ratios
from tailor_lab.stats.groups.spread import Spread, TwoGroups, spread_of, two_groups

_ROUNDING = 2.0**-46
"""A standard error below this share of the largest value is rounding, not spread."""


def group_difference(
    a: Numbers,
    b: Numbers,
    *,
    clusters_a: Numbers | None = None,
    clusters_b: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean of `b` minus mean of `a` in two independent groups, whose items may share sources.

    `a` has shape (m,), `b` shape (n,), and so do `clusters_a` and `clusters_b`; a label may occur
    in one group or in both. Without clusters it is Welch's t; with them the standard error is CR2
    and the degrees of freedom are Satterthwaite's. Where no group varies there are neither ends nor
    p. Raises `NotEnoughData` below two values, or two clusters, in either group, and `InputError`
    where only one group has clusters.
    Source: Welch (1947), Biometrika 34; Bell and McCaffrey (2002), Survey Methodology 28(2);
    Pustejovsky and Tipton (2018), Journal of Business and Economic Statistics 36(4), §2.

    >>> a, b = [1.0, 2.0, 2.0, 4.0], [3.0, 5.0, 4.0, 5.0]
    >>> sources_a, sources_b = ["x", "x", "y", "z"], ["x", "y", "y", "z"]
    >>> found = group_difference(a, b, clusters_a=sources_a, clusters_b=sources_b)
    >>> found.value, round(found.se, 3)
    (2.0, 0.417)
    """
    check_level(level)
    groups = two_groups(a, b, clusters_a, clusters_b)
    spread = spread_of(groups)
    value = float(groups.b.mean() - groups.a.mean())
    n, method = len(groups.a) + len(groups.b), _difference_method(groups)
    se = math.sqrt(spread.variance())
    if _is_rounding(se, groups):
        return _unknown(value, n, method, level, groups, "All values within each group are equal")
    return from_t(
        value, se, spread.df(), n=n, method=method, level=level, warnings=groups.warnings
    )  # fmt: skip


def equivalence_of_groups(
    a: Numbers,
    b: Numbers,
    *,
    margin: float,
    clusters_a: Numbers | None = None,
    clusters_b: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Two one-sided tests that the means of two independent groups differ by less than `margin`.

    `p` is the larger of the two: below 1 - `level` the difference is too small to matter. The
    interval has level 2 `level` - 1, the one that lies within the margin exactly then. `a`, `b`,
    `clusters_a` and `clusters_b` as in `group_difference`, and it raises what that raises, and
    `InputError` for a margin that is not above 0.
    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15; with Welch's t,
    Dannenberg, Dette and Munk (1994), Communications in Statistics 23.

    >>> a, b = [1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 3.0, 4.0]
    >>> equivalence_of_groups(a, b, margin=5.0).p < 0.05
    True
    """
    from scipy.stats import t

    if not margin > 0:
        raise InputError(f"margin is {margin}; it must be above 0.")
    if not 0.5 < level < 1:
        raise InputError(f"level is {level}; it must lie between 0.5 and 1, such as 0.95.")
    estimate = group_difference(
        a, b, clusters_a=clusters_a, clusters_b=clusters_b, level=2 * level - 1
    )
    method = f"equivalence (two one-sided t, {estimate.method})"
    if estimate.se is None or estimate.df is None:
        return replace(estimate, method=method)
    below = t.sf((estimate.value + margin) / estimate.se, estimate.df)
    above = t.cdf((estimate.value - margin) / estimate.se, estimate.df)
    return replace(estimate, p=float(max(below, above)), method=method)


def group_ratio(
    a: Numbers,
    b: Numbers,
    *,
    clusters_a: Numbers | None = None,
    clusters_b: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean of `b` over mean of `a` in two independent groups, with Fieller's interval.

    The value is a factor: 0.8 means 20 % less; `p` is against 1. `a`, `b`, `clusters_a` and
    `clusters_b` as in `group_difference`. The degrees of freedom are those at the ratio found. The
    interval has no upper end where the data do not exclude a baseline mean of 0, and no end at all
    where they say nothing. Where neither group varies there are neither ends nor p; where `b` is 0
    throughout, the rule of three bounds how much of it may not be. Raises what `group_difference`
    raises, and `InputError` where the mean of `a` is not above 0.
    Source: Fieller (1954), JRSS B 16(2); for independent groups Franz (2007), arXiv:0710.2024.

    >>> found = group_ratio([10.0, 12.0, 9.0, 11.0, 10.0], [8.0, 9.5, 7.5, 8.5])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.805, 0.679, 0.953)
    """
    from scipy.stats import t

    check_level(level)
    groups = two_groups(a, b, clusters_a, clusters_b)
    mean_a, mean_b = float(groups.a.mean()), float(groups.b.mean())
    if not mean_a > 0:
        raise InputError("The mean of a is not above 0, so a ratio to it has no meaning.")
    value = mean_b / mean_a
    spread = spread_of(groups)
    n, method = len(groups.a) + len(groups.b), _ratio_method(groups)
    if _is_rounding(math.sqrt(spread.variance(value)), groups):
        if groups.b.any():
            what = "All values within each group are equal"
            return _unknown(value, n, method, level, groups, what)
        ends = (min(0.0, float(groups.a.min())), float(groups.a.max()))
        units = int(np.count_nonzero(groups.sizes[1]))
        return equal_ratios(
            0.0, mean_a, ends, units, n=n, level=level, warnings=groups.warnings,
            equal=f"{len(groups.b)} values of b", unit="clusters" if groups.clustered else "items",
        )  # fmt: skip
    df = spread.df(value)
    critical = float(t.ppf(0.5 + level / 2, df))
    low, high = _fieller(mean_a, mean_b, spread, critical)
    distance, se = abs(mean_b - mean_a), math.sqrt(spread.variance())
    p = float(2 * t.sf(distance / se, df)) if se > 0 else float(distance == 0)
    notes = groups.warnings
    if low is None and high is None:
        notes = (*notes, "The data do not tell the ratio: the baseline's mean may be 0.")
        return Estimate(value, None, None, None, n, method, level, notes, df=df)
    return Estimate(value, low, high, p, n, method, level, notes, df=df)


def _fieller(
    mean_a: float, mean_b: float, spread: Spread, critical: float
) -> tuple[float | None, float | None]:
    """The ratios r that t does not reject: (mean_b - r mean_a)^2 <= critical^2 variance(r)."""
    qa = mean_a**2 - critical**2 * spread.variance_a
    qb = mean_a * mean_b - critical**2 * spread.covariance
    qc = mean_b**2 - critical**2 * spread.variance_b
    inner = qb * qb - qa * qc
    if qa == 0 or (inner < 0 and qa < 0):
        return None, None
    inner = max(0.0, inner)
    ends = sorted(((qb - math.sqrt(inner)) / qa, (qb + math.sqrt(inner)) / qa))
    if qa > 0:
        return ends[0], ends[1]
    # The set is what lies outside the two ends. The part with the ratio that was found is the
    # interval, unless no difference (1) lies in the other one: then the data say nothing.
    value = mean_b / mean_a
    if value >= ends[1] and not ends[0] >= 1:
        return ends[1], None
    if value <= ends[0] and not ends[1] <= 1:
        return None, ends[0]
    return None, None


def _is_rounding(se: float, groups: TwoGroups) -> bool:
    largest = max(float(np.abs(groups.a).max()), float(np.abs(groups.b).max()))
    return se <= _ROUNDING * largest


def _unknown(
    value: float, n: int, method: str, level: float, groups: TwoGroups, what: str
) -> Estimate:
    varies = bool(np.ptp(groups.a) or np.ptp(groups.b)) and groups.clustered
    reason = "The clusters of a group do not differ" if varies else what
    notes = (*groups.warnings, f"{reason}, so their spread is not known.")
    return Estimate(value, None, None, None, n, method, level, notes)


def _difference_method(groups: TwoGroups) -> str:
    return "difference of groups (CR2, Satterthwaite)" if groups.clustered else "Welch t"


def _ratio_method(groups: TwoGroups) -> str:
    return f"ratio of means of groups (Fieller{', CR2' if groups.clustered else ''})"
