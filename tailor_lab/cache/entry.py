"""Entries: a value with how long it is fresh and what it cost, and its bytes in a shared tier."""

import struct
import zlib
from typing import Any

import msgspec

from tailor_lab.cache.clock import AHEAD_S
from tailor_lab.cache.encoding import codec
from tailor_lab.cache.tags import Stamp

VERSION = 3
_SEAL = struct.Struct(">BI")
"""Version, checksum of all that follows."""
_FACTS = struct.Struct(">BIB5dQ12sH")
"""The seal; whether it stands for a failure; fresh until, stale until, seconds, USD, made; bytes
before compression; check; length of the tags, which come next and before the value."""
_TAGS = msgspec.msgpack.Decoder(tuple[tuple[str, int], ...])


class Entry(msgspec.Struct, frozen=True):
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
    check: bytes = bytes(12)
    """A second hash of the key, so that two keys with one name are not taken for each other."""
    failed: bool = False
    """Whether the value is the name and the text of an exception that computing it raised."""

    def fresh(self, now: float) -> bool:
        """Whether it may be served as it is."""
        return now < self.fresh_until and self.made <= now + AHEAD_S

    def alive(self, now: float) -> bool:
        """Whether it may be served at all."""
        return now < self.stale_until and self.made <= now + AHEAD_S


def pack(entry: Entry, **how: Any) -> tuple[bytes, int]:
    """An entry as bytes (seal, facts, tags, value), and the value's size uncompressed.

    `how` are the options of `codec.encode_sized`.
    """
    payload, raw = codec.encode_sized(entry.value, **how)
    tags = msgspec.msgpack.encode(entry.tags) if entry.tags else b""
    facts = _FACTS.pack(
        VERSION,
        0,
        entry.failed,
        entry.fresh_until,
        entry.stale_until,
        entry.seconds,
        entry.usd,
        entry.made,
        raw,
        entry.check,
        len(tags),
    )
    body = b"".join((facts[_SEAL.size :], tags, payload))
    return _SEAL.pack(VERSION, zlib.crc32(body)) + body, raw


def unpack(data: bytes, dictionaries: Any = None) -> Entry:
    """The entry in the bytes. Raises `ValueError` where they are damaged or of another version."""
    if len(data) < _FACTS.size:
        raise ValueError("cut short")
    version, seal, failed, fresh, stale, took, usd, made, raw, check, length = _FACTS.unpack_from(
        data
    )
    if version != VERSION:
        raise ValueError(f"version {version}")
    if zlib.crc32(memoryview(data)[_SEAL.size :]) != seal:
        raise ValueError("wrong checksum")
    start = _FACTS.size + length
    tags = _TAGS.decode(data[_FACTS.size : start]) if length else ()
    value = codec.decode(memoryview(data)[start:], dictionaries)
    return Entry(value, fresh, stale, took, usd, len(data), raw, made, tags, check, failed == 1)


def payload(data: bytes) -> memoryview:
    """The encoded value of an entry."""
    return memoryview(data)[_FACTS.size + _FACTS.unpack_from(data)[-1] :]
