"""A real HTTP server that speaks the OpenAI protocol, with faults to switch on.

    with Server() as server:                      # answers as the offline model does
        server.fail_next("429", "500")            # the next two requests fail so
        server.mixture(0.2, HOSTILE, seed=1)      # a share of all requests fails
        LLM("openai:gpt-4.1-mini", settings=server.settings(tmp_path))

It counts what it would charge for: every answer that it sent whole with a usage in it.
"""

import json
import random
import socket
import threading
import time
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from tailor_lab.llm.offline.model import answer, problem
from tailor_lab.llm.offline.server import OfflineHandler, OfflineServer
from tailor_lab.llm.offline.streams import events
from tailor_lab.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = (
    "429", "429 retry-after", "500", "503", "dropped", "half a body", "invalid json",
    "wrong schema", "no choices", "stall", "wrong content type", "html", "null content",
)  # fmt: skip
"""Every fault that a further attempt can mend."""
FINAL = ("refusal", "content filter", "quota")
"""Faults that no further attempt is allowed to hide."""
KEY = "sk-test-0123456789abcdef"


class Handler(OfflineHandler):
    server: "Server"

    def do_GET(self) -> None:
        if self._allowed():
            super().do_GET()

    def respond(self, body: dict[str, Any]) -> None:
        server = self.server
        if not self._allowed():
            return
        with server.lock:
            server.requests.append(body)
            names = {name.lower(): value for name, value in self.headers.items()}
            server.heard.append((self.path, names))
            self.path = self.path.partition("?")[0]
            server.arrivals.append(time.monotonic())
            server.active += 1
            server.most_active = max(server.most_active, server.active)
            if server.after is not None:
                server.after()
            fault = (server.fault_for and server.fault_for(body)) or server.next_fault()
            server.faults[fault or "none"] += 1
        try:
            if server.delay_s:
                time.sleep(server.delay_s)
            if fault is None:
                self._answer(body)
            else:
                self._fail(fault, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.lock:
                server.active -= 1

    def _allowed(self) -> bool:
        wanted = self.server.key
        if wanted is None or self.headers.get("Authorization") == f"Bearer {wanted}":
            return True
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.send_json(*problem(401, f"Incorrect API key provided: {given}."))
        return False

    def _answer(self, body: dict[str, Any]) -> None:
        if self.server.refusal is not None:
            self.send_json(*problem(self.server.refused_with, self.server.refusal))
            return
        asked = (body.get("response_format") or {}).get("type")
        if asked in self.server.unsupported:
            self.send_json(*problem(400, f"response_format type {asked} is not supported"))
            return
        if self.server.reply is not None:
            status, reply = 200, completion(body, self.server.reply)
        else:
            status, reply = answer(self.path, body)
        if status == 200:
            self.server.charge(reply)
        if status == 200 and body.get("stream"):
            self.send_events(events(reply), headers=self.server.headers)
        else:
            self.send_json(status, reply, headers=self.server.headers)

    def _fail(self, fault: str, body: dict[str, Any]) -> None:
        if fault.startswith("429"):
            asked = "0.5" if "long" in fault else "0.05"
            headers = {"Retry-After": asked} if "retry-after" in fault else {}
            self.send_json(*problem(429, "Rate limit reached"), headers=headers)
        elif fault in {"500", "503", "400", "404"}:
            self.send_json(*problem(int(fault), "The server had an error"))
        elif fault == "quota":
            quota = {"message": "You exceeded your quota", "code": "insufficient_quota"}
            self.send_json(429, {"error": quota})
        elif fault == "dropped":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault == "stall":
            self.server.stop_stalling.wait(self.server.stall_s)
            self.close_connection = True
        elif fault == "html":
            self._raw(200, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>")
        elif fault == "invalid json":
            self._raw(200, "application/json", b'{"id": "x", "choices": [{"mess')
        elif fault == "half a body":
            content = json.dumps(answer(self.path, body)[1]).encode()
            self._raw(200, "application/json", content[: len(content) // 2], claim=len(content))
            self.close_connection = True
        else:
            self._odd_answer(fault, body)

    def _odd_answer(self, fault: str, body: dict[str, Any]) -> None:
        reply = answer(self.path, body)[1]
        choice = reply["choices"][0]
        if fault == "wrong schema":
            choice["message"]["content"] = '{"something": "else"}'
        elif fault == "no choices":
            reply["choices"] = []
        elif fault == "null content":
            choice["message"]["content"] = None
        elif fault == "refusal":
            choice["message"] = {"role": "assistant", "content": None, "refusal": "I cannot."}
        elif fault == "content filter":
            choice["finish_reason"] = "content_filter"
        elif fault == "truncated":
            choice["message"]["content"] = choice["message"]["content"][:20]
            choice["finish_reason"] = "length"
        elif fault == "wrong content type":
            self._raw(200, "text/plain", b"upstream connect error")
            return
        else:
            raise AssertionError(f"unknown fault {fault}")
        self.server.charge(reply)
        self.send_json(200, reply)

    def _raw(self, status: int, kind: str, content: bytes, claim: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(claim or len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(OfflineServer):
    """The server, started on entering and stopped on leaving a `with` block."""

    def __init__(self, *, key: str | None = None, stall_s: float = 60.0) -> None:
        super().__init__(handler=Handler)
        self.key = key
        self.stall_s = stall_s
        self.delay_s = 0.0
        self.reply: str | None = None
        """The text of every answer; None lets the offline model answer."""
        self.fault_for: Callable[[dict[str, Any]], str | None] | None = None
        """The fault that meets a request, by its body."""
        self.after: Callable[[], object] | None = None
        """Called as each request arrives."""
        self.refusal: str | None = None
        """Why every request is refused; None where none is."""
        self.refused_with = 400
        self.unsupported: set[str] = set()
        """Types of response_format that are refused, as older servers do."""
        self.headers: dict[str, str] = {}
        self.lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []
        self.heard: list[tuple[str, dict[str, str]]] = []
        """Path, with its query, and headers, in lower case, of each request."""
        self.arrivals: list[float] = []
        self.faults: Counter[str] = Counter()
        self.active = self.most_active = 0
        self.input_tokens = self.output_tokens = self.charged = 0
        self.stop_stalling = threading.Event()
        self._planned: deque[str] = deque()
        self._share, self._names, self._dice = 0.0, (), random.Random(0)

    def fail_next(self, *faults: str) -> None:
        self._planned.extend(faults)

    def mixture(self, share: float, faults: tuple[str, ...], *, seed: int = 0) -> None:
        self._share, self._names, self._dice = share, faults, random.Random(seed)

    def next_fault(self) -> str | None:
        if self._planned:
            return self._planned.popleft()
        if self._dice.random() < self._share:
            return self._dice.choice(self._names)
        return None

    def charge(self, reply: dict[str, Any]) -> None:
        usage = reply.get("usage") or {}
        with self.lock:
            self.charged += 1
            self.input_tokens += usage.get("prompt_tokens", usage.get("input_tokens", 0))
            self.output_tokens += usage.get("completion_tokens", usage.get("output_tokens", 0))

    def settings(self, folder: Path, *, key: str = KEY, **changes: Any) -> Settings:
        """Settings of a lab in `folder` whose OPENAI_BASE_URL is this server."""
        values = {"openai_api_key": SecretStr(key), "openai_base_url": self.url, **changes}
        return Settings(home=folder / ".lab", **values)

    def as_gateway(self, folder: Path, **changes: Any) -> Settings:
        """Settings of a lab in `folder` that takes this server for a gateway to OpenAI."""
        table = folder / "experiments" / "providers.yaml"
        table.parent.mkdir(exist_ok=True)
        table.write_text("providers: {openai: {priced_as: openai}}\n", encoding="utf-8")
        return self.settings(folder, **changes)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_stalling.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """A chat completion that says `text`."""
    reply = answer("/v1/chat/completions", body)[1]
    reply["choices"][0]["message"]["content"] = text
    return reply


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
