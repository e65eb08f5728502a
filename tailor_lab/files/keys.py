"""A lock for each key, however many keys there are: different keys never wait for each other.

Where the kernel locks single bytes for an opening of a file (Linux, macOS) a key is one byte of one
file, which costs nothing to keep. Elsewhere it is a file of its own, removed by its last holder. No
lock is ever shared by two keys: a computation that asks for another key of its own lock would wait
for itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tailor_lab.files import system
from tailor_lab.files.locks import Held


@contextmanager
def locked_key(path: Path, place: int) -> Iterator[None]:
    """Holds the lock of a key, the number `place` below 2**62, among all who name
    the same `path`.

    The kernel frees it when its holder dies. Raises `OSError` where no file can be made at `path`,
    and `LocksRefusedError` where the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    held = Held(path)
    try:
        assert held.file is not None, "just opened"
        if system.lock_byte(held.file, place):
            yield
            return
    finally:
        held.close()
    with _own_file(path.with_name(f"{path.name}.d"), place):
        yield


@contextmanager
def _own_file(folder: Path, place: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{place:016x}"
    held = _hold_current(path)
    try:
        yield
    finally:
        # Before it is let go: whoever waits for this file sees then that it is not the key's any
        # more. Windows removes no open file, and keeps it.
        with suppress(OSError):
            path.unlink()
        held.close()


def _hold_current(path: Path) -> Held:
    """The lock of the file that bears the name now, not of one that was removed meanwhile."""
    while True:
        held = Held(path)
        try:
            if held.lock() and held.file is not None and _is_at(path, held.file):
                return held
        except BaseException:
            held.close()
            raise
        held.close()


def _is_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
