"""A real HTTP server whose answers a test writes itself, whole or as a stream.

    with FixedReplies(chat("Hello.")) as server:         # the same answer to each request
        LLM("openai:m", settings=server.settings(tmp_path))

What is played is a body (JSON or bytes), or a function of the request that gives one.
"""

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from tailor_lab.settings import Settings

Body = dict[str, Any] | list[Any] | bytes
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


def chat(content: Any = None, *, finish: Any = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion; what `more` names is put into its message, or where it belongs."""
    outside: dict[str, Any] = {
        key: more.pop(key) for key in ("id", "model", "usage") if key in more
    }
    message = {"role": "assistant", "content": content, **more}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "c", "model": "played", "usage": USAGE, "choices": [choice], **outside}


def stream(*deltas: Any, finish: Any = "stop", last: Sequence[Any] = ()) -> bytes:
    """A stream of these deltas, an end, and what comes after it."""
    events = [{"id": "c", "model": "played", "choices": [{"index": 0, "delta": d}]} for d in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in [*events, *last]]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


class FixedRepliesHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "FixedReplies"

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        request = json.loads(self.rfile.read(length))
        self.server.requests.append(request)
        body = self.server.play(request) if callable(self.server.play) else self.server.play
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "text/event-stream" if content.startswith(b"data:") else "application/json"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class FixedReplies(ThreadingHTTPServer):
    """The server, started on entering and stopped on leaving a `with` block."""

    daemon_threads = True

    def __init__(self, play: Body | Callable[[dict[str, Any]], Body]) -> None:
        super().__init__(("127.0.0.1", 0), FixedRepliesHandler)
        self.play = play
        self.requests: list[dict[str, Any]] = []

    def settings(self, folder: Path) -> Settings:
        """Settings of a lab in `folder` whose OPENAI_BASE_URL is this server."""
        return Settings(
            home=folder / ".lab",
            openai_base_url=f"http://127.0.0.1:{self.server_port}/v1",
            openai_api_key=SecretStr("sk-test-0123456789abcdef"),
        )

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
