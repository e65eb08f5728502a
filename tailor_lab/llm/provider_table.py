"""The table of servers: the shipped one, with what a project's own file adds and changes.

Both are YAML of one form (`data/models/providers.schema.json`). A project's entry under a name that
is there already changes only what it says, so that a time-out can be given without an address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from re import compile as pattern
from typing import Any

from pydantic import SecretStr

from tailor_lab.data_files import read_data_file
from tailor_lab.errors import InputError
from tailor_lab.llm.spending.limits import Limits
from tailor_lab.llm.spending.prices import Price, service_tiers
from tailor_lab.settings import shipped

OWN_FILE = Path("experiments") / "providers.yaml"
_VARIABLE = pattern(r"\$\{(\w+)\}")
_HEADER_NAME = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OF_EVERY_REQUEST = ("model", "messages", "input", "stream", "stream_options")
"""Fields of a body that the client fills in; nobody else may."""

Look = Callable[[str], SecretStr | None]
"""The value of a variable, as `Settings.variable` finds it."""


@dataclass(frozen=True)
class Provider:
    """An OpenAI-compatible server, as a table describes it."""

    base_url: str | None = field(default=None, repr=False)
    """Its address; None where only a variable holds it, or where a function answers."""
    key_variable: str | None = None
    """The environment variable that holds its key; None for a server that asks for none."""
    address_variable: str | None = None
    """The variable that may hold another address."""
    default_path: str = ""
    """What follows an address that is only a host."""
    priced_as: str | None = None
    """The provider of the price table whose prices hold there."""
    timeout: float | None = None
    """Seconds for each attempt."""
    retries: int | None = None
    max_tokens: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request; values may name variables."""
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Added to the body of every completion."""
    own_address: bool = False
    """Whether a project's file gave the address."""
    declares_price: bool = False
    """Whether a project's file said whose prices hold."""


@dataclass(frozen=True)
class ProviderTable:
    """Servers by name, with prices and limits."""

    providers: Mapping[str, Provider]
    prices: Mapping[str, Price] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    own_networks: tuple[str, ...] = ()
    """Ends of host names of one's own machines."""


def provider_table(project: Path | None = None) -> ProviderTable:
    """The shipped servers, with what a project's `experiments/providers.yaml` adds and changes.

    Raises `InputError` that names file and line where that file is wrong.
    """
    table = _shipped()
    path = None if project is None else project / OWN_FILE
    if path is None or not path.is_file():
        return table
    own = _read(path)
    providers = dict(table.providers)
    for name, entry in own.get("providers", {}).items():
        providers[name] = _merged(providers.get(name, Provider()), name, entry, path)
    return ProviderTable(
        providers,
        {name: _price(entry) for name, entry in own.get("prices", {}).items()},
        {name: _limits(entry) for name, entry in own.get("limits", {}).items()},
        (*table.own_networks, *own.get("own_networks", ())),
    )


def filled_in(text: str, look: Look, where: str) -> str:
    """A text with the variables that it names, as in `${HOUSE_TOKEN}`, filled in.

    `where` says whose it is. Raises `InputError` for a variable that is not set; the text itself
    is never shown.
    """

    def value(name: str) -> str:
        found = look(name)
        if found is None:
            raise InputError(
                f"{where} needs the variable {name}, which is not set. Set {name} in the "
                "environment or in .env."
            )
        return found.get_secret_value().strip()

    return _VARIABLE.sub(lambda match: value(match.group(1)), text)


def headers_of(provider: Provider, look: Look, where: str) -> dict[str, SecretStr]:
    """A provider's headers with their variables filled in. Raises `InputError` for one that cannot
    be sent, without its value."""
    found = {}
    for name, text in provider.headers.items():
        value = filled_in(text, look, f'{where}: the header "{name}"')
        if not value.isascii() or not value.isprintable():
            raise InputError(
                f'{where}: the header "{name}" has a character that no header may have. Write it '
                "in plain letters, on one line."
            )
        found[name] = SecretStr(value)
    return found


@lru_cache(maxsize=1)
def _shipped() -> ProviderTable:
    path = shipped("data/models/providers.yaml")
    data = _read(path)
    providers = {n: _merged(Provider(), n, e, path) for n, e in data["providers"].items()}
    providers = {
        n: replace(p, own_address=False, declares_price=False) for n, p in providers.items()
    }
    return ProviderTable(providers, own_networks=tuple(data["own_networks"]))


def _read(path: Path) -> dict[str, Any]:
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
        return {}
    return read_data_file(path, shipped("data/models") / "providers.schema.json")


def _merged(base: Provider, name: str, entry: Mapping[str, Any], path: Path) -> Provider:
    """What a table says of a provider, over what is known of it."""
    where = f'{path.name}: provider "{name}"'
    changes = dict(entry)
    if "headers" in changes:
        for header in changes["headers"]:
            if not _HEADER_NAME.fullmatch(header):
                raise InputError(f"{where}: {header!r} cannot name a header. Write it as X-Name.")
        changes["headers"] = {**base.headers, **changes["headers"]}
    for field_name in changes.get("extra_body", ()):
        if field_name in _OF_EVERY_REQUEST:
            raise InputError(
                f'{where}: extra_body sets "{field_name}", which the client fills in. Leave it out.'
            )
    return replace(
        base,
        **changes,
        own_address=base.own_address or "base_url" in changes,
        declares_price=base.declares_price or "priced_as" in changes,
    )


def _price(entry: Mapping[str, Any]) -> Price:
    tiers = {name: float(entry[name]) for name in service_tiers() if name in entry}
    amounts = {name: float(value) for name, value in entry.items() if name not in tiers}
    return Price(**amounts, tiers=tiers)


def _limits(entry: Mapping[str, Any]) -> Limits:
    return Limits(entry.get("rpm"), entry.get("tpm"), entry.get("concurrency"))
