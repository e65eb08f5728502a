"""Columns: lists of floats, arrays and frames as typed bytes that compress well.

A list of floats is kept in the smallest type that gives every bit back: float32, a decimal times a
power of ten, float32 as shortest text, else float64. Bytes are then put in planes, all first bytes
before all second bytes, which is what lets zstd find anything in numbers.
"""

import io
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

SHORTEST = 16
"""Lists shorter than this gain nothing."""
_FLOAT64, _FLOAT32, _TEXT32, _DECIMAL = range(4)
_DIGITS = (6, 8, 4, 7, 5, 3, 2, 1)


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
        decimal = _as_decimal(exact)
        if decimal is not None:
            return decimal
        if _as_text(narrow[:32], exact[:32]) and _as_text(narrow, exact):
            return bytes((_TEXT32, 4)) + _planes(narrow)
    return bytes((_FLOAT64, 8)) + _planes(exact)


def read_floats(data: bytes | memoryview) -> list[float]:
    """The list that `write_floats` was given."""
    mode, detail = data[0], data[1]
    if mode == _DECIMAL:
        digits, width = detail >> 4, detail & 15
        whole = _from_planes(data[2:], f"<i{width}")
        return (whole / 10.0**digits).tolist()  # type: ignore[no-any-return]
    numbers = _from_planes(data[2:], f"<f{detail}")
    if mode == _TEXT32:
        numbers = numbers.astype("U32")
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
    """The frame that `write_frame` was given."""
    import polars as pl

    return pl.read_ipc(io.BytesIO(data))


def _as_decimal(exact: npt.NDArray[Any]) -> bytes | None:
    head = exact[:32]
    for digits in _DIGITS:
        # The first few numbers tell most columns; only then are all of them tried.
        for part in (head, exact):
            whole = np.rint(part * 10.0**digits)
            fits = bool(np.all(np.abs(whole) < 2.0**31)) and _same(whole / 10.0**digits, part)
            if not fits:
                break
        else:
            largest = int(np.abs(whole).max())
            width = 1 if largest < 2**7 else 2 if largest < 2**15 else 4
            detail = bytes((_DECIMAL, digits << 4 | width))
            return detail + _planes(whole.astype(f"<i{width}"))
    return None


def _as_text(narrow: npt.NDArray[Any], exact: npt.NDArray[Any]) -> bool:
    """Whether the numbers are what the shortest text of a float32 reads as."""
    return _same(narrow.astype("U32").astype("<f8"), exact)


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
