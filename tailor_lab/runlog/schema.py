"""Versions of the database's layout, and the way from each to the next.

A database is migrated in place by whoever writes to it first, under the database's lock and in one
transaction, after a copy of it was kept beside it. A newer one is refused.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

if TYPE_CHECKING:
    import duckdb

_OWN_TABLES = {
    "_meta": "key varchar, value varchar",
    "_segments": "name varchar, rows bigint, drained_at timestamp",
    "_removals": "removed_at timestamp, why varchar, tbl varchar, rows bigint",
    "_archives": "file varchar, tbl varchar, month varchar, rows bigint, sha256 varchar",
    "_forgotten": "kind varchar, hash varchar, forgotten_at timestamp",
}
"""What the log knows about itself: segments already here, rows gone again, archives, people."""

_MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    2: (
        "alter table store._segments add column if not exists drained_at timestamp",
        r"update store._segments set name = regexp_replace(name, '\.ndjson$', '')",
    )
}
"""What leads to a version from the one before, beside the tables and columns that it adds."""


def version_of(connection: "duckdb.DuckDBPyConnection") -> int:
    """The version of the attached store; 0 for one that is empty."""
    known = connection.execute(
        "select count(*) from duckdb_tables() "
        "where database_name = 'store' and table_name = '_meta'"
    ).fetchone()
    if known is None or not known[0]:
        return 0
    found = connection.execute("select value from store._meta where key = 'schema'").fetchone()
    return int(found[0]) if found else 0


def refuse_newer(version: int, target: str) -> None:
    """Raises `RunLogError` for a version that this one does not know."""
    if version > SCHEMA_VERSION:
        raise RunLogError(
            f"{target} was written by a newer tailor_lab (schema {version}, here "
            f"{SCHEMA_VERSION}). Update tailor_lab; what is recorded now waits."
        )


def keep_copy(connection: "duckdb.DuckDBPyConnection", path: Path, version: int) -> None:
    """Copies the attached store beside its file, by DuckDB itself and not by reading the file."""
    kept = copy_path(path, version)
    if not kept.exists():
        quoted = str(kept).replace("'", "''")
        connection.execute(f"attach '{quoted}' as kept")
        connection.execute("copy from database store to kept")
        connection.execute("detach kept")


def copy_path(path: Path, version: int) -> Path:
    """Where the copy of an older version lies."""
    return path.with_name(f"{path.stem}.v{version}{path.suffix}")


def migrate(connection: "duckdb.DuckDBPyConnection", version: int) -> None:
    """Brings the attached store, empty or older, to this version in one transaction."""
    connection.execute("begin")
    if version:
        for step in range(version + 1, SCHEMA_VERSION + 1):
            for statement in _MIGRATIONS.get(step, ()):
                connection.execute(statement)
    for name, columns in _OWN_TABLES.items():
        connection.execute(f"create table if not exists store.{name} ({columns})")
    for table in TABLES.values():
        columns = table.definition
        connection.execute(f"create table if not exists store.{table.name} ({columns})")
        if version:
            for column, kind in table.columns.items():
                connection.execute(
                    f'alter table store.{table.name} add column if not exists "{column}" {kind.sql}'
                )
    connection.execute("delete from store._meta where key = 'schema'")
    connection.execute("insert into store._meta values ('schema', ?)", [str(SCHEMA_VERSION)])
    connection.execute("commit")


def remembered(table: Table, rows: str) -> str:
    """The condition that a row belongs to nobody who was forgotten after it was recorded."""
    clauses = [
        f"not exists (select 1 from store._forgotten f where f.kind = '{kind}' "
        f'and f.hash = sha256({rows}.{kind}) and {rows}."{table.time}" <= f.forgotten_at)'
        for kind in ("user_id", "resume_id", "run_id", "ref")
        if kind in table.columns
    ]
    return " and ".join(clauses) or "true"
