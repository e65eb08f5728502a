"""What a mean hides: items made far worse, what was not seen, and runs that disagree."""

from dataclasses import replace

import numpy as np

from tailor_lab import stats
from tailor_lab.experiment.analysis.data.question import Question
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import ALPHA, amount
from tailor_lab.stats import NotEnoughData


def harmed(result: MetricResult, question: Question) -> MetricResult:
    """The result with the share of items that lost more than the margin, and what n cannot see."""
    pairs, metric = question.pairs, result.metric
    if not result.n or result.verdict == "invalid" or pairs.independent:
        return result
    margin = metric.margin_value if metric.margin is not None else 0.0
    if metric.kind == "binary":
        margin = 0.0
    elif metric.margin_is_relative:
        margin *= abs(float(pairs.a.mean()))
    try:
        harm = stats.harmed(
            pairs.a,
            pairs.b if pairs.observed_b is None else pairs.observed_b,
            margin=margin,
            better=metric.better or "higher",
            clusters=pairs.clusters,
            level=1 - ALPHA,
        )
    except NotEnoughData:
        return result
    result = replace(result, harm=harm)
    unseen = _unseen(result, question)
    return result if unseen is None else replace(result, warnings=(*result.warnings, unseen))


def _unseen(result: MetricResult, question: Question) -> str | None:
    """A sentence where losses that so few items need not show could undo the gain.

    Of n items that show nothing of the kind, up to 1 - 0.05^(1 / n) of all may lose more than any
    did (the exact rule of three; Hanley and Lippman-Hand, 1983), each at most by the range of the
    values.
    """
    pairs, difference = question.pairs, result.difference
    if result.verdict != "better" or result.kind == "binary" or difference is None:
        return None
    units = pairs.n_clusters or pairs.n
    share = 1 - ALPHA ** (1 / units)
    gain = abs(difference.value)
    reach = float(np.ptp(np.concatenate([pairs.a, pairs.b])))
    if share * reach <= gain:
        return None
    name, unit = result.metric.name, result.metric.unit
    what = "items" if pairs.n_clusters is None else "sources"
    return (
        f"{name} of {result.variant}: {units} {what} cannot exclude that up to "
        f"{amount(share, '%')} lose far more than any that was seen; "
        f"a loss of {amount(gain / share, unit)} in those would undo the gain."
    )


def replicates(result: MetricResult, table: RunTable, items: int) -> MetricResult:
    """The result with how often replicates of an item disagree, and how often all pass."""
    if result.kind != "binary" or table.experiment.replicates < 2 or not result.n:
        return result
    passed, runs = table.passed(result.metric, result.variant, items)
    clusters = None if table.clusters is None else table.clusters[:items]
    try:
        flips = stats.flip_rate(passed, runs, clusters=clusters)
        every = stats.pass_hat(passed, runs, table.experiment.replicates, clusters=clusters)
    except NotEnoughData:
        return result
    return replace(result, flip_rate=flips, reliability=every)


def harm_sentence(result: MetricResult) -> str | None:
    """ "0 of 60 items lost more than 10; up to 4.9 % may." """
    harm = result.harm
    if harm is None or harm.high is None:
        return None
    count = round(harm.value * harm.n)
    metric = result.metric
    if metric.kind == "binary":
        what = "turned from good to bad"
    elif metric.margin is None:
        what = "got worse"
    else:
        unit = metric.margin_unit(relative=metric.margin_is_relative)
        what = f"got worse by more than {amount(metric.margin_value, unit)}"
    return (
        f"{result.variant}: {count} of {harm.n} items {what} on {metric.name}; "
        f"up to {amount(harm.high, '%')} of all may."
    )
