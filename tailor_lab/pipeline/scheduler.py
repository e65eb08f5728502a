"""The scheduler: one queue of what is ready, over all items and stages.

There is no barrier between stages or items: whatever has its inputs is ready, and whenever a worker
is free the most urgent ready task starts, older items first and within an item the stage with the
longest way to go. Items are admitted in a window, so a million items need no million tasks. All
bookkeeping happens on the calling thread; workers only call stages.

Where workers do not share memory, an item travels as one task: a stage a task would spend more on
travel than most stages take.
"""

import heapq
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tailor_lab.pipeline.backends import Workers
from tailor_lab.pipeline.errors import StageError
from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.run import Listener, Run, StageRecord, make_run
from tailor_lab.pipeline.stage import Outcome, call

WINDOW_PER_WORKER = 2


@dataclass
class _Item:
    """An item on its way through the graph."""

    index: int
    run_id: str
    item_id: str
    inputs: Mapping[str, Any]
    waiting: dict[str, int]
    """How many parents each stage still waits for."""
    left: int
    """Stages that have neither finished nor been skipped."""
    results: dict[str, Any] = field(default_factory=dict)
    records: dict[str, StageRecord] = field(default_factory=dict)
    error: StageError | None = None
    started: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.perf_counter)


def schedule(
    graph: Graph,
    items: Iterable[Mapping[str, Any]],
    *,
    n_jobs: int,
    backend: str,
    listeners: Iterable[Listener] = (),
) -> Iterator[Run]:
    """Yields the run of every item as it finishes."""
    listening = tuple(listeners)
    with Workers(backend, n_jobs) as workers:
        run_items = _by_stage if workers.shares_memory else _by_item
        for run in run_items(graph, enumerate(items), workers, listening):
            for listener in listening:
                listener.run_finished(run)
            yield run


def item_id(index: int, inputs: Mapping[str, Any]) -> str:
    """The item's `id`, else its place."""
    return str(inputs.get("id", index))


def _by_stage(
    graph: Graph,
    items: Iterator[tuple[int, Mapping[str, Any]]],
    workers: Workers,
    listeners: tuple[Listener, ...],
) -> Iterator[Run]:
    board = _Board(graph)
    busy = 0
    exhausted = False
    while True:
        while not exhausted and board.open_items < WINDOW_PER_WORKER * workers.count:
            try:
                index, inputs = next(items)
            except StopIteration:
                exhausted = True
            else:
                board.admit(index, inputs)
        while busy < workers.count and (task := board.take()) is not None:
            item, name = task
            arguments = graph.arguments(name, item.results, item.inputs)
            work = partial(call, graph.stages[name], arguments, item.run_id, item.item_id)
            workers.submit(task, work)
            busy += 1
        if not busy:
            return
        arrival = workers.next()
        if arrival is None:
            continue
        busy -= 1
        (item, name), outcome = arrival
        for record in board.settle(item, name, outcome):
            for listener in listeners:
                listener.stage_finished(record)
        if not item.left:
            board.open_items -= 1
            yield _finished(graph, item, workers.count)


class _Board:
    """What is ready, what waits for a place in a stage with a limit, and what is open."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.open_items = 0
        self._ready: list[tuple[int, int, str, _Item]] = []
        self._in_stage: Counter[str] = Counter()
        self._held: dict[str, deque[tuple[_Item, str]]] = defaultdict(deque)

    def admit(self, index: int, inputs: Mapping[str, Any]) -> None:
        graph = self.graph
        item = _Item(
            index=index,
            run_id=uuid.uuid4().hex,
            item_id=item_id(index, inputs),
            inputs=inputs,
            waiting={name: len(parents) for name, parents in graph.parents.items()},
            left=len(graph.stages),
        )
        self.open_items += 1
        for name, count in item.waiting.items():
            if count == 0:
                self._push(item, name)

    def take(self) -> tuple[_Item, str] | None:
        """The most urgent task that may start now."""
        while self._ready:
            _, _, name, item = heapq.heappop(self._ready)
            limit = self.graph.stages[name].max_concurrency
            if limit is not None and self._in_stage[name] >= limit:
                self._held[name].append((item, name))
                continue
            self._in_stage[name] += 1
            return item, name
        return None

    def settle(self, item: _Item, name: str, outcome: Outcome | BaseException) -> list[StageRecord]:
        """Books a finished stage and returns the records that this settles."""
        self._in_stage[name] -= 1
        if self._held[name]:
            self._push(*self._held[name].popleft())
        if isinstance(outcome, BaseException):
            outcome = Outcome(None, outcome, 1, time.time(), 0.0)
        record, error = _book(item, name, outcome)
        records = [record]
        if error is not None:
            item.error = item.error or error
            for skipped in sorted(self.graph.descendants(name) - item.records.keys()):
                item.records[skipped] = StageRecord(item.run_id, item.item_id, skipped, "skipped")
                item.left -= 1
                records.append(item.records[skipped])
            return records
        for child in self.graph.children[name]:
            item.waiting[child] -= 1
            if item.waiting[child] == 0 and child not in item.records:
                self._push(item, child)
        return records

    def _push(self, item: _Item, name: str) -> None:
        heapq.heappush(self._ready, (item.index, -self.graph.height[name], name, item))


def _book(item: _Item, name: str, outcome: Outcome) -> tuple[StageRecord, StageError | None]:
    cause = outcome.error
    record = StageRecord(
        run_id=item.run_id,
        item_id=item.item_id,
        stage=name,
        status="ok" if cause is None else "failed",
        started=outcome.started,
        seconds=outcome.seconds,
        attempts=outcome.attempts,
        error=None if cause is None else describe(cause),
        error_type=None if cause is None else type(cause).__name__,
    )
    item.records[name] = record
    item.left -= 1
    if cause is None:
        item.results[name] = outcome.value
        return record, None
    error = StageError(
        item.item_id,
        name,
        describe(cause),
        kind=type(cause).__name__,
        attempts=outcome.attempts,
    )
    error.__cause__ = cause
    return record, error


def _finished(graph: Graph, item: _Item, workers: int) -> Run:
    return make_run(
        graph,
        item.run_id,
        item.item_id,
        item.inputs,
        item.results,
        item.records,
        item.error,
        started=item.started,
        wall_s=time.perf_counter() - item.clock,
        workers=workers,
    )


def describe(cause: BaseException) -> str:
    """An exception in words: its message, with its type where the message alone says little."""
    text = str(cause).strip()
    kind = type(cause).__name__
    if not text:
        return kind
    return text if " " in text else f"{kind}: {text}"


def run_here(graph: Graph, index: int, inputs: Mapping[str, Any], run_id: str) -> Run:
    """One item from start to end on this thread; what a task is where memory is not shared."""
    board = _Board(graph)
    board.admit(index, inputs)
    item: _Item | None = None
    while (task := board.take()) is not None:
        item, name = task
        item.run_id = run_id
        arguments = graph.arguments(name, item.results, inputs)
        board.settle(item, name, call(graph.stages[name], arguments, run_id, item.item_id))
    assert item is not None, "a graph has at least one stage"
    return _finished(graph, item, 1)


def _by_item(
    graph: Graph,
    items: Iterator[tuple[int, Mapping[str, Any]]],
    workers: Workers,
    listeners: tuple[Listener, ...],
) -> Iterator[Run]:
    busy = 0
    for index, inputs in items:
        workers.submit((index, inputs), _task(graph, index, inputs))
        busy += 1
        if busy >= WINDOW_PER_WORKER * workers.count:
            yield _arrived(graph, workers, listeners)
            busy -= 1
    for _ in range(busy):
        yield _arrived(graph, workers, listeners)


def _task(graph: Graph, index: int, inputs: Mapping[str, Any]) -> Callable[[], Run]:
    return partial(run_here, graph, index, inputs, uuid.uuid4().hex)


def _arrived(graph: Graph, workers: Workers, listeners: tuple[Listener, ...]) -> Run:
    arrival = workers.next()
    assert arrival is not None, "waiting without a limit always ends with an arrival"
    (index, inputs), outcome = arrival
    lost = isinstance(outcome, BaseException)
    run: Run = _lost(graph, index, inputs, outcome) if lost else outcome
    for record in run.stages.values():
        for listener in listeners:
            listener.stage_finished(record)
    return run


def _lost(graph: Graph, index: int, inputs: Mapping[str, Any], cause: BaseException) -> Run:
    """The run of an item whose worker died or whose result could not travel."""
    first = next(iter(graph.stages))
    name = item_id(index, inputs)
    error = StageError(name, first, describe(cause), kind=type(cause).__name__)
    error.__cause__ = cause
    run_id = uuid.uuid4().hex
    record = StageRecord(run_id, name, first, "failed", time.time(), 0.0, 1, describe(cause))
    return make_run(
        graph,
        run_id,
        name,
        inputs,
        {},
        {first: record},
        error,
        started=time.time(),
        wall_s=0.0,
        workers=1,
    )
