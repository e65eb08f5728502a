"""What failed runs and missing values would change: each counted as the worst that was seen."""

from dataclasses import replace

from tailor_lab.experiment.analysis.data.question import Question
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.verdicts.judging import judged_result
from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.verdict import amount
from tailor_lab.stats import NotEnoughData


def counting_failures(
    variant: VariantResult, table: RunTable, experiment: Experiment, level: float
) -> VariantResult:
    """The variant with a note on whether its primary verdict holds if what is missing is the worst.

    The bound is judged as the only look and alone, whatever is shared among several variants.
    """
    primary, metric = variant.primary, experiment.primary
    look, worst = primary.look, table.worst(metric)
    if primary.role != "primary" or look is None or worst is None or not primary.passes:
        return variant
    counted = table.pairs(metric, primary.baseline, variant.name, look.items)
    pairs = table.pairs(metric, primary.baseline, variant.name, look.items, failed_as=worst)
    failed = table.failed(primary.baseline, variant.name, items=look.items)
    missing = counted.lost_a + counted.lost_b > failed
    if pairs.n < 2 or not (failed or missing):
        return variant
    question = Question(pairs, metric)
    ask = question.share if question.relative else question.difference
    try:
        full, narrow = ask(level), ask(1 - 2 * (1 - level))
    except NotEnoughData:
        return variant
    again = replace(
        primary,
        n=pairs.n,
        baseline_value=float(pairs.a.mean()),
        difference=None if question.relative else full,
        relative=full if question.relative else None,
        judged_relative=question.relative,
    )
    again = judged_result(again, narrow, level, experiment.goal)
    size = amount(full.value, metric.margin_unit(relative=question.relative), signed=True)
    word = "It holds" if again.passes else "It does not hold"
    kinds = [*(["failed run"] if failed else []), *(["missing value"] if missing else [])]
    note = (
        f"{variant.name}: {word} on {metric.name} if every {' and '.join(kinds)} counts as the "
        f"worst value seen ({size})."
    )
    return replace(variant, notes=(*variant.notes, note))
