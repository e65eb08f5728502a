"""What runs made, for judges and people: kept as they finish, or made again from the cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.run.cells import Cell
from tailor_lab.pipeline import Run
from tailor_lab.tailoring.result import TailoredResume

if TYPE_CHECKING:
    from tailor_lab.experiment.run.prepare import Bench, Plan

_CONTEXT = ("resume", "job")


@dataclass(frozen=True)
class Output:
    """The output of a run, and the documents that it is to be judged by."""

    value: Any
    context: Mapping[str, Any] = field(default_factory=dict)


def output_of(run: Run, stage: str | None = None) -> Output:
    """What a finished run made: the tailored résumé, else what `stage` or the last stage returned.

    Raises `InputError` where there is no such stage.
    """
    if stage is None:
        found = [v for v in run.results.values() if isinstance(v, TailoredResume)]
        if found:
            validated = run["validate"]
            job = validated.job
            told = {"title": job.title, "company": job.company, "text": job.text}
            source = {"resume": validated.resume.to_dict(), "job": told}
            return Output(dict(found[0].resume), source)
    name = stage or list(run.stages)[-1]
    if name not in run.results:
        raise InputError(f'There is no stage "{name}" to judge; there is {", ".join(run.results)}.')
    value = run.results[name]
    context = {k: run.inputs[k] for k in _CONTEXT if run.inputs.get(k) is not None}
    return Output(dict(value.resume) if isinstance(value, TailoredResume) else value, context)


def outputs(
    plan: "Plan",
    cells: Sequence[Cell],
    bench: "Bench",
    *,
    n_jobs: int = 8,
    stage: str | None = None,
) -> dict[str, Output]:
    """What these cells made, by cell: their pipeline once more, its models answered by the cache.

    Nothing is recorded as a run. Raises what stopped a cell that cannot be made again.
    """
    items = plan.inputs(cells, bench, mode="use")
    batch = plan.pipeline.map(items, n_jobs=n_jobs, progress=False)
    for run in batch.failures:
        if run.error is not None:
            raise run.error.__cause__ or run.error
    return {run.item_id: output_of(run, stage) for run in batch}
