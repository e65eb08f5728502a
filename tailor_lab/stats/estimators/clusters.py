"""Items that come in clusters, such as several jobs for one résumé, and are not independent.

A plain t on such data calls a difference where there is none in a quarter of the cases or more. The
estimates here use the CR2 variance, which corrects each cluster for its own pull on the mean, with
the degrees of freedom of Bell and McCaffrey, which count uneven clusters for what they are worth.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    finite,
    from_t,
    no_spread,
    numbers,
    same_length,
)
from tailor_lab.stats.estimators.equal_differences import equal_differences

FEW_CLUSTERS = 20
"""Below this the simulated error of the interval passes 6 % instead of 5 % (docs/statistics.md)."""


def clustered(
    differences: Numbers, clusters: Numbers, *, level: float = 0.95, spread: float | None = None
) -> Estimate:
    """Mean of differences that come in clusters, such as items that share a résumé.

    `differences` and `clusters` have shape (n,). The standard error is CR2 and the degrees of
    freedom are those of Bell and McCaffrey, both for a model with a mean alone. Warns below 20
    clusters; raises `NotEnoughData` below two.
    Where the means of all clusters are equal, their spread is not known and there is no interval,
    unless `spread` is given: the largest value less the smallest, of baseline and variant together.
    From six clusters the interval then allows for differences not seen. Raises `InputError` for a
    `spread` below 0.
    Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Pustejovsky and Tipton (2018), §2.

    >>> clustered([1.0, 2.0, 3.0, 5.0], ["x", "x", "y", "z"]).value
    2.75
    """
    check_level(level)
    values, index, warnings = grouped(differences, clusters)
    sizes = np.bincount(index)
    groups, n = len(sizes), len(values)
    at_least(groups, 2, "clusters")
    if spread is not None and not 0 <= spread < math.inf:
        raise InputError(f"spread is {spread}; give the range of the values, 0 or more.")
    farthest = float(np.abs(values).max())
    if spread is not None and farthest > spread * (1 + 1e-9):
        raise InputError(f"spread is {spread}, yet one difference is {farthest:g}; give the range.")
    warnings = (*warnings, *few_clusters(groups))
    value, se = float(values.mean()), math.sqrt(covariance(values[:, None], index)[0, 0])
    method, df = "clustered (CR2, Bell-McCaffrey)", bell_mccaffrey(sizes / n)
    if no_spread(se, max(farthest, spread or 0.0)):
        equal = f"{groups} means of clusters" if np.ptp(values) > 0 else f"{n} differences"
        return equal_differences(
            value,
            spread,
            groups,
            n=n,
            level=level,
            method=method,
            warnings=warnings,
            equal=equal,
            unit="clusters",
        )
    return from_t(value, se, df, n=n, method=method, level=level, warnings=warnings)


def few_clusters(groups: int) -> tuple[str, ...]:
    """The warning where there are too few clusters for the interval to be more than rough."""
    if groups >= FEW_CLUSTERS:
        return ()
    return (f"Only {groups} clusters: the interval is approximate below {FEW_CLUSTERS}.",)


def icc(values: Numbers, clusters: Numbers) -> float:
    """Share of the variance that lies between clusters, from 0 (none) to 1 (all of it).

    The moment estimate of one-way analysis of variance, cut off at 0. Raises `NotEnoughData` below
    two clusters or where no cluster has two items.
    `values` and `clusters` have shape (n,).
    Source: Donner (1986), International Statistical Review 54(1).

    >>> icc([1.0, 1.0, 5.0, 5.0], ["x", "x", "y", "y"])
    1.0
    """
    kept, index, _ = grouped(values, clusters)
    sizes = np.bincount(index)
    groups, n = len(sizes), len(kept)
    at_least(groups, 2, "clusters")
    at_least(int(sizes.max()), 2, "items in the largest cluster")
    means = np.bincount(index, weights=kept) / sizes
    between = float((sizes * (means - kept.mean()) ** 2).sum()) / (groups - 1)
    within = float(((kept - means[index]) ** 2).sum()) / (n - groups)
    typical = (n - float((sizes**2).sum()) / n) / (groups - 1)
    spread = between + (typical - 1) * within
    return max(0.0, (between - within) / spread) if spread > 0 else 0.0


def design_effect(values: Numbers, clusters: Numbers) -> float:
    """How many times larger the clusters make the variance of the mean: 2.0 halves the items.

    1 + (m - 1) icc, where m is the mean cluster size weighted by size.
    `values` and `clusters` have shape (n,). Raises as `icc` does.
    Source: Kish (1965), Survey Sampling, §5.4; Kerry and Bland (2001), Statistics in Medicine 20.

    >>> design_effect([1.0, 1.0, 5.0, 5.0], ["x", "x", "y", "y"])
    2.0
    """
    kept, index, _ = grouped(values, clusters)
    at_least(len(kept), 1, "values")
    sizes = np.bincount(index)
    return 1 + (float((sizes**2).sum()) / len(kept) - 1) * icc(values, clusters)


def grouped(values: Numbers, clusters: Numbers) -> tuple[Floats, NDArray[np.intp], tuple[str, ...]]:
    """The finite values, the number of each one's cluster, and a warning that counts the others."""
    everything = numbers(values, "values")
    labels = same_length(everything, clusters, "cluster labels")
    kept, warnings = finite(everything, "values")
    _, index = np.unique(labels[np.isfinite(everything)], return_inverse=True)
    return kept, index, warnings


def covariance(columns: Floats, index: NDArray[np.intp]) -> Floats:
    """CR2 covariance matrix of the means of `columns`, shape (n, k).

    For a mean alone CR2's adjustment of a cluster of size m is a scalar on the cluster's sum of
    residuals: (I - H)^(-1/2) applied to a vector of ones gives (1 - m/n)^(-1/2) of it.
    """
    n = len(columns)
    residuals = columns - columns.mean(axis=0)
    totals = np.stack([np.bincount(index, weights=column) for column in residuals.T], axis=1)
    scaled = totals / np.sqrt(1 - np.bincount(index) / n)[:, None]
    return np.asarray(scaled.T @ scaled) / n**2


def bell_mccaffrey(shares: Floats) -> float:
    """Satterthwaite degrees of freedom of CR2 for a mean, from each cluster's share of the items.

    With independent errors of equal variance the variance estimate is a quadratic form whose matrix
    has the shares p_g on its diagonal and -p_g p_h / sqrt((1 - p_g)(1 - p_h)) beside it; its trace
    squared over the trace of its square gives the degrees of freedom.
    """
    scaled = shares / np.sqrt(1 - shares)
    # The shares add up to 1, and so does the trace. The sum of squares off the diagonal is that of
    # the outer product less its diagonal, so that no matrix is needed for thousands of clusters.
    squares = scaled**2
    return float(1 / ((shares**2).sum() + squares.sum() ** 2 - (squares**2).sum()))
