"""Several variants against one baseline: p-values and intervals from one set of joint sign flips.

The interval of a variant holds exactly the differences that its adjusted test does not reject, so
the two cannot contradict. Nothing is assumed about the correlation of the variants, and clusters
flip as one. For differences that are symmetric around their mean and a single variant the test is
exact at any number of items.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    check_level,
    no_spread,
    numbers,
    unknown_spread,
)
from tailor_lab.stats.estimators.flips import complete_items, flipped, tail_share, unit_residuals
from tailor_lab.stats.estimators.resampling import check_resamples

STEPS = 60
"""Halvings of an interval of search: to the last digits of a float."""
FAR = 1e6
"""Spreads from the estimate at which no difference is plausible any more."""


def max_t(
    a: Numbers,
    variants: Sequence[Numbers],
    *,
    clusters: Numbers | None = None,
    level: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> list[Estimate]:
    """Mean of each of `variants` minus `a` over the same items, an estimate a variant.

    All have shape (n,), as have the labels in `clusters`; items without a finite value in each are
    left out. p allows for all variants, and the intervals hold together with chance `level`; p is
    at most 1 - `level` exactly if 0 lies outside. All flips are counted where `resamples` covers
    them, else so many are drawn. Too few units for a bound give an end of None. A variant whose
    differences are all equal has neither ends nor p, as its spread is not known. Raises
    `NotEnoughData` below two complete items or two clusters, `InputError` without a variant.
    Source: Westfall and Young (1993), Resampling-Based Multiple Testing, §2.6 (single-step maxT).

    >>> a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    >>> better, same = [2.1, 2.9, 4.3, 5.2, 5.7, 7.4, 8.2], [1.1, 1.8, 3.2, 4.0, 4.7, 6.3, 7.1]
    >>> [round(estimate.p, 4) for estimate in max_t(a, [better, same])]
    [0.0156, 0.8906]
    """
    check_level(level)
    check_resamples(resamples)
    if not len(variants):
        raise InputError("Give one variant or more.")
    base = numbers(a, "a")
    values, index, notes = complete_items([base, *variants], clusters)
    table = values[:, 1:] - values[:, :1]
    spreads = np.ptp(table, axis=0)
    flips = _flips(table, index, resamples, seed)
    centred = flips.centred()
    errors = np.sqrt((flips.residuals**2).sum(axis=0)) / len(table)
    known = np.array([not no_spread(error, float(np.abs(values).max())) for error in errors])
    found = []
    for j, value in enumerate(table.mean(axis=0).tolist()):
        method = f"max-T by sign flips, {table.shape[1]} variants"
        if not known[j]:
            n = len(table)
            equal = f"{n} differences" if spreads[j] == 0 else f"{n} differences, in each cluster,"
            found.append(
                unknown_spread(value, n=n, method=method, level=level, warnings=notes, equal=equal)
            )
            continue
        # The others at their own estimates: their true differences are not part of this hypothesis.
        others = np.delete(centred, [*np.flatnonzero(~known).tolist(), j], axis=1)
        rivals = others.max(axis=1) if others.shape[1] else np.zeros(len(centred))
        p_of = flips.test(j, rivals, value)
        low = _end(p_of, value, -float(spreads[j]) * FAR, 1 - level)
        high = _end(p_of, value, float(spreads[j]) * FAR, 1 - level)
        found.append(Estimate(value, low, high, p_of(0.0), len(table), method, level, notes))
    return found


@dataclass(frozen=True)
class _Flips:
    """Sums under flips are linear in the difference under test, so any is tested at no cost.

    They are kept as residuals around the mean, which an effect added to all items does not change.
    """

    residuals: Floats
    """Of each unit and variant: its sum less its size times the mean."""
    sizes: Floats
    drawn: Floats
    """Flipped sums of `residuals`, shape (flips, k)."""
    drawn_sizes: Floats
    exact: bool

    def centred(self) -> Floats:
        """|sum| over the root sum of squares under every flip, all variants at their estimates."""
        squares = (self.residuals**2).sum(axis=0)
        return np.asarray(np.abs(self.drawn) / np.sqrt(np.maximum(squares, 1e-300)))

    def test(self, j: int, rivals: Floats, value: float) -> Callable[[float], float]:
        """The adjusted p of variant j, estimated at `value`, by the difference under test."""
        residuals, drawn = self.residuals[:, j], self.drawn[:, j]

        def p_of(delta: float) -> float:
            moved = residuals + self.sizes * (value - delta)
            norm = math.sqrt(float((moved**2).sum())) or 1.0
            own = np.abs(drawn + self.drawn_sizes * (value - delta)) / norm
            observed = abs(float(moved.sum())) / norm
            return tail_share(np.maximum(own, rivals), observed, exact=self.exact)

        return p_of


def _flips(table: Floats, index: NDArray[np.intp], resamples: int, seed: int) -> _Flips:
    residuals, sizes = unit_residuals(table, index)
    drawn, exact = flipped(np.column_stack([residuals, sizes]), resamples, seed)
    return _Flips(residuals, sizes, drawn[:, :-1], drawn[:, -1], exact)


def _end(p_of: Callable[[float], float], value: float, reach: float, alpha: float) -> float | None:
    """Where p falls to `alpha` between `value` and `value + reach`; None if it does not.

    0 is tried first, so that the end lies on the side of 0 that p at 0 says.
    """
    inside, outside = value, value + reach
    if p_of(outside) <= alpha:
        if min(inside, outside) < 0 < max(inside, outside):
            inside, outside = (inside, 0.0) if p_of(0.0) <= alpha else (0.0, outside)
    else:
        return None
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if p_of(middle) <= alpha:
            outside = middle
        else:
            inside = middle
    return outside if outside != 0.0 else inside
