"""Words of a language are data: no list of more than eight of them stands in Python.

Looked at are the rooms that read language. A list of words is a literal of strings that are words,
the branches of one group of a regular expression, or a text that is split. Names of this project
(fields of JSON Resume, keys of a record that is being built, module names) are no words of a
language; where a literal cannot be told from one by its form, `NAMES` says what it is.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

import pytest

PACKAGE = Path(__file__).parents[1] / "tailor_lab"
ROOMS = ("tailoring", "llm/offline", "llm/prompting")
MOST = 8

ROOMS_TO_COME = {
    "tailoring/facts": "its rules become objects with word lists of their own",
    "tailoring/documents": "its reader is rewritten on the lexicon's headings and dates",
}
"""Exempt until the issues that rewrite their insides, which remove them from here."""

NAMES = {
    "tailoring/resume.py": {"LISTS": "sections of JSON Resume"},
}
"""What the literals are that look like lists of words and are names of a format."""

_WORD = re.compile(r"[^\W\d_][^\W\d_'’. -]*(?:[ -][^\W\d_]+)*\.?")
_VALUE = "\x00"  # what an f-string puts in


class WordList(NamedTuple):
    """A literal with too many words."""

    line: int
    name: str
    words: list[str]


def word_lists(source: str) -> Iterator[WordList]:
    """The literals of a module that list more than eight words."""
    tree = ast.parse(source)
    docstrings = set(_docstrings(tree))
    for statement in _statements(tree):
        name = _name_of(statement)
        if name.startswith("__"):
            continue
        for node in _outermost(statement, docstrings):
            words = _words_of(node)
            if len(words) > MOST:
                yield WordList(node.lineno, name, words)
        for node in ast.walk(statement):
            # A text that is split, or the lines of a table that is going to be.
            if _is_split(node) or (node is getattr(statement, "value", None) and _is_table(node)):
                text = node.func.value.value if isinstance(node, ast.Call) else node.value
                if len(text.split()) > MOST:
                    yield WordList(node.lineno, name, text.split())


def _docstrings(tree: ast.Module) -> Iterator[int]:
    """The ids of strings that are statements: docstrings, of values too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            yield from statement.body
        else:
            yield statement


def _name_of(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    if isinstance(statement, ast.AnnAssign | ast.AugAssign) and isinstance(
        statement.target, ast.Name
    ):
        return statement.target.id
    return getattr(statement, "name", "")


def _outermost(node: ast.AST, skipped: set[int]) -> Iterator[ast.expr]:
    """The literals of a statement; what is inside another one is part of it."""
    for child in ast.iter_child_nodes(node):
        if id(child) in skipped:
            continue
        if _is_literal(child) and _words_of(child):
            yield child
        else:
            yield from _outermost(child, skipped)


def _is_literal(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict | ast.JoinedStr)


def _is_split(node: ast.AST) -> bool:
    """Whether a text of words is split right where it stands."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"split", "splitlines"}
        and isinstance(node.func.value, ast.Constant)
        and isinstance(node.func.value.value, str)
    )


def _is_table(node: ast.AST) -> bool:
    """Whether a text is the lines of a table of words, and neither prose nor a pattern."""
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and "\n" in text and not re.search(r"[|.{]", text)


def _words_of(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant | ast.JoinedStr):
        return max(_alternations(_text(node)), key=len)
    if isinstance(node, ast.Dict):
        # The keys of a record say what its values are; a table's values are constants.
        if not all(_is_constant(value) for value in node.values):
            return []
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        return [key for key in keys if isinstance(key, str) and _WORD.fullmatch(key)]
    found = []
    for child in getattr(node, "elts", ()):
        inner = child.value if isinstance(child, ast.Starred) else child
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found += [inner.value] if _WORD.fullmatch(inner.value) else []
        elif isinstance(inner, ast.Tuple | ast.List | ast.Set):
            found += _words_of(inner)
    return found


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(v.value) if isinstance(v, ast.Constant) else _VALUE for v in node.values)


def _alternations(pattern: str) -> Iterator[list[str]]:
    """The branches with words of every group of a pattern, and of the pattern itself."""
    stack: list[list[str]] = [[""]]
    place = 0
    while place < len(pattern):
        mark = pattern[place]
        if mark == "\\":
            stack[-1][-1] += pattern[place : place + 2]
            place += 2
            continue
        if mark == "[":
            end = pattern.find("]", place + 2)
            place = len(pattern) if end < 0 else end + 1
            continue
        if mark == "(":
            opened = re.compile(r"\((?:\?(?:P<\w+>|P=\w+|<?[=!]|[aiLmsux-]*:))?").match(
                pattern, place
            )
            stack.append([""])
            place = opened.end() if opened else place + 1
            continue
        if mark == ")" and len(stack) > 1:
            yield _wordy(stack.pop())
            stack[-1][-1] += " group "
        elif mark == "|":
            stack[-1].append("")
        else:
            stack[-1][-1] += mark
        place += 1
    while stack:
        yield _wordy(stack.pop())


def _wordy(branches: list[str]) -> list[str]:
    plain = (re.sub(r"\\[a-zA-Z]| group |\{[^}]*\}", "", branch) for branch in branches)
    found = [branch for branch in plain if re.search(r"[^\W\d_]{2,}", branch)]
    return found if len(branches) > 1 else []


def modules() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            name = path.relative_to(PACKAGE).as_posix()
            if not name.startswith(tuple(f"{room}/" for room in ROOMS_TO_COME)):
                yield path


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_lists_no_more_than_eight_words(path: Path) -> None:
    named = NAMES.get(path.relative_to(PACKAGE).as_posix(), {})
    found = [words for words in word_lists(path.read_text("utf-8")) if words.name not in named]
    assert not found, "move these to data/knowledge/lexicon"


@pytest.mark.parametrize("name", NAMES)
def test_every_exception_is_still_needed(name: str) -> None:
    found = {words.name for words in word_lists((PACKAGE / name).read_text("utf-8"))}
    assert found >= NAMES[name].keys()


@pytest.mark.parametrize("room", ROOMS_TO_COME)
def test_a_room_to_come_still_has_lists(room: str) -> None:
    paths = (PACKAGE / room).rglob("*.py")
    assert any(True for path in paths for _ in word_lists(path.read_text("utf-8")))


NINE = ["ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak"]


@pytest.mark.parametrize(
    "source",
    [
        f"TREES = {NINE!r}",
        f"TREES = frozenset({{*{tuple(NINE[:5])!r}, *{tuple(NINE[5:])!r}}})",
        f"TREES = {dict.fromkeys(NINE, 1)!r}",
        f"TREES = {' '.join(NINE)!r}.split()",
        f'TREES = """\n{" ".join(NINE)}\n"""',
        f"TREES = re.compile(r'(?:{'|'.join(NINE)})s?')",
        f"def f():\n    return re.search(rf'a (?:{'|'.join(NINE)}|{{x}}) b', '')",
        f"class A:\n    trees = {NINE!r}",
    ],
)
def test_nine_words_are_seen_in_every_form(source: str) -> None:
    assert [len(found.words) for found in word_lists(source)] == [9]


@pytest.mark.parametrize(
    "source",
    [
        f"TREES = {NINE[:8]!r}",
        f"TREES = re.compile(r'(?:{'|'.join(NINE[:8])})(?:a|b|{{2,3}})')",
        f"def f(x):\n    return {{{', '.join(f'{w!r}: x.{w}' for w in NINE)}}}",
        f'def f():\n    """One {" ".join(NINE)}."""',
        f"__all__ = {NINE!r}",
    ],
)
def test_eight_words_a_record_and_prose_are_none(source: str) -> None:
    assert not list(word_lists(source))
