"""The rules of stages, each measured where many items compete."""

import asyncio
import threading
import time
from collections import Counter

import pytest

from tailor_lab.cache import Cache, Memory
from tailor_lab.pipeline import Pipeline, PipelineError, current, stage
from tests.pipeline.leftovers import nothing_left


class Gauge:
    """Counts who is inside at once, and when they came."""

    def __init__(self) -> None:
        self.lock, self.inside, self.most = threading.Lock(), 0, 0
        self.times: list[float] = []

    def __enter__(self) -> None:
        with self.lock:
            self.times.append(time.monotonic())
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1


def items(count: int) -> list[dict[str, int]]:
    return [{"number": i} for i in range(count)]


def test_a_worker_is_free_for_others_while_a_failed_stage_waits_to_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tailor_lab.pipeline.engine.board.backoff", lambda attempts: 0.2)

    @stage(retries=1)
    def flaky(number):
        if current().attempt == 1:
            raise ConnectionError("try again")
        return number

    batch = Pipeline([flaky]).map(items(20), n_jobs=1)
    assert not batch.failures
    assert batch.performance.wall_s < 20 * 0.2 / 2
    assert {run.stages["flaky"].attempts for run in batch} == {2}
    assert batch.performance.bound_s <= batch.performance.wall_s


def test_backoff_grows_with_jitter_and_has_an_end() -> None:
    from tailor_lab.pipeline.engine.attempt import LONGEST_WAIT_S, backoff

    waits = [[backoff(attempt) for _ in range(200)] for attempt in (1, 4, 2000)]
    assert len(set(waits[0])) > 190
    limits = (0.2, 1.6, LONGEST_WAIT_S)
    assert all(max(found) <= most for found, most in zip(waits, limits, strict=True))
    assert sum(waits[0]) < sum(waits[1]) < sum(waits[2])


def test_an_attempt_that_times_out_is_tried_again() -> None:
    release = threading.Event()

    @stage(timeout=0.05, retries=1)
    def slow_once():
        if current().attempt == 1:
            release.wait(30)
        return current().attempt

    assert Pipeline([slow_once]).run({})["slow_once"] == 2
    release.set()


def test_timeouts_under_concurrency_fail_exactly_the_slow_ones_and_give_their_places_back() -> None:
    release = threading.Event()

    @stage(timeout=0.1, max_concurrency=2)
    def sometimes_stuck(number):
        if number % 5 == 0:
            release.wait(60)
        return number

    with nothing_left():
        batch = Pipeline([sometimes_stuck]).map(items(20), n_jobs=4)
        release.set()
    assert [run.item_id for run in batch.failures] == ["0", "5", "10", "15"]
    assert {run.error.kind for run in batch.failures} == {"StageTimeoutError"}


def test_a_cap_holds_while_other_stages_use_the_other_workers() -> None:
    capped, free = Gauge(), Gauge()

    def narrow(number):
        with capped:
            time.sleep(0.01)

    def wide(number):
        with free:
            time.sleep(0.01)

    Pipeline([stage(narrow, max_concurrency=2), wide]).map(items(40), n_jobs=8)
    assert capped.most == 2
    assert 4 <= free.most <= 8


def test_a_rate_is_kept_over_all_workers_retries_included() -> None:
    gauge = Gauge()
    seen: Counter[int] = Counter()

    @stage(rate=60 * 50, retries=1)
    def limited(number):
        with gauge:
            seen[number] += 1
            if number % 4 == 0 and seen[number] == 1:
                raise ConnectionError("once more")

    assert not Pipeline([limited]).map(items(20), n_jobs=8).failures
    times = sorted(gauge.times)
    assert len(times) == 25
    # 50 a second are 20 ms apart; what is measured is when the stage ran, a moment after its turn.
    for first in range(len(times) - 10):
        assert times[first + 10] - times[first] >= 0.2 - 0.02


def test_a_rate_does_not_hold_up_the_stages_before_it() -> None:
    early: list[float] = []
    before = stage(lambda number: early.append(time.monotonic()), name="before")
    limited = stage(lambda before: None, name="limited", rate=60 * 20)
    batch = Pipeline([before, limited]).map(items(10), n_jobs=2)
    assert early[-1] - early[0] < batch.performance.wall_s / 2


def test_a_condition_decides_and_what_needs_the_result_is_skipped_with_it() -> None:
    rewrite = stage(lambda number: number, name="rewrite", when=lambda number: number > 1)
    needs = stage(lambda rewrite: rewrite, name="needs")
    further = stage(lambda needs: needs, name="further")
    copes = stage(lambda rewrite=None: rewrite, name="copes")
    later = stage(lambda number: number, name="later", after=["rewrite"])
    batch = Pipeline([rewrite, needs, further, copes, later]).map(items(3))
    assert not batch.failures
    small, large = batch.runs[0], batch.runs[2]
    assert [large[name] for name in ("rewrite", "needs", "further", "copes", "later")] == [2] * 5
    status = {name: record.status for name, record in small.stages.items()}
    assert status == {
        "rewrite": "skipped",
        "needs": "skipped",
        "further": "skipped",
        "copes": "ok",
        "later": "ok",
    }
    assert small["copes"] is None
    with pytest.raises(KeyError, match='"rewrite" was skipped on item "0"'):
        small["rewrite"]


def test_a_condition_can_ask_for_results_and_waits_for_them() -> None:
    score = stage(lambda number: number * 10, name="score")
    improve = stage(lambda number: "better", name="improve", when=lambda score: score < 15)
    batch = Pipeline([improve, score]).map(items(3))
    assert [run.stages["improve"].status for run in batch] == ["ok", "ok", "skipped"]


def test_a_condition_that_raises_fails_its_stage() -> None:
    broken = stage(lambda number: 1, name="broken", when=lambda number: 1 / number)
    batch = Pipeline([broken]).map(items(2))
    assert [run.ok for run in batch] == [False, True]


def test_results_come_from_the_cache_that_is_bound() -> None:
    calls: list[int] = []

    @stage(cache={"namespace": "squares", "key": "number", "ttl": "1h"})
    def square(number, note):
        calls.append(number)
        return number * number

    cache = Cache(memory=Memory())
    pipeline = Pipeline([square]).bind(cache=cache)
    twice = [{"number": i % 5, "note": str(i)} for i in range(20)]
    batch = pipeline.map(twice, n_jobs=4)
    assert [run["square"] for run in batch] == [(i % 5) ** 2 for i in range(20)]
    assert sorted(calls) == [0, 1, 2, 3, 4]
    status = Counter(run.stages["square"].status for run in batch)
    assert status == {"ok": 5, "cached": 15}
    assert Pipeline([square]).run({"number": 3, "note": ""})["square"] == 9, "works without one too"


def test_coroutine_stages_share_one_loop_and_keep_their_context() -> None:
    loops: set[int] = set()

    async def waits(number):
        loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0.02)
        return current().item_id

    with nothing_left():
        batch = Pipeline([waits]).map(items(16), n_jobs=16)
    assert [run["waits"] for run in batch] == [str(i) for i in range(16)]
    assert len(loops) == 1
    assert batch.performance.speedup > 3


def test_a_coroutine_that_times_out_is_cancelled() -> None:
    cancelled = threading.Event()

    @stage(timeout=0.05)
    async def forever():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    run = Pipeline([forever]).run({})
    assert "longer than its timeout of 0.05 s" in str(run.error)
    assert cancelled.wait(5)


def test_a_coroutine_that_raises_its_own_timeout_error_says_that() -> None:
    @stage(timeout=5)
    async def own():
        raise TimeoutError("the server was slow")

    assert "the server was slow" in str(Pipeline([own]).run({}).error)


def test_the_callers_context_variables_reach_the_stages() -> None:
    from contextvars import ContextVar

    tracing = ContextVar("tracing", default="none")
    tracing.set("request-7")

    def seen():
        return tracing.get()

    batch = Pipeline([seen]).map([{}] * 4, n_jobs=2)
    assert {run["seen"] for run in batch} == {"request-7"}


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"rate": 0}, "rate is 0"),
        ({"kind": "gpu"}, 'kind is "gpu"'),
        ({"cache": {"key": ["nowhere"]}}, 'key names "nowhere"'),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_name(rules, says) -> None:
    with pytest.raises(PipelineError, match=says):
        stage(lambda number: number, name="n", **rules)


@pytest.mark.slow
def test_an_abandoned_thread_does_not_keep_the_process_from_ending(tmp_path) -> None:
    import subprocess
    import sys

    script = tmp_path / "script.py"
    script.write_text(
        "import threading\n"
        "from tailor_lab.pipeline import Pipeline, stage\n"
        "stuck = stage(lambda: threading.Event().wait(), name='stuck', timeout=0.1)\n"
        "print(Pipeline([stuck]).map([{}, {}]).failures[0].error)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=30, check=True
    )
    assert 'Stage "stuck" failed on item "0"' in done.stdout


def test_the_condition_of_a_coroutine_stage_is_under_its_timeout_too() -> None:
    held = threading.Event()

    @stage(timeout=0.1, when=lambda number: held.wait(10))
    async def slow(number):
        return number

    began = time.monotonic()
    batch = Pipeline([slow]).map(items(2))
    held.set()
    assert time.monotonic() - began < 5
    assert {run.error.kind for run in batch} == {"StageTimeoutError"}


def test_a_timeout_beyond_all_clocks_is_refused() -> None:
    with pytest.raises(PipelineError, match="timeout is inf; leave it out"):
        stage(lambda number: number, name="s", timeout=float("inf"))
