"""How precise the means of two groups are, whose items may share sources within and across them.

Least squares of the value on the group gives the difference of the means. Its CR2 variance is a sum
of squares over the clusters, each of which may have items in both groups; a source that raises both
means then leaves the variance of their difference. Without clusters every item is its own, and the
variance and the degrees of freedom are exactly Welch's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Floats, Numbers, at_least, numbers, same_length
from tailor_lab.stats.estimators.clusters import FEW_CLUSTERS


@dataclass(frozen=True)
class TwoGroups:
    """The finite values of both groups, and the number of each value's cluster."""

    a: Floats
    b: Floats
    index_a: NDArray[np.intp]
    index_b: NDArray[np.intp]
    clustered: bool
    warnings: tuple[str, ...]

    @property
    def sizes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Items of each cluster in `a` and in `b`, both shape (clusters,)."""
        count = 1 + int(max(self.index_a.max(), self.index_b.max()))
        return (
            np.bincount(self.index_a, minlength=count),
            np.bincount(self.index_b, minlength=count),
        )


@dataclass(frozen=True)
class Spread:
    """The CR2 variance of mean(b) - r mean(a), for any factor r."""

    variance_a: float
    variance_b: float
    covariance: float
    shares_a: Floats
    """Each cluster's share of the items of `a`."""
    shares_b: Floats

    def variance(self, factor: float = 1.0) -> float:
        """At r = `factor`; 1 gives the difference of the means."""
        crossed = 2 * factor * self.covariance
        return max(0.0, self.variance_b - crossed + factor**2 * self.variance_a)

    def df(self, factor: float = 1.0) -> float:
        """Satterthwaite's degrees of freedom of the variance at `factor`.

        As Bell and McCaffrey's, with independent errors, but of the variance that each group shows:
        Welch's where every item is its own cluster, clubSandwich's where both groups vary alike.
        """
        part_a, part_b = factor**2 * self.variance_a, self.variance_b
        total = part_a + part_b
        # The variance is a quadratic form whose matrix has the entries below, for the clusters g
        # and h, when scaled to a trace of 1; 1 / df is the sum of their squares.
        weight_a, weight_b = (part_a / total, part_b / total) if total > 0 else (0.5, 0.5)
        scaled_a = self.shares_a / np.sqrt(1 - self.shares_a)
        scaled_b = self.shares_b / np.sqrt(1 - self.shares_b)
        diagonal = weight_a * self.shares_a + weight_b * self.shares_b
        everywhere = (
            (weight_a * (scaled_a**2).sum()) ** 2
            + (weight_b * (scaled_b**2).sum()) ** 2
            + 2 * weight_a * weight_b * (scaled_a * scaled_b).sum() ** 2
        )
        beside = everywhere - ((weight_a * scaled_a**2 + weight_b * scaled_b**2) ** 2).sum()
        return float(1 / ((diagonal**2).sum() + beside))


def two_groups(
    a: Numbers, b: Numbers, clusters_a: Numbers | None, clusters_b: Numbers | None
) -> TwoGroups:
    """The finite values with their clusters numbered from 0 on, the same in both groups.

    Raises `NotEnoughData` below two values, or two clusters, in either group.
    """
    if (clusters_a is None) != (clusters_b is None):
        raise InputError("Give cluster labels for both groups or for neither.")
    every_a, every_b = numbers(a, "a"), numbers(b, "b")
    keep_a, keep_b = np.isfinite(every_a), np.isfinite(every_b)
    first, second = every_a[keep_a], every_b[keep_b]
    lost = int((~keep_a).sum() + (~keep_b).sum())
    warnings = (f"{lost} values that are not finite were left out.",) if lost else ()
    at_least(min(len(first), len(second)), 2, "values in a group")
    if clusters_a is None:
        every = np.arange(len(first) + len(second))
        return TwoGroups(first, second, every[: len(first)], every[len(first) :], False, warnings)
    labels_a = same_length(every_a, clusters_a, "cluster labels")[keep_a]
    labels_b = same_length(every_b, clusters_b, "cluster labels")[keep_b]
    _, index = np.unique(np.concatenate([labels_a, labels_b]), return_inverse=True)
    index_a, index_b = index[: len(first)], index[len(first) :]
    fewest = min(len(np.unique(index_a)), len(np.unique(index_b)))
    at_least(fewest, 2, "clusters in a group")
    if fewest < FEW_CLUSTERS:
        few = f"Only {fewest} clusters in a group: the interval is approximate below"
        warnings = (*warnings, f"{few} {FEW_CLUSTERS}.")
    return TwoGroups(first, second, index_a, index_b, True, warnings)


def spread_of(groups: TwoGroups) -> Spread:
    """The CR2 variances and the covariance of both means.

    The regression has one mean for each group, so that CR2's adjustment acts on each group's part
    of a cluster by itself, as a scalar on its sum of residuals: see `clusters.covariance`.
    """
    sizes_a, sizes_b = groups.sizes
    sums, shares = [], []
    for values, index, sizes in (
        (groups.a, groups.index_a, sizes_a),
        (groups.b, groups.index_b, sizes_b),
    ):
        share = sizes / len(values)
        totals = np.bincount(index, weights=values - values.mean(), minlength=len(sizes))
        sums.append(totals / len(values) / np.sqrt(1 - share))
        shares.append(share)
    (sums_a, sums_b), (shares_a, shares_b) = sums, shares
    return Spread(
        float((sums_a**2).sum()),
        float((sums_b**2).sum()),
        float((sums_a * sums_b).sum()),
        shares_a,
        shares_b,
    )
