"""A result compared: the procedure on its runs, with the looks and judges that the log knows."""

from dataclasses import replace

from tailor_lab.experiment.analysis.asked import metric_of
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.judgements import bias_notes
from tailor_lab.experiment.analysis.verdicts.procedure import compare
from tailor_lab.experiment.comparison import Comparison
from tailor_lab.experiment.looks import look_sizes
from tailor_lab.experiment.result import Result


def compare_result(
    result: Result, metric: str | None, baseline: str | None, *, unplanned: bool
) -> Comparison:
    """Every variant against the baseline; see `Result.compare`."""
    experiment, order = result.experiment, result.plan.get("order")
    if unplanned and order:
        _note_look(result, baseline or experiment.baseline or "")
    found = compare(
        result.frame,
        experiment,
        metrics=None if metric is None else [metric_of(result, metric)],
        baseline=baseline,
        plan_hash=result.plan_hash,
        order=order,
        unplanned=result.unplanned_looks() if order else (),
    )
    return replace(found, warnings=(*found.warnings, *bias_notes(result)))


def _note_look(result: Result, baseline: str) -> None:
    """Writes down that somebody looks now, unless a look is due here anyway."""
    experiment = result.experiment
    table = RunTable(result.frame, experiment, result.plan["order"])
    ready = min(table.ready(baseline, v.name) for v in experiment.variants if v.name != baseline)
    planned = look_sizes(experiment.looks, len(result.plan["order"]))
    if ready >= 2 and experiment.looks != "anytime" and ready not in planned:
        result.log.record(
            "scores",
            {
                "experiment": experiment.name,
                "plan_hash": result.plan_hash,
                "metric": "items at an unplanned look",
                "kind": "look",
                "value": ready,
            },
        )
