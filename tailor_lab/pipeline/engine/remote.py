"""Work sent to other processes: what is shared goes once, what dies is found out one by one.

When a worker process dies, the backend says that tasks are lost, and not which of them did it. So
each is tried again alone: on loky in a process that it has to itself, on a cluster in its turn. One
that dies again has failed; the others were innocent and go on.
"""

import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from tailor_lab.pipeline.engine.attempt import StageOutcome
from tailor_lab.pipeline.engine.backends import Pool
from tailor_lab.pipeline.engine.board import WHOLE, QueuedItem
from tailor_lab.pipeline.engine.travel import pack, unpack, which
from tailor_lab.pipeline.engine.worker import SEND_SHARED, Envelope, WorkerJob, answer
from tailor_lab.pipeline.errors import PipelineError, TravelError, WorkerDiedError
from tailor_lab.pipeline.graph import Graph

SENT_ALWAYS_BYTES = 16_384
"""A pipeline smaller than this goes with every task: cheaper than being asked for it."""


class Remote:
    """The workers of a backend, as a place where stages of items are done."""

    def __init__(self, graph: Graph, bound: Mapping[str, Any], backend: str, n_jobs: int) -> None:
        self._graph = graph
        self._shared = _pack_shared(graph, bound)
        self._digest = hashlib.sha256(self._shared).hexdigest()
        self._backend = backend
        self._n_jobs = n_jobs
        self._lock = threading.Lock()
        self._apart = threading.Lock()
        self._apart_pool: Pool | None = None
        self._closed = False
        self._pool = Pool(backend, n_jobs)
        self.count = self._pool.count

    def do(self, item: QueuedItem, name: str, *, apart: bool) -> list[tuple[str, StageOutcome]]:
        """The outcomes of a stage, or of all stages for `WHOLE`; `apart` from all others.

        Raises `WorkerDiedError` where the process died, `TravelError` where the item cannot travel.
        """
        job = self._packed(item, name)
        send = self._shared if len(self._shared) <= SENT_ALWAYS_BYTES else None
        reply = self._ask(Envelope(self._digest, job, send), apart)
        if reply == SEND_SHARED:
            reply = self._ask(Envelope(self._digest, job, self._shared), apart)
        outcomes = unpack(reply, "the outcome")
        if isinstance(outcomes, TravelError):
            raise outcomes
        return [(stage, _arrived(stage, outcome, value)) for stage, outcome, value in outcomes]

    def _packed(self, item: QueuedItem, name: str) -> bytes:
        stage = None if name == WHOLE else name
        inputs, results = item.given, {}
        if stage is not None:
            made = self._graph.stages[stage]
            wanted = made.parameters | made.condition | {"cache"}
            inputs = {k: v for k, v in inputs.items() if k in wanted}
            results = {k: item.results[k] for k in self._graph.needs(stage) if k in item.results}
        attempt = item.attempts(name) + 1
        try:
            job = WorkerJob(item.run_id, item.item_id, stage, attempt, inputs, results)
            return pack(job, "the item")
        except TravelError as error:
            guilty = which({**inputs, **results}) or ""
            what = f'the input "{guilty}"' if guilty in inputs else f'the result of "{guilty}"'
            raise TravelError(str(error).replace("the item", what, 1), guilty) from error.__cause__

    def _ask(self, envelope: Envelope, apart: bool) -> bytes:
        payload = pack(envelope, "the task")
        if apart:
            return self._ask_apart(payload)
        pool = self._pool
        try:
            return pool.ask(answer, payload)
        finally:
            self._mend(pool)

    def _mend(self, pool: Pool) -> None:
        """Replaces a pool that has lost a process."""
        if not pool.broken:
            return
        with self._lock:
            if self._pool is pool and not self._closed:
                pool.close(kill=True)
                self._pool = Pool(self._backend, self._n_jobs)

    def _ask_apart(self, payload: bytes) -> bytes:
        """One at a time, where nobody else's task can be taken for the culprit."""
        with self._apart:
            if self._backend != "loky":
                return self._pool.ask(answer, payload)
            with self._lock:
                if self._closed:
                    raise WorkerDiedError("the batch was stopped")
                pool = self._apart_pool = self._apart_pool or Pool("loky", 1)
            try:
                return pool.ask(answer, payload)
            finally:
                if pool.broken:
                    pool.close(kill=True)
                    self._apart_pool = None

    def close(self, *, kill: bool) -> None:
        """Ends the processes that this started."""
        with self._lock:
            self._closed = True
            for pool in (self._pool, self._apart_pool):
                if pool is not None:
                    pool.close(kill=kill)


def _pack_shared(graph: Graph, bound: Mapping[str, Any]) -> bytes:
    """The pipeline and what is bound to it; `PipelineError` names the stage that cannot travel."""
    try:
        return pack((graph, bound), "the pipeline")
    except TravelError as error:
        stage = which(graph.stages)
        what = f'stage "{stage}"' if stage else f'what is bound as "{which(bound)}"'
        raise PipelineError(
            str(error).replace("the pipeline", what, 1).capitalize() + '; use backend="threading".'
        ) from error.__cause__


def _arrived(stage: str, outcome: StageOutcome, value: bytes) -> StageOutcome:
    """The outcome with its value, which may fail to be read here."""
    error = outcome.error
    found = None
    if error is None:
        try:
            found = unpack(value, f'the result of "{stage}"')
        except TravelError as raised:
            error = raised
    status = "failed" if error is not None else outcome.status
    return StageOutcome(status, found, error, outcome.started, outcome.seconds, outcome.attempts)
