"""Plain questions to the runs of a result: differences by item, people's labels, agreement."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import measured_by, metric_of
from tailor_lab.experiment.result import Result

if TYPE_CHECKING:
    import polars as pl

_WORDS = {-1: "loss", 0: "tie", 1: "win"}


def differences(result: Result, variant: str, metric: str | None = None) -> "pl.DataFrame":
    """A row per item with both values and their difference; see `Result.differences`."""
    import polars as pl

    asked = metric_of(result, metric)
    name = asked.name
    result.experiment.variant(variant)
    if name not in result.frame.columns:
        raise InputError(f'No run measured "{name}" yet.')
    value = pl.col(name).cast(pl.Float64)
    if asked.kind == "binary":
        value = (value > 0).cast(pl.Float64)
    means = (
        result.frame.filter(pl.col("status") == "ok")
        .group_by("item_id", "variant")
        .agg(value.mean().alias("value"))
    )
    a = means.filter(pl.col("variant") == result.experiment.baseline)
    b = means.filter(pl.col("variant") == variant)
    return (
        a.select("item_id", baseline="value")
        .join(b.select("item_id", variant="value"), on="item_id")
        .with_columns(difference=pl.col("variant") - pl.col("baseline"))
        .drop_nulls("difference")
        .sort("item_id")
    )


def labelled(result: Result, metric: str) -> Result:
    """The result of the items alone that people have labelled; see `Result.labelled`."""
    import polars as pl

    if metric not in measured_by(result):
        known = ", ".join(measured_by(result)) or "nothing"
        raise InputError(
            f'No run has a label "{metric}" yet; the runs have {known}. '
            "Label some: Lab().review(...)."
        )
    items = result.frame.filter(pl.col(metric).is_not_null())["item_id"].unique()
    order = [item for item in result.plan["order"] if item in set(items)]
    frame = result.frame.filter(pl.col("item_id").is_in(order))
    return replace(result, frame=frame, plan={**result.plan, "order": order})


def agreement(result: Result, judge: str, people: str) -> stats.Estimate:
    """Cohen's kappa of two pairwise metrics; see `Result.agreement`."""
    import polars as pl

    known = measured_by(result)
    missing = [name for name in (judge, people) if name not in known]
    if missing:
        there = ", ".join(known) or "nothing"
        raise InputError(f'No run has the metric "{missing[0]}" yet; the runs have {there}.')
    pairs = result.frame.filter(result.frame["variant"] != result.experiment.baseline)
    both = pairs.select(judge, people).drop_nulls().cast(pl.Float64).to_numpy()
    words = [[_WORDS[int(np.sign(value))] for value in column] for column in both.T]
    return stats.cohen_kappa(*words, categories=list(_WORDS.values()))
