"""Single flight: of all threads that ask for a missing value, one computes and the others wait."""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")
_COMPUTING: ContextVar[frozenset[str]] = ContextVar("tailor_lab_computing", default=frozenset())
"""The keys that are being computed for whoever runs in this context."""


class Flights(Generic[T]):
    """The computations that are under way in this process, by key."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forgets what a forked process inherited: its parent's threads do not fly here."""
        self._flights: dict[str, Future[T]] = {}
        self._lock = threading.Lock()

    def join(self, key: str, compute: Callable[[], T]) -> tuple[T, bool]:
        """What `compute` gives, or what it gave the thread that was first; and whether we were.

        Raises `RecursionError` where a computation asks for its own key: it would wait for itself.
        """
        above = _COMPUTING.get()
        if key in above:
            raise RecursionError(f"Computing {key} asks the cache for {key} itself.")
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leading = flight is None
                if flight is None:
                    flight = self._flights[key] = Future()
            if leading:
                break
            try:
                return flight.result(), False
            except CancelledError:
                # Whoever computed was called off, which is no answer for those who waited.
                continue
        inside = _COMPUTING.set(above | {key})
        try:
            result = compute()
        except BaseException as error:
            flight.set_exception(error)
            raise
        else:
            flight.set_result(result)
            return result, True
        finally:
            _COMPUTING.reset(inside)
            with self._lock:
                self._flights.pop(key, None)

    def start(self, key: str, compute: Callable[[], T]) -> None:
        """Computes behind the caller's back, unless somebody does already."""
        with self._lock:
            if key in self._flights:
                return

        def refresh() -> None:
            # What a refresh raises concerns nobody: the stale value was served, and the next
            # request after its end computes in the open.
            with suppress(Exception):
                self.join(key, compute)

        threading.Thread(target=refresh, name="cache-refresh", daemon=True).start()
