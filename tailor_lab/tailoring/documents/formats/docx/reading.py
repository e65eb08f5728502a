"""DOCX files: reading their paragraphs, tables and text boxes in order."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.formats.docx.hidden import is_hidden
from tailor_lab.tailoring.documents.structure.headings import exact_kind, is_heading, worded_kind

# Paragraphs; a cell that holds more is a column of the page.
_LONGEST_ROW = 20
_WRAPPERS = frozenset(
    {qn(name) for name in ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:smartTag")}
)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT = (qn("w:t"), qn("w:noBreakHyphen"))
_PAGE_NUMBER = re.compile(r"\W*(?:page)?\s*\d*\s*(?:(?:of|/)\s*\d*)?\W*", re.IGNORECASE)


def docx_text(content: bytes, name: str) -> tuple[str, list[str]]:
    """The text of a DOCX file, headings and bullets marked as in Markdown, and what it hides.

    Headers come first; footers and notes stand at the end under headings of their own.
    """
    try:
        document = docx.Document(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 -- whatever the archive or its XML lacks, it is no DOCX
        raise InputError(f"{name} is not a readable DOCX file ({type(error).__name__}).") from None
    story = _Story(document)
    head = _margins(document, "header", story.hidden)
    body = list(_blocks(document.element.body, story))
    if _words(chain(*story.floating)) > _words(body):
        # Some templates put the whole page into boxes; their order is all there is.
        story = _Story(document, boxes_float=False)
        body = list(_blocks(document.element.body, story))
    lines = head + body
    for box in story.floating:
        lines += ["", *([] if _opens_a_section(box) else ["## Text box"]), *box]
    for heading, found in (
        ("Footer", _margins(document, "footer", story.hidden)),
        ("Notes", _notes(document, story.hidden)),
    ):
        if found:
            lines += ["", f"## {heading}", *found]
    return "\n".join(lines), story.hidden


@dataclass
class _Story:
    """One run of text: the part that it stands in, and what is set aside while it is read.

    A text box floats over the page: where it is anchored says nothing of where it belongs, except
    before all other text.
    """

    part: Any
    hidden: list[str] = field(default_factory=list)
    floating: list[list[str]] = field(default_factory=list)
    boxes_float: bool = True
    started: bool = False


def _words(lines: Iterable[str]) -> int:
    return sum(len(line.split()) for line in lines)


def _opens_a_section(box: list[str]) -> bool:
    first = next((line for line in box if line.strip()), "").strip()
    name = first.partition(":")[0]
    return first.startswith("#") or bool(exact_kind(name) or worded_kind(name))


def _margins(document: Any, kind: str, hidden: list[str]) -> list[str]:
    """The lines of all headers or footers, each once, without numbers of pages."""
    lines: list[str] = []
    for section in document.sections:
        for variant in ("", "first_page_", "even_page_"):
            part = getattr(section, f"{variant}{kind}")
            if not part.is_linked_to_previous:
                lines += _blocks(part._element, _Story(part, hidden, boxes_float=False))
    kept = (line for line in lines if line.strip() and not _PAGE_NUMBER.fullmatch(line))
    return list(dict.fromkeys(kept))


def _notes(document: Any, hidden: list[str]) -> list[str]:
    """The paragraphs of footnotes and endnotes."""
    lines: list[str] = []
    for relation in document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        notes = parse_xml(relation.target_part.blob)
        lines += [_text(paragraph, hidden).strip() for paragraph in notes.iter(qn("w:p"))]
    return [line for line in lines if line]


def _blocks(parent: Any, story: _Story) -> Iterator[str]:
    """The lines of all paragraphs and tables of a part, content controls and text boxes opened."""
    for element in parent:
        if element.tag == qn("w:p"):
            text = _marked(Paragraph(element, story.part), story.hidden)
            boxes = [["", *_blocks(box, story), ""] for box in _boxes(element)]
            if story.boxes_float and story.started:
                story.floating += boxes
                boxes = []
            story.started = story.started or bool(text)
            yield text
            yield from chain(*boxes)
        elif element.tag == qn("w:tbl"):
            yield from _rows(element, story)
            yield ""
        elif element.tag in _WRAPPERS:
            yield from _blocks(element, story)


def _boxes(paragraph: Any) -> list[Any]:
    """The text boxes of a paragraph; Word keeps a second copy of each for old programs."""
    return [
        box
        for box in paragraph.iter(qn("w:txbxContent"))
        if not any(above.tag == _FALLBACK for above in box.iterancestors())
        and next(box.iterancestors(qn("w:p"))) is paragraph
    ]


def _rows(table: Any, story: _Story) -> Iterator[str]:
    for row in table.iter(qn("w:tr")):
        if next(row.iterancestors(qn("w:tbl"))) is not table:
            continue
        cells = [
            cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row
        ]
        texts = [
            [line for block in _blocks(cell, story) for line in block.split("\n")] for cell in cells
        ]
        if _is_data(texts):
            yield f"| {' | '.join(_cell(lines) for lines in texts)} |"
        else:
            yield from (line for lines in texts for line in lines)
            yield ""


def _text(paragraph: Any, hidden: list[str]) -> str:
    """The text of a paragraph's element, also in content controls and insertions.

    What is deleted is left out, what nobody can see goes to `hidden`.
    """
    made: list[str] = []
    unseen: list[str] = []
    for element in paragraph.iter(*_TEXT, qn("w:tab"), qn("w:br"), qn("w:cr")):
        run = next(element.iterancestors(qn("w:r")), None)
        if run is None or next(element.iterancestors(qn("w:p"))) is not paragraph:
            continue
        if element.tag in _TEXT:
            text = element.text or "" if element.tag == qn("w:t") else "-"
        else:
            text = "\t" if element.tag == qn("w:tab") else "\n"
        (unseen if is_hidden(run, paragraph) else made).append(text)
    if told := "".join(unseen).strip():
        hidden.append(told)
    return "".join(made)


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


def _marked(paragraph: Paragraph, hidden: list[str]) -> str:
    text = _text(paragraph._p, hidden).strip()
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
