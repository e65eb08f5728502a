"""Definitions in YAML: what they mean, and the line that is wrong."""

from pathlib import Path

import pytest

from tailor_lab import InputError
from tailor_lab.experiment import read_definition
from tailor_lab.settings import shipped

GOOD = """\
name: prompts
items: pairs.jsonl
variants:
  - {name: a, prompt: plain, temperature: 0.5}
  - {name: b, prompt: grounded, mode: full}
primary: {metric: improvement, margin: 2.0}
guardrails:
  - {metric: cost_usd, margin: 10%}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "experiment.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_definition_becomes_an_experiment(tmp_path: Path) -> None:
    experiment = read_definition(write(tmp_path, GOOD))
    assert [variant.name for variant in experiment.variants] == ["a", "b"]
    assert experiment.variant("a").assignment == {"prompt": "plain", "temperature": 0.5}
    assert experiment.variant("b").mode == "full"
    assert experiment.role("cost_usd") == "guardrail"
    assert experiment.guardrails[0].margin_is_relative


def test_the_shipped_experiments_are_valid() -> None:
    for path in shipped("experiments").glob("*.yaml"):
        assert read_definition(path).variants


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("items: pairs.jsonl", "itms: pairs.jsonl", 2, '"itms" is not known'),
        ("items: pairs.jsonl", "items: [1]", 2, '"items" must be str'),
        ("name: prompts\n", "", 1, '"name" is missing'),
        ("margin: 2.0", "margin: -2", 6, "must be above 0"),
        ("metric: improvement, ", "", 6, "a metric needs its name"),
        ("{name: b, prompt", "{prompt", 5, 'a variant needs its "name"'),
        ("name: b", "name: a", 1, 'names the variant "a" twice'),
        ("name: prompts\n", "name: prompts\nlooks: often\n", 2, "looks is 'often'"),
        ("margin: 10%", "margin: 10%, colour: red", 8, '"colour" is not known'),
        ("name: prompts", "name: prompts\nname: again", 2, "stands here twice"),
        ("name: prompts", "name: [", 3, "not valid YAML"),
    ],
)
def test_the_sentence_names_file_and_line(tmp_path: Path, old, new, line, says) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_definition(path)
    assert f"{path}, line {line}" in str(caught.value)
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere.yaml: there is no such"):
        read_definition(tmp_path / "nowhere.yaml")
