"""Lines of a text without their marks: bullets, headings, bold, tables written out."""

import re
from dataclasses import dataclass

from tailor_lab.tailoring.documents.structure.tables import without_tables

# What a well-known exporter glues to the end of the line before.
_GLUED = re.compile(r"(?<=\S)[ \t]*(Education Details|Skill Details|Company Details)(?=\s*$)", re.M)
# Arrows, shapes, stars, ticks and pictures: whatever fonts and keyboards offer for a bullet.
_MARK = (
    "[\u00b7\u00bb\u203a\u2022\u2023\u2043\u204c\u204d\u2190-\u21ff\u2217-\u2219\u22c4\u22c5\u25a0-\u25ff"
    "\u2600-\u27bf\u2900-\u297f\u2b00-\u2bff\u30fb\U0001f300-\U0001faff]\ufe0f?"
)
_BULLET = re.compile(
    rf"^\s*(?:(?:{_MARK}\s*)+|[*–—+>-]\s+(?:{_MARK}\s*)?(?:\[[ xX]\]\s+)?|[-–](?=[A-Z][a-z]+ )"
    r"|o\s{1,4}(?=[A-Z])|(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\(?[ivx]{1,4}[.)])\s+)"
)
_LONE_MARK = re.compile(rf"^\s*(?:{_MARK}|[*–-])\s*$")
_INLINE_BULLET = re.compile(r"\s*[•▪●■➢➤❖✦♦]\s*")


@dataclass(frozen=True)
class TextLine:
    """A line without its marks."""

    text: str
    bullet: bool = False
    heading: int = 0
    """The rank of a heading, 1 to 6, or 0."""
    after_blank: bool = False
    depth: int = 0
    """How far it was indented."""


def read_lines(text: str) -> list[TextLine]:
    text = _GLUED.sub(r"\n\1", text)
    made: list[TextLine] = []
    blank = False
    for raw in without_tables(_bullets_with_text(_underlined(text.splitlines()))):
        line = raw.rstrip()
        if not line.strip() or re.fullmatch(r"\s*[-_=*~]{3,}\s*", line):
            blank = True
            continue
        for piece in _pieces(line):
            made.append(_line(piece, blank))
            blank = False
    return made


def _underlined(lines: list[str]) -> list[str]:
    """The lines, a short one underlined by "====" or "----" with the mark of a heading instead."""
    made: list[str] = []
    for line in lines:
        rule = re.fullmatch(r"(=|-)\1{3,}\s*", line)
        above = made[-1].strip() if made else ""
        named = 0 < len(above.split()) <= 6 and above[0].isalpha() and not re.search(r"\d", above)
        if rule and named:
            made[-1] = f"{'#' if rule.group(1) == '=' else '##'} {above}"
        else:
            made.append(line)
    return made


def _bullets_with_text(lines: list[str]) -> list[str]:
    """The lines, with the text that stands on the line below its bullet put beside it."""
    made: list[str] = []
    mark = ""
    for line in lines:
        if _LONE_MARK.match(line):
            mark = line.strip()
        elif mark and line.strip():
            made.append(f"{mark} {line.strip()}")
            mark = ""
        elif not mark:
            made.append(line)
    return made


def _pieces(line: str) -> list[str]:
    """A line with several bullets in it as several lines."""
    if len(_INLINE_BULLET.findall(line)) < 2 and not re.search(r"\S\s+[•▪●■➢➤❖✦♦]\s+\S", line):
        return [line]
    if "@" in line or re.search(r"https?://|www\.", line):
        return [line]
    first, *others = _INLINE_BULLET.split(line)
    return [piece for piece in (first, *(f"• {other}" for other in others)) if piece.strip(" •")]


def _line(raw: str, blank: bool) -> TextLine:
    depth = len(raw) - len(raw.lstrip())
    text = raw.strip()
    if marks := re.match(r"(#{1,6})\s+", text):
        text = text[marks.end() :].strip("#* ")
        return TextLine(text, heading=len(marks.group(1)), after_blank=blank, depth=depth)
    if bullet := _BULLET.match(text):
        rest = text[bullet.end() :].strip()
        if rest:
            return TextLine(_plain(rest), bullet=True, after_blank=blank, depth=depth)
    bold = re.fullmatch(r"\*\*(.+)\*\*", text)
    return TextLine(_plain(text), heading=3 if bold else 0, after_blank=blank, depth=depth)


def _plain(text: str) -> str:
    """Without the marks of Markdown for bold and italic, and links as text (address)."""
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r"\1 (\2)", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"\1", text)
    return re.sub(r"^[*_](.+)[*_]$", r"\1", text).strip()
