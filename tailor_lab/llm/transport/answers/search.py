"""Where the JSON of an answer is: after thoughts, in prose, in a fence, in a string of JSON.

All objects and lists of a text are found in one pass over it, and none is chosen here. What a model
thought before its answer counts only where it said nothing after it. The cost is bounded: the
characters read are at most a few times those of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic_core import from_json

from tailor_lab.llm.transport.answers.pieces import JsonPiece, piece_at
from tailor_lab.llm.transport.foreign import words

LONGEST_ANSWER = 2_000_000
"""Characters; more than any model writes at once."""
READ_AGAIN = 3
"""How many times the length of a text is read at most."""
MOST_TOKENS = 150_000
"""Tokens of JSON that are read at most, in all pieces of a text; each piece costs a few more."""
_SHORT = 20_000
_PIECE_TOKENS = 8
_MOST_WRAPPED = 3
_START = re.compile(r"""\{\s*+["'/]|\[\s*+[\[{"'\d/tfnTFN-]""")
_FENCED = re.compile(r"\A```[\w-]{0,20}\s*\n(.*?)\n?\s*```\Z", re.DOTALL)
_AROUND = " \t\r\n\ufeff\u200b\x00"


@dataclass(frozen=True)
class FoundJson:
    """An object or list that was found in an answer."""

    value: Any
    size: int
    """Characters that it takes in the answer."""
    repairs: tuple[str, ...] = ()
    cut: bool = False
    """Whether the answer ended within it, and only what was whole is here."""
    inside: bool = False
    """Whether it is a part of something that is not whole."""


@dataclass(frozen=True)
class SearchedAnswer:
    """What an answer holds."""

    found: tuple[FoundJson, ...]
    """The largest first."""
    ended_within: bool = False
    """Whether the answer ends within an object or a list."""


def whole_json(text: str) -> Any:
    """The value of a text that is JSON as it is, or None; a string of JSON gives its value.

    >>> whole_json('"{\\\\"a\\\\": 1}"'), whole_json("a")
    ({'a': 1}, None)
    """
    for _ in range(_MOST_WRAPPED):
        try:
            value = from_json(text)
        except ValueError:
            return None
        if not isinstance(value, str):
            return value if isinstance(value, dict | list) else None
        text = value
    return None


def search(text: str, *, cut: bool = False) -> SearchedAnswer:
    """The objects and lists of an answer; with `cut` also what is whole of one that it ends in."""
    text = _unwrapped(text)
    pieces = list(_pieces(text))
    if '{\\"' in text and not any(piece.json for piece in pieces):
        text = _unescaped(text)
        pieces = list(_pieces(text))
    thoughts = _thoughts(text, pieces)
    spoken = [p for p in pieces if not any(a <= p.start < b for a, b in thoughts)]
    if not spoken and not cut and _holds_answer(text, thoughts):
        spoken = pieces
    found = [each for piece in spoken for each in _found(piece, cut=cut)]
    found.sort(key=lambda each: -each.size)
    return SearchedAnswer(tuple(found), any(piece.ended for piece in spoken))


def said_nothing(text: str) -> bool:
    """Whether an answer holds thoughts and nothing after them.

    >>> said_nothing("<think>Perhaps"), said_nothing("<think>So.</think> Yes.")
    (True, False)
    """
    thoughts = _thoughts(text, [])
    return bool(thoughts) and not _without(text, thoughts).strip(_AROUND)


def _unwrapped(text: str) -> str:
    """The text without a fence around all of it, and out of the string that all of it may be."""
    text = text.strip(_AROUND)
    for _ in range(_MOST_WRAPPED):
        fenced = _FENCED.match(text)
        if fenced:
            text = fenced[1].strip(_AROUND)
        if text[:1] != '"':
            break
        try:
            inside = from_json(text)
        except ValueError:
            break
        if not isinstance(inside, str):
            break
        text = inside.strip(_AROUND)
    return text


def _unescaped(text: str) -> str:
    """The text with JSON whose quotes were escaped, as if inside a string, without one."""
    start, end = text.find("{\\"), text.rfind("}") + 1
    try:
        inside = from_json('"' + text[start:end].replace("\n", "\\n") + '"')
    except ValueError:
        return text
    return inside if isinstance(inside, str) else text


def _pieces(text: str) -> Iterator[JsonPiece]:
    """Every piece of the text that is in no other, whole or not."""
    left, tokens = READ_AGAIN * len(text) + _SHORT, MOST_TOKENS
    opened: set[int] = set()
    match = _START.search(text)
    while match is not None and left > 0 and tokens > 0:
        start, after = match.start(), match.start() + 1
        if start not in opened:
            piece = piece_at(text, start, most_tokens=tokens)
            left -= piece.end - start
            tokens -= piece.tokens + _PIECE_TOKENS
            opened |= piece.opened
            yield piece
            if piece.json is not None:
                after = piece.end
        match = _START.search(text, after)


def _found(piece: JsonPiece, *, cut: bool) -> Iterator[FoundJson]:
    if piece.json is not None:
        value = _value(piece.json)
        if value is not None:
            yield FoundJson(value, piece.end - piece.start, piece.repairs)
        return
    for strict in piece.cuts if cut else ():
        value = _value(strict)
        if value:
            yield FoundJson(value, len(strict), piece.repairs, cut=True)
    for start, end, strict in piece.inner:
        value = _value(strict)
        if value is not None:
            yield FoundJson(value, end - start, piece.repairs, inside=True)


def _value(strict: str) -> Any:
    try:
        return from_json(strict)
    except ValueError:
        # A number of thousands of digits, for one.
        return None


@lru_cache(maxsize=1)
def _marks() -> tuple[re.Pattern[str], frozenset[str], frozenset[str]]:
    """What finds any mark of a thought, which marks are ends, and which are ends by themselves."""
    known = words()["thoughts"]
    names = [name.casefold() for name in known["names"]]
    any_name = f"(?:{'|'.join(map(re.escape, names))})"
    closes, own, spellings = set(), set(), []
    for mark in known["marks"]:
        both = (mark["open"], mark["close"])
        spellings += [any_name.join(map(re.escape, each.split("{name}"))) for each in both]
        ends = {mark["close"].replace("{name}", name).casefold() for name in names}
        closes |= ends
        # "<|end|>" also ends the answers of some models.
        own |= ends if "{name}" in mark["close"] else set()
    pattern = re.compile("|".join(dict.fromkeys(spellings)), re.IGNORECASE)
    return pattern, frozenset(closes), frozenset(own)


def _thoughts(text: str, pieces: list[JsonPiece]) -> list[tuple[int, int]]:
    """Where thoughts begin and end; a mark inside a whole piece is a word of its text."""
    pattern, closes, own = _marks()
    whole = [(piece.start, piece.end) for piece in pieces if piece.json is not None]
    spans: list[tuple[int, int]] = []
    began: int | None = None
    passed = 0
    for mark in pattern.finditer(text):
        while passed < len(whole) and whole[passed][1] <= mark.start():
            passed += 1
        if passed < len(whole) and whole[passed][0] < mark.start():
            continue
        said = mark.group().casefold()
        if said not in closes:
            began = mark.start() if began is None else began
        elif began is not None:
            spans.append((began, mark.end()))
            began = None
        elif not spans and said in own:
            # The template of the model held the opening mark.
            spans.append((0, mark.end()))
    if began is not None:
        spans.append((began, len(text)))
    return spans


def _holds_answer(text: str, thoughts: list[tuple[int, int]]) -> bool:
    """Whether the answer can only be in the thoughts: nothing is said after them, or they go on."""
    unclosed = bool(thoughts) and thoughts[-1][1] == len(text)
    return unclosed or not _without(text, thoughts).strip(_AROUND)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for start, end in spans:
        kept.append(text[position:start])
        position = end
    return "".join([*kept, text[position:]])
