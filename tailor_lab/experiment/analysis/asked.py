"""What somebody asked for, checked: the metric of a name, and numbers that are ones."""

import math
from collections.abc import Sequence

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.data.table import NOT_METRICS
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.result import Result


def metric_of(result: Result, name: str | None) -> Metric:
    """The metric of that name, by default the primary one.

    It is one of the experiment's, or another number that the runs have. Raises `InputError` for any
    other name, with those that are known.
    """
    experiment = result.experiment
    if name is None:
        return experiment.primary
    own = [metric.name for metric in experiment.all_metrics]
    measured = measured_by(result)
    if name in own or name in measured:
        return experiment.metric(name)
    more = [each for each in measured if each not in own]
    also = f"; its runs have {', '.join(more)} too" if more else ""
    raise InputError(
        f'Experiment "{experiment.name}" has no metric {name!r:.60}; it has {", ".join(own)}{also}.'
    )


def measured_by(result: Result) -> Sequence[str]:
    """The names of all numbers that some run of a result has, in order."""
    import polars as pl

    frame = result.frame
    return sorted(
        name
        for name, kind in frame.schema.items()
        if (kind.is_numeric() or kind == pl.Boolean)
        and name not in NOT_METRICS
        and frame[name].count()
    )


def number_of(name: str, value: object, what: str) -> float:
    """The value as a finite number. Raises `InputError`, which says `what` is meant, for others."""
    found = math.nan
    if not isinstance(value, bool | str):
        try:
            found = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{name} is {value!r:.60}; use {what}.")
    return found


def count_of(name: str, value: object, least: int) -> int:
    """The value as a whole number of at least `least`. Raises `InputError` for others."""
    found = number_of(name, value, f"{least} or more")
    if found < least or found != int(found):
        raise InputError(f"{name} is {value!r:.60}; use {least} or more.")
    return int(found)
