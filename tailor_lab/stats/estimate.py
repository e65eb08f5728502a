"""What every estimator returns, and what all of them do with their input."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError

Floats = NDArray[np.float64]
Numbers = Any
"""One column of numbers: a list, an array, a polars column, or a DuckDB relation with one column.

A relation has no order of its own: give those that are paired the same ORDER BY.
"""

ROUNDING = 1e-12
"""A spread below this share of the largest value is rounding."""


class NotEnoughData(InputError):  # noqa: N818 (the name is part of the face)
    """Too few values for an estimate."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval. Differences are variant minus baseline.

    An end of the interval is None where the data do not bound it, or where the method gives no
    interval. `p` is two-sided, against no difference, and None where the method has none. No field
    is ever nan: a result that would be is refused with `InputError`.
    """

    value: float
    """In the unit of the values, or as `method` says."""
    low: float | None
    """Lower end of the interval at `level`."""
    high: float | None
    """Upper end."""
    p: float | None
    n: int
    """Items, pairs or values that it rests on, the missing ones left out."""
    method: str
    level: float = 0.95
    warnings: tuple[str, ...] = ()
    se: float | None = None
    """Standard error of `value`; None where the method does not rest on one."""
    df: float | None = None
    """Degrees of freedom of Student's t; None for the normal and for methods without one."""

    def __post_init__(self) -> None:
        """Refuses what arithmetic could not give, such as the variance of values near 1e300."""
        given = (self.value, self.low, self.high, self.p, self.se)
        if any(number is not None and math.isnan(number) for number in given):
            raise InputError(
                f"{self.method} gives no number for these values; they may be too large. "
                "Use a smaller unit."
            )


def numbers(values: Numbers, name: str) -> Floats:
    """The values as floats, shape (n,). Raises `InputError` for another shape or for text."""
    if hasattr(values, "fetchnumpy"):
        values = _column(values, name)
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers.") from None
    if array.ndim != 1:
        raise InputError(f"{name} must have one dimension, not {array.ndim}.")
    return array


def _column(relation: Numbers, name: str) -> NDArray[np.generic]:
    """The only column of a DuckDB relation, with nan for NULL."""
    columns = list(relation.fetchnumpy().values())
    if len(columns) != 1:
        raise InputError(f"{name} is a relation of {len(columns)} columns; select one.")
    column = columns[0]
    return np.ma.filled(column.astype(float), np.nan) if np.ma.isMA(column) else column


def pairs(a: Numbers, b: Numbers) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Both as floats without the pairs that are not finite, and a warning that counts those."""
    first, second = numbers(a, "a"), numbers(b, "b")
    if len(first) != len(second):
        raise InputError(f"a has {len(first)} values and b has {len(second)}; pairs need as many.")
    keep = np.isfinite(first) & np.isfinite(second)
    dropped = int((~keep).sum())
    warnings = (f"{dropped} pairs without two finite values were left out.",) if dropped else ()
    return first[keep], second[keep], warnings


def finite(values: Numbers, name: str) -> tuple[Floats, tuple[str, ...]]:
    """The finite values, and a warning that counts the others."""
    array = numbers(values, name)
    keep = np.isfinite(array)
    dropped = int((~keep).sum())
    return array[keep], (f"{dropped} values that are not finite were left out.",) if dropped else ()


def same_length(values: Floats, labels: Numbers, what: str) -> NDArray[np.generic]:
    """The labels, shape (n,), one a value. Raises `InputError` where one is missing or too many."""
    if hasattr(labels, "fetchnumpy"):
        labels = next(iter(labels.fetchnumpy().values()))
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) != len(values):
        raise InputError(f"{len(values)} values have {len(array)} {what}; give one for each.")
    missing = np.flatnonzero(_missing(labels, array))
    if len(missing):
        raise InputError(
            f"{len(missing)} of the {what} are missing, the first at position {missing[0]}; "
            "give every value a label, one of its own where it stands alone."
        )
    return array


def _missing(labels: Numbers, array: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Which labels are masked, None, nan, or the missing values of pandas."""
    masked = np.ma.getmaskarray(labels) if np.ma.isMA(labels) else np.zeros(len(array), dtype=bool)
    if array.dtype.kind in "fMm":
        nothing = np.isnan(array) if array.dtype.kind == "f" else np.isnat(array)
        return np.asarray(masked | nothing)
    if array.dtype.kind == "O" or isinstance(labels, list | tuple):
        # From the labels themselves: beside text, numpy would turn nan into the label "nan".
        alone = [
            each is None or type(each).__name__ in _NOTHING or _is_nan(each) for each in labels
        ]
        return np.asarray(masked | np.array(alone, dtype=bool))
    return masked


_NOTHING = {"NAType", "NaTType"}


def _is_nan(label: object) -> bool:
    return isinstance(label, float) and math.isnan(label)


def at_least(n: int, needed: int, what: str) -> None:
    """Raises `NotEnoughData` below `needed`."""
    if n < needed:
        there = f"is 1 {singular(what)}" if n == 1 else f"are {n} {what}"
        raise NotEnoughData(f"There {there}; this needs {needed} or more.")


def singular(what: str) -> str:
    """One of what is counted: "clusters" is "cluster", "items that both had" "item that both had".

    The first word that ends in "s" is the noun.
    """
    words = what.split()
    noun = next((i for i, word in enumerate(words) if word.endswith("s")), None)
    return " ".join(word[:-1] if i == noun else word for i, word in enumerate(words))


def check_level(level: float) -> None:
    """Raises `InputError` for a confidence level outside 0 to 1."""
    if not 0 < level < 1:
        raise InputError(f"level is {level}; it must lie between 0 and 1, such as 0.95.")


def no_spread(se: float, largest: float) -> bool:
    """Whether a standard error is 0 or rounding next to the largest of the values."""
    return se <= ROUNDING * largest or se == 0


def unknown_spread(
    value: float, *, n: int, method: str, level: float, warnings: Sequence[str], equal: str
) -> Estimate:
    """An estimate without ends and p: where nothing varied, how far it may vary is not known."""
    note = f"All {equal} are equal, so their spread is not known."
    return Estimate(value, None, None, None, n, method, level, (*warnings, note))


def from_t(
    value: float,
    se: float,
    df: float,
    *,
    n: int,
    method: str,
    level: float,
    warnings: Sequence[str] = (),
    largest: float = 0.0,
    equal: str = "",
) -> Estimate:
    """An estimate whose error follows Student's t; without ends and p where there is no spread.

    `largest` is the largest size of the values, next to which a standard error may be rounding;
    `equal` says what is equal without a spread, such as "12 differences".
    """
    from scipy.stats import t

    if no_spread(se, max(largest, abs(value))):
        return unknown_spread(
            value,
            n=n,
            method=method,
            level=level,
            warnings=warnings,
            equal=equal or f"{n} differences",
        )
    half = float(t.ppf(0.5 + level / 2, df)) * se
    p = float(2 * t.sf(abs(value / se), df))
    return Estimate(value, value - half, value + half, p, n, method, level, tuple(warnings), se, df)
