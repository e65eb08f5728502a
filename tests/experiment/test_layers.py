"""Inside the room of experiments: values below, analysis and runs above, no circle, no résumé."""

import ast
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import tailor_lab
from tailor_lab.answers import ANSWERED_BY

PACKAGE = Path(tailor_lab.__file__).parent
ROOT = PACKAGE.parent
HERE = "tailor_lab.experiment"


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in PACKAGE.rglob("*.py")}


def imports(module: str) -> set[str]:
    """Every module that is imported: at the top, in a function, for the type checker alone."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else str(node.module))
    return found & MODULES.keys()


def below(*rooms: str) -> list[str]:
    starts = tuple(f"tailor_lab.{room}" for room in rooms)
    return sorted(name for name in MODULES if name.startswith(starts))


def test_no_module_of_experiments_imports_in_a_circle() -> None:
    # The package's own face names what it exports for the type checker; no module imports it.
    graph = {name: imports(name) for name in below("experiment") if name != HERE}
    assert all(HERE not in found for found in graph.values())
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", below("experiment", "runlog"))
def test_experiments_and_the_log_know_no_task(module: str) -> None:
    upper = ("tailoring", "workloads", "lab", "report", "cli", "dashboard")
    assert not {
        name for name in imports(module) if name.split(".")[1:2] and name.split(".")[1] in upper
    }
    assert "tailor_lab" not in imports(module), "the package's face is not imported from inside"


@pytest.mark.parametrize("module", below("experiment"))
def test_values_import_no_questions_and_questions_no_runs(module: str) -> None:
    rooms = {name: name.removeprefix(f"{HERE}.").split(".")[0] for name in below("experiment")}
    own, reached = rooms[module], {rooms[name] for name in imports(module) if name in rooms}
    above = {"analysis", "run"}
    if module == HERE:
        return
    assert not (reached & above) - {own}, f"{module} imports from above"


@pytest.mark.parametrize("question", sorted(ANSWERED_BY))
def test_every_question_has_somebody_who_answers(question: str) -> None:
    module, _, name = ANSWERED_BY[question].partition(":")
    assert callable(getattr(import_module(module), name))
