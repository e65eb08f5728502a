"""Permutation tests: how often chance alone would give a difference as large as the one seen.

Paired values are tested by flipping the signs of their differences. Up to 30 differences (or
clusters) every one of the 2^n assignments is counted: the sums of one half's assignments are sorted
and those of the other half looked up among them. Beyond that random assignments are drawn, eight at
a time: a table holds the 256 signed sums of each eight differences, and a random byte picks one.
"""

import math
from itertools import combinations

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, at_least, finite, numbers, pairs
from tailor_lab.stats.estimators.clusters import grouped
from tailor_lab.stats.estimators.flips import nearly_normal
from tailor_lab.stats.estimators.resampling import CELLS, check_resamples, generator

EXACT_PAIRS = 30
EXACT_SPLITS = 20_000


def permutation(
    a: Numbers,
    b: Numbers,
    *,
    paired: bool = True,
    clusters: Numbers | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Estimate:
    """Mean of `b` minus mean of `a`, with the two-sided p of a permutation test and no interval.

    Paired, the signs of the differences are flipped, those of a whole cluster (`clusters`, shape
    (n,)) at once; otherwise values move between the two groups. Exact where `method` says so, else
    p = (1 + as large) / (1 + `resamples`). Raises `NotEnoughData` without a pair, or without a
    value in a group.
    Raises `InputError` for `clusters` of values that are not paired.
    Source: Fisher (1935), The Design of Experiments, §21; Phipson and Smyth (2010), Statistical
    Applications in Genetics and Molecular Biology 9(1), for the 1 + in p.

    >>> permutation([1.0, 2.0, 3.0, 4.0], [2.0, 3.5, 4.0, 6.0]).p
    0.125
    """
    check_resamples(resamples)
    if not paired:
        if clusters is not None:
            raise InputError("Clusters are for paired values; leave them out.")
        return _two_groups(a, b, resamples, seed)
    what = "sign-flip permutation"
    if clusters is None:
        first, second, warnings = pairs(a, b)
        differences = second - first
        units: Floats = differences
    else:
        differences, index, warnings = grouped(_differences(a, b), clusters)
        units = np.bincount(index, weights=differences).astype(float)
        what += " of clusters"
    n = len(differences)
    at_least(n, 1, "pairs")
    # Zeros change no sum; sorting by size makes the answer independent of the order of the items.
    sizes = np.sort(np.abs(units[units != 0]))
    observed = abs(math.fsum(units))
    if len(sizes) <= EXACT_PAIRS:
        p, how = _exact_flips(sizes, observed), "exact"
    else:
        sums = flipped_sums(sizes, resamples, seed)
        reached = int((np.abs(sums) >= _just_below(observed, sizes)).sum())
        p, how = (1 + reached) / (1 + resamples), f"{resamples:,} draws"
    if len(units) < 6:
        short = f"{len(units)} units can give no p below {2.0 ** (1 - len(units)):.2g}."
        warnings = (*warnings, short)
    value = math.fsum(differences) / n
    return Estimate(value, None, None, p, n, f"{what} ({how})", warnings=warnings)


def _differences(a: Numbers, b: Numbers) -> Floats:
    """All of `b - a`, whether finite or not."""
    first, second = numbers(a, "a"), numbers(b, "b")
    if len(first) != len(second):
        raise InputError(f"a has {len(first)} values and b has {len(second)}; pairs need as many.")
    return second - first


def flipped_sums(sizes: Floats, resamples: int, seed: int) -> Floats:
    """Sums of `sizes` with random signs, shape (resamples,).

    Many are drawn from their normal limit, as in `flips.flipped`.
    """
    rng = generator(seed)
    if nearly_normal(sizes[:, None]):
        return math.sqrt(float((sizes**2).sum())) * rng.standard_normal(resamples)
    eights = -(-len(sizes) // 8)
    padded = np.zeros(eights * 8)
    padded[: len(sizes)] = sizes
    signs = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)
    table = padded.reshape(eights, 8) @ signs.T
    sums = np.zeros(resamples)
    for row in table:
        sums += row.take(np.frombuffer(rng.bytes(resamples), dtype=np.uint8))
    return sums


def _just_below(observed: float, sizes: Floats) -> float:
    """The bound with room for rounding, so that equal sums in another order count as equal."""
    return float(observed - 1e-12 * sizes.sum())


def _exact_flips(sizes: Floats, observed: float) -> float:
    """Share of all 2^n sign assignments whose sum is as large as `observed`, either side."""
    half = len(sizes) // 2
    left, right = np.sort(_all_sums(sizes[:half])), _all_sums(sizes[half:])
    bound = _just_below(observed, sizes)
    if bound <= 0:
        return 1.0
    above = len(left) - np.searchsorted(left, bound - right, side="left")
    # The sums are symmetric around 0, so the lower tail is as heavy as the upper one.
    return min(1.0, 2 * int(above.sum()) / int(2 ** len(sizes)))


def _all_sums(sizes: Floats) -> Floats:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _two_groups(a: Numbers, b: Numbers, resamples: int, seed: int) -> Estimate:
    (first, notes_a), (second, notes_b) = finite(a, "a"), finite(b, "b")
    at_least(min(len(first), len(second)), 1, "values in a group")
    n = len(first) + len(second)
    value = float(second.mean() - first.mean())
    together = np.sort(np.concatenate([first, second]))
    together = together - together.mean()
    few = min(len(first), len(second))
    # With the mean of all at 0, the sum of the smaller group tells the difference of the means.
    observed = abs(value) * len(first) * len(second) / n
    bound = observed - 1e-12 * float(np.abs(together).sum())
    if math.comb(n, few) <= EXACT_SPLITS:
        sums = np.array([together[list(chosen)].sum() for chosen in combinations(range(n), few)])
        p, how = float((np.abs(sums) >= bound).mean()), "exact"
    else:
        rng = generator(seed)
        batch = max(1, CELLS // n)
        reached = 0
        for start in range(0, resamples, batch):
            rows = np.tile(together, (min(batch, resamples - start), 1))
            sums = rng.permuted(rows, axis=1)[:, :few].sum(axis=1)
            reached += int((np.abs(sums) >= bound).sum())
        p, how = (1 + reached) / (1 + resamples), f"{resamples:,} draws"
    name = f"permutation ({how})"
    return Estimate(value, None, None, p, n, name, warnings=(*notes_a, *notes_b))
