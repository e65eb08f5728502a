"""A few human labels that correct many labels of a judge.

A judge is cheap and biased, humans are dear and right. The judge's mean over all items is corrected
by how far judge and humans differ on the items that have both; the interval holds however bad the
judge is, and a judge that tells nothing is given no weight.
"""

import math

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Numbers,
    at_least,
    check_level,
    from_t,
    numbers,
    same_length,
)


def prediction_powered(
    a: Numbers,
    b: Numbers,
    judged_a: Numbers,
    judged_b: Numbers,
    *,
    clusters: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean of `b - a` by human labels over pairs, made sharper by a judge's labels of more pairs.

    All have shape (n,). `a` and `b` are human labels, nan where there is none; `judged_a` and
    `judged_b` are the judge's of the same items. The labelled items must be a random part of all.
    The judge's weight, from 0 to 1, is the one of least variance. Items with the same label in
    `clusters` are not independent. Raises `NotEnoughData` below three labelled pairs, below two
    pairs that only the judge saw, or below two clusters, `InputError` where labels differ in number
    or nothing varies.
    Source: Angelopoulos et al. (2023), Science 382, algorithm 1; Angelopoulos, Duchi and Zrnic
    (2023), "PPI++", for the weight; clusters by sums of influences, Liang and Zeger
    (1986).

    >>> nan = float("nan")
    >>> before, after = [1.0, 2.0, 3.0, nan, nan, nan], [2.0, 2.5, 5.0, nan, nan, nan]
    >>> judged = [2.0, 2.0, 4.0, 3.0, 2.0, 4.0], [3.0, 2.5, 6.0, 4.0, 4.0, 5.0]
    >>> round(prediction_powered(before, after, *judged).value, 3)
    1.296
    """
    check_level(level)
    first, second = numbers(a, "a"), numbers(b, "b")
    judged = numbers(judged_b, "judged_b"), numbers(judged_a, "judged_a")
    if len({len(first), len(second), len(judged[0]), len(judged[1])}) > 1:
        raise InputError("a, b, judged_a and judged_b need one value for each item.")
    human, judge = second - first, judged[0] - judged[1]
    usable = np.isfinite(judge)
    lost = int((~usable).sum())
    warnings = (f"{lost} pairs that the judge did not label were left out.",) if lost else ()
    labelled = usable & np.isfinite(human)
    rest = usable & ~labelled
    n, m = int(labelled.sum()), int(rest.sum())
    at_least(n, 3, "pairs with human labels")
    at_least(m, 2, "pairs with a judge's labels alone")
    y, f, g = human[labelled], judge[labelled], judge[rest]
    spread = float(np.concatenate([f, g]).var(ddof=1))
    weight = 0.0
    if spread > 0:
        covariance = float(np.cov(y, f)[0, 1])
        weight = min(1.0, max(0.0, covariance / ((1 + n / m) * spread)))
    rectified = y - weight * f
    value = float(rectified.mean() + weight * g.mean())
    influence = np.zeros(len(human))
    # The weight is fitted to the labelled pairs, which costs them a second degree of freedom.
    influence[labelled] = (rectified - rectified.mean()) / n * math.sqrt(n / (n - 2))
    influence[rest] = weight * (g - g.mean()) / m * math.sqrt(m / (m - 1))
    if clusters is None:
        parts = float((influence[labelled] ** 2).sum()), float((influence[rest] ** 2).sum())
        variance = sum(parts)
        below = parts[0] ** 2 / (n - 2) + parts[1] ** 2 / (m - 1)
        df = variance**2 / below if below > 0 else float(n - 2)
    else:
        labels = same_length(human, clusters, "cluster labels")
        _, index = np.unique(labels[usable], return_inverse=True)
        groups = int(index.max()) + 1
        at_least(groups, 2, "clusters")
        sums = np.bincount(index, weights=influence[usable])
        variance, df = float((sums**2).sum()) * groups / (groups - 1), float(groups - 1)
    if variance <= 1e-24 * max(1e-276, float(np.abs(y).max()) ** 2):
        raise InputError(
            "All differences are equal, so their spread is not known. Label more pairs."
        )
    method = f"prediction-powered, {n} human labels, judge's weight {weight:.2f}"
    se = math.sqrt(variance)
    return from_t(value, se, df, n=n + m, method=method, level=level, warnings=warnings)
