"""Harm and reliability of single items: what a mean hides.

A mean can be fine while a few items are far worse, and an average over replicates can be fine while
the same item passes today and fails tomorrow. The bounds are exact ones (Clopper and Pearson), so
that nothing seen never reads as nothing there: "0 of 60 lost more than 10 points; up to 5 % may".
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    numbers,
    pairs,
)
from tailor_lab.stats.estimators.clustered_shares import ASSUMED_EVENTS, ASSUMED_ICC
from tailor_lab.stats.estimators.clusters import FEW_CLUSTERS, bell_mccaffrey, grouped, icc

Better = Literal["higher", "lower"]


def harmed(
    a: Numbers,
    b: Numbers,
    *,
    margin: float,
    better: Better = "higher",
    clusters: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Share of items that `b` makes worse by more than `margin`, with a bound on what n cannot see.

    `a` and `b` have shape (n,), item i of one beside item i of the other; `better` names the good
    direction. Each end holds by itself with chance `level`: `high` is the largest share that the
    data do not exclude. Items with the same label in `clusters` lower the effective number of
    items. Raises `NotEnoughData` without a pair or below two clusters, `InputError` for a negative
    `margin` or another `better`.
    Source: Clopper and Pearson (1934), Biometrika 26; Korn and Graubard (1998), Survey Methodology
    24, for clusters.

    >>> found = harmed([50.0] * 60, [52.0] * 60, margin=10)
    >>> found.value, round(found.high, 3)
    (0.0, 0.049)
    """
    if margin < 0 or math.isnan(margin):
        raise InputError(f"margin is {margin}; it must be 0 or more.")
    if better not in {"higher", "lower"}:
        raise InputError(f'better is {better!r}; use "higher" or "lower".')
    first, second, warnings = pairs(a, b)
    loss = first - second if better == "higher" else second - first
    # A pair that is not finite is kept as nan, so that each label still has its item.
    every_a, every_b = numbers(a, "a"), numbers(b, "b")
    worse = np.full(len(every_a), np.nan)
    worse[np.isfinite(every_a) & np.isfinite(every_b)] = (loss > margin).astype(float)
    return _share(worse, clusters, level, one_sided=True, method="harmed", warnings=warnings)


def flip_rate(
    passed: Numbers, runs: Numbers, *, clusters: Numbers | None = None, level: float = 0.95
) -> Estimate:
    """Chance that two runs of the same item disagree: one passes and the other fails.

    `passed` and `runs` have shape (n,): how many of an item's replicates passed, of how many. Items
    with a single run are left out. Raises `NotEnoughData` without an item of two runs, and
    `InputError` for counts that are not whole or do not fit.
    Items with the same label in `clusters` are not independent.
    Source: the unbiased estimate of 2 p (1 - p), as Gini and Simpson (1949), Nature 163; interval
    as `harmed`, two-sided, with the items' own spread.

    >>> round(flip_rate([5, 4, 0, 5], [5, 5, 5, 5]).value, 3)
    0.1
    """
    return _of_replicates(
        passed, runs, clusters, level, 2, "flip rate", lambda c, r: 2 * c * (r - c) / (r * (r - 1))
    )


def pass_hat(
    passed: Numbers, runs: Numbers, k: int, *, clusters: Numbers | None = None, level: float = 0.95
) -> Estimate:
    """Chance that `k` runs of an item all pass (pass^k), over items.

    `passed` and `runs` have shape (n,): how many of an item's replicates passed, of how many. Items
    with fewer than `k` runs are left out. Raises `NotEnoughData` without an item of `k` runs, and
    `InputError` for counts that are not whole or do not fit.
    Items with the same label in `clusters` are not independent.
    Source: Yao et al. (2024), tau-bench, §3; the unbiased estimate as `pass_at`'s.

    >>> round(pass_hat([5, 4, 0], [5, 5, 5], 2).value, 3)
    0.533
    """
    return _of_replicates(
        passed, runs, clusters, level, k, f"pass^{k}", lambda c, r: _chosen(c, r, k)
    )


def pass_at(
    passed: Numbers, runs: Numbers, k: int, *, clusters: Numbers | None = None, level: float = 0.95
) -> Estimate:
    """Chance that at least one of `k` runs of an item passes (pass@k), over items.

    `passed`, `runs`, `clusters` and what is raised are as for `pass_hat`.
    Source: Chen et al. (2021), "Evaluating Large Language Models Trained on Code", eq. 1.

    >>> round(pass_at([5, 1, 0], [5, 5, 5], 2).value, 3)
    0.467
    """
    return _of_replicates(
        passed, runs, clusters, level, k, f"pass@{k}", lambda c, r: 1 - _chosen(r - c, r, k)
    )


def _chosen(count: Floats, of: Floats, k: int) -> Floats:
    """count over k by `of` over k: that k runs drawn without replacement are all of `count`."""
    return np.asarray(np.prod([np.maximum(count - i, 0) / (of - i) for i in range(k)], axis=0))


def _of_replicates(
    passed: Numbers, runs: Numbers, clusters: Numbers | None, level: float, least: int,
    method: str, of: Callable[[Floats, Floats], Floats],
) -> Estimate:  # fmt: skip
    if least < 1 or least != int(least):
        raise InputError(f"k is {least}; it must be a whole number from 1.")
    counts, total = numbers(passed, "passed"), numbers(runs, "runs")
    if len(counts) != len(total):
        raise InputError(f"passed has {len(counts)} items and runs has {len(total)}.")
    whole = (counts == np.round(counts)) & (total == np.round(total))
    if not (whole & (counts >= 0) & (counts <= total)).all():
        raise InputError("passed must hold whole numbers from 0 to the number of runs.")
    enough = total >= least
    values = np.full(len(counts), np.nan)
    values[enough] = of(counts[enough], total[enough])
    few = int((~enough).sum())
    notes = (f"{few} items with fewer than {least} runs were left out.",) if few else ()
    return _share(values, clusters, level, one_sided=False, method=method, warnings=notes)


def _share(
    values: Floats, clusters: Numbers | None, level: float, *, one_sided: bool, method: str,
    warnings: tuple[str, ...],
) -> Estimate:  # fmt: skip
    """Mean of values from 0 to 1 with Clopper and Pearson's ends at the effective number."""
    from scipy.stats import beta, t

    check_level(level)
    tail = 1 - level if one_sided else (1 - level) / 2
    kept = values[np.isfinite(values)]
    n = len(kept)
    at_least(n, 1, "items")
    value = float(kept.mean())
    events = min(float(kept.sum()), float((1 - kept).sum()))
    # Values between 0 and 1 spread less than 0 and 1 do; how much less is learned from events.
    binary = value * (1 - value)
    own = float(kept.var()) / binary if binary > 1e-12 else 1.0
    effect = _started(events, own, 1.0)
    df = None
    if clusters is not None:
        _, index, _ = grouped(values, clusters)
        sizes = np.bincount(index)
        at_least(len(sizes), 2, "clusters")
        correlation = icc(kept, index) if sizes.max() > 1 else 0.0
        correlation = max(correlation, _started(events, correlation, ASSUMED_ICC))
        effect *= 1 + (float((sizes**2).sum()) / n - 1) * correlation
        df = bell_mccaffrey(sizes / n)
        effect *= (float(t.isf(tail, df)) / float(t.isf(tail, max(n - 1, df)))) ** 2
        if len(sizes) < FEW_CLUSTERS:
            few = f"Only {len(sizes)} clusters: the interval is approximate below {FEW_CLUSTERS}."
            warnings = (*warnings, few)
    count = n / effect
    x = value * count
    low = float(beta.ppf(tail, x, count - x + 1)) if x > 0 else 0.0
    high = float(beta.isf(tail, x + 1, count - x)) if x < count else 1.0
    return Estimate(
        value, min(low, value), max(high, value), None, n,
        f"{method} (Clopper-Pearson, {count:.4g} effective items)", level, warnings, df=df,
    )  # fmt: skip


def _started(events: float, found: float, assumed: float) -> float:
    """`found`, as far as `events` events can tell, else `assumed`."""
    return (events * found + ASSUMED_EVENTS * assumed) / (events + ASSUMED_EVENTS)
