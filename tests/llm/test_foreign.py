"""Foreign fields: whatever a server sends becomes a value of ours or None; nothing is raised."""

import base64
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.llm.completion import Usage
from tailor_lab.llm.scalars import MOST_COUNT, count, name, number, sound_values, whole_number
from tailor_lab.llm.transport.answers.content import content_of
from tailor_lab.llm.transport.foreign import (
    LONGEST_REASON,
    decoded,
    end_of,
    reason_of,
    usage_of,
    vectors_of,
    words,
)

texts = st.text(max_size=8) | st.sampled_from(["text", "1000", "n/a", "\ud83d", "9" * 50])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
known = sorted(
    {
        *("content", "type", "text", "tool_calls", "function", "arguments", "error", "message"),
        *("detail", "loc", "msg", "data", "index", "embedding", "metadata", "raw", "refusal"),
        *(key for keys in words()["usage"].values() if isinstance(keys, list) for key in keys),
        *words()["thought_fields"],
    }
)
foreign = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(known) | texts, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=foreign)
def test_no_reader_raises(value: Any) -> None:
    assert number(value) is None or isinstance(number(value), float)
    for read in (count, whole_number):
        assert read(value) is None or abs(int(read(value) or 0)) <= MOST_COUNT
    assert name(value) is None or len(str(name(value))) <= 200
    assert len(reason_of(value)) <= LONGEST_REASON
    usage_of(value)
    end_of(value)
    content_of(value)
    if isinstance(value, dict):
        vectors_of(value, 1)
    for text in (reason_of(value), name(value) or "", content_of(value).text):
        text.encode()


@given(value=foreign)
def test_what_is_made_sound_can_be_written(value: Any) -> None:
    made = sound_values(value)
    assert str(made).encode().decode() == str(made)
    assert repr(sound_values(made)) == repr(made), "what is sound stays as it is"


@given(content=st.binary(max_size=60))
def test_every_body_is_decoded_to_something(content: bytes) -> None:
    assert not isinstance(decoded(content), bytes)
    assert isinstance(reason_of(content), str)


def test_a_body_that_is_nested_without_end_is_text() -> None:
    assert isinstance(decoded(b"[" * 100_000), str)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": "1000", "completion_tokens": 100.0}, Usage(1000, 100)),
        ({"prompt_tokens": "n/a", "completion_tokens": 1}, Usage(None, 1)),
        ({"prompt_tokens": None, "completion_tokens": -3}, Usage(None, None)),
        ({"prompt_tokens": True, "completion_tokens": 10**30}, Usage(None, None)),
        ({"prompt_tokens": 900, "total_tokens": 1000}, Usage(900, 100)),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": None},
            Usage(9, 1),
        ),
        (  # OpenAI
            {
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 800, "cache_write_tokens": 100},
                "completion_tokens_details": {"reasoning_tokens": 40},
            },
            Usage(1000, 50, 800, 40, 100),
        ),
        (  # DeepSeek
            {
                "prompt_tokens": 1000,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 800,
                "prompt_cache_miss_tokens": 200,
            },
            Usage(1000, 5, 800),
        ),
        (  # Anthropic's own names: what came from the cache is apart
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_read_input_tokens": 800,
                "cache_creation_input_tokens": 90,
            },
            Usage(900, 5, 800, 0, 90),
        ),
        (  # the same counts beside OpenAI's: it is within
            {
                "prompt_tokens": 1000,
                "completion_tokens": 5,
                "cache_read_input_tokens": 800,
                "cache_creation_input_tokens": 90,
            },
            Usage(1000, 5, 800, 0, 90),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 800}, Usage(10, 5, 10)),
        ({}, None),
        (None, None),
        ("1000", None),
    ],
)
def test_usage_is_read_under_each_of_its_names(usage: Any, expected: Usage | None) -> None:
    assert usage_of(usage) == expected


def test_an_embedding_has_no_output_and_an_unknown_sum_stays_unknown() -> None:
    usage = usage_of({"prompt_tokens": 7}, wrote=False)
    assert usage == Usage(7, 0)
    assert (usage + Usage(None, 1)).total_tokens is None
    assert (usage + Usage(3, 1)).total_tokens == 11


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "No llama."}}, "No llama."),
        ({"error": "No llama.", "error_type": "validation"}, "No llama."),
        ({"error": {"error": {"message": "No llama."}}}, "No llama."),
        ([{"error": {"code": 404, "message": "No llama."}}], "No llama."),
        ({"object": "error", "message": "No llama.", "code": 400}, "No llama."),
        ({"detail": "No llama."}, "No llama."),
        (
            {"detail": [{"loc": ["body", "seed"], "msg": "no"}, {"loc": ["body", 0], "msg": "no"}]},
            "body.seed: no; body.0: no",
        ),
        ({"errors": ["No llama.", "No hay."]}, "No llama.; No hay."),
        ({"fault": {"faultstring": "No llama."}}, "No llama."),
        ({"base_resp": {"status_code": 1004, "status_msg": "No llama."}}, "No llama."),
        ({"title": "Bad request", "detail": "No llama."}, "No llama."),
        (
            {
                "error": {
                    "message": "Provider failed",
                    "metadata": {"raw": '{"error": "No llama."}'},
                }
            },
            "Provider failed (No llama.)",
        ),
        ({"object": "error", "message": {"detail": [{"msg": "No llama."}]}}, "No llama."),
        ("No llama.\n Sorry.", "No llama. Sorry."),
        ('{"detail": "No llama."}', "No llama."),
        (b"<html><head><title>No <b>llama</b>.</title></head></html>", "No llama ."),
        (b"", ""),
        ({}, ""),
        ({"error": None, "choices": []}, ""),
    ],
)
def test_the_reason_of_a_server_is_found_in_every_form(body: Any, reason: str) -> None:
    assert reason_of(body) == reason


def test_a_long_reason_is_bounded_in_length_and_cost() -> None:
    assert len(reason_of({"detail": ["x" * 10**6] * 1000})) == LONGEST_REASON
    deep: Any = "llama"
    for _ in range(500):
        deep = {"error": deep}
    assert reason_of(deep) == ""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}], [[1.0], [2.0]]),
        ([{"index": None, "embedding": [1]}, {"embedding": [2]}], [[1.0], [2.0]]),
        ([{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [2]}], [[1.0], [2.0]]),
        ([{"index": "1", "embedding": [2]}, {"index": "0", "embedding": [1]}], [[1.0], [2.0]]),
        ([{"embedding": [[1.5, 2]]}, {"embedding": [[3, 4]]}], [[1.5, 2.0], [3.0, 4.0]]),
        ([[1, 2], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
        (
            [{"embedding": base64.b64encode(struct.pack("<2f", 0.5, -1)).decode()}] * 2,
            [[0.5, -1.0]] * 2,
        ),
        ([{"embedding": [1]}], "1 embeddings for 2 texts"),
        ([{"embedding": [1]}, {"embedding": [1, 2]}], "embeddings of different lengths"),
        ([{"embedding": [1]}, {"embedding": [None]}], "embeddings that are not numbers"),
        ([{"embedding": [1]}, {"embedding": [float("nan")]}], "not finite"),
        ([{"embedding": [1]}, {"embedding": [10**400]}], "not finite"),
        ([{"embedding": [1]}, {"embedding": [[1, 2], [3, 4]]}], "a vector for each token"),
        ([{"embedding": [1]}, None], "no embeddings"),
        ([], "no embeddings"),
        ("vectors", "no embeddings"),
    ],
)
def test_vectors_are_one_for_each_text(data: Any, expected: list[list[float]] | str) -> None:
    found = vectors_of({"data": data}, 2)
    if isinstance(expected, str):
        assert isinstance(found, str)
        assert expected in found
    else:
        assert found == expected
