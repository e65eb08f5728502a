"""The text of a PDF in reading order: lines put together from where their pieces stand.

PDF knows no lines or columns, only pieces of text with a place and a size. Pieces of one height
make a line; a gutter that hardly any line crosses parts columns, which are read one after the
other; a wide gap makes a blank line; size and weight make headings.
"""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pypdf
from pypdf.errors import PyPdfError

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.formats.pdf.ink import SMALLEST_PT, Ink
from tailor_lab.tailoring.documents.formats.pdf.tables import Piece, with_whole_rows
from tailor_lab.tailoring.documents.structure.headings import is_heading
from tailor_lab.tailoring.text.dates import find_dates

LARGEST_PAGES = 200
# What pypdf finds wrong is said once, as an error of ours, and not line by line on the terminal.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


class _Line(NamedTuple):
    x: float
    y: float
    size: float
    bold: bool
    text: str


def pdf_text(content: bytes, name: str) -> tuple[str, list[str]]:
    """The text of a PDF, headings marked as in Markdown, and what of it nobody can see.

    Raises `InputError` where the file is broken.
    """
    hidden: list[str] = []
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted and not reader.decrypt("")
        count = 0 if locked else len(reader.pages)
        readable = reader.pages if 0 < count <= LARGEST_PAGES else []
        pages = [(_pieces(page, hidden), float(page.mediabox.width)) for page in readable]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{name} is a damaged PDF ({type(error).__name__}).") from None
    if locked:
        raise InputError(f"{name} is protected by a password; give a copy without one.")
    if count > LARGEST_PAGES:
        raise InputError(f"{name} has {count} pages, too many to be one document.")
    sizes = Counter[float]()
    for piece in (piece for pieces, _ in pages for piece in pieces):
        sizes[round(piece.size, 1)] += len(piece.text)
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    lines = (text for pieces, width in pages for text in _page(pieces, width, body))
    return "\n".join(lines), hidden


def _pieces(page: Any, hidden: list[str]) -> list[Piece]:
    """The pieces of text of a page; what is white on white or too small to read is `hidden`."""
    found: list[Piece] = []
    pale: list[Piece] = []
    ink = Ink()

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        white = bool(text.strip()) and ink.take()
        for part in text.split("\n"):
            if part.strip():
                x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                scale = abs(tm[3] * cm[3]) or abs(tm[0] * cm[0]) or 1.0
                name = str(font.get("/BaseFont", "")) if font else ""
                bold = bool(re.search(r"bold|black|heavy|semibold", name, re.IGNORECASE))
                piece = Piece(x, y, float(size or 10) * scale, bold, part)
                (pale if white or piece.size <= SMALLEST_PT else found).append(piece)

    page.extract_text(visitor_text=visit, visitor_operand_before=ink.see)
    unseen = [p for p in pale if p.size <= SMALLEST_PT or not ink.covers(p.x, p.y)]
    hidden += [piece.text.strip() for piece in unseen]
    return found + [piece for piece in pale if piece not in unseen]


def _page(pieces: list[Piece], width: float, body: float) -> Iterator[str]:
    yield ""
    for column in _columns(pieces, width):
        previous: _Line | None = None
        for line in _lines(column):
            if previous is not None:
                gap = previous.y - line.y
                if gap > 1.75 * max(line.size, previous.size) or gap < 0:
                    yield ""
            yield _marked(line, body)
            previous = line
        yield ""


def _columns(pieces: list[Piece], width: float) -> list[list[Piece]]:
    """The columns of a page, left before right; what spans both stays above them."""
    if len(pieces) < 12:
        return [pieces]
    starts = Counter(round(p.x / 6) for p in pieces)
    total = len({round(p.y) for p in pieces})
    best: float | None = None
    for bucket, count in starts.items():
        x = bucket * 6
        inside = 0.2 * width < x < 0.8 * width
        if inside and count >= 0.2 * total:
            crossing = sum(1 for p in pieces if p.x < x - 8 and p.end > x + 4)
            if crossing <= 0.08 * len(pieces) and (best is None or count > starts[round(best / 6)]):
                best = x
    if best is None:
        return [pieces]
    one = [p for p in pieces if p.x < best - 4]
    other = [p for p in pieces if p.x >= best - 4]
    if len(one) < 5 or len(other) < 5:
        return [pieces]
    if not any(is_heading(p.text) for p in other):
        # Dates or places set to the right, and the cells of a table, share their lines with the
        # left; columns of text rarely do.
        heights = {round(p.y) for p in one}
        shared = sum(1 for p in other if round(p.y) in heights)
        letters = sum(len(p.text) for p in other) / len(other)
        cells = shared >= 0.9 * len(other) and letters < 22
        if cells or (len(other) < 12 and shared >= 0.6 * len(other)):
            return [pieces]
    top = max(p.y for p in other)
    above = [p for p in one if p.y > top + 2]
    return [above, [p for p in one if p.y <= top + 2], other]


def _lines(pieces: list[Piece]) -> Iterator[_Line]:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (-round(p.y, 1), p.x)):
        if not rows or abs(rows[-1][0].y - piece.y) > 0.4 * max(piece.size, 1):
            rows.append([])
        rows[-1].append(piece)
    for row in with_whole_rows([sorted(row, key=lambda p: p.x) for row in rows]):
        yield _line(row)


def _line(row: list[Piece]) -> _Line:
    text = row[0].text
    for before, piece in pairwise(row):
        gap = piece.x - before.end
        joiner = "   " if gap > 3 * piece.size else " "
        glued = text.endswith((" ", "\t")) or piece.text.startswith(" ")
        text += piece.text if glued and joiner == " " else joiner + piece.text
    size = max(p.size for p in row)
    bold = all(p.bold for p in row if p.text.strip(" •·-"))
    return _Line(row[0].x, row[0].y, size, bold, text.strip())


def _marked(line: _Line, body: float) -> str:
    # A table's first row may be bold and is data, as its date says.
    row = line.text.count("   ") > 1 and any(low == 0 for _, (low, _high) in find_dates(line.text))
    if (
        row
        or line.text.startswith("| ")
        or len(line.text) > 110
        or re.match(r"[•·▪◦‣●○■➢-]\s*", line.text)
    ):
        return line.text
    if line.size > 1.5 * body:
        return f"# {line.text}"
    if line.size > 1.2 * body and line.bold:
        return f"## {line.text}"
    return f"### {line.text}" if line.bold else line.text
