"""The database: where the journal's rows end up, opened for moments and held by no process.

DuckDB lets one process write and then nobody else even read, and its lock is a POSIX lock that
vanishes if its holder opens and closes the file elsewhere. So every opening here happens under a
lock of our own on a file beside it, is short, and nothing but DuckDB ever opens the database file.
A drain inserts sealed segments and notes their names in a ledger in one transaction, so that a
crash between commit and removal cannot bring their rows in twice.

Readers share the lock and writers have it alone. The lock is not fair, so a writer first closes a
gate that readers pass one by one: neither can keep the other out for longer than one turn.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.files import Held, holder, move
from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.schema import (
    keep_copy,
    migrate,
    refuse_newer,
    remembered,
    version_of,
)
from tailor_lab.runlog.storage.checkpoint import (
    checkpointed_copy,
    due,
    fresh_of,
    heal,
    replace,
    state,
    without_checkpoints,
)
from tailor_lab.runlog.storage.locks import acquire, locked
from tailor_lab.runlog.storage.reading import open_reader
from tailor_lab.runlog.storage.segments import (
    QUARANTINE,
    JournalSegment,
    journal_segments,
    seal_dead,
)
from tailor_lab.runlog.storage.target import LogTarget, attach
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

if TYPE_CHECKING:
    import duckdb

__all__ = ["Database", "locked"]

BATCH_ROWS = 100_000
BATCH_BYTES = 32_000_000
SMALLEST_BATCH_ROWS = 10_000
TURN_TARGET_S = 0.3
"""How long a drain means to keep readers waiting; on a busy machine batches become smaller."""
MEMORY_LIMIT = "512MB"
_TURN_S = 0.02
_PATIENCE_S = 20.0
_AT_GATE_S = 0.4


class Database:
    """A database and the locks beside its journal."""

    def __init__(self, target: LogTarget, journal: Path) -> None:
        self.target = target
        self.journal = journal
        self._lock = journal / "database.lock"
        self._gate = journal / "gate.lock"
        self._note = journal / "replacing"

    def drain(
        self,
        *folders: Path,
        patience_s: float = _PATIENCE_S,
        pause_s: float = 0.0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """Moves the rows of dead segments into the database and returns how many.

        Waits for another drain of our own journal, leaves other folders to theirs; does nothing
        where one ended less than `pause_s` ago.
        """
        moved = 0
        for folder in folders or (self.journal,):
            wait_s = 0.0 if folders or pause_s else patience_s
            held = acquire(folder / "drain.lock", wait_s=wait_s)
            if held is None:
                continue
            try:
                done = folder / "drained"
                if time.time() - _touched(done) >= pause_s:
                    seal_dead(folder)
                    moved += self._drain_folder(folder, patience_s, stopped)
                    done.touch()
            finally:
                held.close()
        return moved

    def _drain_folder(self, folder: Path, patience_s: float, stopped: Callable[[], bool]) -> int:
        waiting = [
            segment for table in TABLES for segment in journal_segments(folder, table, "parquet")
        ]
        moved, limit = 0, SMALLEST_BATCH_ROWS * 5
        while waiting and not stopped():
            batch = _portion(waiting, limit)
            waiting = waiting[len(batch) :]
            began = time.monotonic()
            moved += self._insert(batch, folder, patience_s)
            took = time.monotonic() - began
            self._checkpoint(patience_s)
            limit = int(limit * min(2.0, max(0.5, TURN_TARGET_S / took)))
            limit = min(BATCH_ROWS, max(SMALLEST_BATCH_ROWS, limit))
            # Readers that wait get their turn before the next batch.
            time.sleep(_TURN_S)
        return moved

    def _insert(self, batch: Sequence[JournalSegment], folder: Path, patience_s: float) -> int:
        import duckdb

        try:
            with self.writing(patience_s=patience_s) as connection:
                moved = insert(connection, batch)
        except duckdb.Error as error:
            if len(batch) > 1:
                return sum(self._insert([segment], folder, patience_s) for segment in batch)
            if _sound(batch[0].path):
                raise RunLogError(
                    f"The journal cannot be drained into {self.target}: "
                    f"{str(error).splitlines()[0]} Its rows wait in {folder}."
                ) from error
            quarantine = folder / QUARANTINE / batch[0].table
            quarantine.mkdir(parents=True, exist_ok=True)
            move(batch[0].path, quarantine / batch[0].path.name)
            return 0
        for segment in batch:
            segment.path.unlink(missing_ok=True)
        return moved

    @contextmanager
    def alone(self, *, patience_s: float = _PATIENCE_S) -> Iterator[None]:
        """Keeps every reader and writer out while the `with` lasts."""
        until = time.monotonic() + patience_s
        held = None
        while held is None:
            with locked(self._gate):
                held = acquire(self._lock, wait_s=min(_AT_GATE_S, patience_s))
            if held is None and time.monotonic() > until:
                raise RunLogError(
                    f"{self.target} is being read at length by {holder(self._lock)}. What is "
                    "recorded meanwhile waits in the journal and is not lost; close connections "
                    "that are not needed."
                )
        try:
            if self.target.path is not None:
                heal(self.target.path, self._note)
            yield
        finally:
            held.close()

    @contextmanager
    def writing(self, *, patience_s: float = _PATIENCE_S) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A connection to the store that nobody else reads or writes meanwhile."""
        import duckdb

        connection = duckdb.connect(":memory:")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        without_checkpoints(connection)
        with self.alone(patience_s=patience_s):
            try:
                self._create()
                self.target.attach(connection, read_only=False)
                version = version_of(connection)
                refuse_newer(version, str(self.target))
                if version < SCHEMA_VERSION:
                    if version and self.target.path is not None:
                        keep_copy(connection, self.target.path, version)
                    migrate(connection, version)
                yield connection
            finally:
                connection.close()

    def _create(self) -> None:
        """Makes a new file whole before it gets its name: a crash leaves no half database."""
        import duckdb

        path = self.target.path
        if path is None or path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = fresh_of(path)
        connection = duckdb.connect(":memory:")
        try:
            attach(connection, str(fresh), read_only=False)
            migrate(connection, 0)
        finally:
            connection.close()
        move(fresh, path)

    def replace(self, fresh: Path) -> None:
        """Puts a whole file in the database's place; only within `alone`."""
        if self.target.path is not None:
            replace(self.target.path, fresh, self._note)

    def _checkpoint(self, patience_s: float) -> None:
        """Carries over what waits in the `.wal` where that has grown; readers may go on."""
        path = self.target.path
        if path is None or not due(path):
            return
        with locked(self.journal / "checkpoint.lock", wait_s=0) as ours:
            if not ours:
                return
            # A reader keeps every writer out, those of other programs too.
            with self.reading(()):
                before, fresh = state(path), checkpointed_copy(path)
            if fresh is None:
                return
            with self.alone(patience_s=patience_s):
                if state(path) == before and fresh.exists():
                    self.replace(fresh)
                fresh.unlink(missing_ok=True)

    def open(self, tables: Sequence[str]) -> "tuple[duckdb.DuckDBPyConnection, Held]":
        """A connection that sees every recorded row, and the lock to close after it."""
        held = self._shared()
        while self._note.exists():
            held.close()
            with self.alone():
                pass  # which heals what a crash left
            held = self._shared()
        try:
            return open_reader(self.target, self.journal, tables), held
        except BaseException:
            held.close()
            raise

    def _shared(self) -> Held:
        # Passing the gate is enough; a writer that waits there gets its turn first.
        with locked(self._gate, shared=True):
            held = acquire(self._lock, shared=True)
        if held is None:
            raise RunLogError(f"{self.target} cannot be locked for reading.")
        return held

    @contextmanager
    def reading(
        self, tables: Sequence[str] = tuple(TABLES)
    ) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A connection that sees every row of the tables, for as long as the `with` lasts."""
        connection, held = self.open(tables)
        try:
            yield connection
        finally:
            connection.close()
            held.close()


def insert(connection: "duckdb.DuckDBPyConnection", batch: Sequence[JournalSegment]) -> int:
    """Inserts sealed segments that the ledger does not know yet, all of them or none."""
    known = {
        name
        for (name,) in connection.execute(
            "select name from store._segments where list_contains(?, name)",
            [[segment.name for segment in batch]],
        ).fetchall()
    }
    connection.execute("begin")
    moved = 0
    for table, group in groupby(batch, key=lambda segment: segment.table):
        segments = [segment for segment in group if segment.name not in known]
        if segments:
            moved += _insert_table(connection, TABLES[table], segments)
    connection.execute("commit")
    return moved


def _insert_table(
    connection: "duckdb.DuckDBPyConnection", table: Table, segments: Sequence[JournalSegment]
) -> int:
    files = [str(segment.path) for segment in segments]
    connection.execute(
        f"insert into store.{table.name} by name "
        # A folder named "model=gpt" in the path is no column of the rows.
        "select arrived.* "
        "from read_parquet(?, union_by_name = true, hive_partitioning = false) arrived "
        f"where {remembered(table, 'arrived')} and {_missing(table)}",
        [files],
    )
    inserted = _count(connection)
    counts = [(segment.name, _rows(segment.path)) for segment in segments]
    for name, rows in counts:
        connection.execute(
            "insert into store._segments values (?, ?, now() at time zone 'UTC')", [name, rows]
        )
    arrived = sum(rows for _, rows in counts)
    if inserted < arrived:
        connection.execute(
            "insert into store._removals values (now() at time zone 'UTC', 'on arrival', ?, ?)",
            [table.name, arrived - inserted],
        )
    return inserted


def _missing(table: Table) -> str:
    """The condition that a content is not stored yet; other tables keep every row."""
    if table.name != "contents":
        return "true"
    return (
        "not exists (select 1 from store.contents c where c.ref = arrived.ref) "
        "qualify row_number() over (partition by arrived.ref) = 1"
    )


def _count(connection: "duckdb.DuckDBPyConnection") -> int:
    found = connection.fetchone()
    return int(found[0]) if found else 0


def _portion(waiting: Sequence[JournalSegment], limit: int) -> list[JournalSegment]:
    """The first of the segments that fit into a batch; at least one."""
    batch: list[JournalSegment] = []
    rows = size = 0
    for segment in waiting:
        batch.append(segment)
        rows += _rows(segment.path)
        size += segment.path.stat().st_size
        if rows >= limit or size >= BATCH_BYTES:
            break
    return batch


def _rows(path: Path) -> int:
    """How many rows a Parquet file says it has; 0 where it is none."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        return 0


def _sound(path: Path) -> bool:
    """Whether a Parquet file can be read through."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        parquet.read_table(path)
    except (pa.ArrowException, OSError):
        return False
    return True


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
