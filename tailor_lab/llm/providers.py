"""Which server answers for a model's name: `provider:name`, a bare name, or `offline`.

The table below knows the usual servers; a project adds its own, its prices and its limits in
`experiments/providers.yaml`:

    providers:
      house: {base_url: "http://gpu-box:8000/v1", key_variable: HOUSE_API_KEY}
    prices:
      our-own-model: {input_usd: 0.2, output_usd: 0.6}      # for a million tokens
    limits:
      openai: {rpm: 500, tpm: 200000}                       # a minute, for each model
      house: {concurrency: 4}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from tailor_lab.errors import InputError
from tailor_lab.llm.errors import UnknownModelError, WrongKeyError
from tailor_lab.llm.spending.limits import Limits
from tailor_lab.llm.spending.prices import Price
from tailor_lab.settings import Settings, from_environment

OFFLINE = "offline"
OFFLINE_NAME = "offline (extractive, not an LLM)"
"""How the offline model is named wherever its results show."""
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Provider:
    """An OpenAI-compatible server."""

    base_url: str
    key_variable: str | None = None
    """The environment variable that holds its key; None for a server that asks for none."""


PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(OPENAI_URL, "OPENAI_API_KEY"),
    "local": Provider("http://localhost:11434/v1"),
    "ollama": Provider("http://localhost:11434/v1"),
    "vllm": Provider("http://localhost:8000/v1"),
    "llamacpp": Provider("http://localhost:8080/v1"),
    "lmstudio": Provider("http://localhost:1234/v1"),
    "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "deepseek": Provider("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
}
_OWN_MACHINE = frozenset({"local", "ollama", "vllm", "llamacpp", "lmstudio"})


@dataclass(frozen=True)
class ModelTarget:
    """Where a model's requests go."""

    provider: str
    model: str
    base_url: str = field(repr=False)
    key: SecretStr | None = field(default=None, repr=False)
    prices: Mapping[str, Price] = field(default_factory=dict)
    limits: Limits | None = None
    key_variable: str | None = None
    """The environment variable that holds the key, for messages."""
    address_from: str | None = None
    """Where the address is set, for messages; None for one of the table."""
    timeout_s: float | None = None
    retries: int | None = None
    max_tokens: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """The address for people and logs: without a user, a password or a query."""
        parts = urlsplit(self.base_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))

    @property
    def priced_as(self) -> str:
        """The provider under which prices are looked up."""
        return "local" if self.provider in _OWN_MACHINE else self.provider

    @property
    def name(self) -> str:
        """The model's name for people."""
        return OFFLINE_NAME if self.provider == OFFLINE else f"{self.provider}:{self.model}"


def resolve(model: str, settings: Settings) -> ModelTarget:
    """The server, name and key for `model`.

    A bare name, or `openai:name`, goes to `OPENAI_BASE_URL` where that is set. Raises
    `UnknownModelError` for a provider that is not in the table, `WrongKeyError` where a key is
    needed and its variable is empty.
    """
    if model == OFFLINE:
        return ModelTarget(OFFLINE, OFFLINE, "http://offline.invalid/v1")
    own = _own_table(settings.project / "experiments" / "providers.yaml")
    table = {**PROVIDERS, **own.servers()}
    prefix, colon, name = model.partition(":")
    if not colon or (prefix not in table and settings.openai_base_url):
        # A local server's own names hold colons too, such as "qwen3:8b".
        prefix, name = "openai", model
    if prefix not in table or not name.strip():
        known = ", ".join(sorted(table))
        raise UnknownModelError(
            f'Model "{model}": there is no provider "{prefix}". Use offline, or provider:name with '
            f"one of {known}; add your own to experiments/providers.yaml."
        )
    provider = table[prefix]
    base_url = provider.base_url
    key = from_environment(provider.key_variable) if provider.key_variable else None
    if prefix == "openai":
        base_url, key = settings.openai_base_url or base_url, settings.openai_api_key
    if key is None and provider.key_variable and base_url == provider.base_url:
        raise WrongKeyError(
            f'Model "{model}" needs a key for {base_url}. Set {provider.key_variable} in the '
            "environment or in .env, or use the model offline."
        )
    address_from = "experiments/providers.yaml" if prefix in own.providers else None
    return ModelTarget(
        prefix,
        name,
        base_url.rstrip("/"),
        key,
        own.price_list(),
        own.limits_of(prefix),
        key_variable=provider.key_variable,
        address_from="OPENAI_BASE_URL" if prefix == "openai" else address_from,
    )


class _ProviderEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    base_url: str
    key_variable: str | None = None


class _PriceEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None


class _LimitsEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rpm: float | None = Field(default=None, gt=0)
    tpm: float | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0)


class _Table(BaseModel):
    """What a project's own table holds."""

    model_config = ConfigDict(extra="forbid")
    providers: dict[str, _ProviderEntry] = {}
    prices: dict[str, _PriceEntry] = {}
    limits: dict[str, _LimitsEntry] = {}

    def servers(self) -> dict[str, Provider]:
        return {n: Provider(p.base_url, p.key_variable) for n, p in self.providers.items()}

    def price_list(self) -> dict[str, Price]:
        return {
            n: Price(p.input_usd, p.output_usd, p.cached_input_usd) for n, p in self.prices.items()
        }

    def limits_of(self, provider: str) -> Limits | None:
        entry = self.limits.get(provider)
        return Limits(entry.rpm, entry.tpm, entry.concurrency) if entry else None


def _own_table(path: Path) -> _Table:
    if not path.is_file():
        return _Table()
    import yaml

    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _Table.model_validate(raw)
    except (yaml.YAMLError, ValidationError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path}: not a table of providers, prices and limits: {reason}"
        ) from error
