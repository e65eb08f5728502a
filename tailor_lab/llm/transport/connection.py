"""The connection to one server: requests go out through the `openai` client, raw bytes come back.

The client joins addresses, authenticates and pools connections; how long an answer may take is
decided here. It is read as it comes: one that is streamed may be silent for so long between two
pieces, one that is not must be whole by then.
"""

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tailor_lab.llm.errors import (
    LLMError,
    RequestRejectedError,
    ServerFailedError,
)
from tailor_lab.llm.providers import OFFLINE, ModelTarget
from tailor_lab.llm.transport.failures import timed_out_error, translate
from tailor_lab.llm.transport.unreachable import unreachable

if TYPE_CHECKING:
    import httpx2
    import openai

TIMEOUT_S = 60.0
LOCAL_TIMEOUT_S = 300.0
"""A laptop reads a prompt of 4,000 tokens for two minutes before it says the first word."""
_CONNECT_S = 10.0
_MOST_REDIRECTS = 3
_LONGEST_ANSWER = 64_000_000
"""Bytes after which an answer without end is left."""


class ServerReply:
    """A response whose headers have come; its body is read by one of the two methods, once."""

    def __init__(
        self, response: "httpx2.Response", target: ModelTarget, timeout_s: float, *, whole: bool
    ) -> None:
        self.headers = response.headers
        self._response = response
        self._target = target
        self._timeout_s = timeout_s
        self._ends = time.perf_counter() + timeout_s if whole else None

    @property
    def is_stream(self) -> bool:
        """Whether the server says that it sends events."""
        return "event-stream" in str(self.headers.get("content-type", "")).lower()

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces as they come. Raises an `LLMError` where they stop or never end."""
        import httpx2

        size = 0
        try:
            for chunk in self._response.iter_bytes():
                size += len(chunk)
                if size > _LONGEST_ANSWER:
                    raise ServerFailedError(
                        f"{self._target.server} sent more than {_LONGEST_ANSWER:,} bytes for "
                        f"{self._target.name} and was left."
                    )
                if self._ends is not None and time.perf_counter() > self._ends:
                    raise timed_out_error(self._target, self._timeout_s)
                yield chunk
        except httpx2.HTTPError as error:
            raise translate(error, self._target, timeout_s=self._timeout_s) from error

    def content(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Gives the connection back, or closes it where the body was not read to its end."""
        self._response.close()


class ServerConnection:
    """The client of one server, built when it is first needed; picklable."""

    def __init__(self, target: ModelTarget, *, latency_ms: float) -> None:
        self.target = target
        self.latency_ms = latency_ms
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.target, self.latency_ms)

    def open(self) -> "openai.OpenAI":
        """The client. Raises an `LLMError` for an address or key that cannot be used."""
        with self._lock:
            if self._client is None:
                self._client = self._made()
            return self._client

    def close(self) -> None:
        """Closes the connections; the next request opens them again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def send(
        self, path: str, body: dict[str, Any], *, timeout_s: float, whole: bool
    ) -> ServerReply:
        """Sends a request and waits for the head of the response.

        `timeout_s` is for the `whole` answer, else for each silence. Raises an `LLMError` for a
        server that cannot be reached and for a status of 300 or more.
        """
        import httpx2
        import openai

        timeout = httpx2.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S))
        options: Any = {"timeout": timeout, "max_retries": 0, "follow_redirects": False}
        client = self.open()
        for _ in range(_MOST_REDIRECTS):
            try:
                stream = client.post(
                    path,
                    body=body,
                    cast_to=object,
                    options=options,
                    stream=True,
                    stream_cls=openai.Stream[object],
                )
            except openai.APIStatusError as error:
                there = _same_origin(error.response)
                if there is not None:
                    path = there
                    continue
                raise translate(error, self.target, timeout_s=timeout_s) from error
            except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise translate(error, self.target, timeout_s=timeout_s) from error
            except (UnicodeError, ValueError) as error:
                # A lone half of a character in a message, or a header that HTTP cannot carry.
                raise _unsendable(error, self.target) from error
            return ServerReply(stream.response, self.target, timeout_s, whole=whole)
        raise ServerFailedError(
            f"{self.target.server} sends requests for {self.target.name} from one address to the "
            "next without end."
        )

    def _made(self) -> "openai.OpenAI":
        import httpx2
        import openai

        target = self.target
        transport = _transport(target, self.latency_ms)
        try:
            return openai.OpenAI(
                # The client wants a key even where the server wants none.
                api_key=target.key.get_secret_value() if target.key else "none",
                base_url=target.base_url,
                default_query=dict(target.query),
                default_headers={k: v.get_secret_value() for k, v in target.headers.items()},
                max_retries=0,
                http_client=httpx2.Client(transport=transport) if transport else None,
            )
        except (httpx2.InvalidURL, ValueError, openai.OpenAIError) as error:
            raise unreachable(error, self.target) from error


def default_timeout_s(target: ModelTarget) -> float:
    """Seconds for an attempt, or for a silence of a server close by, unless told otherwise."""
    return LOCAL_TIMEOUT_S if target.own_network else TIMEOUT_S


def _transport(target: ModelTarget, latency_ms: float) -> "httpx2.BaseTransport | None":
    """What answers in place of a server, if something does."""
    if target.provider == OFFLINE:
        from tailor_lab.llm.offline.transport import OfflineTransport

        return OfflineTransport(latency_ms=latency_ms)
    if target.is_function:
        from tailor_lab.llm.function_transport import FunctionTransport
        from tailor_lab.llm.provider_functions import provider_function

        return FunctionTransport(target.provider, provider_function(target.provider))
    return None


def _rebuilt(target: ModelTarget, latency_ms: float) -> ServerConnection:
    return ServerConnection(target, latency_ms=latency_ms)


def _same_origin(response: "httpx2.Response") -> str | None:
    """Where a redirect leads within the same server; the request, and its key, go nowhere else."""
    if response.status_code not in {301, 302, 307, 308} or not response.headers.get("location"):
        return None
    here = str(response.url)
    there = urljoin(here, response.headers["location"])
    return there if urlsplit(here)[:2] == urlsplit(there)[:2] else None


def _unsendable(error: Exception, target: ModelTarget) -> LLMError:
    return RequestRejectedError(
        f"The request to {target.server} (model {target.name}) cannot be sent: a text, parameter "
        f"or header in it has no form on the wire ({type(error).__name__})."
    )
