"""Files to lines of text: JSON, Markdown, plain text, PDF and DOCX.

What a file is, its first bytes say before its name does, so that a photo named `.pdf` is called a
photo. PDF and DOCX come out as plain lines in reading order, headings marked as Markdown marks them
where the file says that they are headings.
"""

import json
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.formats.extra import documents_extra

FORMATS = {
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".pdf": "pdf",
    ".docx": "docx",
}
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
    if Path(text).suffix.lower() in FORMATS.keys() | _OTHER_ENDINGS:
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
    format_name = FORMATS.get(path.suffix.lower())
    if content.startswith(b"%PDF-") or format_name == "pdf":
        return _pdf(content, path.name, what)
    if format_name == "docx" or (content.startswith(b"PK\x03\x04") and format_name is None):
        return _docx(content, path.name)
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise InputError(f"{path.name} is {kind}, not a {what}; give {_formats()}.")
    text = _decoded(content, path.name, what)
    check_length(text, path.name)
    if format_name is None:
        format_name = "json" if text.lstrip().startswith("{") else "text"
    return Document(text if format_name == "json" else clean(text), format_name)


def json_object(text: str, name: str) -> dict[str, Any]:
    """The JSON object that a text spells. Raises `InputError` with line and column."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})."
        ) from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply to be read.") from None
    if not isinstance(value, dict):
        raise InputError(f"{name} holds a JSON {type(value).__name__}; an object is needed.")
    return value


def clean(text: str) -> str:
    """`text` with one kind of line end and space, and without characters that show nothing.

    Letters keep their accents; what PDF writers make of bullets, ligatures and hyphens is undone.
    """
    text = _repaired(text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    # A gap parts columns; one of a thousand spaces says no more and takes long to look through.
    text = _GAP.sub(r"\1", text.translate(_TRANSLATION))
    kept = (
        c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return unicodedata.normalize("NFC", "".join(kept))


def _repaired(text: str) -> str:
    """The text with bullets, quotes and dashes that were decoded wrongly put right."""
    return re.sub(r"â[\x80-\x9f¢¦€\u2013-\u2122]{1,2}|ï[\x80-\xbf]{1,2}", _character, text)


def _character(match: re.Match[str]) -> str:
    """The character that UTF-8 bytes read as Latin-1 or Windows-1252 were; else a bullet."""
    for wrong in ("latin-1", "cp1252"):
        try:
            character = match.group().encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        return character if character in "‘’“”–—…" else "•"
    return "•"


_GAP = re.compile(r"([ \t]{40})[ \t]+")
_TRANSLATION = str.maketrans(
    {
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u00ad": "",
        "\u2011": "-",
        "\u2010": "-",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb00": "ff",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\uf0b7": "•",
        "\uf0a7": "•",
        "\uf0d8": "•",
        "\uf076": "•",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)


def _decoded(content: bytes, name: str, what: str) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    strange = sum(1 for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t\f\v")
    if "\x00" in text or (strange + text.count("\ufffd")) > 0.05 * len(text):
        raise InputError(f"{name} is a binary file, not a {what}; give {_formats()}.")
    return text


def _formats() -> str:
    return "JSON, Markdown, text, PDF or DOCX"


def _pdf(content: bytes, name: str, what: str) -> Document:
    with documents_extra("PDF"):
        from tailor_lab.tailoring.documents.formats.pdf import pdf_text

    read, hidden = pdf_text(content, name)
    check_length(read, name)
    text = clean(read)
    if not text.strip():
        raise InputError(
            f"{name} is a PDF without text, probably a scan: give a {what} whose text can be "
            f"selected, or run text recognition (OCR) on it first."
        )
    return Document(text, "pdf", clean(" ".join(hidden)))


def _docx(content: bytes, name: str) -> Document:
    with documents_extra("DOCX"):
        from tailor_lab.tailoring.documents.formats.docx import docx_text

    read, hidden = docx_text(content, name)
    check_length(read, name)
    text = clean(read)
    if not text.strip():
        raise InputError(f"{name} is a DOCX without text.")
    return Document(text, "docx", clean(" ".join(hidden)))
