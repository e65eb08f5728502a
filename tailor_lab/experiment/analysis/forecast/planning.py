"""Before any money is spent: what so many items can tell, what the margin needs, what it costs.

How much the differences between two variants vary is taken from the log: from earlier runs of the
same experiment, else of others that measured the same. Where there are none, sizes are given in
standard deviations of the difference.
"""

import math
from typing import TYPE_CHECKING

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import number_of
from tailor_lab.experiment.analysis.forecast.bill import bill
from tailor_lab.experiment.analysis.forecast.draws import PastPairs
from tailor_lab.experiment.analysis.forecast.past import (
    measured,
    past_of,
    past_pairs,
    replicates_of,
    why_unknown,
)
from tailor_lab.experiment.analysis.forecast.planned_chances import planned_chances
from tailor_lab.experiment.answers import POWER, Forecast, detectable
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.verdict import ALPHA

if TYPE_CHECKING:
    from tailor_lab.experiment.plan import Bench, Plan


def forecast(plan: "Plan", bench: "Bench", *, spread: float | None = None) -> Forecast:
    """What a plan can find out. `spread` overrides what the log says of the differences' spread.

    Raises `InputError` for a spread that is not a number above 0.
    """
    experiment = plan.experiment
    if spread is not None:
        spread = _spread(spread)
    metric = experiment.primary
    others = len(experiment.variants) - 1
    alpha = ALPHA / others
    items = len(plan.record["order"])
    if items < 2:
        raise InputError(f'Experiment "{experiment.name}" has {items} item; it needs two or more.')
    values = [measured(each, bench.log) for each in (metric, *experiment.guardrails)]
    found = past_of(experiment, values[0])
    past = found if spread is None else None
    relative = metric.margin_is_relative or metric.kind in {"cost", "latency"}
    notes = []
    unit = "%" if relative else ""
    margin = metric.margin_value if metric.margin else None
    effect = 1.0
    if spread is not None:
        sd, source = spread, "given"
    elif past is not None:
        scale = past.baseline_mean if relative and past.baseline_mean > 0 else 1.0
        sd, source = float(past.differences.std(ddof=1)) / scale, past.source
        if relative and margin is not None and not metric.margin_is_relative:
            margin /= scale
        if past.clusters is not None and len(set(past.clusters)) < len(past.clusters):
            effect = max(1.0, stats.design_effect(past.differences, past.clusters))
    else:
        source = f"unknown: {why_unknown(experiment, values[0])}"
        sd, unit, margin = 1.0, "sd", None
        notes.append("Run a few items first (limit: 30), then plan again.")
    inflation = _inflation(experiment, items, alpha)
    shrink = effect * inflation
    left = plan.missing(bench.log)
    costs = bill(plan, bench, left)
    replicates = None
    pairs, where = PastPairs([None] * len(values)), ""
    if found is not None:
        pairs = past_pairs(found, values, clustered=experiment.cluster is not None)
        where = found.source
        replicates = replicates_of(
            found,
            values[0],
            items=items,
            replicates=experiment.replicates,
            effect=effect,
            scale=found.baseline_mean if unit == "%" and found.baseline_mean > 0 else 1.0,
        )
    simulated = None
    if margin and past is not None and unit != "sd":
        scale = sd / float(past.differences.std(ddof=1))
        simulated = stats.simulated_power(
            past.differences * scale, difference=margin, n=max(2, int(items / shrink)), alpha=alpha
        )
    return Forecast(
        experiment=experiment.name,
        plan_hash=plan.hash,
        metric=metric.name,
        margin=margin,
        unit=unit,
        items=items,
        clusters=_clusters(plan),
        runs=len(plan.cells),
        made=len(plan.cells) - len(left),
        looks=experiment.looks,
        alpha=alpha,
        spread=sd,
        design_effect=effect,
        inflation=inflation,
        source=source,
        detectable=detectable(items, sd, shrink, alpha),
        needed=_needed(margin, sd, shrink, alpha),
        power=_power(items, margin, sd, shrink, alpha),
        simulated_power=simulated,
        usd=costs.usd,
        usd_per_item=costs.usd_per_item,
        seconds=costs.seconds,
        input_tokens=costs.input_tokens,
        output_tokens=costs.output_tokens,
        why_no_price=costs.why_no_price,
        why_no_time=costs.why_no_time,
        chances=planned_chances(plan, pairs, where, spread=spread),
        replicates=replicates,
        notes=tuple(notes),
    )


def _spread(given: float) -> float:
    asked = "the standard deviation of the difference, a number above 0"
    found = number_of("spread", given, asked)
    if not found > 0:
        raise InputError(f"spread is {given}; use {asked}.")
    return found


def _clusters(plan: "Plan") -> int | None:
    cluster = plan.experiment.cluster
    return len({cell.item.values[cluster] for cell in plan.cells}) if cluster else None


def _inflation(experiment: Experiment, items: int, alpha: float) -> float:
    """How many times more items the looks need than one look for the same power.

    For watching all the time: what the last moment alone needs, an upper bound.
    """
    from scipy.stats import norm

    if experiment.looks != "anytime":
        return stats.look_inflation(int(experiment.looks), alpha=alpha, target=POWER)
    enough = max(items, 50)
    last = stats.anytime_level(enough, enough, level=1 - alpha) or 1 - alpha
    beta = float(norm.ppf(POWER))
    one, watched = (float(norm.ppf(0.5 + level / 2)) for level in (1 - alpha, last))
    return ((watched + beta) / (one + beta)) ** 2


def _needed(margin: float | None, sd: float, shrink: float, alpha: float) -> int | None:
    if not margin:
        return None
    return math.ceil(stats.sample_size(margin, sd=sd, target=POWER, alpha=alpha) * shrink)


def _power(
    items: int, margin: float | None, sd: float, shrink: float, alpha: float
) -> float | None:
    if not margin:
        return None
    effective = max(2, math.floor(items / shrink))
    return stats.power(effective, difference=margin, sd=sd, alpha=alpha)
