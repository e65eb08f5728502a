"""The codec: values to bytes and back, exactly, or not at all.

The bytes are MessagePack; what it has no type for travels in an extension (tuples, sets, big
integers, dates). What would not come back as it was is refused by name. Nothing is ever pickled, so
reading what somebody planted can fail but not run. From 1 KB on, the bytes are compressed.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tailor_lab.cache.errors import UncacheableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESS_FROM = 1024
LEVEL = 1
_PLAIN, _ZSTD = b"\x00", b"\x01"
_ENCODER = msgspec.msgpack.Encoder()


def encode(value: Any) -> bytes:
    """The value as bytes. Raises `UncacheableError` for a type that would not come back exact.

    >>> decode(encode({"scores": (1, -0.0, 2**80)}))
    {'scores': (1, -0.0, 1208925819614629174706176)}
    """
    data = _ENCODER.encode(_pack(value, "value"))
    if len(data) < COMPRESS_FROM:
        return _PLAIN + data
    return _ZSTD + zstd.compress(data, LEVEL)


def decode(data: bytes) -> Any:
    """The value that `encode` was given. Raises `ValueError` for bytes that it did not make."""
    kind, body = data[:1], data[1:]
    try:
        if kind == _ZSTD:
            body = zstd.decompress(body)
        elif kind != _PLAIN:
            raise ValueError("an unknown codec")
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, zstd.ZstdError, LookupError, TypeError, UnicodeError) as error:
        raise ValueError(f"not a cached value: {error}") from None


def _pack(value: Any, where: str) -> Any:
    kind = type(value)
    if kind in _NATIVE:
        return value
    if kind is dict:
        return {_key(k, where): _pack(v, f"{where}[{k!r}]") for k, v in value.items()}
    if kind is list:
        return [_pack(item, where) for item in value]
    if kind is int:
        if -(2**63) <= value < 2**64:
            return value
        return msgspec.msgpack.Ext(_BIG, str(value).encode())
    for code, (wanted, write, _) in _EXTENSIONS.items():
        if kind is wanted:
            return msgspec.msgpack.Ext(code, _ENCODER.encode(_pack(write(value), where)))
    raise UncacheableError(
        f"A shared cache cannot hold {where}, a {kind.__module__}.{kind.__qualname__}: it would "
        "not come back as it was. Cache plain values, such as its fields."
    )


def _key(key: Any, where: str) -> Any:
    packed = _pack(key, where)
    if isinstance(packed, msgspec.msgpack.Ext | list | dict):
        raise UncacheableError(f"A shared cache cannot hold {where}: a key of it is {key!r}.")
    return packed


_NATIVE = frozenset({type(None), bool, float, str, bytes})
_BIG = 0
_EXTENSIONS: Mapping[int, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    1: (tuple, list, tuple),
    2: (set, list, set),
    3: (frozenset, list, frozenset),
    4: (datetime, datetime.isoformat, datetime.fromisoformat),
    5: (date, date.isoformat, date.fromisoformat),
    6: (time, time.isoformat, time.fromisoformat),
    7: (
        timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: timedelta(*parts),
    ),
    8: (Decimal, str, Decimal),
}


def _revive(code: int, data: memoryview) -> Any:
    if code == _BIG:
        return int(bytes(data))
    _, _, read = _EXTENSIONS[code]
    return read(_DECODER.decode(data))


_DECODER = msgspec.msgpack.Decoder(ext_hook=_revive)
