"""What the client costs on top of the bare `openai` client, and what each of its parts takes.

    python benchmarks/llm_client_overhead.py [--requests 2000] [--rounds 5]

A server in a process of its own answers at once with a fixed body. At concurrency 64 the bare
client and `LLM` take turns on it in one run, so that noise of the machine meets both; each round
gives a ratio, and the median of the ratios counts. The table goes into docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, SecretStr

from tailor_lab.llm import LLM
from tailor_lab.llm.offline.model import chat_completion
from tailor_lab.llm.spending.limits import Limiter, Limits
from tailor_lab.llm.spending.state import FileState, MemoryState
from tailor_lab.settings import Settings

CONCURRENCY = 64
MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "The ward was busy. " * 50}]
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- llm:begin -->", "<!-- llm:end -->"


class Note(BaseModel):
    text: str


class Instant(asyncio.Protocol):
    """Answers every request with one body as soon as it has been read."""

    def __init__(self) -> None:
        reply = chat_completion({"messages": MESSAGES})
        reply["choices"][0]["message"]["content"] = '{"text": "The ward was busy."}'
        body = json.dumps(reply).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.reply = head % len(body) + body
        self.seen = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while (end := self.seen.find(b"\r\n\r\n")) >= 0:
            head = self.seen[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.seen) < end + 4 + length:
                return
            self.seen = self.seen[end + 4 + length :]
            self.transport.write(self.reply)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def throughput(call: Callable[[int], object], requests: int) -> float:
    """Requests a second at the concurrency of this benchmark."""
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(call, range(CONCURRENCY * 2)))
        began = time.perf_counter()
        list(pool.map(call, range(requests)))
        return requests / (time.perf_counter() - began)


def median_us(call: Callable[[], object], n: int) -> float:
    """Median microseconds of a call."""
    times = []
    for _ in range(n):
        began = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1000


def against_bare(url: str, folder: Path, requests: int, rounds: int) -> list[str]:
    bare = openai.OpenAI(base_url=url, api_key="k", max_retries=0)
    settings = Settings(home=folder / ".lab", openai_base_url=url, openai_api_key=SecretStr("k"))
    llm = LLM("openai:gpt-4.1-mini", settings=settings)
    records: list[Any] = []
    recorded = LLM("openai:gpt-4.1-mini", settings=settings, listener=records.append)
    calls: dict[str, Callable[[int], object]] = {
        "bare `openai` client": lambda _: bare.chat.completions.create(
            model="gpt-4.1-mini",
            messages=MESSAGES,  # type: ignore[arg-type]
        ),
        "bare `openai` client, `parse` into a schema": lambda _: bare.chat.completions.parse(
            model="gpt-4.1-mini",
            messages=MESSAGES,  # type: ignore[arg-type]
            response_format=Note,
        ),
        "`LLM.complete`": lambda _: llm.complete(MESSAGES),
        "`LLM.complete`, schema validated, every attempt recorded": lambda _: recorded.complete(
            MESSAGES, Note
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            rates[name].append(throughput(call, requests))
    reference = rates["bare `openai` client"]
    rows = []
    for name, measured in rates.items():
        ratios = [m / r for m, r in zip(measured, reference, strict=True)]
        rows.append(
            f"| {name} | {statistics.median(measured):,.0f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return rows


def parts(folder: Path) -> list[str]:
    offline = LLM("offline", settings=Settings(home=folder / ".lab"))
    memory = Limiter(Limits(rpm=1e9), MemoryState())
    file = Limiter(Limits(rpm=1e9), FileState(folder / "state.json"))

    def turn(limiter: Limiter) -> None:
        with limiter.slot(0, longest_s=1):
            pass

    transport = httpx2.MockTransport(
        lambda request: httpx2.Response(200, json=chat_completion({"messages": MESSAGES}))
    )
    bare = openai.OpenAI(
        base_url="http://x/v1", api_key="k", http_client=httpx2.Client(transport=transport)
    )
    measured = {
        "a completion of the offline model": median_us(lambda: offline.complete(MESSAGES), 500),
        "the same by the bare client over a transport in memory": median_us(
            lambda: bare.chat.completions.create(model="m", messages=MESSAGES),  # type: ignore[arg-type]
            500,
        ),
        "a turn under a limit, threads": median_us(lambda: turn(memory), 5000),
        "a turn under a limit, processes (file)": median_us(lambda: turn(file), 5000),
    }
    return [f"| {name} | {us:,.1f} |" for name, us in measured.items()]


def publish(text: str) -> None:
    """Puts the text between the marks of the page, and leaves the rest of it as it is."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Benchmarks\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return
    command = [sys.executable, __file__, "--serve"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        try:
            rows = against_bare(url, Path(folder), options.requests, options.rounds)
            costs = parts(Path(folder))
        finally:
            server.terminate()
    where = (
        f"Python {platform.python_version()}, openai {openai.__version__}, {os.cpu_count()} cores"
    )
    table = [
        "## The model client",
        "",
        (
            f"Concurrency {CONCURRENCY}, {options.requests:,} requests a round, {options.rounds} "
            f"rounds in turn, against a server that answers at once ({where}). "
            "By `benchmarks/llm_client_overhead.py`."
        ),
        "",
        "| client | requests/s | share of the bare client, median (range) |",
        "|---|---:|---:|",
        *rows,
        "",
        "| part | median µs |",
        "|---|---:|",
        *costs,
    ]
    publish("\n".join(table))
    print("\n".join(table))


if __name__ == "__main__":
    main()
