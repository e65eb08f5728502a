"""A lock on one byte of a file, which the kernel frees when its holder dies."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def locked_byte(file: int, place: int) -> Iterator[None]:
    """Locks the byte at `place` of the open file against other openings, then closes the file."""
    try:
        if hasattr(fcntl, "F_OFD_SETLKW"):
            # A lock of the open file, not of the process as plain POSIX locks are: those are
            # dropped when any descriptor of the file closes, and do not hold between threads.
            request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLKW, request)
        else:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
