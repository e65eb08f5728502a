"""Upkeep: compact, retain, forget.

Months leave the database as Parquet files, since deleting does not shrink it. A file is written
whole before the transaction that removes its rows names it, so that a crash in between leaves a
file that nobody counts, never a row less or twice.
"""

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.files import written_whole
from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.schema import copy_path
from tailor_lab.runlog.storage.check import BY_RUN, checksum
from tailor_lab.runlog.storage.checkpoint import fresh_of, wal_of
from tailor_lab.runlog.storage.database import Database
from tailor_lab.runlog.storage.reading import ARCHIVE
from tailor_lab.runlog.storage.segments import QUARANTINE, journal_segments
from tailor_lab.runlog.storage.target import attach
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    import duckdb

_HASHES_KEPT_DAYS = 30
"""Until then journals of other hosts must have come in; later rows of a person forgotten return."""
_KEPT_FOR_EVER = ("contents", "experiments", "moments")
"""Not by time: plans are needed to read old results, moments stand for rows that may be gone,
contents go with the last that name them."""


def compact(database: Database) -> int:
    """Rewrites the database without the room that erased rows left; returns bytes won."""
    import duckdb

    path = database.target.path
    if path is None:
        raise InputError("A log in a remote database is compacted by that database itself.")
    if not path.exists():
        return 0
    _tidy(database)
    with database.alone():
        before = sum(file.stat().st_size for file in (path, wal_of(path)) if file.exists())
        fresh = fresh_of(path)
        connection = duckdb.connect(":memory:")
        try:
            attach(connection, str(path), read_only=True)
            quoted = str(fresh).replace("'", "''")
            connection.execute(f"attach '{quoted}' as fresh")
            connection.execute("copy from database store to fresh")
            connection.execute("detach fresh")
            # While we still hold the old file open, no other program can be writing to it.
            database.replace(fresh)
        except duckdb.Error as error:
            raise RunLogError(
                f"{path} could not be compacted ({str(error).splitlines()[0]}) and is as it was."
            ) from error
        finally:
            connection.close()
            fresh.unlink(missing_ok=True)
        return before - path.stat().st_size


def _tidy(database: Database) -> None:
    """Removes what crashes left: archives that nobody counts, and hashes that are not needed."""
    with database.writing() as connection:
        counted = set(_texts(connection, "select file from store._archives", []))
        folder = database.journal / ARCHIVE
        for file in folder.glob("*/*.parquet"):
            if str(file.relative_to(folder)) not in counted:
                file.unlink()
        waiting = [
            segment.began_ns
            for table in TABLES
            for ending in ("ndjson", "parquet")
            for segment in journal_segments(database.journal, table, ending)
        ]
        connection.execute(
            "delete from store._forgotten where forgotten_at < make_timestamp_ns(?) "
            "and forgotten_at < (now() at time zone 'UTC') - to_days(?)",
            [min(waiting, default=time.time_ns()), _HASHES_KEPT_DAYS],
        )


def retain(database: Database, *, days: int, archive: bool = True) -> int:
    """Moves rows older than `days` to monthly Parquet files, or erases them; returns how many."""
    if days < 0:
        raise InputError(f"days is {days}; it must be 0 or more.")
    limit = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    moved = 0
    with database.writing() as connection:
        for table in TABLES.values():
            if table.name not in _KEPT_FOR_EVER:
                for month in _months(connection, table.name, table.time, limit):
                    moved += _leave(connection, database, table.name, month, limit, archive=archive)
    return moved


def _months(
    connection: "duckdb.DuckDBPyConnection", table: str, moment: str, limit: datetime
) -> list[str]:
    found = connection.execute(
        f"select distinct strftime(\"{moment}\", '%Y-%m') as month from store.{table} "
        f'where "{moment}" < ? order by 1',
        [limit],
    ).fetchall()
    return [month for (month,) in found]


def _leave(
    connection: "duckdb.DuckDBPyConnection",
    database: Database,
    table: str,
    month: str,
    limit: datetime,
    *,
    archive: bool,
) -> int:
    moment = TABLES[table].time
    rows = f'from store.{table} where "{moment}" < ? and strftime("{moment}", \'%Y-%m\') = ?'
    name = f"{table}/{month}-{uuid.uuid4().hex[:8]}.parquet"
    file = database.journal / ARCHIVE / name
    if archive:
        _write(connection, f"select * {rows}", [limit, month], file)
    connection.execute("begin")
    count = _changed(connection.execute(f"delete {rows}", [limit, month]))
    why = "archived" if archive else "retained"
    _note(connection, why, table, count)
    if archive:
        connection.execute(
            "insert into store._archives values (?, ?, ?, ?, ?)",
            [name, table, month, count, checksum(file)],
        )
    connection.execute("commit")
    return count


def _write(
    connection: "duckdb.DuckDBPyConnection", query: str, values: list[Any], file: Path
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as half:
        quoted = str(half).replace("'", "''")
        copy = f"copy ({query}) to '{quoted}' (format parquet, compression zstd)"
        connection.execute(copy, values)


def forget(database: Database, column: str, value: str) -> dict[str, int]:
    """Erases the rows of a person or résumé everywhere; returns how many, by table.

    Rows that another process has in its hands are remembered by hash, and dropped on arrival.
    """
    with database.reading() as connection:
        runs = _texts(connection, f"select run_id from runs where {column} = ?", [value])
        named = """select ref from (
            select unnest([content_ref, request_ref, reply_ref]) as ref, run_id from llm_requests
            union all select output_ref as ref, run_id from runs)"""
        asked = f"{named} where list_contains(?, run_id)"
        kept = f"{named} where not coalesce(list_contains(?, run_id), false)"
        refs = set(_texts(connection, asked, [runs])) - set(_texts(connection, kept, [runs]))
    gone: dict[str, int] = {}
    with database.writing() as connection:
        for name in ("runs", "events", *BY_RUN, "contents"):
            keys: list[tuple[str, list[str]]] = [
                (key, values)
                for key, values in ((column, [value]), ("run_id", runs), ("ref", sorted(refs)))
                if key in TABLES[name].columns and values
            ]
            for key, values in keys:
                erased = _erase(connection, database, name, key, values)
                gone[name] = gone.get(name, 0) + erased
        connection.executemany(
            "insert into store._forgotten values (?, sha256(?), now() at time zone 'UTC')",
            [
                (column, value),
                *(("run_id", run) for run in runs),
                *(("ref", ref) for ref in sorted(refs)),
            ],
        )
    _forget_remains(database, [value, *runs])
    return {name: count for name, count in gone.items() if count}


def _erase(
    connection: "duckdb.DuckDBPyConnection",
    database: Database,
    table: str,
    key: str,
    values: list[str],
) -> int:
    connection.execute("begin")
    count = _changed(
        connection.execute(f"delete from store.{table} where list_contains(?, {key})", [values])
    )
    _note(connection, "forgotten", table, count)
    connection.execute("commit")
    archives = connection.execute(
        "select file, month, rows from store._archives where tbl = ?", [table]
    ).fetchall()
    for name, month, rows in archives:
        old = database.journal / ARCHIVE / name
        quoted = str(old).replace("'", "''")
        kept = (
            f"from read_parquet('{quoted}', hive_partitioning = false) "
            f"where not coalesce(list_contains(?, {key}), false)"
        )
        left = connection.execute(f"select count(*) {kept}", [values]).fetchone()
        if left is None or left[0] == rows:
            continue
        fresh = f"{table}/{month}-{uuid.uuid4().hex[:8]}.parquet"
        new = database.journal / ARCHIVE / fresh
        _write(connection, f"select * {kept}", [values], new)
        connection.execute("begin")
        connection.execute("delete from store._archives where file = ?", [name])
        connection.execute(
            "insert into store._archives values (?, ?, ?, ?, ?)",
            [fresh, table, month, left[0], checksum(new)],
        )
        connection.execute("commit")
        old.unlink()
        count += rows - left[0]
    return count


def _forget_remains(database: Database, values: list[str]) -> None:
    """Removes what holds the person outside of tables: torn lines and copies of older versions."""
    for file in (database.journal / QUARANTINE).glob("*/*"):
        content = file.read_bytes()
        if any(value.encode() in content for value in values):
            file.unlink()
    path = database.target.path
    if path is not None:
        for version in range(1, SCHEMA_VERSION):
            copy_path(path, version).unlink(missing_ok=True)
        compact(database)


def _texts(connection: "duckdb.DuckDBPyConnection", query: str, values: list[Any]) -> list[str]:
    found = connection.execute(query, values).fetchall()
    return [text for (text,) in found if text is not None]


def _changed(connection: "duckdb.DuckDBPyConnection") -> int:
    found = connection.fetchone()
    return int(found[0]) if found else 0


def _note(connection: "duckdb.DuckDBPyConnection", why: str, table: str, rows: int) -> None:
    if rows:
        connection.execute(
            "insert into store._removals values (now() at time zone 'UTC', ?, ?, ?)",
            [why, table, rows],
        )
