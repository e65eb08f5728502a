"""What a document format is: one value, from which all else that names the format is made.

`formats/` holds one file per format and lists them once. A package of your own adds a format under
the entry point group `tailor_lab.documents`:

    [project.entry-points."tailor_lab.documents"]
    odt = "my_package.odt:FORMAT"
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Content(NamedTuple):
    """What a format reads in a file: its text, or the object that it holds as data."""

    text: str = ""
    """Lines in reading order; headings and bullets marked as in Markdown where the file has any."""
    hidden: Sequence[str] = ()
    """Text that the file hides from its reader: of no size, white on white, marked as hidden."""
    data: Mapping[str, Any] | None = None
    """A JSON Resume object or a posting, from formats that hold data and not text."""


@dataclass(frozen=True)
class Format:
    """A kind of file that résumés and postings are read from, résumés written to, or both."""

    ending: str
    """The usual ending, with its dot and in lower case: ".docx"."""
    name: str
    """As sentences name it ("DOCX"); in lower case it is what `Resume.format` says."""
    read: Callable[[bytes, str], Content] | None = None
    """Reads a file's bytes. Its name is for the `InputError` that a broken file raises."""
    write: Callable[[Mapping[str, Any]], bytes] | None = None
    """Writes a JSON Resume object; `outline` gives its paragraphs in reading order."""
    extra: str | None = None
    """What pip installs where the format's libraries are missing: "tailor-lab[documents]"."""
    also: tuple[str, ...] = ()
    """Other endings of the same format."""
    signature: bytes = b""
    """The first bytes of every such file; empty for formats that are plain text."""
    no_text: str = "has no text in it."
    """What is said of a file in which no text was found; `{what}` is what was looked for."""

    @property
    def endings(self) -> tuple[str, ...]:
        """All its endings, the usual one first."""
        return (self.ending, *self.also)
