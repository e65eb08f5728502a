"""Export: tables as Parquet or CSV, a portion at a time, whatever their size."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.files import is_url, local_path, written_whole
from tailor_lab.runlog.errors import RunLogError
from tailor_lab.runlog.tables import TABLES, Table

if TYPE_CHECKING:
    import duckdb

Format = Literal["parquet", "csv"]
_PORTION = 50_000


def export(
    connection: "duckdb.DuckDBPyConnection",
    where: str | Path,
    tables: Sequence[str],
    form: str | None,
) -> list[Path | str]:
    """Writes one table to a file that ends in .parquet or .csv, or several into a folder.

    `where` is a path, or a URL that fsspec can write to.
    """
    path = str(where).rstrip("/") if is_url(where) else local_path(where).expanduser()
    ending = PurePath(path).suffix.lower().removeprefix(".")
    for name in tables:
        if name not in TABLES:
            raise InputError(f'There is no table "{name}"; there is {", ".join(TABLES)}.')
    if form not in (None, "parquet", "csv"):
        raise InputError(f'"{form}" is no format of an export; take parquet or csv.')
    if ending in ("parquet", "csv"):
        if len(tables) > 1:
            raise InputError(f"{path} holds one table; name it, or give a folder for several.")
        places: dict[str, Path | str] = {(tables or ["runs"])[0]: path}
        form = ending
    elif ending:
        raise InputError(f"{path}: an export ends in .parquet or .csv, or is a folder.")
    else:
        form = form or "parquet"
        places = {name: _within(path, f"{name}.{form}") for name in tables or TABLES}
    try:
        for name, place in places.items():
            if isinstance(place, Path):
                place.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(place) as half:
                _write(connection, TABLES[name], half, form)
    except OSError as error:
        raise RunLogError(f"{path} cannot be written: {error.strerror or error}.") from error
    return list(places.values())


def _within(folder: Path | str, name: str) -> Path | str:
    return folder / name if isinstance(folder, Path) else f"{folder}/{name}"


def _write(connection: "duckdb.DuckDBPyConnection", table: Table, place: Path, form: str) -> None:
    from pyarrow import csv, parquet

    flat = [f'{_cell(name, kind.sql)} as "{name}"' for name, kind in table.columns.items()]
    columns = ", ".join(flat) if form == "csv" else "*"
    reader = connection.sql(f'select {columns} from {table.name} order by "{table.time}"')
    batches = reader.to_arrow_reader(_PORTION)
    writer: Any
    opened = csv.CSVWriter if form == "csv" else parquet.ParquetWriter
    with place.open("wb") as file, opened(file, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


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
