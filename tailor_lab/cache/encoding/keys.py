"""Keys: equal values give equal keys, in every process and version of Python.

A value is written in one canonical form and hashed. Types that compare equal but mean different
things (1, 1.0 and True; a list and a tuple) stay apart, the order of a mapping does not matter.
"""

import dataclasses
import struct
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from uuid import UUID

from tailor_lab.cache.errors import UncacheableError


def key_of(namespace: str, parts: Any) -> str:
    """The key of a value in a namespace: the namespace, a colon and 40 hexadecimal digits.

    Raises `UncacheableError` naming the type and the place of what has no canonical form.

    >>> key_of("ats", {"a": 1, "b": [2]}) == key_of("ats", {"b": [2], "a": 1})
    True
    >>> key_of("ats", 1) == key_of("ats", 1.0)
    False
    """
    return key_and_check(namespace, parts)[0]


def key_and_check(namespace: str, parts: Any) -> tuple[str, bytes]:
    """The key, and twelve more bytes of the hash, which an entry keeps to prove whose it is."""
    pieces: list[bytes] = []
    _write(parts, "key", pieces)
    digest = blake2b(b"".join(pieces), digest_size=32).digest()
    return f"{namespace}:{digest[:20].hex()}", digest[20:]


def _write(value: Any, where: str, pieces: list[bytes]) -> None:
    """Adds tagged and length-prefixed bytes, so that no two values run into each other."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        tag, data = writer(value)
        pieces += (tag, _length(len(data)), data)
    elif isinstance(value, Mapping):
        _write_head(b"m", str(len(value)).encode(), pieces)
        named = ((_alone(key, where), _alone(v, f"{where}[{key!r}]")) for key, v in value.items())
        for pair in sorted(named):
            pieces += pair
    elif isinstance(value, list | tuple):
        _write_head(b"l" if isinstance(value, list) else b"t", str(len(value)).encode(), pieces)
        for index, item in enumerate(value):
            _write(item, f"{where}[{index}]", pieces)
    elif isinstance(value, set | frozenset):
        _write_head(b"e", str(len(value)).encode(), pieces)
        pieces += sorted(_alone(item, where) for item in value)
    else:
        _write_object(value, where, pieces)


def _write_object(value: Any, where: str, pieces: list[bytes]) -> None:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        _write_head(b"o", name.encode(), pieces)
        _write(fields, where, pieces)
    elif hasattr(value, "model_dump"):
        _write_head(b"o", name.encode(), pieces)
        _write(value.model_dump(), where, pieces)
    elif kind.__module__ == "numpy" and hasattr(value, "dtype") and not value.dtype.hasobject:
        _write_head(b"a", f"{value.dtype.str}{value.shape}".encode(), pieces)
        pieces.append(value.tobytes())
    elif name.startswith("polars.") and hasattr(value, "to_dict") and hasattr(value, "schema"):
        _write_head(b"p", str(value.schema).encode(), pieces)
        _write(value.to_dict(as_series=False), where, pieces)
    elif isinstance(value, PurePath):
        _write_head(b"P", str(value).encode(), pieces)
    else:
        raise UncacheableError(
            f"A cache key cannot hold {where}, a {name}: it has no canonical form. "
            "Use plain values, a dataclass, a pydantic model, an array or a frame."
        )


def _alone(value: Any, where: str) -> bytes:
    pieces: list[bytes] = []
    _write(value, where, pieces)
    return b"".join(pieces)


def _write_head(tag: bytes, data: bytes, pieces: list[bytes]) -> None:
    pieces += (tag, _length(len(data)), data)


_length = struct.Struct(">Q").pack
_number = struct.Struct(">d").pack
_WRITERS: Mapping[type, Callable[[Any], tuple[bytes, bytes]]] = {
    type(None): lambda _: (b"n", b""),
    bool: lambda value: (b"b", b"1" if value else b"0"),
    int: lambda value: (b"i", str(value).encode()),
    float: lambda value: (b"f", _number(value)),
    str: lambda value: (b"s", value.encode("utf-8", "surrogatepass")),
    bytes: lambda value: (b"y", value),
    datetime: lambda value: (b"D", value.isoformat().encode()),
    date: lambda value: (b"d", value.isoformat().encode()),
    time: lambda value: (b"T", value.isoformat().encode()),
    Decimal: lambda value: (b"c", str(value).encode()),
    UUID: lambda value: (b"u", value.bytes),
}
