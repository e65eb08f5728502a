"""Draws whole experiments without a difference, and moves them by a stated one.

The values come from past pairs of the log, whole items or whole clusters at a time, so that the
metrics of an item keep their correlation; or, where the log has measured nothing, from a stated
assumption. Both are first made equal on average: differences of scores are centred, pass and fail
are swapped between the variants at random, costs are scaled to the same mean. `moved` then makes
the variant better or worse by a given size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tailor_lab.experiment.analysis.forecast.operating import Aim, Index
from tailor_lab.stats.estimate import Floats

ICC = 0.2
"""Assumed correlation within clusters. Sources of LLM evaluations have 0.1 to 0.3."""
BAD_RATE = 0.05
LOG_SPREAD = 0.25
"""Standard deviation of the logarithm of the ratio of an item's costs under both variants."""
LEVEL_SPREAD = 0.8
"""The same of one item's cost over another's: the longest tenth costs eight times the shortest."""

Rng = np.random.Generator
Pair = tuple[Floats, Floats]
Draw = Callable[[Rng, int, int, Index | None], Pair]
"""From rounds, items and clusters: the values under the baseline and an equal variant."""


@dataclass(frozen=True)
class PastPairs:
    """Values of several metrics on the same past items, and the clusters of those."""

    values: Sequence[Pair | None]
    """A pair of arrays, shape (items,), for each metric; None where it was not measured."""
    index: Index | None = None

    @property
    def n(self) -> int:
        """How many past items there are."""
        return next((len(pair[0]) for pair in self.values if pair is not None), 0)


@dataclass(frozen=True)
class Source:
    """Where simulated experiments come from: `past` for the metrics that it has, else `assumed`."""

    asked: Sequence[Aim]
    assumed: Sequence[Draw]
    past: PastPairs | None = None

    def draw(self, rng: Rng, rounds: int, n: int, index: Index | None) -> list[Pair]:
        """For each metric the values under the baseline and an equal variant, (rounds, n) each."""
        places = None
        if self.past is not None:
            places = drawn_places(rng, rounds, n, index, self.past)
        found = []
        for number, asked in enumerate(self.asked):
            pair = self.past.values[number] if self.past is not None else None
            if pair is None or places is None:
                found.append(self.assumed[number](rng, rounds, n, index))
            else:
                groups = index if self.past is not None and self.past.index is not None else None
                a, b = equal_on_average(asked, *pair)
                found.append(swapped(rng, asked, a[places], b[places], groups))
        return found


def drawn_places(rng: Rng, rounds: int, n: int, index: Index | None, past: PastPairs) -> Index:
    """Which past items stand for the planned ones, shape (rounds, n); with replacement.

    For each planned cluster a past one is drawn, and its items are taken in turn from a random
    first one on, so that they are as alike as they were.
    """
    if index is None or past.index is None:
        return rng.integers(0, past.n, (rounds, n))
    ordered = np.argsort(past.index, kind="stable")
    sizes = np.bincount(past.index)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    clusters = int(index.max()) + 1
    chosen = rng.integers(0, len(sizes), (rounds, clusters))
    first = rng.integers(0, 2**31, (rounds, clusters))
    turns = _turns(index)
    chosen, first = chosen[:, index], first[:, index]
    return np.asarray(ordered[starts[chosen] + (first + turns) % sizes[chosen]])


def equal_on_average(asked: Aim, a: Floats, b: Floats) -> Pair:
    """The past values with the difference of their means taken out; shares are for `swapped`."""
    if asked.method == "mean":
        return a, b - (b - a).mean()
    if asked.method == "ratio":
        return a, b * (a.mean() / b.mean())
    return a, b


def swapped(rng: Rng, asked: Aim, a: Floats, b: Floats, index: Index | None) -> Pair:
    """Shares with the two sides swapped at random, by item or by cluster; others as they are."""
    if asked.method != "share":
        return a, b
    rounds, n = a.shape
    if index is None:
        swap = rng.random((rounds, n)) < 0.5
    else:
        swap = (rng.random((rounds, int(index.max()) + 1)) < 0.5)[:, index]
    return np.where(swap, b, a), np.where(swap, a, b)


def moved(
    rng: Rng, asked: Aim, b: Floats, size: float, index: Index | None, *, runs: int = 1
) -> Floats:
    """The variant's values made better by `size`, or worse where it is negative.

    A share moves by turning good runs bad, or bad ones good, at random; with clusters the chance
    differs between them, with correlation `ICC`. `runs` are those behind each share.
    """
    if size == 0:
        return b
    if asked.method == "mean":
        return b + asked.up * size
    if asked.method == "ratio":
        return b * (1 + asked.up * size)
    up = asked.up * size
    source = b if up < 0 else 1 - b
    there = float(source.mean())
    chance = min(1.0, abs(up) / there) if there > 0 else 1.0
    turned = _chances(rng, chance, b.shape, index)
    if runs > 1:
        lost = rng.binomial(np.rint(source * runs).astype(int), turned) / runs
    else:
        lost = source * (rng.random(b.shape) < turned)
    return b - lost if up < 0 else b + lost


def most_better(asked: Aim, a: Floats) -> float:
    """How much better the metric can get: a share has only the bad runs to lose."""
    if asked.method != "share":
        return float("inf")
    return float((1 - a).mean() if asked.up > 0 else a.mean())


def assumed_score(sd: float) -> Draw:
    """Normal differences of standard deviation `sd`."""

    def draw(rng: Rng, rounds: int, n: int, index: Index | None) -> Pair:
        return np.zeros((rounds, n)), sd * normal(rng, rounds, n, index)

    return draw


def assumed_share(bad: float, up: float, runs: int = 1) -> Draw:
    """Runs of which the share `bad` is bad under both; clusters have rates of their own."""

    def draw(rng: Rng, rounds: int, n: int, index: Index | None) -> Pair:
        chance = _chances(rng, bad, (rounds, n), index)
        if runs == 1:  # ten times as fast as the binomial
            a, b = ((rng.random((rounds, n)) < chance).astype(float) for _ in range(2))
        else:
            a, b = (rng.binomial(runs, chance) / runs for _ in range(2))
        return (1 - a, 1 - b) if up > 0 else (a, b)

    return draw


def assumed_cost(log_spread: float = LOG_SPREAD) -> Draw:
    """Lognormal costs, and a lognormal factor between the variants."""

    def draw(rng: Rng, rounds: int, n: int, index: Index | None) -> Pair:
        a = np.exp(LEVEL_SPREAD * rng.standard_normal((rounds, n)))
        factor = log_spread * normal(rng, rounds, n, index)
        return a, a * np.exp(factor - log_spread**2 / 2)

    return draw


def normal(rng: Rng, rounds: int, n: int, index: Index | None) -> Floats:
    """Standard normal values, correlated by `ICC` within clusters."""
    own = rng.standard_normal((rounds, n))
    if index is None:
        return own
    common = rng.standard_normal((rounds, int(index.max()) + 1))[:, index]
    return np.asarray(np.sqrt(ICC) * common + np.sqrt(1 - ICC) * own)


def _chances(rng: Rng, mean: float, shape: tuple[int, ...], index: Index | None) -> Floats:
    """A chance for each run: beta-distributed over clusters, the same everywhere without any."""
    if index is None or not 0 < mean < 1:
        return np.full(shape, mean)
    count = 1 / ICC - 1
    rates = rng.beta(mean * count, (1 - mean) * count, (shape[0], int(index.max()) + 1))
    return np.asarray(rates[:, index])


def _turns(index: Index) -> Index:
    """Which item of its cluster each one is, from 0 on, in the order of the plan."""
    ordered = np.argsort(index, kind="stable")
    sizes = np.bincount(index)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    turns = np.empty(len(index), dtype=np.intp)
    turns[ordered] = np.arange(len(index)) - np.repeat(starts, sizes)
    return turns
