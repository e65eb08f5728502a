"""Pass or fail in two independent groups, whose items may share a source: score intervals.

The variance is that of the hypothesis under test, at the two shares that fit the data best where it
is true, so that no event at all still leaves an interval with a width. Clusters multiply it by a
design effect. Few events do not show how alike the items of a source are: their correlation starts
at `assumed_icc` and gives way to the one that is estimated, as in `clustered_proportions`. Sources
that both groups share would make a difference more precise; that is not counted on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Numbers, check_level
from tailor_lab.stats.estimators.clustered_shares import ASSUMED_EVENTS, ASSUMED_ICC
from tailor_lab.stats.estimators.clusters import icc
from tailor_lab.stats.groups.spread import Spread, TwoGroups, spread_of, two_groups

Kind = Literal["difference", "ratio"]
_EDGE = 1 - 1e-12
_HALVINGS = 60


@dataclass(frozen=True)
class GroupCounts:
    """Events and items of both groups, and what clusters multiply the variances by."""

    events_a: float
    n_a: int
    events_b: float
    n_b: int
    inflation_a: float
    inflation_b: float
    df: float
    """Degrees of freedom of t; infinite for the normal."""

    def score(self, kind: Kind, hypothesis: float) -> float:
        """Distance from the hypothesis in standard errors under it; 0 at the estimate itself."""
        share_a, share_b = self.events_a / self.n_a, self.events_b / self.n_b
        factor = hypothesis if kind == "ratio" else 1.0
        distance = share_b - factor * share_a - (hypothesis if kind == "difference" else 0.0)
        if abs(distance) < 1e-15:
            return 0.0
        best_a, best_b = self.best_shares(kind, hypothesis)
        variance = self.variance(best_a, best_b, factor)
        return distance / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, distance)

    def variance(self, share_a: float, share_b: float, factor: float) -> float:
        """Of share_b - factor share_a, with Miettinen and Nurminen's N / (N - 1)."""
        total = self.n_a + self.n_b
        part_a = self.inflation_a * factor**2 * share_a * (1 - share_a) / self.n_a
        part_b = self.inflation_b * share_b * (1 - share_b) / self.n_b
        return (part_a + part_b) * total / (total - 1)

    def best_shares(self, kind: Kind, hypothesis: float) -> tuple[float, float]:
        """The most likely shares among those that fit the hypothesis, found by halving."""
        if kind == "ratio":
            factor, shift = hypothesis, 0.0
            low, high = 0.0, min(1.0, 1 / hypothesis)
        else:
            factor, shift = 1.0, hypothesis
            low, high = max(0.0, -hypothesis), min(1.0, 1 - hypothesis)
        # The log likelihood is concave: its slope falls from above 0 to below, or has one sign.
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            other = factor * middle + shift
            slope = _slope(self.events_a, self.n_a, middle)
            slope += factor * _slope(self.events_b, self.n_b, other)
            low, high = (middle, high) if slope > 0 else (low, middle)
        found = (low + high) / 2
        return found, min(1.0, max(0.0, factor * found + shift))


def group_share_difference(
    a: Numbers,
    b: Numbers,
    *,
    clusters_a: Numbers | None = None,
    clusters_b: Numbers | None = None,
    level: float = 0.95,
    assumed_icc: float = ASSUMED_ICC,
) -> Estimate:
    """Share of `b` minus share of `a` in two independent groups, with a score interval.

    `a` and `b` hold 0 or 1, in shapes (m,) and (n,); `clusters_a` and `clusters_b` are labels of
    those shapes, and a label may occur in one group or in both. `assumed_icc` is the correlation of
    items with the same label, as far as the data cannot tell. Without clusters the interval is
    Miettinen and Nurminen's; with them it is never narrower. It has a width where nothing varied. p
    belongs to the interval: below 1 - `level` exactly if 0 lies outside.
    Raises `NotEnoughData` below two values, or two clusters, in either group, and `InputError` for
    other values or where only one group has clusters.
    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4(2); design effect: Rao and Scott
    (1992), Biometrics 48; Korn and Graubard (1998), Survey Methodology 24.

    >>> found = group_share_difference([1] * 48 + [0] * 32, [1] * 56 + [0] * 14)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0528, 0.3382)
    """
    found, groups = _counts(a, b, clusters_a, clusters_b, level, assumed_icc)
    value = found.events_b / found.n_b - found.events_a / found.n_a
    critical = _critical(found.df, level)

    def score(hypothesis: float) -> float:
        return found.score("difference", hypothesis)

    low = _end(score, critical, -_EDGE, value) if score(-_EDGE) > critical else -1.0
    high = _end(score, -critical, value, _EDGE) if score(_EDGE) < -critical else 1.0
    return _estimate(found, groups, value, (low, high), score(0.0), level, "difference")


def relative_lift(
    a: Numbers,
    b: Numbers,
    *,
    clusters_a: Numbers | None = None,
    clusters_b: Numbers | None = None,
    level: float = 0.95,
    assumed_icc: float = ASSUMED_ICC,
) -> Estimate:
    """How much larger the share of `b` is than that of `a`, as a part of the latter: 0.1 is 10 %.

    The value is the ratio of the shares minus 1, so that 0 is no difference and -1 is the least.
    `a`, `b`, `clusters_a`, `clusters_b`, `assumed_icc` and p as in `group_share_difference`;
    without clusters the interval is Miettinen and Nurminen's for a ratio, which is Koopman's with
    the factor N / (N - 1). Raises what that raises, and `InputError` where no value of `a` is 1.
    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4(2); Koopman (1984), Biometrics
    40; design effect as in `group_share_difference`.

    >>> found = relative_lift([1] * 40 + [0] * 60, [1] * 50 + [0] * 50)
    >>> round(found.value, 2), round(found.low, 3), round(found.high, 3)
    (0.25, -0.081, 0.713)
    """
    found, groups = _counts(a, b, clusters_a, clusters_b, level, assumed_icc)
    if not found.events_a:
        raise InputError("The share of a is 0, so a lift over it has no meaning.")
    ratio = (found.events_b / found.n_b) / (found.events_a / found.n_a)
    critical = _critical(found.df, level)

    def score(log_ratio: float) -> float:
        return found.score("ratio", math.exp(log_ratio))

    low, high = 0.0, ratio
    if ratio > 0:
        middle = math.log(ratio)
        edge = _outside(lambda x: score(x) > critical, middle, -1.0)
        low = math.exp(_end(score, critical, edge, middle))
    else:
        middle = math.log(1 / found.n_b)
    edge = _outside(lambda x: score(x) < -critical, middle, 1.0)
    inside = middle if ratio > 0 else _outside(lambda x: score(x) > -critical, middle, -1.0)
    high = math.exp(_end(score, -critical, inside, edge))
    return _estimate(found, groups, ratio - 1, (low - 1, high - 1), score(0.0), level, "ratio")


def _counts(
    a: Numbers,
    b: Numbers,
    clusters_a: Numbers | None,
    clusters_b: Numbers | None,
    level: float,
    assumed_icc: float,
) -> tuple[GroupCounts, TwoGroups]:
    check_level(level)
    if not 0 <= assumed_icc <= 1:
        raise InputError(f"assumed_icc is {assumed_icc}; it must lie between 0 and 1.")
    groups = two_groups(a, b, clusters_a, clusters_b)
    for values, name in ((groups.a, "a"), (groups.b, "b")):
        if not np.isin(values, (0.0, 1.0)).all():
            raise InputError(f"{name} must hold 0 and 1 only.")
    events_a, events_b = float(groups.a.sum()), float(groups.b.sum())
    plain = GroupCounts(
        events_a, len(groups.a), events_b, len(groups.b), 1.0, 1.0, math.inf
    )  # fmt: skip
    if not groups.clustered:
        return plain, groups
    spread = spread_of(groups)
    inflation_a, inflation_b = _inflations(plain, groups, spread, assumed_icc)
    # The degrees of freedom under equal shares: a group without an event shows no variance.
    equal = Spread(1 / len(groups.a), 1 / len(groups.b), 0.0, spread.shares_a, spread.shares_b)
    counts = GroupCounts(
        events_a, len(groups.a), events_b, len(groups.b), inflation_a, inflation_b, equal.df()
    )  # fmt: skip
    return counts, groups


def _inflations(
    plain: GroupCounts, groups: TwoGroups, spread: Spread, assumed_icc: float
) -> tuple[float, float]:
    """What the clusters multiply each group's variance by: 1 or more."""
    sizes_a, sizes_b = groups.sizes
    correlation = _correlation(groups)
    events = _rarer_outcomes(groups)
    mixed = (events * correlation + ASSUMED_EVENTS * assumed_icc) / (events + ASSUMED_EVENTS)
    within = max(correlation, mixed)
    inflations = []
    for values, sizes, robust in (
        (groups.a, sizes_a, spread.variance_a),
        (groups.b, sizes_b, spread.variance_b),
    ):
        effect = 1 + (float((sizes**2).sum()) / len(values) - 1) * within
        share = float(values.mean())
        binomial = share * (1 - share) / len(values)
        inflations.append(max(effect, robust / binomial) if binomial > 0 else effect)
    # What both groups have in common must not make their difference less certain than CR2 of the
    # difference says it is, which happens where a source that passes in one fails in the other.
    share_a, share_b = plain.events_a / plain.n_a, plain.events_b / plain.n_b
    inflation_a, inflation_b = inflations
    variance = (
        inflation_a * share_a * (1 - share_a) / plain.n_a
        + inflation_b * share_b * (1 - share_b) / plain.n_b
    )
    crossed = max(1.0, spread.variance() / variance) if variance > 0 else 1.0
    return inflation_a * crossed, inflation_b * crossed


def _correlation(groups: TwoGroups) -> float:
    """Of the items that share a cluster and a group, around their group's share."""
    cells = np.concatenate([groups.index_a, groups.index_b + groups.index_a.max() + 1])
    if np.bincount(cells).max() < 2:
        return 0.0
    residuals = np.concatenate([groups.a - groups.a.mean(), groups.b - groups.b.mean()])
    return icc(residuals, cells)


def _rarer_outcomes(groups: TwoGroups) -> float:
    """How many values show how much outcomes vary: in each group those of the rarer outcome."""
    return sum(min(float(g.sum()), float((1 - g).sum())) for g in (groups.a, groups.b))


def _slope(events: float, n: int, share: float) -> float:
    """Of the log likelihood of one group; a share of 0 or 1 is its limit."""
    gain = events / share if share > 0 else (math.inf if events else 0.0)
    loss = (n - events) / (1 - share) if share < 1 else (math.inf if n > events else 0.0)
    return gain - loss


def _end(score: Callable[[float], float], target: float, low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda x: score(x) - target, low, high, xtol=1e-13))


def _outside(reached: Callable[[float], bool], start: float, step: float) -> float:
    """The first place from `start` on where `reached` holds, in steps that double."""
    place = start + step
    while not reached(place) and abs(place) < 600:
        step *= 2
        place += step
    return place


def _critical(df: float, level: float) -> float:
    from scipy.stats import norm, t

    tail = (1 - level) / 2
    return float(norm.isf(tail) if math.isinf(df) else t.isf(tail, df))


def _estimate(
    found: GroupCounts,
    groups: TwoGroups,
    value: float,
    ends: tuple[float, float],
    score: float,
    level: float,
    kind: Kind,
) -> Estimate:
    from scipy.stats import norm, t

    plain = math.isinf(found.df)
    tail = norm.sf(abs(score)) if plain else t.sf(abs(score), found.df)
    method = f"Miettinen-Nurminen score, {kind} of shares"
    if not plain:
        method = f"{method}, larger of design effect and CR2"
    warnings = groups.warnings
    events = _rarer_outcomes(groups)
    if groups.clustered and events < ASSUMED_EVENTS:
        few = (
            f"{events:g} values have the rarer outcome, too few to show how alike the items of a "
            "cluster are; their correlation is assumed at the start."
        )
        warnings = (*warnings, few)
    return Estimate(
        value, ends[0], ends[1], min(1.0, 2 * float(tail)), found.n_a + found.n_b, method, level,
        warnings, df=None if plain else found.df,
    )  # fmt: skip
