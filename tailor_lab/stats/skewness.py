"""How much farther than t a one-sided bound must reach where rare values pull to its side.

A mean whose values have a long tail downwards is estimated too high, with too small a standard
error, by most samples: those that missed the tail. Student's lower bound then holds too often.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tailor_lab.stats.estimate import Floats

FEWEST_SOURCES = 12
"""Clusters from which on a long tail of losses shows in their sums."""
LONG_TAIL = -1.5
"""Skewness of the values of items from which on a tail of losses is long."""


def skewness(values: Floats) -> Floats:
    """Skewness of the last axis without the bias of small samples; 0 without spread.

    The third moment over the cube of the standard deviation falls short of the truth in few values.
    Source: Joanes and Gill (1998), The Statistician 47, G1.
    """
    n, (moment, squares) = values.shape[-1], _moments(values, 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = moment / squares**1.5
    if n > 2:
        found = found * (math.sqrt(n * (n - 1)) / (n - 2))
    return np.asarray(np.nan_to_num(found, posinf=0.0, neginf=0.0))


def freedom(values: Floats) -> Floats:
    """Degrees of freedom of a variance of such values, from their kurtosis; of the last axis.

    2 n / (kurtosis - 1), so that the variance of the variance is right: about n for the normal,
    fewer where tails are long. Source: Satterthwaite's match of moments; Student's t then has the
    spread that the estimated variance has. The kurtosis is Joanes and Gill's (1998) G2.
    """
    n, (moment, squares) = values.shape[-1], _moments(values, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = moment / squares**2 - 3
        if n > 3:
            excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)
        found = 2 * n / (excess + 2)
    return np.asarray(np.where(np.isfinite(found) & (found > 0), np.maximum(found, 1.0), np.inf))


def _moments(values: Floats, order: int) -> tuple[Floats, Floats]:
    """The central moment of this order, and the variance."""
    centred = values - values.mean(axis=-1, keepdims=True)
    return (centred**order).mean(axis=-1), (centred**2).mean(axis=-1)


def hides_losses(values: Floats, sources: int) -> NDArray[np.bool_]:
    """Whether values, up meaning better, have a tail of losses too long for so few sources.

    With eight sources a mean of values of skewness -3 passes a margin that it breaks in 7 to 11 %
    of samples, whatever bound is taken of those below; `benchmarks/decisions.py`.
    """
    return np.asarray((sources < FEWEST_SOURCES) & (skewness(values) < LONG_TAIL))


def unseen(seen: Floats, largest: float | Floats, units: int, tail: float) -> Floats:
    """By how much losses that no unit has shown may lower a mean, with error `tail`.

    `seen` is the largest loss that was seen, `largest` that which the range of the values allows.
    Of `units` that show nothing beyond `seen`, up to 1 - tail^(1 / units) of all may.
    Source: the exact rule of three, Hanley and Lippman-Hand (1983), JAMA 249.

    >>> round(float(unseen(np.array(5.0), 60.0, 40, 0.05)), 2)
    3.97
    """
    share = 1 - tail ** (1 / units)
    return np.asarray(share * np.maximum(0.0, largest - np.maximum(0.0, seen)))


def reach(critical: float, skew: float, n: int) -> float:
    """How many standard errors below the mean its lower bound lies, at least `critical`.

    `critical` is the point of t, `skew` the skewness of the n independent values; only a negative
    one counts. Source: Hall (1992), JRSS B 54, eq. 2.2: the monotone cubic of t whose distribution
    is normal up to order 1 / n.

    >>> reach(1.66, 0.0, 120), round(reach(1.66, -3.0, 120), 2)
    (1.66, 2.07)
    """
    u = min(0.0, skew) / math.sqrt(n)
    if u == 0.0:
        return critical
    inner = 1 + u * (critical - u / 6)
    return max(critical, 3 / u * (math.copysign(abs(inner) ** (1 / 3), inner) - 1))


def transformed(t: Floats, skew: Floats, n: int) -> Floats:
    """t, or Hall's cubic of it where that is smaller and the skewness negative; see `reach`."""
    u = np.minimum(0.0, skew) / math.sqrt(n)
    finite = np.where(np.isfinite(t), t, 0.0)
    cubic = finite + u * finite**2 / 3 + u**2 * finite**3 / 27 + u / 6
    return np.asarray(np.where((u < 0) & np.isfinite(t), np.minimum(t, cubic), t))
