"""Joint sign flips: one random sign a unit, the same for every variant.

Flipping all of a unit's differences at once keeps how they depend on each other, so nothing need be
assumed about their correlation. A unit is an item, or a cluster of items. The statistic is a sum
over its own root sum of squares, |t| in another scale: flips do not change the sum of squares.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Floats, Numbers, at_least, numbers, same_length
from tailor_lab.stats.estimators.resampling import generator

ROOM = 1e-9
"""Statistics this close are equal: rounding must not decide ties."""


def complete_items(
    columns: Sequence[Numbers], clusters: Numbers | None
) -> tuple[Floats, NDArray[np.intp], tuple[str, ...]]:
    """The items with a finite value in every column, shape (n, k), and each one's unit."""
    arrays = [numbers(values, "a variant") for values in columns]
    if len({len(values) for values in arrays}) != 1:
        raise InputError("Every variant needs one value for each item.")
    table = np.column_stack(arrays)
    keep = np.isfinite(table).all(axis=1)
    kept = table[keep]
    at_least(len(kept), 2, "complete items")
    lost = len(table) - len(kept)
    notes = (f"{lost} items without a finite value in each were left out.",) if lost else ()
    if clusters is None:
        return kept, np.arange(len(kept)), notes
    labels = same_length(arrays[0], clusters, "cluster labels")
    _, index = np.unique(labels[keep], return_inverse=True)
    at_least(int(index.max()) + 1, 2, "clusters")
    return kept, index, notes


def unit_sums(table: Floats, index: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Sums of each column over the items of a unit, shape (units, k), and the units' sizes.

    Sorted by value, so that the order of the items does not choose the flips.
    """
    sizes = np.bincount(index).astype(float)
    sums = np.column_stack([np.bincount(index, weights=column) for column in table.T]).astype(float)
    order = np.lexsort((*sums.T, sizes))
    return sums[order], sizes[order]


def flipped(columns: Floats, resamples: int, seed: int) -> tuple[Floats, bool]:
    """Sums of `columns`, shape (units, k), under flips, shape (flips, k), and whether all are."""
    units = len(columns)
    if 2**units <= resamples:
        signs = 1.0 - 2.0 * ((np.arange(2**units)[:, None] >> np.arange(units)) & 1)
        return signs @ columns, True
    rng = generator(seed)
    eights = -(-units // 8)
    padded = np.zeros((eights * 8, columns.shape[1]))
    padded[:units] = columns
    signs = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)
    sums = np.zeros((resamples, columns.shape[1]))
    # A table of the 256 signed sums of each eight units; a random byte picks the same for all.
    for eight in padded.reshape(eights, 8, -1):
        sums += (signs @ eight).take(np.frombuffer(rng.bytes(resamples), dtype=np.uint8), axis=0)
    return sums, False


def tail_share(drawn: Floats, observed: float, *, exact: bool) -> float:
    """Share of flips that reach `observed`; random ones count the data themselves as one."""
    reached = int((drawn >= observed - ROOM).sum())
    return reached / len(drawn) if exact else (1 + reached) / (1 + len(drawn))
