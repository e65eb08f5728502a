"""Two variants' values side by side, as every estimator of an experiment takes them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Pairs:
    """Two variants' values on the items that both finished, and those items' clusters."""

    a: Floats
    b: Floats
    clusters: Codes | None
    """A number for each item's source, shape (n,)."""
    missing_a: int
    """Items without a value under the baseline; `missing_b`: under the variant."""
    missing_b: int
    missing: int
    """Items that lack a value under either."""
    repeated: bool
    lost_a: int = 0
    """Runs without a value under the baseline; `lost_b`: under the variant."""
    lost_b: int = 0
    runs_a: int = 0
    """Runs that were attempted under the baseline; `runs_b`: under the variant."""
    runs_b: int = 0
    clusters_b: Codes | None = None
    """Of two independent groups: the sources of the items of `b`; those of `a` are `clusters`."""
    observed_b: Floats | None = None
    """The values of `b` as they were measured, where covariates changed them."""
    independent: bool = False
    """Whether `a` and `b` are of different items: two groups, of whatever sizes."""

    @property
    def n(self) -> int:
        """How many pairs; of two independent groups how many items."""
        return len(self.a) + (len(self.b) if self.independent else 0)

    @property
    def smallest(self) -> int:
        """How many values the smaller of the two has."""
        return min(len(self.a), len(self.b))

    @property
    def differences(self) -> Floats:
        """Variant minus baseline, shape (n,)."""
        return self.b - self.a

    @cached_property
    def n_clusters(self) -> int | None:
        """How many different clusters, where there are any."""
        if self.clusters is None:
            return None
        # Each group needs sources enough of its own.
        sizes = [
            len(np.unique(part)) for part in (self.clusters, self.clusters_b) if part is not None
        ]
        return min(sizes)


@dataclass(frozen=True)
class ItemSums:
    """Of one metric, by variant: the sum of its values and their number, an item a place."""

    total: Floats
    """Shape (variants, items)."""
    count: NDArray[np.int64]

    @cached_property
    def means(self) -> Floats:
        """Means over the replicates, nan where there is no value."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.count > 0, self.total / self.count, np.nan))
