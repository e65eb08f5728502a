"""Random graphs: what holds for every one of them, and equals a sequential run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.pipeline import Pipeline


@st.composite
def graphs(draw):
    """Random stages, each depending on some of those before it."""
    count = draw(st.integers(1, 7))
    return [
        sorted(draw(st.sets(st.integers(0, i - 1), max_size=3))) if i else [] for i in range(count)
    ]


def build(parents: list[list[int]], broken: frozenset[int] = frozenset()):
    log: list[str] = []

    def make(i: int):
        names = ", ".join(f"s{p}" for p in parents[i])
        total = " + ".join(["1", *(f"s{p}" for p in parents[i])])
        scope: dict = {"log": log, "broken": broken}
        source = f"def s{i}({names}):\n    log.append('s{i}')\n"
        source += f"    if {i} in broken: raise ValueError('broken')\n    return {total}\n"
        exec(source, scope)
        return scope[f"s{i}"]

    return [make(i) for i in range(len(parents))], log


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_stage_runs_once_after_all_it_depends_on(parents) -> None:
    stages, log = build(parents)
    run = Pipeline(stages).run({}, n_jobs=4)
    assert sorted(log) == sorted(f"s{i}" for i in range(len(parents)))
    for i, needed in enumerate(parents):
        assert all(log.index(f"s{p}") < log.index(f"s{i}") for p in needed)
    expected: list[int] = []
    for needed in parents:
        expected.append(1 + sum(expected[p] for p in needed))
    assert [run[f"s{i}"] for i in range(len(parents))] == expected


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_a_failure_skips_exactly_the_descendants(parents, data) -> None:
    bad = data.draw(st.integers(0, len(parents) - 1))
    lost = {bad}
    for i, needed in enumerate(parents):
        if lost & set(needed):
            lost.add(i)
    stages, _ = build(parents, frozenset({bad}))
    run = Pipeline(stages).run({}, n_jobs=3)
    status = {name: record.status for name, record in run.stages.items()}
    assert status.pop(f"s{bad}") == "failed"
    for name, found in status.items():
        assert found == ("skipped" if int(name[1:]) in lost else "ok")


def sequentially(parents: list[list[int]], start: int) -> dict[str, int]:
    """What the stages give one after the other, without any scheduler."""
    found: list[int] = []
    for needed in parents:
        found.append(start + sum(found[p] for p in needed))
    return {f"s{i}": value for i, value in enumerate(found)}


@settings(max_examples=30, deadline=None)
@given(graphs(), st.integers(1, 30), st.integers(1, 6))
def test_a_batch_gives_what_a_sequential_run_gives(parents, count, jobs) -> None:
    stages, _ = build(parents)
    batch = Pipeline(stages).map([{"id": i} for i in range(count)], n_jobs=jobs)
    assert [dict(run.results) for run in batch] == [sequentially(parents, 1)] * count
    assert [run.item_id for run in batch] == [str(i) for i in range(count)]


@settings(max_examples=20, deadline=None)
@given(graphs(), st.integers(1, 5))
def test_the_identities_of_performance_hold(parents, jobs) -> None:
    stages, _ = build(parents)
    found = Pipeline(stages).map([{"id": str(i)} for i in range(8)], n_jobs=jobs).performance
    assert found.bound_s <= found.wall_s + 1e-9
    assert found.saved_s == pytest.approx(found.sequential_s - found.wall_s)
    assert found.efficiency == pytest.approx(found.speedup / found.workers)
    assert found.critical_path_s <= found.sequential_s + 1e-12
