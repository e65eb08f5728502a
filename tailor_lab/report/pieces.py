"""Pages compared piece by piece, figures aside: what in one is not as in the other, and where."""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser

_LONGEST = 80
_MOST = 4_000
"""Pieces up to which differences are aligned; beyond, the first is named."""
Piece = tuple[str, str]
"""Where it stands, and what it says."""


def altered(text: str, expected: str) -> list[str]:
    """In words, each piece of a page that is not as expected; figures are compared elsewhere."""
    if text == expected:
        return []
    ours, wanted = _PageReader(text).pieces, _PageReader(expected).pieces
    start = _shared(ours, wanted)
    end = _shared(ours[:start:-1], wanted[:start:-1])
    ours, wanted = ours[start : len(ours) - end], wanted[start : len(wanted) - end]
    if max(len(ours), len(wanted)) > _MOST:
        ours, wanted = ours[:1], wanted[:1]
    return list(_differences(ours, wanted))


def _shared(one: Sequence[Piece], other: Sequence[Piece]) -> int:
    """How many pieces both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _differences(ours: Sequence[Piece], wanted: Sequence[Piece]) -> Iterator[str]:
    matcher = SequenceMatcher(None, ours, wanted, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        where = (ours[i:j] or wanted[k:m])[0][0]
        here, there = (" ".join(piece for _, piece in part) for part in (ours[i:j], wanted[k:m]))
        if not there:
            yield f'{where}: "{_short(here)}" is in the report but not in the log'
        elif not here:
            yield f'{where}: "{_short(there)}" is missing'
        else:
            at = _shared_letters(here, there)
            told, true = _short(here, at), _short(there, at)
            yield f'{where}: "{told}" in the report; the log gives "{true}"'


def _shared_letters(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _short(text: str, at: int = 0) -> str:
    """The text around a place."""
    start = max(0, at - _LONGEST // 2) if len(text) > _LONGEST else 0
    cut = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{cut}{'…' if start + _LONGEST < len(text) else ''}"


class _PageReader(HTMLParser):
    """A page as its pieces: each run of text, each element with its attributes, each chart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._where = "top of the page"
        self._heading = False
        self._figure = False
        self._data = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self._heading = tag == "h2"
        if tag == "data" and "data-figure" in values:
            self._figure = True
            return
        self._data = tag == "script" and values.get("type") == "application/json"
        self.pieces.append((self._where, f"<{tag}>"))
        self.pieces += ((self._where, f"{key}={value}") for key, value in sorted(values.items()))

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._figure:
            self._figure = False
            return
        self.pieces.append((self._where, f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._heading and words:
            self._where, self._heading = words, False
        if self._data:
            self.pieces += _of_charts(data)
        elif words and not self._figure:
            self.pieces.append((self._where, words))

    def handle_comment(self, data: str) -> None:
        self.pieces.append((self._where, f"<!--{data}-->"))


def _of_charts(data: str) -> Iterator[Piece]:
    try:
        charts = json.loads(data)["charts"]
    except (ValueError, KeyError, TypeError):
        yield "charts", data
        return
    for name, specification in charts.items():
        yield f"chart {name}", json.dumps(specification, sort_keys=True)
    yield "charts", data
