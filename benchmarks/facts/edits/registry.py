"""The edits by name, and the word lists and patterns that they share with the case files."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

CASES = Path(__file__).parents[1] / "cases"
EDITS: dict[str, Callable[..., None]] = {}
F = TypeVar("F", bound=Callable[..., None])


def edit(function: F) -> F:
    """Makes a function known to the case files under its name."""
    if function.__name__ in EDITS:
        raise ValueError(f"two edits are called {function.__name__}")
    EDITS[function.__name__] = function
    return function


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    lists: dict[str, Any] = yaml.safe_load((CASES / "words.yaml").read_text(encoding="utf-8"))
    return lists["words"]  # type: ignore[no-any-return]


def words(name: str) -> list[str]:
    """A word list of words.yaml."""
    found: list[str] = _lists()[name]
    return found


NUMBER_VALUES = {word: int(value) for word, value in map(str.split, words("numbers"))}
NUMBER_WORDS = {value: word for word, value in NUMBER_VALUES.items()}

PERCENT = r"(?<![\d.$–-])(\d{1,3}(?:\.\d+)?)\s?%(?! percent)"
COUNT = r"(?<![\w$.,/#–-])(\d{1,3}(?:,\d{3})+|\d{1,4})(?= [a-z]{3,})"
MONEY = r"\$(\d[\d,]*(?:\.\d+)?)\s?([KMB]\b|million\b|billion\b)?"
NUMBER_WORD = rf"\b({'|'.join(NUMBER_VALUES)})\b(?! ?(?:percent|thousand|hundred))"
FIGURE = rf"(?i:\d|{NUMBER_WORD}|\bhal(?:f|ved)\b|\bdoubl|\btripl)"
SMALL_FIGURE = rf"\d|\bhal[fv]|doubl|tripl|\b(?:{'|'.join(list(NUMBER_VALUES)[:9])})\b"


def pattern(text: str) -> str:
    """A pattern of a case file, with the names of shared patterns replaced."""
    return text.replace("{figure}", FIGURE).replace("{small_figure}", SMALL_FIGURE)
