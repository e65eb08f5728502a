"""PDF: its text in reading order by the places of its pieces; written in one column.

The libraries of the extra are imported when a PDF is first read or written.
"""

from collections.abc import Mapping
from typing import Any

from tailor_lab.tailoring.documents.format import Content, Format


def read(content: bytes, name: str) -> Content:
    """The text of a PDF file and what it hides."""
    from tailor_lab.tailoring.documents.formats.pdf.reading import pdf_text

    return Content(*pdf_text(content, name))


def write(data: Mapping[str, Any]) -> bytes:
    """The résumé as a PDF file."""
    from tailor_lab.tailoring.documents.formats.pdf.writing import pdf_bytes
    from tailor_lab.tailoring.documents.outline import outline

    return pdf_bytes(outline(data))


FORMAT = Format(
    ".pdf",
    "PDF",
    read=read,
    write=write,
    extra="tailor-lab[documents]",
    signature=b"%PDF-",
    no_text=(
        "is a PDF without text, probably a scan: give a {what} whose text can be selected, or run "
        "text recognition (OCR) on it first."
    ),
)
