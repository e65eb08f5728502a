"""PDF files of a résumé: one column, real text, in a font that holds every letter it can."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fpdf import FPDF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tailor_lab.tailoring.documents.blocks import Block

_SIZES = {"name": 20.0, "section": 13.0, "entry": 11.0, "label": 11.5}
_SPACE_BEFORE = {"section": 5.0, "entry": 3.2, "text": 1.2, "contact": 0.6}
# What the built-in fonts can show: western European letters, dashes, quotes, bullets.
_ENCODING = "windows-1252"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_FONTS = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)


def pdf_bytes(blocks: "Iterable[Block]") -> bytes:
    """An outline as a PDF file, the same bytes for the same outline."""
    blocks = list(blocks)
    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))
    pdf.set_margins(18, 16, 18)
    pdf.set_auto_page_break(auto=True, margin=16)
    pdf.core_fonts_encoding = _ENCODING
    pdf.add_page()
    family = _family(pdf, "".join(block.text for block in blocks))
    name = next((block.text for block in blocks if block.kind == "name"), "")
    pdf.set_title(_fit(f"Résumé {name}".strip(), family))
    for block in blocks:
        size = _SIZES.get(block.kind, 10.0)
        bold = "B" if block.kind in {"name", "section", "entry"} else ""
        pdf.set_font(family, bold, size)
        if space := _SPACE_BEFORE.get(block.kind):
            pdf.ln(space)
        # A heading never stands alone at the foot of a page.
        if block.kind in {"section", "entry"} and pdf.will_page_break(30):
            pdf.add_page()
        text = _fit(block.text, family)
        if block.kind == "bullet":
            pdf.set_x(22)
            pdf.cell(4, 5, "•")
            pdf.set_left_margin(26)
            pdf.multi_cell(0, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")
            pdf.set_left_margin(18)
            pdf.set_x(18)
        else:
            pdf.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _family(pdf: FPDF, text: str) -> str:
    """The built-in font where it has every letter, else a font of the system that has more."""
    try:
        text.encode(_ENCODING)
    except UnicodeEncodeError:
        fonts = _system_fonts(_FONT_FOLDERS)
        if fonts is not None:
            pdf.add_font("system", "", fonts[0])
            pdf.add_font("system", "B", fonts[1])
            return "system"
    return "helvetica"


def _fit(text: str, family: str) -> str:
    if family != "helvetica":
        return text
    return text.encode(_ENCODING, errors="replace").decode(_ENCODING)


@lru_cache(maxsize=1)
def _system_fonts(folders: tuple[str, ...]) -> tuple[Path, Path] | None:
    for folder in map(Path, folders):
        if folder.is_dir():
            files = {path.name: path for path in folder.rglob("*.[tT][tT][fF]")}
            for regular, bold in _FONTS:
                if regular in files and bold in files:
                    return files[regular], files[bold]
    return None
