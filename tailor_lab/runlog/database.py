"""The database: where the journal's rows end up, opened for moments and held by no process.

DuckDB lets one process write and then nobody else even read, and its lock is a POSIX lock that
vanishes if its holder opens and closes the file elsewhere. So every opening here happens under a
lock of our own on a file beside it, is short, and nothing but DuckDB ever opens the database file.
A drain inserts a segment's rows and notes the segment's name in a ledger in one transaction, so
that a crash between commit and removal cannot bring its rows in twice.
"""

import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.journal import Claimed, Segment, segments
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

if TYPE_CHECKING:
    import duckdb
    import polars as pl

_META = "create table if not exists _meta (key varchar primary key, value varchar)"
_LEDGER = "create table if not exists _segments (name varchar primary key, rows bigint)"


@contextmanager
def locked(path: Path, mode: int) -> Iterator[bool]:
    """Holds a lock file; yields whether it could be had, which only `LOCK_NB` leaves open."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # BSD flock, not lockf: a POSIX lock is dropped when any descriptor of the file closes.
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RunLogError(
            f"The run log cannot write to {path.parent}: {error.strerror}. "
            "Set TAILOR_LAB_HOME to a folder that can be written."
        ) from error
    try:
        try:
            fcntl.flock(file, mode)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


class Database:
    """A DuckDB file and the locks beside it."""

    def __init__(self, path: Path, journal: Path) -> None:
        self.path = path
        self._journal = journal
        self._lock = journal / "database.lock"
        self._drain_lock = journal / "drain.lock"

    def drain(self) -> int:
        """Moves the rows of dead segments into the database and returns how many.

        Does nothing where another process is draining.
        """
        with locked(self._drain_lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
            if not ours:
                return 0
            return sum(self._drain_one(segment) for segment in segments(self._journal))

    def _drain_one(self, segment: Segment) -> int:
        with Claimed(segment) as ours:
            if not ours:
                return 0
            rows = parse(segment)
            with locked(self._lock, fcntl.LOCK_EX), self._writing() as connection:
                if not self._drained(connection, segment.name):
                    connection.register("arrived", rows.to_arrow())
                    connection.execute("begin")
                    connection.execute(f"insert into {segment.table} by name from arrived")
                    connection.execute(
                        "insert into _segments values (?, ?)", [segment.name, rows.height]
                    )
                    connection.execute("commit")
            segment.path.unlink(missing_ok=True)
            return rows.height

    @contextmanager
    def _writing(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        connection = connect(self.path, read_only=False)
        try:
            connection.execute(_META)
            version = connection.execute("select value from _meta where key = 'schema'").fetchone()
            if version is None:
                connection.execute("insert into _meta values ('schema', ?)", [str(SCHEMA_VERSION)])
                connection.execute(_LEDGER)
                for table in TABLES.values():
                    connection.execute(table.ddl)
            elif int(version[0]) > SCHEMA_VERSION:
                raise RunLogError(
                    f"{self.path} was written by a newer tailor_lab (schema {version[0]}, here "
                    f"{SCHEMA_VERSION}). Update tailor_lab; what is recorded now waits."
                )
            yield connection
        finally:
            connection.close()

    @staticmethod
    def _drained(connection: "duckdb.DuckDBPyConnection", name: str) -> bool:
        found = connection.execute("select 1 from _segments where name = ?", [name]).fetchone()
        return found is not None

    def query(self, sql: str, parameters: Sequence[Any]) -> "pl.DataFrame":
        """Answers a query over the database and the segments that are not drained yet."""
        with self.reading() as connection:
            frame: pl.DataFrame = connection.sql(sql, params=list(parameters)).pl()
            return frame

    @contextmanager
    def reading(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A connection that sees every recorded row and can neither write nor read files."""
        import duckdb

        with locked(self._lock, fcntl.LOCK_SH):
            connection = duckdb.connect(":memory:")
            try:
                stored = self.path.exists()
                if stored:
                    attach(connection, self.path)
                ledger = (
                    {
                        name
                        for (name,) in connection.execute(
                            "select name from store._segments"
                        ).fetchall()
                    }
                    if stored
                    else set()
                )
                waiting: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
                for segment in segments(self._journal):
                    if segment.name not in ledger:
                        waiting[segment.table].append(parse(segment))
                for name, frames in waiting.items():
                    _view(connection, TABLES[name], frames, stored=stored)
                connection.execute("set enable_external_access = false")
                connection.execute("set lock_configuration = true")
                yield connection
            finally:
                connection.close()


def connect(path: Path, *, read_only: bool) -> "duckdb.DuckDBPyConnection":
    """Opens a DuckDB file, or says in a sentence why that is not possible."""
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(path, read_only=read_only)
    except duckdb.Error as error:
        raise _refusal(path, error) from error


def attach(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """Attaches the database, read-only, as `store`."""
    import duckdb

    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as store (read_only)")
    except duckdb.Error as error:
        raise _refusal(path, error) from error


def parse(segment: Segment) -> "pl.DataFrame":
    """A segment's rows with the types of its table."""
    import polars as pl

    table = TABLES[segment.table]
    polars = {
        "VARCHAR": pl.String(),
        "DOUBLE": pl.Float64(),
        "BIGINT": pl.Int64(),
        "BOOLEAN": pl.Boolean(),
        "TIMESTAMP": pl.String(),
        "VARCHAR[]": pl.List(pl.String()),
        "JSON": pl.String(),
    }
    schema = {name: polars[kind.sql] for name, kind in table.columns.items()}
    data = segment.read()
    frame = pl.read_ndjson(io.BytesIO(data), schema=schema) if data else pl.DataFrame(schema=schema)
    return frame.with_columns(pl.col(table.times).str.to_datetime(_TIME_FORMAT, time_unit="us"))


_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.f"


def _view(
    connection: "duckdb.DuckDBPyConnection",
    table: Table,
    waiting: "list[pl.DataFrame]",
    *,
    stored: bool,
) -> None:
    """Makes the table's name mean everything that was recorded, drained or not."""
    import polars as pl

    parts = [f"select * from store.{table.name}"] if stored else []
    if waiting:
        connection.register(f"_{table.name}", pl.concat(waiting).to_arrow())
        parts.append(f"select * from _{table.name}")
    if not parts:
        connection.execute(table.ddl)
        return
    union = " union all by name ".join(parts)
    connection.execute(f"create temp view {table.name} as {union}")


def _refusal(path: Path, error: Exception) -> RunLogError:
    text = str(error)
    if "lock" in text.lower():
        return RunLogError(
            f"{path} is open in another program, which keeps everybody else out. "
            "Close it there; what is recorded meanwhile waits in the journal and is not lost."
        )
    return RunLogError(
        f"{path} cannot be opened as a DuckDB database ({text.splitlines()[0]}). "
        "Move it away to start a new one; rows that were not drained yet are kept in the journal."
    )
