"""The check: counts, keys, orphans and checksums, and what was healed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.markup import Shown
from tailor_lab.runlog.storage.content import decode, reference
from tailor_lab.runlog.storage.database import Database
from tailor_lab.runlog.storage.reading import ARCHIVE
from tailor_lab.runlog.storage.segments import QUARANTINE
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import duckdb

BY_RUN = ("stages", "scores", "llm_requests", "cache_requests", "events")
"""The tables whose rows belong to a run."""


@dataclass(frozen=True, repr=False)
class LogCheck(Shown):
    """What a check of the log found; `ok` where nothing is wrong."""

    rows: dict[str, int]
    """How many rows each table has."""
    problems: tuple[str, ...]
    """What must not be: rows that are missing or twice, files that are not what they were."""
    notes: tuple[str, ...]
    """What is worth knowing and no harm: healed lines, leftovers, runs that never finished."""

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values."""
        return {
            "ok": self.ok,
            "rows": self.rows,
            "problems": [*self.problems],
            "notes": [*self.notes],
        }

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {name}" for name, count in self.rows.items() if count)
        lines = [f"Checked: {rows or 'no rows yet'}."]
        lines += [f"Problem: {text}" for text in self.problems]
        lines += [f"Note: {text}" for text in self.notes]
        return "\n".join(lines if self.problems else [*lines, "Nothing is lost and nothing twice."])


def check(database: Database) -> LogCheck:
    """Verifies counts, keys, orphans and checksums, without changing anything."""
    import duckdb

    problems: list[str] = []
    notes: list[str] = []
    rows: dict[str, int] = {}
    with database.reading(()) as connection:
        if _stored(connection):
            problems += _wrong_files(connection, database.journal / ARCHIVE)
    if not any("is missing" in problem for problem in problems):
        with database.reading() as connection:
            try:
                for name in TABLES:
                    rows[name] = _number(connection, f"select count(*) from {name}")
                problems += [*_wrong_counts(connection), *_double_runs(connection)]
                problems += _wrong_contents(connection)
                notes += _orphans(connection)
            except duckdb.Error as error:
                problems.append(f"the rows cannot be read to their end: {str(error).strip()}")
    notes += _leftovers(database)
    return LogCheck(rows, tuple(problems), tuple(notes))


def _wrong_counts(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    if not _stored(connection):
        return
    for table in TABLES:
        ledger = _number(
            connection,
            "select coalesce(sum(rows), 0) from store._segments where starts_with(name, ?)",
            [f"{table}/"],
        )
        gone = _number(
            connection, "select coalesce(sum(rows), 0) from store._removals where tbl = ?", [table]
        )
        there = _number(connection, f"select count(*) from store.{table}")
        if there != ledger - gone:
            yield (
                f"{table} has {there:,} rows in the database; the ledger says {ledger:,} came and "
                f"{gone:,} left."
            )
    twice = _number(connection, "select count(*) - count(distinct name) from store._segments")
    if twice:
        yield f"{twice} segments were drained twice."


def _double_runs(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    double = _number(connection, "select count(run_id) - count(distinct run_id) from runs")
    if double:
        yield f"{double} runs share their run_id with another; it must be unique for each attempt."
    unnamed = _number(connection, "select count(*) from runs where run_id is null")
    if unnamed:
        yield f"{unnamed} runs have no run_id."


def _orphans(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    for table in BY_RUN:
        orphans = _number(
            connection,
            f"select count(*) from {table} where run_id is not null "
            f"and run_id not in (select run_id from runs where run_id is not null)",
        )
        if orphans:
            yield f"{orphans:,} rows of {table} belong to runs that did not finish."


def _wrong_files(connection: "duckdb.DuckDBPyConnection", folder: Path) -> Iterator[str]:
    for file, sha256 in connection.execute("select file, sha256 from store._archives").fetchall():
        path = folder / file
        if not path.exists():
            yield f"the archive {file} is missing."
        elif checksum(path) != sha256:
            yield f"the archive {file} is not what was written."


def _wrong_contents(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    reader = connection.execute("select ref, data from contents")
    wrong = 0
    while rows := reader.fetchmany(1000):
        wrong += sum(reference(decode(data) or "") != ref for ref, data in rows)
    if wrong:
        yield f"{wrong} stored contents do not match their hash."


def _leftovers(database: Database) -> Iterator[str]:
    damaged = sorted((database.journal / QUARANTINE).glob("*/*"))
    if damaged:
        size = sum(file.stat().st_size for file in damaged)
        yield (
            f"{len(damaged)} segments had a torn or damaged part, {size:,} bytes in all; whole "
            f"rows were kept, the rest lies in {database.journal / QUARANTINE}."
        )


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(connection: "duckdb.DuckDBPyConnection") -> bool:
    return bool(
        _number(
            connection,
            "select count(*) from duckdb_tables() "
            "where database_name = 'store' and table_name = '_removals'",
        )
    )


def _number(
    connection: "duckdb.DuckDBPyConnection", query: str, values: list[Any] | None = None
) -> int:
    found = connection.execute(query, values or []).fetchone()
    return int(found[0]) if found else 0
