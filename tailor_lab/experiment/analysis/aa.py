"""A/A: would the procedure cry wolf on the user's own data?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.question import Question
from tailor_lab.experiment.analysis.table import Pairs, RunTable
from tailor_lab.experiment.answers import ALPHA, AACheck
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.result import Result
from tailor_lab.stats import Estimate


def aa(result: Result, *, reps: int = 2_000, metric: str | None = None, seed: int = 0) -> AACheck:
    """Swaps baseline and variant at random within each item (or source), and tests each time.

    Whatever the true difference, after the swap there is none. Raises `InputError` below two pairs.
    """
    import polars as pl

    pairs, asked = pairs_of(result, metric, reps)
    rows, method = [], ""
    for swapped in swaps(pairs, reps, seed):
        estimate = judge(swapped, asked)
        method = estimate.method
        rows.append((estimate.value, estimate.low, estimate.high, estimate.p))
    kinds = dict.fromkeys(("value", "low", "high", "p"), pl.Float64)
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    found = int((frame["p"] < ALPHA).sum())
    low, high = share_interval(found, reps)
    return AACheck(asked.name, method, found / reps, low, high, reps, pairs.n, frame)


def pairs_of(result: Result, metric: str | None, reps: int) -> tuple[Pairs, Metric]:
    """The pairs of the first variant, in the plan's order, and the metric that is asked for."""
    experiment = result.experiment
    if reps < 100:
        raise InputError(f"reps is {reps}; use 100 or more.")
    asked = next((m for m in experiment.all_metrics if m.name == metric), experiment.primary)
    baseline = experiment.baseline or experiment.variants[0].name
    table = RunTable(result.frame, experiment, result.plan.get("order"))
    variant = next(v.name for v in experiment.variants if v.name != baseline)
    pairs = table.pairs(asked, baseline, variant, len(table.order))
    if pairs.n < 2:
        raise InputError(f'Experiment "{experiment.name}" has {pairs.n} pairs; A/A needs two.')
    return pairs, asked


def swaps(pairs: Pairs, reps: int, seed: int) -> Iterator[Pairs]:
    """The pairs with baseline and variant swapped at random within each item (or source)."""
    units = np.arange(pairs.n)
    if pairs.clusters is not None:
        _, units = np.unique(np.array(pairs.clusters), return_inverse=True)
    rng = np.random.default_rng(seed)
    for _ in range(reps):
        swap = rng.integers(0, 2, units.max() + 1).astype(bool)[units]
        yield replace(pairs, a=np.where(swap, pairs.b, pairs.a), b=np.where(swap, pairs.a, pairs.b))


def judge(pairs: Pairs, metric: Metric) -> Estimate:
    """The estimate that a comparison would judge by, as if it were the only look."""
    question = Question(pairs, metric)
    return question.share(0.95) if question.relative else question.difference(0.95)


def share_interval(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of simulations (Wilson, 1927)."""
    from scipy.stats import binomtest

    ends = binomtest(found, of).proportion_ci(0.95, method="wilson")
    return float(ends.low), float(ends.high)
