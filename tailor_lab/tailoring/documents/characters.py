"""Bytes to characters, and characters that show as what was meant."""

import re
import unicodedata


def is_binary(content: bytes) -> bool:
    """Whether bytes are no text: too many of them are control characters or no characters."""
    text = decoded(content)
    strange = sum(1 for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t\f\v")
    return "\x00" in text or (strange + text.count("\ufffd")) > 0.05 * len(text)


def decoded(content: bytes) -> str:
    """The text of a plain file: UTF-8 or UTF-16, else Windows-1252."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


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
