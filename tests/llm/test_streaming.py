"""Streamed answers and the Responses API give the same completions as plain ones."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import BadAnswerError
from tests.llm.server import Server

ASK = [{"role": "user", "content": "The ward was busy. There were 12 patients. " * 20}]


class Note(BaseModel):
    text: str


@pytest.fixture
def llm(server: Server, tmp_path: Path) -> LLM:
    return LLM("openai:gpt-4.1-mini", settings=server.as_gateway(tmp_path), retries=0)


def test_a_streamed_answer_is_the_unstreamed_one_in_pieces(llm: LLM, server: Server) -> None:
    attempts: list[Attempt] = []
    llm.listener = attempts.append
    pieces: list[str] = []
    streamed = llm.complete(ASK, Note, on_text=pieces.append)
    plain = llm.complete(ASK, Note)
    assert len(pieces) > 1
    assert "".join(pieces) == streamed.text
    assert isinstance(streamed.value, Note)
    assert streamed.usage.output_tokens == -(-len(streamed.text) // 4)
    assert streamed.cost_usd is not None
    assert plain.first_token_s is None
    assert streamed.first_token_s is not None
    assert 0 < streamed.first_token_s <= streamed.seconds
    assert attempts[0].row()["gen_ai_request_stream"] is True


def test_an_answer_that_does_not_begin_as_json_is_left_at_once(llm: LLM, server: Server) -> None:
    server.reply = "Certainly! " + "word " * 5000
    pieces: list[str] = []
    with pytest.raises(BadAnswerError, match="not with JSON"):
        llm.complete(ASK, Note, on_text=pieces.append)
    assert len("".join(pieces)) < 100


def test_the_responses_api_gives_what_chat_gives(server: Server, tmp_path: Path) -> None:
    llm = LLM("openai:gpt-4.1-mini", settings=server.settings(tmp_path), api="responses")
    completion = llm.complete(ASK, Note, max_tokens=400)
    assert isinstance(completion.value, Note)
    assert completion.usage.input_tokens == server.input_tokens
    assert server.requests[0]["max_output_tokens"] == 400
    assert server.requests[0]["store"] is False
    assert server.requests[0]["text"]["format"]["name"] == "note"
