"""Who may import whom: the rooms of the house look downwards only."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tailor_lab"
FLOORS = [
    {"__main__", "cli", "commands", "dashboard", "demo", "doctor", "report"},
    {"lab"},
    {"experiment", "watch"},
    {"tailoring"},
    {"llm"},
    {"pipeline", "cache", "runlog", "stats", "charts"},
    {"settings", "markup", "identity"},
    {"errors"},
]
FLOOR = {room: height for height, rooms in enumerate(reversed(FLOORS)) for room in rooms}
INDEPENDENT = FLOORS[5]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    rooms = {name.split(".")[1] for name in names if name.startswith("tailor_lab.")}
    return rooms & FLOOR.keys()


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_from_the_floors_below(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor: add it to the house"
    for other in imported_rooms(path) - {room}:
        assert FLOOR[other] < FLOOR[room] or {room, other} <= FLOORS[0]
        assert not {room, other} <= INDEPENDENT


def test_an_upward_import_would_be_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def f():\n    from tailor_lab.lab import Lab\n    return Lab\n")
    assert imported_rooms(module) == {"lab"}
