"""What is wrong in a data file, and where."""

from collections.abc import Callable
from typing import Any, NamedTuple

Keys = tuple[str | int, ...]


class Fault(NamedTuple):
    """What does not fit a schema: the keys that lead there and what is wrong there."""

    path: Keys
    text: str
    of_key: bool = False
    """Whether the line to name is the key's; a long value begins further down."""


Check = Callable[[Any], Fault | None]
"""Gives the first fault of a value, its path counted from the value."""
