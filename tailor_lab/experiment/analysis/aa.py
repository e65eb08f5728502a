"""A/A: would the procedure cry wolf on the user's own data, and would it find a true difference?

Two kinds of null. Swapping baseline and variant at random makes both equal whatever the truth, and
keeps the items that there are; it also makes every difference symmetric, which hides what skewed
data do to a test. Resampling draws whole items, or sources, with replacement from differences that
were centred, so that their shape is kept; a true difference of any size can be added.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import count_of, metric_of, number_of
from tailor_lab.experiment.analysis.data.pairs import Pairs
from tailor_lab.experiment.analysis.data.question import Question
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.forecast.draws import (
    PastPairs,
    Source,
    assumed_score,
    most_better,
    moved,
)
from tailor_lab.experiment.analysis.forecast.operating import Aim, Index
from tailor_lab.experiment.answers import AACheck, Null
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import ALPHA
from tailor_lab.stats import Estimate

FEWEST_REPS = 100


def aa(
    result: Result,
    *,
    reps: int = 2_000,
    metric: str | None = None,
    seed: int = 0,
    shift: float = 0.0,
    method: Null = "swapped",
) -> AACheck:
    """Judges the runs many times where there is no difference, or one of `shift`.

    `shift` is an improvement in the unit that is judged (a share of the baseline for costs), or a
    harm where it is negative, and always resamples. Raises `InputError` below two pairs, for a
    metric that there is not, and where the metric cannot get as much better.
    """
    import polars as pl

    if method not in {"swapped", "resampled"}:
        raise InputError(f'method is {method!r}; use "swapped" or "resampled".')
    shift = number_of("shift", shift, "a number in the unit that is judged, such as 0.5")
    pairs, asked = pairs_of(result, metric, reps)
    runs = result.experiment.replicates
    again = bool(shift) or method == "resampled"
    drawn = resampled(pairs, asked, reps, seed, shift, runs) if again else swaps(pairs, reps, seed)
    rows, name = [], ""
    for each in drawn:
        estimate = judge(each, asked)
        name = estimate.method
        rows.append((estimate.value, estimate.low, estimate.high, estimate.p))
    kinds = dict.fromkeys(("value", "low", "high", "p"), pl.Float64)
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    up = 1 if asked.better == "higher" else -1
    found = (frame["p"] < ALPHA).fill_null(value=False)
    if shift:
        found &= frame["value"] * (up if shift > 0 else -up) > 0
    count = int(found.sum())
    low, high = share_interval(count, reps)
    return AACheck(
        metric=asked.name,
        method=name,
        rate=count / reps,
        low=low,
        high=high,
        reps=reps,
        items=pairs.n,
        frame=frame,
        null="resampled" if again else "swapped",
        shift=shift,
        truth=up * shift,
    )


def pairs_of(result: Result, metric: str | None, reps: int) -> tuple[Pairs, Metric]:
    """The pairs of the first variant, in the plan's order, and the metric that is asked for."""
    experiment = result.experiment
    count_of("reps", reps, FEWEST_REPS)
    asked = metric_of(result, metric)
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


def resampled(
    pairs: Pairs, metric: Metric, reps: int, seed: int, shift: float = 0.0, runs: int = 1
) -> Iterator[Pairs]:
    """Items, or whole sources, drawn with replacement, equal on average but for `shift`.

    `runs` are the replicates behind each value.
    """
    asked = Aim.of(metric, baseline_mean=float(pairs.a.mean()) if pairs.n else None)
    if asked.method == "ratio" and not (pairs.a.mean() > 0 and pairs.b.mean() > 0):
        raise InputError(f"{metric.name} is 0 on average, so a share of it cannot be drawn.")
    index: Index | None = None
    if pairs.clusters is not None:
        index = np.unique(np.array(pairs.clusters), return_inverse=True)[1].astype(np.intp)
    source = Source([asked], [assumed_score(1.0)], PastPairs([(pairs.a, pairs.b)], index))
    rng = np.random.default_rng(seed)
    room = most_better(asked, np.concatenate([pairs.a, pairs.b]))
    if shift > room:
        raise InputError(f"shift is {shift}; {metric.name} can be better by {room:.3g} at most.")
    for _ in range(reps):
        a, b = source.draw(rng, 1, pairs.n, index)[0]
        b = moved(rng, asked, b, shift, index, runs=runs)
        yield replace(pairs, a=a[0], b=b[0])


def judge(pairs: Pairs, metric: Metric) -> Estimate:
    """The estimate that a comparison would judge by, as if it were the only look."""
    question = Question(pairs, metric)
    return question.share(0.95) if question.relative else question.difference(0.95)


def share_interval(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of simulations (Wilson, 1927)."""
    from scipy.stats import binomtest

    ends = binomtest(found, of).proportion_ci(0.95, method="wilson")
    return float(ends.low), float(ends.high)
