"""The procedure behind every comparison: gates, then an estimate, then a word.

The method follows from the design and the kind of metric, never from a p-value:

1. Gates: duplicate runs, more than 5 % of the pairs missing, or pairs missing under one variant and
   not the other, make the comparison invalid.
2. Only planned looks count (`looks`): between two of them the last one stands.
3. Replicates are averaged within an item, and variants are compared within items. Items that share
   a source are clustered by it.
4. Scores: paired t, or CR2 with Bell-McCaffrey degrees of freedom where there are clusters; a
   sign-flip permutation checks them. Pass or fail: McNemar's mid-p with Tango's interval. Costs and
   latencies: the ratio of means with Fieller's interval, shown in per cent.
5. Several variants share the error of the primary metric: Dunnett's intervals where all have the
   same items once, else Bonferroni intervals and Holm p-values. Guardrails must each hold and share
   nothing. Further metrics only explore (Benjamini-Hochberg).

`docs/statistics.md` says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.judging import invalid, judged_result, level_of, unjudged
from tailor_lab.experiment.analysis.question import Question
from tailor_lab.experiment.analysis.table import Pairs, RunTable
from tailor_lab.experiment.comparison import Comparison, MetricResult, VariantResult
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.looks import (
    Look,
    Looks,
    asked_level,
    at_look,
    look_sizes,
    looks_so_far,
)
from tailor_lab.experiment.verdict import amount
from tailor_lab.stats import Estimate, NotEnoughData

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.stats.multiplicity import Method

ALPHA = 0.05
MOST_MISSING = 0.05
FEWEST_CLUSTERS = 6
_UNEVEN_P = 0.001


def compare(
    frame: "pl.DataFrame",
    experiment: Experiment,
    *,
    metrics: Sequence[Metric] | None = None,
    baseline: str | None = None,
    plan_hash: str = "",
    order: Sequence[str] | None = None,
    unplanned: Sequence[int] = (),
) -> Comparison:
    """Compares every variant with the baseline on every metric.

    `frame` has a row per run: `item_id`, `variant`, `replicate`, `status` ("ok" or "failed"), a
    column per metric, and the experiment's cluster column where it has one. `order` names the
    planned items in the order in which they run; without it the frame is all there is to come.
    `unplanned` are numbers of items at which somebody looked without a plan.
    `metrics` are those to compare, by default all of the experiment's.
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
    drift = table.drift(experiment.primary, baseline) if experiment.primary in wanted else None
    primary = results.get(experiment.primary.name, {})
    best = _of_the_best(list(primary.values()))
    return Comparison(
        experiment=experiment.name,
        baseline=baseline,
        variants=tuple(
            VariantResult(name, tuple(results[metric.name][name] for metric in wanted))
            for name in others
        ),
        n_items=max((looks[-1].items for looks in ladder.values() if looks), default=0),
        n_clusters=len(set(table.clusters.values())) if table.clusters else None,
        level=1 - ALPHA,
        plan_hash=plan_hash,
        warnings=(
            *table.warnings(),
            *_of_looks(experiment, table, ladder),
            *filter(None, [drift, best]),
        ),
    )


def _of_the_best(found: list[MetricResult]) -> str | None:
    """What a reader must know of the best of several: being picked flatters it."""
    judged = [each for each in found if each.judged is not None and each.judged.se]
    if len(judged) < 2 or not any(each.verdict == "better" for each in judged):
        return None
    estimates = [each.judged for each in judged if each.judged is not None]
    effects = [estimate.value for estimate in estimates]
    drawn = stats.shrunken(effects, [estimate.se or 0.0 for estimate in estimates])
    up = 1.0 if judged[0].metric.better == "higher" else -1.0
    place = max(range(len(judged)), key=lambda i: up * effects[i])
    best, unit = judged[place], "%" if judged[place].judged_relative else ""
    return (
        f"{best.variant} is the best of {len(judged)} and looks better for having been picked: "
        f"{amount(effects[place], unit, signed=True)} shrinks to "
        f"{amount(float(drawn[place]), unit, signed=True)}; run it once more against "
        f"{best.baseline} alone to confirm."
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
    role = experiment.role(metric.name)
    # Only the primary metric's error is shared: guardrails must hold each, the rest only explores.
    level = 1 - ALPHA / (len(ladder) if role == "primary" else 1)
    found = {}
    for variant, looks in ladder.items():
        questions = tuple(
            Question(table.pairs(metric, baseline, variant, look.items), metric, look.of is None)
            for look in looks
        )
        empty = unjudged(metric, experiment, variant, baseline)
        if not looks:
            found[variant] = _no_look_yet(empty, table, experiment.looks)
        else:
            found[variant] = _result(empty, _Case(questions, tuple(looks), level))
    if role == "primary" and len(found) > 1:
        found = _shared_error(found, table, metric, baseline, ladder)
    if table.duplicates:
        text = f"{table.duplicates} runs are recorded twice for the same item and variant"
        found = {name: invalid(result, text) for name, result in found.items()}
    if role == "guardrail":
        return found
    return _adjusted(found, "holm" if role == "primary" else "benjamini_hochberg")


def _adjusted(found: dict[str, MetricResult], method: "Method") -> dict[str, MetricResult]:
    """The results with p-values that allow for one another, where none has one yet."""
    known = {
        name: result.judged.p
        for name, result in found.items()
        if result.p_adjusted is None and result.judged and result.judged.p is not None
    }
    if not known:
        return found
    adjusted = stats.adjust(list(known.values()), method)
    together = {name: float(p) for name, p in zip(known, adjusted, strict=True)}
    return {
        name: replace(result, p_adjusted=together.get(name, result.p_adjusted))
        for name, result in found.items()
    }


def _shared_error(
    found: dict[str, MetricResult],
    table: RunTable,
    metric: Metric,
    baseline: str,
    ladder: dict[str, list[Look]],
) -> dict[str, MetricResult]:
    """The results with Dunnett's intervals, where every variant has the same items once."""
    finished = {name: looks[-1] for name, looks in ladder.items() if looks}
    simple = (
        len(finished) == len(ladder)
        and all(len(looks) == 1 and looks[0].final for looks in ladder.values())
        and not table.clusters
        and not any(r.judged_relative or r.verdict == "invalid" for r in found.values())
        and (metric.kind != "binary" or table.experiment.replicates > 1)
    )
    if not simple:
        return found
    names = list(found)
    columns = table.columns(metric, [baseline, *names])
    try:
        full, narrow = (
            stats.dunnett(columns[0], columns[1:], level=level)
            for level in (1 - ALPHA, 1 - 2 * ALPHA)
        )
    except InputError:
        # Two variants that never differ leave Bonferroni, which needs no spread.
        return found
    together = {}
    for name, estimate, inner in zip(names, full, narrow, strict=True):
        before = found[name]
        result = replace(before, difference=estimate, why=f"{before.why}; shared by Dunnett")
        judged = judged_result(result, inner, level_of(estimate))
        together[name] = replace(judged, p_adjusted=estimate.p)
    return together


def _no_look_yet(empty: MetricResult, table: RunTable, looks: Looks) -> MetricResult:
    """What can be said before the first planned look: how far it is."""
    ready, planned = table.ready(empty.baseline, empty.variant), len(table.order)
    first = look_sizes(looks, planned)[:1]
    where = f"the first look is planned at {first[0]} items" if first else "no item is planned"
    text = f"cannot tell yet: {where}, {ready} of {planned} are finished"
    return replace(empty, n=ready, verdict="inconclusive", sentence=text)


def _result(empty: MetricResult, case: _Case) -> MetricResult:
    """One variant on one metric at its last look."""
    question, pairs = case.now, case.now.pairs
    empty = replace(
        empty,
        n=pairs.n,
        missing=pairs.missing,
        baseline_value=float(pairs.a.mean()) if pairs.n else None,
        variant_value=float(pairs.b.mean()) if pairs.n else None,
        judged_relative=question.relative,
        look=case.looks[-1],
    )
    gate = _gate(pairs)
    if pairs.n < 2:
        return invalid(empty, gate or "fewer than two items finished under both variants")
    early = question.too_early()
    try:
        difference = case.difference(case.level)
        share = case.share(case.level) if question.positive and not question.betting else None
        judged, narrow = case.judged(case.level), case.judged(1 - 2 * (1 - case.level))
    except NotEnoughData as error:
        if question.relative and not question.positive:
            nothing = f"undefined: {empty.baseline} has no {empty.metric.name} to compare with"
            return replace(empty, verdict="inconclusive", sentence=nothing)
        return invalid(empty, str(error).rstrip("."))
    result = replace(
        empty,
        difference=difference,
        relative=share,
        effect_size=question.standardised,
        why=question.why,
        warnings=judged.warnings,
    )
    if gate:
        return invalid(result, gate)
    if early:
        open_ = replace(judged, low=None, high=None, p=None)
        text = f"cannot tell yet: {early}"
        result = replace(result, verdict="inconclusive", sentence=text)
        if result.judged_relative:
            return replace(result, relative=open_)
        return replace(result, difference=open_)
    result = judged_result(result, narrow, asked_level(case.looks, case.level) or case.level)
    return _checked(result, question, case)


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


def _gate(pairs: Pairs) -> str | None:
    """Why this comparison must not be read, or None."""
    planned = pairs.n + pairs.missing
    if planned and pairs.missing / planned > MOST_MISSING:
        return f"{pairs.missing} of {planned} pairs are missing, more than {MOST_MISSING:.0%}"
    only_a, only_b = pairs.missing - pairs.missing_b, pairs.missing - pairs.missing_a
    if 2 * 0.5 ** (only_a + only_b) < _UNEVEN_P and min(only_a, only_b) == 0:
        return f"{max(only_a, only_b)} pairs are missing under one variant and none under the other"
    if pairs.n_clusters is not None and pairs.n_clusters < FEWEST_CLUSTERS:
        return f"{pairs.n_clusters} clusters are too few for a verdict; use {FEWEST_CLUSTERS}"
    return None
