"""What a refusal names is what is changed, and nothing else is."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from tailor_lab.data_files import read_data_file
from tailor_lab.llm.errors import RefusalReason
from tailor_lab.llm.transport.accommodations import (
    Accommodation,
    accommodations_for,
    context_size,
    means,
    weaker_form,
)
from tailor_lab.settings import shipped

TABLE = shipped("data/models/accommodations.yaml")
SCHEMA = shipped("data/models/accommodations.schema.json")
ITEM = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 9}},
    "additionalProperties": False,
}
BODY: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}],
    "temperature": 0,
    "top_p": 1,
    "seed": 1,
    "user": "u",
    "max_tokens": 5,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "x", "strict": True, "schema": ITEM},
    },
}


def names(reason: RefusalReason | str, body: dict[str, Any] = BODY) -> list[str]:
    reason = RefusalReason(reason) if isinstance(reason, str) else reason
    return [str(each) for each in accommodations_for(reason, body, streamed=True)]


def test_the_table_fits_its_schema() -> None:
    data = read_data_file(TABLE, SCHEMA)
    assert data == yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Unsupported value: 'temperature' does not support 0 here. Only the default (1) is.",
         ["drop temperature"]),
        ("`temperature` is deprecated for this model.", ["drop temperature"]),
        ("invalid temperature: only 1 is allowed for this model", ["drop temperature"]),
        ("body.seed: extra fields not permitted", ["drop seed"]),
        ("Unrecognized request argument supplied: seed", ["drop seed"]),
        ("Supported parameters: model, temperature. Unknown: seed", ["drop seed"]),
        ("Parameter topP is not supported", ["drop top_p"]),
        ("temperature and top_p cannot both be specified for this model", ["drop top_p"]),
        ("Unsupported parameters: seed, temperature", ["drop seed", "drop temperature"]),
        ("property 'user' is unsupported", ["drop user"]),
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
         ["rename max_tokens max_completion_tokens"]),
        ("System role not supported", ["merge system"]),
        ("Only user and assistant roles are supported!", ["merge system"]),
        ("Developer instruction is not enabled for models/gemma", ["merge system"]),
        ("Conversation roles must alternate user/assistant/user/assistant/...", ["merge system"]),
        ("Unknown parameter: strict", ["loosen strict"]),
        ("In context=('properties', 'value'), 'maxLength' is not permitted.", ["strip maxLength"]),
        ("Unknown name \"additionalProperties\": Cannot find field.",
         ["strip additionalProperties"]),
        ("'response_format.type' must be 'text'", ["form json"]),
        ("Structured outputs are not available for this deployment", ["form json"]),
        ("json_schema: grammar could not be compiled", ["form json"]),
        ("streaming is not supported", ["unstream answer"]),
    ],
)  # fmt: skip
def test_what_a_refusal_names_is_changed(words: str, expected: list[str]) -> None:
    assert names(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "The llama is not in the stable",
        "temperature: must be between 0 and 2",
        "Invalid value for temperature: it must be at most 1",
        "max_tokens is too large: 50000. This model supports at most 16384 completion tokens",
        "the user is not allowed to do this",
        "the request exceeds the available context size",
        "",
    ],
)
def test_a_wrong_value_or_another_trouble_changes_nothing(words: str) -> None:
    assert names(words) == []


def test_a_parameter_that_is_named_apart_needs_no_words() -> None:
    assert names(RefusalReason("Bad request", names=("body.temperature",))) == ["drop temperature"]
    assert names(RefusalReason("It must be at most 1", names=("temperature",))) == []


def test_what_was_not_sent_is_not_left_out() -> None:
    assert names("temperature is not supported", {"model": "m", "messages": []}) == []


def test_each_change_has_a_name_that_gives_it_back() -> None:
    for each in (Accommodation("drop", "seed"), Accommodation("rename", "max_tokens", "other")):
        assert Accommodation.of(str(each)) == each
    assert [Accommodation.of(text) for text in ("", "drop", "fly high", "drop a b c")] == [None] * 4


def test_the_system_message_goes_into_the_first_of_the_users() -> None:
    body = {"messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": "Yes?"},
    ]}  # fmt: skip
    made = Accommodation("merge", "system").made(body)
    assert made is not None
    parts = [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Hello"}]
    assert made["messages"][0] == {"role": "user", "content": parts}
    assert Accommodation("merge", "system").made(made) is None, "once is enough"


def test_messages_of_one_role_in_a_row_become_one() -> None:
    messages = [{"role": "user", "content": text} for text in "ab"]
    made = Accommodation("merge", "turns").made({"messages": messages})
    assert made == {"messages": [{"role": "user", "content": "a\n\nb"}]}


def test_a_keyword_is_taken_out_of_the_schema_but_no_property_of_its_name() -> None:
    schema = {"properties": {"title": {"title": "T", "enum": ["title"]}}, "title": "X"}
    body = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    made = Accommodation("strip", "title").made(body)
    assert made is not None
    sent = made["response_format"]["json_schema"]["schema"]
    assert sent == {"properties": {"title": {"enum": ["title"]}}}


def test_structure_is_asked_for_more_weakly_step_by_step() -> None:
    assert str(weaker_form(BODY)) == "form json"
    assert str(weaker_form({"response_format": {"type": "json_object"}})) == "form none"
    assert str(weaker_form({"text": {"format": {"type": "json_schema"}}})) == "form json"
    assert weaker_form({"messages": []}) is None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("This model's maximum context length is 4,096 tokens. You asked for 5000", 4096),
        ("the request exceeds the available context size (8192 tokens)", 8192),
        ("exceed_context_size_error n_ctx=2048", 2048),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("the context is full", None),
    ],
)
def test_the_size_of_a_context_is_read_where_it_is_stated(text: str, tokens: int | None) -> None:
    assert context_size(text) == tokens


def test_words_have_a_meaning_in_any_case() -> None:
    assert means("loading", "Loading model")
    assert means("no_credit", "Your credit balance is too low")
    assert not means("no_credit", "Rate limit reached")
