"""A tailored résumé for its reader: source and result side by side, with what was not supported.

Every text is escaped and stands in its own direction, so that neither markup nor directional marks
of a résumé, a posting or an answer reach beyond their cell. Nothing is told by colour alone, and
colours are tints over whatever ground the notebook has, dark or light.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.files import local_path, written_whole
from tailor_lab.markup import escape
from tailor_lab.tailoring.changes import Piece, pieces
from tailor_lab.tailoring.sources import Source, TracedLine

if TYPE_CHECKING:
    from tailor_lab.tailoring.result import TailoredResume

_STYLE = """
.tl-sources table{border-collapse:collapse;width:100%;color:inherit;background:transparent}
.tl-sources caption{text-align:start}
.tl-sources.tl-sources th,.tl-sources.tl-sources td{border:1px solid rgba(128,128,128,.5);
padding:.35em .6em;text-align:start;vertical-align:top;white-space:pre-wrap;color:inherit;
background:transparent}
.tl-sources code{color:inherit;background:transparent}
.tl-sources ins{background:rgba(46,160,67,.28);color:inherit;text-decoration:underline}
.tl-sources del{background:rgba(248,81,73,.22);color:inherit;text-decoration:line-through}
.tl-sources mark{background:rgba(210,153,34,.45);color:inherit;outline:1px solid currentColor}
"""


def page(result: "TailoredResume") -> str:
    """The result as HTML, for a notebook or a file."""
    lines = result.sources.changed
    rows = "".join(_row(line) for line in lines)
    rest = len(result.sources.lines) - len(lines)
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.warnings)
    head = str(result).partition("\n")[0]
    return (
        f'<div class="tl-sources"><style>{_STYLE}</style>'
        f"<p><strong>{escape(head)}</strong></p>"
        "<table><caption>What changed, and where it comes from</caption><thead><tr>"
        '<th scope="col">source</th><th scope="col">tailored</th>'
        f'<th scope="col">why, and on what</th></tr></thead><tbody>{rows}</tbody></table>'
        f"<p>{rest} lines as in the source.</p>" + (f"<ul>{notes}</ul>" if notes else "") + "</div>"
    )


def write_sources(result: "TailoredResume", path: str | Path) -> Path:
    """Writes where each line comes from, as .json or as a page in .html, and gives the path.

    The sources go to a file beside the résumé, never into it: it is sent to employers. The file
    appears whole or not at all.
    """
    path = local_path(path, "a page of sources")
    if path.suffix == ".html":
        title = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Sources</title>"
        scheme = "<style>:root{color-scheme:light dark;font-family:sans-serif}</style>"
        text = f"{title}{scheme}{page(result)}</html>\n"
    elif path.suffix == ".json":
        text = json.dumps(result.sources.to_dict(), ensure_ascii=False, indent=2) + "\n"
    else:
        raise InputError(f"{path.name}: sources are written as .json or .html.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} to.")
    with written_whole(path) as half:
        half.write_text(text, encoding="utf-8")
    return path


def _row(line: TracedLine) -> str:
    removed = "".join(
        f"<del>{escape(word.text)}</del>" if word.kind == "removed" else escape(word.text)
        for word in line.words
        if word.kind != "added"
    )
    before = removed or (escape(line.text) if line.change in {"moved", "unchanged"} else "")
    after = "" if line.change == "removed" else "".join(_tailored(line))
    behind = "; ".join(_origin(source) for source in line.sources) or "no line of the source"
    return (
        f'<tr><td dir="auto">{before}</td>'
        f'<td dir="auto" title="{escape(f"from {behind}")}">{after}</td>'
        f"<td>{''.join(_evidence(line))}</td></tr>"
    )


def _tailored(line: TracedLine) -> Iterator[str]:
    """The tailored text, cut where words were added and where claims were flagged."""
    spans = [(claim.span or (0, len(line.text)), str(claim)) for claim in line.claims]
    return map(marked, pieces(line.text, line.words, spans))


def marked(piece: Piece) -> str:
    """A piece of a tailored line as HTML: what was added, and what is not supported."""
    text = f"<ins>{escape(piece.text)}</ins>" if piece.added else escape(piece.text)
    if not piece.flags:
        return text
    return f'<mark title="{escape("Not supported: " + "; ".join(piece.flags))}">{text}</mark>'


def _evidence(line: TracedLine) -> Iterator[str]:
    yield f"<code>{escape(line.path)}</code> {line.change}"
    if line.reason:
        yield f"<br>{escape(line.reason)}"
    if line.sources:
        items = "".join(f"<li>{_quoted(source)}</li>" for source in line.sources)
        count = f"{len(line.sources)} source line{'s' * (len(line.sources) > 1)}"
        yield f"<details><summary>{count}</summary><ul>{items}</ul></details>"
    for claim in line.claims:
        yield f"<br><strong>{escape(claim.severity)}</strong> {escape(str(claim))}"
    for citation in line.citations:
        yield f"<br><strong>citation</strong> {escape(str(citation))}"


def _quoted(source: Source) -> str:
    start, end = source.span
    shared = f"<u>{escape(source.text[start:end])}</u>" if end else ""
    cited = f" {escape(source.fact)}" if source.fact else ""
    return (
        f"{source.role}{cited} <code>{escape(source.path)}</code> "
        f"<bdi>{escape(source.text[:start])}{shared}{escape(source.text[end:])}</bdi>"
    )


def _origin(source: Source) -> str:
    return f"{source.path}: {source.text}"
