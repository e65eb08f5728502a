"""The scheduler: workers that take from one board what is ready, over all items and stages.

There is no barrier between stages or items: whatever has its inputs is ready, and whoever is free
takes the most urgent. A worker books what it finished and takes the next itself, so that no task
waits for a thread that distributes. Items are admitted in a window, by the calling thread, which
also yields what is finished: a million items need no million tasks, and a slow reader slows the
workers down instead of filling the memory.

Workers are threads. On `threading` they call the stages; on any other backend of joblib each has a
task at a worker process and waits for it. There an item travels as one task, since a stage a task
would spend more on travel than most stages take; only where a stage is limited over all workers
does each stage travel alone, so that limits are kept here, exactly. Stages of kind `cpu` travel
alone too, while the others stay on threads.
"""

import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.pipeline.batch import SourceError
from tailor_lab.pipeline.context import StageContext
from tailor_lab.pipeline.engine.attempt import StageOutcome, attempt
from tailor_lab.pipeline.engine.board import WHOLE, Board, QueuedItem
from tailor_lab.pipeline.engine.loop import EventLoop
from tailor_lab.pipeline.errors import (
    StageError,
    TravelError,
    WorkerDiedError,
    without_frames,
)
from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.performance import measure
from tailor_lab.pipeline.run import Listener, Run, StageRecord

if TYPE_CHECKING:
    from tailor_lab.pipeline.engine.remote import Remote

WINDOW_PER_WORKER = 2
WINDOW_LEAST = 64
TASKS_PER_PROCESS = 2
"""While one task is worked on, the next one travels."""
ENDING_S = 0.5
"""How long a batch that was broken off waits for threads that are in the midst of a stage."""


class Scheduler:
    """Runs items through a graph. Use as a context manager: leaving it ends its workers."""

    def __init__(
        self,
        graph: Graph,
        bound: Mapping[str, Any],
        *,
        n_jobs: int,
        backend: str = "threading",
        listener: Listener | None = None,
        skip: Callable[[Mapping[str, Any]], object] | None = None,
    ) -> None:
        self._graph = graph
        self._bound = bound
        self._backend = backend
        self._listener = listener
        self._local = backend == "threading"
        self._inline = self._local and n_jobs == 1
        stages = graph.stages.values()
        self._whole = not self._local and not any(made.limited for made in stages)
        self._has_cpu = any(made.kind == "cpu" for made in stages)
        self._board = Board(graph, whole_items=self._whole, skip=skip)
        self._told = 0
        self.passed_over = 0
        """Items that were not to begin any more when their turn came."""
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._inbox: SimpleQueue[Run | _Crash | _PassedOver] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._open = 0
        self._stopped = False
        self._drawing = True
        self._first = True
        self._source_error: SourceError | None = None
        self._loop = EventLoop()
        self._remote: Remote | None = None
        self.workers = n_jobs

    def __enter__(self) -> "Scheduler":
        if not self._local or self._has_cpu:
            from tailor_lab.pipeline.engine.remote import Remote

            processes = min(self.workers, os.cpu_count() or 1) if self._local else self.workers
            backend = "loky" if self._local else self._backend
            self._remote = Remote(self._graph, self._bound, backend, processes)
            if not self._local:
                self.workers = self._remote.count
        if not self._inline:
            count = self.workers if self._local else self.workers * TASKS_PER_PROCESS
            for number in range(count):
                # Each worker sees the caller's context variables: its tracing, its settings.
                context = contextvars.copy_context()
                thread = threading.Thread(
                    target=context.run, args=(self._drive,), name=f"worker-{number}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return self

    def runs(self, items: Iterable[tuple[int, Any]]) -> Iterator[Run]:
        """The run of every item, each given with its place, as soon as it finishes.

        Raises `InputError` if already the first item is not one; a later one that is not fails.
        A source that breaks raises `SourceError` once the items drawn before are finished.
        """
        source = iter(items)
        while True:
            yield from self._admit(source)
            if self._open == 0:
                break
            while self._inline and self._inbox.empty():
                self._step()
            found = self._inbox.get()
            if isinstance(found, _Crash):
                raise found.error
            if isinstance(found, _PassedOver):
                self._open -= found.count
                self.passed_over += found.count
                continue
            self._open -= 1
            yield found
        if self._source_error is not None:
            raise self._source_error

    def finish(self) -> None:
        """Begins no further item; those begun go on to their ends."""
        with self._changed:
            self._drawing = False
            self._open -= self._board.withdraw()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        broken_off = self._open > 0
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._remote is not None:
            self._remote.close(kill=broken_off)
        self._loop.close()
        # Idle workers end at once. One that is in the midst of a stage cannot be stopped, only
        # left to end by itself; as a daemon it does not keep the process alive.
        until = time.monotonic() + ENDING_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _admit(self, source: Iterator[tuple[int, Any]]) -> Iterator[Run]:
        """Fills the window; yields the runs of items that cannot even begin."""
        window = max(WINDOW_LEAST, WINDOW_PER_WORKER * len(self._threads))
        while self._drawing and self._open < window:
            try:
                index, given = next(source)
            except StopIteration:
                self._drawing = False
            except Exception as error:  # noqa: BLE001 (raised when what was drawn is finished)
                self._drawing = False
                self._source_error = SourceError(f"The source of the items broke: {error}")
                self._source_error.__cause__ = error
            else:
                fault = self._fault(index, given)
                if fault is None:
                    with self._changed:
                        self._open += 1
                        self._board.admit(index, item_id(index, given), given, self._bound)
                        self._changed.notify()
                elif self._first:
                    raise fault
                else:
                    yield self._refuse(index, given, fault)
                self._first = False
        if not self._drawing:
            with self._changed:
                self._board.end()

    def _fault(self, index: int, given: Any) -> InputError | None:
        if not isinstance(given, Mapping):
            kind = type(given).__name__
            return InputError(f"Item {index} is a {kind}; an item is a mapping of names to inputs.")
        missing = self._graph.missing({**self._bound, **given})
        if not missing:
            return None
        names = ", ".join(f'"{name}"' for name in missing)
        return InputError(
            f'Item "{item_id(index, given)}" lacks {names}, '
            "which the pipeline's stages take as input."
        )

    def _refuse(self, index: int, given: Any, fault: InputError) -> Run:
        """The run of an item that is not one: failed before it began."""
        inputs = given if isinstance(given, Mapping) else {}
        missing = self._graph.missing({**self._bound, **inputs})
        first = self._graph.first_that_takes(missing[0] if missing else "")
        item = Board(self._graph).admit(index, item_id(index, inputs), inputs, self._bound)
        item.begin()
        item.error = StageError(item.item_id, first, str(fault), kind=type(fault).__name__)
        item.error.__cause__ = fault
        item.records[first] = StageRecord(
            item.run_id,
            item.item_id,
            first,
            "failed",
            started=item.started,
            error=str(fault),
            error_type=type(fault).__name__,
            finished=item.started,
        )
        run = self._run_of(item)
        if self._listener is not None:
            for record in run.stages.values():
                self._listener.stage_finished(record)
            self._listener.run_finished(run)
        return run

    def _drive(self) -> None:
        """What a worker does."""
        try:
            while self._step():
                pass
        except BaseException as error:  # noqa: BLE001 (raised again on the calling thread)
            self._inbox.put(_Crash(error))

    def _step(self) -> bool:
        """Takes one task and does it; False where there is nothing to wait for any more."""
        with self._changed:
            task = None
            while not self._stopped:
                now = time.monotonic()
                task = self._board.take(now)
                if self._tell_passed_over() and task is None:
                    return True
                if task is not None:
                    if self._idle and self._board.more(now):
                        self._changed.notify()
                    break
                due = self._board.due(now)
                self._idle += 1
                self._changed.wait(None if due is None else due - now)
                self._idle -= 1
        if task is None:
            return False
        self._do(*task)
        return True

    def _tell_passed_over(self) -> bool:
        """Tells the calling thread of items that will never begin; whether there are new ones."""
        new = self._board.passed_over - self._told
        if new:
            self._told = self._board.passed_over
            self._inbox.put(_PassedOver(new))
        return bool(new)

    def _do(self, item: QueuedItem, name: str) -> None:
        outcomes = self._outcomes(item, name)
        with self._changed:
            if name == WHOLE:
                settled = self._board.settle_whole(item, outcomes)
            else:
                settled = [
                    r for _, found in outcomes for r in self._board.settle(item, name, found)
                ]
        if self._stopped:
            return
        if self._listener is not None:
            for record in settled:
                self._listener.stage_finished(record)
        with self._changed:
            item.left -= len(settled)
            finished = item.left == 0 and bool(settled)
        if finished:
            run = self._run_of(item)
            if self._listener is not None:
                self._listener.run_finished(run)
            self._inbox.put(run)

    def _outcomes(self, item: QueuedItem, name: str) -> list[tuple[str, StageOutcome]]:
        """Does a task, here or at another process; nothing where it has to be done again."""
        remote = self._remote
        if remote is None or (self._local and self._graph.stages[name].kind != "cpu"):
            work = self._graph.work(name, item.results, item.inputs)
            context = StageContext(item.run_id, item.item_id, name, item.attempts(name) + 1)
            return [(name, attempt(work, context, self._loop))]
        began, apart = time.time(), item.alone
        try:
            return remote.do(item, name, apart=apart)
        except WorkerDiedError as error:
            if not apart and not self._stopped:
                with self._changed:
                    self._board.split(item, name)
                    self._changed.notify()
                return []
            return [(name, StageOutcome("failed", None, without_frames(error), began, 0.0))]
        except TravelError as error:
            stage = self._graph.first_that_takes(error.name) if name == WHOLE else name
            return [(stage, StageOutcome("failed", None, without_frames(error), began, 0.0))]

    def _run_of(self, item: QueuedItem) -> Run:
        stages = {
            name: item.records.get(name) or StageRecord(item.run_id, item.item_id, name, "skipped")
            for name in self._graph.stages
        }
        wall_s = time.perf_counter() - item.clock
        seconds = {name: record.seconds for name, record in stages.items()}
        return Run(
            id=item.run_id,
            item_id=item.item_id,
            inputs=item.inputs,
            results=item.results,
            stages=stages,
            error=item.error,
            performance=measure(self._graph, seconds, wall_s, self.workers),
            started=item.started,
            index=item.index,
        )


class _Crash:
    """What a listener raised on a worker, on its way to the calling thread."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _PassedOver:
    """So many items will never begin."""

    def __init__(self, count: int) -> None:
        self.count = count


def item_id(index: int, inputs: Mapping[str, Any]) -> str:
    """The item's `id`, else its place."""
    return str(inputs.get("id", index))
