"""The summary for a pull request: the decision first, then the evidence in one table.

It is for somebody who reviews a change of a prompt and reads nothing else: whether to ship, every
metric with its interval, what did not finish, what it cost, and where the whole report is.
"""

from typing import TYPE_CHECKING

from tailor_lab.experiment.outcomes.decision import COLOURS
from tailor_lab.experiment.verdict import amount
from tailor_lab.markup import SIGNS
from tailor_lab.report.markdown import escaped
from tailor_lab.report.sections.decision import by_variant, guardrail_word, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tailor_lab.experiment.comparison import Comparison, MetricResult
    from tailor_lab.experiment.result import Result


def pull_request_summary(result: "Result", *, link: str | None = None) -> str:
    """What an experiment found, in Markdown short enough for the summary of a pull request.

    `link` is the address of the whole report. Text of users is escaped. Costs are in US dollars,
    of the runs that the comparison rests on.
    `result` is what `lab.result(name)` gives.
    """
    comparison = result.compare()
    parts = (
        _opening(result, comparison),
        _table(comparison),
        _closing(result, comparison.all_warnings, link),
    )
    return "\n".join(line for part in parts for line in part)


def _opening(result: "Result", comparison: "Comparison") -> "Iterator[str]":
    decision = comparison.decision
    heading = title(decision)
    heading = heading[0].lower() + heading[1:]
    yield f"## {escaped(comparison.experiment)}: {escaped(heading)}\n"
    if result.experiment.question:
        yield f"{escaped(result.experiment.question)}\n"
    yield f"**{SIGNS[COLOURS[decision.outcome]]} {escaped(decision.sentence)}**\n"
    yield from (f"- {escaped(reason)}" for reason in decision.reasons)
    yield from (f"- {escaped(flip)}" for flip in decision.flips)
    for _, colour, words in by_variant(comparison):
        yield f"- {SIGNS[colour]} {escaped(words)}"
    yield f"\n{comparison.n_items} items, against {escaped(comparison.baseline)}.\n"


def _table(comparison: "Comparison") -> "Iterator[str]":
    percent = f"{comparison.level:.0%}".replace("%", " %")
    change = f"difference ({percent} interval)"
    yield f"| variant | metric | verdict | baseline → variant | {change} | n |"
    yield "|---|---|---|---|---|--:|"
    for result in comparison:
        values = f"{_number(result.baseline_value)} → {_number(result.variant_value)}"
        cells = (result.variant, _metric(result), _words(result), values, result.summary, result.n)
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _metric(result: "MetricResult") -> str:
    return f"{result.metric.name} ({result.role})"


def _words(result: "MetricResult") -> str:
    word = f"{guardrail_word(result)}: " if result.role == "guardrail" else ""
    return f"{SIGNS[result.colour]} {word}{result.sentence}"


def _number(value: float | None) -> str:
    return "–" if value is None else amount(value, "")


def _closing(result: "Result", notes: tuple[str, ...], link: str | None) -> "Iterator[str]":
    usage, runs = result.usage(), result.frame
    failed = runs.filter(runs["status"] != "ok").height
    yield (
        f"\n{runs.height:,} runs, {failed:,} failed; {usage['calls']:,} model calls, of them "
        f"{usage['cached']:,} from the cache; {usage['tokens']:,} tokens; "
        f"${usage['spent_usd']:,.4f} spent, ${usage['saved_usd']:,.4f} saved by the cache.\n"
    )
    if notes:
        yield "<details><summary>Notes</summary>\n"
        yield from (f"- {escaped(note)}" for note in notes)
        yield "\n</details>\n"
    if link:
        yield f"[The whole report](<{link.replace('>', '%3E')}>), plan `{result.plan_hash}`.\n"
    else:
        yield f"Plan `{result.plan_hash}`.\n"
