"""Locks between processes: a file that is held, until it is closed or its process is gone.

The locks are the kernel's, so no death can leave one behind. A forked child would share its
parent's locks, and hold them on after the parent has gone; so a child closes what it inherits.
Whoever has a lock file alone writes its name into it, so that a waiter can say for whom it waits.
"""

import errno
import json
import os
import socket
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from tailor_lab.errors import TailorLabError
from tailor_lab.files import system
from tailor_lab.files.writing import open_private

_POLL_S = 0.005
_UNKNOWN = "another process"
_held: "weakref.WeakSet[Held]" = weakref.WeakSet()
_opening = threading.Lock()


class LocksRefusedError(TailorLabError):
    """The file system, or the platform, has no locks."""


class Held:
    """An open file that can be locked, closed once: by its owner or by a forked child at birth.

    `path` is opened with these `flags` of `os.open`.
    """

    def __init__(self, path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> None:
        self.path = path
        self._signed = False
        with _opening:
            self.file: int | None = open_private(path, flags)
            _held.add(self)

    def lock(self, *, shared: bool = False, wait_s: float | None = None) -> bool:
        """Takes the lock, or a `shared` one; False where it is held for longer than `wait_s`.

        Without `wait_s` it waits as long as it takes. Raises `LocksRefusedError` where the file
        system has no locks.
        """
        if self.file is None:
            return False
        if wait_s is None:
            return self._ask(shared=shared, block=True)
        until = time.monotonic() + wait_s
        while not (taken := self._ask(shared=shared, block=False)) and time.monotonic() < until:
            time.sleep(_POLL_S)
        return taken

    def unlock(self) -> None:
        """Frees the lock and keeps the file open."""
        if self.file is not None:
            system.unlock_file(self.file)

    def sign(self) -> None:
        """Writes into the file who holds it; where that fails, it has no name."""
        note = {"process": os.getpid(), "host": socket.gethostname(), "program": _program()}
        with suppress(OSError):
            if self.file is not None:
                self._signed = True
                os.ftruncate(self.file, 0)
                system.write_over(self.file, json.dumps(note).encode())

    def close(self) -> None:
        """Closes the file, and with it the lock."""
        if self.file is not None:
            file, self.file = self.file, None
            if self._signed:
                with suppress(OSError):
                    os.ftruncate(file, 0)
            os.close(file)

    def drop(self) -> None:
        """Closes the file and leaves everything else to the process that it was inherited from."""
        self._signed = False
        self.close()

    def _ask(self, *, shared: bool, block: bool) -> bool:
        if self.file is None:
            return False
        try:
            return system.lock_file(self.file, shared=shared, block=block)
        except OSError as error:
            if error.errno == errno.EBADF:
                raise
            raise _refusal(self.path, error) from error


def _refusal(path: Path, error: OSError) -> LocksRefusedError:
    if isinstance(error.__cause__, ImportError):
        return LocksRefusedError(
            f"This Python has no file locks for {path.parent} ({error.strerror}): "
            'pip install "portalocker[win32]", or run tailor_lab inside WSL.'
        )
    return LocksRefusedError(
        f"The file system of {path.parent} refuses locks ({error.strerror or error}): "
        "set TAILOR_LAB_HOME to a folder on a local disk."
    )


def acquire(path: Path, *, shared: bool = False, wait_s: float | None = None) -> Held | None:
    """Holds a lock file, making its folder; None where it cannot be had within `wait_s`.

    A shared lock may be held by many, another one by its holder alone. Raises `OSError` where the
    file cannot be made, and `LocksRefusedError` where the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    held = Held(path)
    taken = False
    try:
        taken = held.lock(shared=shared, wait_s=wait_s)
        if taken and not shared:
            held.sign()
    finally:
        if not taken:
            held.close()
    return held if taken else None


@contextmanager
def locked(path: Path, *, shared: bool = False, wait_s: float | None = None) -> Iterator[bool]:
    """Holds the lock file at `path`; yields whether it could be had, which `wait_s` leaves open.

    Any number can hold a `shared` lock at once, while nobody holds an exclusive one.
    """
    held = acquire(path, shared=shared, wait_s=wait_s)
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


def holder(path: Path) -> str:
    """Who holds a lock file, as far as can be known: "tailor-lab (process 4242 on laptop)"."""
    try:
        note = json.loads(path.read_bytes())
        process, host, program = int(note["process"]), str(note["host"]), str(note["program"])
    except (OSError, ValueError, KeyError, TypeError):
        return _holder_by_kernel(path)
    here = host == socket.gethostname()
    if here and not _alive(process):
        # A killed holder leaves its name behind, but never its lock.
        return _holder_by_kernel(path)
    return f"{program} (process {process} on {host})"


def locks_refused(folder: Path) -> str | None:
    """Why files in a folder cannot be locked, in a sentence; None where they can."""
    path = folder / f".lock-{uuid4().hex}"
    try:
        with locked(path):
            return None
    except LocksRefusedError as error:
        return str(error)
    finally:
        path.unlink(missing_ok=True)


def _holder_by_kernel(path: Path) -> str:
    """The processes that Linux knows to hold a lock on the file, shared ones too."""
    try:
        inode = path.stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return _UNKNOWN
    # 1: FLOCK  ADVISORY  WRITE 4242 08:01:131 0 EOF
    rows = [line.split() for line in lines if "FLOCK" in line and "->" not in line]
    found = {
        int(row[4])
        for row in rows
        if len(row) > 5 and row[5].endswith(f":{inode}") and int(row[4]) > 0
    }
    names = ["this process" if pid == os.getpid() else f"process {pid}" for pid in sorted(found)]
    return " and ".join(names) or _UNKNOWN


def _alive(process: int) -> bool:
    if os.name == "nt":  # where signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def _program() -> str:
    """The name of the program alone: its arguments may hold secrets."""
    return Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "Python"


def _close_inherited() -> None:
    _opening.release()
    for held in list(_held):
        held.drop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_close_inherited
    )
