"""What requests would cost, before any is sent."""

from pathlib import Path

import pytest

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, Prompt, estimate_cost
from tailor_lab.llm.errors import UnknownModelError, WrongKeyError
from tailor_lab.settings import Settings
from tests.llm.server import Server

ASK = [{"role": "user", "content": "The ward was busy and there were 12 patients. " * 20}]


def test_the_estimate_is_near_what_the_server_charges(server: Server, tmp_path: Path) -> None:
    settings = server.as_gateway(tmp_path)
    requests = [[{"role": "user", "content": f"{n} {ASK[0]['content']}"}] for n in range(5)]
    llm = LLM("openai:gpt-4.1-mini", settings=settings)
    answers = [llm.complete(messages) for messages in requests]
    longest = max(answer.usage.output_tokens for answer in answers)
    expected = estimate_cost(
        requests, "openai:gpt-4.1-mini", output_tokens=longest, settings=settings
    )
    charged = sum(answer.cost_usd or 0 for answer in answers)
    assert expected.requests == 5
    assert expected.usd == pytest.approx(charged, rel=0.2)
    assert len(server.requests) == 5, "estimating sent nothing"


def test_a_price_that_nobody_knows_is_none_and_said(server: Server, tmp_path: Path) -> None:
    found = estimate_cost([ASK], "openai:our-own", settings=server.settings(tmp_path))
    assert found.usd is None
    assert found.tokens > 500
    assert "No price is known for openai:our-own" in str(found)


def test_own_prices_count(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "experiments"
    folder.mkdir()
    (folder / "providers.yaml").write_text(
        "prices:\n  our-own: {input_usd: 1.0, output_usd: 2.0}\n", encoding="utf-8"
    )
    found = estimate_cost(
        [ASK, ASK], "openai:our-own", output_tokens=100, settings=server.settings(tmp_path)
    )
    assert found.usd == pytest.approx((found.input_tokens + 2 * 200) / 1e6)


def test_a_prompts_own_limit_is_the_longest_answer(settings: Settings) -> None:
    prompt = Prompt.parse("---\nparameters: {max_tokens: 40}\n---\n# user\nHello", name="short")
    found = estimate_cost([prompt.render()] * 3, "offline", settings=settings)
    assert (found.requests, found.output_tokens, found.usd) == (3, 120, 0.0)


def test_nothing_costs_nothing(settings: Settings) -> None:
    assert estimate_cost([], "offline", settings=settings).tokens == 0


def test_what_cannot_be_estimated_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError, match="output_tokens"):
        estimate_cost([ASK], "offline", output_tokens=-1, settings=settings)
    with pytest.raises(UnknownModelError):
        estimate_cost([ASK], "nobody:x", settings=settings)
    with pytest.raises(WrongKeyError, match="OPENAI_API_KEY"):
        estimate_cost([ASK], "openai:gpt-4.1-mini", settings=settings)
