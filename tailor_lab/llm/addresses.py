"""Addresses of servers: read once, with what is wrong said in a sentence that shows no secret.

A query such as Azure's `?api-version=…` belongs to every request and not to the path, so it is kept
apart.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from tailor_lab.errors import InputError

_ENDPOINTS = ("/chat/completions", "/completions", "/responses", "/embeddings")
"""What people copy along with an address; the client adds it itself."""


@dataclass(frozen=True)
class Address:
    """Where requests go; a user, a password or a query may be secrets and are not shown."""

    base_url: str = field(repr=False)
    """Scheme, host and path, without a slash at the end."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is added to every request's query."""

    @property
    def host(self) -> str:
        """The host's name in lower case, without a port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def shown(self) -> str:
        """The address for people and logs: without a user, a password or a query."""
        return shown(self.base_url)


def parse_address(text: str, named: str, *, default_path: str = "") -> Address:
    """The address in a text, which `named` calls by where it is written.

    `default_path` follows an address that is only a host. Raises `InputError` where it is no
    address of a server.

    >>> parse_address(" http://gpu-box:8000/v1/ ", "HOUSE_URL").base_url
    'http://gpu-box:8000/v1'
    >>> parse_address("https://a.example/openai/v1?api-version=preview", "URL").query
    {'api-version': 'preview'}
    """
    stripped = text.strip().strip("\"'").strip()
    parts = _split(stripped, named)
    path = parts.path.rstrip("/")
    for endpoint in _ENDPOINTS:
        path = path.removesuffix(endpoint)
    base = urlunsplit((parts.scheme.lower(), parts.netloc, path or default_path, "", ""))
    return Address(base.rstrip("/"), dict(parse_qsl(parts.query, keep_blank_values=True)))


def shown(url: str) -> str:
    """An address without a user, a password or a query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def is_own(host: str, own_networks: Iterable[str]) -> bool:
    """Whether a host is this machine or of one's own network: nobody's price list holds there.

    `own_networks` are ends of host names.

    >>> is_own("127.0.0.1", []), is_own("gpu-box", []), is_own("api.groq.com", ["lan"])
    (True, True, False)
    """
    name = host.lower().rstrip(".").partition("%")[0]
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        ends = any(name.endswith(f".{end}") for end in own_networks)
        return bool(name) and ("." not in name or ends)


def _split(text: str, named: str) -> SplitResult:
    """The parts of an address that is one."""
    if not text:
        raise InputError(f"{named} is empty. Write an address such as http://localhost:8000/v1.")
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        raise InputError(f"{named} has blanks in its midst, which no address has. Write it again.")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # The error would quote what may be a password.
        raise InputError(
            f"{named} is not an address: its host or port cannot be read. Write one such as "
            "http://localhost:8000/v1."
        ) from None
    if parts.scheme.lower() not in {"http", "https"}:
        bare = text.rpartition("@")[2].partition("?")[0].split("://")[-1]
        kind = "http" if _is_near(bare) else "https"
        raise InputError(
            f"{named} does not begin with http:// or https://. Write {kind}://{bare[:80]}."
        )
    if not host:
        raise InputError(
            f"{named} names no host. Write an address such as http://localhost:8000/v1."
        )
    return parts


def _is_near(bare: str) -> bool:
    return is_own(bare.partition("/")[0].partition(":")[0], ("local", "localhost"))
