"""Looks for any estimator: the level at which to ask it now, so that all looks keep the level.

An estimator that gives an interval at any level can be looked at repeatedly: at each look it is
asked at a stricter level, and its p is turned into one that allows for every look so far.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import check_level
from tailor_lab.stats.looks.anytime import tuning
from tailor_lab.stats.looks.sequential import boundaries

_FARTHEST_Z = 7.5
"""Beyond it no level below 1 can be told from 1."""
_ANYTIME_FROM = 50
_P_NODES = 60
"""Enough for five digits of a p, a tenth of the time of 200."""


def look_level(
    fractions: Sequence[float], *, level: float = 0.95, final: bool = False
) -> float | None:
    """The level of the interval at the last of these looks; None where it is too early for one.

    `fractions` are the shares of the planned data at each look so far, rising; `final` spends all
    error that is left. Source: Lan and DeMets (1983); Jennison and Turnbull (2000), ch. 9.

    >>> round(look_level([0.5, 1.0], final=True), 3)
    0.951
    """
    check_level(level)
    return _look_level(tuple(fractions), level, final)


@lru_cache(maxsize=256)
def _look_level(fractions: tuple[float, ...], level: float, final: bool) -> float | None:
    found = boundaries(np.array(fractions, dtype=float), alpha=1 - level, final=final)
    return _level_of(float(found[-1]))


def look_p(p_values: Sequence[float], fractions: Sequence[float], *, final: bool = False) -> float:
    """The smallest error at which any of the looks so far would have been significant.

    `p_values` are those of the looks as if each were the only one.
    `fractions` are the shares of information at the looks, rising. Raises `InputError` where there
    are not as many.
    Source: Jennison and Turnbull (2000), ch. 9, repeated p-values.

    >>> look_p([0.2, 0.01], [0.5, 1.0], final=True) < 0.02
    True
    """
    if len(p_values) != len(fractions):
        raise InputError("Every look needs its p-value and its fraction.")
    return _look_p(tuple(p_values), tuple(fractions), final)


@lru_cache(maxsize=1024)
def _look_p(p_values: tuple[float, ...], fractions: tuple[float, ...], final: bool) -> float:
    from scipy.optimize import brentq
    from scipy.stats import norm

    sizes = [min(40.0, float(norm.isf(max(p, 1e-300) / 2))) for p in p_values]
    times = np.array(fractions, dtype=float)

    def beyond(log_alpha: float) -> float:
        bounds = boundaries(times, alpha=math.exp(log_alpha), final=final, nodes=_P_NODES)
        return max(size - min(float(b), 40.0) for size, b in zip(sizes, bounds, strict=True))

    lowest, highest = math.log(1e-10), math.log(0.999)
    if beyond(highest) < 0:
        return 1.0
    if beyond(lowest) > 0:
        return 1e-10
    return math.exp(float(brentq(beyond, lowest, highest, xtol=1e-6)))


def anytime_level(n: int, planned: int, *, level: float = 0.95) -> float | None:
    """The level of the interval after `n` of `planned` values that are watched all the time.

    None below 50 values; the same boundary as `confidence_sequence`.
    Raises `InputError` where `planned` is below 1.
    Source: that of `confidence_sequence`.

    >>> round(anytime_level(200, 200), 4)
    0.9976
    """
    check_level(level)
    if planned < 1:
        raise InputError(f"planned is {planned}; it must be 1 or more.")
    if n < _ANYTIME_FROM:
        return None
    alpha = 1 - level
    grown, share = _grown(n, planned, alpha)
    return _level_of(math.sqrt(math.log(grown / alpha**2) / share))


def anytime_p(p: float, n: int, planned: int, *, level: float = 0.95) -> float:
    """The p of a single look after `n` values as one that allows for watching all the time.

    `planned` is the number of values at which the sequence is narrowest.
    Source: that of `confidence_sequence`.

    >>> round(anytime_p(0.04, 200, 200), 2)
    0.46
    """
    from scipy.stats import norm

    grown, share = _grown(n, planned, 1 - level)
    z = min(40.0, float(norm.isf(max(p, 1e-300) / 2)))
    return math.exp(min(0.0, 0.5 * math.log(grown) - 0.5 * z * z * share))


def _grown(n: int, planned: int, alpha: float) -> tuple[float, float]:
    information = n * tuning(planned, alpha)
    return information + 1, information / (information + 1)


def _level_of(z: float) -> float | None:
    from scipy.stats import norm

    return 1 - 2 * float(norm.sf(z)) if z < _FARTHEST_Z else None
