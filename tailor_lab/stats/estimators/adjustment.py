"""Less noise from what was known before: the part of an outcome that a covariate explains."""

from dataclasses import replace

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, numbers
from tailor_lab.stats.summaries.comoments import Comoments, cuped_moments


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
    y_a, x_a, lost_a = _with_covariate(a, before_a, "a")
    y_b, x_b, lost_b = _with_covariate(b, before_b, "b")
    found = cuped_moments(Comoments.of(y_a, x_a), Comoments.of(y_b, x_b), level=level)
    lost = lost_a + lost_b
    notes = (f"{lost} units without two finite values were left out.",) if lost else ()
    return replace(found, warnings=(*notes, *found.warnings))


def _with_covariate(values: Numbers, before: Numbers, name: str) -> tuple[Floats, Floats, int]:
    y, x = numbers(values, name), numbers(before, f"before_{name}")
    if len(y) != len(x):
        raise InputError(f"{name} has {len(y)} values and before_{name} {len(x)}; give as many.")
    keep = np.isfinite(y) & np.isfinite(x)
    return y[keep], x[keep], int((~keep).sum())
