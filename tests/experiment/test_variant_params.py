"""Parameters of a variant's model: they reach the wire, make a cell, are checked and shown."""

from pathlib import Path

import pytest
import yaml

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment import read_definition
from tailor_lab.report.figures import Figures
from tailor_lab.report.sections.setup import setup
from tests.llm.server import Server

ITEMS = [{"id": f"i{n}", "text": f"Item {n}."} for n in range(3)]


@pytest.fixture
def lab(tmp_path: Path):
    with Server() as server, Lab(settings=server.settings(tmp_path, model="openai:m")) as lab:
        lab.server = server
        yield lab


def said(llm, text: str) -> str:
    return llm.complete([{"role": "user", "content": text}], temperature=0, seed=1).text


def length(said: str) -> float:
    return float(len(said))


def asked(*variants: Variant, **more) -> Experiment:
    pipeline = Pipeline([said, length])
    return Experiment(
        "asked", ITEMS, variants, Metric("length", margin=1.0), pipeline=pipeline, **more
    )


COLD, WARM = (
    Variant("cold"),
    Variant("warm", params={"temperature": 0.7, "reasoning_effort": "low"}),
)


def test_parameters_go_over_those_of_the_call(lab) -> None:
    lab.run(asked(COLD, WARM), progress=False)
    sent = {
        (body["temperature"], body.get("reasoning_effort"), body["seed"])
        for body in lab.server.requests
    }
    assert sent == {(0, None, 1), (0.7, "low", 1)}


def test_none_takes_a_parameter_out(lab) -> None:
    lab.run(asked(COLD, Variant("free", params={"temperature": None})), progress=False)
    assert {"temperature" in body for body in lab.server.requests} == {True, False}


def test_other_parameters_are_other_runs_and_the_same_are_not(lab) -> None:
    first = lab.run(asked(COLD, WARM), progress=False)
    again = lab.run(asked(COLD, WARM), progress=False)
    assert first.plan_hash == again.plan_hash
    assert len(lab.server.requests) == 6
    warmer = Variant("warm", params={"temperature": 0.9})
    other = lab.run(asked(COLD, warmer), progress=False)
    assert other.plan_hash != first.plan_hash
    assert len(lab.server.requests) == 9


def test_a_variant_without_parameters_is_the_cell_that_it_always_was(lab) -> None:
    plain = asked(COLD, Variant("b"))
    before = lab.run(plain, progress=False)
    assert "params" not in before.plan["variants"][0]


def test_parameters_of_a_definition_reach_tailoring_over_those_of_the_prompt(
    lab, tmp_path: Path
) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(
        "name: e\nitems: data/pairs.jsonl\nlimit: 2\nvariants:\n"
        "  - {name: cold, prompt: grounded}\n"
        "  - {name: warm, prompt: grounded, params: {temperature: 0.2, reasoning_effort: low}}\n"
        "primary: {metric: improvement, margin: 2.0}\n"
    )
    lab.run(path, progress=False)
    sent = {(body["temperature"], body.get("reasoning_effort")) for body in lab.server.requests}
    assert sent == {(0, None), (0.2, "low")}


def test_the_log_the_plan_and_the_report_say_what_a_variant_sets(lab) -> None:
    free = Variant("free", params={"temperature": None})
    result = lab.run(asked(COLD, WARM, free), progress=False)
    read = lab.result("asked").experiment.variant("warm")
    assert dict(read.params) == {"temperature": 0.7, "reasoning_effort": "low"}
    assert "temperature 0.7, reasoning_effort low" in str(asked(COLD, WARM))
    shown = dict(setup(result, Figures()).variants)
    assert "temperature: 0.7; reasoning_effort: low" in shown["warm"]
    assert "temperature: not sent" in shown["free"]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"model": "x"}, 'sets "model", which is no parameter'),
        ({"messages": []}, 'sets "messages"'),
        ({"stream": True}, 'sets "stream"'),
        ({"response_format": {}}, 'sets "response_format"'),
        ({"timeout": 3}, "--timeout"),
        ([1], "is a list; give names and values"),
        ("hot", "is a str"),
        ({1: 2}, "has 1 for a name"),
        ({"temperature": float("nan")}, 'sets "temperature" to nan'),
        ({"stop": {1, 2}}, 'sets "stop"'),
    ],
)
def test_what_is_no_parameter_is_a_sentence_with_variant_and_field(params, says: str) -> None:
    with pytest.raises(InputError) as raised:
        Variant("warm", params=params)
    assert str(raised.value).startswith('Variant "warm": params ')
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ("{model: x}", 'line 5: Variant "warm": params sets "model"'),
        ("[temperature]", 'line 5: Variant "warm": params is a list'),
        ("0.7", 'line 5: Variant "warm": params is a float'),
    ],
)
def test_a_definition_says_the_line(tmp_path: Path, params: str, says: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(
        "name: e\nitems: x.jsonl\nvariants:\n  - {name: cold}\n"
        f"  - {{name: warm, params: {params}}}\nprimary: {{metric: improvement, margin: 2.0}}\n"
    )
    with pytest.raises(InputError) as raised:
        read_definition(path)
    assert says in str(raised.value)


def test_empty_parameters_are_none(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    written = {
        "name": "e",
        "items": "x.jsonl",
        "variants": [{"name": "a"}, {"name": "b", "params": None}],
        "primary": {"metric": "improvement", "margin": 2.0},
    }
    path.write_text(yaml.safe_dump(written))
    assert read_definition(path).variants[1].params == {}


def test_parameters_where_no_model_is_asked_are_refused(tmp_path: Path) -> None:
    def score(value: float) -> float:
        return value

    alone = Experiment(
        "alone",
        [{"id": "a", "value": 1.0}, {"id": "b", "value": 2.0}],
        [Variant("a"), Variant("b", params={"temperature": 1})],
        Metric("score", margin=1.0),
        pipeline=Pipeline([score]),
    )
    with Lab(tmp_path / ".lab") as lab, pytest.raises(InputError, match='"b" sets params of its'):
        lab.run(alone, progress=False)
