"""Segments as others find them: dead ones are claimed, healed and sealed to Parquet.

A dead segment becomes a Parquet file of the same stem: written beside, renamed, and only then is
the journal's file removed, so that a crash in between leaves either or both, and both count as one.
Readers scan sealed segments without parsing them. What cannot be read of a segment, most often the
half line that a killed writer left, is put into the quarantine folder; `check` reports it.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tailor_lab.files import move, sync
from tailor_lab.runlog.storage.locks import claimed
from tailor_lab.runlog.tables import SCHEMA_VERSION, TABLES, Table

if TYPE_CHECKING:
    import polars as pl

QUARANTINE = "quarantine"
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.f"


@dataclass(frozen=True)
class JournalSegment:
    """The rows of one writer and table; `path` is NDJSON or, once sealed, Parquet."""

    path: Path
    table: str

    @property
    def stem(self) -> str:
        """What stays the same when it is sealed: when, where and by whom it was begun."""
        return self.path.name.rsplit(".", 1)[0]

    @property
    def name(self) -> str:
        """What the ledger knows it by."""
        return f"{self.table}/{self.stem}"

    @property
    def began_ns(self) -> int:
        """When its writer began it, in nanoseconds since 1970."""
        begun = self.stem.partition("-")[0]
        return int(begun) if begun.isdigit() else 0

    @property
    def sealed(self) -> "JournalSegment":
        """The same segment as Parquet."""
        return JournalSegment(self.path.with_name(f"{self.stem}.parquet"), self.table)

    @property
    def readable(self) -> bool:
        """Whether this version knows its columns; a newer one's segments wait for it."""
        version = self.stem.rpartition(".v")[2]
        return not version.isdigit() or int(version) <= SCHEMA_VERSION

    def lines(self) -> bytes:
        """Its whole lines; a torn last one is left out. Empty where it is gone by now."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]


def journal_segments(folder: Path, table: str, ending: str) -> Iterator[JournalSegment]:
    """A table's segments that are NDJSON or Parquet by `ending`, oldest first."""
    for path in sorted((folder / table).glob(f"[!.]*.{ending}")):
        segment = JournalSegment(path, table)
        if segment.readable:
            yield segment


def seal_dead(folder: Path) -> int:
    """Seals every segment of the journal that no process writes to any more; returns how many."""
    return sum(
        _seal(segment, folder / QUARANTINE / table)
        for table in TABLES
        for segment in journal_segments(folder, table, "ndjson")
    )


def _seal(segment: JournalSegment, quarantine: Path) -> bool:
    claim = claimed(segment.path)
    if claim is None:
        return False
    try:
        if not segment.path.exists():
            return False
        data = segment.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        frame, damaged = healed(whole, TABLES[segment.table])
        damaged += data[len(whole) :]
        if damaged:
            quarantine.mkdir(parents=True, exist_ok=True)
            (quarantine / f"{segment.stem}.damaged").write_bytes(damaged)
        if frame.height and not segment.sealed.path.exists():
            hidden = segment.path.with_name(f".{segment.stem}.parquet")
            write_parquet(frame, hidden)
            move(hidden, segment.sealed.path)
        segment.path.unlink(missing_ok=True)
        return True
    finally:
        claim.close()


def write_parquet(frame: "pl.DataFrame", path: Path) -> None:
    """Writes a frame so that it is on the disk when this returns."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="lz4", statistics=False)
    with path.open("wb") as file:
        file.write(content.getbuffer())
        file.flush()
        sync(file.fileno())


def healed(lines: bytes, table: Table) -> "tuple[pl.DataFrame, bytes]":
    """The rows of whole lines, and the lines that are none."""
    import polars as pl

    try:
        return parsed(lines, table), b""
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        decoder = msgspec.json.Decoder(table.row)
        good, bad = [], []
        for line in lines.splitlines(keepends=True):
            try:
                decoder.decode(line)
                good.append(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                bad.append(line)
        return parsed(b"".join(good), table), b"".join(bad)


def parsed(lines: bytes, table: Table) -> "pl.DataFrame":
    """Whole lines of a segment as a frame with the types of the table."""
    import polars as pl

    schema = _schema(table.name)
    frame = (
        pl.read_ndjson(io.BytesIO(lines), schema=schema) if lines else pl.DataFrame(schema=schema)
    )
    return frame.with_columns(
        pl.col(table.times).str.to_datetime(_TIME_FORMAT, time_unit="us"),
        *(pl.col(name).str.decode("base64") for name in table.blobs),
    )


@lru_cache
def _schema(table: str) -> "Mapping[str, pl.DataType]":
    import polars as pl

    kinds = {
        "VARCHAR": pl.String(),
        "DOUBLE": pl.Float64(),
        "BIGINT": pl.Int64(),
        "BOOLEAN": pl.Boolean(),
        "TIMESTAMP": pl.String(),
        "VARCHAR[]": pl.List(pl.String()),
        "JSON": pl.String(),
        "BLOB": pl.String(),
    }
    return {name: kinds[kind.sql] for name, kind in TABLES[table].columns.items()}
