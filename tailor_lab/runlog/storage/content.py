"""Contents: prompts and replies, stored once each, compressed, without the person's details.

A content is known by the hash of its text, after redaction: the same prompt sent a thousand times
is one row, and rows that used it name its hash in `content_ref`.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Iterable
from typing import Any

from tailor_lab.runlog.errors import RunLogError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 6
# Begins where a word does and never steps back, so that a long run of letters costs its length.
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]++@[\w-]++(?:\.[\w-]+)+")
# At least eight digits, in groups as people write them; a year range or a salary is shorter.
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ ./()-]{0,2}\d{1,4}){2,6}(?![\w])")
_DIGITS = 8
_DAY = r"(?:19|20)\d\d(?:[-/.]\d{1,2}){0,2}"
_DATES = re.compile(rf"{_DAY}(?:\s*[-–/]\s*{_DAY})?")


def redact(text: str, names: Iterable[str] = ()) -> str:
    """The text without e-mail addresses, phone numbers and the given names of its person.

    A name is replaced as a whole and by its parts of three letters or more, whatever their case.

    >>> redact("Ada Lovelace, ada@example.org, +44 20 7946 0958; LOVELACE", ["Ada Lovelace"])
    '[name], [email], [phone]; [name]'
    """
    text = _EMAIL.sub("[email]", text)
    text = _PHONE.sub(_phone, text)
    parts = {part for name in names for part in (name.strip(), *name.split()) if len(part) >= 3}
    if parts:
        longest_first = sorted(parts, key=len, reverse=True)
        pattern = "|".join(re.escape(part) for part in longest_first)
        text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", "[name]", text, flags=re.IGNORECASE)
    return text


def _phone(found: re.Match[str]) -> str:
    number = found.group()
    digits = sum(character.isdigit() for character in number)
    dated = _DATES.fullmatch(number.strip())
    return "[phone]" if _DIGITS <= digits <= 15 and not dated else number


def reference(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_row(text: str) -> dict[str, Any]:
    """A text as a row of `contents`."""
    return {
        "ref": reference(text),
        "characters": len(text),
        "data": base64.b64encode(zstd.compress(text.encode(), _LEVEL)).decode(),
    }


def decode(data: bytes) -> str | None:
    """The text of a stored row; None where its bytes are broken."""
    try:
        return zstd.decompress(data).decode()
    except (zstd.ZstdError, UnicodeDecodeError):
        return None


def text_of(data: bytes, ref: str) -> str:
    """The text of a stored row. Raises `RunLogError` where it is not what was stored."""
    text = decode(data)
    if text is None or reference(text) != ref:
        raise RunLogError(f"The content {ref[:12]}… is damaged; see `tailor-lab log check`.")
    return text
