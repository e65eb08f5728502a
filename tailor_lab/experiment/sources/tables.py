"""Tables: CSV, TSV, JSONL and Parquet files, and frames of whatever library.

A frame is one of polars, pandas, Arrow or DuckDB (by narwhals), anything that offers its columns
through the Arrow PyCapsule interface, or a sequence of mappings.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.sources.delimited import read_delimited
from tailor_lab.experiment.sources.files import PACKED, content, text_of, unpacked_name
from tailor_lab.experiment.sources.source import ResultRows, Source

if TYPE_CHECKING:
    import polars as pl

_EXACT = 2**53
"""Up to here a float holds every whole number."""


def read(given: Any) -> ResultRows:
    """The rows of a file or a frame."""
    if not _is_path(given):
        return ResultRows(frame_of(given), "the frame")
    path = Path(given).expanduser()
    if not path.is_file():
        raise InputError(f"There are no results at {path}: the file does not exist.")
    inner, data = content(path)
    if inner.suffix.lower() not in _READERS:
        raise InputError(
            f"{path}: the file in it is {inner.name}; give a table ({', '.join(_READERS)})."
        )
    return _READERS[inner.suffix.lower()](str(path), data, inner.stem)


def _is_path(given: Any) -> bool:
    return isinstance(given, str | Path)


def _matches(given: Any) -> bool:
    if _is_path(given):
        path = Path(given)
        return path.suffix.lower() == ".zip" or unpacked_name(path).suffix.lower() in _READERS
    if hasattr(given, "__arrow_c_stream__"):
        return True
    if isinstance(given, Sequence):
        return bool(given) and all(isinstance(row, Mapping) for row in given)
    import narwhals as nw

    return isinstance(nw.from_native(given, pass_through=True), nw.DataFrame | nw.LazyFrame)


def frame_of(given: Any) -> "pl.DataFrame":
    """A frame of any library, or a sequence of mappings, as polars has it."""
    import narwhals as nw
    import polars as pl

    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        strange = next((row for row in given if not isinstance(row, Mapping)), None)
        if strange is not None:
            raise InputError(
                f"A list of runs holds one mapping per run, not {strange!r:.60}; give a frame or "
                "such a list."
            )
        return _of_records(given, [f"the frame, row {n}" for n in range(1, len(given) + 1)])
    try:
        frame = nw.from_native(given, pass_through=True)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        return frame.to_polars() if isinstance(frame, nw.DataFrame) else pl.DataFrame(given)
    # A pandas column of several types fails in pyarrow, with errors that are these built-in ones.
    except (nw.exceptions.NarwhalsError, pl.exceptions.PolarsError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(
            f"The frame cannot be read ({reason}); give each column a name of its own and values "
            "of one type."
        ) from None


def _parquet(name: str, data: bytes, label: str) -> ResultRows:
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"{name}: not a readable Parquet file: {reason}.") from None
    return ResultRows(frame, name, label=label)


def _jsonl(name: str, data: bytes, label: str) -> ResultRows:
    records: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(io.StringIO(text_of(name, data), newline=None), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            record = json.loads(line, object_pairs_hook=_without_twins)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{where}, column {error.colno}: not valid JSON ({error.msg})."
            ) from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not a JSON object that can be read ({error}).") from None
        if not isinstance(record, dict):
            raise InputError(f"{where}: each line must be a JSON object.")
        records.append(record)
        numbers.append(number)
    places = [f"{name}, line {number}" for number in numbers]
    return ResultRows(
        _of_records(records, places), name, unit="line", numbers=tuple(numbers), label=label
    )


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each key of it once; the parser would keep the last without a word."""
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'the key "{twin}" occurs twice')
    return record


def _of_records(records: Sequence[Mapping[str, Any]], places: Sequence[str]) -> "pl.DataFrame":
    """Records as columns; what is nested is named with dots: `scores.accuracy`.

    A column that holds numbers and texts is text, so that the row of the text can be named. So is
    one of whole numbers that a float cannot hold: two items must not become one.
    """
    import polars as pl

    flat = []
    for record, place in zip(records, places, strict=True):
        pairs = list(_flat(record, ""))
        try:
            flat.append(_without_twins(pairs))
        except ValueError as error:
            raise InputError(f"{place}: {error}; name each field once.") from None
    names = dict.fromkeys(name for record in flat for name in record)
    columns = {}
    for name in names:
        values = [record.get(name) for record in flat]
        if all(value is None or _fits_float(value) for value in values):
            columns[name] = pl.Series(
                name, [None if v is None else float(v) for v in values], dtype=pl.Float64
            )
        else:
            texts = [None if v is None else v if isinstance(v, str) else str(v) for v in values]
            columns[name] = pl.Series(name, texts, dtype=pl.String)
    return pl.DataFrame(columns)


def _fits_float(value: Any) -> bool:
    """Whether a float holds the value exactly: no text, no whole number above 2**53."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT)


def _flat(record: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


_READERS: Mapping[str, Callable[[str, bytes, str], ResultRows]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
SOURCE = Source(
    "tables",
    matches=_matches,
    read=read,
    takes=f"a table ({', '.join(_READERS)}, each also as {', '.join(PACKED)}), a frame or a list "
    "of mappings",
)
