"""What runs in a worker process: one stage, or all the stages of an item one after the other.

The pipeline and what is bound to it come once and are kept: a process that lacks them says so, and
gets the task again together with them.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tailor_lab.pipeline.context import StageContext
from tailor_lab.pipeline.engine.attempt import StageOutcome, attempt, backoff, may_retry
from tailor_lab.pipeline.engine.loop import EventLoop
from tailor_lab.pipeline.engine.travel import pack, portable, unpack
from tailor_lab.pipeline.errors import TravelError
from tailor_lab.pipeline.graph import Graph

SEND_SHARED = b""
"""The answer of a process that lacks the pipeline."""
KEPT = 4


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """A stage of an item, or all of them where `stage` is None, with what it needs."""

    run_id: str
    item_id: str
    stage: str | None
    attempt: int
    inputs: Mapping[str, Any]
    results: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A job with the name of the pipeline that it is for, and the pipeline itself if asked for."""

    digest: str
    job: bytes
    shared: bytes | None


_shared: "OrderedDict[str, tuple[Graph, Mapping[str, Any]]]" = OrderedDict()
_loop = EventLoop()


def answer(payload: bytes) -> bytes:
    """Does the job and returns the outcome of each stage, packed one by one."""
    try:
        return _answer(unpack(payload, "the task"))
    except TravelError as error:
        return pack(portable(error), "what went wrong")


def _answer(envelope: Envelope) -> bytes:
    if envelope.shared is not None:
        _shared[envelope.digest] = unpack(envelope.shared, "the pipeline")
        while len(_shared) > KEPT:
            _shared.popitem(last=False)
    shared = _shared.get(envelope.digest)
    if shared is None:
        return SEND_SHARED
    graph, bound = shared
    job: WorkerJob = unpack(envelope.job, "the item")
    job = replace(job, inputs={**bound, **job.inputs})
    done = _item(graph, job) if job.stage is None else _stage(graph, job, job.stage)
    return pack([(name, *_packed(name, outcome)) for name, outcome in done], "the outcomes")


def _stage(graph: Graph, job: WorkerJob, name: str) -> Iterator[tuple[str, StageOutcome]]:
    work = graph.work(name, job.results, job.inputs)
    context = StageContext(job.run_id, job.item_id, name, job.attempt)
    yield name, attempt(work, context, _loop)


def _item(graph: Graph, job: WorkerJob) -> Iterator[tuple[str, StageOutcome]]:
    """Every stage that can run, with its retries."""
    results: dict[str, Any] = {}
    passed: set[str] = set()
    lost: set[str] = set()
    for name in graph.stages:
        if name in lost:
            continue
        if graph.lacks(name, passed):
            passed.add(name)
            continue
        outcome = _tried(graph, job, name, results)
        if outcome.error is not None:
            lost |= graph.descendants(name)
        elif outcome.status == "skipped":
            passed.add(name)
        else:
            results[name] = outcome.value
        yield name, outcome


def _tried(graph: Graph, job: WorkerJob, name: str, results: Mapping[str, Any]) -> StageOutcome:
    """A stage with its retries; its value is packed at once, so that what needs it is skipped
    where it cannot travel."""
    work = graph.work(name, results, job.inputs)
    seconds, started, attempts = 0.0, 0.0, 0
    while True:
        attempts += 1
        context = StageContext(job.run_id, job.item_id, name, attempts)
        outcome = attempt(work, context, _loop)
        started, seconds = started or outcome.started, seconds + outcome.seconds
        if not may_retry(work.stage, outcome, attempts):
            break
        time.sleep(backoff(attempts))
    outcome = replace(outcome, started=started, seconds=seconds, attempts=attempts)
    if outcome.error is None:
        try:
            pack(outcome.value, f'the result of "{name}"')
        except TravelError as error:
            return replace(outcome, status="failed", value=None, error=error)
    return outcome


def _packed(name: str, outcome: StageOutcome) -> tuple[StageOutcome, bytes]:
    """The outcome without its value, and the value as bytes, read only by whoever asked."""
    if outcome.error is not None:
        return replace(outcome, value=None, error=portable(outcome.error)), b""
    try:
        value = pack(outcome.value, f'the result of "{name}"')
    except TravelError as error:
        return replace(outcome, status="failed", value=None, error=portable(error)), b""
    return replace(outcome, value=None), value
