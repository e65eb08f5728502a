"""The offline model over real HTTP, for any OpenAI client: threads of the standard library.

    serve("127.0.0.1", 8765)        # base URL http://127.0.0.1:8765/v1, any key

`latency_ms` makes it take its time, `error_rate` makes it fail that share of requests with 429, 500
or 503, chosen by the order in which they arrive: practice for what hosted servers do.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.llm.offline.model import answer, problem, seed_of
from tailor_lab.llm.offline.streams import events
from tailor_lab.llm.offline.transport import latency_s

_ERRORS = (429, 500, 503)
_LONGEST_BODY = 32 * 2**20


class OfflineServer(ThreadingHTTPServer):
    """A listening server; `serve_forever` answers until `shutdown`."""

    daemon_threads = True
    # The default of 5 refuses connections when 64 clients arrive at once.
    request_queue_size = 256

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        latency_ms: float = 0.0,
        error_rate: float = 0.0,
        seed: int = 0,
        handler: "type[OfflineHandler] | None" = None,
    ) -> None:
        try:
            super().__init__((host, port), handler or OfflineHandler)
        except OSError as error:
            raise InputError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Choose another port."
            ) from error
        self.latency_ms = latency_ms
        self.error_rate = error_rate
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL for a client."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/v1"

    def next_error(self) -> int | None:
        """The status with which the next request fails, or None."""
        if not self.error_rate:
            return None
        with self._lock:
            fails = self._chance.random() < self.error_rate
            return self._chance.choice(_ERRORS) if fails else None


class OfflineHandler(BaseHTTPRequestHandler):
    """One connection: keeps it open over requests, as clients expect."""

    protocol_version = "HTTP/1.1"
    # Without it Nagle's algorithm holds the body back for 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: OfflineServer

    def do_GET(self) -> None:
        """Lists the models."""
        self.send_json(*answer(self.path, {}))

    def do_POST(self) -> None:
        """Answers a request of the protocol."""
        body = self.read_body()
        if body is not None:
            self.respond(body)

    def respond(self, body: dict[str, Any]) -> None:
        """Answers a request whose body was read."""
        error = self.server.next_error()
        if error is not None:
            headers = {"Retry-After": "1"} if error == 429 else {}
            self.send_json(*problem(error, "an error for practice"), headers=headers)
            return
        if self.server.latency_ms:
            time.sleep(latency_s(self.server.latency_ms, seed_of(body)))
        status, reply = answer(self.path, body)
        if body.get("stream") and status == 200:
            self.send_events(events(reply))
        else:
            self.send_json(status, reply)

    def read_body(self) -> dict[str, Any] | None:
        """The JSON object that was sent; None where it was none, which is answered here."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST_BODY:
            self.close_connection = True
            self.send_json(*problem(413, f"the body is longer than {_LONGEST_BODY} bytes"))
            return None
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
        self.send_json(*problem(400, "the body is not a JSON object"))
        return None

    def send_json(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Sends a whole answer."""
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def send_events(
        self, pieces: Iterator[dict[str, Any]], headers: Mapping[str, str] | None = None
    ) -> None:
        """Sends a streamed answer as server-sent events."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        for line in (*(json.dumps(piece, ensure_ascii=False) for piece in pieces), "[DONE]"):
            event = f"data: {line}\n\n".encode()
            self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing: the caller of `serve` decides what is printed."""


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    latency_ms: float = 0.0,
    error_rate: float = 0.0,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serves the offline model until interrupted; `started` is told the base URL.

    Raises `InputError` where the port cannot be had.
    """
    with OfflineServer(host, port, latency_ms=latency_ms, error_rate=error_rate) as server:
        if started is not None:
            started(server.url)
        server.serve_forever(poll_interval=0.1)
