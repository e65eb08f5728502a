"""Several variants against one baseline, with intervals that hold for all of them at once."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    ROUNDING,
    Estimate,
    Numbers,
    at_least,
    check_level,
    numbers,
)

POINTS = 2**17
"""Points of the Sobol sequence: critical values keep three digits."""


def dunnett(a: Numbers, variants: Sequence[Numbers], *, level: float = 0.95) -> list[Estimate]:
    """Mean of each variant minus `a` over the same items, an estimate a variant.

    All have shape (n,), item i of one beside item i of the others; items without a finite value in
    every one are left out. All intervals hold together with chance `level`, and each `p` allows for
    all variants. The correlation of the differences, which share the baseline, is that of the data.
    Raises `NotEnoughData` below three items.
    Raises `InputError` where there is no variant, one lacks values, or one differs by the same
    amount everywhere.
    Source: Dunnett (1955), JASA 50; Hsu (1996), Multiple Comparisons, ch. 3, for any correlation.

    >>> a = [1.0, 2.0, 3.0, 4.0]
    >>> [round(e.value, 3) for e in dunnett(a, [[2.0, 2.5, 4.0, 5.5], [1.0, 2.5, 3.0, 4.5]])]
    [1.0, 0.25]
    """
    check_level(level)
    base = numbers(a, "a")
    others = [numbers(values, "a variant") for values in variants]
    if not others:
        raise InputError("Give one variant or more.")
    if any(len(values) != len(base) for values in others):
        raise InputError("Every variant needs a value for each item of a.")
    table = np.column_stack([values - base for values in others])
    kept = table[np.isfinite(table).all(axis=1)]
    n, k = kept.shape
    at_least(n, 3, "complete items")
    lost = len(table) - n
    notes = (f"{lost} items without a finite value in each were left out.",) if lost else ()
    spread = kept.std(axis=0, ddof=1)
    sizes = np.abs(np.column_stack([base, *others])[np.isfinite(table).all(axis=1)]).max()
    if (spread / np.sqrt(n) <= ROUNDING * sizes).any():
        raise InputError("A variant differs from a by the same amount everywhere; leave it out.")
    values, errors = kept.mean(axis=0), spread / np.sqrt(n)
    worst = _largest_t(np.corrcoef(kept.T).reshape(k, k).tobytes(), k, n - 1)
    critical = float(np.quantile(worst, level))
    found = []
    for value, se in zip(values.tolist(), errors.tolist(), strict=True):
        p = float((worst >= abs(value / se)).mean())
        ends = (value - critical * se, value + critical * se)
        # Where few points lie beyond: Bonferroni's bound, which is tight that far out.
        p = p if p > 100 / len(worst) else _bonferroni(value / se, n - 1, k)
        found.append(
            Estimate(value, *ends, p, n, f"Dunnett, {k} variants", level, notes, se, n - 1)
        )
    return found


@lru_cache(maxsize=2)
def _largest_t(
    correlations: bytes, k: int, df: int
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The largest |t| of k correlated ones, on a fixed scrambled Sobol sequence.

    Kept for a moment, as one comparison asks for several levels of the same data.
    """
    from scipy.special import ndtri
    from scipy.stats import chi2, qmc

    correlation = np.frombuffer(correlations).reshape(k, k)
    sizes, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(sizes, 0))
    points = qmc.Sobol(k + 1, rng=np.random.default_rng(0)).random(POINTS)
    points = np.clip(points, 1e-12, 1 - 1e-12)
    normal = ndtri(points[:, :k]) @ root.T
    scale = np.sqrt(chi2.ppf(points[:, k], df) / df)
    return np.asarray(np.abs(normal).max(axis=1) / scale)


def _bonferroni(t_value: float, df: int, k: int) -> float:
    from scipy.stats import t

    return float(min(1.0, 2 * k * t.sf(abs(t_value), df)))
