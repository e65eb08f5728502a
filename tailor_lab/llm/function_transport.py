"""An installed function as an HTTP transport: bodies go in and out, its exceptions become answers.

What the function raises is told as a server would: an exception that carries an HTTP status, as
those of most clients do, becomes an answer of that status; a time-out and a broken connection
become those; a fault in the function itself, such as a `TypeError`, is a 400 and not tried again;
anything else is a 502, which is.
"""

import json
import queue
import threading
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any

import httpx2

from tailor_lab.errors import TailorLabError
from tailor_lab.llm.errors import LLMError, RequestRejectedError
from tailor_lab.llm.provider_functions import ProviderFunction

LONGEST_REASON = 500
_FAULTS = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    NameError,
    AssertionError,
    ImportError,
    NotImplementedError,
)
"""What only a change of the function mends."""
_STATUS_NAMES = ("status_code", "http_status", "status", "code")


class FunctionTransport(httpx2.BaseTransport):
    """Answers every request by a function from a request's body to an answer's."""

    def __init__(self, name: str, function: ProviderFunction) -> None:
        self.name = name
        self.function = function

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The function's answer to one HTTP request."""
        body = json.loads(request.read() or b"{}")
        streamed = bool(body.pop("stream", False))
        body.pop("stream_options", None)
        allowed = (request.extensions.get("timeout") or {}).get("read")
        try:
            reply = _as_mapping(self._called(body, allowed))
        except LLMError:
            raise
        except TailorLabError as error:
            raise RequestRejectedError(str(error)) from error
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the function took too long", request=request) from error
        except Exception as error:  # noqa: BLE001 -- whatever another package's function raises
            return self._failed(request, error)
        if streamed:
            kind = {"content-type": "text/event-stream"}
            return httpx2.Response(200, text=_streamed(reply), headers=kind, request=request)
        return httpx2.Response(200, json=reply, request=request)

    def _called(self, body: dict[str, Any], allowed_s: float | None) -> object:
        """What the function returns, on a thread that is left behind after the time allowed."""
        box: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()
        context = copy_context()

        def run() -> None:
            try:
                box.put((context.run(self.function, body), None))
            except BaseException as error:  # noqa: BLE001 -- raised again by whoever waits
                box.put((None, error))

        threading.Thread(target=run, name=f"provider-{self.name}", daemon=True).start()
        try:
            reply, error = box.get(timeout=allowed_s)
        except queue.Empty:
            raise TimeoutError from None
        if error is not None:
            raise error
        return reply

    def _failed(self, request: httpx2.Request, error: Exception) -> httpx2.Response:
        status = _status_of(error)
        reason = f"the function raised {type(error).__name__}: {_text_of(error)}"
        return httpx2.Response(status, json={"error": {"message": reason}}, request=request)


def _as_mapping(reply: object) -> dict[str, Any]:
    """The answer as JSON-like values; clients' own classes are asked for theirs."""
    dump = getattr(reply, "model_dump", None)
    if callable(dump):
        reply = dump(mode="json")
    if not isinstance(reply, Mapping):
        raise TypeError(f"it returned a {type(reply).__name__}, not the body of an answer")
    found: dict[str, Any] = json.loads(json.dumps(dict(reply)))
    return found


def _streamed(reply: Mapping[str, Any]) -> str:
    """The answer as the events of a stream: all of it in one."""
    choices = [
        {
            "index": choice.get("index", 0),
            "delta": choice.get("message") or {},
            "finish_reason": choice.get("finish_reason") or "stop",
        }
        for choice in reply.get("choices") or ()
        if isinstance(choice, Mapping)
    ]
    event = {**reply, "object": "chat.completion.chunk", "choices": choices}
    return f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n"


def _status_of(error: Exception) -> int:
    response = getattr(error, "response", None)
    for owner in (error, response):
        for name in _STATUS_NAMES:
            value = getattr(owner, name, None)
            if isinstance(value, int) and 400 <= value < 600:
                return value
    return 400 if isinstance(error, _FAULTS) else 502


def _text_of(error: Exception) -> str:
    try:
        return str(error)[:LONGEST_REASON]
    except Exception:  # noqa: BLE001 -- an error that cannot be printed is still one
        return "(its message cannot be printed)"
