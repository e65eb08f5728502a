"""What a batch may not leave behind: threads, processes, semaphores, temporary files."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


def eventually(holds: Callable[[], bool], limit_s: float = 10.0) -> bool:
    """Whether it holds within the limit."""
    until = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def processes() -> set[int]:
    """Processes of ours, but for the trackers that Python keeps one of for as long as it lives."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        try:
            if "resource_tracker" not in " ".join(child.cmdline()) and child.status() != "zombie":
                found.add(child.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def files() -> set[str]:
    """Semaphores and the temporary files and folders of joblib, loky and ourselves."""
    shared = Path("/dev/shm")
    found = {str(path) for path in shared.iterdir()} if shared.is_dir() else set()
    places = Path(tempfile.gettempdir())
    marks = ("joblib", "loky", "tailor", "pymp-")
    return found | {str(path) for path in places.iterdir() if path.name.startswith(marks)}


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fails where the block leaves a thread, a process, a semaphore or a temporary file."""
    threads, children, before = set(threading.enumerate()), processes(), files()
    yield
    assert eventually(lambda: not set(threading.enumerate()) - threads), threading.enumerate()
    assert eventually(lambda: not processes() - children), processes() - children
    assert eventually(lambda: not files() - before), files() - before
