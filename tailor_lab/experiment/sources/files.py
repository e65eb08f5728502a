"""The bytes and the text of a result file: unpacked by its ending, decoded by its first bytes."""

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

from tailor_lab.errors import InputError

_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
PACKED = (*_UNPACK, ".zip")
"""Endings of compressed files that are read."""
# UTF-32 first: its little-endian mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STARTS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x1f\x8b": "a gzip file",
    b"\xfd7zXZ\x00": "an xz file",
    b"PAR1": "a Parquet file",
}
"""What a file begins with that is no text, and what it is called."""
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def unpacked_name(path: Path) -> Path:
    """The path without the ending of a compression: "runs.csv" for "runs.csv.gz"."""
    return path.with_suffix("") if path.suffix.lower() in PACKED else path


def content(path: Path) -> tuple[PurePath, bytes]:
    """The name and the bytes of the table in a file, unpacked where its ending says so."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read ({error.strerror}).") from None
    ending = path.suffix.lower()
    try:
        if ending == ".zip":
            return _only_member(path, data)
        return unpacked_name(path), _UNPACK[ending](data) if ending in _UNPACK else data
    except _BROKEN:
        raise InputError(
            f"{path}: not a readable {ending} file; it is damaged or only named so. Pack it "
            "again, or give it unpacked."
        ) from None


def _only_member(path: Path, data: bytes) -> tuple[PurePath, bytes]:
    """The one file in an archive; what macOS adds to archives is not counted."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            raise InputError(
                f"{path}: the archive has {len(members)} files; give one with a single table, or "
                "the table unpacked."
            )
        try:
            return PurePath(members[0].filename), archive.read(members[0])
        except (RuntimeError, NotImplementedError):
            raise InputError(
                f"{path}: the archive is encrypted or of a kind that is not read; give the table "
                "unpacked."
            ) from None


def text_of(name: str, data: bytes) -> str:
    """Text in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Raises `InputError` with the line where the bytes are something else.
    """
    kind = next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)
    if kind is not None:
        raise InputError(
            f"{name}: {kind} with the ending of a text; save it as text, or give it its own ending."
        )
    encoding = next((coding for mark, coding in _MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise InputError(
                f"{name}: not text in {encoding.upper()}, as its first bytes say; save it as UTF-8."
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line}: not text in UTF-8; save it as UTF-8.") from None
    if "\0" in text:
        raise InputError(f"{name}: not text in UTF-8 (it has zero bytes); save it as UTF-8.")
    return text
