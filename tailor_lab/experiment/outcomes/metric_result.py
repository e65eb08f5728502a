"""One variant on one metric: what was estimated, and what follows from it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tailor_lab.experiment.looks import Look
from tailor_lab.experiment.metric import Metric, Role
from tailor_lab.experiment.verdict import OF_BASELINE, POINTS, State, Verdict, amount
from tailor_lab.experiment.workload import Kind
from tailor_lab.stats import Estimate

_TINTS: dict[Verdict, Literal["good", "bad", "open"]] = {
    "better": "good",
    "equivalent": "good",
    "not_worse": "good",
    "worse": "bad",
    "invalid": "open",
    "inconclusive": "open",
}


_STATES: dict[State, Literal["good", "bad", "open"]] = {
    "met": "good",
    "failed": "bad",
    "open": "open",
}


@dataclass(frozen=True)
class MetricResult:
    """One variant against the baseline on one metric.

    `difference` is variant minus baseline in the metric's unit; `relative` is the same as a share
    of the baseline. `detectable` is the smallest difference that this many items find with 80 %
    power, in the unit that was judged.
    """

    metric: Metric
    role: Role
    """"primary", "guardrail" or "exploratory"."""
    variant: str
    baseline: str
    n: int
    missing: int
    """Items left out since a run of theirs failed or lacks the metric."""
    baseline_value: float | None
    """Mean (or rate, or quantile) under the baseline, in the metric's unit."""
    variant_value: float | None
    """The same under the variant."""
    difference: Estimate | None
    relative: Estimate | None
    p_adjusted: float | None
    """Two-sided p: of the primary metric for the number of variants, of exploratory ones for their
    number too. None for guardrails, and where the method has none."""
    effect_size: float | None
    """Mean difference over its standard deviation between items (Cohen's d_z); None without any."""
    judged_relative: bool
    """Whether the verdict was reached on `relative` rather than on `difference`."""
    why: str
    """Why this method, from design and kind alone."""
    detectable: float | None
    needed: int | None
    """How many items would show a difference of the size of the margin with 80 % power."""
    verdict: Verdict
    """One word; `docs/statistics.md` says how it is come to."""
    sentence: str
    """The verdict in words."""
    state: State = "open"
    """Whether it is shown what was asked of the metric: of the primary one the experiment's goal,
    of a guardrail that the loss is below the margin."""
    warnings: tuple[str, ...] = ()
    look: Look | None = None
    """How much of the plan this rests on; None before the first look."""
    crosscheck_p: float | None = None
    """The p of a sign-flip permutation, where that fits."""
    narrow: Estimate | None = None
    """The judged estimate with the interval at one-sided 95 %, which margins are held against."""
    se: float | None = None
    """Standard error of what was judged, from the width of its interval; None without any."""
    harm: Estimate | None = None
    """Of the primary metric: the share of items made worse by more than the margin."""
    flip_rate: Estimate | None = None
    """Of pass or fail with replicates: how often two runs of an item disagree under the variant."""
    reliability: Estimate | None = None
    """The same: how often all replicates of an item pass under the variant (pass^k)."""

    @property
    def passes(self) -> bool:
        """Whether what was asked of the metric is shown."""
        return self.state == "met"

    @property
    def colour(self) -> Literal["good", "bad", "open"]:
        """The tint of its state: what was asked is shown, its contrary is, or it is open.

        Nothing is asked of an exploratory metric, so its verdict is tinted.
        """
        if self.role == "exploratory":
            return _TINTS[self.verdict]
        return _STATES[self.state]

    @property
    def up(self) -> float:
        """1 where more is better, else -1."""
        return 1.0 if self.metric.better == "higher" else -1.0

    @property
    def margin(self) -> float | None:
        """The margin in the unit that is judged: the metric's own, or a share of the baseline."""
        metric = self.metric
        if metric.margin is None:
            return None
        if self.judged_relative and not metric.margin_is_relative:
            return metric.margin_value / self.baseline_value if self.baseline_value else None
        return metric.margin_value

    @property
    def kind(self) -> Kind | None:
        """The metric's kind, from which the method follows."""
        return self.metric.kind

    @property
    def judged(self) -> Estimate | None:
        """The estimate that the verdict rests on."""
        return self.relative if self.judged_relative else self.difference

    @property
    def method(self) -> str:
        """The name of the method of the judged estimate."""
        return self.judged.method if self.judged else "none"

    @property
    def summary(self) -> str:
        """The estimate and its interval as people write them."""
        return self.interval("%" if self.judged_relative else "")

    def interval(self, unit: str) -> str:
        """The estimate and its interval, "+2.1 points (0.4 to 3.8)", in such a unit.

        Per cent are written at both ends, another unit once.
        """
        estimate = self.judged
        if estimate is None:
            return "not estimated"
        low, high = (
            "no limit" if end is None else _end(end, unit) for end in self.possible(estimate)
        )
        return f"{amount(estimate.value, unit, signed=True)} ({low} to {high})"

    def possible(self, estimate: Estimate) -> tuple[float | None, float | None]:
        """The ends of an estimate's interval, the lower one no less than what can be.

        What cannot be negative, such as a cost, loses at most all of it, whatever Fieller's
        interval says.
        """
        least = -1.0 if self.judged_relative and self.kind != "score" else -math.inf
        low = None if estimate.low is None else max(estimate.low, least)
        return low, estimate.high


def _end(value: float, unit: str) -> str:
    """An end of an interval; a long unit is written with the estimate alone."""
    if unit == "%":
        return amount(value, unit)
    return amount(100 * value if unit in {OF_BASELINE, POINTS} else value, "")


def reaches(results: Iterable[MetricResult]) -> dict[str, float]:
    """How far from zero the intervals of each metric reach, for a scale that variants share."""
    found: dict[str, float] = {}
    for result in results:
        estimate, name = result.judged, result.metric.name
        ends = (estimate.value, *result.possible(estimate)) if estimate else ()
        sizes = [abs(end) for end in ends if end is not None and math.isfinite(end)]
        found[name] = max([found.get(name, 0.0), *sizes])
    return found
