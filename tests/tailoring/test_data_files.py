"""Every shipped data file fits its schema, and a broken one is one sentence with line and key."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from tailor_lab.data_files import first_fault, read_data_file, schema_path
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped

FOLDER = shipped("data/knowledge")
FILES = sorted([*FOLDER.glob("*.yaml"), *(FOLDER / "skills").glob("*.yaml")])


def schema_named_in(path: Path) -> Path:
    """The schema that the first line of a data file names, as an editor reads it."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named, f"{path.name} names no schema in its first line"
    return (path.parent / named[1]).resolve()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_fits_the_schema_that_it_names(path: Path) -> None:
    schema = schema_named_in(path)
    kind = "skills" if path.parent.name == "skills" else path.stem
    assert schema == schema_path(kind).resolve()
    data = read_data_file(path, schema)
    assert data == yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.validate(data, json.loads(schema.read_text(encoding="utf-8")))


def test_every_schema_is_a_valid_one_and_is_used() -> None:
    schemas = {path.resolve() for path in schema_path("levels").parent.glob("*.schema.json")}
    for path in schemas:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
    assert {schema_named_in(path) for path in FILES} <= schemas


# A fault for each kind of file: where it is put, and what is said of it.
BROKEN = [
    ("levels", "mid:\n  words: mid\n  years: 3\n", "line 3: /mid/years must be a list, not 3"),
    ("levels", "mid:\n  words: mid\n", 'line 1: /mid lacks the key "years"'),
    (
        "levels",
        "mid: {words: mid, years: [1, 2]}\nmid: {words: m, years: [0, 1]}\n",
        "line 2: /mid is defined twice; the first is in line 1",
    ),
    ("titles", "nurse:\n  titles: [rn, yes]\n", "line 2: /nurse/titles/1 must be a text, not true"),
    ("titles", "nurse:\n  title: rn\n  titles: rn\n", "line 2: /nurse/title is not a known key"),
    ("industries", "law:\n  aliases: 7\n", "line 2: /law/aliases must be a text with commas or a"),
    (
        "industries",
        "law:\n\n  verb: argued\n",
        "line 3: /law/verb is not a known key; known are al",
    ),
    ("certifications", "CPA: {licence: 1}\n", "line 1: /CPA/licence must be true or false, not 1"),
    ("certifications", "NO: {}\nno: {}\n", "line 1: the file has the key NO that is no text"),
    ("degrees", "BSc:\n  rank: 9\n", "line 2: /BSc/rank must be 5 or less, not 9"),
    ("degrees", "BSc:\n  rank: three\n", "line 2: /BSc/rank must be a whole number, not 'three'"),
    (
        "packs",
        "levels: {mid: {shown: x}}\nroles: {a: {}}\n",
        "line 1: /levels/mid/shown is not a k",
    ),
    ("packs", "levels:\n  mid: {show: x}\n", 'line 1: the file lacks the key "roles"'),
    ("practices", "practices:\n- id: a\n  text: b\n", 'line 2: /practices/0 lacks the key "why"'),
    ("ordinary_words", "words:\n  a:\n    b: c\n", "line 3: /words/a must be a text with commas"),
    ("score", "version: 4\n", 'line 1: the file lacks the key "weights"'),
    ("skills", "groups:\n- terms: {}\n", 'line 2: /groups/0 lacks the key "kind"'),
    (
        "skills",
        "groups:\n- kind: tool\n  terms:\n    Loom:\n      alias: power loom\n",
        "line 5: /groups/0/terms/Loom/alias is not a known key; known are aliases",
    ),
    (
        "skills",
        "groups:\n- kind: tool\n  terms:\n    Loom: a\n    Loom: b\n",
        "line 5: /groups/0/terms/Loom is defined twice; the first is in line 4",
    ),
]


@pytest.mark.parametrize(("kind", "content", "says"), BROKEN)
def test_a_broken_file_is_refused_with_file_line_and_key(tmp_path, kind, content, says) -> None:
    path = tmp_path / f"{kind}.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read_data_file(path, kind)
    assert str(refusal.value).startswith(f"{path.name}, {says}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("version", '"4"', "4", r"score\.yaml, line \d+: /version must be a text, not 4"),
        (
            "weight",
            "seniority: 10",
            "seniority: ten",
            r"line \d+: /weights/seniority must be a num",
        ),
        ("key", "thin_pull:", "thin_pul:", r'line 1?\d?: the file lacks the key "thin_pull"'),
        ("range", "told: 0.85", "told: 8.5", r"line \d+: /evidence/told must be 1 or less, not 8"),
        ("pairs", "[0.01, 0.22]", "[0.01]", r"/lexical_reference/1 has 1 items and must have 2"),
    ],
)
def test_a_fault_in_the_weights_names_its_line(tmp_path, name, old, new, says) -> None:
    text = (FOLDER / "score.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "score.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_data_file(path, "score")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: the file needs a mapping at its top"),
        (b"- a\n", "line 1: the file needs a mapping at its top"),
        (b"a: 1\nb: [\n", "is not YAML in line 3"),
        (b"a: 1\nb: \xff\n", "is not text in UTF-8 in line 2"),
        (b"a: 1\nb: \x01\n", "is not YAML in line 2"),
        (b"a: &x\n  b: *x\n", "line 1: /a/b refers to itself"),
        (b"a: 2026-13-45\n", "line 1: /a is '2026-13-45'; put it in quotes"),
    ],
)
def test_what_is_no_data_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "levels.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read_data_file(path, "levels")
    assert says in str(refusal.value)


def test_a_few_lines_that_would_make_billions_of_values_are_refused(tmp_path: Path) -> None:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "levels.yaml"
    path.write_text("\n".join(["a0: &a0 [1]", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match=r"line \d+: /a\d+/\d makes more than 2,000,000 values"):
        read_data_file(path, "levels")


def test_a_schema_that_asks_for_more_than_is_checked_is_refused(tmp_path: Path) -> None:
    schema = tmp_path / "mine.schema.json"
    schema.write_text('{"properties": {"a": {"pattern": "b"}}}', encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.schema\.json uses pattern, which tailor_lab does"):
        read_data_file(FOLDER / "levels.yaml", schema)


@pytest.mark.parametrize(("kind", "content", "says"), BROKEN)
def test_a_general_validator_finds_the_same_files_wrong(kind, content, says) -> None:
    data = yaml.safe_load(content)
    schema = json.loads(schema_path(kind).read_text(encoding="utf-8"))
    refused = first_fault(data, schema) is not None
    assert refused == (not jsonschema.Draft202012Validator(schema).is_valid(data))
    # What a schema cannot say, of keys, only the reader sees.
    assert refused or "twice" in says or "no text" in says


def test_a_copy_of_the_shipped_files_is_read_alike(tmp_path: Path) -> None:
    copied = shutil.copy(FOLDER / "degrees.yaml", tmp_path / "other.yaml")
    assert read_data_file(copied, "degrees") == read_data_file(FOLDER / "degrees.yaml", "degrees")
