"""Decides many simulated experiments at once, by the rules that decide a real one.

A decision needs no interval, only the sides of a few points: is the lower end above 0, or above
minus the margin, and is the upper end below the margin? Each is a test of that point, so a table of
`rounds` whole experiments, arrays of shape (rounds, items), is decided by array operations alone.
The tests are those of the estimators that a comparison uses: Student's t over pairs, CR2 with
Bell-McCaffrey degrees of freedom over clusters, the score test of `clustered_proportions`, and
Fieller's test of the ratio of means. `tests/experiment/test_operating.py` compares the two.

Two things are simpler than in a comparison: several variants share every error by Bonferroni,
whatever the kind, and missing runs and the gates that they close are left out.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tailor_lab.experiment.analysis.data.question import ANYTIME_COSTS, ANYTIME_ITEMS
from tailor_lab.experiment.analysis.verdicts.gates import FEWEST_CLUSTERS, FEWEST_ITEMS
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.looks import Look, Looks, asked_level
from tailor_lab.experiment.settled import round_sizes
from tailor_lab.experiment.verdict import ALPHA
from tailor_lab.stats.estimate import Floats
from tailor_lab.stats.estimators.clustered_shares import evidence
from tailor_lab.stats.estimators.clusters import bell_mccaffrey
from tailor_lab.stats.looks.anytime import SKEW_RULE
from tailor_lab.stats.skewness import freedom, hides_losses, skewness, transformed, unseen

Index = NDArray[np.intp]
Statuses = NDArray[np.int8]
"""1: met, or the variant qualifies; -1: failed, or it is rejected; 0: open."""
Method = Literal["mean", "share", "ratio"]
Goal = Literal["better", "not_worse"]


@dataclass(frozen=True)
class Aim:
    """What is asked of one metric; `margin` is in the unit that is judged."""

    name: str
    method: Method
    up: float
    """1 where higher is better, else -1."""
    margin: float | None
    worst: float | None = None
    """The worst value that there can be, where the metric's bounds are known."""

    @classmethod
    def of(cls, metric: Metric, *, baseline_mean: float | None = None) -> "Aim":
        """A metric's question; a cost's margin in its own unit is a share of `baseline_mean`."""
        relative = metric.margin_is_relative or metric.kind in {"cost", "latency"}
        method: Method = "ratio" if relative else "share" if metric.kind == "binary" else "mean"
        margin = metric.margin_value if metric.margin is not None else None
        if margin is not None and relative and not metric.margin_is_relative:
            margin = margin / baseline_mean if baseline_mean else None
        up = 1.0 if metric.better == "higher" else -1.0
        worst = metric.bounds[0 if up > 0 else 1] if metric.bounds else None
        return cls(metric.name, method, up, margin, worst)


@dataclass(frozen=True)
class Placement:
    """Where the interval of one metric lies, up meaning better, in many experiments at once."""

    distance: Callable[[float], Floats]
    """How many standard errors, those of the test of that point, the estimate is above a point."""
    df: float
    known: Floats
    """How many standard errors the baseline's mean is above 0 where a share of it is judged, else
    infinite: below the critical value Fieller's interval has no ends."""
    skew: Floats | None = None
    """Skewness of the independent units, up meaning better; None where the test needs none."""
    units: int = 0
    freedom: Floats | None = None
    """Degrees of freedom that the units' long tails leave to the bound of a loss."""
    hidden: NDArray[np.bool_] | None = None
    """Whether there are too few sources for a tail of losses as long as this."""
    value: Floats | None = None
    """The estimate, up meaning better, where unseen losses count."""
    lost: Callable[[float], Floats] | None = None
    """By how much losses that were not seen may lower it, with such an error."""

    def safely_above(self, point: float, tail: float | None) -> NDArray[np.bool_]:
        """Whether the loss that ends at the point is excluded, however the units are skewed."""
        distance = self.distance(point)
        if self.skew is None or self.freedom is None or tail is None:
            return self._beyond(distance, tail)
        from scipy.stats import t

        long = t.isf(tail, np.minimum(self.df, self.freedom)) / critical_value(self.df, tail)
        safe = self._beyond(transformed(distance, self.skew, self.units) / long, tail)
        if self.hidden is not None:
            safe &= ~self.hidden
        if self.lost is not None and self.value is not None:
            safe &= self.value - self.lost(tail) > point
        return safe

    def above(self, point: float, tail: float | None) -> NDArray[np.bool_]:
        """Whether the lower end, with error `tail`, is above the point; never without a level."""
        return self._beyond(self.distance(point), tail)

    def below(self, point: float, tail: float | None) -> NDArray[np.bool_]:
        """Whether the upper end is below the point."""
        return self._beyond(-self.distance(point), tail)

    def _beyond(self, distance: Floats, tail: float | None) -> NDArray[np.bool_]:
        if tail is None:
            return np.zeros(distance.shape, dtype=bool)
        critical = critical_value(self.df, tail)
        return np.asarray((distance > critical) & (self.known > critical))


def standing(asked: Aim, a: Floats, b: Floats, index: Index | None) -> Placement:
    """What the values under the baseline and the variant, shape (rounds, n), say of one metric.

    `index` holds the number of each item's cluster, from 0 on, without gaps.
    """
    up = asked.up
    if asked.method == "share":
        found = evidence(a, b, index)
        return Placement(
            lambda point: up * found.score(up * point), found.df, np.full(a.shape[:-1], np.inf)
        )
    df = a.shape[-1] - 1.0
    if index is not None:
        df = bell_mccaffrey(np.bincount(index) / len(index))
    if asked.method == "mean":
        differences = b - a
        value, variance = differences.mean(axis=-1), _covariance(differences, differences, index)
        units = _units(up * differences, index)
        return Placement(
            lambda point: _scaled(up * value - point, variance),
            df,
            np.full(a.shape[:-1], np.inf),
            skewness(units),
            units.shape[-1],
            freedom(units),
            hides_losses(up * differences, units.shape[-1]) if index is not None else None,
            up * value,
            _lost(asked, a, b, units.shape[-1]),
        )
    mean_a, mean_b = a.mean(axis=-1), b.mean(axis=-1)
    var_a, var_b, both = (_covariance(x, y, index) for x, y in ((a, a), (b, b), (a, b)))

    def distance(point: float) -> Floats:
        ratio = 1 + up * point
        variance = var_b - 2 * ratio * both + ratio**2 * var_a
        return _scaled(up * (mean_b - ratio * mean_a), np.maximum(0.0, variance))

    estimated = mean_b / np.where(mean_a == 0, 1.0, mean_a)
    rest = up * (b - estimated[..., None] * a)
    units, known = _units(rest, index), _scaled(mean_a, var_a)
    return Placement(
        distance,
        df,
        known,
        skewness(units),
        units.shape[-1],
        freedom(units),
        hides_losses(rest, units.shape[-1]) if index is not None else None,
        up * (estimated - 1),
        _lost(asked, a, b, units.shape[-1]),
    )


def _lost(asked: Aim, a: Floats, b: Floats, units: int) -> Callable[[float], Floats] | None:
    """How much of the judged mean may be lost unseen; None where the values' bounds are not known.

    As `Question.cautious` has it.
    """
    if asked.worst is None:
        return None
    mean = a.mean(axis=-1)
    largest = np.maximum(0.0, asked.up * (mean - asked.worst))
    seen = (asked.up * (a - b)).max(axis=-1)
    scale = mean if asked.method == "ratio" else 1.0
    return lambda tail: unseen(seen, largest, units, tail) / scale


def _units(values: Floats, index: Index | None) -> Floats:
    """What comes independently around its mean: items, or sums by cluster."""
    centred = values - values.mean(axis=-1, keepdims=True)
    return centred if index is None else cluster_sums(centred, index)


def primary_status(
    found: Placement, margin: float | None, goal: Goal, full: float | None, narrow: float | None
) -> Statuses:
    """Whether the primary metric's goal is met; the errors are those of one end each."""
    if goal == "not_worse" and margin is not None:
        return guardrail_status(found, margin, narrow)
    small = found.below(margin, narrow) if margin is not None else np.zeros(1, dtype=bool)
    met = found.above(0.0, full) & ~small
    return _status(met, found.below(0.0, full) | small)


def guardrail_status(found: Placement, margin: float, narrow: float | None) -> Statuses:
    """Whether the loss is shown to be below the margin, or shown to be above it."""
    return _status(found.safely_above(-margin, narrow), found.below(-margin, narrow))


def together(statuses: Sequence[Statuses]) -> Statuses:
    """A variant's status: rejected where one metric failed, else open where one is open."""
    return np.asarray(np.minimum.reduce(list(statuses)))


def first_settled(statuses: Statuses, sizes: Sequence[int]) -> tuple[Statuses, NDArray[np.intp]]:
    """Status and items at the first look, of shape (looks, rounds), that settles the decision."""
    settled = statuses != 0
    settled[-1] = True
    place = settled.argmax(axis=0)
    return statuses[place, np.arange(statuses.shape[1])], np.asarray(sizes)[place]


@dataclass(frozen=True)
class Schedule:
    """When a decision is looked at, and how strictly; `index` is in the order of the plan."""

    n: int
    looks: Looks = 1
    index: Index | None = None
    variants: int = 1
    """How many are compared with the baseline; they share the error of every question."""

    @property
    def sizes(self) -> list[int]:
        """After how many items each look comes; no look with a single item."""
        return [size for size in round_sizes(self.looks, self.n) if size > 1]

    def tails(self, size: int) -> tuple[float | None, float | None]:
        """The error of one end of the full and the narrow interval at a look; None: too early."""
        return _tails(self.looks, self.n, tuple(self.sizes), size, ALPHA / self.variants)

    def first(self, size: int) -> Index | None:
        """The clusters of the first so many items, numbered without gaps."""
        if self.index is None:
            return None
        return np.unique(self.index[:size], return_inverse=True)[1].astype(np.intp)

    def statuses(self, asked: Aim, a: Floats, b: Floats, goal: Goal | None = None) -> Statuses:
        """The status of a metric at each look, shape (looks, rounds); with `goal` the primary's."""
        found = []
        for size in self.sizes:
            index = self.first(size)
            part_a, part_b = a[..., :size], b[..., :size]
            full, narrow = self.tails(size)
            few = size < FEWEST_ITEMS or (index is not None and index.max() + 1 < FEWEST_CLUSTERS)
            if full is None or few:
                found.append(np.zeros(a.shape[:-1], dtype=np.int8))
                continue
            place = standing(asked, part_a, part_b, index)
            if goal is not None:
                status = primary_status(place, asked.margin, goal, full, narrow)
            else:
                status = guardrail_status(place, asked.margin or 0.0, narrow)
            if self.looks == "anytime":
                status[~_late_enough(asked, part_a, part_b, index)] = 0
            found.append(status)
        return np.stack(found)


@lru_cache(maxsize=4096)
def critical_value(df: float, tail: float) -> float:
    """The point of Student's t, or of the normal, with error `tail` beyond it."""
    from scipy.stats import norm, t

    return float(norm.isf(tail) if math.isinf(df) else t.isf(tail, df))


@lru_cache(maxsize=4096)
def _tails(
    looks: Looks, n: int, sizes: tuple[int, ...], size: int, alpha: float
) -> tuple[float | None, float | None]:
    if looks == "anytime":
        so_far = [Look(1, None, size, n)]
    else:
        so_far = [Look(k, len(sizes), each, n) for k, each in enumerate(sizes, 1) if each <= size]
    levels = [asked_level(so_far, 1 - error) for error in (alpha, 2 * alpha)]
    full, narrow = (None if level is None else (1 - level) / 2 for level in levels)
    return full, narrow


def _covariance(x: Floats, y: Floats, index: Index | None) -> Floats:
    """Covariance of the two means: over items, or CR2 over clusters."""
    n = x.shape[-1]
    x = x - x.mean(axis=-1, keepdims=True)
    y = x if y is x else y - y.mean(axis=-1, keepdims=True)
    if index is None:
        return np.asarray(np.einsum("...i,...i->...", x, y) / (n * (n - 1)))
    scale = 1 / np.sqrt(1 - np.bincount(index) / n)
    totals_x, totals_y = (cluster_sums(values, index) * scale for values in (x, y))
    return np.asarray((totals_x * totals_y).sum(axis=-1) / n**2)


def cluster_sums(values: Floats, index: Index) -> Floats:
    """Sums by cluster, shape (..., clusters); a product with an indicator is the fastest way."""
    indicator = np.zeros((len(index), int(index.max()) + 1))
    indicator[np.arange(len(index)), index] = 1.0
    return np.asarray(values @ indicator)


def _scaled(distance: Floats, variance: Floats) -> Floats:
    """Distance in standard errors; without any spread it is 0 or infinite, as in the estimators."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = distance / np.sqrt(variance)
    return np.where(np.abs(distance) < 1e-9, 0.0, scaled)


def _status(met: NDArray[np.bool_], failed: NDArray[np.bool_]) -> Statuses:
    return met.astype(np.int8) - (failed & ~met).astype(np.int8)


def _late_enough(asked: Aim, a: Floats, b: Floats, index: Index | None) -> NDArray[np.bool_]:
    """Whether an interval watched at any time may be given yet: enough units for the skew."""
    rest = b - a
    if asked.method == "ratio":
        mean_a = a.mean(axis=-1, keepdims=True)
        ratio = b.mean(axis=-1, keepdims=True) / np.where(mean_a == 0, 1.0, mean_a)
        rest = b - ratio * a
    if index is not None:
        rest = cluster_sums(rest, index)
    centred = rest - rest.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        skewness = (centred**3).mean(axis=-1) / spread**3
    least = ANYTIME_COSTS if asked.method == "ratio" else ANYTIME_ITEMS
    needed = np.maximum(least, SKEW_RULE * np.nan_to_num(skewness) ** 2)
    return np.asarray(rest.shape[-1] >= needed)
