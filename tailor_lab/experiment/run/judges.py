"""Metrics that a judge gives: which of two outputs is better, or how good one is by a rubric.

A judge works after the runs, on what they made: outputs of runs that were made earlier come from
the cache. A pairwise judge sees the baseline's output and the variant's for the same item in both
orders; the baseline's value is 0 and the variant's 1, 0 or -1 for a win, a tie or a loss, so that
the difference is the share of wins less the share of losses, tested within items like any score.
Each judgement is a row of `scores` whose `kind` names the judge; what is there is not asked again.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.labels import BASELINE, PLACES, UNEVEN, WORDS
from tailor_lab.experiment.plan import Bench, Cell, Plan, ReadyJudge
from tailor_lab.experiment.run.outputs import outputs
from tailor_lab.experiment.run.watch import Watch, cause_of, ended_early
from tailor_lab.experiment.workload import Output
from tailor_lab.llm import LLM, LLMError, Prompt
from tailor_lab.llm.breaker import RunStoppedError
from tailor_lab.llm.judges import Criterion, PairJudgement, compare_pair, grade
from tailor_lab.pipeline import Pipeline, Run
from tailor_lab.pipeline.context import CURRENT, StageContext

if TYPE_CHECKING:
    from tailor_lab.runlog import RunLog

_RUNS = """
    select cell, run_id from runs
    where experiment = ? and status = 'ok' and cell in (select unnest(?))
    qualify row_number() over (partition by cell order by recorded_at) = 1
"""
_JUDGED = "select distinct run_id from scores where experiment = ? and metric = ? and kind = ?"


@dataclass(frozen=True)
class Task:
    """One judgement to make: of a run's output, beside the baseline's for a pairwise judge."""

    ready: ReadyJudge
    cell: Cell
    run_id: str
    output: Output
    beside: Output | None


def ready_judges(metrics: Sequence[Metric], bench: Bench) -> list[ReadyJudge]:
    """The judges of those metrics that have one. Raises `InputError` for an unknown prompt."""
    return [
        ReadyJudge(
            metric,
            metric.judge,
            Prompt.load(metric.judge.prompt or metric.judge.usual_prompt, project=bench.project),
            metric.judge.model or bench.model,
        )
        for metric in metrics
        if metric.judge is not None
    ]


def judge_cells(
    plan: Plan, cells: Sequence[Cell], bench: Bench, *, n_jobs: int, progress: bool | None
) -> None:
    """Lets each judge of the plan judge what it has not judged yet of these cells."""
    experiment = plan.experiment
    baseline = str(experiment.baseline)
    for ready in plan.judges:
        wanted = _unjudged(ready, cells, bench.log, experiment=experiment.name, baseline=baseline)
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
        _judge_all(
            tasks,
            bench,
            experiment=experiment.name,
            plan_hash=plan.hash,
            n_jobs=n_jobs,
            progress=progress,
        )


def _unjudged(
    ready: ReadyJudge, cells: Sequence[Cell], log: "RunLog", *, experiment: str, baseline: str
) -> list[tuple[Cell, str]]:
    """The cells with a finished run that this judge has not judged, each with its run.

    A pairwise judge needs the baseline's run of the same item and replicate too.
    """
    found = finished_runs(cells, log, experiment)
    done = set(log.sql(_JUDGED, [experiment, ready.metric.name, ready.kind])["run_id"].to_list())
    beside = {
        (cell.item.id, cell.replicate)
        for cell in cells
        if cell.variant.name == baseline and cell.id in found
    }
    pairwise = ready.judge.kind == "pairwise"
    return [
        (cell, found[cell.id])
        for cell in cells
        if cell.id in found
        and found[cell.id] not in done
        and (not pairwise or (cell.item.id, cell.replicate) in beside)
    ]


def finished_runs(cells: Sequence[Cell], log: "RunLog", experiment: str) -> dict[str, str]:
    """The run that counts of each of the cells that has a finished one."""
    runs = log.sql(_RUNS, [experiment, [cell.id for cell in cells]])
    return dict(runs.iter_rows())


def _judge_all(
    tasks: Sequence[Task],
    bench: Bench,
    *,
    experiment: str,
    plan_hash: str,
    n_jobs: int,
    progress: bool | None,
) -> None:
    """Makes the judgements and writes each to the log as it comes.

    A judgement that fails leaves its metric missing on that item, which a warning counts; the
    budget ends the judging cleanly. Raises the cause where all failed alike.
    """
    names = {str(number): task.ready.metric.name for number, task in enumerate(tasks)}
    recorder = _Recorder(tasks, bench.log, experiment, plan_hash)
    watch = Watch(recorder, names)
    clients = {
        ready.metric.name: bench.llm(
            ready.model, "judges", breaker=watch.breakers[ready.metric.name]
        )
        for ready in {t.ready.metric.name: t.ready for t in tasks}.values()
    }
    items = [
        {
            "id": str(number),
            "task": task,
            "llm": clients[task.ready.metric.name],
        }
        for number, task in enumerate(tasks)
    ]
    batch = Pipeline([judgement]).map(
        items,
        n_jobs=n_jobs,
        progress=progress,
        listener=watch,
        stop_when=watch.ends,
        skip_when=watch.skips,
    )
    if watch.stopped is not None:
        raise ended_early(watch.stopped, recorder.recorded, len(tasks), "judgements")
    causes = [cause for run in batch.failures if (cause := cause_of(run)) is not None]
    causes.sort(key=lambda cause: isinstance(cause, RunStoppedError))
    hopeless = len(causes) == len(tasks) or (len(causes) == len(batch) and not batch.stopped)
    if causes and hopeless and isinstance(causes[0], InputError | LLMError):
        raise causes[0]
    if causes:
        warnings.warn(
            f"{len(tasks) - recorder.recorded} of {len(tasks)} judgements were not made, and are "
            f"tried again when the experiment is run again. {causes[0]}",
            stacklevel=5,
        )


def judgement(task: Task, llm: LLM) -> tuple[float, str]:
    """The value of one judgement and its label, asked for in the name of the run it judges."""
    cell, judge, prompt = task.cell, task.ready.judge, task.ready.prompt
    if task.beside is None and judge.kind == "pairwise":
        return 0.0, BASELINE
    context = {k: v for k, v in task.output.context.items() if k in prompt.variables}
    token = CURRENT.set(StageContext(task.run_id, cell.item.id, "judge", 1))
    try:
        if task.beside is None:
            criteria = [Criterion.model_validate(c) for c in judge.criteria]
            graded = grade(
                llm, criteria, task.output.value, prompt=prompt, replicate=cell.replicate, **context
            )
            return graded.value, ", ".join(f"{k} {v}" for k, v in graded.scores.items())
        pair = compare_pair(
            llm,
            judge.question or "",
            task.beside.value,
            task.output.value,
            prompt=prompt,
            replicate=cell.replicate,
            **context,
        )
        return 2 * pair.score - 1, _label(pair)
    finally:
        CURRENT.reset(token)


def _label(pair: PairJudgement) -> str:
    if pair.consistent:
        return WORDS[pair.winner]
    return PLACES.get((pair.a_first, pair.b_first), UNEVEN)


class _Recorder:
    """Writes each judgement to the log."""

    def __init__(
        self, tasks: Sequence[Task], log: "RunLog", experiment: str, plan_hash: str
    ) -> None:
        self._tasks = tasks
        self._log = log
        self._shared = {"experiment": experiment, "plan_hash": plan_hash}
        self.recorded = 0

    def stage_finished(self, record: object) -> None:
        """A judgement is one stage; it is written when it is through."""

    def run_finished(self, run: Run) -> None:
        """Writes the judgement, if one was reached."""
        if not run.ok:
            return
        task = self._tasks[int(run.item_id)]
        value, label = run["judgement"]
        self._log.record(
            "scores",
            {
                **self._shared,
                "run_id": task.run_id,
                "cell": task.cell.id,
                "variant": task.cell.variant.name,
                "item_id": task.cell.item.id,
                "metric": task.ready.metric.name,
                "kind": task.ready.kind,
                "value": value,
                "label": label,
            },
        )
        self.recorded += 1
