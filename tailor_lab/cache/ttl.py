"""Time-to-live rules: how long a cached value stays fresh.

A rule is seconds, a text such as "9h", or a function of the value. Functions let better answers
live longer: `score_ttl` gives a résumé scored 95 nine hours and one scored 50 half that.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from tailor_lab.errors import InputError

Ttl = float | int | str | Callable[[Any], float | str] | None
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_TEXT = re.compile(r"(?:\d+(?:\.\d+)?\s*[smhdw]\s*)+")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def seconds(ttl: Ttl, value: Any = None) -> float:
    """The rule in seconds for `value`; None means for ever (infinity).

    >>> seconds("1h 30m"), seconds(score_ttl, 50)
    (5400.0, 16200.0)
    """
    if callable(ttl):
        return seconds(ttl(value))
    if ttl is None:
        return math.inf
    if isinstance(ttl, str):
        text = ttl.strip().lower()
        if not _TEXT.fullmatch(text):
            raise InputError(f'A time to live is seconds or a text such as "9h", not {ttl!r}.')
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if not float(ttl) >= 0:
        raise InputError(f"A time to live is {ttl}; it must be 0 or more seconds.")
    return float(ttl)


def score_ttl(score: float) -> float:
    """Seconds for a score of 0 to 100: 9 h at 95 and above, 4.5 h at 50, in between linear.

    >>> score_ttl(95) / 3600, score_ttl(50) / 3600
    (9.0, 4.5)
    """
    share = (min(max(float(score), 0.0), 95.0) - 50.0) / 45.0
    return max(0.5, 4.5 + 4.5 * share) * 3600.0
