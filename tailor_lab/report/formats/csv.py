"""CSV: the evidence as data, safe to open in a spreadsheet."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.report.format import ReportFormat

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result


def write(result: "Result", path: Path, _: float | None) -> None:
    """Writes a row per variant and metric."""
    import polars as pl

    from tailor_lab.report.formats.parquet import evidence

    frame = evidence(result).with_columns(pl.col("warnings").list.join("; "))
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    # A leading =, +, - or @ would be a formula to a spreadsheet; an apostrophe makes it text.
    guarded = frame.with_columns(
        pl.col(name).str.replace(r"^([=+\-@\t\r])", "'${1}") for name in words
    )
    guarded.write_csv(path)


FORMAT = ReportFormat(".csv", "the evidence as data", write)
