"""A small dictionary that threads and processes change together, one at a time.

Limits and budgets keep their counters in it. In memory it serves one process; in a file, under a
lock, all processes of a machine; in Redis, all machines that share one.
"""

import json
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tailor_lab.errors import InputError
from tailor_lab.files import Held, local_path, read_whole, write_over

T = TypeVar("T")
Change = Callable[[dict[str, Any]], T]


class SharedState(Protocol):
    """A dictionary of JSON-like values; picklable, if it is to be shared between processes."""

    def update(self, change: Callable[[dict[str, Any]], T]) -> T:
        """What `change` returns for the dictionary, which it may change, alone among all others.

        `change` may run more than once, on a fresher dictionary each time.
        """
        ...


class MemoryState:
    """Shared by the threads of one process; a copy in another process starts empty."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._lock = threading.Lock()

    def update(self, change: Callable[[dict[str, Any]], T]) -> T:
        """See `SharedState.update`."""
        with self._lock:
            return change(self._values)

    def __reduce__(self) -> tuple[type["MemoryState"], tuple[()]]:
        return MemoryState, ()


class FileState:
    """Shared by all processes of a machine that name the same file."""

    def __init__(self, path: str | Path) -> None:
        self._held: Held | None = None
        self._lock = threading.Lock()
        self.path = local_path(path, "a limit or budget")

    def __reduce__(self) -> tuple[type["FileState"], tuple[Path]]:
        return FileState, (self.path,)

    def update(self, change: Callable[[dict[str, Any]], T]) -> T:
        """See `SharedState.update`."""
        with self._lock:
            held, file = self._open()
            held.lock()
            try:
                content = read_whole(file)
                values = _decode(content)
                result = change(values)
                # Padded, not cut: one write cannot leave the end of a longer text behind when the
                # process is killed after it, and a budget must not forget what was spent.
                write_over(file, json.dumps(values).encode().ljust(len(content)))
            finally:
                held.unlock()
            return result

    def _open(self) -> tuple[Held, int]:
        # A forked child has closed what it inherited: it would share its parent's lock.
        if self._held is None or self._held.file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._held = Held(self.path)
            except OSError as error:
                raise InputError(
                    f"Limits and budgets cannot be kept in {self.path}: {error.strerror}. "
                    "Name a file in a folder that can be written."
                ) from error
        assert self._held.file is not None, "just opened"
        return self._held, self._held.file

    def __del__(self) -> None:
        if self._held is not None:
            self._held.close()


class TravellingState:
    """In memory until it is sent to another process; from then on all copies share one file.

    The file lies in the folder for temporary files, so the processes must be of one machine. It
    goes when the state that was sent goes.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._file: FileState | None = None

    def update(self, change: Callable[[dict[str, Any]], T]) -> T:
        """See `SharedState.update`."""
        with self._lock:
            if self._file is None:
                return change(self._values)
        return self._file.update(change)

    def __reduce__(self) -> tuple[type[FileState], tuple[Path]]:
        with self._lock:
            if self._file is None:
                folder = tempfile.mkdtemp(prefix="tailor-lab-")
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._file = FileState(Path(folder) / "state.json")
                self._file.update(lambda values: values.update(self._values))
        return FileState, (self._file.path,)


class RedisState:
    """Shared by everybody who uses the same key of the same Redis."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self.key = key
        self._client: Any = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type["RedisState"], tuple[str, str]]:
        return RedisState, (self._url, self.key)

    def update(self, change: Callable[[dict[str, Any]], T]) -> T:
        """See `SharedState.update`."""
        import redis

        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(self._url, socket_timeout=5)
            with self._client.pipeline() as pipe:
                while True:
                    try:
                        pipe.watch(self.key)
                        values = _decode(pipe.get(self.key) or b"")
                        result = change(values)
                        pipe.multi()
                        pipe.set(self.key, json.dumps(values))
                        pipe.execute()
                    except redis.WatchError:
                        continue
                    return result


def _decode(content: bytes) -> dict[str, Any]:
    """The dictionary in a file; one torn by a crash counts as empty, since limits refill."""
    try:
        values = json.loads(content) if content else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
