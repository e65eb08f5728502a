"""The journal: rows on their way to the database, in files that a crash cannot tear apart.

Each process appends to segments of its own, one a table, with one `write` a row: when that returns
the row is the kernel's, and `kill -9` cannot take it back. A segment is live while its writer holds
a lock on it; the kernel drops the lock when the writer dies, so a segment whose lock can be taken
belongs to whoever takes it. Only the last line of a segment can be torn, since nobody writes to a
dead one again, and it is cut off at the last line end.
"""

import os
import socket
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from tailor_lab.files import Held, LocksRefusedError, move, sync
from tailor_lab.runlog.errors import RowError, RunLogError
from tailor_lab.runlog.storage.locks import refused
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

Fsync = Literal["never", "interval", "always"]

ROLL_ROWS = 5_000
ROLL_BYTES = 8_000_000
ROLL_AFTER_S = 5.0
CALM_SEGMENTS = 16
"""So many segments of a table may wait without anybody being slowed down."""
_PAUSE_A_SEGMENT_S = 0.005
_LONGEST_PAUSE_S = 0.25
_ENCODER = msgspec.json.Encoder()
_journals: "weakref.WeakSet[Journal]" = weakref.WeakSet()


class Journal:
    """This process's end of the journal: appends rows, and hands over what it has finished."""

    def __init__(
        self, folder: Path, *, fsync: Fsync = "interval", rolled: Callable[[], None] = lambda: None
    ) -> None:
        self.folder = folder
        self.forked = False
        self._always = fsync == "always"
        self._rolled = rolled
        self._segments: dict[str, _Segment] = {}
        self._lock = threading.Lock()
        _journals.add(self)

    def append(self, table: str, row: Mapping[str, Any]) -> None:
        """Appends one row; when this returns it survives the death of the process."""
        line = encode(table, row) + b"\n"
        pause_s = 0.0
        with self._lock:
            segment = self._segments.get(table)
            if segment is None or segment.full:
                pause_s = self._backlog_pause(table) if segment else 0.0
                segment = self._roll(table)
            segment.write(line)
            if self._always:
                segment.sync()
        if pause_s:
            time.sleep(pause_s)

    def sync(self) -> None:
        """Makes what was appended so far safe from a power cut."""
        with self._lock:
            segments = [segment for segment in self._segments.values() if segment.dirty]
        for segment in segments:
            segment.sync()

    def release(self, *, older_than_s: float = 0.0) -> None:
        """Ends this process's segments, so that anybody may drain them."""
        with self._lock:
            for table, segment in list(self._segments.items()):
                if segment.age_s >= older_than_s:
                    self._segments.pop(table).close()

    def _backlog_pause(self, table: str) -> float:
        """How long a writer rests, once a segment, where more is recorded than can be drained.

        Otherwise a flood would slow down every reader ever more, who has to read what waits.
        """
        over = sum(1 for _ in (self.folder / table).glob("[!.]*")) - CALM_SEGMENTS
        return min(_LONGEST_PAUSE_S, max(0, over) * _PAUSE_A_SEGMENT_S)

    def _roll(self, table: str) -> "_Segment":
        old = self._segments.pop(table, None)
        if old is not None:
            old.close()
            self._rolled()
        self._segments[table] = _Segment(self.folder / table)
        return self._segments[table]

    def _after_fork(self) -> None:
        # A child must not write to its parent's segments, nor wait for its parent's threads.
        self._segments, self._lock, self.forked = {}, threading.Lock(), True


class _Segment:
    """A file that this process alone appends to, locked for as long as it may."""

    def __init__(self, folder: Path) -> None:
        name = f"{time.time_ns()}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        final = folder / f"{name}.v{SCHEMA_VERSION}.ndjson"
        hidden = folder / f".{final.name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._held = Held(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
            _lock_or_remove(self._held)
            # It gets its name only now, so that nobody ever sees it without its lock.
            move(hidden, final)
        except LocksRefusedError as error:
            raise refused(error) from error
        except OSError as error:
            raise RunLogError(
                f"The run log cannot write to {folder}: {error.strerror}. "
                "Free space there, or set TAILOR_LAB_HOME to a folder that can be written."
            ) from error
        self._rows = self._bytes = 0
        self._began = time.monotonic()
        self._broken = False
        self.dirty = False

    @property
    def full(self) -> bool:
        return self._rows >= ROLL_ROWS or self._bytes >= ROLL_BYTES or self._broken

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._began

    @property
    def _file(self) -> int:
        if self._held.file is None:
            raise RunLogError("This segment was closed; record the row again.")
        return self._held.file

    def write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            self._cut()
            raise RunLogError(
                f"The run log could not record a row: {error.strerror}. "
                "What was recorded before is kept; free space and record it again."
            ) from error
        self._rows += 1
        self._bytes += len(line)
        self.dirty = True

    def _cut(self) -> None:
        """Takes back half a line, or leaves the segment to be healed by whoever seals it."""
        self._broken = True
        with suppress(OSError):
            os.ftruncate(self._file, self._bytes)
            self._broken = False

    def sync(self) -> None:
        file = self._held.file
        if file is not None:
            self.dirty = False
            # A segment that was ended meanwhile is made safe by whoever seals it.
            with suppress(OSError):
                sync(file)

    def close(self) -> None:
        self._held.close()


def _lock_or_remove(held: Held) -> None:
    try:
        held.lock()
    except BaseException:
        held.close()
        held.path.unlink(missing_ok=True)
        raise


def encode(table: str, row: Mapping[str, Any]) -> bytes:
    """The row as a line of its table. Raises `RowError` for an unknown table, column or type."""
    known = TABLES.get(table)
    if known is None:
        raise RowError(f'There is no table "{table}"; there is {", ".join(TABLES)}.')
    texts = {name: _json(row[name]) for name in known.records if row.get(name) is not None}
    try:
        value = msgspec.convert({**row, **texts} if texts else row, known.row)
        for name in known.times:
            moment = getattr(value, name)
            if moment is not None and moment.tzinfo is not None:
                setattr(value, name, moment.astimezone(UTC).replace(tzinfo=None))
        if getattr(value, known.time) is None:
            setattr(value, known.time, datetime.now(UTC).replace(tzinfo=None))
        return _ENCODER.encode(value)
    except msgspec.ValidationError as error:
        raise RowError(f'Table "{table}": {_sentence(known, str(error))}.') from None
    except UnicodeEncodeError:
        raise RowError(f'Table "{table}": a text holds half a character (a surrogate).') from None
    except OverflowError:
        raise RowError(f'Table "{table}": a time lies outside the calendar in UTC.') from None


def _json(value: Any) -> str:
    try:
        return _ENCODER.encode(value).decode()
    except (TypeError, UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise RowError(f"A value cannot be written as JSON: {error}.") from None


def _sentence(table: Table, problem: str) -> str:
    """msgspec's words for what is wrong, in ours."""
    what, _, where = problem.partition(" - at `$.")
    column = where.rstrip("`")
    if "unknown field" in what:
        name = what.split("`")[1]
        return f'there is no column "{name}"; there is {", ".join(table.columns)}'
    return f'column "{column}": {what[0].lower()}{what[1:]}'.replace(" | null", "")


def _reset_journals() -> None:
    for journal in list(_journals):
        journal._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_journals)
