"""Planning: how many items a question needs, and what a number of items can tell.

All for the mean of paired differences, with Student's t in its exact, non-central form. Sizes are
in the unit of `sd`, the standard deviation of the differences over items.
"""

import math

from tailor_lab.errors import InputError


def power(n: int, *, difference: float, sd: float, alpha: float = 0.05) -> float:
    """The chance that n pairs show a true `difference`, two-sided at `alpha`.

    The far tail is left out, as it would show a difference of the wrong sign.
    Source: Cohen (1988), ch. 2, for paired samples.

    >>> round(power(34, difference=0.5, sd=1.0), 2)
    0.81
    """
    from scipy.stats import nct, t

    _positive(sd=sd, alpha=alpha)
    if n < 2:
        return 0.0
    shift = abs(difference) / sd * math.sqrt(n)
    return float(nct.sf(float(t.ppf(1 - alpha / 2, n - 1)), n - 1, shift))


def sample_size(difference: float, *, sd: float, target: float = 0.8, alpha: float = 0.05) -> int:
    """The fewest pairs with which a true `difference` is shown with power `target`.

    >>> sample_size(0.5, sd=1.0)
    34
    """
    _positive(difference=abs(difference), sd=sd)
    low, high = 2, 4
    while power(high, difference=difference, sd=sd, alpha=alpha) < target:
        low, high = high, high * 2
        if high > 2**40:
            raise InputError("No number of items can show so small a difference.")
    while low < high:
        middle = (low + high) // 2
        if power(middle, difference=difference, sd=sd, alpha=alpha) < target:
            low = middle + 1
        else:
            high = middle
    return low


def minimum_detectable(n: int, *, sd: float, target: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest true difference that n pairs show with power `target`.

    >>> round(minimum_detectable(100, sd=1.0), 2)
    0.28
    """
    from scipy.optimize import brentq

    _positive(sd=sd)
    if n < 2:
        return math.inf
    highest = 100 * sd
    if power(n, difference=highest, sd=sd, alpha=alpha) < target:
        return math.inf
    root = brentq(
        lambda d: power(n, difference=float(d), sd=sd, alpha=alpha) - target, 1e-9 * sd, highest
    )
    return float(root)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{name} is {value}; it must be above 0.")
