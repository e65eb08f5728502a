"""The codec: values to bytes and back, exactly, or not at all.

The bytes are MessagePack; what it has no type for travels in an extension (tuples, sets, big
integers, dates), and so do lists of floats, arrays and frames, as columns. What would not come back
as it was is refused by name. Nothing is ever pickled, so reading what somebody planted can fail but
not run. From 1 KB on, the bytes are compressed.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from tailor_lab.cache.encoding.columns import (
    is_column,
    read_array,
    read_floats,
    read_frame,
    write_array,
    write_floats,
    write_frame,
)
from tailor_lab.cache.errors import UncacheableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESS_FROM = 1024
LEVEL, TEXT_LEVEL = 1, 3
LARGEST = 2**29
"""Bytes that a value may unfold to, so that a planted entry cannot fill the memory."""
_SMALL, _WITH_DICTIONARY_FROM = 32 * 1024, 256
_PLAIN, _ZSTD = b"\x00", b"\x01"
_ENCODER = msgspec.msgpack.Encoder()


def encode(value: Any) -> bytes:
    """The value as bytes. Raises `UncacheableError` for a type that would not come back exact.

    >>> decode(encode({"scores": (1, -0.0, 2**80)}))
    {'scores': (1, -0.0, 1208925819614629174706176)}
    """
    return encode_sized(value)[0]


def encode_sized(
    value: Any,
    *,
    dictionary: "zstd.ZstdDict | None" = None,
    compress_from: int = COMPRESS_FROM,
) -> tuple[bytes, int]:
    """The value as bytes, and how many they would be as plain MessagePack.

    From `compress_from` bytes on they are compressed; with `dictionary` small values are, too.
    """
    packer = _Packer()
    try:
        data = _ENCODER.encode(packer.pack(value, "value"))
    except UnicodeEncodeError:
        raise UncacheableError("A shared cache cannot hold text with lone surrogates.") from None
    except RecursionError:
        raise UncacheableError("A shared cache cannot hold a value nested that deep.") from None
    if len(data) > LARGEST:
        raise UncacheableError(
            f"A shared cache cannot hold a value of {len(data):,} bytes; {LARGEST:,} are the most."
        )
    raw = len(data) + packer.saved
    if dictionary is not None and _WITH_DICTIONARY_FROM <= len(data) < _SMALL and not packer.saved:
        return _ZSTD + zstd.compress(data, TEXT_LEVEL, zstd_dict=dictionary.as_digested_dict), raw
    if len(data) < compress_from:
        return _PLAIN + data, raw
    return _ZSTD + zstd.compress(data, LEVEL if packer.saved else TEXT_LEVEL), raw


def decode(
    data: bytes | memoryview, dictionaries: "Callable[[int], zstd.ZstdDict | None] | None" = None
) -> Any:
    """The value that `encode` was given. Raises `ValueError` for bytes that it did not make.

    `dictionaries` finds the dictionary that a frame names.
    """
    try:
        return _DECODER.decode(_unfolded(data, dictionaries))
    except _BROKEN as error:
        raise ValueError(f"not a cached value: {error}") from None


def small_text(data: bytes | memoryview, longest: int) -> bytes | None:
    """The MessagePack of an encoded value that a dictionary could learn from, else None."""
    try:
        plain = bytes(_unfolded(data, None))
    except (ValueError, *_BROKEN):
        return None
    return plain if _WITH_DICTIONARY_FROM <= len(plain) <= longest else None


def _unfolded(
    data: bytes | memoryview, dictionaries: "Callable[[int], zstd.ZstdDict | None] | None"
) -> memoryview | bytes:
    kind, body = data[:1], memoryview(data)[1:]
    if kind == _PLAIN:
        return body
    if kind != _ZSTD:
        raise ValueError("an unknown codec")
    frame = zstd.get_frame_info(body)
    size, number = frame.decompressed_size, frame.dictionary_id
    if size is None or not 0 < size <= LARGEST:
        raise ValueError("a size that no value here has")
    if not number:
        return zstd.decompress(body)
    dictionary = dictionaries(number) if dictionaries else None
    if dictionary is None:
        raise ValueError(f"compressed with dictionary {number}, which is not there")
    return zstd.decompress(body, zstd_dict=dictionary)


class _Packer:
    """Turns a value into what MessagePack can hold; `saved` are the bytes that columns spare."""

    def __init__(self) -> None:
        self.saved = 0

    def pack(self, value: Any, where: str) -> Any:
        kind = type(value)
        if kind in _NATIVE:
            return value
        if kind is dict:
            return self._mapping(value, where)
        if kind is list:
            if is_column(value):
                column = write_floats(value)
                self.saved += 9 * len(value) - len(column)
                return msgspec.msgpack.Ext(_FLOATS, column)
            return [
                item if type(item) in _NATIVE else self.pack(item, f"{where}[{place}]")
                for place, item in enumerate(value)
            ]
        if kind is int:
            if -(2**63) <= value < 2**64:
                return value
            size = value.bit_length() // 8 + 1
            return msgspec.msgpack.Ext(_BIG, value.to_bytes(size, "big", signed=True))
        if kind in _CODES:
            code = _CODES[kind]
            write = _EXTENSIONS[code][1]
            return msgspec.msgpack.Ext(code, _ENCODER.encode(self.pack(write(value), where)))
        return self._columns(value, where)

    def _mapping(self, value: dict[Any, Any], where: str) -> Any:
        if all(type(key) is str for key in value):
            return {k: self.pack(v, f"{where}[{k!r}]") for k, v in value.items()}
        pairs = [
            [self.pack(k, f"a key of {where}"), self.pack(v, f"{where}[{k!r}]")]
            for k, v in value.items()
        ]
        return msgspec.msgpack.Ext(_PAIRS, _ENCODER.encode(pairs))

    def _columns(self, value: Any, where: str) -> Any:
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind.__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "shape"):
            known = not value.dtype.hasobject and value.dtype.names is None
            plain = known and value.dtype.itemsize > 0
            if plain and name == "numpy.ndarray":
                return msgspec.msgpack.Ext(_ARRAY, write_array(value))
            if plain and value.shape == ():
                return msgspec.msgpack.Ext(_SCALAR, write_array(np.asarray(value)))
        if name == "polars.dataframe.frame.DataFrame":
            return msgspec.msgpack.Ext(_FRAME, write_frame(value))
        raise UncacheableError(
            f"A shared cache cannot hold {where}, a {name}: it would not come back as it was. "
            "Cache plain values, such as its fields."
        )


def _iso(value: datetime | time) -> list[Any]:
    """A date or time with its zone; a zone that is no fixed offset goes by its name."""
    zone = value.tzinfo
    if zone is None or type(zone) is timezone:
        return [value.isoformat(), value.fold, None]
    if isinstance(zone, ZoneInfo) and zone.key:
        return [value.replace(tzinfo=None).isoformat(), value.fold, zone.key]
    raise UncacheableError(f"A shared cache cannot hold a time zone of type {type(zone)}.")


def _read_iso(kind: Any, parts: list[Any]) -> Any:
    text, fold, zone = parts
    value = kind.fromisoformat(text).replace(fold=fold)
    return value if zone is None else value.replace(tzinfo=ZoneInfo(zone))


_NATIVE = frozenset({type(None), bool, float, str, bytes})
_BIG, _FLOATS, _PAIRS, _ARRAY, _SCALAR, _FRAME = 0, 16, 17, 18, 19, 20
_EXTENSIONS: Mapping[int, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    1: (tuple, list, tuple),
    2: (set, list, set),
    3: (frozenset, list, frozenset),
    4: (datetime, _iso, lambda parts: _read_iso(datetime, parts)),
    5: (date, date.isoformat, date.fromisoformat),
    6: (time, _iso, lambda parts: _read_iso(time, parts)),
    7: (
        timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: timedelta(*parts),
    ),
    8: (Decimal, str, Decimal),
    9: (UUID, lambda value: value.bytes, lambda data: UUID(bytes=data)),
}
_CODES = {kind: code for code, (kind, _, _) in _EXTENSIONS.items()}
_COLUMNS: Mapping[int, Callable[[memoryview], Any]] = {
    _BIG: lambda data: int.from_bytes(data, "big", signed=True),
    _FLOATS: read_floats,
    _ARRAY: read_array,
    _SCALAR: lambda data: read_array(data)[()],
    _FRAME: read_frame,
}


def _revive(code: int, data: memoryview) -> Any:
    if code in _COLUMNS:
        return _COLUMNS[code](data)
    if code == _PAIRS:
        return dict(_DECODER.decode(data))
    _, _, read = _EXTENSIONS[code]
    return read(_DECODER.decode(data))


_DECODER = msgspec.msgpack.Decoder(ext_hook=_revive)
_BROKEN = (
    msgspec.MsgspecError,
    zstd.ZstdError,
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    SyntaxError,
    TypeError,
)
"""What reading bytes that were not written here can end in, beside `ValueError`."""
