"""The cases of benchmarks.facts are data: what the files say is what the benchmark draws."""

import inspect
import json
import random
from pathlib import Path

import jsonschema
import pytest
import yaml

from benchmarks.facts import drawing, handwritten
from benchmarks.facts.draft import SPLITS, Draft, NotHere, Posting
from benchmarks.facts.drawing import draw, shipped_resumes
from benchmarks.facts.edits import EDITS
from benchmarks.facts.edits.registry import CASES, words
from benchmarks.facts.edits.slots import FILLERS
from benchmarks.facts.measures import share
from benchmarks.facts.templates import FRAME, files, kinds
from tailor_lab.tailoring.edits import resolve

SCHEMA = json.loads((CASES / "schema.json").read_text("utf-8"))
BLOCKS = [
    (kind, block)
    for _, content in files("templates")
    for kind, blocks in content["templates"].items()
    for block in blocks
]


@pytest.mark.parametrize("file", sorted(CASES.glob("*.yaml")), ids=lambda file: file.name)
def test_every_file_of_cases_fits_the_schema(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)


def test_the_schema_refuses_an_unknown_option_and_a_pair_of_three() -> None:
    block = {"name": "tense", "edit": "change_opening_verb", "either_way": [["Run", "Ran"]]}
    file = {"about": "A file with one block of templates.", "templates": {"L2": [block]}}
    check = jsonschema.Draft202012Validator(SCHEMA)
    check.validate(file)
    assert not check.is_valid(file | {"templates": {"L2": [block | {"colour": "red"}]}})
    assert not check.is_valid(file | {"templates": {"L2": [block | {"either_way": [["a"] * 3]}]}})


@pytest.mark.parametrize(("kind", "block"), BLOCKS, ids=[f"{k}-{b['name']}" for k, b in BLOCKS])
def test_every_block_calls_an_edit_with_options_that_it_has(
    kind: str, block: dict[str, object]
) -> None:
    options = {key: value for key, value in block.items() if key not in FRAME}
    worded = "wording" in block or "wordings" in block or "either_way" in block
    given = ["a wording"] if worded else []
    inspect.signature(EDITS[str(block["edit"])]).bind("a draft", *given, **options)
    slots = block.get("slots", {})
    assert isinstance(slots, dict)
    for spec in (*slots.values(), *([block["slot"]] if "slot" in block else [])):
        if isinstance(spec, str) and spec.partition(" ")[0] in {"any", "new"}:
            assert words(spec.partition(" ")[2])
        elif isinstance(spec, str):
            assert spec in FILLERS


def test_every_edit_is_called_by_some_case_file() -> None:
    assert set(EDITS) == {block["edit"] for _, block in BLOCKS}


def test_every_kind_has_templates_of_both_parts_and_none_is_in_both() -> None:
    for kind in kinds().values():
        names = [{template.name for template in kind.of(split)} for split in SPLITS]
        assert all(names), kind.name
        assert not names[0] & names[1], kind.name


def test_the_second_batch_is_in_no_test_part() -> None:
    second = {(kind, block["name"]) for kind, block in BLOCKS if block.get("batch") == "second"}
    assert len(second) > 30
    for kind in kinds().values():
        for template in kind.of("test"):
            assert (kind.name, template.name.rstrip("0123456789").rstrip("_")) not in second


def test_a_seed_draws_the_same_cases_again_and_another_seed_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "real_resumes", dict)
    first = [case.tailored for case in draw("L2", "test", 5)]
    assert first == [case.tailored for case in draw("L2", "test", 5)]
    assert first != [case.tailored for case in draw("L2", "test", 5, seed=8)]


def test_what_an_edit_changes_in_a_bullet_is_exactly_what_it_marks() -> None:
    resume = next(iter(shipped_resumes().values()))
    posting = Posting("p", "Clerk", "Acme", "A posting.", ())
    made = 0
    for kind in ("F1", "F4", "F19", "L3", "L5"):
        for template in kinds()[kind].templates:
            draft = Draft(resume, posting, random.Random(template.name))
            try:
                template.change(draft)
            except NotHere:
                continue
            place = draft.places[-1]
            before, after = resolve(draft.source, place.path), draft.get(place.path)
            assert before != after
            assert before.startswith(after[: place.start])
            assert before.endswith(after[place.end :])
            made += 1
    assert made > 50


def test_first_asked_figures_count_the_cases_of_their_set_and_are_those_of_the_docs() -> None:
    page = (Path(__file__).parents[1] / "docs" / "facts.md").read_text("utf-8")
    asked = 0
    for written in handwritten.sets():
        if written.first_asked is None:
            continue
        asked += 1
        single = [case for case in handwritten.cases(written) if case.kind != "A"]
        for key, letter in (("fabrications_flagged", "F"), ("legitimate_edits_blocked", "L")):
            counted = written.first_asked[key]
            assert counted["of"] == sum(case.kind[0] == letter for case in single)
            figure = share(i < counted["hits"] for i in range(counted["of"]))
            assert figure in page
    assert asked == 2
