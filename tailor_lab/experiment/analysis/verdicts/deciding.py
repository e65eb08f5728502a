"""From what was found on every metric to one decision, in words that lead with what matters."""

from collections.abc import Iterator, Sequence
from functools import partial

from tailor_lab.experiment.analysis.verdicts.harm import harm_sentence
from tailor_lab.experiment.analysis.verdicts.together import Ranking
from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.outcomes.decision import Decision, VariantDecision
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.settled import hopeless
from tailor_lab.experiment.verdict import Goal, State, amount, counted
from tailor_lab.experiment.workload import FAILED

_SHOWN = 3
"""Metrics that a sentence names before it says how many more there are."""


def decide(
    variants: Sequence[VariantResult],
    experiment: Experiment,
    baseline: str,
    *,
    ranking: Ranking | None = None,
) -> Decision:
    """One decision over all variants; `ranking` names those that qualify, the best first."""
    made = partial(Decision, baseline=baseline, goal=experiment.goal)
    asked = {result.metric.name for variant in variants for result in variant}
    absent = [
        metric.name
        for metric in (experiment.primary, *experiment.guardrails)
        if metric.name not in asked
    ]
    if experiment.primary.name in absent:
        text = f"Cannot judge: {experiment.primary.name}, which decides, was not asked for."
        return made("cannot_judge", None, sentence=text)
    if absent:
        text = f"Cannot judge: the guardrail {', '.join(absent)} was not asked for."
        each = tuple(
            VariantDecision(v.name, False, "not all that decides was asked") for v in variants
        )
        return made("cannot_judge", None, sentence=text, per_variant=each)
    states = {variant.name: standing(variant, experiment.goal) for variant in variants}
    able = [v for v in variants if states[v.name] == "met"]
    if able:
        order = ranking.names if ranking is not None else tuple(v.name for v in able)
        best = min(able, key=lambda v: order.index(v.name) if v.name in order else len(order))
        return made(
            "ship",
            best.name,
            sentence=f"Ship {best.name}: {'; '.join(_found(best))}.",
            reasons=(*_reasons(best), *(ranking.sentences if ranking else ())),
            flips=tuple(_flips(best, experiment.goal)),
            per_variant=_each(variants, states, best, experiment.goal),
        )
    per_variant = _each(variants, states, None, experiment.goal)
    notes = tuple(note for variant in variants for note in _reasons(variant))
    waiting = [v for v in variants if states[v.name] == "open" and _readable(v)]
    if waiting:
        chosen, question = _nearest(waiting)
        more = _more(question)
        return made(
            "continue",
            None,
            sentence=_going_on(chosen, question, more, baseline, experiment.goal),
            reasons=notes,
            flips=tuple(_flips(chosen, experiment.goal)),
            more_items=more,
            binding=question.metric.name,
            per_variant=per_variant,
        )
    unread = [v for v in variants if states[v.name] == "open"]
    if unread:
        why = "; ".join(f"{v.name}: {_unread(v)}" for v in unread)
        text = f"Cannot judge {why}."
        return made("cannot_judge", None, sentence=text, reasons=notes, per_variant=per_variant)
    return made(
        "keep_baseline",
        None,
        sentence=_kept(variants, baseline, experiment.goal),
        reasons=notes,
        flips=tuple(flip for variant in variants for flip in _flips(variant, experiment.goal)),
        per_variant=per_variant,
    )


def standing(variant: VariantResult, goal: Goal) -> State:
    """Whether a variant qualifies (met), is rejected (failed) or is still open.

    One that the rest of the plan could hardly help counts as rejected, as it gets no more runs.
    """
    states = [variant.primary.state, *(m.state for m in variant.guardrails)]
    if "failed" in states or hopeless(variant, goal) is not None:
        return "failed"
    return "met" if all(state == "met" for state in states) else "open"


def _readable(variant: VariantResult) -> bool:
    return not any(m.verdict == "invalid" for m in (variant.primary, *variant.guardrails))


def _unread(variant: VariantResult) -> str:
    deciding = (variant.primary, *variant.guardrails)
    bad = next(m for m in deciding if m.verdict == "invalid")
    return f"{bad.metric.name} is {bad.sentence}"


def _each(
    variants: Sequence[VariantResult],
    states: dict[str, State],
    best: VariantResult | None,
    goal: Goal,
) -> tuple[VariantDecision, ...]:
    found = []
    for variant in variants:
        if best is not None and variant.name == best.name:
            reason = "; ".join(_found(variant))
        elif states[variant.name] == "met" and best is not None:
            reason = f"{'; '.join(_found(variant))}, {_outdone(variant, best)}"
        elif states[variant.name] == "failed":
            reason = _rejected(variant, goal)
        elif not _readable(variant):
            reason = _unread(variant)
        else:
            reason = "; ".join(_open(m, goal) for m in _deciding(variant) if m.state == "open")
        chosen = best is not None and variant.name == best.name
        found.append(VariantDecision(variant.name, chosen, reason))
    return tuple(found)


def _outdone(variant: VariantResult, best: VariantResult) -> str:
    """Why a variant that qualifies is not the one to ship."""
    values = [each.primary.judged.value for each in (variant, best) if each.primary.judged]
    if len(values) == 2 and values[0] == values[1]:
        return f"as {best.name} does, which is taken as the first in the definition"
    return f"but {best.name} does more"


def _deciding(variant: VariantResult) -> tuple[MetricResult, ...]:
    return (variant.primary, *variant.guardrails)


def _found(variant: VariantResult) -> list[str]:
    """What was found on each metric, the largest gain in margins first."""
    results = sorted(_deciding(variant), key=_weight, reverse=True)
    return [_phrase(result) for result in results if result.metric.name != FAILED]


def _weight(result: MetricResult) -> tuple[bool, float]:
    """Gains that are shown before what only holds; larger in margins before smaller."""
    judged, margin = result.judged, result.margin
    if judged is None or not margin:
        return result.role == "primary", 0.0
    gain = result.up * judged.value / margin
    shown = result.verdict == "better" and gain >= 1
    return shown or result.role == "primary", gain


def _phrase(result: MetricResult) -> str:
    """ "unsupported_claims falls from 75 % to 0 %", "improvement unchanged (+0.2, margin 2)"."""
    name, judged = result.metric.name, result.judged
    if judged is None or result.verdict == "invalid":
        return f"{name} {result.sentence}"
    change = amount(judged.value, _unit(result), signed=True)
    if result.verdict in {"better", "worse"}:
        base, value = (_level(v, result) for v in (result.baseline_value, result.variant_value))
        if result.metric.unit and not result.metric.is_share:
            base = base.removesuffix(f" {result.metric.unit}")
        way = "rises" if (result.variant_value or 0) > (result.baseline_value or 0) else "falls"
        if result.role == "guardrail" and result.verdict == "worse":
            return f"{name} {way} by {change.lstrip('+-')}, {_limit(result)}"
        small = " by less than the margin," if result.state == "failed" and _up(result) else ""
        return f"{name} {way}{small} from {base} to {value}"
    if result.verdict in {"equivalent", "not_worse"}:
        word = "unchanged" if result.verdict == "equivalent" else "not worse"
        return f"{name} {word} ({change}, margin {_margin(result)})"
    return f"{name} {result.sentence} ({change})"


def _up(result: MetricResult) -> bool:
    return result.judged is not None and result.up * result.judged.value > 0


def _limit(result: MetricResult) -> str:
    within = "within" if result.passes else "margin"
    return f"{within} {_margin(result)}" if result.margin is not None else "more than by chance"


def _level(value: float | None, result: MetricResult) -> str:
    if value is None:
        return "nothing"
    return amount(value, "%" if result.metric.is_share else result.metric.unit)


def _unit(result: MetricResult) -> str:
    """The unit of what was judged, and of its margin."""
    return result.metric.margin_unit(relative=result.judged_relative)


def _margin(result: MetricResult) -> str:
    return "none" if result.margin is None else amount(result.margin, _unit(result))


def _rejected(variant: VariantResult, goal: Goal) -> str:
    """Why a variant is not to be shipped, the guardrails that it breaks first."""
    broken = [m for m in variant.guardrails if m.state == "failed"]
    if broken:
        return "; ".join(_broken(m) for m in broken)
    primary = variant.primary
    lost = hopeless(variant, goal) if primary.state != "failed" else None
    if lost is not None:
        return lost
    if primary.judged is None or primary.verdict == "worse":
        return _phrase(primary) if primary.judged else f"{primary.metric.name} {primary.sentence}"
    if _shown_to_lose(primary):
        size = amount(primary.judged.value, _unit(primary), signed=True)
        return f"{primary.metric.name} loses more than the margin of {_margin(primary)} ({size})"
    size = amount(primary.judged.value, _unit(primary), signed=True)
    return f"{primary.metric.name} changes by less than the margin of {_margin(primary)} ({size})"


def _shown_to_lose(result: MetricResult) -> bool:
    """Whether the loss is shown to be above the margin, though not at the level of "worse"."""
    narrow, margin = result.narrow, result.margin
    end = None if narrow is None else narrow.high if result.up > 0 else narrow.low
    return end is not None and margin is not None and result.up * end < -margin


def _broken(result: MetricResult) -> str:
    if result.metric.name == FAILED and result.margin is None:
        rates = (_level(v, result) for v in (result.variant_value, result.baseline_value))
        return "fails in {} of its runs, {} under the baseline".format(*rates)
    return f"{_phrase(result)}, a guardrail that does not hold"


def _kept(variants: Sequence[VariantResult], baseline: str, goal: Goal) -> str:
    if len(variants) == 1:
        return f"Keep {baseline}: {variants[0].name}: {_rejected(variants[0], goal)}."
    reasons = [f"{v.name}: {_rejected(v, goal)}" for v in variants[:_SHOWN]]
    rest = len(variants) - len(reasons)
    more = f"; and {rest} more" if rest else ""
    return (
        f"Keep {baseline}: none of {len(variants)} variants qualifies; {'; '.join(reasons)}{more}."
    )


def _nearest(waiting: Sequence[VariantResult]) -> tuple[VariantResult, MetricResult]:
    """The open variant that is nearest to an answer, and the question that takes longest there."""

    def slowest(variant: VariantResult) -> MetricResult:
        questions = [m for m in _deciding(variant) if m.state == "open"]
        return max(questions, key=lambda m: _more(m) or 0)

    chosen = min(waiting, key=lambda v: _more(slowest(v)) or float("inf"))
    return chosen, slowest(chosen)


def _more(result: MetricResult) -> int | None:
    if result.needed is None or result.needed <= result.n:
        return None
    return result.needed - result.n


def _going_on(
    variant: VariantResult, question: MetricResult, more: int | None, baseline: str, goal: Goal
) -> str:
    """What is open, how far it is, and meanwhile the baseline stays."""
    if question.look is None or question.judged is None:
        return f"Continue: {question.metric.name} of {variant.name}: {question.sentence}."
    items = f"; about {counted(more, 'more items')} would tell" if more else ""
    shown = [_phrase(m) for m in _deciding(variant) if m.state == "met" and m.metric.name != FAILED]
    so_far = f" So far {'; '.join(shown)}." if shown else ""
    head = f"Continue with {variant.name}, keep {baseline} meanwhile"
    return f"{head}: {_open(question, goal)}{items}.{so_far}"


def _open(result: MetricResult, goal: Goal) -> str:
    """A question that is open, with its interval and what it is held against."""
    if result.judged is None:
        return f"{result.metric.name}: {result.sentence}"
    asked = "a loss below" if _loss_asked(result, goal) else "a gain of"
    margin = f", {asked} {_margin(result)} is not shown" if result.margin is not None else ""
    words = (
        "is open" if result.verdict == "inconclusive" else f"is {result.verdict.replace('_', ' ')}"
    )
    return f"{result.metric.name} {words} ({result.interval(_unit(result))}){margin}"


def _reasons(variant: VariantResult) -> Iterator[str]:
    """Harm to single items, failures, and what was not asked."""
    harm = harm_sentence(variant.primary)
    if harm is not None:
        yield harm
    yield from variant.notes
    for result in variant.metrics:
        if result.sentence.startswith("not asked"):
            yield f"{variant.name}, {result.metric.name}: {result.sentence}."
        if result.flip_rate is not None and result.reliability is not None:
            yield (
                f"{variant.name}, {result.metric.name}: two runs of an item disagree in "
                f"{result.flip_rate.value:.1%}; all replicates pass in "
                f"{result.reliability.value:.1%} of items."
            )


def _loss_asked(result: MetricResult, goal: Goal) -> bool:
    """Whether it must be shown to lose less than the margin, rather than to gain."""
    return result.role == "guardrail" or goal == "not_worse"


def _flips(variant: VariantResult, goal: Goal) -> Iterator[str]:
    """The margin at which each question that binds a variant would tip, where there is one.

    Of a variant that is rejected only what rejects it binds: no other margin would save it.
    """
    rejected = standing(variant, goal) == "failed"
    for result in _deciding(variant):
        if rejected and result.state != "failed":
            continue
        narrow = result.narrow
        if narrow is None or result.margin is None:
            continue
        ends = [end for end in (narrow.low, narrow.high) if end is not None]
        if len(ends) < 2:
            continue
        turned = sorted(result.up * end for end in ends)
        yield from _tipping(variant, result, turned[0], turned[1], goal)


def _tipping(
    variant: VariantResult, result: MetricResult, low: float, high: float, goal: Goal
) -> Iterator[str]:
    name = f"{result.metric.name} of {variant.name}"
    loss_asked = _loss_asked(result, goal)
    if loss_asked and low < 0:
        word = "no longer holds below" if result.passes else "would hold from"
        yield f"{name} {word} a margin of {amount(-low, _unit(result))}."
    elif not loss_asked and high > 0 and result.verdict == "better":
        word = "would be too small from" if result.passes else "would be enough below"
        yield f"{name} {word} a margin of {amount(high, _unit(result))}."
