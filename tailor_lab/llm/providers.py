"""Which server answers for a model's name: `provider:name`, a bare name, or `offline`.

`data/models/providers.yaml` lists the usual servers; a project adds its own, its prices and its
limits in `experiments/providers.yaml`, and says there how long they may take and what is sent with
every request:

    providers:
      house:
        base_url: "http://gpu-box:8000/v1"
        key_variable: HOUSE_API_KEY
        timeout: 600                                        # seconds for each attempt
        max_tokens: 2000                                    # where a prompt says nothing else
        headers: {X-Team: "${HOUSE_TEAM}"}
      openai: {retries: 3}
    prices:
      our-own-model: {input_usd: 0.2, output_usd: 0.6}      # for a million tokens
    limits:
      openai: {rpm: 500, tpm: 200000}                       # a minute, for each model
      house: {concurrency: 4}

A name that an installed package offers in the entry points `tailor_lab.providers` is a provider
too: a function answers for it (`provider_functions`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from tailor_lab.errors import InputError
from tailor_lab.llm.addresses import Address, is_own, parse_address, shown
from tailor_lab.llm.completion import Usage
from tailor_lab.llm.errors import UnknownModelError, WrongKeyError
from tailor_lab.llm.provider_functions import function_names
from tailor_lab.llm.provider_table import (
    OWN_FILE,
    Provider,
    ProviderTable,
    filled_in,
    headers_of,
    provider_table,
)
from tailor_lab.llm.spending.limits import Limits
from tailor_lab.llm.spending.prices import Price, cost_usd
from tailor_lab.settings import Settings

OFFLINE = "offline"
_SHORTEST_SECRET = 6
OFFLINE_NAME = "offline (extractive, not an LLM)"
"""How the offline model is named wherever its results show."""


@dataclass(frozen=True)
class ModelTarget:
    """Where a model's requests go, and how."""

    provider: str
    model: str
    base_url: str = field(repr=False)
    key: SecretStr | None = field(default=None, repr=False)
    prices: Mapping[str, Price] = field(default_factory=dict)
    limits: Limits | None = None
    timeout_s: float | None = None
    """Seconds for each attempt, where the provider's entry says so."""
    retries: int | None = None
    """Attempts after the first, where the provider's entry says so."""
    max_tokens: int | None = None
    """How long an answer may be where a request does not say."""
    headers: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    """Sent with every request."""
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Added to the body of every completion."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Added to the query of every request, such as Azure's `api-version`."""
    key_variable: str | None = None
    """The variable that holds the key; None for a server that asks for none."""
    address_variable: str | None = None
    """The variable that may hold another address."""
    address_from: str | None = None
    """Where the address is set, for messages; None for one of the shipped table."""
    priced_by: str | None = None
    """The provider of the price table whose prices hold; None: by the address alone."""
    own_network: bool = False
    """Whether the server is of one's own machine or network, where no list of prices holds."""
    is_function: bool = False
    """Whether an installed package's function answers in place of a server."""

    @property
    def server(self) -> str:
        """The address for people and logs: without a user, a password or a query."""
        if self.is_function:
            return f"the function {self.provider}"
        return shown(self.base_url)

    @property
    def name(self) -> str:
        """The model's name for people."""
        return OFFLINE_NAME if self.provider == OFFLINE else f"{self.provider}:{self.model}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show: the key, and the values of headers and of the query."""
        key = (self.key.get_secret_value(),) if self.key else ()
        headers = [value.get_secret_value() for value in self.headers.values()]
        password = urlsplit(self.base_url).password or ""
        # Shorter ones hide nothing and would be taken out of every word.
        found = (*headers, *self.query.values(), password)
        return (*key, *(text for text in found if len(text) >= _SHORTEST_SECRET))

    @property
    def key_advice(self) -> str:
        """What to do where the key is refused."""
        if self.key_variable:
            return f"Check {self.key_variable}."
        return f"Give {self.provider} a key_variable in {OWN_FILE.as_posix()}."

    @property
    def address_advice(self) -> str:
        """Where the address is written, for somebody who looks for a wrong one."""
        if self.address_variable:
            return self.address_variable
        return f"base_url of {self.provider} in {OWN_FILE.as_posix()}"

    def cost_usd(
        self, usage: Usage, model: str | None = None, tier: str | None = None
    ) -> float | None:
        """US dollars for this usage of `model`, else of its own; None where no price is known.

        `tier` is the tier of service that the server named.
        """
        name = model or self.model
        own = self.prices.get(f"{self.provider}:{name}") or self.prices.get(name)
        return cost_usd(
            usage,
            name,
            own={name: own} if own else None,
            provider=self._price_list,
            address=None if self.is_function or self.own_network else self.base_url,
            tier=tier,
        )

    @property
    def no_price(self) -> str:
        """Why no price is known, and what to do: said where a cost is missing."""
        if self.own_network and not self.priced_by:
            return (
                f"No price is known for {self.name}: {self.server} is on this machine or network, "
                "where no list of prices holds. Give a price, or priced_as of a gateway, in "
                f"{OWN_FILE.as_posix()}."
            )
        return f"No price is known for {self.name}. Give one in {OWN_FILE.as_posix()}."

    @property
    def _price_list(self) -> str | None:
        if self.provider == OFFLINE:
            return OFFLINE
        return self.priced_by or ("local" if self.own_network else None)


def resolve(model: str, settings: Settings) -> ModelTarget:
    """The server, name and key for `model`.

    A bare name, or `openai:name`, goes to `OPENAI_BASE_URL` where that is set. Raises
    `UnknownModelError` for a provider that is not in the table, `WrongKeyError` where a key is
    needed and its variable is empty, `InputError` for an address that is none.
    """
    if model == OFFLINE:
        return ModelTarget(OFFLINE, OFFLINE, "http://offline.invalid/v1", priced_by=OFFLINE)
    model = model.strip()
    table = provider_table(settings.project)
    prefix, colon, name = model.partition(":")
    if not colon or (not _is_known(prefix, table) and settings.openai_base_url):
        # A local server's own names hold colons too, such as "qwen3:8b".
        prefix, name = "openai", model
    if not _is_known(prefix, table) or not name.strip():
        known = ", ".join(sorted({*table.providers, *function_names()}))
        raise UnknownModelError(
            f'Model "{model}": there is no provider "{prefix}". Use offline, or provider:name with '
            f"one of {known}; add your own to {OWN_FILE.as_posix()}."
        )
    provider = table.providers.get(prefix, Provider())
    has_address = provider.base_url is not None or provider.address_variable is not None
    is_function = not has_address and prefix in function_names()
    target = ModelTarget(
        prefix,
        name.strip(),
        f"http://{prefix}.function.invalid/v1",
        prices=table.prices,
        limits=table.limits.get(prefix),
        timeout_s=provider.timeout,
        retries=provider.retries,
        max_tokens=provider.max_tokens,
        extra_body=provider.extra_body,
        priced_by=provider.priced_as,
        is_function=is_function,
    )
    return target if is_function else _reached(target, provider, table, settings)


def _is_known(prefix: str, table: ProviderTable) -> bool:
    # What packages are installed is looked up last: it takes longer than all the rest.
    return prefix in table.providers or prefix in function_names()


def _reached(
    target: ModelTarget, provider: Provider, table: ProviderTable, settings: Settings
) -> ModelTarget:
    """The target with its server's address, key and headers."""
    where = f'Provider "{target.provider}" of {OWN_FILE.as_posix()}'
    address, variable = _address(target, provider, settings, where)
    moved = variable is not None and provider.base_url is not None
    key = _key(target, provider, settings)
    if key is None and provider.key_variable and not moved:
        raise WrongKeyError(
            f'Model "{target.name}" needs a key for {address.shown}. Set {provider.key_variable} '
            "in the environment or in .env, or use the model offline."
        )
    written = f"base_url of {target.provider} in {OWN_FILE.as_posix()}"
    listed = provider.declares_price or not (moved or provider.own_address)
    return replace(
        target,
        base_url=address.base_url,
        query=address.query,
        key=key,
        headers=headers_of(provider, settings.variable, where),
        key_variable=provider.key_variable,
        address_variable=provider.address_variable,
        address_from=variable or (written if provider.own_address else None),
        priced_by=provider.priced_as if listed else None,
        own_network=is_own(address.host, table.own_networks),
    )


def _address(
    target: ModelTarget, provider: Provider, settings: Settings, where: str
) -> tuple[Address, str | None]:
    """The server's address, and the variable that it comes from; None for that of the table."""
    variable = provider.address_variable
    if target.provider == "openai":
        given = settings.openai_base_url
    else:
        found = settings.variable(variable) if variable else None
        given = found.get_secret_value() if found else None
    if given and variable:
        address = parse_address(given, variable, default_path=provider.default_path)
        return address, variable
    if provider.base_url is None:
        need = f"Set {variable}" if variable else f"Write its base_url into {OWN_FILE.as_posix()}"
        raise InputError(f'Model "{target.name}": the address is not known. {need}.')
    text = filled_in(provider.base_url, settings.variable, f"{where}: base_url")
    named = f"{where}: base_url"
    return parse_address(text, named, default_path=provider.default_path), None


def _key(target: ModelTarget, provider: Provider, settings: Settings) -> SecretStr | None:
    """The provider's key. Raises `WrongKeyError` for one that no header can hold."""
    found = settings.openai_api_key if target.provider == "openai" else None
    # A key that was set after the settings were read goes to the provider's own address only.
    elsewhere = target.provider == "openai" and settings.openai_base_url is not None
    if found is None and provider.key_variable and not elsewhere:
        found = settings.variable(provider.key_variable)
    text = found.get_secret_value().strip() if found else ""
    if not text:
        return None
    odd = next((sign for sign in text if not "!" <= sign <= "~"), None)
    if odd is not None:
        raise WrongKeyError(
            f"{provider.key_variable} holds a character that no key has (U+{ord(odd):04X}, at "
            f"place {text.index(odd) + 1} of {len(text)}). Copy the key again, without anything "
            "around it."
        )
    return SecretStr(text)
