"""Bad answers go back with what is wrong; what is down is waited for; what takes a day is told."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from tailor_lab.llm import LLM
from tailor_lab.llm.errors import (
    BadAnswerError,
    LLMError,
    LoadingError,
    RateLimitedError,
    TimedOutError,
)
from tests.llm.played import END, Played, chat, refusal

ASK = [{"role": "user", "content": "How busy was the ward?"}]


class Grade(BaseModel):
    grade: int = Field(le=10)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    from tailor_lab.llm.transport import exchange

    made: list[float] = []
    real = exchange.pause_s

    def note(error: LLMError, attempt: int) -> float:
        made.append(real(error, attempt))
        return 0.0

    monkeypatch.setattr(exchange, "pause_s", note)
    return made


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_a_bad_answer_goes_back_with_what_is_wrong_with_it(
    tmp_path: Path, pauses: list[float]
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return 200, {}, chat('{"grade": 11}' if n == 0 else '{"grade": 7}')

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        completion = llm.complete(ASK, Grade, temperature=0)
        assert (completion.value.grade, completion.attempts) == (7, 2)
        assert completion.usage.output_tokens == 20, "both answers are paid for"
        *_, answer, fault = server.requests[1]["messages"]
        assert answer == {"role": "assistant", "content": '{"grade": 11}'}
        assert "less than or equal to 10" in fault["content"]
        assert "response_format" in server.requests[1]
    assert pauses == []


def test_a_bad_answer_is_asked_again_twice_and_never_with_the_same_bytes(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("Very busy."))) as server:
        with pytest.raises(BadAnswerError, match="no JSON object"):
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, Grade, temperature=0)
        assert len(server.requests) == 3
        assert len({str(request) for request in server.requests}) == 3
        assert "response_format" not in server.requests[2], "at last in words alone"


def test_an_answer_that_is_whole_json_keeps_its_form(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat('{"grade": 11}'))) as server:
        with pytest.raises(BadAnswerError):
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, Grade)
        assert all("response_format" in request for request in server.requests)


def test_a_very_long_bad_answer_is_not_sent_back_whole(tmp_path: Path) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return 200, {}, chat("busy " * 20_000 if n == 0 else '{"grade": 7}')

    with Played(play) as server:
        LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, Grade)
        assert len(str(server.requests[1]["messages"])) < 10_000


def test_an_empty_answer_makes_no_empty_turn(tmp_path: Path) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return 200, {}, chat("" if n == 0 else '{"grade": 7}')

    with Played(play) as server:
        LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, Grade)
        first, second = (request["messages"] for request in server.requests)
        assert [m["role"] for m in second if m["role"] != "system"] == ["user"]
        assert second != first


def test_json_that_the_server_found_invalid_is_a_bad_answer(tmp_path: Path) -> None:
    failed = refusal("Failed to generate JSON.", code="json_validate_failed", failed_generation="{")

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (400, {}, failed) if n == 0 else (200, {}, chat('{"grade": 7}'))

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path))
        assert llm.complete(ASK, Grade).value.grade == 7
        assert {"role": "assistant", "content": "{"} in server.requests[1]["messages"]


def test_bad_answers_and_a_bad_network_have_counts_of_their_own(
    tmp_path: Path, pauses: list[float]
) -> None:
    faults: list[tuple[int, Any]] = [(200, chat("no")), (503, b""), (503, b""), (200, chat("no"))]

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        status, body = faults[n] if n < len(faults) else (200, chat('{"grade": 7}'))
        return status, {}, body

    with Played(play) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), retries=2)
        assert llm.complete(ASK, Grade).attempts == 5


def test_a_wait_of_a_day_ends_at_once_and_says_until_when(
    tmp_path: Path, pauses: list[float]
) -> None:
    body = refusal("Daily limit reached")
    with Played(lambda r, n: (429, {"Retry-After": "86400"}, body)) as server:
        with pytest.raises(RateLimitedError, match=r"wait 24 hours, until 20\d\d-") as caught:
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK)
        assert len(server.requests) == 1
    assert caught.value.of_server
    assert pauses == []


def test_a_limit_that_starts_over_at_a_known_time_is_waited_for(
    tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange._LONG_PAUSE_S", -1.0)

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        reset = str(int((time.time() + 20) * 1000))
        return (429, {"X-RateLimit-Reset": reset}, {}) if n == 0 else (200, {}, chat("ok"))

    with Played(play) as server, pytest.warns(UserWarning, match=r"Waiting \d+ s, since"):
        LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK)
    assert 15 < pauses[0] <= 21


def test_a_model_that_is_loading_is_waited_for_and_said(
    tmp_path: Path, pauses: list[float]
) -> None:
    loading = refusal("Loading model", type="unavailable_error", code=503)

    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (503, {}, loading) if n < 18 else (200, {}, chat("ok"))

    with Played(play) as server, pytest.warns(UserWarning, match="still loading its model"):
        assert LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK).attempts == 19
    assert 60 < sum(pauses) < 600, "minutes, not seconds"


def test_a_model_that_never_loads_is_given_up(
    tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoadingError, "most_repeats", 4)
    with Played(lambda r, n: (503, {}, refusal("Loading model"))) as server:
        with pytest.raises(LoadingError) as caught:
            LLM("openai:m", settings=server.settings(tmp_path), retries=1).complete(ASK)
        assert len(server.requests) == 5
    assert caught.value.of_server


def test_a_request_that_timed_out_is_repeated_once_with_more_time(tmp_path: Path) -> None:
    with Played(lambda r, n: (server.nap(3), (200, {}, chat("late")))[1]) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), timeout=0.1)
        with (
            pytest.warns(UserWarning, match=r"within 0\.1 s; it is asked once more, with 0\.2 s"),
            pytest.raises(TimedOutError, match=r"within 0\.2 s"),
        ):
            llm.complete(ASK)
        assert len(server.requests) == 2


def test_the_time_of_a_local_server_is_the_silence_between_two_pieces(tmp_path: Path) -> None:
    slow = ["a", 0.15, "b", 0.15, "c", 0.15, "d", END]
    with Played(lambda r, n: (200, {}, slow)) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), timeout=0.3)
        completion = llm.complete(ASK)
        assert (completion.text, completion.attempts) == ("abcd", 1)
        assert completion.seconds > 0.4
        assert completion.first_token_s is None, "nobody waited for pieces"


def test_a_silence_that_is_too_long_is_left(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, ["a", 3, "b", END])) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), timeout=0.2, retries=0)
        with pytest.raises(TimedOutError, match=r"within 0\.2 s"):
            llm.complete(ASK)


def test_the_time_of_a_hosted_server_is_that_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailor_lab.llm.providers.is_own", lambda host, own_networks: False)
    drops: list[Any] = [piece for _ in range(40) for piece in (b" \n\n", 0.05)]
    with Played(lambda r, n: (200, {}, drops)) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), timeout=0.3, retries=0)
        began = time.monotonic()
        with pytest.raises(TimedOutError):
            llm.complete(ASK)
        assert time.monotonic() - began < 1.5, "keep-alive lines are no answer"
        assert "stream" not in server.requests[0]


def test_an_error_within_a_good_status_is_asked_again_once(
    tmp_path: Path, pauses: list[float]
) -> None:
    body = {"error": {"message": "Upstream says: seven llamas", "code": 502}}
    with Played(lambda r, n: (200, {}, body)) as server:
        with pytest.raises(LLMError, match="seven llamas"):
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK, Grade)
        assert len(server.requests) == 2


def test_an_error_within_a_stream_is_told(tmp_path: Path) -> None:
    event = b'data: {"error": {"message": "Insufficient credits for llamas", "code": 402}}\n\n'
    with Played(lambda r, n: (200, {}, ["begun", event])) as server:
        with pytest.raises(LLMError, match="no credit left: Insufficient credits for llamas"):
            LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK)
        assert len(server.requests) == 1
