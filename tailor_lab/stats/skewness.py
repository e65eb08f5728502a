"""How much farther than t a one-sided bound must reach where rare values pull to its side.

A mean whose values have a long tail downwards is estimated too high, with too small a standard
error, by most samples: those that missed the tail. Student's lower bound then holds too often.
"""

import math

import numpy as np

from tailor_lab.stats.estimate import Floats


def skewness(values: Floats) -> Floats:
    """Third moment over the cube of the standard deviation, of the last axis; 0 without spread."""
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (centred**3).mean(axis=-1) / spread**3
    return np.asarray(np.nan_to_num(found, posinf=0.0, neginf=0.0))


def freedom(values: Floats) -> Floats:
    """Degrees of freedom of a variance of such values, from their kurtosis; of the last axis.

    2 n / (kurtosis - 1), so that the variance of the variance is right: about n for the normal,
    fewer where tails are long. Source: Satterthwaite's match of moments; Student's t then has the
    spread that the estimated variance has.
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    squares = (centred**2).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = (centred**4).mean(axis=-1) / squares**2
        found = 2 * values.shape[-1] / (kurtosis - 1)
    return np.asarray(np.where(np.isfinite(found) & (found > 0), np.maximum(found, 1.0), np.inf))


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
