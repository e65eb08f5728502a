"""Prices: by the address that was asked, by tier of service, and never on one's own machine."""

from pathlib import Path

import pytest
from genai_prices import Usage as Priced
from genai_prices import calc_price
from pydantic import SecretStr

from tailor_lab.llm import LLM
from tailor_lab.llm.completion import Usage
from tailor_lab.llm.providers import resolve
from tailor_lab.llm.spending.prices import Price, cost_usd, service_tier
from tailor_lab.settings import Settings
from tests.llm.server import Server

USAGE = Usage(10_000, 1_000, cached_input_tokens=4_000)
GROQ = "https://api.groq.com/openai/v1"


def listed(
    model: str, *, usage: Usage = USAGE, tier: dict[str, str] | None = None, **where
) -> float:
    """What genai-prices itself says."""
    priced = Priced(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
    )
    return float(calc_price(priced, model, price_context=tier, **where).total_price)


def cost(model: str, folder: Path, *, url: str | None = None, table: str = "") -> float | None:
    """What a request to this model would cost in a project with this table."""
    (folder / "experiments").mkdir(exist_ok=True)
    (folder / "experiments" / "providers.yaml").write_text(table, encoding="utf-8")
    settings = Settings(
        home=folder / ".lab",
        openai_api_key=SecretStr("k"),
        openai_base_url=url,
        variables={name: SecretStr("k-0123456789") for name in KEYS},
    )
    return resolve(model, settings).cost_usd(USAGE)


KEYS = ("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "XAI_API_KEY", "GROQ_API_KEY", "DEEPSEEK_API_KEY")


@pytest.mark.parametrize(
    ("model", "name", "provider"),
    [
        ("openai:gpt-4.1-mini", "gpt-4.1-mini", "openai"),
        ("anthropic:claude-haiku-4-5", "claude-haiku-4-5", "anthropic"),
        ("gemini:gemini-2.5-flash", "gemini-2.5-flash", "google"),
        ("xai:grok-4.3", "grok-4.3", "x-ai"),
        ("groq:llama-3.1-8b-instant", "llama-3.1-8b-instant", "groq"),
        ("deepseek:deepseek-chat", "deepseek-chat", "deepseek"),
    ],
)
def test_a_hosted_model_has_the_price_that_its_provider_lists(
    tmp_path: Path, model: str, name: str, provider: str
) -> None:
    assert cost(model, tmp_path) == pytest.approx(listed(name, provider_id=provider))


def test_another_server_under_openais_variable_has_its_own_price(tmp_path: Path) -> None:
    found = cost("openai:llama-3.1-8b-instant", tmp_path, url=GROQ)
    assert found == pytest.approx(listed("llama-3.1-8b-instant", provider_api_url=GROQ))


def test_a_project_may_name_a_known_server_anew_and_it_keeps_its_price(tmp_path: Path) -> None:
    table = f"providers: {{fast: {{base_url: {GROQ}}}}}\n"
    found = cost("fast:llama-3.1-8b-instant", tmp_path, table=table)
    assert found == pytest.approx(listed("llama-3.1-8b-instant", provider_id="groq"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"),
        *("http://gpu-box:8000/v1", "http://192.168.1.4/v1", "https://models.lan/v1"),
        *("http://10.0.0.7:4000/v1", "https://llm.corp.internal/v1"),
    ],
)
def test_a_server_of_ones_own_is_never_charged_openais_price(tmp_path: Path, url: str) -> None:
    assert cost("openai:gpt-4.1-mini", tmp_path, url=url) is None


def test_a_gateway_that_nobody_knows_has_no_price_unless_the_project_says_whose(
    tmp_path: Path,
) -> None:
    url = "https://gateway.example.com/v1"
    assert cost("openai:gpt-4.1-mini", tmp_path, url=url) is None
    for of, address in (("openai", url), ("openai", "http://10.0.0.7:4000/v1")):
        table = f"providers: {{openai: {{priced_as: {of}}}}}\n"
        found = cost("openai:gpt-4.1-mini", tmp_path, url=address, table=table)
        assert found == pytest.approx(listed("gpt-4.1-mini", provider_id="openai"))


def test_own_prices_hold_everywhere_and_may_name_the_provider(tmp_path: Path) -> None:
    table = (
        "prices:\n  gpt-4.1-mini: {input_usd: 1, output_usd: 1}\n"
        "  ollama:gpt-4.1-mini: {input_usd: 2, output_usd: 2}\n"
    )
    assert cost("openai:gpt-4.1-mini", tmp_path, table=table) == pytest.approx(0.011)
    assert cost("ollama:gpt-4.1-mini", tmp_path, table=table) == pytest.approx(0.022)


def test_why_there_is_no_price_is_said(tmp_path: Path) -> None:
    local = resolve("ollama:m", Settings(home=tmp_path / ".lab"))
    assert "is on this machine or network" in local.no_price
    assert "priced_as" in local.no_price
    key = SecretStr("k")
    unknown = resolve("openai:nobody-knows", Settings(home=tmp_path / ".lab", openai_api_key=key))
    assert unknown.no_price == (
        "No price is known for openai:nobody-knows. Give one in experiments/providers.yaml."
    )


@pytest.mark.parametrize(
    ("tier", "context"),
    [
        ("flex", {"service_tier": "flex"}),
        ("priority", {"service_tier": "priority"}),
        ("batch", {"processing": "batch"}),
        ("default", None),
        ("auto", None),
        ("on_demand", None),
        (None, None),
    ],
)
def test_a_tier_of_service_has_the_price_that_is_listed_for_it(tier, context) -> None:
    found = cost_usd(USAGE, "gpt-5.4-mini", provider="openai", tier=tier)
    assert found == pytest.approx(listed("gpt-5.4-mini", provider_id="openai", tier=context))


def test_a_tier_without_a_listed_price_has_none() -> None:
    assert cost_usd(USAGE, "gpt-4.1-mini", provider="openai") is not None
    assert cost_usd(USAGE, "llama-3.1-8b-instant", provider="groq", tier="priority") is None


def test_own_prices_have_factors_for_tiers(tmp_path: Path) -> None:
    price = Price(2.0, 4.0, cached_input_usd=1.0, tiers={"batch": 0.5})
    standard = (6_000 * 2 + 4_000 * 1 + 1_000 * 4) / 1e6
    assert price.of(USAGE) == pytest.approx(standard)
    assert price.of(USAGE, "batch") == pytest.approx(standard / 2)
    assert price.of(USAGE, "default") == pytest.approx(standard)
    assert price.of(USAGE, "flex") is None


def test_tokens_written_to_the_cache_have_their_own_price() -> None:
    usage = Usage(10_000, 1_000, cached_input_tokens=4_000, cache_write_input_tokens=2_000)
    price = Price(2.0, 4.0, cached_input_usd=1.0, cache_write_input_usd=3.0)
    assert price.of(usage) == pytest.approx((4_000 * 2 + 4_000 + 2_000 * 3 + 4_000) / 1e6)
    by_table = cost_usd(usage, "claude-haiku-4-5", provider="anthropic")
    priced = Priced(
        input_tokens=10_000, output_tokens=1_000, cache_read_tokens=4_000, cache_write_tokens=2_000
    )
    expected = calc_price(priced, "claude-haiku-4-5", provider_id="anthropic").total_price
    assert by_table == pytest.approx(float(expected))


@pytest.mark.parametrize("usage", [Usage(None, None), Usage(10, None), Usage(None, 10)])
def test_tokens_that_are_not_known_have_no_price(usage: Usage) -> None:
    assert Price(2.0, 4.0).of(usage) is None
    assert cost_usd(usage, "m", own={"m": Price(2.0, 4.0)}) is None
    assert cost_usd(usage, "gpt-4.1-mini", provider="openai") is None


@pytest.mark.parametrize("cached", [0, 10_000, 12_000, 1_000_000])
def test_a_server_that_counts_more_from_the_cache_than_it_read_breaks_nothing(cached: int) -> None:
    usage = Usage(10_000, 1_000, cached_input_tokens=cached)
    found = cost_usd(usage, "gpt-4.1-mini", provider="openai")
    assert found is not None
    assert found > 0
    assert (Price(2.0, 4.0).of(usage) or 0) > 0


def test_the_tier_is_the_servers_else_the_one_asked_for() -> None:
    assert service_tier({"service_tier": "default"}, {"service_tier": "flex"}) == "default"
    assert service_tier({}, {"service_tier": "flex"}) == "flex"
    assert service_tier({"service_tier": 7}, {}) is None


def test_a_tier_that_is_asked_for_is_charged_as_such(server: Server, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "providers.yaml").write_text(
        "prices: {m: {input_usd: 1, output_usd: 1, flex: 0.5}}\n"
    )
    llm = LLM("openai:m", settings=server.settings(tmp_path))
    ask = [{"role": "user", "content": "The ward was busy."}]
    plain, flex = llm.complete(ask), llm.complete(ask, service_tier="flex")
    assert plain.cost_usd
    assert flex.cost_usd == pytest.approx(plain.cost_usd / 2)
