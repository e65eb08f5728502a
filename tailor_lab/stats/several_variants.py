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
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, check_level, numbers
from tailor_lab.stats.estimators.flips import complete_items, flipped, tail_share, unit_sums
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
    scale = np.abs(values).max(axis=0)[1:]
    known = spreads > 1e-12 * np.maximum(scale, 1e-300)
    flips = _flips(table, index, resamples, seed)
    centred = flips.statistics(table.mean(axis=0))
    found = []
    for j, value in enumerate(table.mean(axis=0).tolist()):
        method = f"max-T by sign flips, {table.shape[1]} variants"
        if not known[j]:
            equal = f"All {len(table)} differences are equal, so their spread is not known."
            unknown = Estimate(value, None, None, None, len(table), method, level, (*notes, equal))
            found.append(unknown)
            continue
        # The others at their own estimates: their true differences are not part of this hypothesis.
        others = np.delete(centred, [*np.flatnonzero(~known).tolist(), j], axis=1)
        rivals = others.max(axis=1) if others.shape[1] else np.zeros(len(centred))
        p_of = flips.test(j, rivals)
        low = _end(p_of, value, -float(spreads[j]) * FAR, 1 - level)
        high = _end(p_of, value, float(spreads[j]) * FAR, 1 - level)
        found.append(Estimate(value, low, high, p_of(0.0), len(table), method, level, notes))
    return found


@dataclass(frozen=True)
class _Flips:
    """Sums under flips are linear in the difference under test, so any is tested at no cost."""

    sums: Floats
    """Of each unit and variant."""
    sizes: Floats
    drawn: Floats
    """Flipped sums of `sums`, shape (flips, k)."""
    drawn_sizes: Floats
    exact: bool

    def statistics(self, delta: Floats) -> Floats:
        """|sum| over the root sum of squares under every flip, all variants at their `delta`."""
        return np.abs(self.drawn - self.drawn_sizes[:, None] * delta) / self._norms(delta)

    def _norms(self, delta: Floats) -> Floats:
        squares = ((self.sums - self.sizes[:, None] * delta) ** 2).sum(axis=0)
        return np.asarray(np.sqrt(np.maximum(squares, 1e-300)))

    def test(self, j: int, rivals: Floats) -> Callable[[float], float]:
        """The adjusted p of variant j as a function of the difference under test."""
        sums, drawn = self.sums[:, j], self.drawn[:, j]

        def p_of(delta: float) -> float:
            moved = sums - self.sizes * delta
            norm = math.sqrt(float((moved**2).sum())) or 1.0
            own = np.abs(drawn - self.drawn_sizes * delta) / norm
            observed = abs(float(moved.sum())) / norm
            return tail_share(np.maximum(own, rivals), observed, exact=self.exact)

        return p_of


def _flips(table: Floats, index: NDArray[np.intp], resamples: int, seed: int) -> _Flips:
    sums, sizes = unit_sums(table, index)
    drawn, exact = flipped(np.column_stack([sums, sizes]), resamples, seed)
    return _Flips(sums, sizes, drawn[:, :-1], drawn[:, -1], exact)


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
