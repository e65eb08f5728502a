"""The cache beside its peers, in one run.

    python -m benchmarks.cache_speed

Calls take turns in seven rounds; each round gives a ratio and their median counts. Redis is a real
server on a unix socket. The table goes into docs/benchmarks.md.
"""

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cachebox
import cachetools
import diskcache
import joblib
import redis
from cashews import Cache as Cashews
from dogpile.cache import make_region

from benchmarks.support.page import table, write
from benchmarks.support.timing import ROUNDS, in_turns, machine, ratio
from tailor_lab.cache import Cache, Disk, Memory, Redis
from tailor_lab.cache.encoding.keys import key_of
from tailor_lab.cache.entry import Entry, unpack
from tailor_lab.cache.policies import POLICIES
from tailor_lab.cache.traces.replay import run
from tests.cache.traces import cloud_physics, mooncake
from tests.servers import RedisServer

HEAD = ["request", "tailor_lab, µs", "peer", "peer, µs", "ours / theirs (bound)"]
VALUE = {"text": "A tailored summary of experience. " * 30, "score": 82.5}
PARTS = [{"resume": "r" * 1500}, {"job": "j" * 500}]


def row(what: str, ours: list[float], peer: str, theirs: list[float], bound: str) -> list[str]:
    times = [f"{statistics.median(times):.2f}" for times in (ours, theirs)]
    return [what, times[0], peer, times[1], f"{ratio(ours, theirs):.2f} ({bound})"]


def memory_tier() -> list[list[str]]:
    tier = Memory().open()
    tier.set("k", Entry("v", 1e12, 1e12, size=10))
    plain, lock = cachetools.LRUCache(1000), threading.Lock()
    plain["k"] = "v"
    box = cachebox.LRUCache(1000)
    box["k"] = "v"

    def locked() -> object:
        with lock:
            return plain["k"]

    calls = {"ours": lambda: tier.get("k"), "locked": locked, "box": lambda: box["k"]}
    took = in_turns(calls, 100_000)
    what = "memory tier hit, one thread"
    rows = [
        row(what, took["ours"], "cachetools with a lock", took["locked"], "≤ 1"),
        row(what, took["ours"], "cachebox", took["box"], "≤ 3"),
    ]
    one, eight = threads(lambda: tier.get("k"), 1), threads(lambda: tier.get("k"), 8)
    rows.append(row("memory tier hit, eight threads together", eight, "one thread", one, "≤ 1"))
    one, eight = threads(locked, 1), threads(locked, 8)
    rows.append(row("(cachetools with a lock, eight threads)", eight, "one thread", one, "—"))
    return rows


def threads(call: Callable[[], object], count: int, number: int = 400_000) -> list[float]:
    """Microseconds of wall time a call, `number` calls shared by `count` threads, by round."""
    took = []
    for _ in range(ROUNDS):
        gate = threading.Barrier(count + 1)

        def work() -> None:
            gate.wait()  # noqa: B023 (joined below)
            for _ in range(number // count):
                call()

        workers = [threading.Thread(target=work) for _ in range(count)]
        for worker in workers:
            worker.start()
        gate.wait()
        start = time.perf_counter()
        for worker in workers:
            worker.join()
        took.append((time.perf_counter() - start) / number * 1e6)
    return took


def wrapped(folder: Path) -> list[list[str]]:
    """A hit in memory of a computed value whose key is 2 KB of structured input."""
    cache = Cache()
    region = make_region(function_key_generator=lambda *_: lambda *a: key_of("n", a))
    region.configure("dogpile.cache.memory")
    remembered = joblib.Memory(folder / "joblib", verbose=0).cache(lambda parts: VALUE)
    dogpile = region.cache_on_arguments()(lambda parts: VALUE)
    calls = {
        "ours": lambda: cache.wrap("n", PARTS, fetch=lambda: VALUE),
        "dogpile": lambda: dogpile(PARTS),
        "joblib": lambda: remembered(PARTS),
    }
    took = in_turns(calls, 500)
    ours, theirs = asyncio.run(coroutines(cache))
    what = "wrap, memory hit, 2 KB key hashed"
    return [
        row(f"a{what}", ours, "cashews", theirs, "≤ 1"),
        row(what, took["ours"], "cashews (as above)", theirs, "≤ 1"),
        row(what, took["ours"], "dogpile, with our key hash", took["dogpile"], "≤ 1"),
        row(what, took["ours"], "joblib.Memory (on disk)", took["joblib"], "≤ 1"),
    ]


async def coroutines(cache: Cache, number: int = 1500) -> tuple[list[float], list[float]]:
    peer = Cashews()
    peer.setup("mem://")

    @peer(ttl="1h", key="{parts}")
    async def computed(parts: str) -> object:
        return VALUE

    async def fetch() -> object:
        return VALUE

    text, ours, theirs = str(PARTS), [], []
    for _ in range(ROUNDS):
        for took, call in (
            (ours, lambda: cache.awrap("n", PARTS, fetch)),
            (theirs, lambda: computed(text)),
        ):
            await call()
            start = time.perf_counter()
            for _ in range(number):
                await call()
            took.append((time.perf_counter() - start) / number * 1e6)
    return ours, theirs


def on_disk(folder: Path) -> list[list[str]]:
    cache = Cache(memory=None, shared=Disk(folder / "cache.sqlite"))
    cache.set("n", PARTS, VALUE)
    tier, key = cache.shared, key_of("n", PARTS)
    assert tier is not None
    peer = diskcache.Cache(str(folder / "peer"))
    peer[("n", str(PARTS))] = VALUE
    peer["k"] = VALUE
    calls = {
        "ours": lambda: cache.get("n", PARTS),
        "theirs": lambda: peer[("n", str(PARTS))],
        "tier": lambda: unpack(tier.get(key) or b""),
        "bare": lambda: peer["k"],
        "short": lambda: cache.get("n", "k"),
    }
    cache.set("n", "k", VALUE)
    took = in_turns(calls, 3000)
    return [
        row("disk hit, key of 2 KB", took["ours"], "diskcache, same key", took["theirs"], "≤ 1"),
        row(
            "disk tier read, checked, decoded",
            took["tier"],
            "diskcache, text key",
            took["bare"],
            "≤ 1",
        ),
        row("disk hit, key of a letter", took["short"], "diskcache, text key", took["bare"], "—"),
    ]


def on_redis() -> list[list[str]]:
    rows = []
    with RedisServer(unix=True) as server:
        cache = Cache(memory=None, shared=Redis(server.url))
        bare = redis.Redis.from_url(server.url)
        for size in (1_000, 50_000):
            value = {"text": "".join(f"word {n} " for n in range(size // 8)), "score": 1.5}
            cache.set("n", size, value)
            tier, key = cache.shared, key_of("n", size)
            assert tier is not None
            stored = tier.get(key) or b""
            bare.set(f"bare{size}", stored)
            calls = {
                "ours": lambda size=size: cache.get("n", size),
                "theirs": lambda size=size: unpack(bare.get(f"bare{size}")),
            }
            took = in_turns(calls, 1000)
            what = f"Redis hit, {size // 1000} KB"
            rows.append(
                row(what, took["ours"], "redis-py GET and decoding", took["theirs"], "≤ 1.3")
            )
    return rows


def replays() -> list[list[str]]:
    rows = []
    traces = {"CloudPhysics": cloud_physics(), "Mooncake": mooncake("conversation")}
    for source, trace in traces.items():
        for name in ("lru", "sieve"):
            speeds = []
            for _ in range(3):
                start = time.perf_counter()
                run(trace, POLICIES[name](int(0.1 * trace.footprint)))
                speeds.append(len(trace) / (time.perf_counter() - start) / 1e6)
            rows.append([f"{name} on {source}", f"{statistics.median(speeds):.2f} (≥ 1)"])
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [*memory_tier(), *wrapped(folder), *on_disk(folder), *on_redis()]
    text = (
        f"## Cache\n\nMedians of {ROUNDS} rounds in turn ({machine()}). "
        "By `python -m benchmarks.cache_speed`.\n\n"
        + table(HEAD, rows)
        + "\n\n"
        + table(["replay at a tenth of the footprint", "million requests/s (bound)"], replays())
    )
    write("cache", text)


if __name__ == "__main__":
    main()
