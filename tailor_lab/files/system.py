"""System calls whose form depends on the platform; the only module that imports `fcntl`.

The platform is looked at when a call is made, not when this is imported. What a system does not
have, or a file system refuses, has the next best answer here or is an `OSError`.
"""

import errno
import os
import struct
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_BYTE_LOCKS = {"linux": "hhqqi4x", "android": "hhqqi4x", "darwin": "qqihh"}
"""How `struct flock` lies in memory. Others may know the command by another layout, so there it is
not used: a lock on the wrong bytes would hold nobody off."""
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY}


_NO_SYNC_OF_FOLDERS = _UNSUPPORTED | {errno.EACCES, errno.EBADF, errno.EISDIR, errno.EPERM}
"""Windows opens no folder, and some file systems sync none."""


def has_advisory_locks() -> bool:
    """Whether locks bind only those who ask for them, as on Linux and macOS.

    Those of Windows keep everybody from reading what is locked.
    """
    return fcntl is not None


def lock_file(file: int, *, shared: bool, block: bool) -> bool:
    """Locks a whole open file; False where somebody else's lock is in the way.

    The lock belongs to the open file and goes when that is closed or its process dies. Raises
    `OSError` where the file system, or the platform, has no locks.
    """
    if fcntl is None:
        return _lock_by_library(file, shared=shared, block=block)
    try:
        # BSD flock, not lockf: a POSIX lock is dropped when any descriptor of the file closes.
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, mode if block else mode | fcntl.LOCK_NB)
    except BlockingIOError:
        if block:  # no answer to a caller who waits: it would ask for ever
            raise
        return False
    return True


def unlock_file(file: int) -> None:
    """Frees the lock of an open file that stays open."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_UN)
        return
    import portalocker

    portalocker.unlock(file)


def _lock_by_library(file: int, *, shared: bool, block: bool) -> bool:
    try:
        import portalocker
    except ImportError as error:
        raise OSError(errno.ENOSYS, "portalocker is missing") from error
    mode = portalocker.LockFlags.SHARED if shared else portalocker.LockFlags.EXCLUSIVE
    while True:
        try:
            portalocker.lock(file, mode | portalocker.LockFlags.NON_BLOCKING if not block else mode)
        except portalocker.AlreadyLocked:
            if not block:
                return False
        except (portalocker.LockException, ImportError) as error:
            # Shared locks need pywin32 besides.
            raise OSError(errno.ENOLCK, str(error)) from error
        else:
            return True


def lock_byte(file: int, place: int) -> bool:
    """Locks one byte of an open file for that opening alone, waiting for it.

    False where there are no such locks, or the file system refuses them.
    """
    layout = _BYTE_LOCKS.get(sys.platform)
    command = getattr(fcntl, "F_OFD_SETLKW", None)
    if layout is None or command is None:
        return False
    # Of the open file, not of the process as plain POSIX locks are: those are dropped when any
    # descriptor of the file closes, and do not hold between threads.
    kind, whence = fcntl.F_WRLCK, os.SEEK_SET
    fields = (place, 1, 0, kind, whence) if layout[0] == "q" else (kind, whence, place, 1, 0)
    try:
        fcntl.fcntl(file, command, struct.pack(layout, *fields))
    except OSError as error:
        if error.errno == errno.EBADF:
            raise
        return False
    return True


def sync(file: int) -> None:
    """Returns when what was written to an open file outlives a power cut."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        # On macOS `fsync` stops at the drive, which may keep its own cache for a while.
        try:
            fcntl.fcntl(file, full)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        else:
            return
    data_only = getattr(os, "fdatasync", None)
    if data_only is not None:
        try:
            data_only(file)
        except OSError as error:
            # Only where there is no such call: a failed write must not be asked for again, since
            # the second answer forgets it.
            if error.errno not in _UNSUPPORTED:
                raise
        else:
            return
    os.fsync(file)


def sync_folder(folder: Path) -> None:
    """Returns when the names in a folder outlive a power cut, where the system can promise that."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno in _NO_SYNC_OF_FOLDERS:
            return
        raise
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
    finally:
        os.close(file)


def read_whole(file: int) -> bytes:
    """All that an open file holds, wherever its position is."""
    size = os.fstat(file).st_size
    if hasattr(os, "pread"):
        return os.pread(file, size, 0)
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, size)


def write_over(file: int, content: bytes) -> None:
    """Writes `content` to the beginning of an open `file`, in one call."""
    if hasattr(os, "pwrite"):
        os.pwrite(file, content, 0)
        return
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, content)
