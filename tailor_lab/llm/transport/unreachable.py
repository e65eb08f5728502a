"""Why a server cannot be reached, told by the cause below: names, certificates, ports, proxies."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from tailor_lab.llm.errors import LLMError, ServerFailedError, ServerUnreachableError, scrub
from tailor_lab.llm.providers import ModelTarget

_OWN_NAMES = (".localhost", ".local", ".lan", ".internal", ".home.arpa")


def unreachable(cause: BaseException, target: ModelTarget) -> LLMError:
    """The error for a connection that could not be made, or that broke off."""
    import httpx2

    chain = list(_chain(cause))
    where = f"{target.server} (model {target.name})"
    scheme = urlsplit(target.base_url).scheme
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain):
        why = next(e.verify_message for e in chain if isinstance(e, ssl.SSLCertVerificationError))
        return _final(
            f"The certificate of {where} is not trusted: {scrub(why)}. Set SSL_CERT_FILE to a "
            "file with the certificate of your company or server."
        )
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return _final(
            f"{where} does not speak https. {address_hint(target, change=True)} "
            "Does it begin with http://?"
        )
    if str(cause) == "the server speaks https":
        return _final(
            f"{where} speaks https, not http. {address_hint(target, change=True)} "
            "It begins with https://."
        )
    if scheme not in {"http", "https"} or isinstance(cause, httpx2.InvalidURL):
        return _final(
            f"The address {scrub(target.server)!r} of {target.name} is none: there is no http:// "
            f"or https:// before it. {address_hint(target, change=True)}"
        )
    if isinstance(cause, httpx2.ProxyError):
        return _final(
            f"The proxy before {where} refused the connection: {scrub(str(cause))}. "
            "Check HTTPS_PROXY and NO_PROXY."
        )
    if any(isinstance(each, socket.gaierror) for each in chain):
        host = urlsplit(target.base_url).hostname
        return ServerUnreachableError(
            f"There is no host {host!r}, where {target.name} is expected ({target.server}). "
            f"{address_hint(target, change=True)}"
        )
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        return ServerUnreachableError(
            f"Nothing answers at {where}. Start the server, or use the model offline. "
            f"{address_hint(target)}"
        )
    broken = f"{target.server} broke off its answer for {target.name} ({type(cause).__name__})."
    if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError) and scheme == "http":
        broken += " If it speaks https, its address begins with https://."
    return ServerFailedError(f"{broken} Try again.")


def address_hint(target: ModelTarget, *, change: bool = False) -> str:
    """Where a target's address is set, as a sentence."""
    if target.address_from:
        return f"Its address is set in {target.address_from}."
    if change:
        return (
            f"{target.provider} is looked for at {target.server}; another address is set in "
            "experiments/providers.yaml."
        )
    return f"Another address for {target.provider} is set in experiments/providers.yaml."


def secret_of(target: ModelTarget) -> str:
    """The target's key, to be taken out of a text; empty without one."""
    return target.key.get_secret_value() if target.key else ""


def is_private(base_url: str) -> bool:
    """Whether an address is of this machine or network.

    >>> is_private("http://192.168.1.7:8000/v1"), is_private("https://api.openai.com/v1")
    (True, False)
    """
    try:
        host = (urlsplit(base_url.strip()).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_OWN_NAMES))
    return address.is_private or address.is_loopback or address.is_link_local


def _final(message: str) -> ServerUnreachableError:
    error = ServerUnreachableError(message)
    error.retryable = False
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, at most twenty deep."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
