"""Entries: a value with how long it is fresh and what it cost, and its bytes in a shared tier."""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from tailor_lab.cache import codec
from tailor_lab.cache.clock import AHEAD_S
from tailor_lab.cache.tags import Stamp

VERSION = 2
_HEADER = struct.Struct(">BII")
"""Version, checksum of all that follows it, length of the facts before the value."""


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
    raw: int = 0
    """Bytes before compression."""
    made: float = 0.0
    tags: Stamp = ()
    check: bytes = b""
    """A second hash of the key, so that two keys with one name are not taken for each other."""

    def fresh(self, now: float) -> bool:
        """Whether it may be served as it is."""
        return now < self.fresh_until and self.made <= now + AHEAD_S

    def alive(self, now: float) -> bool:
        """Whether it may be served at all."""
        return now < self.stale_until and self.made <= now + AHEAD_S


class _Facts(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a shared tier keeps of an entry beside its value."""

    fresh_until: float
    stale_until: float
    seconds: float
    usd: float
    raw: int
    made: float
    tags: tuple[tuple[str, int], ...]
    check: bytes


_DECODER = msgspec.msgpack.Decoder(_Facts)


def pack(entry: Entry) -> tuple[bytes, int]:
    """An entry as bytes (version, checksum, facts, value), and the value's size uncompressed."""
    payload, raw = codec.encode_sized(entry.value)
    facts = msgspec.msgpack.encode(
        _Facts(
            entry.fresh_until,
            entry.stale_until,
            entry.seconds,
            entry.usd,
            raw,
            entry.made,
            entry.tags,
            entry.check,
        )
    )
    body = struct.pack(">I", len(facts)) + facts + payload
    return struct.pack(">BI", VERSION, zlib.crc32(body)) + body, raw


def unpack(data: bytes) -> Entry:
    """The entry in the bytes. Raises `ValueError` where they are damaged or of another version."""
    if len(data) < _HEADER.size:
        raise ValueError("cut short")
    version, check, length = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"version {version}")
    if zlib.crc32(memoryview(data)[5:]) != check:
        raise ValueError("wrong checksum")
    facts = _DECODER.decode(memoryview(data)[_HEADER.size : _HEADER.size + length])
    return Entry(
        codec.decode(data[_HEADER.size + length :]),
        facts.fresh_until,
        facts.stale_until,
        facts.seconds,
        facts.usd,
        len(data),
        facts.raw,
        facts.made,
        facts.tags,
        facts.check,
    )
