"""Turns what the openai client raises, and what a server answers, into one clear sentence."""

import email.utils
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tailor_lab.llm.errors import (
    BadAnswerError,
    FilteredError,
    LLMError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    RequestRejectedError,
    ServerFailedError,
    ServerUnreachableError,
    TimedOutError,
    UnknownModelError,
    WrongKeyError,
    scrub,
)
from tailor_lab.llm.providers import ModelTarget

if TYPE_CHECKING:
    import openai

LONGEST_RETRY_AFTER_S = 120.0
_KEY_REFUSED = "{where} refused the key: {said} {key_advice}"
_NO_MODEL = (
    "{where} knows no such model or path: {said} Check the model's name, and that {address} "
    "ends in /v1 where the server wants it."
)
_FINAL: Mapping[object, tuple[type[LLMError], str]] = {
    401: (WrongKeyError, _KEY_REFUSED),
    403: (WrongKeyError, _KEY_REFUSED),
    402: (QuotaError, "{where} has no credit left: {said}"),
    404: (UnknownModelError, _NO_MODEL),
    "model_not_found": (UnknownModelError, _NO_MODEL),
    "insufficient_quota": (QuotaError, "{where} has no credit left: {said}"),
    "content_filter": (FilteredError, "{where} filtered the request: {said}"),
}
"""By the server's error code or status: what waiting does not mend."""


def translate(error: Exception, target: ModelTarget, *, timeout_s: float) -> LLMError:
    """The error of this room for one that the openai client raised."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return TimedOutError(
            f"{target.server} did not answer for {target.name} within {timeout_s:g} s. "
            "Try again, or allow more time with timeout=."
        )
    if isinstance(error, openai.APIStatusError):
        return _status(error, target)
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, target)
    return ServerFailedError(
        f"{target.server} answered {target.name} with something unreadable: "
        f"{scrub(str(error), *target.secrets)}"
    )


def _connection(error: "openai.APIConnectionError", target: ModelTarget) -> LLMError:
    import httpx2

    cause = error.__cause__
    if isinstance(cause, LLMError):
        # What an installed function raised beneath the client.
        return cause
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol):
        return ServerUnreachableError(
            f"Nothing answers at {target.server} (model {target.name}). Start the server, check "
            f"{target.address_advice}, or use the model offline."
        )
    return ServerFailedError(
        f"{target.server} broke off its answer for {target.name} ({type(cause).__name__}). "
        "Try again."
    )


def _status(error: "openai.APIStatusError", target: ModelTarget) -> LLMError:
    status, headers = error.status_code, error.response.headers
    said = _said(error, target)
    code = str(_error_field(error.body, "code") or "")
    where = f"{target.server} (model {target.name})"
    final = _FINAL.get(code) or _FINAL.get(status)
    if final is not None:
        kind, sentence = final
        advice = {"key_advice": target.key_advice, "address": target.address_advice}
        return kind(sentence.format(where=where, said=said, **advice), http_status=status)
    if status == 429:
        return RateLimitedError(
            f"{where} said 429 (rate limit): {said} Run again later, or set lower limits.",
            retry_after=retry_after(headers),
        )
    if status in {408, 409, 425} or status >= 500:
        return ServerFailedError(
            f"{where} failed with {status}: {said} Run again to retry.",
            http_status=status,
            retry_after=retry_after(headers),
        )
    return RequestRejectedError(
        f"{where} refused the request ({status}): {said}", http_status=status
    )


def _said(error: "openai.APIStatusError", target: ModelTarget) -> str:
    message = _error_field(error.body, "message")
    text = scrub(str(message), *target.secrets) if message else "it gave no reason."
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def _error_field(body: object, name: str) -> object:
    if not isinstance(body, Mapping):
        return None
    inner = body.get("error", body)
    return inner.get(name) if isinstance(inner, Mapping) else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, seconds, or an HTTP date."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif value is not None:
            seconds = _seconds(value)
        else:
            return None
    except (ValueError, TypeError, OverflowError):
        return None
    # A header may say "nan", which no comparison would catch.
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S) if not math.isnan(seconds) else None


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()


def wants_no_format(error: LLMError) -> bool:
    """Whether the server refused the request because of how it asks for structure."""
    text = str(error).lower()
    words = ("response_format", "json_schema", "json_object", "structured output", "text.format")
    return isinstance(error, RequestRejectedError) and any(word in text for word in words)


def bad_body(what: str, target: ModelTarget) -> BadAnswerError:
    """The error for an answer with status 200 that is none."""
    return BadAnswerError(f"{target.server} (model {target.name}) sent {what}. Try again.")


def refusal(text: str, target: ModelTarget) -> RefusedError:
    """The error for a model that declined."""
    return RefusedError(f"{target.name} declined to answer: {scrub(text)}")


def filtered(target: ModelTarget) -> FilteredError:
    """The error for an answer that the server's filter withheld."""
    return FilteredError(f"{target.server} withheld {target.name}'s answer (content filter).")


def body_of(content: bytes, target: ModelTarget) -> dict[str, Any]:
    """The JSON object of an answer. Raises `BadAnswerError` for HTML, half a body and the like."""
    import msgspec

    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        start = content[:60].decode("utf-8", "replace").strip()
        raise bad_body(f"no JSON but {start!r}", target) from None
    if not isinstance(body, dict):
        raise bad_body(f"JSON that is no object ({type(body).__name__})", target)
    return body
