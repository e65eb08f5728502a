"""What looking costs: how many times more items planned looks need for the same power."""

import math
from functools import lru_cache

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Floats
from tailor_lab.stats.looks.sequential import boundaries

_NODES = 200


@lru_cache(maxsize=64)
def look_inflation(looks: int, *, alpha: float = 0.05, target: float = 0.8) -> float:
    """Items that `looks` O'Brien-Fleming looks at equal shares need, over those of one look.

    `target` is the power. Raises `InputError` where `looks` is below 1.
    Source: Jennison and Turnbull (2000), §2.3 and §7.2: the drift that gives the power, squared.

    >>> look_inflation(1)
    1.0
    >>> 1.02 < look_inflation(5) < 1.04
    True
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    if looks < 1:
        raise InputError(f"looks is {looks}; use 1 or more.")
    one = float(norm.ppf(1 - alpha / 2) + norm.ppf(target))
    if looks == 1:
        return 1.0
    times = np.arange(1, looks + 1) / looks
    bounds = boundaries(times, alpha=alpha, final=True)
    drift = brentq(lambda d: chance_to_cross(times, bounds, d) - target, one * 0.9, one * 1.5)
    return float((drift / one) ** 2)


def chance_to_cross(times: Floats, bounds: Floats, drift: float) -> float:
    """The chance that Brownian motion with this drift leaves upwards at one of the looks."""
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    inside, mass, before, crossed = np.zeros(1), np.ones(1), 0.0, 0.0
    for now, bound in zip(times.tolist(), bounds.tolist(), strict=True):
        step, root = math.sqrt(now - before), math.sqrt(now)
        moved = inside + drift * (now - before)
        edge = min(bound, 9.0) * root
        crossed += float(mass @ ndtr((moved - edge) / step)) if math.isfinite(bound) else 0.0
        centre = drift * now
        low, high = -edge, min(edge, centre + 9.0 * root)
        places = low + (nodes + 1) * (high - low) / 2
        gaps = (places[:, None] - moved) / step
        density = np.exp(-0.5 * gaps**2) @ mass / (step * math.sqrt(2 * math.pi))
        inside, mass, before = places, density * weights * (high - low) / 2, now
    return crossed
