"""Traffic splits from moments alone: two independent groups, of any size, in a few numbers."""

import math

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    NotEnoughData,
    at_least,
    check_level,
    no_spread,
    unknown_spread,
)
from tailor_lab.stats.estimators.proportions import wilson
from tailor_lab.stats.summaries.moments import Moments


def split_proportions(a: Moments, b: Moments, *, level: float = 0.95) -> Estimate:
    """Share of `b` minus share of `a` from the moments of zeros and ones.

    The same as `proportions` of the rows: Newcombe's hybrid interval, Pearson's score test.
    Raises `NotEnoughData` for an empty group, `InputError` for moments of other values.
    Source: Newcombe (1998), Statistics in Medicine 17, method 10.

    >>> a, b = Moments.of([1] * 48 + [0] * 32), Moments.of([1] * 56 + [0] * 14)
    >>> round(split_proportions(a, b).low, 4)
    0.0524
    """
    from scipy.stats import norm

    check_level(level)
    for group, name in ((a, "a"), (b, "b")):
        at_least(group.n, 1, f"values in {name}")
        spread = group.n * group.mean * (1 - group.mean)
        if not -1e-9 <= group.mean <= 1 + 1e-9 or abs(group.squares - spread) > 1e-6 * group.n:
            raise InputError("These are moments of other values than 0 and 1.")
    pa, pb = min(1.0, max(0.0, a.mean)), min(1.0, max(0.0, b.mean))
    z = float(norm.ppf(0.5 + level / 2))
    low_a, high_a = wilson(pa, a.n, z)
    low_b, high_b = wilson(pb, b.n, z)
    value = pb - pa
    low = value - math.hypot(pb - low_b, high_a - pa)
    high = value + math.hypot(high_b - pb, pa - low_a)
    pooled = (a.n * pa + b.n * pb) / (a.n + b.n)
    se = math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n))
    p = 2 * float(norm.sf(abs(value) / se)) if se > 0 else 1.0
    return Estimate(value, low, high, p, a.n + b.n, "Newcombe", level, (), se or None)


def split_ratio(a: Moments, b: Moments, *, level: float = 0.95) -> Estimate:
    """Mean of `b` over mean of `a` in independent groups, with Fieller's interval.

    The value is a factor. The interval lacks an end where the data do not exclude a mean of 0 for
    `a`. `p` tests equal means; there is neither interval nor p where nothing varies. Raises
    `NotEnoughData` below two values in a group or where the mean of `a` is 0.
    Source: Fieller (1954), JRSS B 16; degrees of freedom of Welch (1947).

    >>> split_ratio(Moments.of([1.0, 2.0, 3.0]), Moments.of([2.0, 4.0, 6.0])).value
    2.0
    """
    from scipy.stats import t

    check_level(level)
    for group, which in ((a, "a"), (b, "b")):
        at_least(group.n, 2, f"values in {which}")
    va, vb = a.variance / a.n, b.variance / b.n
    if a.mean == 0:
        raise NotEnoughData("The mean of a is 0: there is nothing to take a share of.")
    parts = va**2 / (a.n - 1) + vb**2 / (b.n - 1)
    df = float((va + vb) ** 2 / parts) if parts > 0 else float(a.n + b.n - 2)
    name, n = "Fieller, independent", a.n + b.n
    se = math.sqrt(va + vb)
    own = math.sqrt((b.mean / a.mean) ** 2 * va + vb)
    # A ratio of 0 from a `b` that is always 0 has no spread either, however `a` varies.
    if no_spread(se, max(abs(a.mean), abs(b.mean))) or own == 0:
        return unknown_spread(
            b.mean / a.mean,
            n=n,
            method=name,
            level=level,
            warnings=(),
            equal="values of each group",
        )
    critical = float(t.ppf(0.5 + level / 2, df)) ** 2
    # {r: (mb - r ma)^2 <= c (vb + r^2 va)}
    qa, qb, qc = a.mean**2 - critical * va, a.mean * b.mean, b.mean**2 - critical * vb
    low = high = None
    if qa > 0:
        inner = math.sqrt(max(0.0, qb * qb - qa * qc))
        low, high = (qb - inner) / qa, (qb + inner) / qa
    p = 2 * float(t.sf(abs(b.mean - a.mean) / se, df))
    return Estimate(b.mean / a.mean, low, high, p, n, name, level, df=df)
