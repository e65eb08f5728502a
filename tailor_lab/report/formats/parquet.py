"""Parquet: the evidence as data, with its types."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.report.format import ReportFormat

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.experiment.result import Result


def evidence(result: "Result") -> "pl.DataFrame":
    """A row per variant and metric; a column without a value still has its type."""
    import polars as pl

    return result.compare().to_frame().cast({"warnings": pl.List(pl.String)})


def write(result: "Result", path: Path, _: float | None) -> None:
    """Writes a row per variant and metric."""
    evidence(result).write_parquet(path)


FORMAT = ReportFormat(".parquet", "the evidence as data, with its types", write)
