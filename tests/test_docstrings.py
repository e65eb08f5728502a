"""Docstrings of all that is public: they are there, name every parameter, and say what is raised.

Public is what the reference shows. A parameter or field may be left out of a docstring where its
name stands in the table of `docs/reference/words.md`, which says what it means everywhere.
"""

import ast
import builtins
import dataclasses
import doctest
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import tailor_lab
from tailor_lab import questions
from tests.documents import ROOT, reference_names

REFERENCE = ROOT / "docs" / "reference"
NAMES = reference_names()
MODULES = [
    module.name
    for module in walk_packages(tailor_lab.__path__, "tailor_lab.")
    if not module.name.endswith("__main__")
]
UNDERSTOOD = {"self", "cls", "args", "kwargs"}


@dataclass(frozen=True)
class Entry:
    """A class, function, method or property of the reference, and what its docstring must name."""

    name: str
    text: str
    names: tuple[str, ...]
    raises: tuple[str, ...] = ()


@cache
def words() -> set[str]:
    """Parameters that mean the same everywhere, from the page that says what they mean."""
    page = (REFERENCE / "words.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"\w+", row)}


def found(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def entries() -> Iterator[Entry]:
    for name in NAMES:
        thing = found(name)
        if inspect.isclass(thing):
            yield of_class(name, thing)
            yield from (
                of_function(f"{name}.{member}", function)
                for owner in thing.__mro__
                if owner.__module__.startswith("tailor_lab")
                for member, function in methods(owner)
            )
        elif callable(thing):
            yield of_function(name, thing)


def methods(owner: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, member in vars(owner).items():
        if name.startswith("_"):
            continue
        if isinstance(member, staticmethod | classmethod):
            yield name, member.__func__
        elif isinstance(member, property) and member.fget:
            yield name, member.fget
        elif isinstance(member, cached_property):
            yield name, member.func
        elif inspect.isfunction(member):
            yield name, member


def of_function(name: str, function: Callable[..., Any]) -> Entry:
    wrapped = inspect.unwrap(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(wrapped)))
    raised = {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if (word := ast.unparse(node.exc.func).rpartition(".")[2])[0].isupper()
    }
    text = inspect.cleandoc(wrapped.__doc__ or "")
    return Entry(name, text, tuple(inspect.signature(wrapped).parameters), tuple(sorted(raised)))


def of_class(name: str, thing: type) -> Entry:
    """A class with the docstrings of its fields, or of what makes it."""
    own = vars(thing).get("__doc__") or ""
    generated = own.startswith(f"{thing.__name__}(")
    text = "" if generated else inspect.cleandoc(own)
    if dataclasses.is_dataclass(thing):
        fields = tuple(f.name for f in dataclasses.fields(thing) if f.init)
        public = tuple(field for field in fields if not field.startswith("_"))
        documented = {field for owner in thing.__mro__ for field in documented_fields(owner)}
        return Entry(name, text, tuple(f for f in public if f not in documented))
    init = vars(thing).get("__init__")
    names = tuple(inspect.signature(init).parameters) if inspect.isfunction(init) else ()
    return Entry(name, f"{text}\n{getattr(init, '__doc__', '') or ''}", names)


def documented_fields(owner: type) -> Iterator[str]:
    """The fields that a string below them explains."""
    if not owner.__module__.startswith("tailor_lab"):
        return
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(definition, ast.ClassDef)
    for statement, below in zip(definition.body, definition.body[1:], strict=False):
        explained = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(statement, ast.AnnAssign) and explained:
            yield ast.unparse(statement.target)


ENTRIES = list(entries())


def test_the_reference_shows_every_public_name() -> None:
    shown = {id(found(name)) for name in NAMES}
    rooms = [m for m in MODULES if hasattr(import_module(m), "__all__") and m.count(".") == 1]
    public = {
        f"{module}.{name}": getattr(import_module(module), name)
        for module in ("tailor_lab", *rooms)
        for name in import_module(module).__all__
    }
    assert len(public) > 150
    assert [name for name, thing in public.items() if id(thing) not in shown] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_docstring_opens_with_a_sentence_and_leaves_nothing_out(entry: Entry) -> None:
    opening = entry.text.split("\n\n")[0]
    assert re.search(r"[.?:]$", opening), f"{entry.name} does not open with a sentence"
    named = set(re.findall(r"\w+", entry.text)) | UNDERSTOOD | words()
    assert [name for name in entry.names if name not in named] == []
    errors = [name for name in entry.raises if name in vars(builtins) or name.endswith("Error")]
    assert [name for name in errors if name not in entry.text] == []


WITHOUT_A_FORMULA = {"simulated_power", "grouped_moments", "grouped_comoments"}
"""These draw, or sum; what they feed names its source."""
FORMULAS = [
    name
    for name in NAMES
    if name.startswith("tailor_lab.stats.") and inspect.isfunction(found(name))
    if name.rpartition(".")[2] not in WITHOUT_A_FORMULA
]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_names_its_source(name: str) -> None:
    assert re.search(r"Source: |\(\d{4}\)", inspect.getdoc(found(name)) or "")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    # An example may add a question of its own; other tests must not find it.
    monkeypatch.setattr(questions, "_PLACES", dict(questions.places()))
    assert doctest.testmod(import_module(name)).failed == 0
