"""How much better one variant is than another at least and at most, on the items both have run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tailor_lab import stats
from tailor_lab.experiment.analysis.data.pairs import Floats
from tailor_lab.experiment.design import Metric
from tailor_lab.stats import NotEnoughData

FEWEST_UNITS = 6
"""Items, or clusters where there are any, below which nothing is said."""
MOST_MISSING = 0.05
_ALIKE = 1e-12
_OPEN = (-math.inf, math.inf)


@dataclass(frozen=True)
class Scores:
    """The values of the planned items under each variant, in the plan's order, nan if missing."""

    values: Mapping[str, Mapping[str, Floats]]
    """By metric and variant."""
    clusters: NDArray[np.intp] | None = None

    def pair(self, metric: Metric, a: str, b: str, items: int) -> tuple[Floats, Floats]:
        """The first so many items under both."""
        found = self.values[metric.name]
        return found[a][:items], found[b][:items]


def bounds(
    metric: Metric, scores: Scores, a: str, b: str, items: int, tail: float
) -> tuple[float, float]:
    """Lower and upper bound, each with error `tail`, of how much better b is than a.

    In the metric's unit, or as a share of a's mean where the margin is one. Infinite where nothing
    can be said: below six items or clusters, with more than 5 % of the pairs missing, or where all
    differences are equal and too few to show anything by their signs.
    """
    first, second = scores.pair(metric, a, b, items)
    known = np.isfinite(first) & np.isfinite(second)
    if known.mean() < 1 - MOST_MISSING:
        return _OPEN
    first, second = first[known], second[known]
    clusters = scores.clusters[:items][known] if scores.clusters is not None else None
    units = len(first) if clusters is None else len(np.unique(clusters))
    if units < FEWEST_UNITS:
        return _OPEN
    shares = metric.margin_is_relative or metric.kind in {"cost", "latency"}
    relative = metric.margin_is_relative or (shares and first.mean() > 0)
    binary = metric.kind == "binary"
    if relative and not first.mean() > 0:
        return _OPEN
    factor = second.mean() / first.mean() if relative else 1.0
    rest = second - factor * first
    if np.ptp(rest) <= _ALIKE * max(1e-300, float(np.abs(second).max())) and not binary:
        # Zero spread is no evidence; only as many signs as a sign test needs are.
        value = float(factor - 1 if relative else rest.mean()) * up(metric)
        return (value, value) if 0.5**units <= tail else _OPEN
    try:
        low, high = _ends(first, second, clusters, relative=relative, binary=binary, tail=tail)
    except NotEnoughData:
        return _OPEN
    return (low, high) if metric.better == "higher" else (-high, -low)


def _ends(
    a: Floats,
    b: Floats,
    clusters: NDArray[np.intp] | None,
    *,
    relative: bool,
    binary: bool,
    tail: float,
) -> tuple[float, float]:
    level = 1 - 2 * tail
    if relative:
        found = stats.ratio(a, b, level=level, clusters=clusters)
    elif binary:
        found = stats.clustered_proportions(a, b, level=level, clusters=clusters)
    elif clusters is not None:
        found = stats.clustered(b - a, clusters, level=level)
    else:
        found = stats.paired(a, b, level=level)
    shift = 1.0 if relative else 0.0
    low = -math.inf if found.low is None else found.low - shift
    high = math.inf if found.high is None else found.high - shift
    return low, high


def up(metric: Metric) -> float:
    """1 where higher is better, -1 where lower is."""
    return 1.0 if metric.better == "higher" else -1.0
