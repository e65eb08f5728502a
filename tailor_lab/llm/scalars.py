"""Values from elsewhere, made safe: what a server or a model sent, as the type that was meant.

None of these raises: a count is a number or None, a name is a text or None, whatever came.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

MOST_COUNT = 2**53
"""Beyond it a float is no longer exact, and no count of tokens is near it."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,_ ]\d{3})+")
_LONGEST_NUMBER = 40


def number(value: object) -> float | None:
    """A finite number, also from its text; None for anything else.

    >>> number("0.5"), number("1,000"), number(True), number("n/a")
    (0.5, 1000.0, None, None)
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST_NUMBER:
            return None
        value = re.sub("[,_ ]", "", text) if _GROUPED.fullmatch(text) else text
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole_number(value: object) -> int | None:
    """A whole number, also one that came as a float or as a text; None for anything else.

    >>> whole_number(1000.0), whole_number("1000"), whole_number(0.5), whole_number(None)
    (1000, 1000, None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= MOST_COUNT else None
    found = number(value)
    if found is None or not found.is_integer() or abs(found) > MOST_COUNT:
        return None
    return int(found)


def count(value: object) -> int | None:
    """A whole number of 0 or more; None for anything else."""
    found = whole_number(value)
    return found if found is not None and found >= 0 else None


def name(value: object, *, most: int = 200) -> str | None:
    """An id or a name as one line of at most `most` characters; None where there is none.

    >>> name(7), name(["gpt"]), name(None), name({"a": 1})
    ('7', 'gpt', None, None)
    """
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int) and abs(value) > MOST_COUNT:
        return None
    line = " ".join(sound(str(value)[: 2 * most]).split())
    return line[:most] or None


def sound(text: str) -> str:
    """The text without half characters: a lone surrogate, which no file and no socket takes.

    >>> sound("a\\ud83d"), sound("\\ud83d\\ude00")
    ('a\ufffd', '😀')
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def sound_values(value: Any) -> Any:
    """The same JSON-like value, every text in it and every key `sound`."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound_values(key): sound_values(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [sound_values(each) for each in value]
    return value
