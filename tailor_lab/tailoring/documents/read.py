"""Files to lines of text, or to the object that they hold, by the formats of `formats/`.

What a file is, its first bytes say before its name does, so that a photo named `.pdf` is called a
photo. PDF and DOCX come out as plain lines in reading order, headings marked as Markdown marks them
where the file says that they are headings.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.moved import moved_names
from tailor_lab.tailoring.documents.characters import clean, decoded, is_binary
from tailor_lab.tailoring.documents.format import Format
from tailor_lab.tailoring.documents.formats import (
    endings,
    format_of,
    formats,
    libraries_of,
    names,
)
from tailor_lab.tailoring.documents.formats.json import FORMAT as JSON
from tailor_lab.tailoring.documents.formats.text import FORMAT as TEXT

__getattr__ = moved_names(__name__)

_ZIP = b"PK\x03\x04"
_OTHER_ENDINGS = frozenset(
    {".doc", ".odt", ".rtf", ".html", ".htm", ".pages", ".tex", ".xml", ".png", ".jpg", ".jpeg"}
)
LARGEST_BYTES = 20_000_000
LARGEST_TEXT = 200_000
"""The most characters of text that are read: some sixty pages, where a résumé has two."""
_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"II*\x00", "a TIFF image"),
    (b"RIFF", "a media file"),
    (b"\xd0\xcf\x11\xe0", "an old Word (.doc) or Excel file"),
    (b"{\\rtf", "a rich-text (.rtf) file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a compressed file"),
)


@dataclass(frozen=True)
class Document:
    """The text of a file, its lines in reading order."""

    text: str
    format: str
    hidden: str = ""
    """Text that the file hides from whoever reads it: of no size, white on white, marked so."""
    data: Mapping[str, Any] | None = None
    """The object that the file holds, where it holds data instead of text."""

    @classmethod
    def from_text(cls, text: str) -> "Document":
        """A text that came from no file. Raises `InputError` where it is too long."""
        check_length(text, "The text")
        return cls(clean(text), "markdown" if text.lstrip().startswith("# ") else "text")


def is_path(source: str | Path) -> bool:
    """Whether a text is rather the path of a file than the content of one."""
    if isinstance(source, Path):
        return True
    text = source.strip()
    if not text or "\n" in text or "\x00" in text or text.startswith("{"):
        return False
    # No file system holds a name longer than this.
    if len(text) >= 1000 or any(len(part.encode()) > 250 for part in text.split("/")):
        return False
    return _reads_as_path(text) or os.access(text, os.F_OK)


def _reads_as_path(text: str) -> bool:
    """Whether a line has the form of a path, be there a file or not.

    A sentence may end in a known ending, too ("send your CV as .pdf"): a path of many words has no
    mark that ends one.
    """
    words = len(text.split())
    if re.search(r"[.;:!?,]\s", text):
        return False
    if Path(text).suffix.lower() in {*endings(), *_OTHER_ENDINGS}:
        return words <= 12
    return words <= 2 or ("/" in text and words <= 6)


def check_length(text: str, name: str) -> None:
    """Raises `InputError` where a text is too long to be a résumé or a posting."""
    if len(text) > LARGEST_TEXT:
        raise InputError(
            f"{name} has {len(text):,} characters; up to {LARGEST_TEXT:,} are read, some sixty "
            f"pages. Give one résumé or posting alone."
        )


def read_document(path: Path, *, what: str) -> Document:
    """The text of a file. Raises `InputError` where there is none; `what` names it there."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the file of one {what}.")
    if not path.is_file():
        raise InputError(f"There is no {what} at {path}: the file does not exist.")
    if path.stat().st_size > LARGEST_BYTES:
        raise InputError(f"{path.name} is larger than {LARGEST_BYTES // 1_000_000} MB: no {what}.")
    content = path.read_bytes()
    if not content.strip():
        raise InputError(f"{path.name} is empty; give a file with the {what} in it.")
    form = _format_of(content, path)
    for signature, kind in () if form.signature else _SIGNATURES:
        if content.startswith(signature):
            raise InputError(f"{path.name} is {kind}, not a {what}; give {names()}.")
    if not form.signature and is_binary(content):
        raise InputError(f"{path.name} is a binary file, not a {what}; give {names()}.")
    if form.read is None:
        raise InputError(f"{path.name}: {form.name} is written and not read; give {names()}.")
    if not form.signature:
        check_length(decoded(content), path.name)
    with libraries_of(form):
        found = form.read(content, path.name)
    if found.data is not None:
        return Document("", form.name.lower(), data=found.data)
    check_length(found.text, path.name)
    text = clean(found.text)
    if form.signature and not text.strip():
        raise InputError(f"{path.name} {form.no_text.format(what=what)}")
    return Document(text, form.name.lower(), clean(" ".join(found.hidden)))


def _format_of(content: bytes, path: Path) -> Format:
    """The format of a file by its first bytes, else its ending, else what its text opens with.

    Many formats are ZIP archives, so the bytes of one decide only where the ending says nothing.
    """
    named = format_of(path.suffix)
    signed = [f for f in formats() if f.signature and content.startswith(f.signature)]
    sure = (f for f in signed if named is None or f.signature != _ZIP)
    guessed = JSON if named is None and decoded(content).lstrip().startswith("{") else TEXT
    return next(sure, None) or named or guessed
