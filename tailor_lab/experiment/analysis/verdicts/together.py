"""Several variants: one error for the primary metric, and which of those that qualify is best.

p-values and intervals come from one procedure, so they never contradict: joint sign flips (max-T)
for scores that all variants have on the same items at one look, else Bonferroni for both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.data.pairs import Floats
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.verdicts.judging import judged_result
from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.looks import Look
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import ALPHA, Goal, amount
from tailor_lab.stats.best import BestOf
from tailor_lab.stats.multiplicity import Method

_FLIPS = 4_999


def adjusted(found: dict[str, MetricResult], method: Method) -> dict[str, MetricResult]:
    """The results with p-values that allow for one another, where none has one yet."""
    known = {
        name: result.judged.p
        for name, result in found.items()
        if result.p_adjusted is None and result.judged and result.judged.p is not None
    }
    if not known:
        return found
    if method == "bonferroni":
        # For the number of variants, judged or not, as the intervals are.
        together = {name: min(1.0, p * len(found)) for name, p in known.items()}
    else:
        ps = stats.adjust(list(known.values()), method)
        together = {name: float(p) for name, p in zip(known, ps, strict=True)}
    return {
        name: replace(result, p_adjusted=together.get(name, result.p_adjusted))
        for name, result in found.items()
    }


def shared_error(
    found: dict[str, MetricResult],
    table: RunTable,
    metric: Metric,
    baseline: str,
    ladder: Mapping[str, Sequence[Look]],
    goal: Goal,
) -> dict[str, MetricResult]:
    """The results with max-T intervals, where every variant has scores of the same items."""
    simple = (
        table.experiment.paired
        and all(len(looks) == 1 and looks[0].final for looks in ladder.values())
        and metric.kind != "binary"
        and not any(r.judged_relative or r.judged is None for r in found.values())
        and not any(
            r.verdict in {"invalid", "worse"} and r.difference is None for r in found.values()
        )
    )
    if not simple or any(result.verdict == "invalid" for result in found.values()):
        return found
    names = list(found)
    columns = table.adjusted_columns(metric, baseline, names)
    try:
        full, narrow = (
            stats.max_t(
                columns[0], columns[1:], clusters=table.clusters, level=level, resamples=_FLIPS
            )
            for level in (1 - ALPHA, 1 - 2 * ALPHA)
        )
    except InputError:
        return found
    together = {}
    for name, estimate, inner in zip(names, full, narrow, strict=True):
        before = found[name]
        if estimate.low is None or estimate.high is None:
            together[name] = before
            continue
        result = replace(
            before,
            difference=replace(estimate, se=None),
            why=f"{before.why}; shared among {len(names)} variants by joint sign flips",
            crosscheck_p=None,
            warnings=tuple(w for w in before.warnings if "sign-flip check" not in w),
        )
        judged = judged_result(result, inner, 1 - ALPHA, goal)
        together[name] = replace(judged, p_adjusted=estimate.p)
    return together


@dataclass(frozen=True)
class Ranking:
    """Which of the variants that qualify are best on the primary metric."""

    names: tuple[str, ...]
    """Best first."""
    sentences: tuple[str, ...]


def ranked(
    table: RunTable, experiment: Experiment, variants: Sequence[VariantResult]
) -> Ranking | None:
    """The variants that qualify, the best on the primary metric first, and how sure that is.

    Each is held against the best of the others on the same items (Hsu).
    """
    able = [
        variant
        for variant in variants
        if variant.primary.passes and all(m.passes for m in variant.guardrails)
    ]
    judged = [v for v in able if v.primary.judged is not None]
    judged.sort(key=lambda v: -v.primary.up * (v.primary.judged.value if v.primary.judged else 0))
    if not judged:
        return None
    sentences: list[str] = []
    primary = judged[0].primary
    if len(judged) > 1 and experiment.paired:
        names = [variant.name for variant in judged]
        found = _best_of(table, experiment, names)
        twins = _twins(table.columns(experiment.primary, names), names)
        if twins:
            sentences.append(_equal(names[0], twins, primary))
        if found is not None and len(twins) < len(names) - 1:
            sentences.append(_runner_up(found, names, primary, twins))
    flattered = _flattered(variants, judged[0].name)
    return Ranking(tuple(v.name for v in judged), (*sentences, *([flattered] if flattered else ())))


def _best_of(table: RunTable, experiment: Experiment, names: Sequence[str]) -> BestOf | None:
    metric = experiment.primary
    columns = table.columns(metric, names)
    margin = metric.margin_value if metric.margin is not None else 0.0
    if metric.margin_is_relative:
        base = table.columns(metric, [experiment.baseline or ""])[0]
        margin *= abs(float(np.nanmean(base)))
    try:
        return stats.compare_with_best(
            columns,
            margin=margin,
            better=metric.better or "higher",
            clusters=table.clusters,
            resamples=_FLIPS,
        )
    except InputError:
        return None


def _twins(columns: Sequence[Floats], names: Sequence[str]) -> list[str]:
    """Those of the others that have the first one's value on every item."""
    first, *others = columns
    return [
        name
        for name, column in zip(names[1:], others, strict=True)
        if np.array_equal(first, column, equal_nan=True)
    ]


def _equal(first: str, twins: Sequence[str], primary: MetricResult) -> str:
    """That some are equal, and which of them is taken."""
    *some, last = (first, *twins)
    return (
        f"{', '.join(some)} and {last} are equal: each item has the same {primary.metric.name} "
        f"under {'both' if len(twins) == 1 else 'all of them'}; {first} is taken, the first in the "
        "definition."
    )


def _runner_up(
    found: BestOf, names: Sequence[str], primary: MetricResult, twins: Sequence[str] = ()
) -> str:
    """Whether the best is shown to be, and which others are surely no worse by the margin.

    Its `twins` are no rivals.
    """
    name = primary.metric.name
    if found.best == 0:
        return f"{names[0]} is shown to be the best of {', '.join(names)} on {name}."
    rivals = [names[i] for i in found.may_be_best if i != 0 and names[i] not in twins]
    near = [names[i] for i in found.within_margin if i != 0 and names[i] not in twins]
    if twins and not rivals:
        rest = ", ".join(each for each in names[1:] if each not in twins)
        return f"{names[0]} is shown to be better than {rest} on {name}."
    text = f"That {names[0]} is better than {' or '.join(rivals or names[1:])} is not shown"
    if near:
        text += f"; {', '.join(near)} is surely within the margin of the best"
    return f"{text}."


def _flattered(variants: Sequence[VariantResult], shipped: str) -> str | None:
    """What a reader must know of the best of several: being picked flatters it.

    Of equals it is the one that ships.
    """
    judged = [v.primary for v in variants if v.primary.judged is not None and v.primary.se]
    if len(judged) < 2 or not any(each.verdict == "better" for each in judged):
        return None
    effects = [each.judged.value for each in judged if each.judged is not None]
    drawn = stats.shrunken(effects, [each.se or 0.0 for each in judged])
    place = max(
        range(len(judged)),
        key=lambda i: (judged[i].up * effects[i], judged[i].variant == shipped),
    )
    best, unit = judged[place], "%" if judged[place].judged_relative else ""
    return (
        f"{best.variant} is the best of {len(judged)} and looks better for having been picked: "
        f"{amount(effects[place], unit, signed=True)} shrinks to "
        f"{amount(float(drawn[place]), unit, signed=True)}; run it once more against "
        f"{best.baseline} alone to confirm."
    )
