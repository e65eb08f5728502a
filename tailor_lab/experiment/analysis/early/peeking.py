"""Peeking: what looking early without a plan costs, on the user's own data.

As in an A/A check, baseline and variant are swapped at random within each item or source, so there
is nothing to find. Then the items come in the plan's order, and each way of looking is asked
whether it would ever have called a difference.
"""

from collections.abc import Sequence
from dataclasses import replace

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.aa import judge, pairs_of, share_interval, swaps
from tailor_lab.experiment.analysis.data.pairs import Pairs
from tailor_lab.experiment.analysis.data.question import ANYTIME_ITEMS
from tailor_lab.experiment.answers import PEEKING, PLANNED, WATCHED, Peeking
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.looks import Look, asked_level, look_sizes
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import ALPHA
from tailor_lab.stats import NotEnoughData


def peeking(
    result: Result,
    *,
    looks: Sequence[int] = (1, 2, 5, 10, 20),
    reps: int = 500,
    metric: str | None = None,
    seed: int = 0,
) -> Peeking:
    """False alarms of fixed tests that are peeked at, of planned looks, and of watching always.

    `looks` are the numbers of looks to try, each at equal shares of the items. Raises `InputError`
    below two pairs, for a metric that there is not, or where a number of looks is below 1 or above
    that of the pairs.
    """
    import polars as pl

    pairs, asked = pairs_of(result, metric, reps)
    for count in looks:
        if not isinstance(count, int) or not 1 <= count <= pairs.n:
            raise InputError(f"looks holds {count}; use 1 to {pairs.n}, the number of pairs.")
    plans = {count: look_sizes(count, pairs.n) for count in looks}
    sizes = sorted({size for plan in plans.values() for size in plan})
    strict = {(PEEKING, count): dict.fromkeys(plan, ALPHA) for count, plan in plans.items()}
    strict |= {(PLANNED, count): _planned(plan, pairs.n) for count, plan in plans.items()}
    strict |= {(WATCHED, count): _watched(plan, pairs.n) for count, plan in plans.items()}
    alarms = dict.fromkeys(strict, 0)
    for swapped in swaps(pairs, reps, seed):
        p = {size: _p(swapped, asked, size) for size in sizes}
        for key, levels in strict.items():
            alarms[key] += any(p[size] < level for size, level in levels.items())
    rows = [
        (count, method, found / reps, *share_interval(found, reps))
        for (method, count), found in alarms.items()
    ]
    columns = ["looks", "method", "rate", "low", "high"]
    return Peeking(asked.name, pairs.n, reps, pl.DataFrame(rows, schema=columns, orient="row"))


def _planned(sizes: Sequence[int], planned: int) -> dict[int, float]:
    """The p below which each planned look calls a difference."""
    every = [Look(k, len(sizes), size, planned) for k, size in enumerate(sizes, 1)]
    levels = {look.items: asked_level(every[: look.number], 1 - ALPHA) for look in every}
    return {size: 1 - level for size, level in levels.items() if level is not None}


def _watched(sizes: Sequence[int], planned: int) -> dict[int, float]:
    """The same where one may look after every item; such a sequence starts at 50 items."""
    levels = {
        size: asked_level([Look(1, None, size, planned)], 1 - ALPHA)
        for size in sizes
        if size >= ANYTIME_ITEMS
    }
    return {size: 1 - level for size, level in levels.items() if level is not None}


def _p(pairs: Pairs, metric: Metric, items: int) -> float:
    """The p of the first items as if they were all; 1 where they are too few."""
    clusters = pairs.clusters[:items] if pairs.clusters is not None else None
    first = replace(pairs, a=pairs.a[:items], b=pairs.b[:items], clusters=clusters)
    try:
        found = judge(first, metric).p
    except NotEnoughData:
        return 1.0
    return 1.0 if found is None else found
