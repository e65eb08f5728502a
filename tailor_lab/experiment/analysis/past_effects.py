"""Past experiments as a prior for how large an effect is; see `Result.past_effects`."""

import math
from typing import TYPE_CHECKING

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import metric_of
from tailor_lab.experiment.analysis.forecast.past import measured
from tailor_lab.experiment.logged import latest_plan
from tailor_lab.experiment.outcomes.past_effects import PastEvidence, Shrunk
from tailor_lab.experiment.result import Result

if TYPE_CHECKING:
    import polars as pl

_FEWEST_EFFECTS = 5
_FEWEST_ITEMS = 10


def past_effects(result: Result, metric: str | None = None) -> PastEvidence:
    """The effects of the log's other experiments, and this one's shrunken by them.

    Empirical Bayes with a normal prior around 0 (`stats.prior_of_effects`, `stats.shrink`).
    """
    import polars as pl

    experiment = result.experiment
    asked = metric_of(result, metric)
    values = measured(asked, result.log)
    names = sorted(set(values["experiment"].to_list()) - {experiment.name})
    past: list[tuple[float, float]] = []
    used = []
    for name in names:
        plan, _ = latest_plan(result.log, name)
        own = values.filter(pl.col("experiment") == name)
        found = list(_effects(own, plan["baseline"]).values())
        past += found
        used += [name] if found else []
    if len(past) < _FEWEST_EFFECTS:
        raise InputError(
            f"The log holds {len(past)} past effects on {asked.name}; a prior needs "
            f"{_FEWEST_EFFECTS} or more, from experiments of other names."
        )
    effects, errors = zip(*past, strict=True)
    prior = stats.prior_of_effects(list(effects), list(errors))
    own = values.filter(pl.col("experiment") == experiment.name)
    up = 1.0 if asked.better == "higher" else -1.0
    shrunk = []
    for variant, (value, se) in _effects(own, experiment.baseline or "").items():
        found_now = stats.shrink(up * value, se, prior.tau)
        shrunk.append(Shrunk(variant, value, se, up * found_now.value, found_now.chance_above))
    return PastEvidence(asked.name, asked.unit, tuple(used), len(past), prior.tau, tuple(shrunk))


def _effects(values: "pl.DataFrame", baseline: str) -> dict[str, tuple[float, float]]:
    """Each variant's mean difference and its standard error, over items that have both."""
    import polars as pl

    base = values.filter(pl.col("variant") == baseline).select("item_id", base="value")
    pairs = values.filter(pl.col("variant") != baseline).join(base, on="item_id")
    found = {}
    for (variant,), part in pairs.sort("item_id").group_by("variant", maintain_order=True):
        differences = (part["value"] - part["base"]).to_numpy()
        spread = float(differences.std(ddof=1)) if len(differences) >= _FEWEST_ITEMS else 0.0
        if spread <= 0:
            continue
        clusters = part["cluster"]
        effect = 1.0
        if clusters.null_count() == 0 and clusters.n_unique() < part.height:
            effect = max(1.0, stats.design_effect(differences, clusters.to_list()))
        se = spread * math.sqrt(effect / len(differences))
        found[str(variant)] = float(differences.mean()), se
    return dict(sorted(found.items()))
