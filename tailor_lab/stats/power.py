"""Planning: how many items a question needs, and what a number of items can tell.

By default for the mean of paired differences, with Student's t in its exact, non-central form;
`tailor_lab.stats.designs` has the other designs. Sizes are in the unit of the difference.
"""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.designs import Design, Paired
from tailor_lab.stats.estimate import Numbers, at_least, finite
from tailor_lab.stats.looks.inflation import look_inflation

_MOST = 2**40


def power(
    n: int,
    *,
    difference: float,
    sd: float | None = None,
    design: Design | None = None,
    alpha: float = 0.05,
    looks: int = 1,
) -> float:
    """The chance that n items show a true `difference`, two-sided at `alpha`.

    `sd` is the standard deviation of paired differences; `design` describes any other design. The
    far tail is left out, as it would show a difference of the wrong sign. `looks` are planned looks
    at equal shares (O'Brien-Fleming), which need a few per cent more items.
    Source: Cohen (1988), ch. 2, for paired samples; each design names its own.

    >>> round(power(34, difference=0.5, sd=1.0), 2)
    0.81
    """
    chosen = _design(sd, design)
    _positive(alpha=alpha)
    effective = n if looks == 1 else math.floor(n / look_inflation(looks, alpha=alpha))
    return chosen.power(effective, abs(difference), alpha)


def sample_size(
    difference: float,
    *,
    sd: float | None = None,
    design: Design | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
    looks: int = 1,
) -> int:
    """The fewest items with which a true `difference` is shown with power `target`.

    Raises `InputError` where no number can.
    `design` or `sd`, the standard deviation of paired differences, says how much they vary; `looks`
    is the number of planned looks.
    Source: that of `power`, solved for n.

    >>> sample_size(0.5, sd=1.0)
    34
    """
    chosen = _design(sd, design)
    _positive(difference=abs(difference), target=target)

    def enough(n: int) -> bool:
        found = power(n, difference=difference, design=chosen, alpha=alpha, looks=looks)
        return found >= target

    low, high = 2, 4
    while not enough(high):
        low, high = high, high * 2
        if high > _MOST:
            raise InputError("No number of items can show so small a difference.")
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return low


def minimum_detectable(
    n: int,
    *,
    sd: float | None = None,
    design: Design | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
    looks: int = 1,
) -> float:
    """The smallest true difference that n items show with power `target`; infinite if none is.

    `design` or `sd`, the standard deviation of paired differences, says how much they vary; `looks`
    is the number of planned looks.
    Source: that of `power`, solved for the difference.

    >>> round(minimum_detectable(100, sd=1.0), 2)
    0.28
    """
    from scipy.optimize import brentq

    chosen = _design(sd, design)

    def missing(difference: float) -> float:
        found = power(n, difference=difference, design=chosen, alpha=alpha, looks=looks)
        return found - target

    highest = chosen.largest
    if n < 2 or missing(highest) < 0:
        return math.inf
    return float(brentq(missing, 1e-9 * highest, highest))


def simulated_power(
    differences: Numbers,
    *,
    difference: float,
    n: int,
    alpha: float = 0.05,
    rounds: int = 2_000,
    seed: int = 0,
) -> float:
    """The same by drawing: the share of samples of past differences, moved to a true one, found.

    `differences` are past ones, shape (m,), whose own mean is taken off; n of them are drawn with
    replacement, moved by `difference` and tested by Student's t. It needs no normal values. Raises
    `NotEnoughData` below two.
    `rounds` samples are drawn.

    >>> 0.7 < simulated_power([-1.0, 0.0, 1.0, 2.0, -2.0], difference=0.5, n=64) < 0.9
    True
    """
    from scipy.stats import t

    past, _ = finite(differences, "differences")
    at_least(len(past), 2, "past differences")
    at_least(n, 2, "items")
    _positive(alpha=alpha, rounds=rounds)
    rng = np.random.default_rng(seed)
    centred = past - past.mean()
    critical = float(t.ppf(1 - alpha / 2, n - 1))
    found, block = 0, max(1, 2_000_000 // n)
    for start in range(0, rounds, block):
        size = (min(block, rounds - start), n)
        drawn = centred[rng.integers(0, len(centred), size)] + abs(difference)
        errors = drawn.std(axis=1, ddof=1) / math.sqrt(n)
        found += int((drawn.mean(axis=1) > critical * errors).sum())
    return found / rounds


def _design(sd: float | None, design: Design | None) -> Design:
    if (sd is None) == (design is None):
        raise InputError("Give one of sd (of paired differences) and design.")
    return design if design is not None else Paired(sd=sd)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{name} is {value}; it must be above 0.")
