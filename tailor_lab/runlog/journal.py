"""The journal: rows on their way to the database, in files that a crash cannot tear apart.

Each process appends to segments of its own, one a table, with one `write` a row: when that returns
the row is the kernel's, and `kill -9` cannot take it back. A segment is live while its writer holds
a lock on it; the kernel drops the lock when the writer dies, so a segment whose lock can be taken
belongs to whoever takes it. Only the last line of a segment can be torn, since nobody writes to a
dead one again, and it is cut off at the last line end.
"""

import fcntl
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tailor_lab.runlog.errors import RowError, RunLogError
from tailor_lab.runlog.tables import TABLES, Table

ROLL_ROWS = 5_000
ROLL_BYTES = 8_000_000
_ENCODER = msgspec.json.Encoder()


class Journal:
    """This process's end of the journal: appends rows, and hands over what it has finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._segments: dict[str, _Segment] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def append(self, table: str, row: Mapping[str, Any]) -> None:
        """Appends one row; when this returns it survives the death of the process."""
        line = encode(table, row) + b"\n"
        with self._lock:
            if self._pid != os.getpid():
                # A forked child must not write to its parent's segments.
                self._segments, self._pid = {}, os.getpid()
            segment = self._segments.get(table)
            if segment is None or segment.full:
                segment = self._roll(table)
            segment.write(line)

    def release(self) -> None:
        """Ends this process's segments, so that anybody may drain them."""
        with self._lock:
            for segment in self._segments.values():
                segment.close()
            self._segments = {}

    def _roll(self, table: str) -> "_Segment":
        old = self._segments.pop(table, None)
        if old is not None:
            old.close()
        self._segments[table] = _Segment(self.folder / table)
        return self._segments[table]


class _Segment:
    """A file that this process alone appends to, locked for as long as it may."""

    def __init__(self, folder: Path) -> None:
        name = f"{time.time_ns()}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        final = folder / f"{name}.ndjson"
        hidden = folder / f".{name}.ndjson"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(hidden, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            # It gets its name only now, so that nobody ever sees it without its lock.
            hidden.rename(final)
        except OSError as error:
            raise RunLogError(
                f"The run log cannot write to {folder}: {error.strerror}. "
                "Free space there, or set TAILOR_LAB_HOME to a folder that can be written."
            ) from error
        self._rows = self._bytes = 0

    @property
    def full(self) -> bool:
        return self._rows >= ROLL_ROWS or self._bytes >= ROLL_BYTES

    def write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            raise RunLogError(
                f"The run log could not record a row: {error.strerror}. "
                "What was recorded before is kept."
            ) from error
        self._rows += 1
        self._bytes += len(line)

    def close(self) -> None:
        os.close(self._file)


def encode(table: str, row: Mapping[str, Any]) -> bytes:
    """The row as a line of its table. Raises `RowError` for an unknown table, column or type."""
    known = TABLES.get(table)
    if known is None:
        raise RowError(f'There is no table "{table}"; there is {", ".join(TABLES)}.')
    texts = {name: _json(row[name]) for name in known.records if row.get(name) is not None}
    try:
        value = msgspec.convert({**row, **texts} if texts else row, known.row)
    except msgspec.ValidationError as error:
        raise RowError(f'Table "{table}": {_sentence(known, str(error))}.') from None
    for name in known.times:
        moment = getattr(value, name)
        if moment is not None and moment.tzinfo is not None:
            setattr(value, name, moment.astimezone(UTC).replace(tzinfo=None))
    if getattr(value, known.time) is None:
        setattr(value, known.time, datetime.now(UTC).replace(tzinfo=None))
    return _ENCODER.encode(value)


def _json(value: Any) -> str:
    try:
        return _ENCODER.encode(value).decode()
    except (TypeError, msgspec.MsgspecError) as error:
        raise RowError(f"A value cannot be written as JSON: {error}.") from None


@dataclass(frozen=True)
class Segment:
    """A segment as a reader finds it."""

    path: Path
    table: str

    @property
    def name(self) -> str:
        """What the ledger knows it by."""
        return f"{self.table}/{self.path.name}"

    def read(self) -> bytes:
        """Its whole lines; a torn last one is left out. Empty where it is gone by now."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]


def segments(folder: Path) -> Iterator[Segment]:
    """Every segment of the journal, oldest first."""
    for table in TABLES:
        for path in sorted((folder / table).glob("[!.]*.ndjson")):
            yield Segment(path, table)


class Claimed:
    """A dead segment that is ours for as long as the `with` lasts; `ours` is False if it lives."""

    def __init__(self, segment: Segment) -> None:
        self._path = segment.path
        self._file: int | None = None

    def __enter__(self) -> bool:
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):
            return False
        return self._path.exists()

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)


def _sentence(table: Table, problem: str) -> str:
    """msgspec's words for what is wrong, in ours."""
    what, _, where = problem.partition(" - at `$.")
    column = where.rstrip("`")
    if "unknown field" in what:
        name = what.split("`")[1]
        return f'there is no column "{name}"; there is {", ".join(table.columns)}'
    return f'column "{column}": {what[0].lower()}{what[1:]}'.replace(" | null", "")
