"""The word lists: each file fits its schema, is used, is frozen, and breaks in one sentence."""

import ast
import json
import re
import shutil
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from tailor_lab.data_files import read_data_file
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.text import lexicon as room
from tailor_lab.tailoring.text.lexicon import any_of, lexicon, words

FOLDER = shipped("data/knowledge/lexicon")
SCHEMAS = shipped("data/knowledge/schemas/lexicon")
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PACKAGE = Path(room.__file__).parents[2]


def test_every_list_has_a_schema_and_every_schema_a_list() -> None:
    assert sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.iterdir()) == NAMES
    assert len(NAMES) >= 18


@pytest.mark.parametrize("name", NAMES)
def test_a_file_fits_its_schema_by_a_general_validator_too(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")), schema)


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_finds_the_schema_of_a_file(name: str) -> None:
    first = (FOLDER / f"{name}.yaml").read_text("utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match is not None
    assert (FOLDER / match.group(1)).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_no_list_names_a_word_twice(name: str) -> None:
    for key, value in lexicon(name).items():
        if isinstance(value, tuple) and all(isinstance(word, str) for word in value):
            assert len(set(value)) == len(value), key


@pytest.mark.parametrize("name", NAMES)
def test_every_fragment_compiles(name: str) -> None:
    for key, value in lexicon(name).items():
        if isinstance(value, tuple) and all(isinstance(word, str) for word in value):
            re.compile(any_of(name, key))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_an_unknown_key_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    copy = tmp_path / f"{name}.yaml"
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    copy.write_text(f"{text}wrods: [a]\n", "utf-8")
    line = text.count("\n") + 1
    with pytest.raises(InputError, match=rf"{name}\.yaml, line {line}: /wrods .+\.$") as refused:
        read_data_file(copy, f"lexicon/{name}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_one_of_its_lists_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    key = next(iter(content))
    del content[key]
    copy = tmp_path / f"{name}.yaml"
    copy.write_text(yaml.safe_dump(content) if content else "{}\n", "utf-8")
    with pytest.raises(InputError, match=rf"{name}\.yaml, line 1: .*{key}"):
        read_data_file(copy, f"lexicon/{name}")


def test_a_number_among_words_is_refused_with_line_and_place(tmp_path: Path) -> None:
    copy = tmp_path / "legal_forms.yaml"
    shutil.copy(FOLDER / "legal_forms.yaml", copy)
    text = copy.read_text("utf-8")
    copy.write_text(text.replace("worded: [private]", "worded: [private, 7]"), "utf-8")
    line = text[: text.index("worded:")].count("\n") + 1
    with pytest.raises(InputError, match=rf"legal_forms\.yaml, line {line}: /worded/1 must be "):
        read_data_file(copy, "lexicon/legal_forms")


@pytest.mark.parametrize("name", NAMES)
def test_nobody_can_change_a_list(name: str) -> None:
    content = lexicon(name)
    with pytest.raises(TypeError):
        content["new"] = ()  # type: ignore[index]
    assert all(not isinstance(value, list | dict | set) for value in content.values())


def test_a_list_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"legal_forms\.yaml has no list 'sufixes'"):
        words("legal_forms", "sufixes")


def test_a_fragment_in_braces_stands_for_the_branches_of_its_list() -> None:
    pattern = re.compile(any_of("unfinished", "coming"))
    assert pattern.fullmatch("not yet completed")
    assert pattern.fullmatch("in  progress")
    assert "{" not in any_of("unfinished", "coming")


@cache
def asked() -> set[tuple[str, str]]:
    """Each list that a module of the package asks for by the names of file and list."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        if "tailoring.text" not in source and "any_of" not in source and "words" not in source:
            continue
        file = re.search(r'partial\(any_of, "(\w+)"\)', source)
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if node.func.id in {"words", "any_of"} and len(texts) > 1:
                found |= {(str(texts[0]), str(key)) for key in texts[1:]}
            elif node.func.id == "_any" and file:
                found |= {(file[1], str(key)) for key in texts}
    return found


def test_every_list_that_the_package_asks_for_is_there() -> None:
    lists = asked()
    assert len(lists) > 80
    assert all(key in lexicon(name) for name, key in lists)


def test_every_list_of_words_is_asked_for() -> None:
    lists = asked()
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    quoted = set(re.findall(r"""["'](\w+)["']""", source))
    for name in NAMES:
        text = (FOLDER / f"{name}.yaml").read_text("utf-8")
        for key in lexicon(name):
            used = (name, key) in lists or f"{{{key}}}" in text or key in quoted
            assert used, f"nothing reads {key} of {name}.yaml"
