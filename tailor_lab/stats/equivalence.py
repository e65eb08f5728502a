"""Equivalence: whether a difference is too small to matter, which no large p-value can show."""

from dataclasses import replace

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Numbers, pairs
from tailor_lab.stats.estimators.equal_differences import tail_within
from tailor_lab.stats.estimators.means import paired


def equivalence(a: Numbers, b: Numbers, *, margin: float, level: float = 0.95) -> Estimate:
    """Two one-sided tests that the mean of `b - a` over pairs lies within plus or minus `margin`.

    `p` is the larger of the two: below 1 - `level` the difference is too small to matter. The
    interval has level 2 `level` - 1, the one that lies within the margin exactly then. Where all
    differences are equal both follow `paired`, and p is None where that knows no interval.
    Raises `InputError` for a margin that is not above 0, `NotEnoughData` below two pairs.
    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.
    """
    from scipy.stats import t

    if not margin > 0:
        raise InputError(f"margin is {margin}; it must be above 0.")
    name = "equivalence (two one-sided t)"
    estimate = paired(a, b, level=2 * level - 1)
    if estimate.se is None or estimate.df is None:
        if estimate.p is None:
            return replace(estimate, method=name)
        first, second, _ = pairs(a, b)
        room = max(0.0, margin - abs(estimate.value))
        spread = float(np.ptp(np.concatenate([first, second])))
        p = tail_within(room, estimate.value, spread, len(first))
        name = f"equivalence ({estimate.method})"
    else:
        below = t.sf((estimate.value + margin) / estimate.se, estimate.df)
        above = t.cdf((estimate.value - margin) / estimate.se, estimate.df)
        p = float(max(below, above))
    return replace(estimate, p=p, method=name)
