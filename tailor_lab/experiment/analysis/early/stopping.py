"""What stopping early spared."""

from tailor_lab.experiment.answers import Stopping
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.settled import (
    HOPELESS,
    chance_to_meet,
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
    """What was spared, from the log alone; None where nothing was or not all is decided."""
    import polars as pl

    planned, made = len(result.plan["cells"]), result.frame["cell"].n_unique()
    if made >= planned or not result.plan.get("order"):
        return None
    goal = result.experiment.goal
    reasons = {each.name: settled(each, goal) for each in result.compare().variants}
    decisions = {name: reason for name, reason in reasons.items() if reason is not None}
    if len(decisions) < len(reasons):
        return None
    usage = result.usage()
    finished = result.frame.filter(pl.col("status") == "ok")
    left = planned - made
    prices = finished["cost_usd"]
    priced = prices.null_count() == 0 and finished.height > 0
    seconds = float(finished["duration_ms"].fill_null(0.0).sum()) / 1000
    each = left / max(1, finished.height)
    return Stopping(
        decisions=decisions,
        runs=made,
        planned_runs=planned,
        saved_calls=round(usage["calls"] * each),
        saved_usd=float(prices.sum()) * each if priced else None,
        saved_s=seconds * each,
    )
