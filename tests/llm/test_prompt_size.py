"""A prompt that was cut is told, one that cannot fit not sent, a full context named."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tailor_lab.llm import LLM
from tailor_lab.llm.errors import PromptTooLongError, TruncatedError
from tailor_lab.llm.offline.model import estimate_message_tokens
from tests.llm.played import Played, chat, refusal


class Note(BaseModel):
    text: str


def prompt(sentences: int) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "The ward was busy on Monday. " * sentences}]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def counting(ratio: float, most: float = float("inf")) -> Played:
    """A server that counts so many tokens for each estimated one, and reads `most` of them."""

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        counted = estimate_message_tokens(r["messages"]) * ratio
        return 200, {}, chat("ok", tokens=int(min(counted, most)))

    return Played(play)


def test_a_prompt_of_which_a_part_was_read_makes_the_answer_doubtful(tmp_path: Path) -> None:
    with counting(1.0, most=256) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        with pytest.warns(UserWarning, match="read 256 of about 1,454 tokens of the prompt"):
            completion = llm.complete(prompt(200))
        assert "OLLAMA_CONTEXT_LENGTH" in completion.warnings[0]
        assert completion.notes == completion.warnings
        assert llm.complete(prompt(30)).warnings == ()


@pytest.mark.parametrize("ratio", [0.7, 1.0, 1.4, 2.5])
def test_no_tokenizer_alone_makes_an_answer_doubtful(tmp_path: Path, ratio: float) -> None:
    with counting(ratio) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for sentences in (40, 400, 100):
            assert llm.complete(prompt(sentences), max_tokens=10).warnings == ()


def test_the_estimate_is_calibrated_by_earlier_answers_in_any_process(tmp_path: Path) -> None:
    with counting(2.0) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(4):
            llm.complete(prompt(60))
        assert llm._exchange.capabilities.read().token_ratio == pytest.approx(2.0, rel=0.02)
        again = LLM("openai:m", settings=server.settings(tmp_path))
        assert again._exchange.capabilities.read() == llm._exchange.capabilities.read()
    with counting(2.0, most=1500) as server:
        other = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(2):
            other.complete(prompt(60))
        # 1,500 tokens are more than were estimated, and yet half of the prompt.
        assert other.complete(prompt(200)).warnings


def test_a_cut_prompt_calibrates_nothing(tmp_path: Path) -> None:
    with counting(1.0, most=300) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(3):
            assert llm.complete(prompt(300)).warnings
        assert llm._exchange.capabilities.read().token_ratio is None


def test_usage_that_was_not_told_is_no_reason_to_doubt(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("ok", tokens=None))) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(prompt(300)).warnings == ()


def test_a_prompt_that_cannot_fit_is_not_sent(tmp_path: Path) -> None:
    with counting(1.0) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        llm._exchange.capabilities.change(lambda known: replace(known, context_tokens=1024))
        with pytest.raises(PromptTooLongError, match="holds 1,024; it was not sent") as caught:
            llm.complete(prompt(400))
        assert not server.requests
        assert not caught.value.of_server
        assert llm.complete(prompt(40)).text == "ok"


def test_a_context_that_a_refusal_states_is_believed_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = refusal("the request exceeds the available context size", n_ctx=512)

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (400, {}, body) if n == 0 else (200, {}, chat("ok"))

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(3):
            with pytest.raises(PromptTooLongError):
                llm.complete(prompt(200))
        assert len(server.requests) == 1
        monkeypatch.setattr("tailor_lab.llm.transport.prompt_size.time.monotonic", lambda: 1e12)
        assert llm.complete(prompt(200)).text == "ok", "it may have been started anew with more"


@pytest.mark.parametrize(
    ("params", "usage", "text", "said"),
    [
        ({}, {"prompt_tokens": 3600, "completion_tokens": 496}, '{"te', "its context is full"),
        ({"max_tokens": 900}, {"prompt_tokens": 9, "completion_tokens": 400}, '{"te',
         "its context is full"),
        ({"max_tokens": 500}, {"prompt_tokens": 9, "completion_tokens": 500}, '{"te',
         "Allow more with max_tokens="),
        ({"max_tokens": 500}, None, '{"te', "Allow more with max_tokens="),
        ({}, {"prompt_tokens": 9, "completion_tokens": 500,
              "completion_tokens_details": {"reasoning_tokens": 500}}, "", "thinking"),
    ],
)  # fmt: skip
def test_an_answer_that_was_cut_off_says_what_was_full(
    tmp_path: Path, params: dict[str, Any], usage: Any, text: str, said: str
) -> None:
    body = {**chat(text, finish="length"), "usage": usage}
    with Played(lambda r, n: (200, {}, body)) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        with pytest.raises(TruncatedError, match=said) as caught:
            llm.complete(prompt(1), Note, **params)
        assert len(server.requests) == 1
    assert ("max_tokens" in str(caught.value)) == (said != "its context is full")


def test_a_whole_answer_at_the_limit_is_used(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat('{"text": "x"}', finish="length"))) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(prompt(1), Note).value == Note(text="x")
