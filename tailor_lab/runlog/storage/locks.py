"""The log's locks: those of `files`, with what to do about a folder that does not give them.

A lock file is never removed: who waits for one that is gone would share the place with whoever
made it again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tailor_lab import files
from tailor_lab.files import Held, LocksRefusedError
from tailor_lab.runlog.errors import RunLogError


def acquire(path: Path, *, shared: bool = False, wait_s: float | None = None) -> Held | None:
    """Holds a lock file; None where it cannot be had within `wait_s`."""
    try:
        return files.acquire(path, shared=shared, wait_s=wait_s)
    except LocksRefusedError as error:
        raise refused(error) from error
    except OSError as error:
        raise RunLogError(
            f"The run log cannot write to {path.parent}: {error.strerror}. "
            "Set TAILOR_LAB_HOME to a folder that can be written."
        ) from error


@contextmanager
def locked(path: Path, *, shared: bool = False, wait_s: float | None = None) -> Iterator[bool]:
    """Holds a lock file; yields whether it could be had, which only `wait_s` leaves open."""
    held = acquire(path, shared=shared, wait_s=wait_s)
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


def claimed(path: Path) -> Held | None:
    """Holds a file that its writer has let go of; None where it is gone, or is written to."""
    try:
        # NFS gives a lock for one holder only on files that are opened for writing.
        held = Held(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    except PermissionError:
        held = Held(path, os.O_RDONLY)
    taken = False
    try:
        taken = held.lock(wait_s=0)
    except LocksRefusedError as error:
        raise refused(error) from error
    finally:
        if not taken:
            held.close()
    return held if taken else None


def refused(error: LocksRefusedError) -> RunLogError:
    """What a log says where it cannot keep its processes apart."""
    return RunLogError(f"The run log needs file locks. {error}")
