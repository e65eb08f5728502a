"""Plain text: read, and not written, for it has no marks that set a heading apart."""

from tailor_lab.tailoring.documents.characters import decoded
from tailor_lab.tailoring.documents.format import Content, Format


def read(content: bytes, name: str) -> Content:  # noqa: ARG001 -- every text can be read
    """The text of a plain file."""
    return Content(decoded(content))


FORMAT = Format(".txt", "text", read=read, also=(".text",))
