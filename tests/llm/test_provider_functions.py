"""A function of an installed package as a provider: found, called, and its faults told as ours."""

import pickle
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import BaseModel

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM
from tailor_lab.llm.errors import (
    BadAnswerError,
    LLMError,
    RateLimitedError,
    RequestRejectedError,
    ServerFailedError,
    TimedOutError,
    UnknownModelError,
    WrongKeyError,
)
from tailor_lab.llm.provider_functions import function_names
from tailor_lab.settings import Settings

ASK = [{"role": "user", "content": "The ward was busy."}]
GATEWAY = """
    import time

    class Limited(Exception):
        status_code = 429

    class Refused(Exception):
        def __init__(self, message):
            super().__init__(message)
            self.response = type("Response", (), {"status_code": 401})

    seen = []

    class Reply:
        def __init__(self, body): self.body = body
        def model_dump(self, mode): return self.body

    def complete(body):
        seen.append(body)
        said = body["messages"][-1]["content"]
        if said == "limited": raise Limited("slow down")
        if said == "refused": raise Refused("no such key")
        if said == "bug": return body["nothing"]
        if said == "broken": raise ConnectionError("reset by peer")
        if said == "own": raise RuntimeError("the gateway is down")
        if said == "late": raise TimeoutError
        if said == "asleep": time.sleep(5)
        if said == "number": return 7
        if said == "bytes": return {"choices": [{"message": {"content": b"x"}}]}
        if said == "nothing": return {}
        text = '{"text": "busy"}' if "response_format" in body else "It was busy."
        message = {"role": "assistant", "content": text}
        return Reply({
            "id": "g-1", "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 4},
        })

    NOT_ONE = 7
"""


class Note(BaseModel):
    text: str


@pytest.fixture(autouse=True)
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An installed package that offers three providers, one of them sound."""
    site = tmp_path / "site"
    info = site / "a_gateway-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "a_gateway.py").write_text(dedent(GATEWAY), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: a-gateway\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tailor_lab.providers]\ngateway = a_gateway:complete\n"
        "number = a_gateway:NOT_ONE\nmissing = a_gateway:nobody\n"
    )
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)
    function_names.cache_clear()
    yield site
    function_names.cache_clear()
    sys.modules.pop("a_gateway", None)


@pytest.fixture
def llm(settings: Settings) -> LLM:
    return LLM("gateway:big", settings=settings, retries=1)


def seen() -> list[dict]:
    return sys.modules["a_gateway"].seen


def ask(llm: LLM, said: str) -> None:
    llm.complete([{"role": "user", "content": said}])


def test_a_function_answers_as_a_server_does(llm: LLM) -> None:
    completion = llm.complete(ASK, Note, temperature=0.5)
    assert completion.value == Note(text="busy")
    assert (completion.model, completion.provider) == ("big", "gateway")
    assert completion.usage.input_tokens == 10
    assert completion.cost_usd is None
    assert seen()[0]["temperature"] == 0.5
    assert seen()[0]["messages"][0]["content"] == "The ward was busy."


def test_a_function_can_be_streamed_from(llm: LLM) -> None:
    pieces: list[str] = []
    completion = llm.complete(ASK, on_text=pieces.append)
    assert "".join(pieces) == completion.text == "It was busy."
    assert completion.usage.output_tokens == 4
    assert "stream" not in seen()[0]


def test_a_function_is_found_again_in_another_process(llm: LLM) -> None:
    assert pickle.loads(pickle.dumps(llm)).complete(ASK).text == "It was busy."


@pytest.mark.parametrize(
    ("said", "kind", "told", "calls"),
    [
        ("limited", RateLimitedError, "slow down", 2),
        ("refused", WrongKeyError, "no such key", 1),
        ("bug", RequestRejectedError, "KeyError: 'nothing'", 1),
        ("broken", ServerFailedError, "reset by peer", 2),
        ("own", ServerFailedError, "the gateway is down", 2),
        ("late", TimedOutError, "the function gateway did not answer", 2),
        ("number", RequestRejectedError, "it returned a int", 1),
        ("bytes", RequestRejectedError, "TypeError", 1),
        ("nothing", BadAnswerError, "no choices", 2),
    ],
)
def test_what_a_function_raises_is_one_of_our_errors(
    llm: LLM, said: str, kind: type[LLMError], told: str, calls: int
) -> None:
    with pytest.raises(kind, match=told):
        ask(llm, said)
    assert len(seen()) == calls


def test_a_function_that_does_not_return_is_left(settings: Settings) -> None:
    with pytest.raises(TimedOutError, match=r"within 0\.1 s"):
        ask(LLM("gateway:big", settings=settings, retries=0, timeout=0.1), "asleep")


@pytest.mark.parametrize(
    ("name", "told"),
    [("number", "is a int, not a function"), ("missing", "cannot be loaded: AttributeError")],
)
def test_an_entry_that_offers_no_function_is_named_with_its_package(
    settings: Settings, name: str, told: str
) -> None:
    with pytest.raises(InputError, match=told) as raised:
        ask(LLM(f"{name}:m", settings=settings), "hello")
    assert "a-gateway" in str(raised.value)


def test_an_unknown_provider_lists_the_installed_ones_too(settings: Settings) -> None:
    with pytest.raises(UnknownModelError, match="gateway, gemini"):
        LLM("nobody:m", settings=settings)


def test_a_project_says_how_long_a_function_may_take_and_what_it_costs(tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "providers.yaml").write_text(
        "providers: {gateway: {timeout: 7, extra_body: {route: eu}}}\n"
        "prices: {gateway:big: {input_usd: 1.0, output_usd: 2.0}}\n"
    )
    llm = LLM("gateway:big", settings=Settings(home=tmp_path / ".lab"))
    assert llm.timeout == 7
    assert llm.complete(ASK).cost_usd == pytest.approx(18e-6)
    assert seen()[0]["route"] == "eu"
