"""A real HTTP server that plays one behaviour of servers, given as a function.

    with Played(lambda request, n: (200, {}, chat("hello"))) as server:   # n: requests before it

The answer is a JSON-like object, text or bytes; a list is streamed: texts as events of a chat
completion, numbers as seconds of silence between them, bytes as they are.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from tailor_lab.settings import Settings

Play = Callable[[dict[str, Any], int], tuple[int, dict[str, str], Any]]


def chat(text: Any, *, tokens: int | None = 50, finish: str = "stop") -> dict[str, Any]:
    """A whole chat completion; `tokens` are those of the prompt."""
    message = {"role": "assistant", "content": text}
    body: dict[str, Any] = {
        "id": "c1",
        "model": "served",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    if tokens is not None:
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 10}
    return body


def refusal(message: str, **fields: Any) -> dict[str, Any]:
    """An error body as OpenAI writes it."""
    return {"error": {"message": message, "type": "invalid_request_error", **fields}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Played"

    def do_GET(self) -> None:
        self._send(405, {}, refusal("method not allowed"))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            n = len(self.server.requests)
            self.server.requests.append(json.loads(raw))
            self.server.paths.append(self.path)
            self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        status, headers, answer = self.server.play(json.loads(raw), n)
        try:
            if isinstance(answer, list):
                self._stream(answer)
            else:
                self._send(status, headers, answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, status: int, headers: dict[str, str], answer: Any) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, pieces: list[Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if isinstance(piece, int | float):
                self.server.stop.wait(piece)
                continue
            event = piece
            if isinstance(piece, str):
                choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                event = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"
            self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


END = (
    b'data: {"model": "served", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}'
    b"\n\ndata: [DONE]\n\n"
)
"""The end of a streamed answer."""


class Played(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, play: Play) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.play = play
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def settings(self, folder: Path, **changes: Any) -> Settings:
        """Settings of a lab in `folder` whose OPENAI_BASE_URL is this server."""
        values = {"openai_api_key": SecretStr("sk-test-0123456789"), "openai_base_url": self.url}
        return Settings(home=folder / ".lab", **{**values, **changes})

    def nap(self, seconds: float) -> None:
        """Waits, until the test is over at most."""
        self.stop.wait(seconds)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.shutdown()
        self.server_close()
