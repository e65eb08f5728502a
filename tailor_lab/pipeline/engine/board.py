"""The board: what is ready, what waits for a place or a turn, and what is open.

Older items come first, and within an item the stage with the longest way to the end, measured in
the seconds that stages have taken so far. Once the last item is admitted the longest way counts
alone: nothing later is held up any more, and short ends fill the gaps between long chains.

A board knows no threads; whoever shares one holds a lock around each call.
"""

import heapq
import itertools
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.pipeline.engine.attempt import StageOutcome, backoff, may_retry
from tailor_lab.pipeline.errors import StageError, describe, kind_of
from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.run import StageRecord
from tailor_lab.pipeline.stage import Stage

WHOLE = ""
"""In place of a stage's name: all stages of the item, as one task."""


@dataclass(slots=True, eq=False)
class QueuedItem:
    """An item on its way through the graph."""

    index: int
    run_id: str
    item_id: str
    given: Mapping[str, Any]
    """What the item brings itself."""
    inputs: Mapping[str, Any]
    """That, and what is bound to the pipeline."""
    waiting: dict[str, int]
    """How many parents each stage still waits for."""
    left: int
    """Stages that have not been heard of."""
    results: dict[str, Any] = field(default_factory=dict)
    records: dict[str, StageRecord] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    """Stages left out by a condition, their own or that of one they need."""
    tries: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    """Attempts so far, when the first began, seconds spent: of stages that failed and may retry."""
    error: StageError | None = None
    begun: bool = False
    passed_over: bool = False
    """Whether it was not to begin any more when its turn came."""
    alone: bool = False
    """A process died with this item in it: from now on it works where it can take none along."""
    started: float = 0.0
    clock: float = 0.0

    def begin(self) -> None:
        """Its first stage starts now."""
        self.begun, self.started, self.clock = True, time.time(), time.perf_counter()

    def attempts(self, name: str) -> int:
        """Attempts so far."""
        return self.tries[name][0] if name in self.tries else 0


Task = tuple[QueuedItem, str]
_Entry = tuple[float, float, int, QueuedItem, str]


class Board:
    """Says what may start now, and books what has finished."""

    def __init__(
        self,
        graph: Graph,
        *,
        whole_items: bool = False,
        skip: Callable[[Mapping[str, Any]], object] | None = None,
    ) -> None:
        self._graph = graph
        self._skip = skip
        self.passed_over = 0
        """Items that `skip` kept from beginning."""
        self._whole = whole_items
        self._ready: list[_Entry] = []
        self._later: list[tuple[float, int, QueuedItem, str]] = []
        self._limits = {n: _Limit(made) for n, made in graph.stages.items() if made.limited}
        self._order = itertools.count()
        self._urgency = _Urgency(graph)
        self._ending = False

    def admit(
        self, index: int, item_id: str, given: Mapping[str, Any], bound: Mapping[str, Any]
    ) -> QueuedItem:
        """Puts an item on the board."""
        graph = self._graph
        item = QueuedItem(
            index=index,
            run_id=uuid.uuid4().hex,
            item_id=item_id,
            given=given,
            inputs={**bound, **given} if bound else given,
            waiting={name: len(parents) for name, parents in graph.parents.items()},
            left=len(graph.stages),
        )
        if self._whole:
            self._push(item, WHOLE)
        else:
            self._push_roots(item)
        return item

    def end(self) -> None:
        """No more items will come: from now on the longest way goes first, whatever its item."""
        if not self._ending:
            self._ending = True
            entries, self._ready = self._ready, []
            for *_, item, name in entries:
                self._push(item, name)

    def withdraw(self) -> int:
        """Takes back the items that have not begun, and says how many."""
        gone: set[int] = set()
        for queue in (self._ready, *(limit.held for limit in self._limits.values())):
            rest: list[_Entry] = []
            for entry in queue:
                if entry[3].begun:
                    rest.append(entry)
                elif not entry[3].passed_over:
                    gone.add(entry[3].index)
            queue[:] = rest
            heapq.heapify(queue)
        return len(gone)

    def take(self, now: float) -> Task | None:
        """The most urgent task that may start at this time, in seconds of `time.monotonic`."""
        while self._later and self._later[0][0] <= now:
            _, _, item, name = heapq.heappop(self._later)
            self._push(item, name)
        for limit in self._limits.values():
            if limit.held and limit.free_at(now) <= now:
                heapq.heappush(self._ready, heapq.heappop(limit.held))
        while self._ready:
            entry = heapq.heappop(self._ready)
            *_, item, name = entry
            if item.passed_over or self._passes_over(item):
                continue
            limited = self._limits.get(name)
            if limited is not None:
                if limited.free_at(now) > now:
                    heapq.heappush(limited.held, entry)
                    continue
                limited.enter(now)
            if not item.begun:
                item.begin()
            return item, name
        return None

    def _passes_over(self, item: QueuedItem) -> bool:
        """Whether an item is not to begin any more."""
        if item.begun or self._skip is None or not self._skip(item.given):
            return False
        item.passed_over = True
        self.passed_over += 1
        return True

    def more(self, now: float) -> bool:
        """Whether something else may be ready."""
        due = self.due(now)
        return bool(self._ready) or (due is not None and due <= now)

    def due(self, now: float) -> float | None:
        """When something gets ready by the mere passing of time; None if nothing will."""
        times = [self._later[0][0]] if self._later else []
        times += [limit.free_at(now) for limit in self._limits.values() if limit.held]
        earliest = min(times, default=None)
        return None if earliest == float("inf") else earliest

    def settle(self, item: QueuedItem, name: str, outcome: StageOutcome) -> list[StageRecord]:
        """Books an attempt; the records of all stages that this settles, none if it is retried."""
        self._leave(name)
        tried, started, seconds = item.tries.pop(name, (0, outcome.started, 0.0))
        tried, seconds = tried + outcome.attempts, seconds + outcome.seconds
        made = self._graph.stages[name]
        if may_retry(made, outcome, tried):
            item.tries[name] = (tried, started, seconds)
            at = time.monotonic() + backoff(tried)
            heapq.heappush(self._later, (at, next(self._order), item, name))
            return []
        return self._book(item, name, outcome, tried, started, seconds)

    def settle_whole(
        self, item: QueuedItem, outcomes: list[tuple[str, StageOutcome]]
    ) -> list[StageRecord]:
        """Books an item that travelled as one task; no outcomes mean that it has to go again.

        What has no outcome was skipped over there, or never reached.
        """
        records: list[StageRecord] = []
        for name, outcome in outcomes:
            if name not in item.records:
                timing = (outcome.attempts, outcome.started, outcome.seconds)
                records += self._book(item, name, outcome, *timing)
        if outcomes:
            rest = [name for name in self._graph.stages if name not in item.records]
            records += [_skip(item, name) for name in rest]
        return records

    def _book(
        self,
        item: QueuedItem,
        name: str,
        outcome: StageOutcome,
        attempts: int,
        started: float,
        seconds: float,
    ) -> list[StageRecord]:
        """Books a stage that is through, and passes over what can no longer run."""
        cause = outcome.error
        record = StageRecord(
            run_id=item.run_id,
            item_id=item.item_id,
            stage=name,
            status=outcome.status,
            started=started,
            seconds=seconds,
            attempts=attempts,
            error=None if cause is None else describe(cause),
            error_type=None if cause is None else kind_of(cause),
            finished=outcome.started + outcome.seconds,
        )
        item.records[name] = record
        self._urgency.learn(name, seconds)
        if cause is not None:
            error = StageError(
                item.item_id, name, describe(cause), kind=kind_of(cause), attempts=attempts
            )
            error.__cause__ = cause
            item.error = item.error or error
            lost = self._graph.descendants(name) - item.records.keys()
            return [record, *(_skip(item, other) for other in self._graph.stages if other in lost)]
        if outcome.status == "skipped":
            item.passed.add(name)
        else:
            item.results[name] = outcome.value
        return [record, *self._release(item, name)]

    def split(self, item: QueuedItem, name: str) -> None:
        """Puts back a task whose process died: stage by stage, apart from all others."""
        item.alone = True
        if name == WHOLE:
            self._push_roots(item)
        else:
            self._leave(name)
            self._push(item, name)

    def _release(self, item: QueuedItem, name: str) -> list[StageRecord]:
        """Makes ready the stages that waited for this one alone."""
        passed_over: list[StageRecord] = []
        settled = [name]
        while settled:
            for child in self._graph.children[settled.pop()]:
                item.waiting[child] -= 1
                if item.waiting[child] or child in item.records:
                    continue
                if self._graph.lacks(child, item.passed):
                    item.passed.add(child)
                    passed_over.append(_skip(item, child))
                    settled.append(child)
                elif not self._whole or item.alone:
                    self._push(item, child)
        return passed_over

    def _push_roots(self, item: QueuedItem) -> None:
        for name, count in item.waiting.items():
            if count == 0:
                self._push(item, name)

    def _push(self, item: QueuedItem, name: str) -> None:
        first = 0.0 if self._ending else float(item.index)
        entry = (first, -self._urgency.of(name), next(self._order), item, name)
        heapq.heappush(self._ready, entry)

    def _leave(self, name: str) -> None:
        if name in self._limits:
            self._limits[name].inside -= 1


class _Limit:
    """A stage's places and turns."""

    def __init__(self, made: Stage[..., Any]) -> None:
        self.inside = 0
        self.held: list[_Entry] = []
        self._places = made.max_concurrency
        self._gap = 0.0 if made.rate is None else 60.0 / made.rate
        self._next = 0.0

    def free_at(self, now: float) -> float:
        """When one more may start; infinite while it depends on others leaving."""
        if self._places is not None and self.inside >= self._places:
            return float("inf")
        return max(now, self._next)

    def enter(self, now: float) -> None:
        self.inside += 1
        # Turns are a gap apart from when they are taken: one taken late is not made up for, so
        # that no minute ever sees more than the rate.
        self._next = now + self._gap


class _Urgency:
    """How long the way from a stage to the end is, learnt from what the stages took."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._count = dict.fromkeys(graph.stages, 0)
        self._total = dict.fromkeys(graph.stages, 0.0)
        self._seen = 0
        self._again_at = len(graph.stages)
        self._way = graph.longest(dict.fromkeys(graph.stages, 1.0))

    def of(self, name: str) -> float:
        return self._way.get(name, 0.0)

    def learn(self, name: str, seconds: float) -> None:
        self._count[name] += 1
        self._total[name] += seconds
        self._seen += 1
        if self._seen >= self._again_at:
            # Looked at again whenever twice as much is known, so that learning costs next to
            # nothing. The nanosecond keeps the order of stages that take no time at all.
            self._again_at = 2 * self._seen
            usual = sum(self._total.values()) / self._seen
            mean = {
                name: (total / self._count[name] if self._count[name] else usual) + 1e-9
                for name, total in self._total.items()
            }
            self._way = self._graph.longest(mean)


def _skip(item: QueuedItem, name: str) -> StageRecord:
    item.records[name] = StageRecord(item.run_id, item.item_id, name, "skipped")
    return item.records[name]
