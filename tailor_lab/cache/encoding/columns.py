"""Columns: lists of floats, arrays and frames as typed bytes that compress well.

A list of floats is kept in the smallest type that gives every bit back: float32, a decimal times a
power of ten, float32 as its shortest text reads, else float64. Bytes are then put in planes, all
first bytes before all second bytes, which is what lets zstd find anything in numbers.
"""

import io
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

SHORTEST = 16
"""Lists shorter than this gain nothing."""
_FLOAT64, _FLOAT32, _SHORTEST32, _DECIMAL = range(4)
_HEAD = 16
"""So many numbers at the start of a list tell which types are worth trying on all of it."""
_LONGEST_TEXT = 15
"""Characters of the longest shortest text of a float32; float64 with all its digits has more."""
_MOST_DECIMALS = 8
_FEW_DIGITS, _MOST_DIGITS = 6, 16
"""Decimals that the search for a shortest text goes through; powers of ten are exact up to 22."""


def is_column(values: list[Any]) -> bool:
    """Whether a list holds floats alone, and enough of them."""
    return (
        len(values) >= SHORTEST and type(values[0]) is float and set(map(type, values)) == {float}
    )


def write_floats(values: list[float]) -> bytes:
    """A list of floats as bytes: the mode, its exponent, the planes."""
    exact = np.array(values, dtype="<f8")
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = exact.astype("<f4")
        if _same(narrow.astype("<f8"), exact):
            return bytes((_FLOAT32, 4)) + _planes(narrow)
        texts = [repr(value) for value in values[:_HEAD]]
        if max(map(len, texts)) <= _LONGEST_TEXT:
            decimal = _as_decimal(exact, max(map(_decimals, texts)))
            if decimal is not None:
                return decimal
            if _same(_shortest(narrow), exact):
                return bytes((_SHORTEST32, 4)) + _planes(narrow)
    return bytes((_FLOAT64, 8)) + _planes(exact)


def read_floats(data: bytes | memoryview) -> list[float]:
    """The list that `write_floats` was given."""
    mode, detail = data[0], data[1]
    if mode == _DECIMAL:
        digits, width = detail >> 4, detail & 15
        folded = _from_planes(data[2:], f"<u{width}")
        whole = (folded >> 1).astype("<i8") ^ -(folded & 1).astype("<i8")
        return (whole / 10.0**digits).tolist()  # type: ignore[no-any-return]
    numbers = _from_planes(data[2:], f"<f{detail}")
    if mode == _SHORTEST32:
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = _shortest(numbers)
    elif mode not in {_FLOAT32, _FLOAT64}:
        raise ValueError(f"an unknown kind of column, {mode}")
    return numbers.astype("<f8").tolist()  # type: ignore[no-any-return]


def write_array(array: npt.NDArray[Any]) -> bytes:
    """An array, with its type, shape and order."""
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    flat = np.ravel(array, order="F" if fortran else "C")
    head = msgspec.msgpack.encode((array.dtype.str, array.shape, fortran))
    return len(head).to_bytes(2, "big") + head + _planes(flat)


def read_array(data: bytes | memoryview) -> npt.NDArray[Any]:
    """The array that `write_array` was given; it may be written to."""
    length = int.from_bytes(data[:2], "big")
    kind = tuple[str, tuple[int, ...], bool]
    dtype, shape, fortran = msgspec.msgpack.decode(data[2 : 2 + length], type=kind)
    if "O" in dtype:
        raise ValueError("an array of objects")
    flat = _from_planes(data[2 + length :], dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def write_frame(frame: Any) -> bytes:
    """A polars frame as Arrow IPC."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    return buffer.getvalue()


def read_frame(data: bytes | memoryview) -> Any:
    """The frame that `write_frame` was given. Raises `ValueError` for anything else."""
    import polars as pl

    try:
        return pl.read_ipc(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # On broken files polars does not only raise: it panics, which is no `Exception`.
        raise ValueError(f"no frame: {type(error).__name__}") from None


def _as_decimal(exact: npt.NDArray[Any], least: int) -> bytes | None:
    """Whole numbers over a power of ten with at least so many decimals, where all fit."""
    for digits in range(least, _MOST_DECIMALS + 1):
        whole = np.rint(exact * 10.0**digits)
        if not np.abs(whole).max() < 2.0**31:
            return None
        signed = whole.astype("<i8")
        # Of the whole numbers that are kept, which have no -0.
        if _same(signed / 10.0**digits, exact):
            # The sign goes to the last bit, so that small numbers have empty high bytes.
            folded = (signed << 1) ^ (signed >> 63)
            largest = int(folded.max())
            width = 1 if largest < 2**8 else 2 if largest < 2**16 else 4
            detail = bytes((_DECIMAL, digits << 4 | width))
            return detail + _planes(folded.astype(f"<u{width}"))
    return None


def _decimals(text: str) -> int:
    """How many decimals a number has, given its shortest text.

    >>> _decimals("0.025"), _decimals("2.5e-05"), _decimals("inf")
    (3, 6, 0)
    """
    mantissa, _, exponent = text.partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))


def _shortest(narrow: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What the shortest decimal text of each float32 reads as in float64.

    It is the number with the fewest decimals that rounds to the float32. A whole number over a
    power of ten is read as text is: both give the nearest float64.
    """
    found = narrow.astype("<f8")
    fits, short = _rounded(found, narrow, _FEW_DIGITS)
    # What has few decimals is rare among float32, so most of the search begins after them.
    few, many = np.flatnonzero(fits), np.flatnonzero(~fits)
    found[few] = short[few]
    searches = ((few, range(_FEW_DIGITS)), (many, range(_FEW_DIGITS + 1, _MOST_DIGITS)))
    for places, decimals in searches:
        left, wide, target = places, found[places], narrow[places]
        for digits in decimals:
            if not len(left):
                break
            fits, short = _rounded(wide, target, digits)
            found[left[fits]] = short[fits]
            open_ = ~fits
            left, wide, target = left[open_], wide[open_], target[open_]
    return found


def _rounded(
    wide: npt.NDArray[Any], target: npt.NDArray[Any], digits: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Which numbers have a decimal of so many digits that is still their float32, and it."""
    power = 10.0**digits
    short = np.rint(wide * power) / power
    return short.astype("<f4") == target, short


def _same(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    """Whether every bit is equal: -0.0 is not 0.0, and each nan is itself."""
    return np.array_equal(a.view("<i8"), b.view("<i8"))


def _planes(flat: npt.NDArray[Any]) -> bytes:
    width = flat.dtype.itemsize
    if width in {2, 4, 8}:
        return flat.view(np.uint8).reshape(-1, width).T.tobytes()
    return flat.tobytes()


def _from_planes(data: bytes | memoryview, dtype: str) -> npt.NDArray[Any]:
    kind = np.dtype(dtype)
    planes = np.frombuffer(data, dtype=np.uint8)
    if kind.itemsize in {2, 4, 8}:
        planes = planes.reshape(kind.itemsize, -1).T
    return np.frombuffer(bytearray(planes.tobytes()), dtype=kind)
