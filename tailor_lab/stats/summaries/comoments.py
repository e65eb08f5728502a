"""Moments of several columns together, so that CUPED and ratios come from one pass over the rows.

Each group keeps its count, its means and the centred sums of products of every two columns. They
merge like `Moments`. A pass sums products of distances from an anchor, the median of some first
rows, which is quick; where the anchor proves to lie so far from a group's mean that digits were
lost, the pass is made again with the engine's own two-moment functions, which lose none.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

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

ANCHOR_ROWS = 2_048
LOST = 1e4
"""A sum of squares this many times its centred one has lost four of its fifteen digits."""


@dataclass(frozen=True)
class Comoments:
    """Count, means (k), and centred sums of products (k by k) of the rows that are complete.

    >>> both = Comoments.of([1.0, 2.0], [3.0, 5.0]) + Comoments.of([3.0], [7.0])
    >>> both.covariance(0, 1)
    2.0
    """

    n: int
    means: tuple[float, ...]
    products: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, *columns: Numbers) -> "Comoments":
        """The moments of columns of shape (n,), of the rows in which all are finite.

        Raises `InputError` where there is no column, or they differ in length.
        """
        if not columns:
            raise InputError("Give one column or more.")
        arrays = [numbers(column, "a column") for column in columns]
        if len({len(array) for array in arrays}) > 1:
            raise InputError("All columns need as many values.")
        table = np.column_stack(arrays)
        table = table[np.isfinite(table).all(axis=1)]
        if len(table) == 0:
            return _made(0, np.zeros(len(arrays)), np.zeros((len(arrays), len(arrays))))
        means = table.mean(axis=0)
        centred = table - means
        return _made(len(table), means, centred.T @ centred)

    def __add__(self, other: "Comoments") -> "Comoments":
        """The moments of both together.

        Source: Chan, Golub and LeVeque (1983), The American Statistician 37(3).
        """
        if len(self.means) != len(other.means):
            raise InputError("Moments of other columns cannot be merged.")
        n = self.n + other.n
        if n == 0:
            return self
        gap = np.subtract(other.means, self.means)
        products = np.add(self.products, other.products)
        products = products + np.outer(gap, gap) * (self.n * other.n / n)
        return _made(n, np.add(self.means, gap * other.n / n), products)

    def covariance(self, first: int, second: int) -> float:
        """The sample covariance of two columns. Raises `NotEnoughData` below two rows.

        `first` and `second` are the places of the columns, from 0.
        """
        at_least(self.n, 2, "complete rows")
        return self.products[first][second] / (self.n - 1)


def _made(n: int, means: Floats, products: Floats) -> Comoments:
    return Comoments(n, tuple(means.tolist()), tuple(map(tuple, products.tolist())))


def grouped_comoments(
    rows: Any,  # a polars frame or lazy frame, or a DuckDB relation: neither is imported here
    metrics: Mapping[str, Sequence[str]],
    *,
    by: str,
) -> dict[tuple[str, str], Comoments]:
    """The moments of each named set of columns in each group of `by`, all in one pass.

    `metrics` names the columns that belong together: a metric and what was known before for CUPED,
    a numerator and its denominator for a ratio. A row counts for a metric where all of its columns
    are finite. Keys are (group as text, metric); `merged` adds those of new rows.
    Raises `InputError` for rows of another kind, and for a metric without columns.

    >>> import polars
    >>> rows = polars.DataFrame({"v": ["a", "a", "b"], "usd": [1.0, 3, 5], "won": [0, 1, 1]})
    >>> grouped_comoments(rows, {"price": ["usd", "won"]}, by="v")["a", "price"].means
    (2.0, 0.5)
    """
    if not metrics or not all(metrics.values()):
        raise InputError("Name one metric or more, each with its columns.")
    if hasattr(rows, "aggregate"):
        engine: _DuckDB | _Polars = _DuckDB(rows, by)
    elif hasattr(rows, "group_by"):
        engine = _Polars(rows, by)
    else:
        raise InputError("rows must be a polars frame or a DuckDB relation.")
    names = sorted({name for columns in metrics.values() for name in columns})
    anchors = engine.anchors(names)
    found, sound = _read(engine.sums(metrics, anchors), metrics, anchors, centred=False)
    if sound:
        return found
    return _read(engine.stable(metrics, anchors), metrics, anchors, centred=True)[0]


def _read(
    rows: Iterable[tuple[Any, ...]],
    metrics: Mapping[str, Sequence[str]],
    anchors: Mapping[str, float],
    *,
    centred: bool,
) -> tuple[dict[tuple[str, str], Comoments], bool]:
    """The moments from rows of (group, then n, sums, sums of products), and whether digits held.

    Sums are those of distances from the anchors; the products stand in the order of `_pairs`.
    """
    answer, sound = {}, True
    for group, *values in rows:
        place = 0
        for metric, columns in metrics.items():
            k = len(columns)
            width = 1 + k + k * (k + 1) // 2
            n, *rest = (float(value or 0.0) for value in values[place : place + width])
            place += width
            sums, upper = np.array(rest[:k]), rest[k:]
            products = np.zeros((k, k))
            for (i, j), product in zip(_pairs(k), upper, strict=True):
                products[i, j] = products[j, i] = product
            shift = np.array([anchors[name] for name in columns])
            inner = products if centred or not n else products - np.outer(sums, sums) / n
            np.fill_diagonal(inner, np.maximum(inner.diagonal(), 0.0))
            sound &= bool((products.diagonal() <= LOST * inner.diagonal()).all())
            means = shift + sums / n if n else np.zeros(k)
            answer[str(group), metric] = _made(int(n), means, inner)
    return answer, sound


def _pairs(k: int) -> list[tuple[int, int]]:
    return list(combinations_with_replacement(range(k), 2))


class _DuckDB:
    """The pass as SQL on a relation."""

    def __init__(self, relation: Any, by: str) -> None:
        self._relation, self._group = relation, quoted(by)

    def anchors(self, names: Sequence[str]) -> dict[str, float]:
        values = (f"cast({quoted(name)} as double)" for name in names)
        medians = ", ".join(f"median({v}) filter (where isfinite({v}))" for v in values)
        (found,) = self._relation.limit(ANCHOR_ROWS).aggregate(medians).fetchall()
        return {name: float(value or 0.0) for name, value in zip(names, found, strict=True)}

    def sums(self, metrics: Mapping[str, Sequence[str]], anchors: Mapping[str, float]) -> Any:
        # Values come out null in rows that are not complete, and sums skip them.
        inner, outer = [f"{self._group} as g"], ["g"]
        for m, columns in enumerate(metrics.values()):
            shifted = [f"(cast({quoted(c)} as double) - {anchors[c]!r}::double)" for c in columns]
            complete = " and ".join(f"isfinite({value})" for value in shifted)
            inner += [
                f"case when {complete} then {value} end as m{m}_{i}"
                for i, value in enumerate(shifted)
            ]
            own = [f"m{m}_{i}" for i in range(len(columns))]
            outer += [f"count({own[0]})", *(f"sum({name})" for name in own)]
            outer += [f"sum({own[i]} * {own[j]})" for i, j in _pairs(len(own))]
        return self._relation.project(", ".join(inner)).aggregate(", ".join(outer), "g").fetchall()

    def stable(self, metrics: Mapping[str, Sequence[str]], anchors: Mapping[str, float]) -> Any:
        outer = [self._group]
        for columns in metrics.values():
            own = [f"(cast({quoted(c)} as double) - {anchors[c]!r}::double)" for c in columns]
            complete = " and ".join(f"isfinite({value})" for value in own)
            keep = f"filter (where {complete})"
            means = [f"(avg({value}) {keep})" for value in own]
            count = f"(count(*) {keep})"
            outer += [count, *(f"{count} * {mean}" for mean in means)]
            outer += [
                f"{count} * (covar_pop({own[i]}, {own[j]}) {keep})" for i, j in _pairs(len(own))
            ]
        return self._relation.aggregate(", ".join(outer), self._group).fetchall()


class _Polars:
    """The pass as polars expressions."""

    def __init__(self, frame: Any, by: str) -> None:
        self._frame, self._by = frame.lazy(), by

    def anchors(self, names: Sequence[str]) -> dict[str, float]:
        import polars as pl

        values = [pl.col(name).cast(pl.Float64) for name in names]
        medians = [value.filter(value.is_finite()).median() for value in values]
        found = self._frame.head(ANCHOR_ROWS).select(medians).collect().row(0)
        return {name: float(value or 0.0) for name, value in zip(names, found, strict=True)}

    def sums(self, metrics: Mapping[str, Sequence[str]], anchors: Mapping[str, float]) -> Any:
        import polars as pl

        values, columns = [pl.col(self._by).alias("group")], []
        for m, names in enumerate(metrics.values()):
            shifted = [pl.col(name).cast(pl.Float64) - anchors[name] for name in names]
            complete = pl.all_horizontal(*(value.is_finite() for value in shifted))
            own = [f"m{m}_{i}" for i in range(len(names))]
            values += [
                pl.when(complete).then(value).alias(name)
                for value, name in zip(shifted, own, strict=True)
            ]
            columns += [pl.col(own[0]).count().alias(f"n{m}")]
            columns += [pl.col(name).sum().alias(f"s{name}") for name in own]
            for i, j in _pairs(len(own)):
                product = f"p{m}_{i}_{j}"
                values.append(pl.when(complete).then(shifted[i] * shifted[j]).alias(product))
                columns.append(pl.col(product).sum())
        return self._frame.select(values).group_by("group").agg(columns).collect().rows()

    def stable(self, metrics: Mapping[str, Sequence[str]], anchors: Mapping[str, float]) -> Any:
        """From each group's own arrays: exact, and rare enough to be slow."""
        wanted = {name for names in metrics.values() for name in names}
        frame = self._frame.select(self._by, *sorted(wanted - {self._by})).collect()
        rows = []
        for (group,), part in frame.group_by(self._by):
            row: list[Any] = [group]
            for names in metrics.values():
                shifted = [numbers(part[name], name) - anchors[name] for name in names]
                moments = Comoments.of(*shifted)
                row += [moments.n, *(moments.n * mean for mean in moments.means)]
                row += [moments.products[i][j] for i, j in _pairs(len(names))]
            rows.append(tuple(row))
        return rows


def cuped_moments(a: Comoments, b: Comoments, *, level: float = 0.95) -> Estimate:
    """`cuped` from moments alone: column 0 is the outcome, column 1 what was known before.

    Raises `NotEnoughData` below three units in a group.
    Source: Deng, Xu, Kohavi and Walker (2013), WSDM, "CUPED", the slope pooled within the groups.
    """
    check_level(level)
    _columns(a, b, 2)
    at_least(min(a.n, b.n), 3, "units in a group")
    spread = a.products[1][1] + b.products[1][1]
    slope = (a.products[0][1] + b.products[0][1]) / spread if spread > 0 else 0.0
    left = [
        max(0.0, g.products[0][0] - 2 * slope * g.products[0][1] + slope**2 * g.products[1][1])
        for g in (a, b)
    ]
    value = b.means[0] - a.means[0] - slope * (b.means[1] - a.means[1])
    total, df = _welch([rest / (g.n - 1) / g.n for rest, g in zip(left, (a, b), strict=True)], a, b)
    everything = a.products[0][0] + b.products[0][0]
    notes = (
        (f"The covariate explains {1 - sum(left) / everything:.0%} of the variance.",)
        if everything > 0
        else ()
    )
    # One degree less, for the slope.
    return from_t(
        value,
        math.sqrt(total),
        df - 1,
        n=a.n + b.n,
        method="CUPED (Welch)",
        level=level,
        warnings=notes,
        largest=max(abs(a.means[0]), abs(b.means[0])),
        equal="values of each group, once adjusted,",
    )


def ratio_moments(a: Comoments, b: Comoments, *, level: float = 0.95) -> Estimate:
    """Ratio of totals of two independent groups: column 0 over column 1, `b`'s over `a`'s.

    The value is a factor, such as 0.8 for a cost per success that is 20 % lower; the logarithm is
    linearised, with Welch's degrees of freedom. Raises `InputError` where a sum is not above 0.
    Source: Deng, Knoblich and Lu (2018), KDD, "Applying the Delta Method in Metric Analytics".
    """
    check_level(level)
    _columns(a, b, 2)
    at_least(min(a.n, b.n), 2, "rows in a group")
    if min(*a.means, *b.means) <= 0:
        raise InputError("A sum is not above 0: the ratio of totals is undefined.")
    parts = []
    for g in (a, b):
        weights = np.array([1 / g.means[0], -1 / g.means[1]])
        parts.append(max(0.0, float(weights @ np.array(g.products) @ weights)) / (g.n - 1) / g.n)
    total, df = _welch(parts, a, b)
    log_ratio = math.log(b.means[0] / b.means[1]) - math.log(a.means[0] / a.means[1])
    name = "ratio of totals (log-ratio delta, Welch)"
    found = from_t(
        log_ratio, math.sqrt(total), df, n=a.n + b.n, method=name, level=level,
        largest=1.0, equal="ratios of each group",
    )  # fmt: skip
    return Estimate(
        math.exp(log_ratio),
        None if found.low is None else math.exp(max(found.low, -700.0)),
        None if found.high is None or found.high >= 700 else math.exp(found.high),
        found.p,
        found.n,
        name,
        level,
        found.warnings,
        None,
        found.df,
    )


def _welch(parts: list[float], a: Comoments, b: Comoments) -> tuple[float, float]:
    """The variance of a difference from those of two means, and Satterthwaite's degrees."""
    squares = sum(part**2 / (g.n - 1) for part, g in zip(parts, (a, b), strict=True))
    total = sum(parts)
    return total, total**2 / squares if squares > 0 else a.n + b.n - 2.0


def _columns(a: Comoments, b: Comoments, needed: int) -> None:
    if {len(a.means), len(b.means)} != {needed}:
        raise InputError(f"This needs moments of {needed} columns together.")


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'
