"""Whether the text of a PDF's page can be seen: its colour, and what is painted below it.

White words on a white page are there for machines and not for readers. White words on a coloured
field are a design; where it cannot be told cheaply what lies below (pictures, fields that are no
rectangles), a text counts as seen.
"""

from typing import Any

# Below this size nobody reads, in points.
SMALLEST_PT = 2.0
_WHITE = 0.99
_FILLS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_SHOWS = frozenset({b"Tj", b"TJ", b"'", b'"'})
_CURVES = frozenset({b"l", b"c", b"v", b"y"})
Rectangle = tuple[float, float, float, float]


class Ink:
    """Follows the operators of a page: pypdf calls `see` before each of them."""

    def __init__(self) -> None:
        self._white = False
        self._stack: list[bool] = []
        self._path: list[Rectangle] = []
        self._odd_path = False
        self._fields: list[Rectangle] = []
        self._unsure = False
        self._shown: list[bool] = []
        self._next: bool | None = None

    def see(self, operator: bytes, operands: Any, cm: list[float], _tm: list[float]) -> None:
        """Takes note of a colour, a field or a text that is shown."""
        # Text is reported while the text after it is being shown, so that one counts from now on.
        if self._next is not None:
            self._shown.append(self._next)
            self._next = None
        if operator == b"q":
            self._stack.append(self._white)
        elif operator == b"Q":
            self._white = self._stack.pop() if self._stack else False
        elif operator in {b"g", b"rg", b"k", b"sc", b"scn"}:
            self._white = _is_white(operands)
        elif operator == b"re":
            self._path.append(_placed(operands, cm))
        elif operator in _CURVES:
            self._odd_path = True
        elif operator in _FILLS:
            if not self._white:
                self._fields += self._path
                self._unsure = self._unsure or self._odd_path
            self._path, self._odd_path = [], False
        elif operator in {b"n", b"S", b"s"}:
            self._path, self._odd_path = [], False
        elif operator in {b"Do", b"sh", b"BI", b"INLINE IMAGE"}:
            self._unsure = True
        elif operator in _SHOWS:
            self._next = self._white

    def take(self) -> bool:
        """Whether all that was shown since the last call was white."""
        white = bool(self._shown) and all(self._shown)
        self._shown = []
        return white

    def covers(self, x: float, y: float) -> bool:
        """Whether a coloured field, or what may be one, lies below a place."""
        return self._unsure or any(
            left - 1 <= x <= right + 1 and low - 1 <= y <= high + 1
            for left, low, right, high in self._fields
        )


def _is_white(operands: Any) -> bool:
    try:
        values = [float(value) for value in operands]
    except (TypeError, ValueError):
        return False
    if len(values) == 4:
        return all(value <= 1 - _WHITE for value in values)
    return len(values) in {1, 3} and all(value >= _WHITE for value in values)


def _placed(operands: Any, cm: list[float]) -> Rectangle:
    try:
        x, y, width, height = (float(value) for value in operands)
    except (TypeError, ValueError):
        return (0.0, 0.0, 0.0, 0.0)
    xs = [cm[0] * a + cm[2] * b + cm[4] for a in (x, x + width) for b in (y, y + height)]
    ys = [cm[1] * a + cm[3] * b + cm[5] for a in (x, x + width) for b in (y, y + height)]
    return min(xs), min(ys), max(xs), max(ys)
