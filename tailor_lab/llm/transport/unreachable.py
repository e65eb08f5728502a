"""Why a server cannot be reached, told by the cause below: names, certificates, ports, proxies."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from tailor_lab.llm.errors import LLMError, ServerFailedError, ServerUnreachableError, scrub
from tailor_lab.llm.providers import ModelTarget


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
            f"{target.provider} is looked for at {target.server}; another address is set as "
            f"{target.address_advice}."
        )
    return f"Another address for it is set as {target.address_advice}."


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
