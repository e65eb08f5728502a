"""DOCX files: reading their paragraphs and tables in order, and writing the outline of a résumé."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.headings import is_heading

if TYPE_CHECKING:
    from tailor_lab.tailoring.documents.write import Block

# Paragraphs; a cell that holds more is a column of the page.
_LONGEST_ROW = 20
_STYLES = {"name": "Title", "section": "Heading 1", "entry": "Heading 2", "bullet": "List Bullet"}


def docx_text(content: bytes, name: str) -> str:
    """The text of a DOCX file, headings and bullets marked as in Markdown."""
    try:
        document = docx.Document(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 -- whatever the archive or its XML lacks, it is no DOCX
        raise InputError(f"{name} is not a readable DOCX file ({type(error).__name__}).") from None
    lines: list[str] = []
    for section in document.sections:
        lines += [p.text for p in section.header.paragraphs if p.text.strip()]
        break
    lines += list(_blocks(document.iter_inner_content()))
    return "\n".join(lines)


def _blocks(blocks: Iterable[Any]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield _marked(block)
        elif isinstance(block, Table):
            for row in block.rows:
                # A merged cell is listed once for each column that it spans.
                cells = list({cell._tc: cell for cell in row.cells}.values())
                texts = [list(_blocks(cell.iter_inner_content())) for cell in cells]
                if _is_data(texts):
                    yield f"| {' | '.join(_cell(lines) for lines in texts)} |"
                else:
                    yield from (line for lines in texts for line in lines)
                    yield ""
            yield ""


def _is_data(cells: list[list[str]]) -> bool:
    """Whether a row holds data, or is there for the layout: with sections, or a column's length."""
    told = [[line.strip() for line in cell if line.strip()] for cell in cells]
    # A name alone in its cell ("Languages") is a row's or a column's, not a section's.
    headed = any(
        line.startswith(("|", "#")) or (len(cell) > 1 and is_heading(line))
        for cell in told
        for line in cell
        if not line.startswith("### ")
    )
    return len(cells) > 1 and sum(map(len, told)) <= _LONGEST_ROW and not headed


def _cell(lines: list[str]) -> str:
    """A cell's paragraphs on one line, as Markdown has them."""
    kept = (line.strip().removeprefix("### ").replace("|", "\\|") for line in lines)
    return "<br>".join(line for line in kept if line)


def _marked(paragraph: Paragraph) -> str:
    text = paragraph.text.strip()
    style = (paragraph.style.name if paragraph.style else "") or ""
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if heading := re.fullmatch(r"Heading (\d)", style):
        return f"\n{'#' * min(6, int(heading.group(1)) + 1)} {text}"
    properties = paragraph._p.pPr
    if style.startswith("List") or (properties is not None and properties.numPr is not None):
        return f"• {text}"
    runs = [run for run in paragraph.runs if run.text.strip()]
    if runs and all(run.bold for run in runs) and len(text) <= 90:
        return f"### {text}"
    return text


def docx_bytes(blocks: "Iterable[Block]") -> bytes:
    """An outline as a DOCX file."""
    document = docx.Document()
    for block in blocks:
        paragraph = document.add_paragraph(block.text, style=_STYLES.get(block.kind))
        if block.kind == "meta":
            for run in paragraph.runs:
                run.italic = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
