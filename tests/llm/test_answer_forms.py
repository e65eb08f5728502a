"""Answers in the forms that real servers give them, over real HTTP."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tailor_lab.errors import TailorLabError
from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import BadAnswerError, RefusedError, ServerFailedError, TruncatedError
from tailor_lab.llm.providers import resolve
from tailor_lab.llm.spending.budget import Budget
from tailor_lab.llm.transport.stream import Gathered
from tailor_lab.recording import record_attempt
from tailor_lab.runlog import RunLog
from tailor_lab.settings import Settings
from tests.llm.fixed_replies import Body, FixedReplies, chat, stream

ASK = [{"role": "user", "content": "Which?"}]


class Choice(BaseModel):
    answer: str
    steps: list[str] = []


GOOD = Choice(answer="It's a {brace}.", steps=["one", "two"])
JSON = GOOD.model_dump_json()
TARGET = resolve("offline", Settings(home=Path("unused")))
TOOL = {"type": "function", "id": "1", "function": {"name": "choice", "arguments": JSON}}


def answered(
    folder: Path, play: Body | Callable[[Any], Body], schema: Any = Choice, **options: Any
) -> Any:
    with FixedReplies(play) as server:
        on_text = options.pop("on_text", None)
        llm = LLM("openai:m", settings=server.settings(folder), retries=0, **options)
        return llm.complete(ASK, schema, on_text=on_text)


@pytest.mark.parametrize(
    "body",
    [
        chat([{"type": "text", "text": JSON[:9]}, {"type": "text", "text": JSON[9:]}]),
        chat(
            [{"type": "thinking", "thinking": [{"text": "hm {"}]}, {"type": "text", "text": JSON}]
        ),
        chat([JSON[:9], JSON[9:]]),
        chat([{"text": "So {", "thought": True}, {"text": JSON}]),
        chat({"type": "text", "text": JSON}),
        chat(GOOD.model_dump()),
        chat(None, finish="tool_calls", tool_calls=[TOOL]),
        chat("I will call {it}.", tool_calls=[TOOL]),
        chat(None, function_call={"name": "choice", "arguments": GOOD.model_dump()}),
        chat([{"type": "tool_use", "input": GOOD.model_dump()}]),
        chat("", reasoning_content=f"So: {JSON}"),
        chat(None, reasoning=JSON),
        chat(JSON, reasoning_content='I think {"answer": "another"}', refusal=None),
        chat(JSON, finish="length"),
        chat(JSON, finish=None, id=7, model=None),
        chat(JSON, id=["x"], model=["m"], usage={"prompt_tokens": "n/a"}),
        b"\xef\xbb\xbf\n" + json.dumps(chat(JSON)).encode(),
    ],
)
def test_the_answer_is_read_in_every_form_of_a_message(tmp_path: Path, body: Body) -> None:
    assert answered(tmp_path, body).value == GOOD


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (chat(None), BadAnswerError, "an empty message"),
        (chat(""), BadAnswerError, "an empty message"),
        (chat("", reasoning="I wonder."), BadAnswerError, "sent its thoughts and no answer"),
        (chat("", finish="length", reasoning="I w"), TruncatedError, "all of its 100 tokens for"),
        (chat("<think>I w", finish="length"), TruncatedError, "for thinking and wrote no answer"),
        (chat("", finish="max_tokens"), TruncatedError, "before it wrote anything"),
        (chat(JSON[:5], finish="length"), TruncatedError, "before the answer was complete"),
        (chat(None, refusal="I cannot."), RefusedError, "I cannot."),
        (chat([{"type": "refusal", "refusal": "I cannot."}]), RefusedError, "I cannot."),
        ({"choices": None}, BadAnswerError, "no choices"),
        ({"choices": [None]}, BadAnswerError, "no choices"),
        ({"choices": [{"message": 7}]}, BadAnswerError, "an empty message"),
        (b'["a"]', BadAnswerError, "JSON that is no object"),
        (b"upstream connect error", BadAnswerError, "upstream connect error"),
        (b"[" * 50_000, BadAnswerError, "no JSON but"),
    ],
)
def test_what_is_no_answer_is_one_sentence(
    tmp_path: Path, body: Body, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        answered(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Overloaded by seven llamas", "code": 502}},
        {"choices": [{"error": {"code": 429, "message": "llama limit"}, "message": {}}]},
        {"detail": "The llama is out."},
    ],
)
def test_an_error_with_status_200_tells_its_reason(tmp_path: Path, body: Body) -> None:
    with pytest.raises(TailorLabError, match="llama"):
        answered(tmp_path, body)


def test_a_text_without_a_schema_is_the_text_as_it_came(tmp_path: Path) -> None:
    for content, text in (
        ("<think>So.</think> Yes.", "<think>So.</think> Yes."),
        ([{"type": "reasoning", "text": "So."}, {"type": "text", "text": "Yes."}], "Yes."),
        ("", ""),
    ):
        assert answered(tmp_path, chat(content), None).text == text
    with pytest.raises(BadAnswerError, match="a tool call in place of a text"):
        answered(tmp_path, chat(None, tool_calls=[TOOL]), None)
    with pytest.raises(TruncatedError, match="reasoning_effort"):
        answered(tmp_path, chat("", finish="length", reasoning="So"), None)


def test_a_cut_answer_keeps_its_whole_elements_also_from_the_cache(tmp_path: Path) -> None:
    from tests.llm.memory_cache import MemoryCache

    with FixedReplies(chat(JSON[: JSON.index("two")], finish="length")) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), cache=MemoryCache(), retries=0)
        for cached in (False, True):
            completion = llm.complete(ASK, Choice)
            assert completion.cached is cached
            assert completion.value == Choice(answer=GOOD.answer, steps=["one"])
            assert "cut after 1 steps" in completion.notes[0]
        assert len(server.requests) == 1


def test_the_responses_api_takes_odd_items(tmp_path: Path) -> None:
    def ask(body: Body) -> Any:
        with FixedReplies(body) as server:
            settings = server.settings(tmp_path)
            return LLM("openai:m", settings=settings, api="responses", retries=0).complete(
                ASK, Choice
            )

    message = {"type": "message", "content": [{"type": "output_text", "text": JSON}]}
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm {"}]}
    call = {"type": "function_call", "arguments": JSON}
    for output in ([thought, None, message], [thought, call], [{**message, "content": JSON}]):
        assert ask({"output": output}).value == GOOD
    assert ask({"output": None, "output_text": JSON}).value == GOOD
    with pytest.raises(TruncatedError, match="for thinking"):
        ask({"output": [thought], "incomplete_details": {"reason": "max_output_tokens"}})
    with pytest.raises((BadAnswerError, ServerFailedError), match="no llama"):
        ask({"error": {"message": "no llama"}, "output": []})
    with pytest.raises(BadAnswerError, match="no output"):
        ask({"output": "text"})


# Streams.


@pytest.mark.parametrize(
    "body",
    [
        stream({"content": JSON[:7]}, {"content": JSON[7:]}),
        stream({"content": [{"type": "text", "text": JSON[:7]}]}, {"content": [JSON[7:]]}),
        stream({"reasoning_content": "So {"}, {"content": None}, None, {"content": JSON}),
        stream({"content": "<think>So {"}, {"content": f"</think>\n{JSON}"}),
        stream({"content": "\ufeff"}, {"content": JSON}),
        stream(
            {"tool_calls": [{"index": 0, "function": {"name": "choice", "arguments": ""}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": JSON[:7]}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": JSON[7:]}}]},
            finish="tool_calls",
        ),
        stream({"content": JSON}, finish="length"),
    ],
)
def test_a_stream_is_read_in_every_form(tmp_path: Path, body: bytes) -> None:
    pieces: list[str] = []
    completion = answered(tmp_path, body, on_text=pieces.append)
    assert completion.value == GOOD
    assert completion.usage.total_tokens is None
    assert completion.first_token_s is not None


def test_usage_in_a_stream_is_put_together(tmp_path: Path) -> None:
    last = [
        {"choices": None, "usage": {"prompt_tokens": 10, "completion_tokens": None}},
        {"choices": [], "x_groq": {"usage": {"completion_tokens": 5}}},
    ]
    usage = answered(tmp_path, stream({"content": JSON}, last=last), on_text=print).usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 5)


def test_a_character_that_is_split_between_two_pieces_is_whole_again() -> None:
    heard: list[str] = []
    gathered = Gathered(TARGET, heard.append, wants_json=False)
    events = [{"choices": [{"delta": {"content": half}}]} for half in ("\ud83d", "\ude00")]
    body = gathered.body([*events, {"choices": [{"finish_reason": "stop"}]}])
    assert body["choices"][0]["message"]["content"] == "😀"
    "".join(heard).encode()


def test_a_further_choice_is_not_mixed_into_the_answer(tmp_path: Path) -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": None}]}
    content = b"data: " + json.dumps(other).encode() + b"\n\n" + stream({"content": "A"})
    assert answered(tmp_path, content, None, on_text=print).text == "A"


@given(cuts=st.lists(st.integers(0, len(JSON)), max_size=8), thought=st.text(max_size=20))
def test_pieces_of_any_size_make_the_same_body(cuts: list[int], thought: str) -> None:
    places = [0, *sorted(cuts), len(JSON)]
    deltas: list[Any] = [{"content": JSON[a:b]} for a, b in itertools.pairwise(places)]
    deltas.insert(len(deltas) // 2, {"reasoning": thought})
    events: list[Any] = [{"choices": [{"delta": delta}]} for delta in deltas]
    events.append({"choices": [{"finish_reason": "stop"}]})
    heard: list[str] = []
    body = Gathered(TARGET, heard.append, wants_json=True).body(events)
    assert body["choices"][0]["message"]["content"] == JSON == "".join(heard)


def test_a_whole_body_in_place_of_a_stream_is_taken() -> None:
    gathered = Gathered(TARGET, print, wants_json=True)
    body = gathered.body([chat(JSON, finish=None)])
    assert body["choices"][0]["message"]["content"] == JSON


# Counts, records and budgets.


@pytest.mark.parametrize("usage", [None, {}, "absent", {"prompt_tokens": "n/a"}])
def test_a_usage_that_nobody_told_is_unknown_and_not_zero(tmp_path: Path, usage: Any) -> None:
    heard: list[Attempt] = []
    completion = answered(tmp_path, chat(JSON, usage=usage), listener=heard.append)
    assert completion.usage.input_tokens is None
    assert completion.usage.total_tokens is None
    assert completion.cost_usd is None
    assert heard[0].row()["gen_ai_usage_input_tokens"] is None


def test_a_budget_counts_what_was_expected_where_nothing_was_counted(tmp_path: Path) -> None:
    budget = Budget(tokens=1000)
    answered(tmp_path, chat(JSON, usage={"prompt_tokens": None}), budget=budget)
    assert budget.spent_tokens > 0


def test_every_attempt_is_a_row_whatever_the_server_calls_itself(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log.duckdb")
    odd = chat(
        JSON, id=10**30, model={"name": "m"}, finish="STOP " * 90, usage={"prompt_tokens": 2**70}
    )
    for body in (odd, chat(JSON, id="\u0000x" * 500, model=["a", "b"], finish=7)):
        answered(tmp_path, body, listener=lambda attempt: record_attempt(log, attempt))
    row = log.sql("select * from llm_requests").row(0, named=True)
    assert row["gen_ai_response_model"] is None
    assert log.sql("select count(*) from llm_requests").item() == 2
    log.close()


def test_odd_parameters_of_a_caller_are_a_row_too() -> None:
    from datetime import UTC, datetime

    odd = {"temperature": "0.2", "seed": "x", "top_p": math.nan, "max_tokens": "many"}
    row = Attempt(datetime.now(UTC), "chat", "p", "m", "s", 1, 0.1, parameters=odd).row()
    assert row["gen_ai_request_temperature"] == 0.2
    assert row["gen_ai_request_seed"] is row["gen_ai_request_top_p"] is None
    assert row["gen_ai_request_max_tokens"] is None


def test_a_listener_that_fails_costs_no_answer_and_is_warned_of_once(tmp_path: Path) -> None:
    def fail(attempt: Attempt) -> None:
        raise OSError(28, "No space left on device")

    with FixedReplies(chat("Yes.")) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), listener=fail, retries=0)
        with pytest.warns(UserWarning, match="could not be recorded") as heard:
            assert [llm.complete(ASK).text for _ in range(3)] == ["Yes."] * 3
        assert len(heard) == 1
        assert len(server.requests) == 3


def test_half_a_character_in_a_prompt_is_replaced_before_it_is_sent(tmp_path: Path) -> None:
    with FixedReplies(chat("Yes.")) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), retries=0)
        llm.complete([{"role": "user", "content": "a\ud83d"}])
        assert server.requests[0]["messages"][0]["content"] == "a\ufffd"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"data": [{"index": None, "embedding": [1.0]}]}, "1 embeddings for 2 texts"),
        ({"data": [{"embedding": ["x"]}, {"embedding": [1]}]}, "not numbers"),
        ({"error": {"message": "no llama here"}}, "no llama here"),
        ({"data": 7}, "no embeddings"),
    ],
)
def test_embeddings_that_are_none_are_a_bad_answer(
    tmp_path: Path, body: Body, message: str
) -> None:
    with FixedReplies(body) as server:
        llm = LLM("openai:e", settings=server.settings(tmp_path), retries=0)
        with pytest.raises((BadAnswerError, ServerFailedError), match=message):
            llm.embed(["a", "b"])


def test_nested_vectors_and_numbers_as_texts_are_embeddings(tmp_path: Path) -> None:
    data = [{"index": "1", "embedding": [[2, 2]]}, {"index": "0", "embedding": [[1, 1]]}]
    with FixedReplies({"data": data, "usage": {"prompt_tokens": "4"}}) as server:
        found = LLM("openai:e", settings=server.settings(tmp_path)).embed(["a", "b"])
    assert found.vectors == [[1.0, 1.0], [2.0, 2.0]]
    assert found.usage.total_tokens == 4
