"""Planned looks at unfinished data, without more false positives than one look would give.

The error is spent over the looks by the rule of Lan and DeMets that mimics O'Brien and Fleming:
hardly any at first, nearly all at the end. It depends only on the share of the planned information
at each look, so looks need not be evenly spaced, but must not be timed by what they show.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, check_level, numbers

NODES = 200
"""Gauss-Legendre nodes a look: the boundaries keep eight digits."""


def spent(fraction: float, alpha: float = 0.05) -> float:
    """Error spent, both sides together, once this share of the information is in.

    Source: Lan and DeMets (1983), Biometrika 70(3), with alpha/2 on each side.

    >>> round(spent(0.5), 6)
    0.003051
    """
    from scipy.stats import norm

    if not fraction > 0:
        raise InputError(f"fraction is {fraction}; it must be above 0.")
    z = float(norm.isf(alpha / 4))
    return float(4 * norm.sf(z / math.sqrt(min(fraction, 1.0))))


def boundaries(
    fractions: Numbers,
    *,
    alpha: float = 0.05,
    final: bool = False,
    nodes: int = NODES,
    spend: Callable[[float, float], float] = spent,
) -> Floats:
    """Critical values of |z| at each look, shape (k,), infinite where nothing can be spent yet.

    `fractions` are the shares of the planned information, rising; past 1 nothing more is spent.
    `final` spends at the last look all that is left, whatever its fraction. `nodes` are those of
    the integration at each look: 200 keep eight digits, 60 five. `spend` is the rule: how much of
    `alpha` is spent once a fraction is in.
    Source: Armitage, McPherson and Rowe (1969), JRSS A 132(2), for the recursion.

    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1.0]).round(3).tolist()
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    t = numbers(fractions, "fractions")
    if not (len(t) and t[0] > 0 and (np.diff(t) > 0).all() and np.isfinite(t).all()):
        raise InputError("fractions must be above 0 and rise from look to look.")
    check_level(alpha)
    use = [spend(float(fraction), alpha) for fraction in t]
    if final:
        use[-1] = alpha
    return _boundaries(t, np.diff(np.concatenate([[0.0], use])), nodes)


def _boundaries(t: Floats, shares: Floats, count: int) -> Floats:
    """The recursion on Brownian motion at times t: its density among paths still inside."""
    from scipy.optimize import brentq

    nodes, weights = _legendre(count)
    critical = np.full(len(t), np.inf)
    inside, mass = np.zeros(1), np.ones(1)  # where the paths are, and how likely each is
    before = 0.0
    for k, (now, share) in enumerate(zip(t, shares, strict=True)):
        step = math.sqrt(now - before)
        if share > 1e-14:
            leaving = partial(_leaving, inside, mass, math.sqrt(now), step, float(share))
            if leaving(10.0) < 0:
                critical[k] = brentq(leaving, 0.0, 10.0, xtol=1e-12)
        half = min(critical[k], 9.0) * math.sqrt(now)
        places = nodes * half
        gaps = (places[:, None] - inside) / step
        density = np.exp(-0.5 * gaps**2) @ mass / (step * math.sqrt(2 * math.pi))
        inside, mass, before = places, density * weights * half, float(now)
    return critical


@lru_cache(maxsize=4)
def _legendre(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)


def _leaving(
    inside: Floats, mass: Floats, root: float, step: float, share: float, critical: float
) -> float:
    """How much more than `share` of the paths lies beyond the critical value after this step."""
    from scipy.special import ndtr

    bound = critical * root
    above = ndtr((inside - bound) / step) + ndtr((-inside - bound) / step)
    return float(mass @ above) - share


def group_sequential(
    looks: Sequence[Estimate], planned: int, *, level: float = 0.95, final: bool = False
) -> Estimate:
    """The last of several planned looks, with the interval and p that allow for all of them.

    `looks` are the estimates made so far, the same question on more and more items, whose `n` over
    `planned` is the share of information. The interval is a repeated confidence interval: all of
    them together hold with chance `level`. `p` is the smallest error at which any look would have
    been significant. Ends are None before anything can be decided. Small samples use Student's t at
    the boundary's nominal level. Needs the `se` of each look.
    A look whose values did not vary decides nothing, as their spread is not known.
    With `final` the last look spends what error is left, even if it came before `planned`. Raises
    `InputError` where there is no look, or one has no standard error.
    Source: Jennison and Turnbull (2000), ch. 7 and 9.

    >>> from tailor_lab.stats import paired
    >>> half = paired([0, 0, 0, 0], [1, 2, 3, 1])
    >>> whole = paired([0] * 8, [1, 2, 3, 1, 2, 1, 2, 2])
    >>> group_sequential([half, whole], 8).n
    8
    """
    check_level(level)
    if not looks:
        raise InputError("There is no look yet.")
    if planned < 1:
        raise InputError(f"planned is {planned}; it must be 1 or more.")
    last = looks[-1]
    if any(look.se is None and not _without_spread(look) for look in looks):
        raise InputError(f"{last.method} has no standard error; planned looks need one.")
    fractions = np.array([look.n / planned for look in looks])
    bound = _student(float(boundaries(fractions, alpha=1 - level, final=final)[-1]), last.df)
    name = f"{last.method}, look {len(looks)} at {fractions[-1]:.0%} (O'Brien-Fleming)"
    notes = last.warnings
    if fractions[-1] > 1:
        notes = (*notes, f"{last.n} items are more than the {planned} planned.")
    low = high = None
    if last.se is None:
        notes = (*notes, "A look whose spread is not known decides nothing.")
    elif math.isfinite(bound):
        low, high = last.value - bound * last.se, last.value + bound * last.se
    else:
        notes = (*notes, "Too early: at this look no result could be significant.")
    p = _repeated_p(looks, fractions, final)
    return Estimate(last.value, low, high, p, last.n, name, level, notes, last.se, last.df)


def _without_spread(look: Estimate) -> bool:
    """Whether the look's values did not vary, which is no lack of its method."""
    return any("spread is not known" in warning for warning in look.warnings)


def _student(z: float, df: float | None) -> float:
    """Student's t that is exceeded as rarely as z by a normal value."""
    from scipy.stats import norm, t

    if df is None or not math.isfinite(z):
        return z
    return float(t.isf(norm.sf(z), df))


def _repeated_p(looks: Sequence[Estimate], fractions: Floats, final: bool) -> float:
    from scipy.optimize import brentq

    sizes = [_size(look) for look in looks]

    def beyond(log_alpha: float) -> float:
        """How far the boldest look lies above the boundaries at this error."""
        bounds = boundaries(fractions, alpha=math.exp(log_alpha), final=final)
        pairs = zip(sizes, bounds, strict=True)
        return max(size - min(float(bound), 40.0) for size, bound in pairs)

    lowest, highest = math.log(1e-10), math.log(0.999)
    if beyond(highest) < 0:
        return 1.0
    if beyond(lowest) > 0:
        return 1e-10
    return math.exp(float(brentq(beyond, lowest, highest, xtol=1e-9)))


def _size(look: Estimate) -> float:
    """|z| that is as rare as the look's |t|."""
    from scipy.stats import norm, t

    if not look.se:
        return 0.0
    size = abs(look.value / look.se)
    return size if look.df is None else min(40.0, float(norm.isf(t.sf(size, look.df))))
