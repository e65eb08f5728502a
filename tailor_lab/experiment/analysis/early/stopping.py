"""What stopping early spared."""

from collections.abc import Sequence

from tailor_lab.experiment.analysis.verdicts.procedure import compare
from tailor_lab.experiment.answers import Stopping
from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.settled import (
    HOPELESS,
    chance_to_meet,
    keeps_running,
    round_sizes,
    settled,
)

__all__ = [
    "HOPELESS",
    "Stopping",
    "chance_to_meet",
    "round_sizes",
    "settled",
    "stopping",
]


def stopping(result: Result) -> Stopping | None:
    """What was spared, from the log alone; None where nothing was.

    A variant whose question is open has run to its end, else runs are still to come and nothing is
    spared yet.
    """
    import polars as pl

    planned, made = len(result.plan["cells"]), result.frame["cell"].n_unique()
    if made >= planned or not result.plan.get("order"):
        return None
    goal = result.experiment.goal
    variants = result.compare().variants
    reasons = {each.name: settled(each, goal) for each in variants}
    whole = _run_to_the_end(result)
    if any(reason is None and name not in whole for name, reason in reasons.items()):
        return None
    early = {
        name: reason for name, reason in reasons.items() if reason is not None and name not in whole
    }
    if not early:
        return None
    usage = result.usage()
    finished = result.frame.filter(pl.col("status") == "ok")
    left = planned - made
    prices = finished["cost_usd"]
    priced = prices.null_count() == 0 and finished.height > 0
    seconds = float(finished["duration_ms"].fill_null(0.0).sum()) / 1000
    each = left / max(1, finished.height)
    return Stopping(
        decisions=early,
        kept_running=_kept_running(result, variants),
        runs=made,
        planned_runs=planned,
        saved_calls=round(usage["calls"] * each),
        saved_usd=float(prices.sum()) * each if priced else None,
        saved_s=seconds * each,
    )


def _run_to_the_end(result: Result) -> set[str]:
    """The variants all of whose planned runs were made."""
    import polars as pl

    each = len(result.plan["cells"]) // len(result.experiment.variants)
    made = result.frame.group_by("variant").agg(pl.col("cell").n_unique())
    return {name for name, cells in made.iter_rows() if cells >= each}


def _kept_running(result: Result, variants: Sequence[VariantResult]) -> dict[str, str]:
    """For each variant that went on after its first look, the question that was open before."""
    import polars as pl

    experiment, order = result.experiment, list(result.plan["order"])
    found = {}
    for variant in variants:
        look = variant.primary.look
        sizes = round_sizes(experiment.looks, len(order))
        before = [size for size in sizes if look is not None and size < look.items]
        if not before:
            continue
        part = result.frame.filter(pl.col("item_id").is_in(order[: before[-1]]))
        earlier = compare(part, experiment, order=order, plan_hash=result.plan_hash)
        open_ = keeps_running(earlier[variant.name]) or keeps_running(variant)
        if open_ is not None:
            found[variant.name] = open_
    return found
