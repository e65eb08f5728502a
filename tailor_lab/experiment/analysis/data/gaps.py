"""What of a frame's runs is not counted: values that are missing, and rows of other variants."""

from typing import TYPE_CHECKING

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.data.pairs import Floats
from tailor_lab.experiment.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from tailor_lab.experiment.design import Experiment

_SHOWN = 3


def refuse_infinite(
    frame: "pl.DataFrame", name: str, values: Floats, ok: "NDArray[np.bool_]"
) -> None:
    """Raises `InputError` for a finished run whose value of a metric is infinite."""
    endless = ok & np.isinf(values)
    if not endless.any():
        return
    row = int(endless.argmax())
    item, variant = frame["item_id"][row], frame["variant"][row]
    more = int(endless.sum()) - 1
    also = f" So have {more:,} other runs." if more > 1 else " So has another run." if more else ""
    raise InputError(
        f'Item "{item}" has {name} {values[row]:g} under "{variant}", not a number that a mean can '
        f'hold.{also} Give the run the status "failed", or leave the value empty.'
    )


def missing_values(
    frame: "pl.DataFrame", name: str, without: "NDArray[np.bool_]", ok: "NDArray[np.bool_]"
) -> str | None:
    """A sentence on the finished runs without a value of a metric; None where none lacks it.

    A variant none of whose runs has one is left out: the result itself says so.
    """
    import polars as pl

    runs = frame.select("variant", "item_id").with_columns(gone=pl.Series(without & ok))
    runs = runs.filter(pl.Series(ok))
    counts = runs.group_by("variant").agg(pl.len(), pl.col("gone").sum()).sort("variant")
    some = counts.filter((pl.col("gone") > 0) & (pl.col("gone") < pl.col("len")))
    gone, total = int(some["gone"].sum()), int(counts["len"].sum())
    if not gone:
        return None
    by_variant = list(some.select("variant", "gone").iter_rows())
    where = ", ".join(f"{variant} {count}" for variant, count in by_variant)
    if len(by_variant) == 1:
        where = f"of {by_variant[0][0]}" if gone == 1 else f"all of {by_variant[0][0]}"
    lost = runs.filter(pl.col("gone") & pl.col("variant").is_in(some["variant"].implode()))
    items = sorted(set(lost["item_id"].to_list()))
    named = ", ".join(f'"{item:.60}"' for item in items[:_SHOWN])
    rest = f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else ""
    verb = "is" if gone == 1 else "are"
    return (
        f"{gone:,} of {total:,} {name} values {verb} missing though the runs finished, {where}: "
        f"{'item' if len(items) == 1 else 'items'} {named}{rest}."
    )


def foreign_rows(frame: "pl.DataFrame", experiment: "Experiment") -> dict[str, int]:
    """How many rows each variant has that the experiment does not know."""
    known = [variant.name for variant in experiment.variants]
    counts = frame.group_by("variant").len().sort("variant").iter_rows()
    return {name: count for name, count in counts if name not in known}


def left_out(foreign: "Mapping[str, int]", known: "Sequence[str]") -> "Iterator[str]":
    """A sentence for each variant whose rows are not counted; of many for the first few."""
    for name, count in list(foreign.items())[:_SHOWN]:
        verb = "is" if count == 1 else "are"
        yield (
            f'{counted(count, "rows")} {verb} left out, of the variant "{name:.60}", which the '
            f"experiment does not have; it has {', '.join(known)}."
        )
    if len(foreign) > _SHOWN:
        rows = sum(list(foreign.values())[_SHOWN:])
        others = counted(len(foreign) - _SHOWN, "other variants")
        yield f"So {'is' if rows == 1 else 'are'} {counted(rows, 'rows')} of {others}."


def commonest_reason(failed: "pl.DataFrame") -> str:
    """Why most of the failed runs failed, where the log says so."""
    if "error" not in failed.columns or failed["error"].drop_nulls().is_empty():
        return ""
    kinds = failed["error_type"] if "error_type" in failed.columns else failed["error"]
    kind = kinds.drop_nulls().mode().sort()[0]
    first = failed.filter(kinds == kind).sort("item_id")["error"].drop_nulls()[0]
    return f", most by {kind}; the first: {str(first).removesuffix('.')}"
