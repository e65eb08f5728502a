"""Where items come from: any iterable of mappings, a frame, a file or a query, read in chunks."""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sized
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.files import local_path

CHUNK = 1_000
"""Rows in memory at a time, of a source that is larger than memory."""


def rows(items: Any) -> tuple[Iterable[Any], int | None]:
    """The items one by one, and how many there are where that is known beforehand.

    `items` is an iterable of mappings, a polars DataFrame or LazyFrame, a DuckDB relation, or the
    path of a Parquet, CSV or JSON Lines file. Raises `InputError` for what is none of these.
    """
    if isinstance(items, str | Path):
        return _file(local_path(items, "a table of items"))
    library = type(items).__module__.partition(".")[0].lstrip("_")
    if library == "polars" and hasattr(items, "iter_rows"):
        return items.iter_rows(named=True, buffer_size=CHUNK), items.height
    if library == "polars" and hasattr(items, "collect_batches"):
        return _lazy(items), None
    if library in {"duckdb", "pyarrow"} and hasattr(items, "to_arrow_reader"):
        return _arrow(items.to_arrow_reader(CHUNK)), None
    if isinstance(items, Mapping) or not isinstance(items, Iterable):
        raise InputError(
            f"The items are a {type(items).__name__}; hand over a list of mappings, a frame, a "
            "DuckDB relation, or the path of a .parquet, .csv or .jsonl file."
        )
    return items, len(items) if isinstance(items, Sized) else None


def unfinished(
    items: Iterable[tuple[int, Any]],
    done: Container[str] | Callable[[str], bool],
    item_id: Callable[[int, Any], str],
    passed_over: Callable[[], None],
) -> Iterator[tuple[int, Any]]:
    """The items, with their places, whose ids are not done; `passed_over` hears of each that is."""
    is_done = done if callable(done) else done.__contains__
    for index, item in items:
        if isinstance(item, Mapping) and is_done(item_id(index, item)):
            passed_over()
        else:
            yield index, item


def finished_ids(path: str | Path) -> frozenset[str]:
    """The ids of the items that went well in a sink's file; none where there is no file yet.

    A last line that was cut off by a crash is passed over: its item is simply done again.
    """
    found: set[str] = set()
    file = local_path(path, "a sink")
    if file.exists():
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    row = json.loads(line)
                    if row.get("ok"):
                        found.add(str(row["item_id"]))
    return frozenset(found)


def _file(path: Path) -> tuple[Iterable[Any], int | None]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file to read items from.")
    kind = path.suffix.lower()
    if kind == ".parquet":
        from pyarrow import parquet

        file = parquet.ParquetFile(path)
        return _arrow(file.iter_batches(CHUNK)), file.metadata.num_rows
    if kind == ".csv":
        import polars as pl

        return _lazy(pl.scan_csv(path)), None
    if kind in {".jsonl", ".ndjson"}:
        return _lines(path), None
    raise InputError(f"{path}: items are read from .parquet, .csv and .jsonl files.")


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise InputError(f"{path.name}, line {number}: not JSON: {error}") from error


def _lazy(frame: Any) -> Iterator[Any]:
    for chunk in frame.collect_batches(chunk_size=CHUNK, maintain_order=True):
        yield from chunk.iter_rows(named=True)


def _arrow(batches: Iterable[Any]) -> Iterator[Any]:
    for batch in batches:
        yield from batch.to_pylist()
