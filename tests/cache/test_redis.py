"""The Redis tier: its size, its schemes, clusters, and what it says of a server that refuses."""

import os
import random
import time
import warnings

import pytest

from tailor_lab.cache import Cache, Disk, Memory, Redis
from tailor_lab.errors import InputError
from tests.servers import RedisCluster, RedisServer, TlsGate


@pytest.fixture(scope="module")
def server():
    with RedisServer(unix=True) as running:
        yield running


@pytest.fixture
def empty(server):
    server.flush()
    return server


@pytest.fixture(scope="module")
def cluster():
    with RedisCluster() as running:
        yield running


def blob(size, seed=0):
    return random.Random(seed).randbytes(size)


def stored(server):
    return list(server.client().scan_iter("tailor_lab:*"))


@pytest.mark.slow
def test_a_cap_in_bytes_holds_and_what_was_asked_for_last_stays(empty):
    cache = Cache(memory=None, shared=Redis(empty.url, max_bytes="100KB"))
    for n in range(60):
        cache.set("n", n, blob(5000, n))
        assert cache.get("n", 0) == blob(5000, 0)
    entries, size = cache.shared.usage()
    assert 15 <= entries == len(stored(empty)) <= 20
    assert size == sum(empty.client().strlen(key) for key in stored(empty)) <= 100_000
    assert cache.stats().evictions == {"redis": 60 - entries}


@pytest.mark.slow
def test_an_entry_above_the_cap_is_not_kept_and_evicts_nothing(empty):
    cache = Cache(memory=None, shared=Redis(empty.url, max_bytes="10KB"))
    cache.set("n", "small", blob(1000))
    cache.set("n", "large", blob(20_000))
    assert cache.get("n", "small") == blob(1000)
    assert cache.get("n", "large", "missing") == "missing"


@pytest.mark.slow
def test_what_ended_overwritten_or_was_deleted_takes_no_room(empty):
    cache = Cache(memory=None, shared=Redis(empty.url, max_bytes="1MB"))
    for n in range(5):
        cache.set("n", "same", blob(1000, n))
    cache.set("n", "brief", blob(1000), ttl=0.01)
    cache.set("n", "deleted", blob(1000))
    cache.delete("n", "deleted")
    time.sleep(0.02)
    cache.set("m", "last", blob(1000))
    assert cache.shared.usage()[0] == len(stored(empty)) == 2
    cache.clear("n")
    assert cache.shared.usage()[0] == 1
    cache.clear()
    assert cache.shared.usage() == (0, 0)


@pytest.mark.slow
def test_a_namespace_with_wildcards_clears_itself_alone(empty):
    cache = Cache(memory=None, shared=Redis(empty.url))
    cache.set("llm/*", 1, "one")
    cache.set("llm/other", 1, "two")
    cache.clear("llm/*")
    assert cache.get("llm/*", 1) is None
    assert cache.get("llm/other", 1) == "two"


@pytest.mark.slow
def test_a_server_that_lost_its_versions_ends_what_was_tagged_before(empty):
    cache = Cache(Memory(), Redis(empty.url))
    cache.wrap("n", "k", lambda: "old", tags=["t"])
    other = Cache(memory=None, shared=Redis(empty.url))
    other.invalidate("t")
    # As an eviction by the server's own rules would, before this process heard of the invalidation.
    empty.client().delete("{tailor_lab}:tags")
    cache._store.tags.due = 0.0
    assert cache.wrap("n", "k", lambda: "new", tags=["t"]) == "new"


@pytest.mark.slow
def test_a_cluster_of_three_nodes_serves_as_one_server_does(cluster):
    with Cache(memory=None, shared=Redis(cluster.url, max_bytes="20KB")) as cache:
        for n in range(12):
            cache.wrap("n", n, lambda n=n: blob(2000, n), tags=["t"])
        assert cache.shared.usage()[1] <= 20_000
        assert cache.wrap("n", 11, lambda: "again", tags=["t"]) == blob(2000, 11)
        cache.depends("t", on=["root"])
        cache.invalidate("root")
        assert cache.wrap("n", 11, lambda: "again", tags=["t"]) == "again"
        cache.clear("n")
        assert cache.shared.usage() == (0, 0)
        assert cache.stats().errors == 0


@pytest.mark.slow
def test_a_cluster_with_a_dead_node_serves_what_the_others_hold(cluster):
    cache = Cache(Memory(), Redis("redis+cluster://127.0.0.1:1," + cluster.url.split("//")[1]))
    assert cache.wrap("n", 1, lambda: "value") == "value"
    assert cache.stats().errors == 0


@pytest.mark.parametrize(
    "url", ["http://:hunter2@host", "redis://:hunter2@host:99999", "hunter2", "redis://host:port"]
)
def test_a_url_that_is_none_is_refused_without_showing_it(url):
    with pytest.raises(InputError, match="not the URL of a Redis server") as refused:
        Cache(shared=Redis(url))
    assert "hunter2" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["scheme", "REDIS_TLS"])
def test_encryption_is_spoken_where_it_is_asked_for(asked):
    with RedisServer() as server, TlsGate(server.port) as gate:
        scheme = "rediss" if asked == "scheme" else "redis"
        url = f"{scheme}://127.0.0.1:{gate.port}?ssl_ca_certs={gate.certificate}"
        cache = Cache(memory=None, shared=Redis(url, tls=asked == "REDIS_TLS"))
        cache.set("n", 1, "value")
        assert cache.get("n", 1) == "value"
        assert cache.stats().errors == 0
        assert gate.shaken > 0


@pytest.mark.slow
def test_a_certificate_that_nobody_vouches_for_is_refused_and_said():
    with RedisServer() as server, TlsGate(server.port) as gate:
        cache = Cache(Memory(), Redis(f"rediss://127.0.0.1:{gate.port}"))
        with pytest.warns(UserWarning, match="shows a certificate that is not trusted"):
            cache.set("n", 1, "value")
        assert cache.get("n", 1) == "value"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--requirepass", "secret"], "refuses the user or password"),
        (["--maxmemory", "1"], "is full"),
        (["--replicaof", "127.0.0.1", "1"], "is a read-only replica"),
    ],
)
def test_a_server_that_refuses_is_named_with_its_reason_and_no_secret(options, says):
    with RedisServer(*options) as server:
        url = server.url.replace("//", "//:hunter2@") if "secret" in options else server.url
        cache = Cache(Memory(), Redis(url))
        with pytest.warns(UserWarning, match=says) as heard:
            assert cache.wrap("n", 1, lambda: "value") == "value"
        assert cache.get("n", 1) == "value"
        assert "hunter2" not in str(heard[0].message)


@pytest.mark.slow
def test_while_redis_is_away_the_disk_serves_and_hands_on_what_it_learned(tmp_path):
    computed = []

    def ask(cache):
        return cache.wrap("n", "k", lambda: computed.append(1) or "value")

    with RedisServer() as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        place = Redis(server.url, fallback=Disk(tmp_path / "cache.sqlite"))
        server.kill()
        assert [ask(Cache(memory=None, shared=place)) for _ in range(2)] == ["value"] * 2
        server.start()
        cache = Cache(memory=None, shared=place)
        assert ask(cache) == "value"
        assert cache.stats().hits == {"disk": 1}
        elsewhere = Cache(memory=None, shared=Redis(server.url))
        assert ask(elsewhere) == "value"
        assert len(computed) == 1


@pytest.mark.slow
def test_what_another_machine_deletes_is_gone_from_the_disk_behind_redis_too(empty, tmp_path):
    place = Redis(empty.url, fallback=Disk(tmp_path / "cache.sqlite"))
    cache, elsewhere = Cache(Memory(), place), Cache(memory=None, shared=Redis(empty.url))
    cache._store.shared[1].set(*_entry_of(cache, "k", "old"))
    assert elsewhere.delete("n", "k") is False
    cache._store.tags.due = 0.0
    assert cache.wrap("n", "k", lambda: "new") == "new"


def _entry_of(cache, key, value):
    from tailor_lab.cache.encoding.keys import key_and_check
    from tailor_lab.cache.entry import Entry, pack

    name, check = key_and_check("n", key)
    forever = float("inf")
    return name, pack(Entry(value, forever, forever, made=time.time(), check=check))[0], forever


@pytest.mark.slow
def test_a_forked_process_uses_connections_of_its_own(empty, tmp_path):
    for place in (Redis(empty.url), Disk(tmp_path / "cache.sqlite")):
        cache = Cache(Memory(), place)
        cache.set("n", "k", "value")
        with warnings.catch_warnings():
            # Forking with threads about is what this is about.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            cache._store.memory.clear()
            fine = cache.get("n", "k") == "value" and cache.wrap("n", "child", lambda: 1) == 1
            os._exit(0 if fine else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert cache.get("n", "k") == "value"
        assert cache.get("n", "child") == 1
