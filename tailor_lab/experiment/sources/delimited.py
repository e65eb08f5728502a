"""Text with separators (CSV, TSV) as columns of texts, each row as long as the heading.

Rows are counted as a spreadsheet counts them: the heading is row 1, empty rows count, and a line
break in quotes starts no row.
"""

import csv
import io
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.experiment.sources.files import text_of
from tailor_lab.experiment.sources.source import ResultRows

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = ",;\t|"
_Row = tuple[int, list[str]]


def read_delimited(name: str, data: bytes, label: str) -> ResultRows:
    """The rows of a file. Every value stays text, so that the item "007" is not 7."""
    text = text_of(name, data)
    # The limit is of the whole process; a model's output in a cell may exceed its 128 KiB.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = text.lstrip("\r\n")
    separator = max(_SEPARATORS, key=lambda mark: _fields_of_heading(lines, mark))
    rows = _rows(name, text, separator)
    if not rows:
        raise InputError(f"{name}: not a table of values with commas: the file is empty.")
    (first, heading), *rest = rows
    _refuse_comments(name, rows)
    if rest and all(len(row) == len(heading) + 1 and not row[-1].strip() for _, row in rest):
        heading = [*heading, ""]
    for number, row in rest:
        if len(row) != len(heading):
            raise InputError(
                f"{name}, row {number}: not a table of values with commas: the row has "
                f"{_fields(len(row))}, the heading in row {first} has {len(heading)}. Put a value "
                "with a separator in it in quotes, and write an empty cell for a missing value."
            )
    return ResultRows(
        _columns(name, [field.strip() for field in heading], [row for _, row in rest]),
        name,
        numbers=tuple(number for number, _ in rest),
        label=label,
        decimal_comma=separator == ";",
    )


def _fields_of_heading(text: str, separator: str) -> int:
    try:
        return len(next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), []))
    except csv.Error:
        return 0


def _rows(name: str, text: str, separator: str) -> list[_Row]:
    """The rows that have a value, each with its number."""
    rows: list[_Row] = []
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if any(field.strip() for field in row):
                rows.append((number, row))
    except csv.Error as error:
        raise InputError(
            f"{name}, row {number + 1}: a quotation mark is out of place ({error}); quote the "
            "whole value and double the quotation marks within it."
        ) from None
    return rows


def _refuse_comments(name: str, rows: Sequence[_Row]) -> None:
    """Raises for a comment, which would otherwise be a heading or an item."""
    widest = max(len(row) for _, row in rows)
    for number, row in rows:
        remark = row[0].lstrip().startswith("#") and not any(field.strip() for field in row[1:])
        if remark and widest > 1:
            raise InputError(
                f"{name}, row {number}: {row[0].strip()[:60]!r} is a comment; leave comments out "
                "of the table."
            )


def _columns(name: str, heading: list[str], rows: list[list[str]]) -> "pl.DataFrame":
    """The columns by name; one without a name and without a value is no column."""
    import polars as pl

    columns: dict[str, list[str]] = {}
    fields: dict[str, int] = {}
    for field, (column, values) in enumerate(
        zip_longest(heading, map(list, zip(*rows, strict=True)), fillvalue=()), 1
    ):
        assert isinstance(column, str)
        if not column and not any(value.strip() for value in values):
            continue
        if column in columns:
            called = f'are named "{column}"' if column else "have no name"
            raise InputError(
                f"{name}: two columns {called}, fields {fields[column]} and {field} of the "
                "heading; give each column a name of its own."
            )
        columns[column] = list(values)
        fields[column] = field
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
