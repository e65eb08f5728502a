"""Runs an experiment: every cell that the log does not hold yet, in the plan's order.

The row of a run is written last, after those of its stages and scores, so a run is in the log with
everything it measured or not at all. Killed at any moment, the experiment goes on where it stopped
when it is started again; what failed is a row too, and is tried again.
"""

import fcntl
import hashlib
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import tailor_lab
from tailor_lab.errors import InputError
from tailor_lab.experiment.builtin import BuiltIn, built_in
from tailor_lab.experiment.cells import Cell, describe_plan, digest, plan_cells, plan_hash
from tailor_lab.experiment.design import Experiment, Variant
from tailor_lab.experiment.items import load_items
from tailor_lab.experiment.judges import (
    ReadyJudge,
    Task,
    finished_runs,
    judge_all,
    ready_judges,
    unjudged,
)
from tailor_lab.experiment.outputs import Output, output_of
from tailor_lab.experiment.result import Result, read_result
from tailor_lab.experiment.review import Pair, Review
from tailor_lab.experiment.stopping import round_sizes, settled
from tailor_lab.llm import LLM, LLMError, Prompt
from tailor_lab.llm.errors import BudgetError
from tailor_lab.pipeline import Batch, Performance, Pipeline, Run
from tailor_lab.runlog import RunLog
from tailor_lab.runlog.database import locked
from tailor_lab.runlog.tables import COUNT, TABLES
from tailor_lab.settings import shipped
from tailor_lab.tailoring.result import TailoredResume
from tailor_lab.tailoring.scorer import default_settings
from tailor_lab.tailoring.stages import DEFAULT_PROMPT, duration_ms

_FINISHED = """
    select distinct cell from runs
    where experiment = ? and status = 'ok' and cell in (select unnest(?))
"""
_ITEM_INPUTS = ("target_score", "resume_id", "job_id")


@dataclass(frozen=True)
class Bench:
    """What an experiment works with; a `Lab` brings it."""

    log: RunLog
    """Where runs are recorded."""
    project: Path
    """Where relative paths of a definition start, after its own folder."""
    model: str
    """The model of variants that name none."""
    llm: Callable[..., LLM]
    """The client for a model, with its answers cached under a namespace; options are `LLM`'s."""


def run_experiment(
    experiment: Experiment,
    bench: Bench,
    *,
    n_jobs: int = 8,
    backend: str = "threading",
    progress: bool | None = None,
    until: Literal["decided"] | None = None,
) -> Result:
    """Runs what is missing of an experiment and returns its result, read from the log.

    With `until="decided"` a variant gets no more runs once a look decides it, or finds that the
    rest of the plan could not. Raises `InputError` before anything runs where the definition names
    what does not exist.
    `bench` is what it works with.
    """
    if until not in {None, "decided"}:
        raise InputError(f'until is {until!r}; use "decided" or leave it out.')
    plan = prepare(experiment, bench)
    bench.log.record(
        "experiments",
        {"experiment": experiment.name, "plan_hash": plan.hash, "plan": plan.record},
    )
    with _alone(experiment, bench.log):
        run = partial(_run_cells, plan, n_jobs=n_jobs, backend=backend, progress=progress)
        judge = partial(_judge_cells, plan, n_jobs=n_jobs, progress=progress)
        if until == "decided":
            performance = _run_until_decided(plan, bench, run, judge)
        else:
            missing = plan.missing(bench.log)
            performance = run(missing, bench).performance if missing else None
            judge(plan.cells, bench)
    return read_result(bench.log, experiment, plan.record, plan.hash, performance=performance)


def _run_until_decided(
    plan: "Plan",
    bench: Bench,
    run: Callable[[Sequence[Cell], Bench], Batch],
    judge: Callable[[Sequence[Cell], Bench], None],
) -> Performance | None:
    """Runs look by look; variants that are settled get no more runs."""
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
            performance = _together(performance, batch.performance)
            if batch.stopped:
                break
        judge(wanted, bench)
        found = read_result(bench.log, experiment, plan.record, plan.hash)
        for each in found.compare(experiment.primary.name):
            if settled(each):
                running.discard(each.variant)
        if running <= {experiment.baseline}:
            break
    return performance


def _together(first: Performance | None, second: Performance) -> Performance:
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

    `bench` is what it works with. Returns the batch of runs.
    """
    plan = prepare(experiment, bench)
    items = _cell_inputs(plan, plan.cells, bench)
    return plan.pipeline.map(items, n_jobs=n_jobs, backend=backend, progress=progress)


@contextmanager
def _alone(experiment: Experiment, log: RunLog) -> Iterator[None]:
    """Keeps a second process from making the same runs; it waits, and then has less to do."""
    path = log.journal_folder / f"experiment-{digest(experiment.name)}.lock"
    with locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
        if ours:
            yield
            return
    warnings.warn(f'Another process is running "{experiment.name}"; waiting for it.', stacklevel=4)
    with locked(path, fcntl.LOCK_EX):
        yield


@dataclass(frozen=True)
class Plan:
    """An experiment with everything it names looked up: ready to run."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    prompts: Mapping[str, Prompt]
    pipeline: Pipeline
    code_version: str
    hash: str
    record: Mapping[str, Any]
    judges: tuple[ReadyJudge, ...] = ()

    def missing(self, log: RunLog, cells: Sequence[Cell] | None = None) -> list[Cell]:
        """Those of the cells, all by default, that have no finished run in the log."""
        wanted = self.cells if cells is None else cells
        ids = [cell.id for cell in wanted]
        done = set(log.sql(_FINISHED, [self.experiment.name, ids])["cell"].to_list())
        return [cell for cell in wanted if cell.id not in done]


def prepare(experiment: Experiment, bench: Bench) -> Plan:
    """Looks up items, prompts and models; costs nothing and changes nothing."""
    built = built_in(experiment.pipeline) if isinstance(experiment.pipeline, str) else None
    pipeline = built.pipeline if built else experiment.pipeline
    assert isinstance(pipeline, Pipeline), "a name that is not known was refused"
    if built:
        _check_metrics(experiment, built)
        _check_choices(experiment, built)
    _check_parameters(experiment, pipeline)
    folders = _folders(experiment, bench)
    needs = (*(built.needs if built else ()), *filter(None, [experiment.cluster]))
    items = load_items(experiment.items, folders=folders, needs=needs)
    prompts = {
        variant.name: Prompt.load(variant.prompt or DEFAULT_PROMPT, project=bench.project)
        for variant in experiment.variants
        if built or variant.prompt
    }
    assignments = {
        variant.name: _assignment(variant, prompts, bench.model) for variant in experiment.variants
    }
    version = _code_version(pipeline)
    cells = plan_cells(experiment, items, assignments, code_version=version)
    judges = ready_judges(experiment.all_metrics, bench)
    judged_as = {judge.metric.name: judge.kind for judge in judges}
    return Plan(
        experiment=experiment,
        cells=tuple(cells),
        prompts=prompts,
        pipeline=pipeline,
        code_version=version,
        hash=plan_hash(experiment, cells, judged_as),
        record=describe_plan(experiment, assignments, cells, judged_as),
        judges=tuple(judges),
    )


def _check_metrics(experiment: Experiment, built: BuiltIn) -> None:
    """Refuses a metric that a built-in pipeline does not measure, before it costs anything."""
    for metric in experiment.all_metrics:
        if metric.judge is not None and metric.name in built.measured:
            raise InputError(
                f'Experiment "{experiment.name}": {experiment.pipeline} measures "{metric.name}" '
                "itself; give what its judge says another name."
            )
        if metric.judge is None and metric.name not in built.measured:
            names = ", ".join(sorted(built.measured))
            raise InputError(
                f'Experiment "{experiment.name}": {experiment.pipeline} does not measure '
                f'"{metric.name}"; it measures {names}. Anything else needs a judge.'
            )


def _check_choices(experiment: Experiment, built: BuiltIn) -> None:
    """Refuses a word that a built-in pipeline does not know, before every run fails by it."""
    for variant in experiment.variants:
        for name, known in built.choices.items():
            value = variant.assignment.get(name)
            if value is not None and value not in known:
                raise InputError(
                    f'Experiment "{experiment.name}": variant "{variant.name}" sets {name} to '
                    f"{value!r}; use {', '.join(known)}."
                )


def _check_parameters(experiment: Experiment, pipeline: Pipeline) -> None:
    """Refuses what a variant sets and no stage takes: it would change nothing."""
    taken = pipeline.graph.required | pipeline.graph.optional
    for variant in experiment.variants:
        for name in variant.parameters:
            if name not in taken:
                free = ", ".join(sorted(taken - {"llm", "prompt", "replicate"}))
                raise InputError(
                    f'Experiment "{experiment.name}": variant "{variant.name}" sets "{name}", '
                    f"which no stage takes; they take {free}."
                )


def _run_cells(
    plan: Plan,
    cells: Sequence[Cell],
    bench: Bench,
    *,
    n_jobs: int,
    backend: str,
    progress: bool | None,
) -> Batch:
    batch = plan.pipeline.map(
        _cell_inputs(plan, cells, bench),
        n_jobs=n_jobs,
        backend=backend,
        progress=progress,
        listener=_Recorder(plan, bench.log),
        stop_when=lambda tally: tally.last is not None and _spent(tally.last),
        cost=_cost,
    )
    _refuse_if_hopeless(batch)
    if batch.stopped:
        cause = next(run.error.__cause__ for run in batch.failures if run.error and _spent(run))
        done = sum(run.ok for run in batch)
        warnings.warn(f"{done} of {len(cells)} missing runs were made. {cause}", stacklevel=4)
    return batch


def _judge_cells(
    plan: Plan, cells: Sequence[Cell], bench: Bench, *, n_jobs: int, progress: bool | None
) -> None:
    """Lets each judge of the plan judge what it has not judged yet of these cells."""
    experiment = plan.experiment
    baseline = str(experiment.baseline)
    for ready in plan.judges:
        wanted = unjudged(ready, cells, bench.log, experiment=experiment.name, baseline=baseline)
        if not wanted:
            continue
        items = {(cell.item.id, cell.replicate) for cell, _ in wanted}
        pairwise = ready.judge.kind == "pairwise"
        needed = {cell.id: cell for cell, _ in wanted}
        beside = {
            (cell.item.id, cell.replicate): cell
            for cell in cells
            if cell.variant.name == baseline and (cell.item.id, cell.replicate) in items
        }
        if pairwise:
            needed |= {cell.id: cell for cell in beside.values()}
        made = outputs(plan, [*needed.values()], bench, n_jobs=n_jobs, stage=ready.judge.stage)
        tasks = []
        for cell, run_id in wanted:
            other = beside.get((cell.item.id, cell.replicate))
            compared = pairwise and other is not None and cell.variant.name != baseline
            tasks.append(
                Task(
                    ready,
                    cell,
                    run_id,
                    made[cell.id],
                    made[other.id] if compared and other else None,
                )
            )
        judge_all(
            tasks,
            bench,
            experiment=experiment.name,
            plan_hash=plan.hash,
            n_jobs=n_jobs,
            progress=progress,
        )


def outputs(
    plan: Plan, cells: Sequence[Cell], bench: Bench, *, n_jobs: int = 8, stage: str | None = None
) -> dict[str, Output]:
    """What these cells made, by cell: their pipeline once more, its models answered by the cache.

    Nothing is recorded as a run. Raises what stopped a cell that cannot be made again.
    """
    items = _cell_inputs(plan, cells, bench, mode="use")
    batch = plan.pipeline.map(items, n_jobs=n_jobs, progress=False)
    for run in batch.failures:
        if run.error is not None:
            raise run.error.__cause__ or run.error
    return {run.item_id: output_of(run, stage) for run in batch}


def review_of(
    plan: Plan,
    bench: Bench,
    *,
    reviewer: str,
    question: str,
    variants: Sequence[str] | None = None,
    stage: str | None = None,
    limit: int | None = None,
) -> Review:
    """The finished runs of a plan as pairs for a person; `limit` is the number of items.

    Shown is what `stage` returned: by default what the plan's judges see.
    """
    experiment, baseline = plan.experiment, str(plan.experiment.baseline)
    for name in variants or ():
        experiment.variant(name)
    items = list(dict.fromkeys(cell.item.id for cell in plan.cells))[:limit]
    cells = [c for c in plan.cells if c.item.id in set(items) and c.replicate == 0]
    runs = finished_runs(cells, bench.log, experiment.name)
    beside = {c.item.id: c for c in cells if c.variant.name == baseline and c.id in runs}
    wanted = [
        cell
        for cell in cells
        if cell.id in runs
        and cell.item.id in beside
        and cell.variant.name != baseline
        and (variants is None or cell.variant.name in variants)
    ]
    if not wanted:
        raise InputError(
            f'There are no finished runs of "{experiment.name}" to review. Run it first.'
        )
    shown = stage or next((ready.judge.stage for ready in plan.judges), None)
    made = outputs(plan, [*wanted, *beside.values()], bench, stage=shown)
    pairs = [
        Pair(cell, runs[cell.id], runs[other.id], made[other.id], made[cell.id])
        for cell in wanted
        if (other := beside[cell.item.id])
    ]
    return Review(
        pairs,
        bench.log,
        experiment=experiment.name,
        plan_hash=plan.hash,
        reviewer=reviewer,
        question=question,
    )


def _spent(run: Run) -> bool:
    """Whether a run was not made because the budget is used up: nothing was found out by it."""
    return run.error is not None and isinstance(run.error.__cause__, BudgetError)


def _cost(run: Run) -> float | None:
    found = next((v for v in run.results.values() if isinstance(v, TailoredResume)), None)
    return found.cost_usd if found is not None and not found.cached else None


def _cell_inputs(
    plan: Plan, cells: Sequence[Cell], bench: Bench, **options: Any
) -> list[dict[str, Any]]:
    clients = {
        variant.name: bench.llm(
            variant.model or bench.model, variant.cache or variant.name, **options
        )
        for variant in plan.experiment.variants
        if "llm" in plan.pipeline.inputs
    }
    return [{"id": cell.id, **_inputs(plan, cell, clients)} for cell in cells]


def _refuse_if_hopeless(batch: Batch) -> None:
    """Where every run failed alike, the cause is one for the user and not for statistics."""
    causes = [run.error.__cause__ for run in batch.failures if run.error is not None]
    if causes and len(causes) == len(batch) and isinstance(causes[0], InputError | LLMError):
        raise causes[0]


def _inputs(plan: Plan, cell: Cell, clients: Mapping[str, LLM]) -> dict[str, Any]:
    """What the pipeline takes, from the item, the variant and the cell; nothing it does not."""
    variant = cell.variant
    offered: dict[str, Any] = {
        **{k: v for k, v in cell.item.values.items() if k != "id"},
        **variant.parameters,
        "replicate": cell.replicate,
        "llm": clients.get(variant.name),
        "prompt": plan.prompts.get(variant.name),
        **({"mode": variant.mode} if variant.mode else {}),
    }
    wanted = plan.pipeline.graph.required | plan.pipeline.graph.optional
    return {name: value for name, value in offered.items() if name in wanted and value is not None}


class _Recorder:
    """Writes each finished run to the log: its stages, its scores, then itself."""

    def __init__(self, plan: Plan, log: RunLog) -> None:
        self._plan = plan
        self._log = log
        self._cells = {cell.id: cell for cell in plan.cells}

    def stage_finished(self, record: object) -> None:
        """Stages are written with their run, so that no run is in the log by halves."""

    def run_finished(self, run: Run) -> None:
        """Writes the run, unless the budget kept it from being one."""
        if _spent(run):
            return
        cell = self._cells[run.item_id]
        row, measures = self._row(run, cell)
        for record in run.stages.values():
            started = record.started
            self._log.record(
                "stages",
                {
                    "run_id": run.id,
                    "stage": record.stage,
                    "status": record.status,
                    "started_at": datetime.fromtimestamp(started, UTC) if started else None,
                    "duration_ms": record.seconds * 1000,
                    "attempts": record.attempts,
                    "error_type": record.error_type,
                    "error": record.error,
                },
            )
        shared = {k: row[k] for k in ("experiment", "plan_hash", "cell", "variant", "item_id")}
        for name, value in measures.items():
            self._log.record("scores", {"run_id": run.id, **shared, "metric": name, "value": value})
        self._log.record("runs", row)

    def _row(self, run: Run, cell: Cell) -> tuple[dict[str, Any], dict[str, float]]:
        experiment, variant = self._plan.experiment, cell.variant
        item = cell.item.values
        prompt = self._plan.prompts.get(variant.name)
        row: dict[str, Any] = {
            "run_id": run.id,
            "started_at": datetime.fromtimestamp(run.started, UTC),
            "experiment": experiment.name,
            "plan_hash": self._plan.hash,
            "cell": cell.id,
            "variant": variant.name,
            "item_id": cell.item.id,
            "item_hash": cell.item.hash,
            "cluster": str(item[experiment.cluster]) if experiment.cluster else None,
            "replicate": cell.replicate,
            "status": "ok" if run.ok else "failed",
            "error_type": run.error.kind if run.error else None,
            "error": str(run.error) if run.error else None,
            "source": "experiment",
            "pipeline": self._plan.record["pipeline"],
            "prompt": prompt.name if prompt else None,
            "prompt_hash": prompt.hash if prompt else None,
            "code_version": self._plan.code_version,
            "duration_ms": run.performance.wall_s * 1000,
            **{name: item[name] for name in _ITEM_INPUTS if item.get(name) is not None},
            "attributes": dict(_attributes(item)),
        }
        if not run.ok:
            return row, {}
        outcome, measures = measured(run)
        extra = {name: value for name, value in measures.items() if name not in _COLUMNS}
        columns = {
            name: int(value) if value.is_integer() and _COLUMNS[name] is COUNT else value
            for name, value in measures.items()
            if name in _COLUMNS
        }
        return {**row, **columns, **outcome}, extra


_COLUMNS = TABLES["runs"].columns
_LONGEST_LABEL = 60


def _attributes(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What of an item can make segments: short labels and numbers that have no column."""
    for name, value in item.items():
        short = isinstance(value, str) and len(value) <= _LONGEST_LABEL
        if name not in {"id", "resume", "job", *_COLUMNS} and (
            short or isinstance(value, bool | int | float)
        ):
            yield name, value


def measured(run: Run) -> tuple[dict[str, Any], dict[str, float]]:
    """The columns that a run fills, and the numbers that it measured.

    A stage's number counts under the stage's name, the numbers of a mapping under their keys.
    """
    row: dict[str, Any] = {}
    numbers: dict[str, float] = {}
    for name, value in run.results.items():
        if isinstance(value, TailoredResume):
            timed = replace(value, duration_ms=duration_ms(run))
            row |= {k: v for k, v in timed.row().items() if v is not None}
            numbers |= timed.measures()
        else:
            numbers |= dict(_numbers(name, value))
    return row, numbers


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool | int | float):
        if math.isfinite(value):
            yield name, float(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, bool | int | float) and math.isfinite(inner):
                yield str(key), float(inner)


def _assignment(variant: Variant, prompts: Mapping[str, Prompt], model: str) -> dict[str, Any]:
    """What a variant sets, with the prompt's text by its hash."""
    prompt = prompts.get(variant.name)
    named = {"prompt": prompt.name, "prompt_hash": prompt.hash} if prompt else {}
    cache = {"cache": variant.cache} if variant.cache else {}
    return {**variant.assignment, "model": variant.model or model, **named, **cache}


def _folders(experiment: Experiment, bench: Bench) -> tuple[Path, ...]:
    own = (experiment.source.parent,) if experiment.source else ()
    return (*own, bench.project, shipped("data").parent)


def _code_version(pipeline: Pipeline) -> str:
    """What tells one state of the code from another: the package, the scorer, the stages."""
    codes = (getattr(stage.function, "__code__", None) for stage in pipeline.graph.stages.values())
    text = b"".join(_code_bytes(code) for code in codes if code is not None)
    digest = hashlib.sha256(text).hexdigest()[:8]
    return f"{tailor_lab.__version__}+score-{default_settings()['version']}+{digest}"


def _code_bytes(code: Any) -> bytes:
    inner: Iterable[Any] = (c for c in code.co_consts if hasattr(c, "co_code"))
    constants = repr([c for c in code.co_consts if not hasattr(c, "co_code")]).encode()
    return b"".join([code.co_code, constants, *(_code_bytes(c) for c in inner)])
