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


def test_modules_are_imported_by_their_own_name_only() -> None:
    """What is imported by a text escapes every contract; these places may.

    They are the old names, the answers of questions, a user's own workload, and lists of rooms.
    """
    allowed = {"moved.py", "questions.py", "lazy.py", "plugins.py", "builtin.py"}
    for path in PACKAGE.rglob("*.py"):
        names = {
            node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        if {"import_module", "__import__"} & names:
            assert path.name in allowed, f"{path.relative_to(ROOT)} imports by a text"


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
