"""How objects show themselves: as text in a terminal, as a page in a notebook.

An object that is `Shown` says in `_page` what it consists of; the pieces are made here, so that all
pages look alike. Every text is escaped where it enters a piece: only `Markup` made by these
functions is taken as it is. Colours are tints over whatever ground the notebook has, dark or light,
and nothing is told by colour alone.
"""

import html
import math
import re
import shutil
from collections.abc import Iterable, Sequence
from typing import Any

# Controls that hide or reorder what a reader sees: C0 and C1, and Unicode's directional marks; and
# what no XML may hold. The joiners U+200C and U+200D stay: Persian and emoji are written with them.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_STYLE = """
.tl{overflow-x:auto;line-height:1.4}
.tl h4{margin:.2em 0 .4em}
.tl table{border-collapse:collapse;color:inherit;background:transparent;margin:.3em 0;
font-variant-numeric:tabular-nums}
.tl caption{text-align:start;caption-side:top;opacity:.85;padding:.2em 0}
.tl.tl th,.tl.tl td{text-align:start;vertical-align:top;padding:.25em .8em .25em 0;color:inherit;
background:transparent;border:0;border-bottom:1px solid rgba(128,128,128,.35);max-width:40em}
.tl.tl th.n,.tl.tl td.n{text-align:end;white-space:nowrap}
.tl .good,.tl .bad,.tl .open{border-radius:.3em;padding:.05em .4em}
.tl .good{background:rgba(46,160,67,.24)}
.tl .bad{background:rgba(248,81,73,.22)}
.tl .open{background:rgba(128,128,128,.2)}
.tl ul{margin:.3em 0;padding-inline-start:1.2em}
.tl svg{max-width:100%}
"""
SIGNS = {"good": "✓", "bad": "✗", "open": "?"}
"""What a tint says, for readers who do not see it."""


class Markup(str):
    """HTML that was made here, and is taken as it is."""

    __slots__ = ()


class Shown:
    """An object that shows itself: `str` in a terminal, `_page` in a notebook."""

    __slots__ = ()

    def _page(self) -> Iterable[str]:
        """The pieces of its page; by default its text, the first line as the heading."""
        first, _, rest = str(self).partition("\n")
        return (heading(first), *([preformatted(rest.strip("\n"))] if rest.strip() else []))

    def __repr__(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("…" if cycle else str(self))

    def _repr_html_(self) -> str:
        return page(*self._page())


def visible(text: str) -> str:
    """The text with everything shown that a terminal would obey or hide.

    >>> visible("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _HIDDEN.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def columns() -> int:
    """How many characters a line of the terminal has; without one, as many as one likes.

    `COLUMNS` is heeded, as by other programs.
    """
    return shutil.get_terminal_size(fallback=(1_000_000, 24)).columns


def escape(text: str) -> str:
    """The text for HTML: nothing in it is markup, and nothing in it hides; lines stay lines.

    >>> escape("<b>\\u202e")
    '&lt;b&gt;\\\\u202e'
    """
    if isinstance(text, Markup):
        return text
    return Markup(html.escape("\n".join(visible(part) for part in str(text).split("\n"))))


def page(*pieces: str) -> Markup:
    """The pieces, one below the other, under the common style."""
    return Markup(f'<div class="tl"><style>{_STYLE}</style>{"".join(map(escape, pieces))}</div>')


def heading(text: str) -> Markup:
    """What the page is about, in a line."""
    return Markup(f"<h4>{escape(text)}</h4>")


def paragraph(text: str) -> Markup:
    """A paragraph."""
    return Markup(f'<p dir="auto">{escape(text)}</p>')


def preformatted(text: str) -> Markup:
    """Text whose columns are set by spaces."""
    return Markup(f"<pre>{escape(text)}</pre>")


def bullets(texts: Iterable[str]) -> Markup:
    """A list; nothing where it is empty."""
    items = "".join(f'<li dir="auto">{escape(text)}</li>' for text in texts)
    return Markup(f"<ul>{items}</ul>" if items else "")


def badge(kind: str, text: str) -> Markup:
    """A finding that is `good`, `bad` or `open`: by sign, by tint and in words."""
    return Markup(f'<span class="{kind}">{SIGNS[kind]}\u00a0{escape(text)}</span>')


def folded(title: str, piece: str) -> Markup:
    """A piece that a reader may unfold."""
    return Markup(f"<details><summary>{escape(title)}</summary>{escape(piece)}</details>")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str = "",
    numbers: Iterable[int] = (),
) -> Markup:
    """A table; the columns whose places are in `numbers` are aligned at their end."""
    right = set(numbers)
    kinds = [' class="n"' if place in right else "" for place in range(len(columns))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td{kind} dir="auto">{escape(_cell(value))}</td>'
            for value, kind in zip(row, kinds, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return Markup(f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def interval(value: float, low: float | None, high: float | None, *, reach: float) -> Markup:
    """An estimate with its interval on a line from -reach to +reach, zero in the middle.

    It repeats what stands beside it in figures, so that readers of the screen are spared it.
    """
    if not reach or not math.isfinite(value):
        return Markup("")
    ends = [-reach if low is None else low, value, reach if high is None else high]
    left, middle, right = (60 + 56 * max(-1.0, min(1.0, end / reach)) for end in ends)
    return Markup(
        '<svg width="120" height="14" viewBox="0 0 120 14" aria-hidden="true">'
        '<line x1="60" y1="0" x2="60" y2="14" stroke="currentColor" opacity=".4"/>'
        f'<line x1="{left:.1f}" y1="7" x2="{right:.1f}" y2="7" stroke="currentColor" '
        f'stroke-width="2"/><circle cx="{middle:.1f}" cy="7" r="3.5" fill="currentColor"/></svg>'
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
