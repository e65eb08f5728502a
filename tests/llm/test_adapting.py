"""A server that refuses part of a request is asked without it: once, remembered, said, recorded."""

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tailor_lab.cache import Cache, Memory
from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import RequestRejectedError, ServerFailedError
from tests.llm.played import END, Played, chat, refusal

ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
GOOD = '{"text": "hello"}'
Refuses = Callable[[dict[str, Any]], bool]


class Note(BaseModel):
    text: str


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)


@pytest.fixture
def said() -> Iterator[list[str]]:
    """The sentences that were said meanwhile."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        texts: list[str] = []
        yield texts
        texts += [str(each.message) for each in caught]


def refusing(refuses: Refuses, body: Any, status: int = 400, good: str = GOOD) -> Played:
    """A server that answers `good`, but for requests that it refuses."""
    return Played(lambda r, n: (status, {}, body) if refuses(r) else (200, {}, chat(good)))


def form_of(request: dict[str, Any]) -> str | None:
    return (request.get("response_format") or {}).get("type")


TEMPERATURE = refusal("Unsupported value: 'temperature' does not support 0", param="temperature")


def test_a_refused_parameter_is_left_out_once_and_for_all_who_share_the_home(
    tmp_path: Path,
) -> None:
    attempts: list[Attempt] = []
    with refusing(lambda r: "temperature" in r, TEMPERATURE) as server:
        settings = server.settings(tmp_path)
        llm = LLM("openai:m", settings=settings, listener=attempts.append)
        with pytest.warns(UserWarning, match="temperature not sent, since the server refuses it"):
            first = llm.complete(ASK, Note, temperature=0)
        second = llm.complete(ASK, Note, temperature=0)
        other = LLM("openai:m", settings=settings).complete(ASK, Note, temperature=0)
        assert [("temperature" in r) for r in server.requests] == [True, False, False, False]
    for completion in (first, second, other):
        assert completion.adapted == ("temperature not sent",)
        assert completion.notes == ("Temperature not sent to served.",)
    assert first.attempts == 2
    rows = [attempt.row()["gen_ai_request_temperature"] for attempt in attempts]
    assert rows == [0, None, None], "the log has what was really sent"
    assert [attempt.adapted for attempt in attempts] == [(), *[("temperature not sent",)] * 2]


def test_what_needs_no_change_is_not_called_changed(tmp_path: Path) -> None:
    with refusing(lambda r: "temperature" in r, TEMPERATURE) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        with pytest.warns(UserWarning, match="not sent"):
            llm.complete(ASK, temperature=0)
        assert llm.complete(ASK).adapted == ()


def test_each_model_of_a_server_is_known_by_itself(tmp_path: Path) -> None:
    with refusing(lambda r: "temperature" in r and r["model"] == "m", TEMPERATURE) as server:
        settings = server.settings(tmp_path)
        with pytest.warns(UserWarning, match="not sent"):
            LLM("openai:m", settings=settings).complete(ASK, temperature=0)
        assert LLM("openai:other", settings=settings).complete(ASK, temperature=0).adapted == ()


def test_the_cached_answer_says_what_was_not_sent(tmp_path: Path) -> None:
    with refusing(lambda r: "temperature" in r, TEMPERATURE) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), cache=Cache(memory=Memory()))
        attempts: list[Attempt] = []
        llm.listener = attempts.append
        with pytest.warns(UserWarning, match="not sent"):
            llm.complete(ASK, temperature=0)
        cached = llm.complete(ASK, temperature=0)
        assert (cached.cached, cached.adapted) == (True, ("temperature not sent",))
        assert attempts[-1].adapted == ("temperature not sent",)
        assert not llm.complete(ASK).cached, "without the parameter it is another question"


@pytest.mark.parametrize(
    ("name", "refuses", "body", "status", "requests"),
    [
        ("max_tokens", lambda r: "max_tokens" in r,
         refusal("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
         400, 2),
        ("either name", lambda r: "max_tokens" in r or "max_completion_tokens" in r,
         {"detail": [{"loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"},
                     {"loc": ["body", "max_completion_tokens"],
                      "msg": "Extra inputs are not permitted"}]}, 422, 4),
        ("system", lambda r: r["messages"][0]["role"] == "system",
         {"object": "error", "message": "System role not supported", "code": 400}, 400, 2),
        ("strict", lambda r: (r.get("response_format") or {}).get("json_schema", {}).get("strict"),
         refusal("Unknown parameter: strict"), 400, 2),
        ("a gateway's words", lambda r: "temperature" in r,
         refusal("Provider returned error", metadata={
             "raw": json.dumps(refusal("temperature is not supported"))}), 400, 2),
        ("404 of a gateway", lambda r: "temperature" in r,
         refusal("No endpoints found that support the parameter: temperature"), 404, 2),
        ("json_schema", lambda r: form_of(r) == "json_schema",
         {"error": "'response_format.type' must be 'text'"}, 400, 2),
        ("every form", form_of, {"detail": "structured output is unavailable"}, 422, 3),
        ("no words", form_of, b"", 400, 2),
        ("no words, 500", form_of, b"", 500, 3),
        ("plain text", form_of, b"json_schema is not supported", 400, 3),
        ("the template's words", lambda r: r["messages"][0]["role"] == "system",
         refusal("Conversation roles must alternate user/assistant/user"), 500, 2),
    ],
)  # fmt: skip
def test_whatever_the_form_of_a_refusal_the_answer_comes(
    tmp_path: Path, name: str, refuses: Refuses, body: Any, status: int, requests: int
) -> None:
    with refusing(refuses, body, status) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            completion = llm.complete(ASK, Note, temperature=0, max_tokens=50)
        assert completion.value == Note(text="hello")
        assert len(server.requests) == requests
        assert completion.adapted


def test_several_refusals_of_one_server_are_met_one_after_the_other(
    tmp_path: Path, said: list[str]
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        for name in ("temperature", "seed"):
            if name in r:
                return 400, {}, refusal(f"Unsupported parameter: {name}", param=name)
        return 200, {}, chat(GOOD)

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(2):
            adapted = llm.complete(ASK, Note, temperature=0, seed=1).adapted
            assert set(adapted) == {"temperature not sent", "seed not sent"}
        assert len(server.requests) == 4


def test_a_refusal_that_has_nothing_to_do_with_it_is_told_and_nothing_remembered(
    tmp_path: Path,
) -> None:
    with refusing(lambda r: True, {"detail": "The llama is not in the stable"}) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        with pytest.raises(RequestRejectedError, match="The llama is not in the stable"):
            llm.complete(ASK, Note)
        assert len(server.requests) == 2, "once more without response_format, and no more"
        assert llm._exchange.capabilities.read().accommodations == ()


def test_a_value_that_is_wrong_is_the_callers_to_mend(tmp_path: Path) -> None:
    body = refusal("temperature must be between 0 and 2", param="temperature")
    with refusing(lambda r: True, body) as server:
        with pytest.raises(RequestRejectedError, match="between 0 and 2"):
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, temperature=9)
        assert all("temperature" in request for request in server.requests)


def test_two_failures_in_a_row_do_not_cost_a_server_its_schema(tmp_path: Path) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (500, {}, b"") if n < 2 else (200, {}, chat(GOOD))

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(2):
            llm.complete(ASK, Note)
        assert [form_of(r) for r in server.requests] == ["json_schema", "json_schema", None,
                                                         "json_schema"]  # fmt: skip


def test_a_server_that_breaks_on_every_schema_is_known_after_two_calls(
    tmp_path: Path, said: list[str]
) -> None:
    with refusing(form_of, b"", 500) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(3):
            llm.complete(ASK, Note)
        assert len(server.requests) == 3 + 3 + 1


def test_a_server_that_stumbles_now_and_then_keeps_its_schema(
    tmp_path: Path, said: list[str]
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (200, {}, chat("busy")) if n % 5 == 4 else (200, {}, chat(GOOD))

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        for _ in range(20):
            llm.complete(ASK, Note)
        assert llm._exchange.capabilities.read().accommodations == ()


def test_a_server_that_is_down_is_told_as_such(tmp_path: Path) -> None:
    with refusing(lambda r: True, refusal("oops"), 500) as server:
        with pytest.raises(ServerFailedError, match="oops"):
            LLM("openai:m", settings=server.settings(tmp_path), retries=3).complete(ASK, Note)
        assert len(server.requests) == 4


def test_a_schema_that_is_ignored_is_said_in_words_from_then_on(
    tmp_path: Path, said: list[str]
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        told = any('"properties"' in str(m["content"]) for m in r["messages"])
        return 200, {}, chat(GOOD if told else "Of course! I suggest hello.")

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(ASK, Note).attempts == 2
        again = llm.complete(ASK, Note)
        assert (again.attempts, again.adapted) == (1, ("schema said in words too",))
        assert form_of(server.requests[-1]) == "json_schema", "it may help, and does no harm"


def test_a_server_that_streams_nothing_is_asked_for_the_whole(
    tmp_path: Path, said: list[str]
) -> None:
    with refusing(lambda r: r.get("stream"), refusal("streaming is not supported")) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(ASK).text == GOOD
        pieces: list[str] = []
        llm.complete(ASK, on_text=pieces.append)
        assert pieces == [GOOD]
        assert [r.get("stream", False) for r in server.requests] == [True, False, False]


def test_stream_options_are_left_out_where_they_are_refused(
    tmp_path: Path, said: list[str]
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        if "stream_options" in r:
            return (
                422,
                {},
                {
                    "detail": [
                        {
                            "loc": ["body", "stream_options"],
                            "msg": "Extra inputs are not permitted",
                            "type": "extra_forbidden",
                        }
                    ]
                },
            )
        return 200, {}, ["hel", "lo", END]  # fmt: skip

    with Played(play) as server:
        completion = LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK)
        assert completion.text == "hello"
        assert server.requests[-1]["stream"] is True


def test_a_failing_listener_costs_no_answer(tmp_path: Path, said: list[str]) -> None:
    def fail(attempt: Attempt) -> None:
        raise RuntimeError("the disk is full")

    with refusing(lambda r: False, {}) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), listener=fail)
        assert llm.complete(ASK).text == GOOD


def test_warnings_that_are_errors_cost_no_answer(tmp_path: Path) -> None:
    refuses = refusing(lambda r: "temperature" in r, TEMPERATURE)
    with refuses as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(ASK, temperature=0).text == GOOD
