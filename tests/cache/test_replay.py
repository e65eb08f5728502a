"""Replay against libcachesim request for request, its published counts, and plain computations."""

import json
import random

import libcachesim
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.cache import Trace, replay
from tailor_lab.cache.policies import POLICIES, Policy
from tailor_lab.cache.traces.replay import ReplayWarning, belady, run
from tailor_lab.errors import InputError
from tests.cache.traces import cloud_physics, mooncake, path_of

TRACES = {
    "cloudphysics": cloud_physics,
    "mooncake conversation": lambda: mooncake("conversation"),
    "mooncake synthetic": lambda: mooncake("synthetic"),
}
SOURCES = [
    "cloudphysics",
    pytest.param("mooncake conversation", marks=pytest.mark.slow),
    "mooncake synthetic",
]
ORACLES = {
    "lru": libcachesim.LRU,
    "lfu": libcachesim.LFU,
    "sieve": libcachesim.Sieve,
    "fifo": libcachesim.FIFO,
    "s3fifo": libcachesim.S3FIFO,
    "arc": libcachesim.ARC,
}


def served_by_libcachesim(name: str, trace: Trace, capacity: int) -> bytearray:
    cache = ORACLES[name](capacity)
    numbers: dict[object, int] = {}
    request = libcachesim.Request()
    served = bytearray()
    keys, sizes = trace.frame["key"].to_list(), trace.frame["size"].to_list()
    for key, size in zip(keys, sizes, strict=True):
        request.obj_id = numbers.setdefault(key, len(numbers) + 1)
        request.obj_size = size
        served.append(cache.get(request))
    return served


@pytest.mark.parametrize("share", [0.01, 0.1])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", ["lru", "lfu", "sieve", "fifo"])
def test_policy_answers_each_request_as_libcachesim_does(name, source, share):
    trace = TRACES[source]()
    capacity = int(share * trace.footprint)
    ours = run(trace, POLICIES[name](capacity)).served
    assert ours == served_by_libcachesim(name, trace, capacity)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.1])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", ["s3fifo", "arc"])
def test_hit_ratio_is_within_a_fifth_of_a_point_of_libcachesim(name, source, share):
    trace = TRACES[source]()
    capacity = int(share * trace.footprint)
    ours = sum(run(trace, POLICIES[name](capacity)).served) / len(trace)
    theirs = sum(served_by_libcachesim(name, trace, capacity)) / len(trace)
    assert ours == pytest.approx(theirs, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lru", "lfu", "sieve", "fifo"])
def test_misses_by_bytes_equal_the_published_counts(name):
    golden = json.loads(path_of("trace_libcachesim/golden_miss_counts.json").read_text())
    published = {key.lower(): value for key, value in golden["policies"].items()}[name]
    trace = cloud_physics(sized=True)
    for place in (0, 3, 7):
        outcome = run(trace, POLICIES[name](golden["cache_bytes"][place]))
        assert outcome.served.count(0) == published["miss_cnt"][place]


@given(
    keys=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    capacity=st.integers(1, 8),
)
def test_belady_equals_a_plain_look_ahead(keys, capacity):
    kept: set[int] = set()
    hits = 0
    for place, key in enumerate(keys):
        hits += key in kept
        if key not in kept and len(kept) == capacity:
            ahead = keys[place + 1 :]
            kept.remove(max(kept, key=lambda k: ahead.index(k) if k in ahead else len(keys)))
        kept.add(key)
    assert sum(belady(Trace.of(keys), capacity).served) == hits


@given(
    requests=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=200),
    capacity=st.integers(1, 30),
    name=st.sampled_from(sorted(POLICIES)),
)
def test_policy_never_holds_more_than_its_capacity(requests, capacity, name):
    policy: Policy = POLICIES[name](capacity)
    kept: dict[int, int] = {}
    for key, size in requests:
        if key in kept:
            policy.hit(key)
            continue
        kept[key] = size
        for victim in policy.add(key, size):
            del kept[victim]
        assert sum(kept.values()) == policy.used <= capacity


@pytest.mark.parametrize("name", ["lru", "lfu", "sieve", "s3fifo", "arc", "wtinylfu", "gdsf"])
def test_no_policy_beats_the_bound(name):
    draw = random.Random(7)
    trace = Trace.of([int(draw.paretovariate(0.8)) for _ in range(5000)])
    row = replay(trace, [name], [0.1]).row(0, named=True)
    assert 0.0 < row["hit_ratio"] <= row["bound"]


@pytest.mark.parametrize("name", ["lru", "lfu", "sieve", "s3fifo", "arc", "wtinylfu", "gdsf"])
def test_every_policy_keeps_what_is_asked_for_often_even_where_it_is_large(name):
    frame = pl.DataFrame({"key": ["a", "b"] * 50, "size": [30, 30] * 50})
    served = run(Trace(frame), POLICIES[name](100)).served
    assert sum(served) == 98


def test_w_tinylfu_lets_no_scan_push_out_what_is_asked_for_often():
    hot = list(range(50)) * 20
    trace = Trace.of([*hot, *range(1000, 3000), *range(50)])
    after_the_scan = run(trace, POLICIES["wtinylfu"](100)).served[-50:]
    assert sum(after_the_scan) > 45
    assert sum(run(trace, POLICIES["lru"](100)).served[-50:]) == 0


def test_time_to_live_counts_in_a_replay():
    trace = Trace(pl.DataFrame({"key": ["a"] * 4, "time": [0.0, 5.0, 12.0, 40.0]}))
    outcome = run(trace, POLICIES["lru"](10), ttl=10, stale_for=5)
    assert list(outcome.served) == [0, 1, 2, 0]


def test_savings_and_namespaces_are_told_apart():
    trace = Trace(
        pl.DataFrame({"key": list("abab"), "namespace": list("xyxy"), "cost": [2.0, 3.0, 2.0, 3.0]})
    )
    frame = replay(trace, ["lru"], [2], by="namespace")
    assert dict(frame.select("namespace", "saved_usd").rows()) == {"(all)": 5.0, "x": 2.0, "y": 3.0}


def test_a_trace_that_cannot_tell_two_policies_apart_says_so():
    with pytest.warns(ReplayWarning, match="lfu and sieve apart"):
        frame = replay(Trace.of([*range(10), 1, 2]), ["lfu", "sieve"], [8])
    assert frame["same_as"].to_list() == ["sieve", "lfu"]


def test_gdsf_keeps_what_costs_most():
    keys = ["dear", *[f"cheap{i}" for i in range(9)], "dear"]
    trace = Trace(pl.DataFrame({"key": keys, "cost": [9.0, *[0.1] * 9, 9.0]}))
    frame = replay(trace, ["lru", "gdsf"], [3])
    assert frame["saved_usd"].to_list() == [0.0, 9.0]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_trace_is_read_from_a_file(tmp_path, ending):
    frame = pl.DataFrame({"key": ["a", "b"], "time": [0.0, 1.0], "size": [10, 20]})
    path = tmp_path / f"trace.{ending}"
    writers = {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}
    writers[ending](path)
    assert Trace.read(path).footprint == 30


def test_unknown_policies_and_keyless_traces_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="'mru' is not a policy; use one of lru, lfu"):
        replay(Trace.of("ab"), ["mru"], [1])
    with pytest.raises(InputError, match='needs a column "key"'):
        Trace(pl.DataFrame({"name": ["a"]}))
