"""DOCX files of a résumé: one column in Word's own styles."""

import io
from collections.abc import Iterable

import docx

from tailor_lab.tailoring.documents.blocks import Block

_STYLES = {"name": "Title", "section": "Heading 1", "entry": "Heading 2", "bullet": "List Bullet"}


def docx_bytes(blocks: Iterable[Block]) -> bytes:
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
