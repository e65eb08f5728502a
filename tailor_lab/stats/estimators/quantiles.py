"""Differences of quantiles, such as the 95th percentile of latency, by the bootstrap."""

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
    no_spread,
    numbers,
    same_length,
)
from tailor_lab.stats.estimators.clusters import FEW_CLUSTERS
from tailor_lab.stats.estimators.resampling import CELLS, bca_ends, check_resamples, generator

Counts = NDArray[np.int64]


def quantile_difference(
    a: Numbers,
    b: Numbers,
    quantile: float = 0.5,
    *,
    paired: bool = True,
    clusters: Numbers | None = None,
    resamples: int = 2_000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """The quantile of `b` minus that of `a`, with a percentile bootstrap interval.

    Paired, whole items are resampled, or whole clusters (`clusters`, shape (n,)); otherwise each
    group by itself. Quantiles interpolate between neighbours as `numpy.quantile` does. Warns where
    fewer than ten values lie beyond the quantile. Where nearly all resamples give one value there
    are no ends. Raises `NotEnoughData` below two items a group.
    Raises `InputError` for a `quantile` outside 0 to 1, and for `clusters` of values that are not
    paired.
    Source: Efron and Tibshirani (1993), §13.3; the cluster bootstrap: Davison and Hinkley (1997),
    §3.8.

    >>> quantile_difference([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0]).value
    2.0
    """
    check_level(level)
    check_resamples(resamples)
    if not 0 < quantile < 1:
        raise InputError(f"quantile is {quantile}; it must lie between 0 and 1, such as 0.95.")
    if not paired and clusters is not None:
        raise InputError("Clusters are for paired values; leave them out.")
    rng = generator(seed)
    first, second = numbers(a, "a"), numbers(b, "b")
    if paired:
        first, second, units, warnings = _items(first, second, clusters)
        n = len(first)
        groups = [(first, units, 0), (second, units, 0)]
    else:
        (first, notes_a), (second, notes_b) = finite(first, "a"), finite(second, "b")
        warnings = (*notes_a, *notes_b)
        first, second = np.sort(first), np.sort(second)  # so that the order given plays no part
        n = len(first) + len(second)
        groups = [(first, np.arange(len(first)), 0), (second, np.arange(len(second)), 1)]
    at_least(min(len(first), len(second)), 2, "items")
    value = float(np.quantile(second, quantile) - np.quantile(first, quantile))
    streams = {stream: units for _, units, stream in groups}
    batch = max(1, CELLS // n)
    drawn = np.empty(resamples)
    for start in range(0, resamples, batch):
        rows = min(batch, resamples - start)
        counts = {key: _unit_counts(int(u.max()) + 1, rows, rng) for key, u in streams.items()}
        lower, upper = (
            _weighted_quantiles(values, counts[stream][:, units], quantile)
            for values, units, stream in groups
        )
        drawn[start : start + rows] = upper - lower
    low, high = bca_ends(drawn, 0.0, 0.0, level)
    below = (1 + int((drawn <= 0).sum())) / (1 + resamples)
    above = (1 + int((drawn >= 0).sum())) / (1 + resamples)
    beyond = min(quantile, 1 - quantile) * min(len(first), len(second))
    if beyond < 10:
        few = f"Only about {beyond:.0f} values lie beyond the quantile: the interval is rough."
        warnings = (*warnings, few)
    name = f"difference of quantiles {quantile:g} (bootstrap)"
    if no_spread(high - low, float(max(np.abs(first).max(), np.abs(second).max()))):
        tied = "Nearly all resamples give the same difference, so its spread is not known."
        p = 1.0 if value == 0 else None
        return Estimate(value, None, None, p, n, name, level, (*warnings, tied))
    return Estimate(value, low, high, min(1.0, 2 * min(below, above)), n, name, level, warnings)


def _items(
    first: Floats, second: Floats, clusters: Numbers | None
) -> tuple[Floats, Floats, Counts, tuple[str, ...]]:
    """The finite pairs in an order that depends on their values alone, and each one's unit."""
    if len(first) != len(second):
        raise InputError(f"a has {len(first)} values and b has {len(second)}; pairs need as many.")
    keep = np.isfinite(first) & np.isfinite(second)
    dropped = int((~keep).sum())
    warnings = (f"{dropped} pairs without two finite values were left out.",) if dropped else ()
    first, second, everything = first[keep], second[keep], first
    order = np.lexsort((second, first))
    if clusters is None:
        return first[order], second[order], np.arange(len(order)), warnings
    labels = same_length(everything, clusters, "cluster labels")[keep]
    _, index = np.unique(labels, return_inverse=True)
    groups = int(index.max()) + 1 if len(index) else 0
    at_least(groups, 2, "clusters")
    if groups < FEW_CLUSTERS:
        warnings = (*warnings, f"Only {groups} clusters: the interval is too short.")
    return first[order], second[order], index[order], warnings


def _unit_counts(units: int, rows: int, rng: np.random.Generator) -> Counts:
    """How often each unit is drawn in each resample, shape (rows, units)."""
    drawn = rng.integers(0, units, size=(rows, units))
    flat = drawn + units * np.arange(rows)[:, None]
    return np.bincount(flat.ravel(), minlength=rows * units).reshape(rows, units)


def _weighted_quantiles(values: Floats, counts: Counts, quantile: float) -> Floats:
    """Quantiles of samples that hold `values[i]` `counts[:, i]` times, one a row."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    reached = counts[:, order].cumsum(axis=1)
    place = quantile * (reached[:, -1] - 1)
    lower = np.floor(place).astype(int)
    share = place - lower
    upper = np.minimum(lower + 1, reached[:, -1] - 1)
    left, right = (ordered[(reached <= rank[:, None]).sum(axis=1)] for rank in (lower, upper))
    return np.asarray(left + share * (right - left))
