"""The cache when processes die, servers stop, entries break and clocks go back."""

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import pytest

from tailor_lab.cache import Cache, Disk, Memory, Redis
from tailor_lab.cache.encoding.keys import key_and_check
from tailor_lab.cache.entry import VERSION, Entry, pack
from tests.servers import RedisServer

pytestmark = pytest.mark.faults

_ASKERS = """
import sys, threading, time
from tailor_lab.cache import Cache, Disk, Redis
kind, where, note, takes = sys.argv[1:]
cache = Cache(shared=Disk(where) if kind == "disk" else Redis(where))
def fetch():
    with open(note, "a") as file:
        file.write("fetch\\n")
    time.sleep(float(takes))
    return "value"
print("ready", flush=True)
threads = [threading.Thread(target=cache.wrap, args=("n", "k", fetch)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert cache.wrap("n", "k", fetch) == "value"
"""


def start(kind, where, note, takes):
    command = [sys.executable, "-c", _ASKERS, kind, str(where), str(note), str(takes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def until(condition, limit=20.0):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.01)


@pytest.fixture
def server():
    with RedisServer() as running:
        yield running


@pytest.fixture(params=["disk", "redis"])
def place(request, tmp_path):
    if request.param == "disk":
        return "disk", tmp_path / "cache.sqlite"
    return "redis", request.getfixturevalue("server").url


@pytest.mark.slow
def test_sixty_four_threads_of_eight_processes_compute_once(place, tmp_path):
    note = tmp_path / "note"
    others = [start(*place, note, 0.5) for _ in range(8)]
    assert [other.wait(60) for other in others] == [0] * 8
    assert note.read_text() == "fetch\n"


@pytest.mark.slow
def test_another_process_takes_over_within_two_seconds_of_a_kill(place, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    holder = start(*place, first, 60)
    until(first.exists)
    waiting = start(*place, second, 0)
    assert waiting.stdout.readline() == "ready\n"
    try:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        killed = time.monotonic()
        until(second.exists)
        assert time.monotonic() - killed < 2.0
        assert waiting.wait(20) == 0
    finally:
        waiting.kill()
        waiting.wait()


@pytest.mark.slow
def test_no_caller_notices_that_redis_is_paused_killed_restarted_or_emptied(server):
    cache = Cache(memory=None, shared=Redis(server.url))

    def asked():
        began = time.monotonic()
        assert cache.wrap("n", "k", lambda: "value") == "value"
        return time.monotonic() - began

    def hits():
        before = sum(cache.stats().hits.values())
        asked()
        return sum(cache.stats().hits.values()) > before

    asked()
    assert hits()
    for harm, cure in [
        (server.pause, server.resume),
        (server.kill, server.start),
        (server.stop, server.start),
    ]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            harm()
            asked()
            # The bound is the design's: a second time-out would be a quarter of a second.
            assert max(asked() for _ in range(20)) < 0.2
        cure()
        until(hits)


@pytest.mark.slow
def test_a_server_emptied_while_eight_threads_ask_is_filled_again(server):
    cache = Cache(memory=None, shared=Redis(server.url))
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            for n in range(20):
                if cache.wrap("n", n, lambda n=n: f"value {n}", tags=["t"]) != f"value {n}":
                    wrong.append(n)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            server.flush()
            until(lambda: cache.shared.usage()[0] == 20)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong

    def all_are_hits():
        before = cache.stats().misses
        for n in range(20):
            assert cache.wrap("n", n, lambda n=n: f"value {n}", tags=["t"]) == f"value {n}"
        return cache.stats().misses == before

    # What was tagged before the emptied server's versions began anew does not count once more.
    until(all_are_hits)


@pytest.mark.slow
def test_broken_newer_planted_and_foreign_entries_are_counted_misses(tmp_path):
    cache = Cache(memory=None, shared=Disk(tmp_path / "cache.sqlite"))
    cache.set("n", "k", {"text": "value " * 400, "numbers": [0.5] * 64})
    key, _ = key_and_check("n", "k")
    good = cache.shared.get(key)
    flipped = [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in range(len(good))]
    cut = [good[:i] for i in range(0, len(good), 7)]
    foreign = pack(Entry("wrong", float("inf"), float("inf"), check=b"another key."))[0]
    planted = [
        pickle.dumps(os.getcwd),
        bytes([VERSION + 1]) + good[1:],
        foreign,
        b"",
        b"{}",
        b"\xff" * 500,
    ]
    for place, data in enumerate([*flipped, *cut, *planted]):
        cache.shared.set(key, data, float("inf"))
        assert cache.get("n", "k", "missing") == "missing"
        assert cache.stats().errors == place + 1
    cache.shared.set(key, good, float("inf"))
    assert cache.get("n", "k")["numbers"] == [0.5] * 64


@pytest.mark.parametrize("harm", ["corrupt", "folder", "locked", "newer", "no folder"])
def test_a_broken_file_costs_one_warning_and_memory_goes_on(tmp_path, harm):
    path = tmp_path / "cache.sqlite"
    holder = None
    if harm == "corrupt":
        path.write_bytes(b"not a database, but long enough to be taken for one " * 100)
    elif harm == "folder":
        path.mkdir()
    elif harm == "newer":
        with sqlite3.connect(path) as connection:
            connection.execute("pragma user_version = 99")
        connection.close()
    elif harm == "no folder":
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "cache.sqlite"
    else:
        Cache(shared=Disk(path)).set("n", 0, 0)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("begin exclusive")
    cache = Cache(Memory(), Disk(path))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for n in (1, 2, 1, 2):
            assert cache.wrap("n", n, lambda n=n: n) == n
    # Whatever other tests left for the collector speaks up here too.
    heard = [each for each in heard if each.category is not ResourceWarning]
    assert len(heard) == 1
    assert "goes on in memory" in str(heard[0].message)
    assert cache.stats().hits == {"memory": 2}
    if holder is not None:
        holder.close()


_READER = """
import os, sys, warnings
from tailor_lab.cache import Cache, Disk, Memory
if os.geteuid() == 0:
    os.setuid(65534)  # Root may write to anything, so this goes on as nobody.
cache = Cache(Memory(), Disk(sys.argv[1]))
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    assert [cache.wrap("n", n, lambda n=n: n) for n in (1, 2, 1, 2)] == [1, 2, 1, 2]
assert cache.stats().hits == {"memory": 2}, cache.stats().hits
print(len(heard), heard[0].message)
"""


@pytest.mark.slow
def test_a_file_that_may_only_be_read_costs_one_warning_and_memory_goes_on():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cache.sqlite"
        Cache(shared=Disk(path)).close()
        Cache(shared=Disk(path)).set("n", 0, 0)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", _READER, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        Path(folder).chmod(0o755)
    assert done.stdout.startswith("1 "), done.stderr
    assert "goes on in memory" in done.stdout


def test_a_full_disk_costs_one_warning_and_memory_goes_on(tmp_path):
    cache = Cache(Memory(), Disk(tmp_path / "cache.sqlite"))
    cache.set("n", 0, 0)
    connection = cache.shared._connection()
    connection.execute("pragma max_page_count = 1")
    with pytest.warns(UserWarning, match="full"):
        cache.set("n", 1, os.urandom(200_000))
    assert len(cache.get("n", 1)) == 200_000


def test_a_clock_that_goes_back_makes_nothing_fresh_for_longer(tmp_path, monkeypatch):
    cache = Cache(Memory(), Disk(tmp_path / "cache.sqlite"))
    cache.set("n", "k", "old", ttl=0.05)
    began, real = time.monotonic(), time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    until(lambda: time.monotonic() - began > 0.06)
    assert cache.get("n", "k", "ended") == "ended"


def test_an_entry_from_the_future_is_a_miss(tmp_path):
    cache = Cache(memory=None, shared=Disk(tmp_path / "cache.sqlite"))
    key, check = key_and_check("n", "k")
    until_then = time.time() + 7200
    entry = Entry("wrong", until_then, until_then, made=time.time() + 3600, check=check)
    cache.shared.set(key, pack(entry)[0], until_then)
    assert cache.get("n", "k", "missing") == "missing"
