"""Locks between processes: a file that is held, until it is closed or its process is gone.

The locks are the kernel's, so no death can leave one behind. A forked child would share its
parent's locks, and hold them on after the parent has gone; so a child closes what it inherits.
"""

import fcntl
import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tailor_lab.runlog.errors import RunLogError

_POLL_S = 0.005
_held: "weakref.WeakSet[Held]" = weakref.WeakSet()
_opening = threading.Lock()


class Held:
    """A file descriptor that is closed once: by its owner, or by a forked child at its birth."""

    def __init__(self, path: Path, flags: int) -> None:
        with _opening:
            self.file: int | None = os.open(path, flags | os.O_CLOEXEC, 0o600)
            _held.add(self)

    def lock(self, mode: int) -> bool:
        """Takes the lock; False where it is held elsewhere and `mode` has `LOCK_NB`."""
        if self.file is None:
            return False
        try:
            # BSD flock, not lockf: a POSIX lock is dropped when any descriptor of the file closes.
            fcntl.flock(self.file, mode)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Closes the file, and with it the lock."""
        if self.file is not None:
            file, self.file = self.file, None
            os.close(file)


def acquire(path: Path, mode: int, *, within_s: float | None = None) -> Held | None:
    """Holds a lock file; None where it cannot be had at once (`LOCK_NB`) or within the time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = Held(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise RunLogError(
            f"The run log cannot write to {path.parent}: {error.strerror}. "
            "Set TAILOR_LAB_HOME to a folder that can be written."
        ) from error
    if within_s is None:
        taken = held.lock(mode)
    else:
        until = time.monotonic() + within_s
        while not (taken := held.lock(mode | fcntl.LOCK_NB)) and time.monotonic() < until:
            time.sleep(_POLL_S)
    if taken:
        return held
    held.close()
    return None


@contextmanager
def locked(path: Path, mode: int) -> Iterator[bool]:
    """Holds a lock file; yields whether it could be had, which only `LOCK_NB` leaves open."""
    held = acquire(path, mode)
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


def _close_inherited() -> None:
    _opening.release()
    for held in list(_held):
        held.close()


os.register_at_fork(
    before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_close_inherited
)
