"""DOCX: paragraphs, tables and text boxes in order; written with Word's own styles.

The libraries of the extra are imported when a DOCX is first read or written.
"""

from collections.abc import Mapping
from typing import Any

from tailor_lab.tailoring.documents.format import Content, Format


def read(content: bytes, name: str) -> Content:
    """The text of a DOCX file and what it hides."""
    from tailor_lab.tailoring.documents.formats.docx.reading import docx_text

    return Content(*docx_text(content, name))


def write(data: Mapping[str, Any]) -> bytes:
    """The résumé as a DOCX file."""
    from tailor_lab.tailoring.documents.formats.docx.writing import docx_bytes
    from tailor_lab.tailoring.documents.outline import outline

    return docx_bytes(outline(data))


FORMAT = Format(
    ".docx",
    "DOCX",
    read=read,
    write=write,
    extra="tailor-lab[documents]",
    signature=b"PK\x03\x04",
    no_text="is a DOCX without text.",
)
