"""Pass or fail on the same items, where items share a source or have replicates.

A variance estimated from a handful of events knows nothing of the events that were not seen: where
no item failed it is 0, and every margin looks met. The variance here is therefore the larger of
two. One is CR2, estimated from the data. The other follows from the difference under test: Tango's
score variance, times a design effect for the clusters. The design effect cannot be learned from few
events either, so the correlation within clusters starts at `assumed_icc` and gives way to the one
that is estimated as discordant pairs are seen. Dividing the number of items by the design effect
and using the degrees of freedom of the clusters is Korn and Graubard's effective sample size.

`benchmarks/guardrail_errors.py` measures how often a violation of exactly the margin passes.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    pairs,
    same_length,
)
from tailor_lab.stats.estimators.clusters import FEW_CLUSTERS, bell_mccaffrey

ASSUMED_ICC = 0.2
"""Correlation within clusters until the data tell. Sources of LLM evaluations have 0.1 to 0.3."""

ASSUMED_EVENTS = 10
"""Discordant pairs that the assumption weighs as much as; with 10 error stays below 5 % where the
true correlation is 0.2, and below 8 % where it is 0.4 (benchmarks/guardrail_errors.py)."""

EDGE = 1 - 1e-12


@dataclass(frozen=True)
class ScoreEvidence:
    """What the score test needs of one table of pairs, or of many at once (arrays of them)."""

    value: Floats
    gained: Floats
    lost: Floats
    n: int
    inflation: Floats
    """What the clusters and the replicates multiply Tango's variance by."""
    robust: Floats
    """CR2 variance of `value`, that of items on their own where larger; 0 for single runs alone."""
    df: float
    """Degrees of freedom of t; infinite for the normal."""

    def score(self, delta: float) -> Floats:
        """Distance of the difference from `delta` in standard errors under `delta`."""
        variance = tango_variance(self.gained, self.lost, self.n, delta) * self.inflation
        variance = np.maximum(variance, self.robust)
        distance = self.value - delta
        # With no variance at all, a difference is either exactly `delta` or impossible.
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = distance / np.sqrt(variance)
        return np.asarray(np.where(np.abs(distance) < 1e-15, 0.0, scaled))


def clustered_proportions(
    a: Numbers,
    b: Numbers,
    *,
    clusters: Numbers | None = None,
    level: float = 0.95,
    assumed_icc: float = ASSUMED_ICC,
) -> Estimate:
    """Share of `b` minus share of `a` on the same items, with a score interval for clusters.

    `a` and `b` have shape (n,): 0 or 1, or an item's share over its replicates. Items with the same
    label in `clusters`, shape (n,), are not independent; `assumed_icc` is their correlation as far
    as the data cannot tell. The interval is never narrower than Tango's, and has a width where
    nothing varied. p belongs to the interval: below 1 - `level` exactly if 0 lies outside.
    Raises `NotEnoughData` without a pair or below two clusters, `InputError` for values outside 0
    to 1. Source: Tango (1998), Statistics in Medicine 17; Eliasziw and Donner (1991), Statistics in
    Medicine 10; Korn and Graubard (1998), Survey Methodology 24; CR2 as in `clustered`.

    >>> estimate = clustered_proportions([0] * 40, [0] * 40, clusters=list(range(20)) * 2)
    >>> round(estimate.low, 3), round(estimate.high, 3), estimate.p
    (-0.116, 0.116, 1.0)
    """
    check_level(level)
    found, warnings = _evidence_of(a, b, clusters, assumed_icc)
    low, high = _interval(found, _upper_tail_point(found.df, (1 - level) / 2))
    p = min(1.0, 2 * _upper_tail(found.df, abs(float(found.score(0.0)))))
    return Estimate(
        float(found.value), low, high, p, found.n, _method(found), level, warnings,
        df=None if math.isinf(found.df) else found.df,
    )  # fmt: skip


def shares_not_worse(
    a: Numbers,
    b: Numbers,
    *,
    margin: float,
    better: Literal["higher", "lower"] = "higher",
    clusters: Numbers | None = None,
    level: float = 0.95,
    assumed_icc: float = ASSUMED_ICC,
) -> Estimate:
    """Whether the share of `b` is worse than that of `a` by less than `margin`, on the same items.

    p is one-sided, against a share that is worse by exactly `margin`; which direction is worse
    follows from `better`. The interval has level 2 `level` - 1, so that its end on the worse side
    lies within the margin exactly if p is below 1 - `level`. `clusters` and `assumed_icc` as in
    `clustered_proportions`, and it raises what that raises, and `InputError` for a margin that is
    not between 0 and 1. Source: Tango (1998), eq. 7 to 12, with the variance of
    `clustered_proportions`.

    >>> no_failure = [0] * 40
    >>> shares_not_worse(no_failure, no_failure, margin=0.01, better="lower").p > 0.2
    True
    """
    check_level(level)
    if not 0 < margin < 1:
        raise InputError(f"margin is {margin}; it must lie between 0 and 1, such as 0.02.")
    if better not in {"higher", "lower"}:
        raise InputError(f'better is {better!r}; use "higher" or "lower".')
    check_level(2 * level - 1)
    found, warnings = _evidence_of(a, b, clusters, assumed_icc)
    low, high = _interval(found, _upper_tail_point(found.df, 1 - level))
    distance = -found.score(margin) if better == "lower" else found.score(-margin)
    return Estimate(
        float(found.value), low, high, _upper_tail(found.df, float(distance)), found.n,
        f"not worse, {_method(found)}", 2 * level - 1, warnings,
        df=None if math.isinf(found.df) else found.df,
    )  # fmt: skip


def evidence(
    a: Floats, b: Floats, index: NDArray[np.intp] | None, assumed_icc: float = ASSUMED_ICC
) -> ScoreEvidence:
    """The sums of pairs, shape (..., n), whose clusters have the numbers `index` from 0 on."""
    n = a.shape[-1]
    gained_each, lost_each = b * (1 - a), a * (1 - b)
    gained, lost = gained_each.sum(axis=-1), lost_each.sum(axis=-1)
    differences = b - a
    value = differences.mean(axis=-1)
    events = gained + lost
    # Replicates: the spread of the items' means next to that of single runs, from 1 down to 1 / R.
    # It cannot be learned from few events either, and starts at 1.
    single = events / n - value**2
    spread = (differences**2).mean(axis=-1) - value**2
    share = np.where(single > 1e-12, spread / np.maximum(single, 1e-12), 1.0)
    replicates = (events * share + ASSUMED_EVENTS) / (events + ASSUMED_EVENTS)
    single_runs = bool(((a == 0) | (a == 1)).all() and ((b == 0) | (b == 1)).all())
    if single_runs:
        replicates = np.ones_like(value)
    if index is None:
        if single_runs:
            return ScoreEvidence(value, gained, lost, n, replicates, np.zeros(()), math.inf)
        index = np.arange(n)
    sizes = np.bincount(index)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    ordered = differences[..., np.argsort(index, kind="stable")]
    totals = np.add.reduceat(ordered, starts, axis=-1)
    residuals = (totals - value[..., None] * sizes) / np.sqrt(1 - sizes / n)
    robust = (residuals**2).sum(axis=-1) / n**2
    if not single_runs:
        # Items of a cluster may cancel by chance; they are never better than independent ones.
        alone = ((differences - value[..., None]) ** 2).sum(axis=-1) / (n * max(1, n - 1))
        robust = np.maximum(robust, alone)
    correlation = _icc(ordered, totals, value, sizes)
    assumed = (events * correlation + ASSUMED_EVENTS * assumed_icc) / (events + ASSUMED_EVENTS)
    typical_size = float((sizes**2).sum()) / n
    effect = 1 + (typical_size - 1) * np.maximum(correlation, assumed)
    return ScoreEvidence(
        value, gained, lost, n, effect * replicates,
        np.asarray(robust), bell_mccaffrey(sizes / n),
    )  # fmt: skip


def tango_variance(gained: Floats, lost: Floats, n: int, delta: float) -> Floats:
    """Variance of the difference of n pairs at the discordant shares that fit `delta` best."""
    linear = -gained - lost + (2 * n - gained + lost) * delta
    constant = -lost * delta * (1 - delta)
    root = np.sqrt(np.maximum(0.0, linear**2 - 8 * n * constant))
    share_lost = (root - linear) / (4 * n)
    return np.asarray(np.maximum(0.0, 2 * share_lost + delta * (1 - delta)) / n)


def _icc(ordered: Floats, totals: Floats, value: Floats, sizes: NDArray[np.intp]) -> Floats:
    """As `clusters.icc`, for many tables at once; 0 where no cluster has two items."""
    n, groups = int(sizes.sum()), len(sizes)
    if n == groups:
        return np.zeros_like(value)
    between = (sizes * (totals / sizes - value[..., None]) ** 2).sum(axis=-1) / (groups - 1)
    within = ((ordered**2).sum(axis=-1) - (totals**2 / sizes).sum(axis=-1)) / (n - groups)
    typical = (n - float((sizes**2).sum()) / n) / (groups - 1)
    spread = between + (typical - 1) * within
    found = np.where(spread > 1e-15, (between - within) / np.maximum(spread, 1e-15), 0.0)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _evidence_of(
    a: Numbers, b: Numbers, clusters: Numbers | None, assumed_icc: float
) -> tuple[ScoreEvidence, tuple[str, ...]]:
    if not 0 <= assumed_icc <= 1:
        raise InputError(f"assumed_icc is {assumed_icc}; it must lie between 0 and 1.")
    first, second, warnings = pairs(a, b)
    for values, name in ((first, "a"), (second, "b")):
        if ((values < 0) | (values > 1)).any():
            raise InputError(f"{name} must hold 0 and 1, or shares of replicates between them.")
    at_least(len(first), 1, "pairs")
    if clusters is None:
        return evidence(first, second, None), warnings
    every_a, every_b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    labels = same_length(every_a, clusters, "cluster labels")
    kept = np.isfinite(every_a) & np.isfinite(every_b)
    _, index = np.unique(labels[kept], return_inverse=True)
    groups = int(index.max()) + 1
    at_least(groups, 2, "clusters")
    found = evidence(first, second, index, assumed_icc)
    if groups < FEW_CLUSTERS:
        few = f"Only {groups} clusters: the interval is approximate below {FEW_CLUSTERS}."
        warnings = (*warnings, few)
    events = float(found.gained + found.lost)
    if events < ASSUMED_EVENTS and groups < len(index):
        assumed = (
            f"{events:g} pairs differ, too few to show how alike the items of a cluster are; "
            f"their correlation is taken as {assumed_icc:g} at the start."
        )
        warnings = (*warnings, assumed)
    return found, warnings


def _interval(found: ScoreEvidence, critical: float) -> tuple[float, float]:
    """The differences that the score test does not reject, found by bisection."""
    from scipy.optimize import brentq

    def score(delta: float) -> float:
        return float(found.score(delta))

    value = float(found.value)
    low, high = -1.0, 1.0
    if score(-EDGE) > critical:
        low = float(brentq(lambda d: score(d) - critical, -EDGE, value))
    if score(EDGE) < -critical:
        high = float(brentq(lambda d: score(d) + critical, value, EDGE))
    return low, high


def _upper_tail(df: float, size: float) -> float:
    from scipy.stats import norm, t

    return float(norm.sf(size) if math.isinf(df) else t.sf(size, df))


def _upper_tail_point(df: float, tail: float) -> float:
    from scipy.stats import norm, t

    return float(norm.isf(tail) if math.isinf(df) else t.isf(tail, df))


def _method(found: ScoreEvidence) -> str:
    if math.isinf(found.df):
        return "Tango score"
    return "Tango score, larger of design effect and CR2"
