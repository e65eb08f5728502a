"""Markdown: headings, emphasised dates and bullets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tailor_lab.tailoring.documents.characters import decoded
from tailor_lab.tailoring.documents.format import Content, Format

if TYPE_CHECKING:
    from tailor_lab.tailoring.documents.blocks import Kind


def read(content: bytes, name: str) -> Content:  # noqa: ARG001 -- every text can be read
    """The text of a Markdown file."""
    return Content(decoded(content))


def to_markdown(data: Mapping[str, Any]) -> bytes:
    """The résumé as Markdown."""
    from tailor_lab.tailoring.documents.outline import outline

    marks = {"name": "# ", "section": "## ", "entry": "### ", "bullet": "- "}
    lines: list[str] = []
    previous: Kind | None = None
    for block in outline(data):
        text = f"*{block.text}*" if block.kind == "meta" else marks.get(block.kind, "") + block.text
        if previous is not None and not previous == block.kind == "bullet":
            lines.append("")
        lines.append(text)
        previous = block.kind
    return ("\n".join(lines) + "\n").encode()


FORMAT = Format(".md", "Markdown", read=read, write=to_markdown, also=(".markdown",))
