"""The cache beside its peers, in one run; writes its table to docs/benchmarks.md."""

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cachebox
import cachetools
import diskcache
import redis

from tailor_lab.cache import Cache, Disk, Memory, Redis
from tailor_lab.cache.entry import Entry
from tailor_lab.cache.policies import POLICIES
from tailor_lab.cache.replay import run
from tests.cache.traces import cloud_physics, mooncake
from tests.servers import RedisServer

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- cache:begin -->", "<!-- cache:end -->"


def micros(call: Callable[[], object], number: int) -> float:
    """Microseconds a call, the best of three batches."""
    batches = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(number):
            call()
        batches.append((time.perf_counter() - start) / number * 1e6)
    return min(batches)


def memory() -> list[tuple[str, float]]:
    tier = Memory().open()
    tier.set("k", Entry("v", 1e12, 1e12, size=10))
    peer, lock = cachetools.LRUCache(1000), threading.Lock()
    peer["k"] = "v"
    box = cachebox.LRUCache(1000)
    box["k"] = "v"

    def locked() -> object:
        with lock:
            return peer["k"]

    cache, text = Cache(), "x" * 2048
    cache.set("n", text, "v")
    return [
        ("memory tier hit, µs", micros(lambda: tier.get("k"), 200_000)),
        ("cachetools with a lock, µs", micros(locked, 200_000)),
        ("cachebox, µs", micros(lambda: box["k"], 200_000)),
        (
            "cache.wrap, memory hit, 2 KB key, µs",
            micros(lambda: cache.wrap("n", text, str), 20_000),
        ),
    ]


def shared(folder: Path) -> list[tuple[str, float]]:
    value = "x" * 1000
    disk = Cache(memory=None, shared=Disk(folder / "cache.sqlite"))
    disk.set("n", 1, value)
    peer = diskcache.Cache(str(folder / "peer"))
    peer["k"] = value
    rows = [
        ("disk hit, 1 KB, µs", micros(lambda: disk.get("n", 1), 5000)),
        ("diskcache, 1 KB, µs", micros(lambda: peer["k"], 5000)),
    ]
    with RedisServer() as server:
        cache = Cache(memory=None, shared=Redis(server.url))
        cache.set("n", 1, value)
        bare = redis.Redis.from_url(server.url)
        bare.set("k", value)
        rows.append(("Redis hit, 1 KB, µs", micros(lambda: cache.get("n", 1), 2000)))
        rows.append(("bare redis-py GET, 1 KB, µs", micros(lambda: bare.get("k"), 2000)))
    return rows


def replays() -> list[tuple[str, float]]:
    rows = []
    for source, trace in {
        "CloudPhysics": cloud_physics(),
        "Mooncake": mooncake("conversation"),
    }.items():
        for name in ("lru", "sieve"):
            start = time.perf_counter()
            run(trace, POLICIES[name](int(0.1 * trace.footprint)))
            speed = len(trace) / (time.perf_counter() - start) / 1e6
            rows.append((f"replay {name} on {source}, million requests/s", speed))
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [*memory(), *shared(Path(folder)), *replays()]
    lines = ["## Cache", "", "`python -m benchmarks.cache`", "", "| what | measured |", "|---|---|"]
    table = "\n".join([*lines, *(f"| {what} | {value:.2f} |" for what, value in rows)])
    text = PAGE.read_text() if PAGE.exists() else "# Benchmarks\n"
    if BEGIN not in text:
        text += f"\n{BEGIN}\n{END}\n"
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
    print(table)


if __name__ == "__main__":
    main()
