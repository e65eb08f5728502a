"""Writes a report in the format that its file name asks for, whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.files import local_path, written_whole
from tailor_lab.report.formats import format_of, writable

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result


def write_report(
    result: "Result", path: str | Path, *, value_per_success: float | None = None
) -> Path:
    """Writes the report of an experiment to `path` and returns it.

    The ending chooses the format: .html (one self-contained page), .md, .pdf, and .csv or .parquet
    for the evidence as data. With `value_per_success`, what a run that meets its target is worth in
    US dollars, it says what each variant returns. Raises `InputError` for another ending, a folder
    that does not exist, or a .pdf where typst is not installed.
    `result` is what `lab.result(name)` gives.
    """
    target = local_path(path, "a report")
    form = format_of(target.suffix)
    if form is None:
        raise InputError(f"{target}: a report is written as {writable()}.")
    if not target.parent.is_dir():
        raise InputError(f"{target}: the folder {target.parent} does not exist.")
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file.")
    try:
        with written_whole(target) as half:
            form.write(result, half, value_per_success)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}.") from None
    return target
