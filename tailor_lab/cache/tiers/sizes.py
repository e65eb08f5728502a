"""Sizes in bytes, as people write them."""

import re
import sys
from itertools import chain, islice
from typing import Any

from tailor_lab.errors import InputError

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20}
_UNITS["GIB"] = 2**30


def in_bytes(size: int | str) -> int:
    """The size as a number of bytes.

    >>> in_bytes("256MB"), in_bytes("1 KiB"), in_bytes(42)
    (256000000, 1024, 42)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", str(size))
    if match is None or match[2].upper() not in _UNITS:
        raise InputError(f'{size!r} is not a size; write bytes or a text such as "256MB".')
    return int(float(match[1]) * _UNITS[match[2].upper()])


def weight(value: Any, depth: int = 8) -> int:
    """About how many bytes of memory a value takes; long containers are judged by their start."""
    if hasattr(value, "nbytes"):
        return int(value.nbytes) + 128
    if hasattr(value, "estimated_size"):
        return int(value.estimated_size()) + 128
    size = sys.getsizeof(value)
    parts = chain(value.keys(), value.values()) if isinstance(value, dict) else value
    if depth and isinstance(value, dict | list | tuple | set | frozenset) and value:
        count = len(value) * (2 if isinstance(value, dict) else 1)
        sample = [weight(part, depth - 1) for part in islice(parts, 64)]
        size += sum(sample) * count // len(sample)
    elif hasattr(value, "__dict__") and depth:
        size += weight(vars(value), depth - 1)
    return size
