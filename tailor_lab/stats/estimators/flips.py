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
DIGITS = 9
"""Decimals by which units are sorted, in shares of the largest residual."""
MANY_UNITS = 2_000
"""Beyond these the flipped sums are drawn from their normal limit."""
HEAVY = 0.01
"""A unit with a larger share of the sum of squares keeps the sums from being normal."""


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


def unit_residuals(table: Floats, index: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Sums over the items of a unit around each column's mean, shape (units, k), and unit sizes.

    Sorted by these, so that neither the order of items or columns nor an amount added to a whole
    column chooses the flips. They are compared without their last digits, which are rounding.
    """
    sizes = np.bincount(index).astype(float)
    centred = table - table.mean(axis=0)
    residuals = np.column_stack([np.bincount(index, weights=column) for column in centred.T])
    largest = np.maximum(np.abs(centred).max(axis=0), np.finfo(float).tiny)
    keys = np.round(residuals / largest, DIGITS)
    # Within a unit by size, so that the order of the columns does not choose them either.
    order = np.lexsort((*keys.T, *np.sort(keys, axis=1).T, sizes))
    return residuals[order].astype(float), sizes[order]


def flipped(columns: Floats, resamples: int, seed: int) -> tuple[Floats, bool]:
    """Sums of `columns`, shape (units, k), under flips, shape (flips, k), and whether all are.

    For more than 2,000 units, none of which makes up more than a hundredth of a column's sum of
    squares, the sums are drawn from the normal distribution whose covariance, columns.T @ columns,
    is that of the flipped sums.
    """
    units = len(columns)
    if 2**units <= resamples:
        signs = 1.0 - 2.0 * ((np.arange(2**units)[:, None] >> np.arange(units)) & 1)
        return signs @ columns, True
    rng = generator(seed)
    if nearly_normal(columns):
        return _normal_sums(columns, resamples, rng), False
    eights = -(-units // 8)
    padded = np.zeros((eights * 8, columns.shape[1]))
    padded[:units] = columns
    signs = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)
    sums = np.zeros((resamples, columns.shape[1]))
    # A table of the 256 signed sums of each eight units; a random byte picks the same for all.
    for eight in padded.reshape(eights, 8, -1):
        sums += (signs @ eight).take(np.frombuffer(rng.bytes(resamples), dtype=np.uint8), axis=0)
    return sums, False


def nearly_normal(columns: Floats) -> bool:
    """Whether there are many units and none is heavy, so that flipped sums are normal."""
    if len(columns) <= MANY_UNITS:
        return False
    squares = columns**2
    return bool((squares.max(axis=0) <= HEAVY * squares.sum(axis=0)).all())


def _normal_sums(columns: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Normal draws, shape (resamples, k), with the covariance of the flipped sums."""
    norms = np.sqrt((columns**2).sum(axis=0))
    scaled = columns / np.maximum(norms, np.finfo(float).tiny)
    # The symmetric root, unlike others, does not depend on rounding where variants are alike.
    sizes, vectors = np.linalg.eigh(scaled.T @ scaled)
    root = (vectors * np.sqrt(np.maximum(sizes, 0.0))) @ vectors.T
    return np.asarray(rng.standard_normal((resamples, columns.shape[1])) @ root * norms)


def tail_share(drawn: Floats, observed: float, *, exact: bool) -> float:
    """Share of flips that reach `observed`; random ones count the data themselves as one."""
    reached = int((drawn >= observed - ROOM).sum())
    return reached / len(drawn) if exact else (1 + reached) / (1 + len(drawn))
