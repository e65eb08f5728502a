"""Why a loss is not excluded where so few items need not show the tail that decides."""

import math
from dataclasses import replace

from tailor_lab.experiment.analysis.data.question import Question
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import amount
from tailor_lab.stats import Estimate
from tailor_lab.stats.skewness import FEWEST_SOURCES


def reaching(shown: Estimate, narrow: Estimate, up: float) -> Estimate:
    """The interval that is shown, as far on the side of loss as the bound that decides.

    A guardrail must not read as better where its loss is not excluded. The p of a narrower interval
    would contradict it, so that there is none where the interval has come to hold no difference.
    """
    if shown.low is None or shown.high is None:
        return shown
    end = narrow.low if up > 0 else narrow.high
    if end is None:
        found = replace(shown, low=None) if up > 0 else replace(shown, high=None)
    elif up > 0:
        found = replace(shown, low=min(shown.low, end))
    else:
        found = replace(shown, high=max(shown.high, end))
    low = -math.inf if found.low is None else found.low
    high = math.inf if found.high is None else found.high
    apart = shown.low > 0 or shown.high < 0
    return replace(found, p=None) if apart and low <= 0 <= high else found


def explained(result: MetricResult, question: Question) -> MetricResult:
    """The result with its sentence and the items it needs where its tail of losses decides."""
    if result.verdict != "inconclusive" or result.judged is None or result.narrow is None:
        return result
    pairs, name = question.pairs, result.metric.name
    if question.hidden_losses(result.up):
        text = (
            f"cannot tell: {pairs.n_clusters} sources are too few where some items lose so much "
            f"more {name} than the others; use {FEWEST_SOURCES}"
        )
        return replace(result, sentence=text, needed=None)
    tail = (1 - result.narrow.level) / 2
    lost, margin = question.lost_unseen(result.up, tail), result.margin
    value = result.up * result.judged.value
    if not lost or margin is None or value - lost > -margin:
        return result
    share = 1 - tail ** (1 / (pairs.n_clusters or pairs.n))
    # The share that would lower the mean by just the margin, had it lost all that it can.
    allowed = (value + margin) * share / lost
    what = "items" if pairs.n_clusters is None else "sources"
    text = (
        f"cannot tell yet: up to {amount(share, '%')} of all may lose far more {name} than was seen"
    )
    if not 0 < allowed < 1:
        return replace(result, sentence=text)
    units = math.ceil(math.log(tail) / math.log1p(-allowed))
    items = math.ceil(pairs.n * units / (pairs.n_clusters or pairs.n))
    needed = max(result.needed or 0, items)
    text += f"; {units:,} {what} would exclude it"
    return replace(result, sentence=text, needed=needed)
