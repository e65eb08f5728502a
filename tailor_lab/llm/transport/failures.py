"""Turns what a server answers instead of an answer into one clear sentence, and says what it is of.

The status alone says little: a gateway sends 200 with an error inside, a proxy 403 without knowing
any key, a server that loads its model 503. So the code and the words of the answer are asked first
(`data/models/accommodations.yaml`, "meanings"), then the status.
"""

import email.utils
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from tailor_lab.llm.errors import (
    BadAnswerError,
    FilteredError,
    LLMError,
    LoadingError,
    PromptTooLongError,
    QuotaError,
    RateLimitedError,
    RefusalReason,
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
from tailor_lab.llm.transport.accommodations import means
from tailor_lab.llm.transport.foreign import decoded, is_page, reason_of
from tailor_lab.llm.transport.unreachable import address_hint, unreachable

if TYPE_CHECKING:
    import httpx2
    import openai

LONGEST_RETRY_AFTER_S = 120.0
_LONGEST_ERROR_BODY = 200_000
_BUSY = frozenset({408, 409, 425})


def translate(error: Exception, target: ModelTarget, *, timeout_s: float) -> LLMError:
    """The error of this room for one of the openai client, or of the HTTP client below it."""
    import httpx2
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_response(error, target)
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    if isinstance(cause, LLMError):
        # What an installed function raised beneath the client.
        return cause
    timed_out = isinstance(error, openai.APITimeoutError | httpx2.TimeoutException)
    if timed_out and not isinstance(cause, httpx2.ConnectTimeout):
        return timed_out_error(target, timeout_s)
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return unreachable(cause or error, target)
    return ServerFailedError(
        f"{target.server} answered {target.name} with something unreadable: "
        f"{scrub(str(error), *target.secrets)}"
    )


def timed_out_error(target: ModelTarget, timeout_s: float) -> TimedOutError:
    """The error for an answer that did not come within the time allowed."""
    return TimedOutError(
        f"{target.server} did not answer for {target.name} within {timeout_s:g} s. "
        "Try again, or allow more time with timeout=."
    )


def error_inside(body: Mapping[str, Any], target: ModelTarget) -> LLMError | None:
    """The error that a gateway wraps into an answer with status 200, if there is one.

    It was tried elsewhere by then, so that it is asked again once and no more.
    """
    choices = body.get("choices", ())
    first = choices[0] if isinstance(choices, list) and choices else {}
    inner = body.get("error") or (first.get("error") if isinstance(first, Mapping) else None)
    if not inner:
        if choices is not None:
            return None
        empty = bad_body("no choices", target)
        empty.most_repeats = 1
        return empty
    status = inner.get("code") if isinstance(inner, Mapping) else None
    if not isinstance(status, int) or not 400 <= status <= 599:
        status = 502
    error = status_error(status, {"error": inner}, {}, target)
    if error.most_repeats is None:
        error.most_repeats = 1
    return error


def status_error(
    status: int, body: object, headers: Mapping[str, str], target: ModelTarget
) -> LLMError:
    """The error for a status of 400 or more and the decoded body that came with it."""
    reason = _reason_of(body)
    said = _sentence(scrub(reason.words, *target.secrets))
    where = f"{target.server} (model {target.name})"
    error = _by_meaning(status, reason, where, said, body) or _by_status(
        status, headers, where, said, target
    )
    error.reason = reason
    if error.http_status is None:
        error.http_status = status
    return error


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
        body = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Halves of characters, which the fast reader refuses.
        body = decoded(content)
        if isinstance(body, str):
            if is_page(content):
                raise _page(200, content, target) from None
            start = scrub(body[:60], *target.secrets)
            raise bad_body(f"no JSON but {start!r}", target) from None
    if not isinstance(body, dict):
        raise bad_body(f"JSON that is no object ({type(body).__name__})", target)
    return body


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, at most `LONGEST_RETRY_AFTER_S`."""
    asked = asked_wait_s(headers)
    return min(asked, LONGEST_RETRY_AFTER_S) if asked is not None else None


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, seconds, a date, or a reset time."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif value is not None:
            seconds = _seconds(value)
        else:
            return _until_reset_s(headers.get("x-ratelimit-reset"))
    except (ValueError, TypeError, OverflowError):
        return None
    # A header may say "nan", which no comparison would catch.
    return max(seconds, 0.0) if not math.isnan(seconds) else None


def _until_reset_s(value: str | None) -> float | None:
    """Seconds until the Unix time, in seconds or milliseconds, at which a limit starts over."""
    try:
        at = float(value or "")
    except ValueError:
        return None
    at = at / 1000 if at > 1e11 else at
    # Anything earlier than 2001 is no time but a number of seconds of who knows what.
    return max(at - time.time(), 0.0) if 1e9 < at < 1e11 else None


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()


def _of_response(error: "openai.APIStatusError", target: ModelTarget) -> LLMError:
    response, status = error.response, error.status_code
    if status < 400:
        return _moved(status, response, target)
    content = _content_of(response)
    if is_page(content) and status < 500:
        return _page(status, content, target)
    return status_error(status, decoded(content), response.headers, target)


def _content_of(response: "httpx2.Response") -> bytes:
    import httpx2

    try:
        return response.content[:_LONGEST_ERROR_BODY]
    except httpx2.StreamError:
        return b""


def _moved(status: int, response: "httpx2.Response", target: ModelTarget) -> LLMError:
    new = urljoin(str(response.url), response.headers.get("location", ""))
    for ending in ("/chat/completions", "/responses", "/embeddings"):
        new = new.split("?")[0].removesuffix(ending)
    error = ServerUnreachableError(
        f"{target.server} has moved ({status}): its new address is {scrub(new)}. "
        f"{address_hint(target, change=True)}",
        http_status=status,
    )
    error.retryable = False
    return error


def _page(status: int, content: bytes, target: ModelTarget) -> LLMError:
    """The error for a web page in place of an answer."""
    title = scrub(reason_of(content), *target.secrets)[:120]
    where = f"{target.server} (model {target.name})"
    if status == 200 and means("gateway", title):
        return bad_body(f"no JSON but a web page, {title!r}", target)
    if status == 404:
        error: LLMError = UnknownModelError(
            f"{where} has no such path: a web page came back, {title!r}. "
            f"{address_hint(target, change=True)} It ends in /v1 where the server wants it."
        )
    else:
        error = ServerUnreachableError(
            f"A proxy or web server answered in place of {where} ({status}): a web page came "
            f"back, {title!r}. Check HTTPS_PROXY and NO_PROXY. {address_hint(target, change=True)}"
        )
    error.http_status = status
    error.retryable = False
    return error


def _reason_of(body: object) -> RefusalReason:
    outer = body if isinstance(body, Mapping) else {}
    inner = outer.get("error") if isinstance(outer.get("error"), Mapping) else outer
    assert isinstance(inner, Mapping)
    codes = [inner.get(key) for key in ("code", "type", "status")]
    if isinstance(inner.get("n_ctx"), int):
        codes.append(f"n_ctx={inner['n_ctx']}")
    names = [inner.get("param")]
    detail = outer.get("detail")
    for fault in detail[:20] if isinstance(detail, list) else ():
        place = fault.get("loc") if isinstance(fault, Mapping) else None
        if isinstance(place, list):
            names += [str(part) for part in place[:8] if part != "body"]
    return RefusalReason(
        words=reason_of(body),
        code=" ".join(code[:100] for code in codes if isinstance(code, str)),
        names=tuple(name[:100] for name in names if isinstance(name, str)),
    )


def _by_meaning(
    status: int, reason: RefusalReason, where: str, said: str, body: object
) -> LLMError | None:
    """The error that code and words tell, whatever the status."""

    def is_said(meaning: str) -> bool:
        return means(meaning, reason.code, reason.words)

    if is_said("bad_answer"):
        bad = BadAnswerError(f"{where} made no valid JSON: {said} Try again.")
        inner = body.get("error") if isinstance(body, Mapping) else None
        failed = inner.get("failed_generation") if isinstance(inner, Mapping) else None
        bad.answer = failed if isinstance(failed, str) else ""
        return bad
    if is_said("loading") and (status >= 500 or status in _BUSY):
        return LoadingError(
            f"{where} is still loading its model: {said} Run again in a few minutes."
        )
    if status == 402 or (status < 500 and is_said("no_credit")):
        return QuotaError(f"{where} has no credit left: {said}")
    if status in {400, 413, 422, 500} and is_said("too_long"):
        return PromptTooLongError(
            f"{where} cannot hold so long a prompt: {said} Shorten it, use a model with a larger "
            "context, or start the server with one (llama.cpp: -c; Ollama: "
            "OLLAMA_CONTEXT_LENGTH)."
        )
    if status in {400, 403} and is_said("filtered"):
        return FilteredError(f"{where} filtered the request: {said}")
    return None


def _by_status(
    status: int, headers: Mapping[str, str], where: str, said: str, target: ModelTarget
) -> LLMError:
    key = target.key_advice
    if status == 401 or (status in {400, 403} and means("wrong_key", said)):
        return WrongKeyError(f"{where} refused the key: {said} {key}")
    if status == 403:
        return WrongKeyError(f"{where} refused the key, or what it may be used for: {said} {key}")
    if status == 404 or (status == 400 and means("no_model", said)):
        return UnknownModelError(
            f"{where} knows no such model or path: {said} Check the model's name. "
            f"{address_hint(target, change=True)} It ends in /v1 where the server wants it."
        )
    if status == 400 and means("speaks_https", said):
        return unreachable(ConnectionError("the server speaks https"), target)
    if status == 429 or status in _BUSY or status >= 500:
        return _passing(status, headers, where, said)
    if status == 405:
        return UnknownModelError(
            f"{where} takes no requests under this address ({status}): {said} "
            f"{address_hint(target, change=True)}"
        )
    return RequestRejectedError(f"{where} refused the request ({status}): {said}")


def _passing(status: int, headers: Mapping[str, str], where: str, said: str) -> LLMError:
    """The error for what may have passed later; final where the server asks for a long wait."""
    asked = asked_wait_s(headers)
    error: LLMError
    if status == 429:
        error = RateLimitedError(
            f"{where} said 429 (rate limit): {said} Run again later, or set lower limits.",
            retry_after=retry_after(headers),
        )
    else:
        error = ServerFailedError(
            f"{where} failed with {status}: {said} Run again to retry.",
            retry_after=retry_after(headers),
        )
    if asked is not None and asked > LONGEST_RETRY_AFTER_S:
        what = "said 429 (rate limit)" if status == 429 else f"failed with {status}"
        error = type(error)(f"{where} {what}: {said} {_until(asked)}")
        error.retryable = False
        error.of_server = True
    return error


def _until(seconds: float) -> str:
    """How long a server asks to wait, and until when.

    >>> _until(math.inf)
    'It asks to wait for more than a month.'
    """
    if seconds > 30 * 86400:
        return "It asks to wait for more than a month."
    hours = seconds / 3600
    long = f"{hours:.1f} hours".replace(".0 ", " ") if hours >= 1 else f"{seconds / 60:.0f} minutes"
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    return f"It asks to wait {long}, until {then:%Y-%m-%d %H:%M} UTC; run again then."


def _sentence(text: str) -> str:
    text = text or "it gave no reason."
    return text if text.endswith((".", "!", "?", "…")) else text + "."
