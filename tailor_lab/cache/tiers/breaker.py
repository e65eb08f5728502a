"""The circuit breaker: after a failure nobody waits for a shared tier until it answers again.

A thread asks the tier in the background, ever less often; requests go on without it meanwhile.
"""

import os
import threading
from collections.abc import Callable

from tailor_lab.cache.tier import TierError

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0


class Breaker:
    """Open from a failure until `probe` returns without raising one of `errors`."""

    def __init__(self, probe: Callable[[], object], errors: tuple[type[Exception], ...]) -> None:
        self._probe = probe
        self._errors: tuple[type[Exception], ...] = (*errors, TierError)
        self._lock = threading.Lock()
        self.open = False
        self._why = ""
        self._prober: int | None = None
        """The process whose thread asks the tier, for threads do not survive a fork."""
        self._closed = threading.Event()

    def check(self) -> None:
        """Raises `TierError` while the tier does not answer."""
        if not self.open:
            return
        if self._prober != os.getpid():
            self.trip(self._why)
        raise TierError(self._why)

    def trip(self, why: str) -> None:
        """Opens the breaker and starts to ask the tier in the background."""
        if self._prober != os.getpid():
            self._lock = threading.Lock()
        with self._lock:
            self._why, self.open = why, True
            if self._prober == os.getpid():
                return
            self._prober = os.getpid()
        threading.Thread(target=self._ask, name="cache-breaker", daemon=True).start()

    def close(self) -> None:
        """Stops asking."""
        self._closed.set()

    def _ask(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._closed.wait(pause):
            try:
                self._probe()
            except self._errors:
                pause = min(LONGEST_PAUSE_S, 2 * pause)
                continue
            break
        with self._lock:
            self.open, self._prober = False, None
