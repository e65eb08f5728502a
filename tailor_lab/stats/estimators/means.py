"""Differences of means: pairs, and two independent groups."""

import math

import numpy as np

from tailor_lab.stats.estimate import (
    Estimate,
    Numbers,
    at_least,
    check_level,
    finite,
    from_t,
    no_spread,
    pairs,
)
from tailor_lab.stats.estimators.equal_differences import equal_differences


def paired(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Mean of `b - a` over pairs, with Student's interval.

    `a` and `b` have shape (n,), item i of one beside item i of the other; pairs without two finite
    values are dropped and counted in `warnings`. Where all differences are equal, their spread is
    not known: from six pairs of values that vary, the interval allows for differences not seen
    (`method` says "rule of three"), otherwise there is none. Raises `NotEnoughData` below two
    pairs.
    Source: Student (1908); for evaluations, Miller (2024), "Adding Error Bars to Evals", §3.

    >>> paired([1.0, 2.0, 4.0], [2.0, 2.5, 6.0]).value
    1.1666666666666667
    """
    check_level(level)
    first, second, warnings = pairs(a, b)
    at_least(len(first), 2, "pairs")
    differences = second - first
    n = len(differences)
    value, se = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    method, both = "paired t", np.concatenate([first, second])
    if no_spread(se, float(np.abs(both).max())):
        spread = float(np.ptp(both))
        return equal_differences(
            value,
            spread,
            n,
            n=n,
            level=level,
            method=method,
            warnings=warnings,
            equal=f"{n} differences",
        )
    return from_t(value, se, n - 1, n=n, method=method, level=level, warnings=warnings)


def unpaired(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Mean of `b` minus mean of `a`, independent groups of unequal variance.

    No interval and no p where neither group varies. Raises `NotEnoughData` below two values in
    either group.
    Source: Welch (1947), with Satterthwaite's degrees of freedom.

    >>> round(unpaired([1.0, 2.0, 3.0], [3.0, 5.0, 4.0]).value, 6)
    2.0
    """
    check_level(level)
    (first, notes_a), (second, notes_b) = finite(a, "a"), finite(b, "b")
    at_least(min(len(first), len(second)), 2, "values in a group")
    va, vb = first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)
    se = math.sqrt(va + vb)
    parts = va**2 / (len(first) - 1) + vb**2 / (len(second) - 1)
    df = float((va + vb) ** 2 / parts) if parts > 0 else float(len(first) + len(second) - 2)
    return from_t(
        float(second.mean() - first.mean()),
        se,
        df,
        n=len(first) + len(second),
        method="Welch t",
        level=level,
        warnings=(*notes_a, *notes_b),
        largest=float(max(np.abs(first).max(), np.abs(second).max())),
        equal="values of each group",
    )
