"""Tables: CSV, TSV, JSONL and Parquet files, and frames of whatever library.

A frame is one of polars, pandas, Arrow or DuckDB (by narwhals), anything that offers its columns
through the Arrow PyCapsule interface, or a sequence of mappings.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.sources.source import ResultRows, Source

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = ",;\t|"


def read(given: Any) -> ResultRows:
    """The rows of a file or a frame."""
    if not _is_path(given):
        return ResultRows(_frame(given), "the frame")
    path = Path(given).expanduser()
    if not path.is_file():
        raise InputError(f"There are no results at {path}: the file does not exist.")
    return _READERS[path.suffix.lower()](path)


def _is_path(given: Any) -> bool:
    return isinstance(given, str | Path)


def _matches(given: Any) -> bool:
    if _is_path(given):
        return Path(given).suffix.lower() in _READERS
    if hasattr(given, "__arrow_c_stream__"):
        return True
    if isinstance(given, Sequence):
        return bool(given) and all(isinstance(row, Mapping) for row in given)
    import narwhals as nw

    return isinstance(nw.from_native(given, pass_through=True), nw.DataFrame | nw.LazyFrame)


def _frame(given: Any) -> "pl.DataFrame":
    """A frame of any library, or a sequence of mappings, as polars has it."""
    import narwhals as nw
    import polars as pl

    if isinstance(given, Sequence):
        return _of_records(given)
    frame = nw.from_native(given, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return frame.to_polars() if isinstance(frame, nw.DataFrame) else pl.DataFrame(given)


def _csv(path: Path) -> ResultRows:
    """Every value stays text, so that the item "007" is not 7."""
    import polars as pl

    lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    heading = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=heading.count)
    try:
        frame = pl.read_csv(path, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"{path}: not a table of values with commas: {reason}.") from None
    names = {name: name.lstrip("\ufeff").strip() for name in frame.columns}
    return ResultRows(
        frame.rename(names),
        str(path),
        numbers=tuple(range(2, frame.height + 2)),
        label=path.stem,
        decimal_comma=separator == ";",
    )


def _parquet(path: Path) -> ResultRows:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"{path}: not a readable Parquet file: {reason}.") from None
    return ResultRows(frame, str(path), label=path.stem)


def _jsonl(path: Path) -> ResultRows:
    records: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{where}, column {error.colno}: not valid JSON ({error.msg})."
                ) from None
            if not isinstance(record, dict):
                raise InputError(f"{where}: each line must be a JSON object.")
            records.append(record)
            numbers.append(number)
    return ResultRows(
        _of_records(records), str(path), unit="line", numbers=tuple(numbers), label=path.stem
    )


def _of_records(records: Iterable[Mapping[str, Any]]) -> "pl.DataFrame":
    """Records as columns; what is nested is named with dots: `scores.accuracy`.

    A column that holds numbers and texts is text, so that the row of the text can be named.
    """
    import polars as pl

    flat = [dict(_flat(record, "")) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    columns = {}
    for name in names:
        values = [record.get(name) for record in flat]
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {int, float, bool}:
            columns[name] = pl.Series(name, [None if v is None else float(v) for v in values])
        else:
            texts = [None if v is None else v if isinstance(v, str) else str(v) for v in values]
            columns[name] = pl.Series(name, texts, dtype=pl.String)
    return pl.DataFrame(columns)


def _flat(record: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


_READERS: Mapping[str, Callable[[Path], ResultRows]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
SOURCE = Source(
    "tables",
    matches=_matches,
    read=read,
    takes=f"a table ({', '.join(_READERS)}), a frame or a list of mappings",
)
