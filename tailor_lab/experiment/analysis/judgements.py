"""What judges said of an experiment's runs, and how far the place of an answer decided it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.experiment.labels import BASELINE, PLACES, WORDS, judge_kinds
from tailor_lab.experiment.result import Result
from tailor_lab.llm.judges import PositionBias

if TYPE_CHECKING:
    import polars as pl

_LABELS = """
    select item_id, variant, value, label from scores
    where experiment = ? and metric = ? and kind = ? and run_id in (select unnest(?))
    qualify row_number() over (partition by run_id order by recorded_at) = 1
    order by item_id, variant
"""


def judgements(result: Result, metric: str) -> "pl.DataFrame":
    """What a judge said: `item_id`, `variant`, `value`, `label`, a row per judged run."""
    kind = judge_kinds(result.plan).get(metric)
    if kind is None:
        known = ", ".join(judge_kinds(result.plan)) or "none"
        raise InputError(f'No judge gives the metric "{metric}"; metrics with a judge: {known}.')
    runs = result.frame["run_id"].to_list()
    return result.log.sql(_LABELS, [result.experiment.name, metric, kind, runs])


def bias_of(frame: "pl.DataFrame") -> PositionBias | None:
    """How often the place decided, from the labels of a pairwise judge; None without any."""
    labels = [label for label in frame["label"].to_list() if label != BASELINE]
    if not labels:
        return None
    n = len(labels)
    first, second = (labels.count(PLACES[p]) / n for p in (("a", "b"), ("b", "a")))
    consistent = sum(label in WORDS.values() for label in labels) / n
    return PositionBias(n, consistent, first, second)


def bias_notes(result: Result) -> Iterator[str]:
    """A sentence for each pairwise judge on how far the place of an answer decided."""
    for metric, kind in judge_kinds(result.plan).items():
        if not kind.startswith("pairwise"):
            continue
        bias = bias_of(judgements(result, metric))
        if bias is not None:
            yield (
                f"The judge of {metric} named the same winner in both orders in "
                f"{bias.consistent:.0%} of {bias.n} pairs; the answer shown first won both times "
                f"in {bias.first:.0%}, the one shown second in {bias.second:.0%} (counted as ties)."
            )
