"""What a reader sees: the database, its archives, and what of the journal is not drained yet.

All of it through an in-memory DuckDB with the store attached read-only. Sealed segments and
archives are handed over as Arrow datasets, which DuckDB scans with its filters and columns pushed
down, so that DuckDB itself needs no permission to open any file, and gets none.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tailor_lab.files import Held
from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.schema import remembered, version_of
from tailor_lab.runlog.storage.segments import healed, journal_segments
from tailor_lab.runlog.storage.target import LogTarget
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

if TYPE_CHECKING:
    import duckdb

ARCHIVE = "archive"


class Connection:
    """A read-only DuckDB connection over the whole log, with DuckDB's own methods.

    While it is open segments wait; so close it, best with `with`.
    """

    def __init__(self, connection: "duckdb.DuckDBPyConnection", held: Held) -> None:
        self._connection = connection
        self._held = held

    def close(self) -> None:
        """Closes the connection and lets writers go on."""
        self._connection.close()
        self._held.close()

    def __getattr__(self, name: str) -> Any:
        # Whatever a DuckDB connection can do.
        return getattr(self._connection, name)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def open_reader(
    target: LogTarget, journal: Path, tables: Sequence[str]
) -> "duckdb.DuckDBPyConnection":
    """A connection in which the tables' names mean everything that was recorded."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        version = 0
        if target.exists:
            target.attach(connection, read_only=True)
            version = version_of(connection)
        # Runs come first: a run's row is its last, so whatever belongs to it is found after it.
        for name in TABLES:
            if name in tables:
                _show(connection, TABLES[name], journal, version)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def _show(
    connection: "duckdb.DuckDBPyConnection", table: Table, journal: Path, version: int
) -> None:
    """Makes the table's name mean everything that was recorded, drained or not."""
    known = version >= 2
    stored = bool(version) and _has(connection, table.name)
    parts = [f"select * from store.{table.name}"] if stored else []
    if stored and version != SCHEMA_VERSION:
        connection.execute(f"create temp table _shape_{table.name} ({table.definition})")
        parts.insert(0, f"select * from _shape_{table.name}")
    waiting = _register_waiting(connection, table, journal, ledger=bool(version))
    forgotten = known and _any(connection, "store._forgotten")
    for name in waiting:
        condition = f" where {remembered(table, name)}" if forgotten else ""
        parts.append(f"select * from {name}{condition}")
    if known and (files := _archived(connection, table, journal)):
        _register_files(connection, f"_archived_{table.name}", files, table)
        parts.append(f"select * from _archived_{table.name}")
    if not parts:
        connection.execute(f"create temp table {table.name} ({table.definition})")
        return
    union = " union all by name ".join(parts)
    if table.name == "contents":
        union = f"select distinct on (ref) * from ({union})"
    connection.execute(f"create temp view {table.name} as {union}")


def _register_waiting(
    connection: "duckdb.DuckDBPyConnection", table: Table, journal: Path, *, ledger: bool
) -> list[str]:
    """Registers what the journal holds of a table; returns the names to select from."""
    # In this order a segment that is sealed meanwhile is seen at least once; then as Parquet.
    live = {
        segment.name: segment.lines() for segment in journal_segments(journal, table.name, "ndjson")
    }
    sealed = {
        segment.name: segment.path for segment in journal_segments(journal, table.name, "parquet")
    }
    drained = _drained(connection, [*live, *sealed]) if ledger and (live or sealed) else set()
    lines = [text for name, text in live.items() if name not in sealed and name not in drained]
    files = [path for name, path in sealed.items() if name not in drained]
    names = []
    if any(lines):
        frame, _ = healed(b"".join(lines), table)
        connection.register(f"_live_{table.name}", frame.to_arrow())
        names.append(f"_live_{table.name}")
    if files:
        _register_files(connection, f"_sealed_{table.name}", files, table)
        names.append(f"_sealed_{table.name}")
    return names


def _register_files(
    connection: "duckdb.DuckDBPyConnection", name: str, files: Iterable[Path], table: Table
) -> None:
    from pyarrow import dataset

    paths = [str(path) for path in files]
    gone = [path for path in paths if not Path(path).exists()]
    if gone:
        raise RunLogError(
            f"{gone[0]} is missing; the log knows rows of {table.name} to be there. Put it back, "
            "or see `tailor-lab log check`."
        )
    connection.register(name, dataset.dataset(paths, schema=table.arrow, format="parquet"))


def _archived(connection: "duckdb.DuckDBPyConnection", table: Table, journal: Path) -> list[Path]:
    found = connection.execute(
        "select file from store._archives where tbl = ? order by file", [table.name]
    ).fetchall()
    return [journal / ARCHIVE / file for (file,) in found]


def _drained(connection: "duckdb.DuckDBPyConnection", names: list[str]) -> set[str]:
    asked = [*names, *(f"{name}.ndjson" for name in names)]
    found = connection.execute(
        "select name from store._segments where list_contains(?, name)", [asked]
    ).fetchall()
    return {name.removesuffix(".ndjson") for (name,) in found}


def _has(connection: "duckdb.DuckDBPyConnection", table: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = 'store' and table_name = ?", [table]
    ).fetchone()
    return found is not None


def _any(connection: "duckdb.DuckDBPyConnection", table: str) -> bool:
    return connection.execute(f"select 1 from {table} limit 1").fetchone() is not None
