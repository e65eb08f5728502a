"""Many comparisons: p-values that stay honest when several are looked at."""

from typing import Literal, get_args

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Floats, Numbers, numbers

Method = Literal["bonferroni", "holm", "benjamini_hochberg"]


def adjust(p_values: Numbers, method: Method = "holm") -> Floats:
    """Adjusted p-values, shape (k,), in the order given.

    `holm` and `bonferroni` bound the chance of any false positive, `benjamini_hochberg` the share
    of false ones among the positives. Source: Holm (1979); Benjamini and Hochberg (1995).
    `p_values` have shape (k,); `method` is one of the three. Raises `InputError` for another, and
    for a p outside 0 to 1.

    >>> adjust([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    p = numbers(p_values, "p_values")
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError("p-values lie between 0 and 1.")
    k = len(p)
    order = np.argsort(p)
    ranks = np.arange(1, k + 1)
    if method == "bonferroni":
        return np.minimum(p * k, 1.0)
    if method == "holm":
        raised = np.maximum.accumulate(p[order] * (k - ranks + 1))
    elif method == "benjamini_hochberg":
        raised = np.minimum.accumulate((p[order] * k / ranks)[::-1])[::-1]
    else:
        raise InputError(f"method is {method!r}; use one of {', '.join(get_args(Method))}.")
    adjusted = np.empty(k)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
