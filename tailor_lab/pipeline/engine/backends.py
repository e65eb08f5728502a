"""joblib's backends as executors: a payload goes in, the answer comes out, on the calling thread.

joblib's `Parallel` wants to know its tasks beforehand; a scheduler learns of them as others finish.
So this uses the interface that joblib offers to authors of backends (`configure`, `start_call`,
`submit`, `retrieve_result_callback`, `terminate`), which works alike for loky, dask and ray.

Payloads and answers are bytes: what cannot travel is found out where it can still be named, and
never inside a backend, some of which then wait for ever.
"""

import multiprocessing
import re
import time
import uuid
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

from joblib._parallel_backends import LokyBackend
from joblib.externals.loky.process_executor import ProcessPoolExecutor
from joblib.parallel import BACKENDS, EXTERNAL_BACKENDS

from tailor_lab.pipeline.errors import PipelineError, WorkerDiedError

LOOK_S = 2.0
"""How often a waiting thread looks whether there is still somebody to answer."""
REAPING_S = 2.0
"""How long a process that was told to end, or killed, is waited for."""
LONELY_S = 30.0
"""How long a cluster may be without any worker before its tasks are given up."""

Answer = Callable[[bytes], bytes]


class Pool:
    """The workers of one joblib backend. `close` ends what it started."""

    def __init__(self, backend: str, n_jobs: int) -> None:
        self._backend = _open(backend)
        parallel = SimpleNamespace(
            _id=uuid.uuid4().hex, n_jobs=n_jobs, _backend_kwargs={}, _call_ref=None
        )
        self.count: int = max(1, self._backend.configure(n_jobs=n_jobs, parallel=parallel))
        self._backend.start_call()
        self._waiting: set[SimpleQueue[Any]] = set()
        self._lonely_since: float | None = None
        self.broken = False

    def ask(self, answer: Answer, payload: bytes) -> bytes:
        """What `answer(payload)` returns on some worker; `WorkerDiedError` if that one is gone."""
        box: SimpleQueue[Any] = SimpleQueue()
        self._waiting.add(box)
        try:
            future = self._backend.submit(_Call(answer, payload), box.put)
            if hasattr(future, "add_done_callback"):
                # joblib's dask backend calls back on success alone; its future tells of the rest.
                future.add_done_callback(lambda done: _tell_of_loss(done, box))
            out = self._receive(box)
            if isinstance(out, _Lost):
                out.future.result()
            answers: list[bytes] = self._backend.retrieve_result_callback(out)
            return answers[0]
        except WorkerDiedError:
            raise
        except Exception as error:
            # An answer is bytes whatever the stage did: any exception is the backend's own.
            self.broken = self.broken or isinstance(self._backend, _OwnProcesses)
            raise WorkerDiedError(_why(error)) from error
        finally:
            self._waiting.discard(box)

    def _receive(self, box: "SimpleQueue[Any]") -> Any:
        while True:
            try:
                out = box.get(timeout=LOOK_S)
            except Empty:
                self._look()
                continue
            if out is _CLOSED:
                raise WorkerDiedError("the batch was stopped")
            return out

    def _look(self) -> None:
        """Gives up where a cluster has been without workers, or out of reach, for too long."""
        client = getattr(self._backend, "client", None)
        if client is None:
            return
        if client.status == "running" and client.scheduler_info()["workers"]:
            self._lonely_since = None
            return
        now = time.monotonic()
        self._lonely_since = self._lonely_since or now
        if now - self._lonely_since >= LONELY_S:
            raise WorkerDiedError(
                f"the cluster has had no worker for {LONELY_S:g} s; start workers and run again"
            )

    def close(self, *, kill: bool) -> None:
        """Ends the workers that are this pool's own: `kill` does not wait for their tasks."""
        for box in tuple(self._waiting):
            box.put(_CLOSED)
        if kill or self.broken:
            self._backend.abort_everything(ensure_ready=False)
        else:
            self._backend.stop_call()
            self._backend.terminate()


class _OwnProcesses(LokyBackend):  # type: ignore[misc]  # joblib has no types
    """loky with processes of its own.

    joblib's share one executor with everything else in this process that uses loky; ending it, or a
    stage that kills a worker, would fail tasks that are none of ours.
    """

    def configure(self, n_jobs: int = 1, parallel: Any = None, **_: Any) -> int:
        self.parallel = parallel
        env = self._prepare_worker_env(n_jobs=n_jobs)
        self._workers = ProcessPoolExecutor(n_jobs, env=env)
        return n_jobs

    def terminate(self) -> None:
        self._end(kill=False)

    def abort_everything(self, ensure_ready: bool = True) -> None:  # noqa: ARG002 (never reused)
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        processes = list((self._workers._processes or {}).values())
        self._workers.shutdown(wait=True, kill_workers=kill)
        for process in processes:
            process.join(REAPING_S)
        # A process that nobody has waited for keeps its semaphore; asking for the children waits
        # for those that are dead, also for one that loky has dropped from its list.
        multiprocessing.active_children()


class _Call:
    """A task in the form that every backend takes: dask reads `items`, the others call."""

    def __init__(self, answer: Answer, payload: bytes) -> None:
        self.items: list[tuple[Answer, tuple[bytes], dict[str, Any]]] = [(answer, (payload,), {})]

    def __call__(self) -> list[bytes]:
        return [function(*arguments) for function, arguments, _ in self.items]

    def __len__(self) -> int:
        return len(self.items)


class _Lost:
    def __init__(self, future: Any) -> None:
        self.future = future


_CLOSED = object()


def _tell_of_loss(future: Any, box: "SimpleQueue[Any]") -> None:
    if future.cancelled() or future.exception() is not None:
        box.put(_Lost(future))


def _open(name: str) -> Any:
    if name == "loky":
        return _OwnProcesses(nesting_level=0)
    if name in EXTERNAL_BACKENDS and name not in BACKENDS:
        EXTERNAL_BACKENDS[name]()
    if name == "ray" and name not in BACKENDS:
        _register_ray()
    if name not in BACKENDS or name in {"threading", "sequential", "multiprocessing"}:
        names = ", ".join(backend_names())
        raise PipelineError(f'There is no joblib backend "{name}"; there is {names}.')
    try:
        return BACKENDS[name]()
    except ValueError as error:
        raise PipelineError(f'The backend "{name}" cannot be used: {error}') from error


def backend_names() -> list[str]:
    """The backends that a pipeline runs on, those of joblib that others have registered included.

    `multiprocessing` is left out: it waits for ever for a worker that was killed.
    """
    left_out = {"multiprocessing", "sequential"}
    return sorted({*BACKENDS, *EXTERNAL_BACKENDS, "threading", "loky", "ray"} - left_out)


def _register_ray() -> None:
    try:
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise PipelineError('The backend "ray" needs ray: pip install "ray[default]".') from error
    register_ray()


def _why(error: Exception) -> str:
    """Why a worker is gone, as far as a backend knows."""
    codes = re.findall(r"SIG[A-Z]+|EXIT\(\d+\)", str(error))
    detail = f" ({', '.join(dict.fromkeys(codes))})" if codes else f" ({type(error).__name__})"
    return f"the process that worked on it died{detail}; it may have crashed or run out of memory"
