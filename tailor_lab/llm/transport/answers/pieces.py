"""JSON as models write it: an object or list in a text, respelled as strict JSON of equal values.

A piece is read token by token, so that a repair never reaches into a string: a comma before a
closing bracket is left out, a raw line break inside a string is escaped, a comment is skipped, and
Python's spelling of a literal ('…', True, None) is respelled where it can mean one thing only.
Nothing is guessed: a missing comma, a missing quote or an escape that JSON and Python know
differently is no piece, and of all brackets only the very last may be missing. Each piece takes one
pass, without recursion.
"""

import json
import re
from dataclasses import dataclass, field

from tailor_lab.llm.scalars import sound

MOST_NESTED = 100
"""Levels of objects and lists; no schema of an answer is near it."""
BRACKET = "the last bracket added"
COMMENT = "a comment left out"
CONTROL = "a raw line break or control character kept"
HALF = "half a character replaced"
PYTHON = "Python's quotes or names read as JSON"
QUOTE = "an escaped apostrophe read as one"
TRAILING = "a comma before a closing bracket left out"

_GAP = re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*[^*]{0,500}+\*/)*+")
_TOKEN = re.compile(
    r"""(?P<mark>[{}\[\]:,])
    |(?P<string>"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+')
    |(?P<number>-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|-Infinity)(?![\w.])
    |(?P<word>[A-Za-z_]\w*+)""",
    re.DOTALL | re.VERBOSE,
)
_STRICT = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(
    r"\\(?:u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|x(?P<x>[0-9a-fA-F]{2})|(?P<one>.))",
    re.DOTALL,
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_WORDS = {
    **{word: word for word in ("true", "false", "null", "NaN", "Infinity")},
    "True": "true",
    "False": "false",
    "None": "null",
}
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'"}
_CLOSER = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class JsonPiece:
    """An object or a list that begins in a text, and what became of it."""

    start: int
    end: int
    """Where it ends, or where it stopped being JSON."""
    json: str | None
    """The same values as strict JSON; None where it is not whole."""
    repairs: tuple[str, ...] = ()
    """What was respelled, in words."""
    cuts: tuple[str, ...] = ()
    """Of a piece that the text ends in: what is whole of it as strict JSON, the most first."""
    inner: tuple[tuple[int, int, str], ...] = ()
    """Of one that is not whole: the largest whole ones inside, each with start, end and JSON."""
    opened: frozenset[int] = field(default=frozenset(), repr=False)
    """Where its brackets open: no other piece begins there."""
    tokens: int = 0
    """How many tokens were read, whole or not."""

    @property
    def ended(self) -> bool:
        """Whether the text ended before the piece did."""
        return bool(self.cuts)


@dataclass
class _OpenBracket:
    """An object or list that is open."""

    mark: str
    at: int
    first_chunk: int
    whole: int
    """Chunks up to the end of its last whole member."""
    wants: str
    """"key", "colon", "value" or "comma"."""
    comma: bool = False
    """Whether a comma was read and nothing after it."""


def piece_at(text: str, start: int, *, most_tokens: int = 300_000) -> JsonPiece:
    """The piece that begins with the bracket at `start`; broken where it has too many tokens."""
    return _PieceReader(text, start).read(most_tokens)


class _PieceReader:
    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.chunks: list[str] = []
        self.stack: list[_OpenBracket] = []
        self.repairs: dict[str, None] = {}
        self.inner: list[tuple[int, int, int, int]] = []
        self.opened: set[int] = set()
        self.tokens = 0

    def read(self, most_tokens: int) -> JsonPiece:
        text, position, length = self.text, self.start, len(self.text)
        while self.tokens < most_tokens:
            self.tokens += 1
            gap = _GAP.match(text, position)
            if gap is not None and gap.end() > position:
                if "/" in gap.group():
                    self.repairs[COMMENT] = None
                position = gap.end()
            token = _TOKEN.match(text, position)
            if token is None:
                # A string that nothing closes takes the rest of the text with it.
                ended = text[position : position + 1] in {"", '"', "'"}
                if position == length and self._lacks_last_bracket():
                    self._close("}", position, self.stack[0])
                    self.repairs[BRACKET] = None
                    return self._whole(position)
                return self._broken(length if ended else position, ended=ended)
            if token.end() == length and token.lastgroup in {"number", "word"}:
                # A number may go on, and so may a word: what ends with the text is not whole.
                return self._broken(length, ended=True)
            if not self._take(token):
                return self._broken(position, ended=False)
            position = token.end()
            if not self.stack:
                return self._whole(position)
        return self._broken(position, ended=False)

    def _take(self, token: re.Match[str]) -> bool:
        """Takes a token where the grammar has a place for it."""
        kind, said = token.lastgroup, token.group()
        frame = self.stack[-1] if self.stack else None
        if kind == "mark":
            return self._mark(said, token.start(), frame)
        if frame is None:
            return False
        if kind == "string":
            respelled = self._string(said)
            if respelled is None or frame.wants not in {"key", "value"}:
                return False
            self._put(frame, respelled)
            if frame.wants == "key":
                frame.wants = "colon"
            else:
                self._member_ends(frame)
            return True
        respelled = said if kind == "number" else _WORDS.get(said)
        if respelled is None or frame.wants != "value":
            return False
        if respelled != said:
            self.repairs[PYTHON] = None
        self._put(frame, respelled)
        self._member_ends(frame)
        return True

    def _mark(self, mark: str, at: int, frame: _OpenBracket | None) -> bool:
        if mark in _CLOSER:
            if frame is not None and (frame.wants != "value" or len(self.stack) >= MOST_NESTED):
                return False
            first = len(self.chunks)
            if frame is not None:
                self._put(frame, mark)
                first = len(self.chunks) - 1
            else:
                self.chunks.append(mark)
            self.opened.add(at)
            wants = "key" if mark == "{" else "value"
            self.stack.append(_OpenBracket(mark, at, first, len(self.chunks), wants))
            return True
        if frame is None:
            return False
        if mark == ":":
            if frame.wants != "colon":
                return False
            self.chunks.append(":")
            frame.wants = "value"
            return True
        if mark == ",":
            if frame.wants != "comma":
                return False
            frame.comma, frame.wants = True, "key" if frame.mark == "{" else "value"
            return True
        return self._close(mark, at, frame)

    def _close(self, mark: str, at: int, frame: _OpenBracket) -> bool:
        empty = frame.whole == frame.first_chunk + 1
        may = frame.wants == "comma" or frame.comma or (empty and len(self.chunks) == frame.whole)
        if mark != _CLOSER[frame.mark] or not may:
            return False
        if frame.comma:
            self.repairs[TRAILING] = None
        self.chunks.append(mark)
        self.stack.pop()
        while self.inner and self.inner[-1][0] > frame.at:
            self.inner.pop()
        self.inner.append((frame.at, at + 1, frame.first_chunk, len(self.chunks)))
        if self.stack:
            self._member_ends(self.stack[-1])
        return True

    def _put(self, frame: _OpenBracket, chunk: str) -> None:
        if frame.comma:
            self.chunks.append(",")
            frame.comma = False
        self.chunks.append(chunk)

    def _member_ends(self, frame: _OpenBracket) -> None:
        frame.whole, frame.wants = len(self.chunks), "comma"

    def _lacks_last_bracket(self) -> bool:
        """Whether all that is missing is the end of an object whose members are whole."""
        outer = self.stack[0]
        return len(self.stack) == 1 and outer.mark == "{" and outer.wants == "comma"

    def _whole(self, position: int) -> JsonPiece:
        strict, repairs = "".join(self.chunks), tuple(self.repairs)
        return JsonPiece(self.start, position, strict, repairs, tokens=self.tokens)

    def _broken(self, position: int, *, ended: bool) -> JsonPiece:
        inner = tuple((at, to, "".join(self.chunks[i:j])) for at, to, i, j in self.inner)
        return JsonPiece(
            self.start,
            position,
            None,
            tuple(self.repairs),
            cuts=self._cuts() if ended else (),
            inner=inner,
            opened=frozenset(self.opened),
            tokens=self.tokens,
        )

    def _cuts(self) -> tuple[str, ...]:
        """What is whole, as far as the outermost open list: half of its last element is not."""
        found: list[str] = []
        for depth, frame in enumerate(self.stack):
            closers = "".join(_CLOSER[each.mark] for each in reversed(self.stack[: depth + 1]))
            found.insert(0, "".join(self.chunks[: frame.whole]) + closers)
            if frame.mark == "[":
                break
        return tuple(found)

    def _string(self, token: str) -> str | None:
        """A string as JSON spells it, or None where its escapes can be understood in two ways."""
        double = token[0] == '"'
        if double and _STRICT.fullmatch(token) and not _SURROGATE.search(token):
            return token
        own: dict[str, None] = {} if double else {PYTHON: None}
        if _CONTROL.search(token):
            own[CONTROL] = None
        unknown = False

        def plain(escape: re.Match[str]) -> str:
            nonlocal unknown
            one = escape["one"]
            if one is None:
                number = int(escape["u"] or escape["U"] or escape["x"], 16)
                unknown = unknown or number > 0x10FFFF
                if not escape["u"]:
                    own[PYTHON] = None
                return chr(min(number, 0x10FFFF))
            if one == "/" and double:
                return "/"
            if one == "'" and double:
                own[QUOTE] = None
            unknown = unknown or one not in _PLAIN
            return _PLAIN.get(one, "")

        value = _ESCAPE.sub(plain, token[1:-1])
        if unknown:
            return None
        whole = sound(value)
        if "\ufffd" in whole and whole.count("\ufffd") > value.count("\ufffd"):
            own[HALF] = None
        self.repairs.update(own)
        return json.dumps(whole, ensure_ascii=False)
