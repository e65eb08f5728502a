"""Whether a run of a DOCX can be seen: marked hidden, of no size, or white on white.

Only what the run and its paragraph say themselves is looked at, not their styles.
"""

from typing import Any

from docx.oxml.ns import qn

# Half-points: up to two points nobody reads.
_SMALLEST = 4
_OFF = frozenset({"0", "false", "off", "none"})


def is_hidden(run: Any, paragraph: Any) -> bool:
    """Whether nobody sees a run's text."""
    properties = run.find(qn("w:rPr"))
    if properties is None:
        return False
    vanish = properties.find(qn("w:vanish"))
    if vanish is not None and vanish.get(qn("w:val"), "1") not in _OFF:
        return True
    size = properties.find(qn("w:sz"))
    if size is not None and _number(size.get(qn("w:val"))) <= _SMALLEST:
        return True
    color = properties.find(qn("w:color"))
    white = color is not None and str(color.get(qn("w:val"))).upper() == "FFFFFF"
    return white and not _shaded(properties, paragraph)


def _shaded(properties: Any, paragraph: Any) -> bool:
    """Whether a run lies on a coloured field: its own, its paragraph's, its cell's or a shape's."""
    if properties.find(qn("w:highlight")) is not None:
        return True
    holders = [properties, *paragraph.iterchildren(qn("w:pPr"))]
    for above in paragraph.iterancestors():
        holders += above.iterchildren(qn("w:tcPr"), qn("w:tblPr"))
        if above.tag == qn("w:txbxContent"):
            # A text box may be filled in several ways.
            return True
    shades = (shade for holder in holders for shade in holder.iter(qn("w:shd")))
    return any(str(s.get(qn("w:fill"))).upper() not in {"FFFFFF", "AUTO", "NONE"} for s in shades)


def _number(text: str | None) -> float:
    try:
        return float(text or "inf")
    except ValueError:
        return float("inf")
