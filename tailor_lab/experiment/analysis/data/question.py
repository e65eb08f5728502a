"""The estimators that a metric's kind and the design ask for, and what checks them."""

from dataclasses import dataclass, replace

import numpy as np

from tailor_lab import stats
from tailor_lab.experiment.analysis.data.pairs import Floats, Pairs
from tailor_lab.experiment.design import Metric
from tailor_lab.stats import Estimate, NotEnoughData
from tailor_lab.stats.estimators.equal_differences import equal_ratios
from tailor_lab.stats.looks.anytime import SKEW_RULE
from tailor_lab.stats.skewness import freedom, hides_losses, reach, skewness, unseen

FLIPS = 4_000
ANYTIME_ITEMS = 50
ANYTIME_COSTS = 100
JUDGED_RANGE = 1.0
"""How far a judge's label of a run can lie from the baseline's."""


@dataclass(frozen=True)
class Question:
    """One metric of one variant against the baseline, on the pairs that there are."""

    pairs: Pairs
    metric: Metric
    watched: bool = False
    """Whether the interval must hold at any moment."""

    @property
    def relative(self) -> bool:
        """Whether the difference is judged as a share of the baseline."""
        wanted = self.metric.margin_is_relative or self.metric.kind in {"cost", "latency"}
        return wanted and (self.metric.margin_is_relative or self.positive)

    @property
    def positive(self) -> bool:
        """Whether the baseline's mean is above 0, so that shares of it have a meaning."""
        return bool(self.pairs.n and self.pairs.a.mean() > 0)

    @property
    def betting(self) -> bool:
        """Whether the watched interval comes from bets, which need no minimum of items."""
        pairs = self.pairs
        plain = self.metric.kind == "binary" and not (pairs.repeated or pairs.independent)
        return self.watched and plain and self.pairs.clusters is None

    @property
    def why(self) -> str:
        """Why this method."""
        if self.pairs.independent:
            return "two independent groups" + (
                "" if self.pairs.clusters is None else ", items clustered by source"
            )
        if self.relative:
            return "ratio of means, Fieller's interval"
        if self.metric.kind == "binary":
            shared = [
                *(["sources"] if self.pairs.clusters is not None else []),
                *(["replicates"] if self.pairs.repeated else []),
            ]
            more = f", widened for {' and '.join(shared)}" if shared else ""
            return f"pass or fail on the same items, so Tango's score interval{more}"
        if self.pairs.clusters is not None:
            taken = "" if self.pairs.observed_b is None else ", at the stated means of covariates"
            sources = self.pairs.n_clusters
            return f"items clustered in {sources} sources, so CR2 standard errors{taken}"
        taken = "" if self.pairs.observed_b is None else ", at the stated means of the covariates"
        return f"the same items under both variants, so paired differences{taken}"

    def difference(self, level: float) -> Estimate:
        """Variant minus baseline, in the metric's unit."""
        pairs = self.pairs
        if pairs.independent:
            ask = stats.group_share_difference if self.single_runs else stats.group_difference
            return ask(
                pairs.a,
                pairs.b,
                clusters_a=pairs.clusters,
                clusters_b=pairs.clusters_b,
                level=level,
            )
        if self.betting:
            return stats.betting_sequence(pairs.differences, low=-1.0, high=1.0, level=level)
        if self.metric.kind == "binary":
            return stats.clustered_proportions(
                pairs.a, pairs.b, clusters=pairs.clusters, level=level
            )
        if self.metric.judge is not None and self._one_difference:
            # A judge's labels reach from -1 to 1 (wins) or from 0 to 1 (grades), seen or not.
            units = np.arange(pairs.n) if pairs.clusters is None else pairs.clusters
            return stats.clustered(pairs.differences, units, level=level, spread=JUDGED_RANGE)
        if pairs.clusters is not None:
            spread = float(np.ptp(np.concatenate([pairs.a, pairs.b])))
            # Rounding must not make the range smaller than a difference.
            spread = max(spread, float(np.abs(pairs.differences).max()))
            return stats.clustered(pairs.differences, pairs.clusters, level=level, spread=spread)
        return stats.paired(pairs.a, pairs.b, level=level)

    def share(self, level: float) -> Estimate:
        """The difference as a share of the baseline's mean.

        Raises `NotEnoughData` where that is not above 0.
        """
        pairs = self.pairs
        if not self.positive:
            raise NotEnoughData(f"The baseline's mean of {self.metric.name} is not above 0.")
        if pairs.independent:
            return self._share_of_groups(level)
        if self.metric.kind in {"cost", "latency"} and self._one_price:
            # What is paid lies above 0, and nothing else is known of items that were not seen.
            mean, units = float(pairs.a.mean()), pairs.n_clusters or pairs.n
            ends, factor = (0.0, max(mean, float(pairs.b.mean()))), float(pairs.b.mean()) / mean
            unit = "items" if pairs.n_clusters is None else "clusters"
            return _as_share(
                equal_ratios(
                    factor, mean, ends, units, n=pairs.n, level=level, equal=f"{pairs.n} ratios",
                    unit=unit,
                )
            )  # fmt: skip
        if self.metric.kind != "binary" and self._one_difference:
            return self._bounded(level)
        clusters = {"clusters": pairs.clusters} if pairs.clusters is not None else {}
        return _as_share(stats.ratio(pairs.a, pairs.b, level=level, **clusters))

    @property
    def single_runs(self) -> bool:
        """Whether every value is one pass or fail, not a share of replicates."""
        values = np.concatenate([self.pairs.a, self.pairs.b])
        return self.metric.kind == "binary" and bool(((values == 0) | (values == 1)).all())

    @property
    def _one_difference(self) -> bool:
        """Whether every item changed by the same amount, such as by nothing."""
        pairs = self.pairs
        rounding = 1e-12 * float(np.abs([pairs.a, pairs.b]).max(initial=0.0))
        return bool(pairs.n and float(np.ptp(pairs.differences)) <= rounding)

    @property
    def _one_price(self) -> bool:
        """Whether every run of a variant cost the same, above 0 under the baseline."""
        pairs = self.pairs
        rounding = 1e-12 * float(np.abs([pairs.a, pairs.b]).max(initial=0.0))
        flat = all(float(np.ptp(each)) <= rounding for each in (pairs.a, pairs.b))
        return bool(pairs.n) and flat and self.positive

    def _bounded(self, level: float) -> Estimate:
        """One difference in every item has no spread; how many may have another is bounded."""
        found, mean = self.difference(level), float(self.pairs.a.mean())
        low, high = (None if end is None else end / mean for end in (found.low, found.high))
        return replace(found, value=found.value / mean, low=low, high=high)

    def _share_of_groups(self, level: float) -> Estimate:
        pairs = self.pairs
        first, second = pairs.clusters, pairs.clusters_b
        if self.single_runs:
            return stats.relative_lift(
                pairs.a, pairs.b, clusters_a=first, clusters_b=second, level=level
            )
        return _as_share(
            stats.group_ratio(pairs.a, pairs.b, clusters_a=first, clusters_b=second, level=level)
        )

    def cautious(self, narrow: Estimate, up: float) -> Estimate:
        """The one-sided interval with its end on the side of loss moved out for long tails.

        Rare large losses make most samples look better than the truth, and surer; see
        `stats.skewness`. Where too few sources would hide them, that end does not exist.
        """
        pairs = self.pairs
        if self.metric.kind == "binary" or pairs.independent or pairs.n < 2:
            return narrow
        if narrow.low is None or narrow.high is None:
            return narrow
        moved = narrow.low if up > 0 else narrow.high
        units = self._units(centred=True)
        half = abs(narrow.value - moved)
        # Differences that are equal but for rounding have no shape to go by.
        rounding = 1e-9 * float(np.abs([pairs.a, pairs.b]).max())
        if half and np.isfinite(half) and float(np.ptp(units)) > rounding:
            df = narrow.df if narrow.df is not None else len(units) - 1.0
            critical = half / narrow.se if narrow.se else student_point(df, narrow.level)
            longer = with_freedom(critical, df, min(df, float(freedom(units))))
            half *= reach(longer, float(skewness(up * units)), len(units)) / critical
            moved = narrow.value - up * half
        lost = self.lost_unseen(up, (1 - narrow.level) / 2)
        if lost is not None:
            moved = min(moved, narrow.value - lost) if up > 0 else max(moved, narrow.value + lost)
        end = None if self.hidden_losses(up) else moved
        return replace(narrow, low=end) if up > 0 else replace(narrow, high=end)

    def hidden_losses(self, up: float) -> bool:
        """Whether there are too few sources for a tail of losses as long as this one."""
        pairs = self.pairs
        if self.metric.kind == "binary" or pairs.independent or pairs.n_clusters is None:
            return False
        return bool(hides_losses(up * self._rest(), pairs.n_clusters))

    def lost_unseen(self, up: float, tail: float) -> float | None:
        """How much of the judged mean may be lost unseen, where the metric's bounds are known."""
        pairs = self.pairs
        mean = float(pairs.a.mean())
        largest = self.metric.largest_loss(mean)
        if largest is None:
            return None
        seen = np.asarray((-up * pairs.differences).max())
        lost = float(unseen(seen, largest, pairs.n_clusters or pairs.n, tail))
        return lost / mean if self.relative else lost

    @property
    def why_nothing(self) -> str:
        """Why an interval has no end."""
        rest, largest = self._rest(), float(np.abs([self.pairs.a.max(), self.pairs.b.max()]).max())
        if self.pairs.independent or np.ptp(rest) > 1e-9 * largest:
            return f"the baseline's mean of {self.metric.name} may be 0"
        what = "ratios" if self.relative else "differences"
        return f"all {self.pairs.n} {what} are equal, so their spread is not known"

    @property
    def standardised(self) -> float | None:
        """Mean difference in units of its standard deviation over items (Cohen's d_z)."""
        if self.pairs.independent:
            a, b = self.pairs.a, self.pairs.b
            pooled = float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
            return float(b.mean() - a.mean()) / pooled if pooled > 0 else None
        spread = float(self.pairs.differences.std(ddof=1))
        return float(self.pairs.differences.mean()) / spread if spread > 0 else None

    def flipped(self) -> float | None:
        """The p of a sign-flip permutation, to check the judged one; None where it does not fit."""
        pairs = self.pairs
        if self.relative or self.metric.kind == "binary" or self.watched or pairs.independent:
            return None
        return stats.permutation(
            pairs.a, pairs.b, clusters=pairs.clusters, resamples=FLIPS, seed=0
        ).p

    def too_early(self) -> str | None:
        """Why a watched interval cannot be given yet, or None."""
        if not self.watched or self.betting:
            return None
        cost = self.metric.kind in {"cost", "latency"}
        if self.pairs.independent:
            values = self.pairs.a if len(self.pairs.a) < len(self.pairs.b) else self.pairs.b
        else:
            values = self._units()
        least = ANYTIME_COSTS if cost else ANYTIME_ITEMS
        spread = values.std() if len(values) else 0.0
        if spread > 0:
            skewness = float((((values - values.mean()) / spread) ** 3).mean())
            least = max(least, int(np.ceil(SKEW_RULE * skewness**2)))
        if len(values) >= least:
            return None
        unit = "items" if self.pairs.clusters is None else "sources"
        return (
            f"watched all the time, this metric can be judged from {least} {unit} on; there are "
            f"{len(values)}"
        )

    def _units(self, *, centred: bool = False) -> Floats:
        """What comes independently: differences (from the judged ratio), summed by cluster."""
        pairs, rest = self.pairs, self._rest()
        rest = rest - rest.mean() if centred else rest
        if pairs.clusters is None:
            return rest
        _, index = np.unique(pairs.clusters, return_inverse=True)
        return np.bincount(index, weights=rest).astype(float)

    def _rest(self) -> Floats:
        """The difference of each item, from the judged ratio where a share is judged."""
        pairs = self.pairs
        ratio = pairs.b.mean() / pairs.a.mean() if self.relative and self.positive else 1.0
        return np.asarray(pairs.b - ratio * pairs.a)


def _as_share(ratio: Estimate) -> Estimate:
    """A factor such as 0.8 as the share by which it differs from 1: -0.2."""
    low, high = (None if end is None else end - 1 for end in (ratio.low, ratio.high))
    return replace(ratio, value=ratio.value - 1, low=low, high=high)


def student_point(df: float, level: float) -> float:
    """The point of t that a one-sided interval of two-sided `level` ends at."""
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, max(1, df)))


def with_freedom(critical: float, df: float, fewer: float) -> float:
    """The point of t with `fewer` degrees of freedom that has the same error beyond it."""
    from scipy.stats import t

    return float(t.isf(t.sf(critical, df), fewer))
