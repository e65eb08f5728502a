"""Pipelines: stages that depend on each other, run over one item or over many."""

import os
import time
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.markup import Markup, Shown
from tailor_lab.pipeline import draw
from tailor_lab.pipeline.batch import Batch, Interrupted, SourceError, Tally
from tailor_lab.pipeline.engine.scheduler import Scheduler, item_id
from tailor_lab.pipeline.graph import Graph, build
from tailor_lab.pipeline.performance import Performance
from tailor_lab.pipeline.progress import Progress
from tailor_lab.pipeline.run import Listener, Run
from tailor_lab.pipeline.sinks import Sink
from tailor_lab.pipeline.sources import finished_ids, rows, unfinished
from tailor_lab.pipeline.stage import Stage

Item = Mapping[str, Any]
Done = Container[str] | Callable[[str], bool] | Path
"""Ids of items that are done, a function that says so of an id, or the file of an earlier sink."""


class Pipeline(Shown):
    """Stages that run as soon as what they need is there.

    A stage depends on the stages that its parameters name; other parameters are inputs of the
    item. Raises `PipelineError` for circles, names used twice and unknown names.
    `bound` are inputs common to all items; `bind` is the way to give them.

    >>> def words(text): return text.split()
    >>> def count(words): return len(words)
    >>> pipeline = Pipeline([words, count])
    >>> pipeline.run({"text": "as fast as it goes"})["count"]
    5
    >>> print(pipeline)
    * words
    * count ← words
    """

    def __init__(
        self, stages: Sequence[Stage[..., Any] | Callable[..., Any]], **bound: Any
    ) -> None:
        self.graph: Graph = build(stages)
        self._bound = dict(bound)

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages, in an order in which they can run."""
        return tuple(self.graph.stages)

    @property
    def inputs(self) -> frozenset[str]:
        """What every item must bring."""
        return self.graph.required - self._bound.keys()

    def bind(self, **shared: Any) -> "Pipeline":
        """The same pipeline with inputs that are common to all items.

        What is bound as `cache` also serves the stages that have a `cache` rule.
        `shared` are the inputs by name, such as `llm=…`.
        """
        return Pipeline(list(self.graph.stages.values()), **{**self._bound, **shared})

    def takes(self, name: str) -> bool:
        """Whether a stage takes an input of this `name` that nothing is bound to yet."""
        return name in self.graph.required | self.graph.optional and name not in self._bound

    def run(
        self, inputs: Item, *, n_jobs: int | None = None, listener: Listener | None = None
    ) -> Run:
        """One item; stages that do not depend on each other run at once, on `n_jobs` threads.

        By default there are as many threads as stages can run at once; a plain chain runs on the
        calling thread.
        `inputs` are the item's, by the names that stages take; a failure is in the run's `error`,
        not raised. Raises `PipelineError` where an input is missing.
        """
        jobs = _jobs(n_jobs) if n_jobs is not None else self.graph.width
        with self._scheduler(jobs, "threading", listener) as scheduler:
            return next(scheduler.runs([(0, inputs)]))

    def map(
        self,
        items: Any,
        *,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        on_error: Literal["keep", "raise"] = "keep",
        listener: Listener | None = None,
        sink: Callable[[Run], object] | str | Path | None = None,
        resume: Done = frozenset(),
        stop_when: Callable[[Tally], object] | None = None,
        skip_when: Callable[[Item], object] | None = None,
        cost: Callable[[Run], float | None] | None = None,
    ) -> Batch:
        """Many items, no barrier between stages or items; the batch keeps the items' order.

        `items` is an iterable of mappings, a polars frame, a DuckDB relation, or the path of a
        Parquet, CSV or JSON Lines file; large ones are read in chunks. `backend` is `threading`, or
        `loky`, `dask` or `ray` for processes. `sink` takes each run as it finishes, a function or
        the path of a `.jsonl` file, and then the batch keeps only the failed ones. `resume` says
        which items are done and are passed over. `stop_when` is asked after every item, with the
        tally so far; once it says yes no further item begins. `skip_when` is asked of each item as
        its turn comes, on the worker that would begin it; one for which it says yes is passed over.
        `cost` gives the USD of a run.

        With `on_error="raise"` the first failure stops the rest and is raised. Ctrl-C raises
        `Interrupted`, and a source that breaks `SourceError`, both with the `batch` so far.
        Raises `InputError` for an unknown backend, `on_error` or source.
        """
        if on_error not in {"keep", "raise"}:
            raise InputError(f'on_error is {on_error!r}; use "keep" or "raise".')
        recorder = _BatchRecorder(keep=sink is None)
        clock = time.perf_counter()
        scheduler = self._scheduler(_jobs(n_jobs), backend, listener, skip_when)

        def batch() -> Batch:
            wall_s = time.perf_counter() - clock
            counted = (scheduler.workers, scheduler.passed_over)
            return recorder.batch(self.graph, wall_s, *counted)

        runs = self._stream(scheduler, items, progress, sink, resume, stop_when, cost, recorder)
        try:
            # Closed here and not by the garbage collector, for which a traceback keeps it alive.
            with closing(runs):
                for run in runs:
                    if run.error is not None and on_error == "raise":
                        raise run.error
        except SourceError as error:
            error.batch = batch()
            raise
        except KeyboardInterrupt:
            raise Interrupted(batch()) from None
        return batch()

    def stream(
        self,
        items: Any,
        *,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        listener: Listener | None = None,
        sink: Callable[[Run], object] | str | Path | None = None,
        resume: Done = frozenset(),
        stop_when: Callable[[Tally], object] | None = None,
        cost: Callable[[Run], float | None] | None = None,
    ) -> Iterator[Run]:
        """The run of every item as soon as it finishes; parameters as for `map`.

        Nothing is kept, so that memory stays flat however many items there are. A slow reader
        slows the workers down.
        `sink`, `resume`, `stop_when` and `cost` too.
        """
        scheduler = self._scheduler(_jobs(n_jobs), backend, listener)
        recorder = _BatchRecorder(keep=False)
        yield from self._stream(scheduler, items, progress, sink, resume, stop_when, cost, recorder)

    def _scheduler(
        self,
        n_jobs: int,
        backend: str,
        listener: Listener | None,
        skip: Callable[[Item], object] | None = None,
    ) -> Scheduler:
        return Scheduler(
            self.graph, self._bound, n_jobs=n_jobs, backend=backend, listener=listener, skip=skip
        )

    def _stream(
        self,
        scheduler: Scheduler,
        items: Any,
        progress: bool | None,
        sink: Callable[[Run], object] | str | Path | None,
        resume: Done,
        stop_when: Callable[[Tally], object] | None,
        cost: Callable[[Run], float | None] | None,
        recorder: "_BatchRecorder",
    ) -> Generator[Run, None, None]:
        found, total = rows(items)
        source: Iterable[tuple[int, Any]] = enumerate(found)
        done = finished_ids(resume) if isinstance(resume, Path) else resume
        if callable(done) or done:
            source = unfinished(source, done, item_id, recorder.pass_over)
        with ExitStack() as stack:
            bar = stack.enter_context(Progress(total, shown=progress))
            target = stack.enter_context(Sink(sink)) if sink is not None else None
            stack.enter_context(scheduler)
            for run in scheduler.runs(source):
                recorder.add(run, cost)
                if target is not None:
                    target.take(run)
                bar.advance(recorder.tally)
                if stop_when is not None and not recorder.stopped and stop_when(recorder.tally):
                    recorder.stopped = True
                    scheduler.finish()
                yield run

    def mermaid(self) -> str:
        """The pipeline in the language of Mermaid, its critical path marked."""
        return draw.mermaid(self.graph)

    def svg(self) -> str:
        """The pipeline as an SVG element, its critical path marked."""
        return draw.svg(self.graph)

    def _page(self) -> tuple[str, ...]:
        return (Markup(self.svg()),)

    def __str__(self) -> str:
        return draw.text(self.graph)

    def __repr__(self) -> str:
        return f"Pipeline({', '.join(self.stages)})"


@dataclass
class _BatchRecorder:
    """What a batch is made of, gathered on the calling thread."""

    keep: bool
    tally: Tally = field(default_factory=Tally)
    runs: list[Run] = field(default_factory=list)
    skipped: int = 0
    stopped: bool = False

    def add(self, run: Run, cost: Callable[[Run], float | None] | None) -> None:
        self.tally.add(run, cost)
        if self.keep or not run.ok:
            self.runs.append(run)

    def pass_over(self) -> None:
        self.skipped += 1

    def batch(self, graph: Graph, wall_s: float, workers: int, passed_over: int) -> Batch:
        tally = self.tally
        return Batch(
            runs=tuple(sorted(self.runs, key=lambda run: run.index)),
            performance=Performance(wall_s, tally.work_s, tally.longest_s, workers),
            graph=graph,
            finished=tally.finished,
            cost_usd=tally.cost_usd,
            skipped=self.skipped,
            passed_over=passed_over,
            stopped=self.stopped,
        )


def _jobs(n_jobs: int) -> int:
    """The number of workers; a negative one counts back from the processors, as in joblib."""
    if not isinstance(n_jobs, int) or n_jobs == 0:
        raise InputError(f"n_jobs is {n_jobs!r}; use 1 or more, or -1 for every processor.")
    return n_jobs if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + n_jobs)
