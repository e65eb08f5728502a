"""A pipeline drawn: as text, as Mermaid, as SVG, its critical path marked.

The critical path is the longest chain in seconds where times are known, else in stages. Pictures
leave out what other steps imply.
"""

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Any

from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.stage import Stage

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 150, 40, 50, 18, 10
_LINE, _CRITICAL, _BOX, _INK = "#9CA3AF", "#D55E00", "#F3F4F6", "#111827"


def text(graph: Graph) -> str:
    """A line per stage: what it waits for, and its rules; `*` marks the critical path."""
    critical = set(graph.critical_path())
    lines = []
    for name, made in graph.stages.items():
        parents = [other for other in graph.stages if other in graph.parents[name]]
        line = f"{'*' if name in critical else ' '} {name}"
        line += f" ← {', '.join(parents)}" if parents else ""
        lines.append(f"{line}  [{', '.join(rules(made))}]" if rules(made) else line)
    return "\n".join(lines)


def mermaid(graph: Graph, seconds: Mapping[str, float] | None = None) -> str:
    """The graph in the language of Mermaid, which Markdown in Jupyter and on GitHub draws."""
    ids = {name: f"s{number}" for number, name in enumerate(graph.stages)}
    critical = graph.critical_path(seconds)
    lines = ["flowchart LR"]
    for name in graph.stages:
        label = name.replace('"', "#quot;") + _time(name, seconds).replace(" ", "<br>", 1)
        lines.append(f'    {ids[name]}["{label}"]')
    marked = []
    for number, (parent, child) in enumerate(graph.steps):
        lines.append(f"    {ids[parent]} --> {ids[child]}")
        if _is_step(critical, parent, child):
            marked.append(str(number))
    lines.append(f"    classDef critical stroke:{_CRITICAL},stroke-width:3px")
    lines.append(f"    class {','.join(ids[name] for name in critical)} critical")
    if marked:
        lines.append(f"    linkStyle {','.join(marked)} stroke:{_CRITICAL},stroke-width:3px")
    return "\n".join(lines)


def svg(graph: Graph, seconds: Mapping[str, float] | None = None) -> str:
    """The graph as an SVG element, stages from left to right by what they wait for."""
    depth = graph.depth
    columns: dict[int, list[str]] = {}
    for name in graph.stages:
        columns.setdefault(depth[name], []).append(name)
    tallest = max(len(names) for names in columns.values())
    place: dict[str, tuple[float, float]] = {}
    for column, names in columns.items():
        top = _MARGIN + (tallest - len(names)) * (_HEIGHT + _GAP_Y) / 2
        for number, name in enumerate(names):
            x = _MARGIN + column * (_WIDTH + _GAP_X)
            place[name] = (x, top + number * (_HEIGHT + _GAP_Y))
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + tallest * (_HEIGHT + _GAP_Y) - _GAP_Y
    critical = graph.critical_path(seconds)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="max-width:100%;height:auto" font-family="sans-serif" role="img" '
        f'aria-label="A pipeline of {len(graph.stages)} stages">'
    )
    edges = [
        _edge(place[parent], place[child], marked=_is_step(critical, parent, child))
        for parent, child in graph.steps
    ]
    boxes = [
        _box(graph.stages[name], place[name], _time(name, seconds), marked=name in critical)
        for name in graph.stages
    ]
    return "".join([head, *edges, *boxes, "</svg>"])


def rules(made: Stage[..., Any]) -> list[str]:
    """The rules of a stage in words."""
    found: list[str] = []
    if made.kind != "io":
        found.append(made.kind)
    if made.when is not None:
        found.append("conditional")
    if made.cache is not None:
        found.append(f"cached as {made.cache.namespace}")
    if made.retries:
        found.append(f"{made.retries} retries")
    if made.timeout is not None:
        found.append(f"timeout {made.timeout:g} s")
    if made.max_concurrency is not None:
        found.append(f"{made.max_concurrency} at once")
    if made.rate is not None:
        found.append(f"{made.rate:g} a minute")
    return found


def _box(made: Stage[..., Any], at: tuple[float, float], time: str, *, marked: bool) -> str:
    x, y = at
    title = ", ".join([made.name, *rules(made)])
    label = made.name if len(made.name) <= 20 else made.name[:19] + "…"
    middle = x + _WIDTH / 2
    words = f'<text x="{middle}" y="{y + (17 if time else 25)}">{escape(label)}</text>'
    if time:
        words += f'<text x="{middle}" y="{y + 32}" opacity="0.7">{escape(time.strip())}</text>'
    return (
        f'<g text-anchor="middle" font-size="12" fill="{_INK}"><title>{escape(title)}</title>'
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="{_BOX}" '
        f"{_stroke(marked)}/>{words}</g>"
    )


def _edge(start: tuple[float, float], end: tuple[float, float], *, marked: bool) -> str:
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT / 2
    x2, y2 = end[0], end[1] + _HEIGHT / 2
    bend = (x1 + x2) / 2
    return (
        f'<path d="M{x1},{y1} C{bend},{y1} {bend},{y2} {x2},{y2}" fill="none" {_stroke(marked)}/>'
    )


def _stroke(marked: bool) -> str:
    colour, width = (_CRITICAL, 2.5) if marked else (_LINE, 1.2)
    return f'stroke="{colour}" stroke-width="{width}"'


def _is_step(path: list[str], parent: str, child: str) -> bool:
    return (parent, child) in pairwise(path)


def _time(name: str, seconds: Mapping[str, float] | None) -> str:
    if seconds is None or name not in seconds:
        return ""
    found = seconds[name]
    return f" {found:.2f} s" if found >= 1 else f" {found * 1000:.1f} ms"
