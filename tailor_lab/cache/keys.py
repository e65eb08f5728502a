"""Keys: equal values give equal keys, in every process and version of Python.

A value is written in one canonical form and hashed. Types that compare equal but mean different
things (1, 1.0 and True; a list and a tuple) stay apart, the order of a mapping does not matter.
"""

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
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
    digest = hashlib.blake2b(b"".join(_canonical(parts, "key")), digest_size=32).digest()
    return f"{namespace}:{digest[:20].hex()}", digest[20:]


def _canonical(value: Any, where: str) -> Iterator[bytes]:
    """Tagged and length-prefixed bytes, so that no two values run into each other."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        yield _framed(*writer(value))
    elif isinstance(value, Mapping):
        yield _framed(b"m", str(len(value)).encode())
        yield from _sorted_parts(
            (b"".join(_canonical(key, where)), b"".join(_canonical(item, f"{where}[{key!r}]")))
            for key, item in value.items()
        )
    elif isinstance(value, list | tuple):
        yield _framed(b"l" if isinstance(value, list) else b"t", str(len(value)).encode())
        for index, item in enumerate(value):
            yield from _canonical(item, f"{where}[{index}]")
    elif isinstance(value, set | frozenset):
        yield _framed(b"e", str(len(value)).encode())
        yield from sorted(b"".join(_canonical(item, where)) for item in value)
    else:
        yield from _object(value, where)


def _object(value: Any, where: str) -> Iterator[bytes]:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        yield _framed(b"o", name.encode())
        yield from _canonical(fields, where)
    elif hasattr(value, "model_dump"):
        yield _framed(b"o", name.encode())
        yield from _canonical(value.model_dump(), where)
    elif kind.__module__ == "numpy" and hasattr(value, "dtype") and not value.dtype.hasobject:
        yield _framed(b"a", f"{value.dtype.str}{value.shape}".encode())
        yield value.tobytes()
    elif name.startswith("polars.") and hasattr(value, "to_dict") and hasattr(value, "schema"):
        yield _framed(b"p", str(value.schema).encode())
        yield from _canonical(value.to_dict(as_series=False), where)
    elif isinstance(value, PurePath):
        yield _framed(b"P", str(value).encode())
    else:
        raise UncacheableError(
            f"A cache key cannot hold {where}, a {name}: it has no canonical form. "
            "Use plain values, a dataclass, a pydantic model, an array or a frame."
        )


def _sorted_parts(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for key, item in sorted(pairs):
        yield key
        yield item


def _framed(tag: bytes, data: bytes) -> bytes:
    return tag + struct.pack(">Q", len(data)) + data


_WRITERS: Mapping[type, Callable[[Any], tuple[bytes, bytes]]] = {
    type(None): lambda _: (b"n", b""),
    bool: lambda value: (b"b", b"1" if value else b"0"),
    int: lambda value: (b"i", str(value).encode()),
    float: lambda value: (b"f", struct.pack(">d", value)),
    str: lambda value: (b"s", value.encode("utf-8", "surrogatepass")),
    bytes: lambda value: (b"y", value),
    datetime: lambda value: (b"D", value.isoformat().encode()),
    date: lambda value: (b"d", value.isoformat().encode()),
    time: lambda value: (b"T", value.isoformat().encode()),
    Decimal: lambda value: (b"c", str(value).encode()),
    UUID: lambda value: (b"u", value.bytes),
}
