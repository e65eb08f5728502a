"""Export: tables as Parquet or CSV, a portion at a time, whatever their size."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.tables import TABLES, Table

if TYPE_CHECKING:
    import duckdb

Format = Literal["parquet", "csv"]
_PORTION = 50_000


def export(
    connection: "duckdb.DuckDBPyConnection", path: Path, tables: Sequence[str], form: str | None
) -> list[Path]:
    """Writes one table to a file that ends in .parquet or .csv, or several into a folder."""
    ending = path.suffix.lower().removeprefix(".")
    for name in tables:
        if name not in TABLES:
            raise InputError(f'There is no table "{name}"; there is {", ".join(TABLES)}.')
    if form not in (None, "parquet", "csv"):
        raise InputError(f'"{form}" is no format of an export; take parquet or csv.')
    if ending in ("parquet", "csv"):
        if len(tables) > 1:
            raise InputError(f"{path} holds one table; name it, or give a folder for several.")
        places = {(tables or ["runs"])[0]: path}
        form = ending
    elif ending:
        raise InputError(f"{path}: an export ends in .parquet or .csv, or is a folder.")
    else:
        form = form or "parquet"
        places = {name: path / f"{name}.{form}" for name in tables or TABLES}
    try:
        for name, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(connection, TABLES[name], place, form)
    except OSError as error:
        raise RunLogError(f"{path} cannot be written: {error.strerror}.") from error
    return list(places.values())


def _write(connection: "duckdb.DuckDBPyConnection", table: Table, place: Path, form: str) -> None:
    from pyarrow import csv, parquet

    flat = [f'{_cell(name, kind.sql)} as "{name}"' for name, kind in table.columns.items()]
    columns = ", ".join(flat) if form == "csv" else "*"
    reader = connection.sql(f'select {columns} from {table.name} order by "{table.time}"')
    batches = reader.to_arrow_reader(_PORTION)
    hidden = place.with_name(f".{place.name}")
    writer: Any
    opened = csv.CSVWriter if form == "csv" else parquet.ParquetWriter
    with hidden.open("wb") as file, opened(file, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    hidden.rename(place)


def _cell(name: str, kind: str) -> str:
    """A column as CSV can hold it: lists as JSON, bytes as base64, and no text as a formula."""
    if kind == "VARCHAR[]":
        return f'to_json("{name}")::varchar'
    if kind == "BLOB":
        return f'to_base64("{name}")'
    if kind != "VARCHAR":
        return f'"{name}"'
    # A spreadsheet would run what begins so; with an apostrophe before it, it shows it.
    return f"regexp_replace(\"{name}\", '^([=+@\\t\\r-])', '''\\1')"
