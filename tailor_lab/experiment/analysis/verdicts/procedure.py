"""The procedure behind every comparison: gates, then an estimate, then a word, then a decision.

The method follows from the design and the kind of metric, never from a p-value:

1. Gates (`gates`): duplicate runs, more than 5 % of the pairs missing, or far more runs lost under
   one variant than under the other, make the comparison invalid.
2. Only planned looks count (`looks`): between two of them the last one stands.
3. Replicates are averaged within an item, and variants are compared within items. Items that share
   a source are clustered by it.
4. Scores: paired t, or CR2 with Bell-McCaffrey degrees of freedom where there are clusters; a
   sign-flip permutation checks them. Pass or fail: Tango's score interval, widened for clusters and
   replicates. Costs and latencies: the ratio of means with Fieller's interval, shown in per cent.
5. Several variants share the error of the primary metric (`together`) and of each guardrail, as
   one of them is shipped; guardrails share nothing with one another, as each must hold. Further
   metrics only explore (Benjamini-Hochberg).
6. Where runs failed, whether they failed more often than the baseline's is a guardrail of its own.
7. All of it ends in one decision (`deciding`).

`docs/statistics.md` says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tailor_lab.experiment.analysis.data.pairs import Pairs
from tailor_lab.experiment.analysis.data.question import Question
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.verdicts.deciding import decide
from tailor_lab.experiment.analysis.verdicts.failures import counting_failures
from tailor_lab.experiment.analysis.verdicts.gates import gate, uneven
from tailor_lab.experiment.analysis.verdicts.harm import harmed, replicates
from tailor_lab.experiment.analysis.verdicts.judging import invalid, judged_result, unjudged
from tailor_lab.experiment.analysis.verdicts.tails import explained, reaching
from tailor_lab.experiment.analysis.verdicts.together import adjusted, ranked, shared_error
from tailor_lab.experiment.comparison import Comparison, VariantResult
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.looks import (
    Look,
    Looks,
    asked_level,
    at_look,
    look_sizes,
    looks_so_far,
)
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import ALPHA, Goal, counted
from tailor_lab.experiment.workload import FAILED
from tailor_lab.stats import Estimate, NotEnoughData

_FAILURES = Metric(FAILED, kind="binary", better="lower", unit="share")


def compare(
    frame: Any,
    experiment: Experiment,
    *,
    metrics: Sequence[Metric] | None = None,
    baseline: str | None = None,
    plan_hash: str = "",
    order: Sequence[str] | None = None,
    unplanned: Sequence[int] = (),
) -> Comparison:
    """Compares every variant with the baseline on every metric.

    `frame` (of polars, pandas, Arrow or DuckDB) has a row per run: `item_id`, `variant`, a column
    per metric, the experiment's cluster column where it has one, and, unless there is one run an
    item and variant and none failed, `replicate` and `status` ("ok" or "failed"). `order` names the
    planned items in the order in which they run; without it the frame is all there is to come.
    `unplanned` are numbers of items at which somebody looked without a plan.
    `metrics` are those to compare, by default all of the experiment's. Raises `InputError` for a
    frame that lacks any of these.
    """
    baseline = baseline or experiment.baseline or experiment.variants[0].name
    experiment.variant(baseline)
    table = RunTable(frame, experiment, order)
    wanted = tuple(metrics or experiment.all_metrics)
    others = [v.name for v in experiment.variants if v.name != baseline]
    ladder = {
        name: looks_so_far(
            experiment.looks, len(table.order), table.ready(baseline, name), unplanned
        )
        for name in others
    }
    results = {m.name: _compare_metric(table, experiment, m, baseline, ladder) for m in wanted}
    deciding = {experiment.primary.name, *(m.name for m in experiment.guardrails)}
    # Whoever names the metrics that decide gets the decision, which failures can break.
    if deciding <= results.keys() and FAILED not in results and table.any_failed:
        wanted = (*wanted, _FAILURES)
        results[FAILED] = _compare_metric(table, experiment, _FAILURES, baseline, ladder)
    variants = tuple(
        VariantResult(name, tuple(results[metric.name][name] for metric in wanted))
        for name in others
    )
    of_primary = experiment.primary in wanted
    drift = table.drift(experiment.primary, baseline) if of_primary else None
    gaps = {metric.name: table.missing_values(metric) for metric in wanted}
    if of_primary and (table.any_failed or gaps[experiment.primary.name]):
        variants = tuple(counting_failures(v, table, experiment, 1 - ALPHA) for v in variants)
    ranking = ranked(table, experiment, variants) if of_primary else None
    decision = decide(variants, experiment, baseline, ranking=ranking)
    return Comparison(
        experiment=experiment.name,
        baseline=baseline,
        variants=variants,
        n_items=max((looks[-1].items for looks in ladder.values() if looks), default=0),
        n_clusters=table.n_clusters,
        level=1 - ALPHA,
        plan_hash=plan_hash,
        decision=decision,
        warnings=(
            *table.warnings(),
            *_of_looks(experiment, table, ladder),
            *filter(None, gaps.values()),
            *filter(None, [drift]),
        ),
    )


def _of_looks(experiment: Experiment, table: RunTable, ladder: dict[str, list[Look]]) -> list[str]:
    """What a reader must know of an experiment that is not finished."""
    notes = []
    planned = look_sizes(experiment.looks, len(table.order))
    for name, looks in ladder.items():
        done = table.ready(experiment.baseline or "", name)
        last = looks[-1] if looks else None
        if last is None or last.final or last.of is None:
            continue
        coming = next((size for size in planned if size > last.items), None)
        more = f"; the next is at {coming}" if coming else ""
        notes.append(f"{name}: {last}{more}. {done} are finished.")
    return list(dict.fromkeys(notes))


@dataclass(frozen=True)
class _Case:
    """One variant on one metric: what is asked at each look so far, and how strictly."""

    questions: tuple[Question, ...]
    looks: tuple[Look, ...]
    level: float

    @property
    def now(self) -> Question:
        """The question at the last look."""
        return self.questions[-1]

    def judged(self, level: float) -> Estimate:
        """The estimate that the verdict rests on."""
        return self.share(level) if self.now.relative else self.difference(level)

    def difference(self, level: float) -> Estimate:
        """The difference in the metric's unit, with the interval that the looks allow."""
        if self.now.betting:
            return self.now.difference(level)
        asked = [question.difference for question in self.questions]
        return at_look(asked[-1], asked[:-1], self.looks, level)

    def share(self, level: float) -> Estimate:
        """The difference as a share of the baseline, with the interval that the looks allow."""
        asked = [question.share for question in self.questions]
        return at_look(asked[-1], asked[:-1], self.looks, level)


def _compare_metric(
    table: RunTable,
    experiment: Experiment,
    metric: Metric,
    baseline: str,
    ladder: dict[str, list[Look]],
) -> dict[str, MetricResult]:
    role = "guardrail" if metric is _FAILURES else experiment.role(metric.name)
    # One variant is shipped, so that all share the error of each question that lets one through.
    # The guardrails of a variant must all hold, so that they share none with one another.
    lets_through = role == "primary" or (role == "guardrail" and metric.margin is not None)
    level = 1 - ALPHA / (len(ladder) if lets_through else 1)
    found = {}
    for variant, looks in ladder.items():
        empty = replace(unjudged(metric, experiment, variant, baseline), role=role)
        if not looks:
            found[variant] = _no_look_yet(empty, table, experiment.looks)
            continue
        questions = tuple(
            Question(table.pairs(metric, baseline, variant, look.items), metric, look.of is None)
            for look in looks
        )
        case = _Case(questions, tuple(looks), level)
        result = _result(empty, case, table, experiment.goal)
        result = replicates(result, table, looks[-1].items)
        found[variant] = harmed(result, case.now) if role == "primary" else result
    if role == "primary" and len(found) > 1:
        found = shared_error(found, table, metric, baseline, ladder, experiment.goal)
    if table.duplicates:
        verb = "is" if table.duplicates == 1 else "are"
        runs = counted(table.duplicates, "runs")
        text = f"{runs} {verb} recorded twice for the same item and variant"
        found = {name: invalid(result, text) for name, result in found.items()}
    if role == "guardrail":
        return found
    return adjusted(found, "bonferroni" if role == "primary" else "benjamini_hochberg")


def _no_look_yet(empty: MetricResult, table: RunTable, looks: Looks) -> MetricResult:
    """What can be said before the first planned look: how far it is."""
    ready, planned = table.ready(empty.baseline, empty.variant), len(table.order)
    first = look_sizes(looks, planned)[:1]
    where = f"the first look is planned at {first[0]} items" if first else "no item is planned"
    text = f"cannot tell yet: {where}, {ready} of {planned} are finished"
    return replace(empty, n=ready, verdict="inconclusive", sentence=text)


def _result(empty: MetricResult, case: _Case, table: RunTable, goal: Goal) -> MetricResult:
    """One variant on one metric at its last look."""
    question, pairs, metric = case.now, case.now.pairs, empty.metric
    empty = replace(
        empty,
        n=pairs.n,
        missing=pairs.missing,
        baseline_value=float(pairs.a.mean()) if pairs.n else None,
        variant_value=float(pairs.b.mean()) if pairs.n else None,
        judged_relative=question.relative,
        look=case.looks[-1],
    )
    closed = _without_price(empty, pairs, table)
    if closed is not None:
        return closed
    refused = gate(pairs, empty)
    nothing_paid = _nothing_paid(empty, question, goal)
    if nothing_paid is not None:
        return invalid(nothing_paid, refused) if refused else nothing_paid
    never = pairs.runs_b and pairs.lost_b == pairs.runs_b and pairs.lost_a < pairs.runs_a
    # Runs that finished without a value, such as a price that nobody knows, show no loss, and a
    # few runs that failed show none beyond chance.
    measured_none = table.finished_without(metric, empty.variant)
    if never and not measured_none and uneven(pairs, empty) is not None:
        lost = f"none of the {pairs.runs_b} runs of {empty.variant} gave one"
        return replace(empty, verdict="worse", sentence=f"worse: {lost}", state="failed")
    if pairs.smallest < 2:
        return invalid(empty, refused or "fewer than two items finished under both variants")
    early = question.too_early()
    try:
        difference = case.difference(case.level)
        share = case.share(case.level) if question.positive and not question.betting else None
        narrow = case.judged(1 - 2 * (1 - case.level))
    except NotEnoughData as error:
        return invalid(empty, str(error).rstrip("."))
    judged = share if question.relative and share is not None else difference
    result = replace(
        empty,
        difference=difference,
        relative=share,
        effect_size=question.standardised,
        why=question.why,
        warnings=judged.warnings,
    )
    if refused:
        return invalid(result, refused)
    if early:
        open_ = replace(judged, low=None, high=None, p=None)
        text = f"cannot tell yet: {early}"
        result = replace(result, verdict="inconclusive", sentence=text)
        if result.judged_relative:
            return replace(result, relative=open_)
        return replace(result, difference=open_)
    level = asked_level(case.looks, case.level) or case.level
    nothing = judged.low is None and judged.high is None
    # Where the wider interval has no ends, the narrower one says nothing for certain either.
    narrow = (
        replace(narrow, low=None, high=None) if nothing else question.cautious(narrow, empty.up)
    )
    if result.role == "guardrail" or (result.role == "primary" and goal == "not_worse"):
        shown = reaching(judged, narrow, empty.up)
        if result.judged_relative:
            result = replace(result, relative=shown)
        else:
            result = replace(result, difference=shown)
    result = judged_result(result, narrow, level, goal)
    if nothing and case.looks[-1].final:
        return replace(result, sentence=f"cannot tell: {question.why_nothing}")
    return _checked(explained(result, question), question, case)


def _without_price(empty: MetricResult, pairs: Pairs, table: RunTable) -> MetricResult | None:
    """A cost that no run has a price for is said and not asked; None where there is one."""
    metric = empty.metric
    if metric.kind != "cost" or empty.role == "primary" or pairs.n:
        return None
    nobody = [
        name for name in (empty.baseline, empty.variant) if table.finished_without(metric, name)
    ]
    if not nobody:
        return None
    text = f"not asked: no run of {' or '.join(nobody)} has a known {metric.name}"
    return replace(empty, verdict="inconclusive", sentence=text, state="met")


def _nothing_paid(empty: MetricResult, question: Question, goal: Goal) -> MetricResult | None:
    """A cost of 0 under the baseline: 0 beside 0 is as good, and any more is worse."""
    pairs = question.pairs
    if question.metric.kind not in {"cost", "latency"} or not pairs.n or pairs.a.any():
        return None
    nothing = Estimate(0.0, 0.0, 0.0, 1.0, pairs.n, "0 under both")
    if not pairs.b.any():
        return replace(
            empty,
            judged_relative=False,
            difference=nothing,
            verdict="equivalent",
            sentence=f"as good as the baseline: {empty.metric.name} is 0 under both",
            state="failed" if empty.role == "primary" and goal == "better" else "met",
        )
    if not question.metric.margin_is_relative:
        return None
    return replace(
        empty,
        verdict="worse",
        sentence=f"worse: {empty.baseline} has no {empty.metric.name}, {empty.variant} has",
        state="failed",
    )


def _checked(result: MetricResult, question: Question, case: _Case) -> MetricResult:
    """The result with the p of its sign-flip check, and a warning where the two disagree."""
    if len(case.looks) > 1 or not case.looks[-1].final:
        return result
    flipped = question.flipped()
    judged = result.judged
    if flipped is None or judged is None or judged.p is None:
        return result
    alpha = 1 - case.level
    result = replace(result, crosscheck_p=flipped)
    if (flipped < alpha) == (judged.p < alpha):
        return result
    text = (
        f"{result.metric.name} of {result.variant}: {judged.method} gives p = {judged.p:.3f} and "
        f"the sign-flip check {flipped:.3f}; they disagree at {alpha:.3g}: read it as borderline."
    )
    return replace(result, warnings=(*result.warnings, text))
