"""What runs made, for judges and people: made again, with the models' answers from the cache."""

from collections.abc import Sequence

from tailor_lab.experiment.plan import Bench, Cell, Plan
from tailor_lab.experiment.workload import Output


def outputs(
    plan: Plan,
    cells: Sequence[Cell],
    bench: Bench,
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
    return {run.item_id: plan.workload.output(run, stage) for run in batch}
