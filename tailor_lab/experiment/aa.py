"""A/A: would the procedure cry wolf on the user's own data?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.experiment.question import Question
from tailor_lab.experiment.table import RunTable

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result

ALPHA = 0.05


@dataclass(frozen=True)
class AACheck:
    """How often the method found a difference where there is none, with its 95 % interval."""

    metric: str
    method: str
    rate: float
    low: float
    high: float
    reps: int
    items: int

    @property
    def ok(self) -> bool:
        """Whether the data allow that the rate is 5 % or less."""
        return self.low <= ALPHA

    def __str__(self) -> str:
        word = "as promised" if self.ok else "MORE than promised"
        return (
            f"{self.metric}, {self.items} items, {self.reps:,} re-randomisations: {self.method} "
            f"finds a difference in {self.rate:.1%} ({self.low:.1%} to {self.high:.1%}) where "
            f"there is none; {ALPHA:.0%} are promised, so that is {word}."
        )


def aa(result: "Result", *, reps: int = 2_000, metric: str | None = None, seed: int = 0) -> AACheck:
    """Swaps baseline and variant at random within each item (or source), and tests each time.

    Whatever the true difference, after the swap there is none. Raises `InputError` below two pairs.
    """
    from scipy.stats import binomtest

    experiment = result.experiment
    if reps < 100:
        raise InputError(f"reps is {reps}; use 100 or more.")
    asked = next((m for m in experiment.all_metrics if m.name == metric), experiment.primary)
    baseline = experiment.baseline or experiment.variants[0].name
    table = RunTable(result.frame, experiment)
    variant = next(v.name for v in experiment.variants if v.name != baseline)
    pairs = table.pairs(asked, baseline, variant, len(table.order))
    if pairs.n < 2:
        raise InputError(f'Experiment "{experiment.name}" has {pairs.n} pairs; A/A needs two.')
    units = np.arange(pairs.n)
    if pairs.clusters is not None:
        _, units = np.unique(np.array(pairs.clusters), return_inverse=True)
    rng = np.random.default_rng(seed)
    found = 0
    method = ""
    for _ in range(reps):
        swap = rng.integers(0, 2, units.max() + 1).astype(bool)[units]
        a, b = np.where(swap, pairs.b, pairs.a), np.where(swap, pairs.a, pairs.b)
        question = Question(replace(pairs, a=a, b=b), asked)
        estimate = question.share(0.95) if question.relative else question.difference(0.95)
        method = estimate.method
        found += estimate.p is not None and estimate.p < ALPHA
    ends = binomtest(found, reps).proportion_ci(0.95, method="wilson")
    return AACheck(asked.name, method, found / reps, ends.low, ends.high, reps, pairs.n)
