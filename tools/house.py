"""Draws the house from its own imports: `python -m tools.house` writes docs/house.md.

The floors are those of the contract in `.importlinter`; everything else is read from the code:
which room imports which, how many modules it has, and its purpose, the first sentence
of its docstring. With `--check` nothing is written; exit code 1 says that the page is out of date.
"""

import ast
import html
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGE = "tailor_lab"
PAGE = ROOT / "docs" / "house.md"
FACE = {f"{PACKAGE}.__main__", f"{PACKAGE}.moved"}
WIDTH = 1040
GAP = 18
BOX = 88
FLOOR = 128


@dataclass(frozen=True)
class Room:
    """One box of a drawing: a module, or a folder with all that is below it."""

    name: str
    purpose: str
    modules: int

    @property
    def title(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def size(self) -> str:
        return "1 module" if self.modules == 1 else f"{self.modules} modules"


def main() -> None:
    """Writes the page, or with `--check` says whether it is up to date."""
    page = house()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            sys.exit(f"{PAGE.relative_to(ROOT)} is out of date; run: python -m tools.house")
        return
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE.relative_to(ROOT))  # noqa: T201


def house() -> str:
    """The whole page in Markdown, with a drawing of the house and one of each room."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None, exclude_type_checking_imports=False)
    floors = [[f"{PACKAGE}.{name}" for name in names] for names in _floors()]
    rooms = {name: _room(graph, name) for names in floors for name in names}
    arrows = _arrows(graph, rooms)
    upward = _upward(floors, arrows)
    parts = [
        "# The house",
        _INTRODUCTION.format(
            rooms=len(rooms),
            modules=sum(room.modules for room in rooms.values()),
            arrows=sum(map(len, arrows.values())),
            upward=len(upward),
        ),
        _drawing(floors, rooms, arrows, "The rooms of the house, floor by floor"),
        _table(rooms, arrows),
        "## Each room",
        "Boxes with a count of modules are folders. No folder has a cycle among its modules.",
    ]
    for name, room in rooms.items():
        children = {child: _room(graph, child) for child in sorted(graph.find_children(name))}
        if len(children) > 1:
            inside = _arrows(graph, children)
            drawing = _drawing(_layers(children, inside), children, inside, f"Inside {room.title}")
            parts += [f"### {room.title}", room.purpose, drawing]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
{modules} modules live in {rooms} rooms. A room imports only from the floors
below it; those on one floor do not know each other, except on the lowest. {arrows} arrows, {upward}
of them upward. `make lint` holds that with the contracts of `.importlinter`: floors, no cycle among
the modules of any folder, nothing inside imports the package's face. Imports inside functions and
for types only count too. This page is drawn by `python -m tools.house` from the imports.

An arrow that follows from two others is left out of the drawings; the table has them all."""


def _floors() -> list[list[str]]:
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    floors = parser["importlinter:contract:floors"]["layers"].strip().splitlines()
    return [
        [name.strip().removeprefix(f"{PACKAGE}.") for name in floor.replace(":", "|").split("|")]
        for floor in floors
    ]


def _room(graph: grimp.ImportGraph, name: str) -> Room:
    modules = [name, *graph.find_descendants(name)]
    sources = [text for module in modules if (text := _source(module)).strip()]
    docstring = ast.get_docstring(ast.parse(_source(name))) or ""
    purpose = " ".join(docstring.partition("\n\n")[0].split())
    return Room(name, purpose, len(sources))


def _source(module: str) -> str:
    place = ROOT.joinpath(*module.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return file.read_text(encoding="utf-8")


def _arrows(graph: grimp.ImportGraph, rooms: Iterable[str]) -> dict[str, set[str]]:
    names = list(rooms)
    below = {name: {name, *graph.find_descendants(name)} for name in names}
    home = {module: name for name, modules in below.items() for module in modules}
    arrows: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        for module in below[name] - FACE:
            found = {home.get(other) for other in graph.find_modules_directly_imported_by(module)}
            arrows[name] |= {other for other in found if other and other != name}
    return arrows


def _upward(
    floors: Sequence[Sequence[str]], arrows: Mapping[str, set[str]]
) -> list[tuple[str, str]]:
    height = {name: level for level, names in enumerate(floors) for name in names}
    return [
        (name, other)
        for name, others in arrows.items()
        for other in others
        if height[other] < height[name]
    ]


def _layers(rooms: Iterable[str], arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Each room one layer above the highest that it imports; rooms of a cycle share a layer."""
    depth: dict[str, int] = {}

    def measure(name: str, path: tuple[str, ...]) -> int:
        if name not in depth:
            others = [other for other in sorted(arrows[name]) if other not in path]
            found = 1 + max((measure(other, (*path, name)) for other in others), default=-1)
            if path:
                return found
            depth[name] = found
        return depth[name]

    for name in sorted(rooms):
        measure(name, ())
    most = max(depth.values())
    layers = [sorted(name for name in depth if depth[name] == level) for level in range(most + 1)]
    wide = 6
    rows = []
    for layer in reversed(layers):
        rows += [layer[start : start + wide] for start in range(0, len(layer), wide)]
    return rows


def _reduced(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows without those that follow from two others."""

    def reachable(start: str, without: str) -> set[str]:
        found: set[str] = set()
        waiting = [other for other in arrows[start] if other != without]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += arrows.get(name, set())
        return found

    return {
        name: {other for other in others if other not in reachable(name, other)}
        for name, others in arrows.items()
    }


def _drawing(
    rows: Sequence[Sequence[str]],
    rooms: Mapping[str, Room],
    arrows: Mapping[str, set[str]],
    title: str,
) -> str:
    """An SVG whose colours are those of the page, in light and dark."""
    height = len(rows) * FLOOR - (FLOOR - BOX) + 2
    places: dict[str, tuple[float, float, float]] = {}
    for level, row in enumerate(rows):
        width = min((WIDTH - GAP * (len(row) - 1)) / len(row), 300)
        left = (WIDTH - width * len(row) - GAP * (len(row) - 1)) / 2
        for number, name in enumerate(row):
            places[name] = (left + number * (width + GAP), level * FLOOR + 1, width)
    reduced = _reduced(arrows)
    shapes = [
        _arrow(places[name], places[other])
        for name in sorted(reduced)
        for other in sorted(reduced[name])
    ]
    shapes += [_box(place, rooms[name]) for name, place in places.items()]
    return (
        f'<svg class="house" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{html.escape(title)}">' + "".join(shapes) + "</svg>"
    )


def _arrow(above: tuple[float, float, float], below: tuple[float, float, float]) -> str:
    x1, y1 = above[0] + above[2] / 2, above[1] + BOX
    x2, y2 = below[0] + below[2] / 2, below[1]
    upward = y2 < y1
    bend = max(abs(y2 - y1) * 0.5, 24)
    path = f"M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
    kind = "upward" if upward else "down"
    tip = f"M{x2 - 3.5:.1f} {y2 - 6:.1f}L{x2:.1f} {y2:.1f}L{x2 + 3.5:.1f} {y2 - 6:.1f}"
    return f'<path class="{kind}" d="{path}"/><path class="{kind}" d="{tip}"/>'


def _box(place: tuple[float, float, float], room: Room) -> str:
    x, y, width = place
    middle = x + width / 2
    purpose = html.escape(room.purpose)
    lines = _two_lines(room.purpose.rstrip("."), int(width / 6))
    texts = "".join(
        f'<text x="{middle:.0f}" y="{y + 42 + 15 * number:.0f}">{html.escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f"<g><title>{purpose}</title>"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{BOX}" rx="6"/>'
        f'<text class="name" x="{middle:.0f}" y="{y + 23:.0f}">{html.escape(room.title)}</text>'
        f'{texts}<text class="size" x="{middle:.0f}" y="{y + 78:.0f}">{room.size}</text></g>'
    )


def _two_lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=2, placeholder="…")


def _table(rooms: Mapping[str, Room], arrows: Mapping[str, set[str]]) -> str:
    lines = ["| room | what it is for | modules | imports from |", "|---|---|--:|---|"]
    for name, room in rooms.items():
        others = ", ".join(sorted(other.rpartition(".")[2] for other in arrows[name])) or "none"
        lines.append(f"| `{room.title}` | {room.purpose} | {room.modules} | {others} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
