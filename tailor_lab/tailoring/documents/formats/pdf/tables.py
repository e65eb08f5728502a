"""Tables of a PDF whose first row names the columns: a cell may go on in further lines.

A PDF's table is text at places. Where a row says "Dates, Employer, Role", the places of these words
are the columns, and a line that has nothing in the first column belongs to a row with something in
it: to the one above, or, where cells are centred in their row, to the nearest.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tailor_lab.tailoring.documents.structure.headings import is_heading
from tailor_lab.tailoring.documents.structure.tables import names_columns


class Piece(NamedTuple):
    """A piece of text with the place and size of its letters."""

    x: float
    y: float
    size: float
    bold: bool
    text: str

    @property
    def end(self) -> float:
        """About where it ends: widths are not told, half the size a letter is near enough."""
        return self.x + 0.5 * self.size * len(self.text)


Row = list[Piece]


def with_whole_rows(rows: list[Row]) -> list[Row]:
    """The rows of a page, those of a table with named columns each as one line of Markdown."""
    made: list[Row] = []
    at = 0
    while at < len(rows):
        cells = [piece.text.strip() for piece in rows[at]]
        if not names_columns(cells):
            made.append(rows[at])
            at += 1
            continue
        starts = [piece.x for piece in rows[at]]
        end = _end(rows, at + 1, starts)
        table = _joined(rows[at + 1 : end], starts)
        if table:
            made += [_as_line(rows[at], cells), *table]
        else:
            made += rows[at:end]
        at = end
    return made


def _end(rows: list[Row], at: int, starts: Sequence[float]) -> int:
    """Where a table ends: at a heading, or at a line that runs over its columns."""
    for index in range(at, len(rows)):
        row = rows[index]
        first = [piece for piece in row if _column(piece, starts) == 0]
        over = any(piece.end > starts[1] + 2 * piece.size for piece in first)
        heading = is_heading(" ".join(piece.text for piece in row))
        if heading or (len(row) == 1 and over) or row[0].x < starts[0] - 8:
            return index
    return len(rows)


def _column(piece: Piece, starts: Sequence[float]) -> int:
    return max((i for i, start in enumerate(starts) if start <= piece.x + 4), default=0)


def _joined(rows: list[Row], starts: Sequence[float]) -> list[Row]:
    """The rows with the lines of their cells joined, or none where no row has several cells."""
    heads = [i for i, row in enumerate(rows) if any(_column(p, starts) == 0 for p in row)]
    if not heads or not any(len(row) > 1 for row in rows):
        return []
    centred = heads[0] > 0
    groups: dict[int, list[Row]] = {head: [] for head in heads}
    for index, row in enumerate(rows):
        above = max((head for head in heads if head <= index), default=heads[0])
        below = min((head for head in heads if head >= index), default=above)
        to_above = rows[above][0].y - row[0].y
        to_below = row[0].y - rows[below][0].y
        nearest = below if centred and abs(to_below) < abs(to_above) else above
        groups[nearest].append(row)
    made = []
    for group in groups.values():
        cells = ["" for _ in starts]
        for piece in (piece for row in group for piece in sorted(row, key=lambda p: p.x)):
            column = _column(piece, starts)
            cells[column] = f"{cells[column]} {' '.join(piece.text.split())}".strip()
        made.append(_as_line(group[0], cells))
    return made


def _as_line(row: Row, cells: list[str]) -> Row:
    text = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return [row[0]._replace(text=f"| {text} |", bold=False)]
