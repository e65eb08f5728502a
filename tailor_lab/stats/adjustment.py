"""Less noise from what was known before: the part of an outcome that a covariate explains."""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    from_t,
    numbers,
)


def cuped(
    a: Numbers, b: Numbers, *, before_a: Numbers, before_b: Numbers, level: float = 0.95
) -> Estimate:
    """Mean of `b` minus mean of `a`, independent groups, less what `before_*` foretold.

    `before_a` has the shape of `a` and holds the same units' values from before the change; a
    covariate that the change can reach makes the answer wrong. The slope is pooled within the
    groups, as in analysis of covariance; the error is Welch's on what the slope leaves. Without
    spread in the covariate it is Welch's t. Raises `NotEnoughData` below three units in a group.
    Source: Deng, Xu, Kohavi and Walker (2013), WSDM, "CUPED".

    >>> a, b = [1.0, 2.0, 3.0, 4.0], [2.0, 3.1, 4.0, 5.1]
    >>> round(cuped(a, b, before_a=[1, 2, 3, 4], before_b=[1, 2, 3, 4]).value, 6)
    1.05
    """
    check_level(level)
    y_a, x_a, lost_a = _with_covariate(a, before_a, "a")
    y_b, x_b, lost_b = _with_covariate(b, before_b, "b")
    at_least(min(len(y_a), len(y_b)), 3, "units in a group")
    centred = [(y - y.mean(), x - x.mean()) for y, x in ((y_a, x_a), (y_b, x_b))]
    spread = sum(float(x @ x) for _, x in centred)
    slope = sum(float(y @ x) for y, x in centred) / spread if spread > 0 else 0.0
    left = [y - slope * x for y, x in centred]
    value = float(y_b.mean() - y_a.mean() - slope * (x_b.mean() - x_a.mean()))
    parts = [float(rest @ rest) / (len(rest) - 1) / len(rest) for rest in left]
    total = sum(parts)
    squares = sum(part**2 / (len(rest) - 1) for part, rest in zip(parts, left, strict=True))
    n = len(y_a) + len(y_b)
    # One degree less, for the slope.
    df = (total**2 / squares if squares > 0 else n - 2.0) - 1
    total_spread = float(np.var(np.concatenate([y_a - y_a.mean(), y_b - y_b.mean()])))
    notes = [
        f"{lost} units without two finite values were left out."
        for lost in (lost_a + lost_b,)
        if lost
    ]
    if total_spread > 0:
        kept = float(np.var(np.concatenate(left))) / total_spread
        notes.append(f"The covariate explains {1 - kept:.0%} of the variance.")
    return from_t(
        value, math.sqrt(total), df, n=n, method="CUPED (Welch)", level=level, warnings=notes
    )


def _with_covariate(values: Numbers, before: Numbers, name: str) -> tuple[Floats, Floats, int]:
    y, x = numbers(values, name), numbers(before, f"before_{name}")
    if len(y) != len(x):
        raise InputError(f"{name} has {len(y)} values and before_{name} {len(x)}; give as many.")
    keep = np.isfinite(y) & np.isfinite(x)
    return y[keep], x[keep], int((~keep).sum())
