"""What goes wrong in other processes is named, costs one item, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tailor_lab.cache import Cache, Disk, Memory
from tailor_lab.pipeline import Pipeline, PipelineError, SourceError, stage
from tests.pipeline.leftovers import eventually, nothing_left, processes

pytestmark = pytest.mark.faults
ITEMS = [{"id": f"i{n}", "number": n} for n in range(8)]


def double(number):
    return 2 * number


def only(batch, item_id):
    """The failure of that item; every other one is fine."""
    assert [run.item_id for run in batch.failures] == [item_id]
    assert [run["double"] for run in batch if run.ok] == [2 * n for n in range(8) if n != 3]
    return batch.failures[0].error


class Unpicklable(Exception):
    def __init__(self, detail):
        super().__init__(detail)
        self.lock = threading.Lock()


class Fussy(Exception):
    """It can be pickled and not be read again."""

    def __init__(self, one, two):
        super().__init__(one)
        self.two = two


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("kind", ["Unpicklable", "Fussy"])
def test_an_exception_that_cannot_travel_names_item_and_stage(backend, kind):
    def check(double):
        if double == 6:
            raise Unpicklable("no such job") if kind == "Unpicklable" else Fussy("no such job", 2)
        return double

    with nothing_left():
        batch = Pipeline([double, check]).map(ITEMS, n_jobs=2, backend=backend)
    error = only(batch, "i3")
    assert 'Stage "check" failed on item "i3"' in str(error)
    assert "no such job" in str(error)
    assert error.kind == kind


@pytest.mark.slow
def test_a_result_that_cannot_travel_fails_its_stage_alone():
    def lock(double):
        return threading.Lock() if double == 6 else double

    with nothing_left():
        batch = Pipeline([double, lock]).map(ITEMS, n_jobs=2, backend="loky")
    error = only(batch, "i3")
    assert error.stage == "lock"
    assert "cannot travel between processes" in str(error)
    assert batch.failures[0]["double"] == 6


@pytest.mark.slow
def test_an_input_that_cannot_travel_fails_its_item_alone():
    items = [{**item, "extra": threading.Lock() if item["id"] == "i3" else 1} for item in ITEMS]

    def use(double, extra):
        return double

    with nothing_left():
        batch = Pipeline([double, use]).map(items, n_jobs=2, backend="loky")
    error = only(batch, "i3")
    assert 'the input "extra" cannot travel' in str(error)


def test_a_stage_that_cannot_travel_is_refused_before_anything_runs():
    lock = threading.Lock()

    def use(number):
        with lock:
            return number

    with nothing_left(), pytest.raises(PipelineError, match='[Ss]tage "use" cannot travel'):
        Pipeline([use]).map(ITEMS, n_jobs=2, backend="loky")


@pytest.mark.slow
def test_a_killed_process_costs_the_item_that_killed_it_and_no_other():
    def fatal(double):
        if double == 6:
            os.kill(os.getpid(), signal.SIGKILL)
        return double

    with nothing_left():
        batch = Pipeline([double, fatal]).map(ITEMS, n_jobs=2, backend="loky")
    assert [run.item_id for run in batch.failures] == ["i3"]
    error = batch.failures[0].error
    assert error.kind == "WorkerDiedError"
    assert 'Stage "fatal" failed on item "i3"' in str(error)


@pytest.mark.slow
def test_what_a_stage_prints_and_what_it_runs_within_disturbs_nothing(capfd):
    def loud(number):
        print("a line on standard output")
        os.write(1, b"and one beneath it\n")
        inner = Pipeline([double]).map([{"number": number}, {"number": 1}], n_jobs=2)
        return [run["double"] for run in inner]

    for backend in ("threading", "loky"):
        with nothing_left():
            batch = Pipeline([loud]).map(ITEMS, n_jobs=2, backend=backend)
        assert [run["loud"] for run in batch] == [[2 * n, 2] for n in range(8)]
    capfd.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_an_empty_batch_and_a_source_that_breaks_leave_nothing(backend):
    def broken():
        yield from ITEMS[:4]
        raise OSError("the disk is gone")

    with nothing_left():
        assert len(Pipeline([double]).map([], backend=backend, n_jobs=2)) == 0
        with pytest.raises(SourceError, match="the disk is gone") as caught:
            Pipeline([double]).map(broken(), backend=backend, n_jobs=2)
    assert [run["double"] for run in caught.value.batch] == [0, 2, 4, 6]


@pytest.mark.slow
def test_processor_work_goes_to_processes_while_the_rest_stays_here():
    here = os.getpid()

    @stage(kind="cpu")
    def crunch(number):
        return os.getpid()

    def wait(number):
        return os.getpid()

    with nothing_left():
        batch = Pipeline([crunch, wait]).map(ITEMS, n_jobs=4)
    assert {run["wait"] for run in batch} == {here}
    assert here not in {run["crunch"] for run in batch}


@pytest.mark.slow
def test_a_processor_stage_that_kills_its_process_costs_its_item_alone():
    @stage(kind="cpu", retries=0)
    def crunch(number):
        if number == 3:
            os._exit(1)
        return number

    with nothing_left():
        batch = Pipeline([double, crunch]).map(ITEMS, n_jobs=4)
    assert [run.item_id for run in batch.failures] == ["i3"]
    assert batch.failures[0].error.stage == "crunch"


@pytest.mark.slow
def test_worker_processes_share_what_one_of_them_computed(tmp_path):
    note = tmp_path / "note"

    @stage(cache={"namespace": "squares", "key": "half"})
    def square(half, note):
        with note.open("a") as file:
            file.write("x")
        return half**2

    def half(number):
        return number // 2

    pipeline = Pipeline([half, square]).bind(
        note=note, cache=Cache(Memory(), Disk(tmp_path / "cache.sqlite"))
    )
    with nothing_left():
        batch = pipeline.map(ITEMS, n_jobs=2, backend="loky")
    assert [run["square"] for run in batch] == [(n // 2) ** 2 for n in range(8)]
    assert note.read_text() == "xxxx"
    assert [run.stages["square"].status for run in batch].count("cached") == 4


@pytest.mark.slow
def test_limits_hold_over_all_processes(tmp_path):
    @stage(max_concurrency=1)
    def alone(number, folder):
        mark = folder / "inside"
        mark.touch(exist_ok=False)
        time.sleep(0.02)
        mark.unlink()
        return number

    with nothing_left():
        batch = Pipeline([double, alone], folder=tmp_path).map(ITEMS, n_jobs=2, backend="loky")
    assert not batch.failures


_INTERRUPTED = """
import sys, time
from tailor_lab.pipeline import Interrupted, Pipeline
def slow(number):
    time.sleep(0.1 if number < 4 else 60)
    return number
if __name__ == "__main__":
    print("ready", flush=True)
    try:
        items = [{"number": n} for n in range(40)]
        Pipeline([slow]).map(items, n_jobs=2, backend=sys.argv[1], progress=False)
    except Interrupted as stop:
        print(sorted(run["slow"] for run in stop.batch if run.ok), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_ctrl_c_stops_promptly_keeps_what_is_finished_and_leaves_no_process(backend, tmp_path):
    script = tmp_path / "batch.py"
    script.write_text(_INTERRUPTED)
    before = processes()
    with subprocess.Popen(
        [sys.executable, str(script), backend], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "ready\n"
        time.sleep(2.5)
        other.send_signal(signal.SIGINT)
        began = time.monotonic()
        printed = other.communicate(timeout=20)[0]
    assert time.monotonic() - began < 10
    assert printed == "[0, 1, 2, 3]\n"
    assert eventually(lambda: not processes() - before)


@pytest.mark.slow
def test_dask_runs_the_same_pipeline_and_outlives_a_killed_worker():
    distributed = pytest.importorskip("distributed")

    def slow(double):
        time.sleep(0.05)
        return double + 1

    items = [{"id": str(n), "number": n} for n in range(60)]
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = client.run(os.getpid)

        def kill_one():
            time.sleep(0.6)
            os.kill(next(iter(victim.values())), signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        batch = Pipeline([double, slow]).map(items, n_jobs=4, backend="dask")
        killer.join()
    assert [run["slow"] for run in batch] == [2 * n + 1 for n in range(60)]


@pytest.mark.slow
def test_dask_names_the_item_and_stage_that_failed():
    distributed = pytest.importorskip("distributed")

    def check(double):
        if double == 6:
            raise Unpicklable("no such job")
        return double

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        batch = Pipeline([double, check]).map(ITEMS, n_jobs=2, backend="dask")
    assert 'Stage "check" failed on item "i3"' in str(only(batch, "i3"))
