"""Differences of means: pairs, and two independent groups."""

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
    from_t,
    numbers,
    pairs,
)


def paired(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Mean of `b - a` over pairs, with Student's interval.

    `a` and `b` have shape (n,), item i of one beside item i of the other; pairs without two finite
    values are dropped and counted in `warnings`. Raises `NotEnoughData` below two pairs.
    Source: Student (1908); for evaluations, Miller (2024), "Adding Error Bars to Evals", §3.

    >>> paired([1.0, 2.0, 4.0], [2.0, 2.5, 6.0]).value
    1.1666666666666667
    """
    check_level(level)
    first, second, warnings = pairs(a, b)
    at_least(len(first), 2, "pairs")
    differences = second - first
    n = len(differences)
    se = float(differences.std(ddof=1)) / math.sqrt(n)
    return from_t(
        float(differences.mean()), se, n - 1, n=n, method="paired t", level=level, warnings=warnings
    )


def unpaired(a: Numbers, b: Numbers, *, level: float = 0.95) -> Estimate:
    """Mean of `b` minus mean of `a`, independent groups of unequal variance.

    Raises `NotEnoughData` below two values in either group.
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
    )


def clustered(differences: Numbers, clusters: Numbers, *, level: float = 0.95) -> Estimate:
    """Mean of differences that come in clusters, such as items that share a résumé.

    `differences` and `clusters` have shape (n,). The standard error is CR2 and the degrees of
    freedom are those of Bell and McCaffrey, both for a model with a mean alone. Warns below 20
    clusters; raises `NotEnoughData` below two.
    Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Pustejovsky and Tipton (2018), §2.

    >>> clustered([1.0, 2.0, 3.0, 5.0], ["x", "x", "y", "z"]).value
    2.75
    """
    check_level(level)
    labels, everything = np.asarray(clusters), numbers(differences, "differences")
    if len(labels) != len(everything):
        raise InputError(f"{len(everything)} differences have {len(labels)} cluster labels.")
    values, warnings = finite(everything, "differences")
    labels = labels[np.isfinite(everything)]
    _, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    groups, n = len(sizes), len(values)
    at_least(groups, 2, "clusters")
    if groups < 20:
        warnings = (*warnings, f"Only {groups} clusters: the interval is approximate below 20.")
    mean = float(values.mean())
    # For a mean alone CR2's adjustment of a cluster of size m is a scalar on the cluster's sum:
    # (I - H)^(-1/2) applied to a vector of ones gives (1 - m/n)^(-1/2) of it.
    totals = np.bincount(index, weights=values - mean)
    shares = sizes / n
    variance = float((totals**2 / (1 - shares)).sum()) / n**2
    return from_t(
        mean,
        math.sqrt(variance),
        _bell_mccaffrey(shares),
        n=n,
        method="clustered (CR2, Bell-McCaffrey)",
        level=level,
        warnings=warnings,
    )


def _bell_mccaffrey(shares: Floats) -> float:
    """Satterthwaite degrees of freedom of CR2 for a mean, from each cluster's share of the items.

    With independent errors of equal variance the variance estimate is a quadratic form whose matrix
    has the shares p_g on its diagonal and -p_g p_h / sqrt((1 - p_g)(1 - p_h)) beside it; its trace
    squared over the trace of its square gives the degrees of freedom.
    """
    scaled = shares / np.sqrt(1 - shares)
    matrix = -np.outer(scaled, scaled)
    np.fill_diagonal(matrix, shares)
    # The shares add up to 1, and so does the trace.
    return float(1 / (matrix**2).sum())
