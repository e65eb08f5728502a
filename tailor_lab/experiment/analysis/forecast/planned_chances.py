"""The chances of a plan's decisions: what is asked, what the log knows, and what is assumed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tailor_lab.experiment.analysis.forecast.chances import ROUNDS, PlannedDesign, chances_of
from tailor_lab.experiment.analysis.forecast.draws import (
    BAD_RATE,
    ICC,
    LOG_SPREAD,
    Draw,
    PastPairs,
    Source,
    assumed_cost,
    assumed_score,
    assumed_share,
)
from tailor_lab.experiment.analysis.forecast.operating import Aim, Index, Schedule
from tailor_lab.experiment.analysis.verdicts.gates import FEWEST_CLUSTERS
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.outcomes.chances import Chances
from tailor_lab.experiment.verdict import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tailor_lab.experiment.plan import Plan

_MARGINS = 3.0
_MARGIN_OF_COST = 0.1
_WORK = 4_000_000
_FEWEST_ROUNDS = 200


def planned_chances(plan: "Plan", past: PastPairs, where: str, *, spread: float | None) -> Chances:
    """The chances of the plan's decisions.

    `past` has a pair for the primary metric and each guardrail; `where` says where it is from.
    `spread`, the standard deviation of the primary metric's differences, replaces its past.
    """
    experiment = plan.experiment
    metrics = (experiment.primary, *experiment.guardrails)
    pairs = [
        pair if pair is not None and _usable(metric, pair[0], pair[1]) else None
        for metric, pair in zip(metrics, past.values, strict=True)
    ]
    if spread is not None:
        pairs[0] = None
    asked, assumed, notes = [], [], []
    for number, (metric, pair) in enumerate(zip(metrics, pairs, strict=True)):
        given = spread if number == 0 else None
        question = Aim.of(metric, baseline_mean=float(pair[0].mean()) if pair else None)
        if metric.margin is not None and question.margin is None:
            question = replace(question, margin=_MARGIN_OF_COST)
        draw, note = _assumption(
            question, metric, given, experiment.replicates, primary=number == 0
        )
        asked.append(question)
        assumed.append(draw)
        if pair is None:
            notes.append(note)
    index = _clusters(plan)
    if index is not None and any(pair is None for pair in pairs):
        notes.append(f"Items of a source are assumed to correlate by {ICC:g}.")
    if index is not None and past.index is None and any(pair is not None for pair in pairs):
        notes.append("The past items name no sources, so they are drawn as if independent.")
    if index is not None and index.max() + 1 < FEWEST_CLUSTERS:
        notes.append(f"Fewer than {FEWEST_CLUSTERS} sources give no verdict.")
    known = any(pair is not None for pair in pairs)
    if known:
        notes.insert(0, f"Chances are drawn {where}.")
    variants = len(experiment.variants) - 1
    schedule = Schedule(len(plan.record["order"]), experiment.looks, index, variants)
    work = schedule.n * len(schedule.sizes) * len(asked) * variants
    return chances_of(
        PlannedDesign(asked, schedule, experiment.goal, experiment.replicates),
        Source(asked, assumed, PastPairs(pairs, past.index) if known else None),
        rounds=max(_FEWEST_ROUNDS, min(ROUNDS, _WORK // work)),
        seed=experiment.seed,
        notes=notes,
    )


def _usable(metric: Metric, a: "np.ndarray", b: "np.ndarray") -> bool:
    """Whether past values say how much the metric varies."""
    if metric.margin_is_relative or metric.kind in {"cost", "latency"}:
        return bool(a.mean() > 0 and b.mean() > 0)
    return metric.kind == "binary" or bool((b - a).std() > 0)


def _assumption(
    asked: Aim, metric: Metric, spread: float | None, runs: int, *, primary: bool
) -> tuple[Draw, str]:
    """How a metric is drawn that the log does not have, and the sentence that says so."""
    if asked.method == "ratio":
        size = LOG_SPREAD if spread is None else spread
        number = metric.kind if metric.kind in {"cost", "latency"} else "value"
        note = f"a spread of {size:.0%} of an item's {number} between the variants is assumed"
        return assumed_cost(size), f"{asked.name}: {note}."
    if asked.method == "share":
        bad = max(BAD_RATE, _MARGINS * (asked.margin or 0.0)) if primary else BAD_RATE
        note = f"a rate of {bad:.0%} bad runs is assumed"
        return assumed_share(min(bad, 0.5), asked.up, runs), f"{asked.name}: {note}."
    sd = spread if spread is not None else _MARGINS * (asked.margin or 1 / _MARGINS)
    what = "as given" if spread is not None else "three margins" if asked.margin else "assumed"
    note = f"a standard deviation of the difference of {amount(sd, '')} is taken ({what})"
    return assumed_score(sd), f"{asked.name}: {note}."


def _clusters(plan: "Plan") -> Index | None:
    """The number of each planned item's cluster, in the order of the plan."""
    name = plan.experiment.cluster
    if not name:
        return None
    of_item = {cell.item.id: cell.item.values[name] for cell in plan.cells}
    labels: Sequence[str] = [str(of_item[item]) for item in plan.record["order"]]
    return np.unique(np.array(labels), return_inverse=True)[1].astype(np.intp)
