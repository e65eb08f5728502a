"""Other platforms, acted on Linux: what their kernels and their Python refuse is refused here.

A platform is acted for a whole process, before tailor_lab is imported there, and with real locks of
this machine underneath. `act` runs code so and fails with what it printed.
"""

import errno
import fcntl
import importlib
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "asyncio",
    "concurrent.futures.process",
    "duckdb",
    "joblib",
    "msgspec",
    "multiprocessing",
    "numpy",
    "openai",
    "polars",
    "pyarrow.parquet",
    "pydantic",
    "redis",
    "sqlite3",
    "subprocess",
    "uuid",
    "zoneinfo",
)
"""They look at the platform themselves when they are imported, which is not what is acted."""


def act(platform: str, code: str, folder: Path) -> str:
    """What `code` prints on a platform, given as a call of a function of this module."""
    lines = f"import sys\nfrom tests.files.acting import *\n{platform}\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", lines],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TAILOR_LAB_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def import_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)


def macos(*, full_sync: bool = True) -> list[str]:
    """`struct flock` as (start, len, pid, type, whence), other numbers, no `fdatasync`.

    Returns what was asked of the kernel, by name.
    """
    import_libraries()
    asked: list[str] = []
    linux = {1: fcntl.F_RDLCK, 2: fcntl.F_UNLCK, 3: fcntl.F_WRLCK}
    names = ("F_OFD_SETLKW", "F_OFD_SETLK", "F_OFD_GETLK", "F_SETLK", "F_SETLKW", "F_GETLK")
    commands = {getattr(fcntl, name): name for name in names}
    real, full = fcntl.fcntl, 51

    def acted(file: int, command: int, argument: Any = 0) -> Any:
        if command == full:
            asked.append("F_FULLFSYNC")
            if not full_sync:
                raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
            os.fsync(file)
            return 0
        if command not in commands or not isinstance(argument, bytes | bytearray):
            return real(file, command, argument)
        asked.append(commands[command])
        start, length, process, kind, whence = struct.unpack("qqihh", bytes(argument)[:24])
        if kind not in linux or whence not in (0, 1, 2) or process or len(argument) < 24:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(file, command, struct.pack("hhqqi4x", linux[kind], whence, start, length, 0))

    fcntl.fcntl = acted
    fcntl.F_FULLFSYNC = full
    fcntl.F_RDLCK, fcntl.F_UNLCK, fcntl.F_WRLCK = 1, 2, 3
    sys.platform = "darwin"
    without_fdatasync()
    return asked


def without_fdatasync() -> None:
    if hasattr(os, "fdatasync"):
        del os.fdatasync


def without_ofd_locks() -> None:
    """BSD, older SDKs of macOS."""
    for name in ("F_OFD_SETLKW", "F_OFD_SETLK", "F_OFD_GETLK"):
        delattr(fcntl, name)


def refusing(number: int, *, flock: bool = True, ofd: bool = True) -> None:
    """A file system that answers requests for locks with an error; called again, with another."""
    real: Callable[..., Any] = getattr(fcntl.fcntl, "real", fcntl.fcntl)
    commands = {fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW}

    def refuse(*arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    def acted(file: int, command: int, argument: Any = 0) -> Any:
        return refuse() if command in commands else real(file, command, argument)

    acted.real = real  # type: ignore[attr-defined]
    if flock:
        fcntl.flock = fcntl.lockf = refuse
    if ofd:
        fcntl.fcntl = acted


def windows(*, library: bool) -> None:
    """No `fcntl`, no `fork`, none of the calls that only POSIX has.

    With `library` portalocker works; it uses this machine's locks, as it would Windows's there.
    """
    import_libraries()
    if library:
        importlib.import_module("portalocker")
    sys.modules["fcntl"] = None  # type: ignore[assignment]
    if not library:
        sys.modules["portalocker"] = None  # type: ignore[assignment]
    for name in ("register_at_fork", "fork", "pread", "pwrite", "fdatasync", "fchmod", "O_CLOEXEC"):
        delattr(os, name)
