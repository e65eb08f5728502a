"""The schema of one item: what it offers can be made, and it stays small."""

import copy
import json
import pickle
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import InputError
from tailor_lab.experiment import Experiment, Metric, Variant
from tailor_lab.lab import Lab
from tailor_lab.llm import LLM, Prompt
from tailor_lab.llm.transport.structured import schema_name, strict_json_schema
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_resume, tailor
from tailor_lab.tailoring.edits import MODES, Edit, Mode, apply_edits, permitted_places
from tailor_lab.tailoring.item_schema import (
    LARGEST_MOST_EDITS,
    MOST_EDITS,
    rewrite_schema,
)
from tailor_lab.tailoring.proposal import Rewrite
from tailor_lab.tailoring.stages import request

RESUME = shipped("data/resumes/data-mid-analyst.json")
JOB = shipped("data/jobs/job-data-analyst-operations.json")
FACTS, REQUIREMENTS = ("f1", "f2", "f30"), ("r1", "r2")
PROMPTS = ("plain", "grounded", "careless", "keywords", "layered")
SPANISH = {
    "basics": {"name": "Ana Gómez", "summary": "Enfermera de quirófano."},
    "work": [{"name": "Hospital", "highlights": ["Atendí a 6 pacientes.", "Formé a dos colegas."]}],
    "skills": [{"name": "Cuidados", "keywords": ["Triaje", "Curas"]}],
}

texts = st.text(st.characters(codec="utf-8"), max_size=40)
fields = st.lists(texts, max_size=3) | st.none()
entries = st.lists(
    st.fixed_dictionaries(
        {}, optional={"name": texts, "summary": texts, "description": texts, "highlights": fields}
    ),
    max_size=3,
)
skills = st.lists(
    st.fixed_dictionaries({}, optional={"name": texts, "keywords": fields}), max_size=3
)
resumes = st.fixed_dictionaries(
    {"basics": st.fixed_dictionaries({"name": st.just("A")}, optional={"summary": texts})},
    optional={"work": entries, "projects": entries, "volunteer": entries, "skills": skills},
)


def wire(resume: dict[str, Any], mode: Mode = "partial", **options: Any) -> dict[str, Any]:
    """The schema as it is sent."""
    return strict_json_schema(rewrite_schema(resume, mode, **options))


def long_resume(*, entries: int = 60, lines: int = 30) -> dict[str, Any]:
    """A résumé of about thirty pages."""
    text = "Ran the migration of the reporting platform for a department of 240 people. " * 2
    work = [{"name": f"Firm {i}", "highlights": [text] * lines} for i in range(entries)]
    keywords = [f"Skill number {i}" for i in range(600)]
    return {"basics": {"summary": text}, "work": work, "skills": [{"keywords": keywords}]}


@st.composite
def instances(draw: st.DrawFn, schema: dict[str, Any], rule: dict[str, Any]) -> Any:
    """A value that the schema permits."""
    if "$ref" in rule:
        rule = schema["$defs"][rule["$ref"].rpartition("/")[2]]
    if "anyOf" in rule:
        return draw(instances(schema, draw(st.sampled_from(rule["anyOf"]))))
    if "const" in rule:
        return rule["const"]
    if "enum" in rule:
        return draw(st.sampled_from(rule["enum"]))
    if rule["type"] == "object":
        return {name: draw(instances(schema, each)) for name, each in rule["properties"].items()}
    if rule["type"] == "array":
        return draw(st.lists(instances(schema, rule["items"]), max_size=min(4, rule["maxItems"])))
    return draw(st.text(max_size=min(30, rule["maxLength"])))


@given(resume=resumes, mode=st.sampled_from(MODES))
@settings(deadline=None, max_examples=30)
def test_an_edit_can_be_made_at_every_place_that_is_offered(resume, mode) -> None:
    for action, places in permitted_places(resume, mode).items():
        for place in places:
            edit = Edit(path=place, action=action, value="Something new", to=0)
            assert apply_edits(resume, [edit], mode=mode).refused == ()


@given(data=st.data(), resume=resumes, mode=st.sampled_from(MODES))
@settings(deadline=None, max_examples=15)
def test_every_answer_that_the_schema_permits_is_made_without_a_refusal(data, resume, mode) -> None:
    schema = rewrite_schema(resume, mode, facts=FACTS, requirements=REQUIREMENTS)
    sent = strict_json_schema(schema)
    answer = data.draw(instances(sent, sent))
    jsonschema.validate(answer, sent)
    # What no schema can say: a text is more than white space, and a place is named once.
    answer["edits"] = list({edit["path"]: edit for edit in answer["edits"]}.values())
    for edit in answer["edits"]:
        if "value" in edit:
            edit["value"] += "x"
    read = schema.model_validate(answer)
    assert read.refused == ()
    assert len(read.edits) == len(answer["edits"])
    assert apply_edits(resume, read.edits, mode=mode).refused == ()


@pytest.mark.parametrize("mode", MODES)
def test_facts_of_a_person_are_offered_nowhere(mode: Mode) -> None:
    sent = wire(dict(load_resume(RESUME).data), mode)
    offered = {each for rule in sent["$defs"].values() for each in rule["enum"]}
    assert "/basics/summary" in offered
    assert not {p for p in offered if p.endswith(("/name", "/position", "/startDate", "/area"))}


def test_a_resume_of_another_language_offers_its_own_places() -> None:
    sent = wire(SPANISH, facts=["f1"])
    assert sent["$defs"]["highlight"]["enum"] == ["/work/0/highlights/0", "/work/0/highlights/1"]
    assert sent["$defs"]["fact"]["enum"] == ["f1"]
    assert "requirement" not in sent["$defs"]


@pytest.mark.parametrize("mode", MODES)
def test_a_resume_of_thirty_pages_has_a_schema_within_the_limits_of_servers(mode: Mode) -> None:
    facts, requirements = [f"f{i}" for i in range(2400)], [f"r{i}" for i in range(300)]
    sent = wire(long_resume(), mode, facts=facts, requirements=requirements)
    lists = [rule["enum"] for rule in sent["$defs"].values()]
    assert sum(map(len, lists)) + 4 + 10 <= 1000  # OpenAI: all enumerations of a schema
    assert max(map(len, lists)) <= 250
    assert len(json.dumps(sent)) <= 20_000
    bounds = [v for k, v in every(sent) if k in {"maxLength", "maxItems"}]
    assert max(bounds) < 2000  # llama.cpp: repetitions of a rule


@pytest.mark.parametrize("mode", MODES)
def test_the_dialect_is_what_strict_servers_take(mode: Mode) -> None:
    options = {"facts": FACTS, "requirements": REQUIREMENTS}
    made = rewrite_schema(dict(load_resume(RESUME).data), mode, **options)
    sent = strict_json_schema(made)
    assert sent == made.model_json_schema()
    keys = {key for key, _ in every(sent)}
    assert not keys & {"oneOf", "allOf", "discriminator", "default", "not", "title", "if"}
    for key, rule in every(sent):
        if key == "properties":
            continue
        if isinstance(rule, dict) and rule.get("type") == "object":
            assert rule["additionalProperties"] is False
            assert rule["required"] == list(rule["properties"])
    branches = sent["properties"]["edits"]["items"]["anyOf"]
    firsts = [next(iter(branch["properties"].items())) for branch in branches]
    assert {name for name, _ in firsts} == {"action"}
    assert len({rule["const"] for _, rule in firsts}) == len(branches)


def every(value: Any) -> list[tuple[str, Any]]:
    """Every key of a JSON value with what it holds."""
    found: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        found += value.items()
        found += [pair for inner in value.values() for pair in every(inner)]
    elif isinstance(value, list):
        found += [pair for inner in value for pair in every(inner)]
    return found


def test_equal_items_share_a_schema_and_others_do_not() -> None:
    made = rewrite_schema(SPANISH, "partial", facts=FACTS)
    assert rewrite_schema(copy.deepcopy(SPANISH), "partial", facts=list(FACTS)) is made
    assert rewrite_schema(SPANISH, "full", facts=FACTS) is not made
    assert rewrite_schema(SPANISH, "partial", facts=FACTS, most=3) is not made
    assert schema_name(made) == schema_name(Rewrite) == "rewrite"
    assert rewrite_schema(SPANISH, "partial", kind="free") is Rewrite


def test_a_schema_that_is_changed_by_who_asked_for_it_stays_as_it_was() -> None:
    made = rewrite_schema(SPANISH, "partial", facts=["f9"])
    made.model_json_schema()["properties"].clear()
    assert "edits" in made.model_json_schema()["properties"]


def test_an_answer_goes_to_another_process() -> None:
    made = rewrite_schema(SPANISH, "partial")
    odd = {"edits": [{"path": "/basics/summary", "action": "replace", "value": "Nueva."}, 7]}
    read = made.model_validate(odd)
    sent = pickle.loads(pickle.dumps(read))
    assert sent.edits == read.edits
    assert sent.refused == read.refused != ()


def test_more_edits_than_asked_for_are_refused() -> None:
    edits = [
        {"path": f"/work/0/highlights/{i}", "action": "replace", "value": f"Texto {i}."}
        for i in range(2)
    ]
    read = rewrite_schema(SPANISH, "partial", most=1).model_validate({"edits": edits})
    assert [edit.path for edit in read.edits] == ["/work/0/highlights/0"]
    assert "more than the 1 edits that were asked for" in read.refused[0]


@pytest.mark.parametrize("most", [0, -1, 2.5, True, LARGEST_MOST_EDITS + 1, "many"])
def test_a_number_of_edits_that_is_none_is_refused_before_anything_is_sent(most: Any) -> None:
    with pytest.raises(InputError, match="max_edits is"):
        tailor(RESUME, JOB, max_edits=most)


def test_a_schema_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="schema is 'strict'; use item or free"):
        tailor(RESUME, JOB, schema="strict")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PROMPTS)
def test_a_shipped_prompt_has_room_for_the_longest_answer_and_says_how_many_edits(name) -> None:
    prompt = Prompt.load(name)
    system = request(RESUME, JOB, prompt)[0]["content"]
    assert f"at most {MOST_EDITS} edits" in " ".join(system.split())
    assert "at most 3 edits" in " ".join(
        request(RESUME, JOB, prompt, max_edits=3)[0]["content"].split()
    )
    sent = wire(dict(load_resume(RESUME).data), facts=["f100"], requirements=["r100"])
    longest = max(map(widest, sent["properties"]["edits"]["items"]["anyOf"]))
    # Four characters a token: an answer within the schema is not cut off.
    assert MOST_EDITS * longest / 4 <= prompt.parameters["max_tokens"]


def widest(branch: dict[str, Any]) -> int:
    """Characters of the longest edit of a kind."""
    lists = sum(rule["maxItems"] * 8 for rule in branch["properties"].values() if "items" in rule)
    written = sum(rule.get("maxLength", 0) for rule in branch["properties"].values())
    return (
        written + lists + len("/volunteer/10/highlights/10") + len(json.dumps(branch["required"]))
    )


def test_the_offline_model_answers_within_the_schema_and_says_the_same_as_without() -> None:
    answers = {kind: answered(kind, "careless") for kind in ("item", "free")}
    sent = answers["item"][1]
    jsonschema.validate(json.loads(answers["item"][0]), sent)
    assert len(json.loads(answers["item"][0])["edits"]) == MOST_EDITS
    assert len(answers["item"][0]) < len(answers["free"][0])
    item, free = (tailor(RESUME, JOB, schema=kind, prompt="careless") for kind in ("item", "free"))
    assert item.resume == free.resume
    assert item.output_tokens < free.output_tokens
    assert item.refused == free.refused == ()


def answered(kind: Any, prompt: str) -> tuple[str, dict[str, Any]]:
    """What the offline model answers, and the schema that it was sent."""
    given = Prompt.load(prompt)
    messages = request(RESUME, JOB, given)
    read = load_resume(RESUME)
    facts, requirements = ([f"{x}{i}" for i in range(1, 80)] for x in "fr")
    schema = rewrite_schema(read.data, "partial", kind=kind, facts=facts, requirements=requirements)
    return LLM("offline").complete(messages, schema).text, strict_json_schema(schema)


def test_the_layers_that_are_off_offer_no_ids() -> None:
    result = tailor(RESUME, JOB, prompt="layered", layers=["truth"])
    assert result.refused == ()
    assert all(not change.facts and not change.requirements for change in result.diff)


@pytest.mark.slow
def test_the_kind_of_schema_is_a_variant_of_its_own(tmp_path) -> None:
    items = [{"id": "one", "resume": str(RESUME), "job": str(JOB)}]
    lab = Lab(home=tmp_path / "home")
    experiment = Experiment(
        "schemas",
        items=items,
        workload="tailoring",
        variants=[
            Variant("free", prompt="plain", parameters={"schema": "free"}),
            Variant("item", prompt="plain", parameters={"schema": "item", "max_edits": 2}),
        ],
        primary=Metric("output_tokens", kind="cost", margin="10%", better="lower"),
    )
    lab.run(experiment)
    rows = lab.log.sql("select variant, diff_count from runs order by variant").rows()
    assert [name for name, _ in rows] == ["free", "item"]
    assert rows[1][1] <= 2
    lab.close()
