"""Moments that merge: what an interval needs of millions of rows, kept in a few numbers.

Each group keeps its count, mean and centred sum of squares. Two of them merge into that of all rows
together, so a second look reads only the rows that came since the first. Raw sums of squares are
never used: for values near 1e9 with variance 1 they give a variance of 1e5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Numbers, at_least, check_level, finite, from_t
from tailor_lab.stats.summaries.comoments import Comoments, grouped_comoments

Key = tuple[str, str]
M = TypeVar("M", "Moments", Comoments)


@dataclass(frozen=True)
class Moments:
    """Count, mean, and sum of squared distances from the mean.

    `squares` is that sum, in the unit squared.

    >>> (Moments.of([1.0, 2.0]) + Moments.of([6.0])).variance
    7.0
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Numbers) -> "Moments":
        """The moments of the finite values, shape (n,)."""
        kept, _ = finite(values, "values")
        if len(kept) == 0:
            return cls()
        mean = float(kept.mean())
        return cls(len(kept), mean, float(((kept - mean) ** 2).sum()))

    def __add__(self, other: "Moments") -> "Moments":
        """The moments of both together.

        Source: Chan, Golub and LeVeque (1983), The American Statistician 37(3).
        """
        n = self.n + other.n
        if n == 0:
            return self
        gap = other.mean - self.mean
        mean = self.mean + gap * other.n / n
        return Moments(n, mean, self.squares + other.squares + gap * gap * self.n * other.n / n)

    @property
    def variance(self) -> float:
        """The sample variance. Raises `NotEnoughData` below two values."""
        at_least(self.n, 2, "values")
        return self.squares / (self.n - 1)


def grouped_moments(
    rows: Any,  # a polars frame or lazy frame, or a DuckDB relation: neither is imported here
    metrics: list[str],
    *,
    by: str,
) -> dict[tuple[str, str], Moments]:
    """The moments of each metric in each group of column `by`, in one pass over the rows.

    `grouped_comoments` keeps covariances too, for CUPED and ratios.
    `rows` is a polars frame (lazy ones too) or a DuckDB relation; keys are (group as text, metric).
    Values that are missing, nan or infinite are left out.
    `metrics` are the names of columns.

    >>> import polars
    >>> rows = polars.DataFrame({"variant": ["a", "a", "b"], "usd": [1.0, 3.0, 5.0]})
    >>> grouped_moments(rows, ["usd"], by="variant")["a", "usd"].mean
    2.0
    """
    found = grouped_comoments(rows, {metric: [metric] for metric in metrics}, by=by)
    return {
        key: Moments(moments.n, moments.means[0], moments.products[0][0])
        for key, moments in found.items()
    }


def merged(first: Mapping[Key, M], second: Mapping[Key, M]) -> dict[Key, M]:
    """The moments of the rows of both, for each group and metric of either.

    `first` and `second` are what `grouped_moments` or `grouped_comoments` gave.
    Source: Chan, Golub and LeVeque (1983), The American Statistician 37(3).
    """
    both = {**first, **second}
    return {
        key: first[key] + second[key] if key in first and key in second else both[key]
        for key in both
    }


def unpaired_moments(a: Moments, b: Moments, *, level: float = 0.95) -> Estimate:
    """Mean of `b` minus mean of `a` by Welch's t, from moments alone.

    Raises `NotEnoughData` below two values in either group. Source: Welch (1947).
    Raises `InputError` where a mean is not finite.

    >>> unpaired_moments(Moments.of([1.0, 2.0, 3.0]), Moments.of([3.0, 4.0, 5.0])).value
    2.0
    """
    check_level(level)
    va, vb = a.variance / a.n, b.variance / b.n
    parts = va**2 / (a.n - 1) + vb**2 / (b.n - 1)
    df = float((va + vb) ** 2 / parts) if parts > 0 else float(a.n + b.n - 2)
    if not np.isfinite([a.mean, b.mean]).all():
        raise InputError("The means are not finite; use a smaller unit.")
    se = math.sqrt(va + vb)
    return from_t(
        b.mean - a.mean, se, df, n=a.n + b.n, method="Welch t", level=level,
        largest=max(abs(a.mean), abs(b.mean)), equal="values of each group",
    )  # fmt: skip
