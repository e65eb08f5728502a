"""Turns what the openai client raises, and what a server answers, into one clear sentence."""

import email.utils
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tailor_lab.llm.errors import (
    BadAnswer,
    Filtered,
    LLMError,
    QuotaExhausted,
    RateLimited,
    Refused,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
    TimedOut,
    UnknownModel,
    WrongKey,
    scrub,
)
from tailor_lab.llm.providers import Target

if TYPE_CHECKING:
    import openai

LONGEST_RETRY_AFTER_S = 120.0


def translate(error: Exception, target: Target, *, timeout_s: float) -> LLMError:
    """The error of this room for one that the openai client raised."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return TimedOut(
            f"{target.base_url} did not answer for {target.name} within {timeout_s:g} s. "
            "Try again, or allow more time with timeout=."
        )
    if isinstance(error, openai.APIStatusError):
        return _status(error, target)
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, target)
    return ServerFailed(
        f"{target.base_url} answered {target.name} with something unreadable: "
        f"{scrub(str(error), _key(target))}"
    )


def _connection(error: "openai.APIConnectionError", target: Target) -> LLMError:
    import httpx2

    cause = error.__cause__
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol):
        return ServerUnreachable(
            f"Nothing answers at {target.base_url} (model {target.name}). Start the server, check "
            "OPENAI_BASE_URL, or use the model offline."
        )
    return ServerFailed(
        f"{target.base_url} broke off its answer for {target.name} ({type(cause).__name__}). "
        "Try again."
    )


def _status(error: "openai.APIStatusError", target: Target) -> LLMError:
    status = error.status_code
    said = _said(error, target)
    code = str(_error_field(error.body, "code") or "")
    where = f"{target.base_url} (model {target.name})"
    if status in {401, 403}:
        return WrongKey(
            f"{where} refused the key ({status}): {said} Check OPENAI_API_KEY, or the variable of "
            "that provider.",
            http_status=status,
        )
    if status == 404 or code == "model_not_found":
        return UnknownModel(
            f"{where} knows no such model or path (404): {said} Check the model's name and "
            "OPENAI_BASE_URL, which usually ends in /v1.",
            http_status=status,
        )
    if status == 429 and code == "insufficient_quota":
        return QuotaExhausted(f"{where} has no credit left: {said}", http_status=status)
    if status == 429:
        return RateLimited(
            f"{where} said 429 (rate limit): {said} Run again later, or set lower limits.",
            retry_after=retry_after(error.response.headers),
        )
    if code == "content_filter":
        return Filtered(f"{where} filtered the request: {said}", http_status=status)
    if status in {408, 409, 425} or status >= 500:
        return ServerFailed(
            f"{where} failed with {status}: {said} Run again to retry.",
            http_status=status,
            retry_after=retry_after(error.response.headers),
        )
    return RequestRefused(f"{where} refused the request ({status}): {said}", http_status=status)


def _said(error: "openai.APIStatusError", target: Target) -> str:
    message = _error_field(error.body, "message")
    text = scrub(str(message), _key(target)) if message else "it gave no reason."
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def _error_field(body: object, name: str) -> object:
    if not isinstance(body, Mapping):
        return None
    inner = body.get("error", body)
    return inner.get(name) if isinstance(inner, Mapping) else None


def _key(target: Target) -> str:
    return target.key.get_secret_value() if target.key else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, seconds, or an HTTP date."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            return min(max(float(milliseconds) / 1000, 0.0), LONGEST_RETRY_AFTER_S)
        if value is None:
            return None
        try:
            seconds = float(value)
        except ValueError:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def wants_no_format(error: LLMError) -> bool:
    """Whether the server refused the request because of how it asks for structure."""
    text = str(error).lower()
    words = ("response_format", "json_schema", "json_object", "structured output", "text.format")
    return isinstance(error, RequestRefused) and any(word in text for word in words)


def bad_body(what: str, target: Target) -> BadAnswer:
    """The error for an answer with status 200 that is no answer."""
    return BadAnswer(f"{target.base_url} (model {target.name}) answered with {what}. Try again.")


def refusal(text: str, target: Target) -> Refused:
    """The error for a model that declined."""
    return Refused(f"{target.name} declined to answer: {scrub(text)}")


def filtered(target: Target) -> Filtered:
    """The error for an answer that the server's filter withheld."""
    return Filtered(f"{target.base_url} withheld {target.name}'s answer (content filter).")


def body_of(content: bytes, target: Target) -> dict[str, Any]:
    """The JSON object of an answer. Raises `BadAnswer` for HTML, half a body or anything else."""
    import msgspec

    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        start = content[:60].decode("utf-8", "replace").strip()
        raise bad_body(f"no JSON but {start!r}", target) from None
    if not isinstance(body, dict):
        raise bad_body(f"JSON that is no object ({type(body).__name__})", target)
    return body
