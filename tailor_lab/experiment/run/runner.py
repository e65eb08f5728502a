"""Runs an experiment: every cell that the log does not hold yet, in the plan's order.

Killed at any moment, the experiment goes on where it stopped when it is started again, for a run is
in the log whole or not at all; what failed is a row too, and is tried again.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Literal

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.logged import read_result
from tailor_lab.experiment.plan import Bench, Cell, Plan
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.run.judges import judge_cells
from tailor_lab.experiment.run.prepare import prepare
from tailor_lab.experiment.run.recorder import Recorder, over_budget
from tailor_lab.experiment.run.watch import PAUSE_AFTER, Watch, ended_early, not_made, pauses
from tailor_lab.experiment.settled import round_sizes, settled
from tailor_lab.files import holder
from tailor_lab.identity import digest
from tailor_lab.llm import LLMError
from tailor_lab.llm.breaker import RunStoppedError
from tailor_lab.pipeline import Batch, Performance, Run
from tailor_lab.runlog import RunLog
from tailor_lab.runlog.storage.database import locked


def run_experiment(
    experiment: Experiment,
    bench: Bench,
    *,
    n_jobs: int = 8,
    backend: str = "threading",
    progress: bool | None = None,
    until: Literal["decided"] | None = None,
    pause_after: int = PAUSE_AFTER,
) -> Result:
    """Runs what is missing of an experiment and returns its result, read from the log.

    With `until="decided"` a variant gets no more runs once a look settles it: the primary metric
    and every guardrail decide, or the rest of the plan could not show what is asked. A variant all
    of whose first `pause_after` runs fail alike gets no more either, with a warning; 0 pauses none.
    Raises `InputError` before anything runs where the definition names what does not exist, and
    the `LLMError` of a server that would refuse every request, such as one that knows no such key:
    what was made until then is kept. `bench` is what it works with.
    """
    if until not in {None, "decided"}:
        raise InputError(f'until is {until!r}; use "decided" or leave it out.')
    if pause_after < 0:
        raise InputError(f"pause_after is {pause_after}; give a number of runs, or 0 for never.")
    plan = prepare(experiment, bench)
    experiment = plan.experiment
    bench.log.record(
        "experiments",
        {"experiment": experiment.name, "plan_hash": plan.hash, "plan": plan.record},
    )
    with exclusive(experiment, bench.log):
        watch = watched(plan, bench, pause_after=pause_after)
        run = partial(
            run_cells, plan, n_jobs=n_jobs, backend=backend, progress=progress, watch=watch
        )
        judge = partial(judge_cells, plan, n_jobs=n_jobs, progress=progress)
        if until == "decided":
            performance = _run_until_decided(plan, bench, run, judge, watch)
        else:
            missing = plan.missing(bench.log)
            performance = run(missing, bench).performance if missing else None
            judge(plan.cells, bench)
    return read_result(bench.log, experiment, plan.record, plan.hash, performance=performance)


def _run_until_decided(
    plan: Plan,
    bench: Bench,
    run: Callable[[Sequence[Cell], Bench], Batch],
    judge: Callable[[Sequence[Cell], Bench], None],
    watch: Watch,
) -> Performance | None:
    """Runs look by look; variants that are settled or paused get no more runs."""
    experiment, planned = plan.experiment, len(plan.record["order"])
    if experiment.looks == 1:
        warnings.warn(
            f'"{experiment.name}" plans one look, at its end, so nothing can be decided earlier; '
            'set looks=3 or looks="anytime".',
            stacklevel=4,
        )
    running = {variant.name for variant in experiment.variants}
    per_item = len(plan.cells) // planned
    performance: Performance | None = None
    for size in round_sizes(experiment.looks, planned):
        wanted = [c for c in plan.cells[: size * per_item] if c.variant.name in running]
        missing = plan.missing(bench.log, wanted)
        if missing:
            batch = run(missing, bench)
            performance = together(performance, batch.performance)
            running -= watch.paused.keys()
            if batch.stopped or experiment.baseline in watch.paused:
                break
        judge(wanted, bench)
        found = read_result(bench.log, experiment, plan.record, plan.hash)
        for each in found.compare().variants:
            if settled(each, experiment.goal):
                running.discard(each.name)
        if running <= {experiment.baseline}:
            break
    return performance


def together(first: Performance | None, second: Performance) -> Performance:
    """The performance of two batches, one after the other."""
    if first is None:
        return second
    return Performance(
        first.wall_s + second.wall_s,
        first.sequential_s + second.sequential_s,
        max(first.critical_path_s, second.critical_path_s),
        max(first.workers, second.workers),
    )


def warm_experiment(
    experiment: Experiment,
    bench: Bench,
    *,
    n_jobs: int = 8,
    backend: str = "threading",
    progress: bool | None = None,
) -> Batch:
    """Runs every cell for the sake of the cache alone: nothing is recorded as a run.

    `bench` is what it works with. Returns the batch of runs. Raises as `run_experiment` does.
    """
    plan = prepare(experiment, bench)
    watch = Watch(_NoListener(), {cell.id: cell.variant.name for cell in plan.cells})
    batch = plan.pipeline.map(
        plan.inputs(plan.cells, bench, breakers=watch.breakers),
        n_jobs=n_jobs,
        backend=backend,
        progress=progress,
        listener=watch,
        skip_when=watch.skips,
    )
    if watch.stopped is not None:
        raise ended_early(watch.stopped, sum(run.ok for run in batch), len(plan.cells))
    _tell_pauses(watch, batch, plan.cells)
    return batch


class _NoListener:
    """Hears of runs that nobody records."""

    def stage_finished(self, record: object) -> None:
        """Does nothing."""

    def run_finished(self, run: Run) -> None:
        """Does nothing."""


@contextmanager
def exclusive(experiment: Experiment, log: RunLog) -> Iterator[None]:
    """Keeps a second process from making the same runs; it waits, and then has less to do."""
    path = log.journal_folder / f"experiment-{digest(experiment.name)}.lock"
    with locked(path, wait_s=0) as ours:
        if ours:
            yield
            return
    warnings.warn(
        f'"{experiment.name}" is being run by {holder(path)}; waiting for it.', stacklevel=4
    )
    with locked(path):
        yield


def run_cells(
    plan: Plan,
    cells: Sequence[Cell],
    bench: Bench,
    *,
    n_jobs: int,
    backend: str,
    progress: bool | None,
    watch: Watch | None = None,
) -> Batch:
    """Runs these cells and records them; warns where the budget ends that early.

    Raises the error of the server where it would meet every run alike: nothing more is sent then.
    `watch` looks out for that, and for variants to pause.
    """
    watch = watch or watched(plan, bench, pause_after=0)
    batch = plan.pipeline.map(
        plan.inputs(cells, bench, breakers=watch.breakers),
        n_jobs=n_jobs,
        backend=backend,
        progress=progress,
        listener=watch,
        stop_when=watch.ends,
        skip_when=watch.skips,
        cost=plan.workload.spent_usd,
    )
    made = sum(run.ok for run in batch)
    if watch.stopped is not None:
        raise ended_early(watch.stopped, made, len(cells))
    _tell_pauses(watch, batch, cells)
    _refuse_if_hopeless(batch)
    if batch.stopped:
        cause = next(
            run.error.__cause__ for run in batch.failures if run.error and over_budget(run)
        )
        warnings.warn(f"{made} of {len(cells)} missing runs were made. {cause}", stacklevel=4)
    return batch


def watched(plan: Plan, bench: Bench, *, pause_after: int) -> Watch:
    """What watches the runs of a plan; variants that have finished runs are never paused."""
    missing = {cell.id for cell in plan.missing(bench.log)} if pause_after else set()
    return Watch(
        Recorder(plan, bench.log),
        {cell.id: cell.variant.name for cell in plan.cells},
        pause_after=pause_after,
        proven={cell.variant.name for cell in plan.cells if cell.id not in missing},
    )


def _tell_pauses(watch: Watch, batch: Batch, cells: Sequence[Cell]) -> None:
    """Says which variants were paused, and how many of their runs were not started."""
    made = {run.item_id for run in batch if not not_made(run)}
    left = Counter(cell.variant.name for cell in cells if cell.id not in made)
    for sentence in pauses(watch.paused, left):
        warnings.warn(sentence, stacklevel=5)


def _refuse_if_hopeless(batch: Batch) -> None:
    """Where every run failed alike, the cause is one for the user and not for statistics."""
    causes = [run.error.__cause__ for run in batch.failures if run.error is not None]
    first = next((cause for cause in causes if not isinstance(cause, RunStoppedError)), None)
    if len(causes) == len(batch) and isinstance(first, InputError | LLMError):
        raise first
