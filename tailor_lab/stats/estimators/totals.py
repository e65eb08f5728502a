"""Ratios of totals, such as dollars per success: one total over another, variant over baseline."""

import math

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    NotEnoughData,
    Numbers,
    at_least,
    check_level,
    no_spread,
    numbers,
    same_length,
    unknown_spread,
)
from tailor_lab.stats.estimators.clusters import bell_mccaffrey, covariance

FEW_SUCCESSES = 20


def ratio_of_totals(
    a_top: Numbers,
    a_bottom: Numbers,
    b_top: Numbers,
    b_bottom: Numbers,
    *,
    level: float = 0.95,
    clusters: Numbers | None = None,
) -> Estimate:
    """(total of `b_top` / total of `b_bottom`) over the same of `a`, on the same items.

    All have shape (n,), item i of one beside item i of the others: `a_top` and `b_top` such as
    dollars, `a_bottom` and `b_bottom` such as successes. The value is a factor: 0.8 means 20 % less
    per success. The interval is that of the log ratio by the delta method, with CR2 variances where
    there are `clusters`. Below 20
    successes in an arm the log is far from normal and the set of Fieller's type is given instead:
    all factors r that (b_top * A) - r (a_top * B) does not exclude. Raises `NotEnoughData` below
    two items, and where a total is 0: a cost per no success is undefined.
    Source: Deng, Knoblich and Lu (2018), KDD, for the delta method; Fieller (1954), JRSS B 16.

    >>> e = ratio_of_totals([1.0, 1.0, 2.0], [1, 1, 1], [1.0, 0.5, 1.5], [1, 1, 1])
    >>> e.value
    0.75
    """
    from scipy.stats import t

    check_level(level)
    table, kept, notes = _table((a_top, a_bottom, b_top, b_bottom))
    n = len(table)
    at_least(n, 2, "items")
    index = np.arange(n)
    if clusters is not None:
        labels = same_length(numbers(a_top, "a_top"), clusters, "cluster labels")[kept]
        _, index = np.unique(labels, return_inverse=True)
    groups = int(index.max()) + 1
    at_least(groups, 2, "clusters")
    means = table.mean(axis=0)
    for mean, name in zip(means, ("a_top", "a_bottom", "b_top", "b_bottom"), strict=True):
        if not mean > 0:
            raise NotEnoughData(f"The total of {name} is {mean * n:g}: the ratio is undefined.")
    spread = covariance(table, index)
    df = bell_mccaffrey(np.bincount(index) / n)
    critical = float(t.ppf(0.5 + level / 2, df))
    value = float(means[2] / means[3] / (means[0] / means[1]))
    slope = np.array([-1 / means[0], 1 / means[1], 1 / means[2], -1 / means[3]])
    se = math.sqrt(max(0.0, float(slope @ spread @ slope)))
    if no_spread(se, 1.0):
        name, equal = "ratio of totals", f"{n} ratios"
        return unknown_spread(value, n=n, method=name, level=level, warnings=notes, equal=equal)
    p = 2 * float(t.sf(abs(math.log(value)) / se, df))
    successes = float(min(table[:, 1].sum(), table[:, 3].sum()))
    if successes < FEW_SUCCESSES:
        low, high = _fieller(means, spread, critical)
        what = f"ratio of totals (Fieller-type set, {successes:g} successes)"
        few = f"Only {successes:g} in the smaller denominator: read the interval as rough."
        return Estimate(value, low, high, p, n, what, level, (*notes, few), df=df)
    reach = math.exp(critical * se)
    return Estimate(
        value, value / reach, value * reach, p, n, "ratio of totals (delta)", level, notes, df=df
    )


def _table(columns: tuple[Numbers, ...]) -> tuple[Floats, NDArray[np.bool_], tuple[str, ...]]:
    arrays = [numbers(column, "a total") for column in columns]
    if len({len(array) for array in arrays}) > 1:
        raise InputError("All four columns need a value for each item.")
    table = np.column_stack(arrays)
    kept = np.asarray(np.isfinite(table).all(axis=1), dtype=bool)
    if (table[kept] < 0).any():
        raise InputError("Totals are of amounts that are not negative.")
    lost = int((~kept).sum())
    notes = (f"{lost} items without four finite values were left out.",) if lost else ()
    return table[kept], kept, notes


def _fieller(means: Floats, spread: Floats, critical: float) -> tuple[float | None, float | None]:
    """All r with |B_top A_bottom - r A_top B_bottom| within its own error, linearised."""
    right = np.array([0.0, means[2], means[1], 0.0])  # derivative of b_top * a_bottom
    left = np.array([means[3], 0.0, 0.0, means[0]])  # derivative of a_top * b_bottom
    c2 = critical**2
    x, y = means[2] * means[1], means[0] * means[3]
    qa = y * y - c2 * float(left @ spread @ left)
    qb = x * y - c2 * float(left @ spread @ right)
    qc = x * x - c2 * float(right @ spread @ right)
    if qa <= 0:
        return None, None
    inner = math.sqrt(max(0.0, qb * qb - qa * qc))
    return max(0.0, float(qb - inner) / float(qa)), float(qb + inner) / float(qa)
