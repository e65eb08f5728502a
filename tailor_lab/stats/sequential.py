"""Planned looks: how far a result must be from nothing to count before the data are complete.

Looking early and stopping on luck multiplies false positives. Each look may spend a part of the
error; O'Brien-Fleming spends next to nothing early, so that the last look is nearly as sharp as a
single one. Spending follows the information that has really come in, so looks need not fall where
they were planned, as long as their moments do not depend on the results.
Source: Lan and DeMets (1983), Biometrika 70; Armitage, McPherson and Rowe (1969), JRSS A 132, for
the recursive integration.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, check_level

_GRID = 801
"""Points of the density between two boundaries; Simpson's rule on them errs below 1e-6."""


def spent(fraction: float, alpha: float = 0.05) -> float:
    """The error of both sides that may be spent once this share of the information is in.

    >>> round(spent(0.5), 5), spent(1.0)
    (0.00305, 0.05)
    """
    from scipy.special import ndtr, ndtri

    if fraction >= 1:
        return alpha
    return float(4 * ndtr(-ndtri(1 - alpha / 4) / math.sqrt(fraction)))


def boundaries(fractions: Sequence[float], alpha: float = 0.05) -> tuple[float, ...]:
    """For each look the |z| from which a difference counts; `fractions` of the information rise.

    Raises `InputError` for fractions that do not rise, or are not above 0.

    >>> [round(z, 2) for z in boundaries([0.25, 0.5, 0.75, 1.0])]
    [4.33, 2.96, 2.36, 2.01]
    """
    times = tuple(float(fraction) for fraction in fractions)
    if not times or times[0] <= 0 or any(b <= a for a, b in pairwise(times)):
        raise InputError("The shares of the information at the looks must be above 0 and rise.")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha}; it must lie between 0 and 1, such as 0.05.")
    return _boundaries(times, float(alpha))


def group_sequential(
    estimate: Estimate, fractions: Sequence[float], *, level: float = 0.95
) -> Estimate:
    """The estimate of the present look with an interval that holds at all looks together.

    `estimate` has a standard error and, for small n, degrees of freedom; `fractions` are the shares
    of the planned information at the looks so far, the present one last. The interval covers the
    truth at every look with chance `level`; `p` is the least error at which this look would count.
    """
    check_level(level)
    if estimate.se is None:
        raise InputError(
            f"{estimate.method} has no standard error, so it cannot be looked at early."
        )
    from scipy.optimize import brentq

    z = _z(estimate)
    bound = boundaries(fractions, 1 - level)[-1]
    half = _quantile(bound, estimate.df) * estimate.se

    def lacks(log_alpha: float) -> float:
        return boundaries(fractions, math.exp(log_alpha))[-1] - z

    lowest, highest = math.log(1e-12), math.log(0.999)
    if lacks(highest) > 0:
        p = 1.0
    elif lacks(lowest) < 0:
        p = 1e-12
    else:
        p = math.exp(float(brentq(lacks, lowest, highest, xtol=1e-4)))
    number = len(fractions)
    name = f"{estimate.method}, look {number}, O'Brien-Fleming"
    low, high = estimate.value - half, estimate.value + half
    return replace(estimate, low=low, high=high, p=p, method=name, level=level)


@lru_cache(maxsize=512)
def _boundaries(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    found = [float(-ndtri(spent(times[0], alpha) / 2))]
    edge = found[0] * math.sqrt(times[0])
    points = np.linspace(-edge, edge, _GRID)
    density = _normal(points, times[0])
    for before, now in pairwise(times):
        step = math.sqrt(now - before)
        weights = density * _simpson(points)
        budget = spent(now, alpha) - spent(before, alpha)

        def excess(c: float) -> float:
            out = ndtr((points - c) / step) + ndtr((-c - points) / step)  # noqa: B023
            return float(weights @ out) - budget  # noqa: B023

        highest = 9.0 * math.sqrt(now)
        edge = highest if excess(highest) > 0 else float(brentq(excess, 0.0, highest, xtol=1e-10))
        found.append(edge / math.sqrt(now))
        nearer = np.linspace(-edge, edge, _GRID)
        kernel = _normal((nearer[:, None] - points[None, :]) / step, 1.0) / step
        density, points = kernel @ weights, nearer
    return tuple(found)


def _normal(x: Floats, variance: float) -> Floats:
    return np.asarray(np.exp(-(x**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance))


def _simpson(points: Floats) -> Floats:
    weights = np.ones(len(points))
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    return np.asarray(weights * (points[1] - points[0]) / 3)


def _z(estimate: Estimate) -> float:
    """How far from 0, as a normal quantile of the same tail."""
    from scipy.special import log_ndtr, ndtri_exp
    from scipy.stats import t

    if not estimate.se:
        return 0.0 if estimate.value == 0 else math.inf
    ratio = abs(estimate.value) / estimate.se
    tail = float(log_ndtr(-ratio)) if estimate.df is None else float(t.logsf(ratio, estimate.df))
    return float(-ndtri_exp(tail))


def _quantile(z: float, df: float | None) -> float:
    """The t that has the tail of a normal z."""
    from scipy.special import ndtr
    from scipy.stats import t

    return z if df is None else float(t.isf(ndtr(-z), df))
