"""What a caller sees of the cache, over every kind of shared tier."""

import asyncio
import pickle
import random
import subprocess
import sys
import threading
import time

import joblib
import pytest

from tailor_lab.cache import Cache, Disk, Memory, Redis, UncacheableError
from tailor_lab.errors import InputError
from tests.servers import RedisServer


@pytest.fixture(scope="module")
def server():
    with RedisServer(unix=True) as running:
        yield running


@pytest.fixture(params=["memory", "disk", pytest.param("redis", marks=pytest.mark.slow)])
def cache(request, tmp_path):
    shared = None
    if request.param == "disk":
        shared = Disk(tmp_path / "cache.sqlite")
    if request.param == "redis":
        server = request.getfixturevalue("server")
        server.flush()
        shared = Redis(server.url)
    with Cache(Memory(), shared) as opened:
        yield opened


def until(condition, limit=5.0):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.005)


def test_many_threads_compute_a_missing_value_once(cache):
    computed, gate = [], threading.Barrier(8)

    def ask():
        gate.wait()
        assert cache.wrap("n", "k", fetch=lambda: computed.append(1) or len(computed)) == 1

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1


def test_a_stale_value_is_served_at_once_and_refreshed_behind_once(cache):
    answers = iter(range(10))
    gate = threading.Event()

    def fetch():
        answer = next(answers)
        assert answer == 0 or gate.wait(5)
        return answer

    assert cache.wrap("n", "k", fetch, ttl=0, stale_for=60) == 0
    assert [cache.wrap("n", "k", fetch, ttl=60, stale_for=60) for _ in range(5)] == [0] * 5
    gate.set()
    until(lambda: cache.wrap("n", "k", fetch, ttl=60, stale_for=60) == 1)
    assert next(answers) == 2
    assert cache.stats().stale_hits >= 5


def test_invalidating_a_tag_reaches_all_that_depend_on_it(cache):
    cache.depends("job", on=["company"])
    cache.depends("score", on=["job", "resume"])
    cache.wrap("n", "k", lambda: 1, tags=["score"])
    assert cache.wrap("n", "k", lambda: 2, tags=["score"]) == 1
    assert cache.invalidate("company") == 3
    assert cache.wrap("n", "k", lambda: 2, tags=["score"]) == 2


def test_what_is_invalidated_while_it_is_computed_does_not_count(cache):
    cache.wrap("n", "k", lambda: cache.invalidate("t"), tags=["t"])
    assert cache.wrap("n", "k", lambda: "new", tags=["t"]) == "new"


def test_a_dear_value_is_refreshed_behind_before_it_ends(cache):
    answers = iter(range(10))

    def fetch():
        # A large `early` stands for a value that was very dear, so that one request is enough.
        return next(answers)

    assert cache.wrap("n", "k", fetch, ttl=3600) == 0
    assert cache.wrap("n", "k", fetch, ttl=3600) == 0
    assert cache.wrap("n", "k", fetch, ttl=3600, early=1e12) == 0
    until(lambda: cache.get("n", "k") == 1)
    assert cache.stats().stale_hits == 0


def test_a_wrong_rule_is_refused_before_anything_is_computed():
    cache, computed = Cache(), []
    with pytest.raises(InputError, match="soon"):
        cache.wrap("n", "k", lambda: computed.append(1), ttl="soon")
    with pytest.raises(InputError, match="shared is 'cache.sqlite'; use Disk"):
        Cache(shared="cache.sqlite")
    assert not computed


def test_a_declared_failure_is_remembered_and_another_is_not(cache):
    asked = []

    def fetch():
        asked.append(1)
        raise LookupError("no such job")

    for _ in range(3):
        with pytest.raises(LookupError, match="no such job"):
            cache.wrap("n", "k", fetch, failures={LookupError: "5m"})
    assert len(asked) == 1
    for _ in range(2):
        with pytest.raises(LookupError):
            cache.wrap("n", "other", fetch)
    assert len(asked) == 3


def test_coroutines_share_one_computation(cache):
    computed = []

    async def fetch():
        computed.append(1)
        await asyncio.sleep(0)
        return "value"

    async def ask():
        return await asyncio.gather(*(cache.awrap("n", "k", fetch) for _ in range(20)))

    assert asyncio.run(ask()) == ["value"] * 20
    assert len(computed) == 1


def test_a_value_that_asks_for_itself_is_an_error_and_not_a_standstill(cache):
    def fetch():
        return cache.wrap("n", "k", fetch)

    with pytest.raises(RecursionError, match="asks the cache for n:"):
        cache.wrap("n", "k", fetch)

    async def afetch():
        return await cache.awrap("n", "k", afetch)

    with pytest.raises(RecursionError):
        asyncio.run(asyncio.wait_for(cache.awrap("n", "k", afetch), 10))
    assert cache.wrap("n", "k", lambda: cache.wrap("n", "other", lambda: 1) + 1) == 2


def test_a_cancelled_computation_leaves_those_who_waited_to_compute_themselves(cache):
    begun = []

    async def ask():
        async def slow():
            begun.append(1)
            await asyncio.sleep(30)

        async def quick():
            return "value"

        first = asyncio.create_task(cache.awrap("n", "k", slow))
        while not begun:
            await asyncio.sleep(0.01)
        second = asyncio.create_task(cache.awrap("n", "k", quick))
        await asyncio.sleep(0.05)
        first.cancel()
        for task in asyncio.all_tasks() - {asyncio.current_task(), first, second}:
            task.cancel()
        return await asyncio.wait_for(second, 10)

    assert asyncio.run(ask()) == "value"


def test_what_can_be_used_only_once_is_refused(cache):
    with pytest.raises(UncacheableError, match="generator: it can be used only once"):
        cache.wrap("n", "k", lambda: (n for n in range(3)))


def test_a_memoized_coroutine_function_stays_one(cache):
    computed = []

    @cache.memoize("squares", ttl="1h")
    async def square(number):
        computed.append(number)
        return number**2

    async def ask():
        return [await square(3), await square(3), await square(4)]

    assert asyncio.run(ask()) == [9, 9, 16]
    assert computed == [3, 4]


def test_warming_says_what_it_loaded_skipped_and_failed(cache):
    cache.set("n", 1, "one")
    heard = []
    done = cache.warm("n", [1, 2, 0], lambda n: 10 / n, progress=lambda *at: heard.append(at))
    assert (done.loaded, done.skipped, list(done.failed)) == (1, 1, ["0"])
    assert heard[-1] == (3, 3)


def test_listeners_hear_of_each_request_with_what_it_saved(cache):
    heard = []
    cache.listen(heard.append)
    for _ in range(2):
        cache.wrap("n", "k", lambda: "value", cost=0.5)
    assert [(r.outcome, r.saved_usd) for r in heard] == [("miss", 0.0), ("hit", 0.5)]


def test_a_cache_travels_to_another_process_as_its_configuration(tmp_path):
    cache = Cache(Memory("1MB", policy="sieve"), Disk(tmp_path / "cache.sqlite"))
    cache.set("n", "k", (1, 2))
    assert pickle.loads(pickle.dumps(cache)).get("n", "k") == (1, 2)


def test_values_that_would_not_come_back_are_refused_by_name(tmp_path):
    with (
        Cache(shared=Disk(tmp_path / "cache.sqlite")) as cache,
        pytest.raises(UncacheableError, match="_thread.lock"),
    ):
        cache.set("n", "k", threading.Lock())


@pytest.mark.parametrize("policy", ["lru", "lfu", "sieve", "s3fifo", "arc", "wtinylfu", "gdsf"])
def test_memory_keeps_its_size_under_eight_threads(policy):
    cache = Cache(Memory("20KB", policy=policy))

    def work(start):
        for n in range(start, start + 400):
            assert cache.wrap("n", n % 150, lambda n=n: str(n % 150)) == str(n % 150)

    threads = [threading.Thread(target=work, args=(37 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.stats().bytes_in_memory <= 20_000


_OTHER = """
import sys, time
from tailor_lab.cache import Cache, Disk, Redis
kind, where = sys.argv[1:]
cache = Cache(shared=Disk(where) if kind == "disk" else Redis(where))
cache.wrap("n", "k", lambda: "old", tags=["leaf"])
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 1
while time.monotonic() < end and cache.wrap("n", "k", lambda: "new", tags=["leaf"]) == "old":
    time.sleep(0.01)
print(cache.wrap("n", "k", lambda: "new", tags=["leaf"]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["disk", "redis"])
def test_within_a_second_four_processes_have_dropped_what_was_invalidated(kind, tmp_path, server):
    server.flush()
    where = str(tmp_path / "cache.sqlite") if kind == "disk" else server.url
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _OTHER, kind, where]
    others = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    try:
        assert [other.stdout.readline() for other in others] == ["ready\n"] * 4
        with Cache(shared=Disk(where) if kind == "disk" else Redis(where)) as cache:
            cache.depends("leaf", on=["root"])
            cache.invalidate("root")
        assert [other.communicate("go\n")[0] for other in others] == ["new\n"] * 4
    finally:
        for other in others:
            other.kill()
            other.wait()


_HOLDER = """
import sys, time
from tailor_lab.cache import Cache, Disk, Redis
kind, where = sys.argv[1:]
cache = Cache(shared=Disk(where) if kind == "disk" else Redis(where))
assert cache.get("n", "k") == "old"
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 1
while time.monotonic() < end and cache.get("n", "k") == "old":
    time.sleep(0.01)
print(cache.get("n", "k"), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("change", ["set", "delete", "clear", "clear all"])
@pytest.mark.parametrize("kind", ["disk", "redis"])
def test_what_one_process_replaces_or_forgets_leaves_the_memory_of_others(
    kind, change, tmp_path, server
):
    server.flush()
    where = str(tmp_path / "cache.sqlite") if kind == "disk" else server.url
    cache = Cache(shared=Disk(where) if kind == "disk" else Redis(where))
    cache.set("n", "k", "old")
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _HOLDER, kind, where]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        try:
            assert other.stdout.readline() == "ready\n"
            if change == "set":
                cache.set("n", "k", "new")
            elif change == "delete":
                assert cache.delete("n", "k")
            else:
                cache.clear("n" if change == "clear" else None)
            found = other.communicate("go\n")[0]
        finally:
            other.kill()
    assert found == ("new\n" if change == "set" else "None\n")
    assert cache.get("n", "k") == ("new" if change == "set" else None)


def test_a_disk_keeps_to_its_size_and_what_was_asked_for_last_stays(tmp_path):
    cache = Cache(memory=None, shared=Disk(tmp_path / "cache.sqlite", max_bytes="200KB"))
    for n in range(200):
        cache.set("n", n, random.Random(n).randbytes(5000))
        assert cache.get("n", 0) is not None
    entries, size = cache.shared.usage()
    assert size <= 220_000
    assert cache.stats().evictions == {"disk": 200 - entries}
    assert (tmp_path / "cache.sqlite").stat().st_size < 1_000_000


@pytest.mark.slow
def test_worker_processes_of_joblib_share_what_one_of_them_computed(tmp_path):
    cache = Cache(shared=Disk(tmp_path / "cache.sqlite"))
    note = tmp_path / "note"

    def work(n, cache, note):
        def fetch():
            with note.open("a") as file:
                file.write("x")
            return n % 2

        return cache.wrap("n", n % 2, fetch)

    jobs = (joblib.delayed(work)(n, cache, note) for n in range(12))
    assert joblib.Parallel(n_jobs=2, backend="loky")(jobs) == [0, 1] * 6
    assert note.read_text() == "xx"


def test_stats_tell_namespaces_and_tiers_apart(tmp_path):
    Cache(shared=Disk(tmp_path / "cache.sqlite")).set("a", 1, "x" * 5000)
    cache = Cache(Memory(), Disk(tmp_path / "cache.sqlite"))
    for _ in range(3):
        cache.get("a", 1)
    cache.wrap("b", 1, lambda: "y" * 5000)
    stats = cache.stats()
    rows = stats.frame.select("namespace", "memory_hits", "disk_hits", "misses").rows()
    assert rows == [("a", 2, 1, 0), ("b", 0, 0, 1)]
    assert stats.tiers["tier"].to_list() == ["memory", "disk", "computed"]
    assert stats.tiers["hits"].to_list() == [2, 1, 0]
    assert stats.reduction > 0.9
