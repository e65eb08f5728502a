"""The bootstrap: intervals from the data themselves, drawn again and again.

Resamples are drawn from the sorted values with a seed, so that the same data in another order give
the same figures to the last digit. Means of many values are resampled by weights instead of
indices: how often each value is drawn is Poisson distributed with a rate a little below 1, which a
comparison of random 16-bit numbers with a few thresholds gives quickly; the draws that are still
missing then are made one by one. Together that is the ordinary bootstrap (multinomial weights).
"""

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    finite,
    no_spread,
    pairs,
    unknown_spread,
)

Method = Literal["bca", "percentile", "studentized"]
Statistic = Callable[[Floats], Floats]
"""From samples, shape (k, n), to one number a sample, shape (k,): `functools.partial(np.median,
axis=1)`, say."""

CELLS = 1_000_000
"""Numbers held at once: enough to amortise a call, few enough for a processor's cache."""
WEIGHTS_FROM = 2_000
"""Values from which weights are faster than indices."""


def bootstrap(
    a: Numbers,
    b: Numbers | None = None,
    *,
    statistic: Literal["mean"] | Statistic = "mean",
    method: Method = "bca",
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """A statistic of the paired differences `b - a`, or of `a` alone, with a bootstrap interval.

    `method` is `bca` (bias-corrected and accelerated), `percentile`, or `studentized` (for the mean
    only; the best of the three for skewed values, and still too short below some hundred of them).
    `p` is the error at which the interval would end at 0. Where all values are equal, or all the
    resamples between the ends, there is no interval and no p. Raises `NotEnoughData` below two
    values.
    Raises `InputError` for an unknown method, and for a studentized one of anything but the mean.
    Source: Efron (1987), JASA 82; Efron and Tibshirani (1993), chapters 12 to 14.

    >>> bootstrap([1.0, 2.0, 4.0, 7.0, 11.0], resamples=2000).value
    5.0
    """
    check_level(level)
    check_resamples(resamples)
    if method not in get_args(Method):
        raise InputError(f"method is {method!r}; use one of {', '.join(get_args(Method))}.")
    if b is None:
        values, warnings = finite(a, "a")
    else:
        first, second, warnings = pairs(a, b)
        values = second - first
    at_least(len(values), 2, "values")
    values = np.sort(values)
    name = f"bootstrap ({method})"
    rng = generator(seed)
    n = len(values)
    if no_spread(float(values[-1]) - float(values[0]), float(np.abs(values).max())):
        value = float(_apply(statistic, values[None, :])[0])
        return unknown_spread(
            value, n=n, method=name, level=level, warnings=warnings, equal=f"{n} values"
        )
    if method == "studentized":
        if statistic != "mean":
            raise InputError("The studentized bootstrap is for the mean; use bca.")
        value, low, high, p = _studentized(values, resamples, level, rng)
    else:
        value = float(_apply(statistic, values[None, :])[0])
        drawn = (
            mean_resamples(values[:, None], resamples, rng)[:, 0]
            if statistic == "mean"
            else _resamples(values, statistic, resamples, rng)
        )
        bias, acceleration = (
            (_bias(drawn, value), _acceleration(values, statistic))
            if method == "bca"
            else (0.0, 0.0)
        )
        if not (math.isfinite(bias) and math.isfinite(acceleration) and np.isfinite(drawn).all()):
            raise InputError("The values are too large to resample; use a smaller unit.")
        low, high = bca_ends(drawn, bias, acceleration, level)
        p = _bca_p(drawn, bias, acceleration)
    if low == high:
        return unknown_spread(
            value,
            n=n,
            method=name,
            level=level,
            warnings=warnings,
            equal="resamples within `level`",
        )
    return Estimate(value, low, high, p, n, name, level, warnings)


def generator(seed: int) -> np.random.Generator:
    """The generator of all resampling here: the fastest one that numpy has."""
    return np.random.Generator(np.random.SFC64(seed))


def check_resamples(resamples: int) -> None:
    """Raises `InputError` below 100 resamples, too few for the ends of any interval."""
    if resamples < 100:
        raise InputError(f"resamples is {resamples}; use 100 or more, such as 10,000.")


def mean_resamples(columns: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Means of bootstrap resamples of the rows of `columns`, shapes (n, k) to (resamples, k)."""
    n, k = columns.shape
    centre = columns.mean(axis=0)
    spread = np.maximum(np.abs(columns - centre).max(axis=0), np.finfo(float).tiny)
    scaled = (columns - centre) / spread
    draw = _by_weights if n >= WEIGHTS_FROM else _by_indices
    sums = np.empty((resamples, k))
    batch = max(1, CELLS // (10 * n if n >= WEIGHTS_FROM else n))
    for start in range(0, resamples, batch):
        stop = min(start + batch, resamples)
        sums[start:stop] = draw(scaled, stop - start, rng)
    return np.asarray(centre + spread * sums / n)


def _by_indices(scaled: Floats, rows: int, rng: np.random.Generator) -> Floats:
    n = len(scaled)
    return np.asarray(scaled[rng.integers(0, n, size=(rows, n))].sum(axis=1))


def _by_weights(scaled: Floats, rows: int, rng: np.random.Generator) -> Floats:
    """Sums of n draws: Poisson weights for all but some 6 sqrt(n) of them, indices for the rest."""
    n, k = scaled.shape
    words = rng.integers(0, 2**64, size=(rows, -(-n // 4)), dtype=np.uint64)
    uniform = words.view(np.uint16)[:, :n]
    weights = np.zeros((rows, n), dtype=np.uint8)
    for threshold in _thresholds(1 - 6 / math.sqrt(n)):
        weights += uniform >= threshold
    single = np.column_stack([np.ones(n), scaled]).astype(np.float32)
    drawn = (weights.astype(np.float32) @ single).astype(float)
    # Six standard deviations below n: more than n draws come once in a billion resamples.
    missing = np.maximum(0, n - np.rint(drawn[:, 0])).astype(int)
    owner = np.repeat(np.arange(rows), missing)
    extra = scaled[rng.integers(0, n, size=len(owner))]
    sums = drawn[:, 1:]
    for column in range(k):
        sums[:, column] += np.bincount(owner, weights=extra[:, column], minlength=rows)
    return sums


def _thresholds(rate: float) -> list[int]:
    """A uniform 16-bit number is a Poisson one when counted by how many of these it reaches."""
    found, below, term = [], 0.0, math.exp(-rate)
    for k in range(1, 20):
        below += term
        term *= rate / k
        if round(below * 65536) < 65536:
            found.append(round(below * 65536))
    return found


def _resamples(
    values: Floats, statistic: Statistic, resamples: int, rng: np.random.Generator
) -> Floats:
    n = len(values)
    batch = max(1, CELLS // n)
    parts = [
        _apply(statistic, values[rng.integers(0, n, size=(min(batch, resamples - start), n))])
        for start in range(0, resamples, batch)
    ]
    return np.concatenate(parts)


def _apply(statistic: Literal["mean"] | Statistic, samples: Floats) -> Floats:
    found = np.asarray(
        samples.mean(axis=1) if isinstance(statistic, str) else statistic(samples), dtype=float
    )
    if found.shape != samples.shape[:1]:
        raise InputError(
            f"statistic gave shape {found.shape} for samples of shape {samples.shape}; "
            "it must give one number a row."
        )
    return found


def _bias(drawn: Floats, value: float) -> float:
    from scipy.special import ndtri

    below = (drawn < value).mean() + (drawn == value).mean() / 2
    return float(ndtri(_inside(float(below), len(drawn))))


def _acceleration(values: Floats, statistic: Literal["mean"] | Statistic) -> float:
    """Skewness of the jackknife's influence values; those of a mean need no jackknife."""
    if isinstance(statistic, str):
        influence = values - values.mean()
    else:
        n = len(values)
        index = np.arange(n - 1)
        parts = [
            _apply(statistic, values[index + (index >= left[:, None])])
            for left in np.array_split(np.arange(n), math.ceil(n * n / CELLS))
        ]
        without = np.concatenate(parts)
        influence = without.mean() - without
    squares = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0


def bca_ends(drawn: Floats, bias: float, acceleration: float, level: float) -> tuple[float, float]:
    """The interval's ends among the resampled values; percentile without bias and acceleration."""
    from scipy.special import ndtr, ndtri

    z = bias + ndtri(np.array([0.5 - level / 2, 0.5 + level / 2]))
    shares = ndtr(bias + z / (1 - acceleration * z))
    low, high = np.quantile(drawn, shares)
    return float(low), float(high)


def _bca_p(drawn: Floats, bias: float, acceleration: float) -> float:
    """The error at which the interval would end at 0: `bca_ends` solved for the level."""
    from scipy.special import ndtr, ndtri

    share = _inside(float((drawn < 0).mean() + (drawn == 0).mean() / 2), len(drawn))
    w = float(ndtri(share)) - bias
    z = w / (1 + acceleration * w) - bias
    return float(2 * ndtr(-abs(z)))


def _inside(share: float, resamples: int) -> float:
    """A share kept one resample away from 0 and 1, where its normal quantile is infinite."""
    return min(max(share, 1 / (resamples + 1)), resamples / (resamples + 1))


def _studentized(
    values: Floats, resamples: int, level: float, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    n, mean = len(values), float(values.mean())
    centred = values - mean
    drawn = mean_resamples(np.column_stack([centred, centred**2]), resamples, rng)
    variance = np.maximum(0.0, drawn[:, 1] - drawn[:, 0] ** 2)
    # A resample of one value over and over has no spread; its t is as large as any.
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(variance > 0, drawn[:, 0] / np.sqrt(variance / (n - 1)), 0.0)
    t[variance <= 0] = np.copysign(np.inf, drawn[variance <= 0, 0])
    se = float(values.std(ddof=1)) / math.sqrt(n)
    if not 0 < se < math.inf:
        raise InputError("The values' squares are no numbers; use another unit.")
    ends = np.quantile(t, [0.5 - level / 2, 0.5 + level / 2], method="inverted_cdf")
    observed = mean / se
    above = (1 + int((t >= observed).sum())) / (resamples + 1)
    below = (1 + int((t <= observed).sum())) / (resamples + 1)
    low, high = mean - float(ends[1]) * se, mean - float(ends[0]) * se
    return mean, low, high, min(1.0, 2 * min(above, below))
