"""joblib's backends as executors: tasks go in, what they gave comes out of one inbox.

joblib's `Parallel` wants to know its tasks beforehand; a scheduler learns of them as others finish.
So this uses the interface that joblib offers to authors of backends (`configure`, `submit`,
`retrieve_result_callback`, `terminate`), which works alike for threads, loky, dask and ray.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import SimpleNamespace, TracebackType
from typing import Any

from tailor_lab.pipeline.errors import PipelineError


class Workers:
    """Workers of a joblib backend. Use as a context manager: leaving it stops them."""

    def __init__(self, backend: str, n_jobs: int) -> None:
        from joblib.parallel import BACKENDS, EXTERNAL_BACKENDS

        if backend in EXTERNAL_BACKENDS and backend not in BACKENDS:
            EXTERNAL_BACKENDS[backend]()
        if backend not in BACKENDS:
            names = ", ".join(sorted({*BACKENDS, *EXTERNAL_BACKENDS}))
            raise PipelineError(f'There is no joblib backend "{backend}"; there is {names}.')
        # Nesting level 0: without it joblib would take one worker to mean "no backend at all".
        self._backend = BACKENDS[backend](nesting_level=0)
        self._parallel = SimpleNamespace(
            _id=uuid.uuid4().hex, n_jobs=n_jobs, _backend_kwargs={}, _call_ref=None
        )
        self.inbox: SimpleQueue[tuple[Any, Any]] = SimpleQueue()
        self.shares_memory = bool(getattr(self._backend, "uses_threads", False))
        self.count = n_jobs

    def __enter__(self) -> "Workers":
        from joblib._parallel_backends import FallbackToBackend

        try:
            self.count = self._backend.configure(n_jobs=self.count, parallel=self._parallel)
        except FallbackToBackend:
            # One worker: joblib would run it in this thread, which must stay free to schedule.
            self._backend = _threads()
            self._backend.configure(n_jobs=2, parallel=self._parallel)
            self.shares_memory = True
            self.count = 1
        self._backend.start_call()
        return self

    def submit(self, ticket: Any, task: Callable[[], Any]) -> None:
        """Starts a task; `(ticket, outcome)` will come into the inbox, an exception as itself."""

        def arrived(out: Any) -> None:
            try:
                outcome = self._backend.retrieve_result_callback(out)
            except BaseException as error:  # noqa: BLE001 (the scheduler names item and stage)
                outcome = error
            self.inbox.put((ticket, outcome))

        self._backend.submit(task, arrived)

    def next(self, timeout: float | None = None) -> tuple[Any, Any] | None:
        """The next finished task, or None after `timeout` seconds."""
        with suppress(Empty):
            return self.inbox.get(timeout=timeout)
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._backend.abort_everything(ensure_ready=False)
        else:
            self._backend.stop_call()
            self._backend.terminate()


def _threads() -> Any:
    from joblib._parallel_backends import ThreadingBackend

    return ThreadingBackend(nesting_level=0)
