"""The house: who may import whom, how full a room is, how long a file, one meaning per name.

The contracts are in `.importlinter`; here they are checked, and shown to fail where they should.
"""

import ast
import shutil
from collections import defaultdict
from configparser import ConfigParser
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import tailor_lab

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tailor_lab"
CONTRACTS = ROOT / ".importlinter"
MODULES_IN_A_ROOM = 16
LINES_IN_A_FILE = 400
UPWARD = "from tailor_lab.experiment.design import Experiment"
pytestmark = pytest.mark.slow


def test_the_contracts_hold() -> None:
    assert lint_imports(config_filename=str(CONTRACTS), no_cache=True) == 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("stats/estimate.py", "from tailor_lab.cache import Cache"),
        ("cache/ttl.py", "def f():\n    from tailor_lab.lab import Lab\n    return Lab"),
        (
            "llm/completion.py",
            f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {UPWARD}",
        ),
        ("tailoring/edits.py", "import tailor_lab"),
        ("tailoring/edits.py", "from tailor_lab import Lab"),
        ("cache/policies/policy.py", "from tailor_lab.cache.policies.lru import LRU"),
    ],
    ids=["sideways", "lazy", "typing only", "the face", "a name of the face", "a circle"],
)
def test_an_import_that_breaks_the_house_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, line: str
) -> None:
    # Its own name, so that what is checked is the copy and not the installed package.
    name = "house_copy"
    copy = tmp_path / name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for file in copy.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("tailor_lab", name), encoding="utf-8")
    broken = copy / module
    text = broken.read_text(encoding="utf-8")
    broken.write_text(f"{text}\n{line.replace('tailor_lab', name)}\n", encoding="utf-8")
    contracts = tmp_path / "contracts.ini"
    contracts.write_text(
        CONTRACTS.read_text(encoding="utf-8").replace("tailor_lab", name), encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert lint_imports(config_filename=str(contracts), no_cache=True) == 1


def test_every_exception_of_a_contract_has_a_reason() -> None:
    text = CONTRACTS.read_text(encoding="utf-8")
    parser = ConfigParser()
    parser.read_string(text)
    for section in parser.sections():
        ignored = parser[section].get("ignore_imports", "").split("\n")
        for arrow in filter(None, ignored):
            before = text[: text.index(arrow)].rstrip().splitlines()
            assert before[-1].lstrip().startswith("#"), f"{arrow}: say why on the line above"


BY_TEXT = {
    "moved.py": "old names",
    "questions.py": "the answers of questions",
    "lazy.py": "names of a package that are loaded when they are used",
    "pipeline/progress.py": "whether a notebook shows the progress: IPython, if it is loaded",
    "plugins.py": "what other packages offer as entry points",
    "workloads/builtin.py": "a workload of one's own, named in a definition",
    "experiment/sources/__init__.py": "the list of sources",
    "report/formats/__init__.py": "the list of report formats",
    "tailoring/documents/formats/__init__.py": "the list of document formats",
}
"""Files that import what a text names, which no contract sees, and what they import so."""
FROM = {"importlib", "importlib.metadata", "importlib.util", "pkgutil", "sys"}
LOADERS = {"import_module", "__import__", "resolve_name", "find_spec", "entry_points", "modules"}


def loaders_in(text: str) -> set[str]:
    """The functions and tables by which a source gets modules other than by a statement."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module in FROM:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            owner = getattr(node.value, "id", "")
            if node.attr != "modules" or owner == "sys":
                found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id == "__import__":
            found.add(node.id)
    return found & LOADERS


def test_modules_are_imported_by_their_own_name_only() -> None:
    paths = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    loading = {name for name, path in paths.items() if loaders_in(path.read_text("utf-8"))}
    assert loading == BY_TEXT.keys()


@pytest.mark.parametrize(
    "text",
    [
        "from importlib import import_module as other",
        "import importlib as i\ni.import_module('x')",
        "import sys\nsys.modules['x']",
        "import pkgutil\npkgutil.resolve_name('x:y')",
        "__import__('x')",
    ],
)
def test_an_import_by_a_text_is_seen(text: str) -> None:
    assert loaders_in(text)


def test_every_folder_of_sources_is_a_package() -> None:
    """A folder without `__init__.py` can be imported, but no contract and no drawing sees it."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_the_package_imports_nothing_that_a_wheel_has_not() -> None:
    outside = {path.name for path in ROOT.iterdir() if path.is_dir()} - {PACKAGE.name}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [str(node.module)]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            tops = {name.split(".")[0] for name in names}
            assert not tops & outside, f"{path.relative_to(ROOT)} imports {tops & outside}"


def test_no_room_is_too_full() -> None:
    rooms = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        if path.name != "__init__.py":
            rooms[path.parent].append(path.name)
    full = {str(room.relative_to(ROOT)): len(names) for room, names in rooms.items()}
    assert {room: n for room, n in full.items() if n > MODULES_IN_A_ROOM} == {}


def test_a_long_file_says_why() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LINES_IN_A_FILE:
            docstring = ast.get_docstring(ast.parse(text)) or ""
            assert "Long because" in docstring, f"{path.relative_to(ROOT)} is long; split it"


SEVERAL_MEANINGS = {
    "Entry": "structure.splitting is rewritten with the reading of documents",
    "Evidence": "facts is rewritten with the alignment of claims",
    "Line": "facts is rewritten with the alignment of claims",
    "Source": "a source of results, and the source of a line; the second goes with facts",
    "Piece": "formats.pdf is rewritten with the reading of documents",
    "_Node": "each policy has a private node of its own",
}
"""Class names that still mean several things, with the reason."""


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    several = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in several.items() if name not in SEVERAL_MEANINGS} == {}
    assert SEVERAL_MEANINGS.keys() <= several.keys(), "remove what is settled"


def test_the_face_names_an_answer_for_every_question() -> None:
    from importlib import import_module

    from tailor_lab.questions import places

    asked = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "from tailor_lab.questions import" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ask":
                question = node.args[0]
                assert isinstance(question, ast.Constant)
                asked.add(question.value)
    assert tailor_lab.__version__
    assert asked == set(places())
    for place in places().values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))
