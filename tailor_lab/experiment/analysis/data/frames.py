"""A frame of runs as the analysis takes it, whatever library it is of."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.sources.tables import frame_of

if TYPE_CHECKING:
    import polars as pl

_STATUSES = ("ok", "failed")


def runs_of(given: Any, experiment: Experiment, *, whole: bool) -> "pl.DataFrame":
    """The frame as polars has it, with a replicate and a status for each run.

    One run an item and variant needs neither. Where the frame is the `whole` of the experiment, a
    variant without any row and a status nobody knows raise `InputError`, as does a frame without
    items or variants.
    """
    import polars as pl

    if isinstance(given, str | bytes | Path):
        raise InputError(
            f"compare takes a frame of runs, not {str(given)!r:.80}; read a file first: "
            'compare(read_results("…"), experiment).'
        )
    frame = given if isinstance(given, pl.DataFrame) else frame_of(given)
    for name in ("item_id", "variant"):
        if name not in frame.columns:
            raise InputError(
                f'The frame has no column "{name}"; it needs item_id, variant and a column per '
                f"metric. It has {', '.join(frame.columns) or 'none'}."
            )
        if frame[name].dtype != pl.String:
            frame = frame.with_columns(pl.col(name).cast(pl.String))
        if frame[name].null_count():
            place = frame[name].is_null().arg_max()
            raise InputError(f'Row {(place or 0) + 1} of the frame has no "{name}".')
    if "replicate" not in frame.columns:
        frame = frame.with_columns(replicate=pl.lit(0))
    elif frame["replicate"].null_count() == frame.height and not whole:
        # Runs that were recorded by hand, one an item and variant.
        frame = frame.with_columns(replicate=pl.lit(0))
    elif not frame["replicate"].dtype.is_integer() or frame["replicate"].null_count():
        frame = frame.with_columns(replicate=_whole_numbers(frame["replicate"]))
    if "status" not in frame.columns:
        frame = frame.with_columns(status=pl.lit("ok"))
    if frame["status"].null_count():
        row = frame["status"].is_null().arg_max() or 0
        raise InputError(f'Row {row + 1} of the frame has no "status"; use "ok" or "failed".')
    if whole:
        _check(frame, experiment)
    return frame


def _whole_numbers(column: "pl.Series") -> "pl.Series":
    """The numbers of replicates as integers; another library may keep them as floats."""
    import polars as pl

    numbers = column.cast(pl.Float64, strict=False)
    if column.dtype.is_numeric() and numbers.is_finite().fill_null(False).all():
        whole = numbers.cast(pl.Int64, strict=False)
        if (whole == numbers).fill_null(False).all():
            return whole
    raise InputError(
        'The column "replicate" of the frame must hold a whole number in every row, such as 0.'
    )


def values_of(frame: "pl.DataFrame", name: str) -> "pl.Series":
    """A column of numbers, nan where there is none. Raises `InputError` for anything else."""
    import polars as pl

    column = frame[name]
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise InputError(
            f'The column "{name}" of the frame holds {column.dtype}; a metric needs numbers.'
        )
    return column.cast(pl.Float64).fill_null(float("nan"))


def _check(frame: "pl.DataFrame", experiment: Experiment) -> None:
    there = set(frame["variant"].unique().to_list())
    for variant in experiment.variants:
        if variant.name not in there:
            names = ", ".join(f'"{name}"' for name in sorted(there)) or "none"
            raise InputError(
                f'No row of the frame has the variant "{variant.name}"; its variants are {names}.'
            )
    known = frame["status"].unique().to_list()
    foreign = next((word for word in known if word not in _STATUSES), None)
    if foreign is not None:
        raise InputError(
            f'A run of the frame has the status {foreign!r}; use "ok" for what finished and '
            '"failed" for what did not.'
        )
