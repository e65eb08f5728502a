"""Completions from the offline model and from a real HTTP server, through the same code."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import (
    BadAnswerError,
    FilteredError,
    LLMError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    ServerUnreachableError,
    TimedOutError,
    TruncatedError,
    UnknownModelError,
    WrongKeyError,
    scrub,
)
from tailor_lab.settings import Settings
from tests.llm.server import KEY, Server, free_port

ASK = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "The nurse cared for 12 patients. The ward was busy. Rate: 7."},
]


class Verdict(BaseModel):
    reason: str
    score: int = Field(ge=0, le=10)


@pytest.fixture
def llm(server: Server, tmp_path: Path) -> LLM:
    return LLM("openai:gpt-4.1-mini", settings=server.settings(tmp_path))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)


def test_the_offline_model_answers_the_same_request_with_the_same_bytes(settings: Settings) -> None:
    first, second = (LLM(settings=settings).complete(ASK, Verdict) for _ in range(2))
    assert first.text == second.text
    assert first.usage == second.usage
    assert isinstance(first.value, Verdict)


def test_the_offline_model_costs_nothing_and_says_what_it_is(settings: Settings) -> None:
    llm = LLM(settings=settings)
    assert llm.complete(ASK).cost_usd == 0.0
    assert llm.target.name == "offline (extractive, not an LLM)"


def test_a_server_over_http_gives_the_answer_of_the_same_code(
    llm: LLM, server: Server, settings: Settings
) -> None:
    completion = llm.complete(ASK, Verdict, temperature=0)
    assert completion.value.score == 7
    assert completion.model == "gpt-4.1-mini"
    assert completion.usage.input_tokens == server.input_tokens
    assert server.requests[0]["temperature"] == 0
    assert server.requests[0]["response_format"]["json_schema"]["name"] == "verdict"


def test_cost_is_what_the_price_table_says_for_the_tokens_that_the_server_counted(
    server: Server, tmp_path: Path
) -> None:
    completion = LLM("openai:gpt-4.1-mini", settings=server.as_gateway(tmp_path)).complete(ASK)
    expected = (0.4 * server.input_tokens + 1.6 * server.output_tokens) / 1e6
    assert completion.cost_usd == pytest.approx(expected, rel=1e-9)


def test_a_model_without_a_known_price_has_no_cost_rather_than_none_to_pay(
    server: Server, tmp_path: Path
) -> None:
    llm = LLM("openai:somebodys-own-model", settings=server.settings(tmp_path))
    assert llm.complete(ASK).cost_usd is None


def test_own_prices_come_before_the_table(server: Server, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    table = tmp_path / "experiments" / "providers.yaml"
    table.write_text(
        f'providers: {{house: {{base_url: "{server.url}"}}}}\n'
        "prices: {own: {input_usd: 1000000, output_usd: 0}}\n"
    )
    completion = LLM("house:own", settings=Settings(home=tmp_path / ".lab")).complete(ASK)
    assert completion.cost_usd == server.input_tokens


def test_limits_of_a_provider_stand_in_the_projects_table(server: Server, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "providers.yaml").write_text("limits: {openai: {concurrency: 2}}\n")
    server.delay_s = 0.03
    llm = LLM("openai:m", settings=server.settings(tmp_path))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: llm.complete(ASK, seed=i), range(12)))
    assert server.most_active == 2


def test_a_broken_table_of_providers_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "providers.yaml").write_text("limits: {openai: {rpm: -1}}\n")
    with pytest.raises(InputError, match=r"providers\.yaml, line 1: /limits/openai/rpm must be"):
        LLM("local:m", settings=Settings(home=tmp_path / ".lab"))


def test_a_server_without_json_schema_is_asked_in_json_mode_and_then_in_words(
    llm: LLM, server: Server
) -> None:
    server.unsupported = {"json_schema", "json_object"}
    server.reply = 'Sure!\n```json\n{"reason": "busy ward", "score": 7,}\n```'
    completion = llm.complete(ASK, Verdict)
    assert completion.value == Verdict(reason="busy ward", score=7)
    assert "JSON schema" in server.requests[-1]["messages"][0]["content"]
    llm.complete(ASK, Verdict)
    assert len(server.requests) == 4, "what the server cannot do is asked once"


def test_a_refusal_of_schemas_heard_by_many_threads_at_once_counts_once(
    llm: LLM, server: Server
) -> None:
    server.unsupported = {"json_schema"}
    server.delay_s = 0.05
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: llm.complete(ASK, Verdict, seed=i), range(8)))
    assert all(isinstance(answer.value, Verdict) for answer in answers)
    kinds = [(request.get("response_format") or {}).get("type") for request in server.requests]
    assert set(kinds) == {"json_schema", "json_object"}


@pytest.mark.parametrize(
    "fault",
    ["429", "429 retry-after", "500", "503", "dropped", "half a body", "invalid json",
     "wrong schema", "no choices", "wrong content type", "html", "null content"],
)  # fmt: skip
def test_a_passing_fault_is_tried_again_and_every_attempt_is_recorded(
    llm: LLM, server: Server, fault: str
) -> None:
    attempts: list[Attempt] = []
    llm.listener = attempts.append
    server.fail_next(fault)
    assert llm.complete(ASK, Verdict).attempts == 2
    assert [a.attempt for a in attempts] == [1, 2]
    assert attempts[0].error_type
    assert attempts[1].error_type is None
    assert sum(a.usage.input_tokens for a in attempts if a.usage) == server.input_tokens


def test_a_stalled_server_is_left_after_the_timeout(server: Server, tmp_path: Path) -> None:
    llm = LLM("openai:m", settings=server.settings(tmp_path), timeout=0.2, retries=0)
    server.fail_next("stall")
    with pytest.raises(TimedOutError, match=r"within 0\.2 s"):
        llm.complete(ASK)
    assert llm.complete(ASK).text


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("refusal", RefusedError), ("content filter", FilteredError), ("quota", QuotaError),
     ("truncated", TruncatedError), ("404", UnknownModelError)],
)  # fmt: skip
def test_what_a_retry_cannot_mend_is_not_tried_again(
    llm: LLM, server: Server, fault: str, kind: type[LLMError]
) -> None:
    server.fail_next(fault)
    with pytest.raises(kind, match=r"gpt-4\.1-mini"):
        llm.complete(ASK, Verdict)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("429", RateLimitedError), ("500", ServerFailedError), ("html", BadAnswerError)],
)
def test_retries_end_with_a_sentence_that_names_server_and_model(
    server: Server, tmp_path: Path, fault: str, kind: type[LLMError]
) -> None:
    llm = LLM("openai:m", settings=server.settings(tmp_path), retries=2)
    server.fail_next(*[fault] * 3)
    with pytest.raises(kind) as caught:
        llm.complete(ASK)
    assert len(server.requests) == 3
    assert "openai:m" in str(caught.value)
    assert str(server.server_address[1]) in str(caught.value)


def test_an_unreachable_server_is_one_clear_sentence(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    llm = LLM("openai:m", settings=Settings(home=tmp_path / ".lab", openai_base_url=url))
    with pytest.raises(ServerUnreachableError, match="Nothing answers at") as caught:
        llm.complete(ASK)
    assert isinstance(caught.value, InputError)
    assert "\n" not in str(caught.value)


def test_a_wrong_key_is_named_as_such_and_never_shown(tmp_path: Path) -> None:
    records: list[Attempt] = []
    with Server(key="sk-the-right-one") as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), listener=records.append)
        with pytest.raises(WrongKeyError, match="refused the key") as caught:
            llm.complete(ASK)
    for text in (str(caught.value), repr(caught.value), repr(records), repr(llm), repr(llm.target)):
        assert KEY not in text


def test_a_missing_key_is_said_before_anything_is_sent(settings: Settings) -> None:
    with pytest.raises(WrongKeyError, match="Set OPENAI_API_KEY"):
        LLM("openai:gpt-4.1-mini", settings=settings)


def test_an_unknown_provider_lists_those_that_there_are(settings: Settings) -> None:
    with pytest.raises(UnknownModelError, match="groq"):
        LLM("nowhere:m", settings=settings)


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    url = f"http://user:secret@127.0.0.1:{free_port()}/v1"
    llm = LLM("openai:m", settings=Settings(home=tmp_path / ".lab", openai_base_url=url))
    with pytest.raises(ServerUnreachableError) as caught:
        llm.complete(ASK)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(llm.target)


def test_a_client_crosses_into_another_process_and_connects_there(llm: LLM, server: Server) -> None:
    llm.complete(ASK)
    copy = pickle.loads(pickle.dumps(llm))
    assert copy.complete(ASK).text == llm.complete(ASK).text


def test_an_error_crosses_into_another_process_with_its_status() -> None:
    error = pickle.loads(pickle.dumps(RateLimitedError("wait", retry_after=2.0)))
    assert (str(error), error.retry_after, error.http_status) == ("wait", 2.0, 429)


def test_scrubbing_takes_out_the_key_and_what_looks_like_one() -> None:
    text = scrub("key hunter2 and Bearer abcdefghij and sk-proj-abcdefgh_1", "hunter2")
    assert "hunter2" not in text
    assert "abcdefgh" not in text
