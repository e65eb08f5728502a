"""What a server makes the client do, said while it happens: as warnings, each once."""

import threading
import time
import warnings
from contextlib import suppress

_AGAIN_AFTER_S = 30.0


class Notices:
    """Says things once, or once in a while; picklable, and a copy starts without memory."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type["Notices"], tuple[()]]:
        return Notices, ()

    def once(self, text: str) -> None:
        """Says a sentence, if it was not said before."""
        if self._is_due(text, float("inf")):
            _say(text)

    def sometimes(self, kind: str, text: str) -> None:
        """Says a sentence, if none of its kind was said in the last half minute."""
        if self._is_due(kind, _AGAIN_AFTER_S):
            _say(text)

    def _is_due(self, key: str, again_after_s: float) -> bool:
        now = time.monotonic()
        with self._lock:
            last = self._said.get(key)
            if last is not None and now - last < again_after_s:
                return False
            self._said[key] = now
            return True


def _say(text: str) -> None:
    # Where warnings are errors, an answer that was paid for must not be lost by one.
    with suppress(UserWarning):
        warnings.warn(text, UserWarning, stacklevel=4)
