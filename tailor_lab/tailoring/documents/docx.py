"""DOCX files: reading their paragraphs and tables in order, and writing the outline of a résumé."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from tailor_lab.errors import InputError

if TYPE_CHECKING:
    from tailor_lab.tailoring.documents.write import Block

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
                seen: set[Any] = set()
                for cell in row.cells:
                    # A merged cell is listed once for each column that it spans.
                    if cell._tc not in seen:
                        seen.add(cell._tc)
                        yield from _blocks(cell.iter_inner_content())
                yield ""


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
