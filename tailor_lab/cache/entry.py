"""Entries: a value with how long it is fresh and what it cost, and its bytes in a shared tier."""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

from tailor_lab.cache import codec

VERSION = 1
_HEADER = struct.Struct(">B4dI")


@dataclass(frozen=True)
class Entry:
    """A cached value. Times are seconds since the epoch; infinity means for ever."""

    value: Any
    fresh_until: float
    stale_until: float
    seconds: float = 0.0
    """What computing it took, and a hit saves."""
    usd: float = 0.0
    size: int = 0
    """Bytes in a shared tier, or an estimate where there is none."""

    def fresh(self, now: float) -> bool:
        """Whether it may be served as it is."""
        return now < self.fresh_until

    def alive(self, now: float) -> bool:
        """Whether it may be served at all."""
        return now < self.stale_until


def pack(entry: Entry) -> bytes:
    """An entry as bytes: a header with a checksum, then the value."""
    payload = codec.encode(entry.value)
    fields = (entry.fresh_until, entry.stale_until, entry.seconds, entry.usd)
    check = zlib.crc32(payload, zlib.crc32(struct.pack(">4d", *fields)))
    return _HEADER.pack(VERSION, *fields, check) + payload


def unpack(data: bytes) -> Entry:
    """The entry in the bytes. Raises `ValueError` where they are damaged or of another version."""
    if len(data) < _HEADER.size:
        raise ValueError("cut short")
    version, *fields, check = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"version {version}")
    payload = data[_HEADER.size :]
    if zlib.crc32(payload, zlib.crc32(struct.pack(">4d", *fields))) != check:
        raise ValueError("wrong checksum")
    fresh_until, stale_until, seconds, usd = fields
    return Entry(codec.decode(payload), fresh_until, stale_until, seconds, usd, len(data))
