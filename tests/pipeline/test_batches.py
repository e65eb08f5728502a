"""Batches: where items come from, where runs go, when a batch ends, what it says of itself."""

import json
import threading

import duckdb
import polars as pl
import pytest

from tailor_lab.errors import InputError
from tailor_lab.pipeline import Pipeline, StageError, stage
from tests.pipeline.leftovers import nothing_left

ROWS = [{"id": f"i{n}", "number": n} for n in range(2500)]


def double(number):
    return 2 * number


def odd_fails(number):
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


PIPELINE = Pipeline([double])


def sources(folder):
    frame = pl.DataFrame(ROWS)
    frame.write_parquet(folder / "items.parquet")
    frame.write_csv(folder / "items.csv")
    frame.write_ndjson(folder / "items.jsonl")
    return {
        "list": ROWS,
        "generator": (row for row in ROWS),
        "polars": frame,
        "lazy polars": frame.lazy(),
        "duckdb": duckdb.from_arrow(frame.to_arrow()),
        "parquet": folder / "items.parquet",
        "csv": str(folder / "items.csv"),
        "jsonl": folder / "items.jsonl",
    }


@pytest.mark.parametrize(
    "kind",
    ["list", "generator", "polars", "lazy polars", "duckdb", "parquet", "csv", "jsonl"],
)
def test_items_come_from_any_table_or_file(kind, tmp_path):
    batch = PIPELINE.map(sources(tmp_path)[kind], n_jobs=2)
    assert [(run.item_id, run["double"]) for run in batch] == [
        (f"i{n}", 2 * n) for n in range(2500)
    ]


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ({"number": 1}, "The items are a dict"),
        (7, "The items are a int"),
        ("missing.parquet", "there is no such file"),
        ([3], "Item 0 is a int"),
        ([{"nummer": 1}], 'lacks "number"'),
    ],
)
def test_what_are_no_items_is_refused_in_a_sentence(items, says):
    with nothing_left(), pytest.raises(InputError, match=says):
        PIPELINE.map(items)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_jobs": "8"}, "n_jobs is '8'"),
        ({"on_error": "stop"}, "on_error is 'stop'"),
        ({"backend": "nope"}, 'no joblib backend "nope"'),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_runs(options, says):
    with nothing_left(), pytest.raises(InputError, match=says):
        PIPELINE.map(ROWS, **options)


@pytest.mark.parametrize("rule", [{"retries": 1.5}, {"rate": "fast"}, {"timeout": -1}])
def test_rules_of_a_wrong_kind_are_refused_by_name(rule):
    with pytest.raises(InputError, match=f'Stage "double": {next(iter(rule))} is'):
        stage(double, **rule)


def test_a_later_item_that_is_none_fails_alone():
    batch = PIPELINE.map([{"number": 1}, {"nummer": 2}, 3, {"number": 4}])
    assert [run.ok for run in batch] == [True, False, False, True]
    assert "lacks" in str(batch.failures[0].error)
    assert "Item 2 is a int" in str(batch.failures[1].error)


def test_a_sink_gets_each_run_and_the_batch_keeps_what_failed(tmp_path):
    taken = []
    batch = Pipeline([odd_fails]).map(ROWS[:20], sink=taken.append)
    assert sorted(run.index for run in taken) == list(range(20))
    assert len(batch) == 20
    assert [run.index for run in batch] == list(range(1, 20, 2))


def test_a_file_that_was_cut_off_is_gone_on_with(tmp_path):
    path = tmp_path / "done.jsonl"
    Pipeline([odd_fails]).map(ROWS[:10], sink=path)
    kept = path.read_text()
    path.write_text(kept + '{"item_id": "i10", "ok": tr')
    computed = []

    def noted(number):
        computed.append(number)
        return number

    batch = Pipeline([stage(noted, name="odd_fails")]).map(ROWS[:20], sink=path, resume=path)
    assert batch.skipped == 5
    assert sorted(computed) == [1, 3, 5, 7, 9, *range(10, 20)]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["item_id"] for row in rows if row["ok"]} == {f"i{n}" for n in range(20)}


@pytest.mark.parametrize("done", [{"i1", "i2"}, lambda name: name in {"i1", "i2"}])
def test_items_that_are_done_are_passed_over(done):
    batch = PIPELINE.map(ROWS[:5], resume=done)
    assert [run.item_id for run in batch] == ["i0", "i3", "i4"]
    assert "2 done before" in str(batch)


def test_a_sink_of_another_kind_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(InputError, match="a function or the path of a .jsonl file"):
        PIPELINE.map(ROWS, sink=tmp_path / "done.csv")


def test_a_batch_stops_when_its_budget_is_spent_and_finishes_what_it_began():
    asked = []

    def spent(tally):
        asked.append(tally.finished)
        return tally.cost_usd >= 1.0

    with nothing_left():
        batch = PIPELINE.map(ROWS, n_jobs=4, cost=lambda run: 0.125, stop_when=spent)
    assert batch.stopped
    assert 8 <= len(batch) <= 8 + 64
    assert asked == list(range(1, 9))
    assert all(run.ok for run in batch)
    assert "stopped before the end" in str(batch)


def test_a_stream_that_nobody_reads_on_ends_its_workers():
    with nothing_left():
        runs = PIPELINE.stream(ROWS, n_jobs=4)
        assert next(runs).ok
        runs.close()


def test_a_slow_reader_slows_the_workers_down():
    begun, lock = [], threading.Lock()

    def note(number):
        with lock:
            begun.append(number)
        return number

    runs = Pipeline([note]).stream(iter(ROWS), n_jobs=4)
    for _ in range(10):
        next(runs)
    assert len(begun) < 200
    runs.close()


def test_frames_have_a_row_an_item_and_a_row_a_stage():
    batch = Pipeline([double, odd_fails]).map(ROWS[:4])
    frame = batch.frame
    assert frame.columns == ["item_id", "ok", "error", "seconds", "double", "odd_fails"]
    assert frame["ok"].to_list() == [True, False, True, False]
    assert frame["odd_fails"].to_list() == [0, None, 2, None]
    stages = batch.stages
    assert stages.height == 8
    assert set(stages["status"]) == {"ok", "failed"}
    assert PIPELINE.map([]).frame.columns == ["item_id", "ok", "error", "seconds", "double"]


def test_the_report_of_a_batch_names_total_sequential_savings_speedup_and_efficiency():
    text = str(PIPELINE.map(ROWS[:50], n_jobs=2))
    for word in ("50 items", "total", "sequential", "savings", "speedup", "efficiency", "bound"):
        assert word in text


def test_a_listener_that_raises_ends_the_batch_with_its_error():
    class Broken:
        def stage_finished(self, record):
            raise OSError("the log is full")

        def run_finished(self, run):
            pass

    with nothing_left(), pytest.raises(OSError, match="the log is full"):
        PIPELINE.map(ROWS, n_jobs=3, listener=Broken())


def test_the_first_failure_is_raised_with_nothing_left_behind():
    with nothing_left(), pytest.raises(StageError, match="1 is odd"):
        Pipeline([odd_fails]).map(ROWS, n_jobs=1, on_error="raise")


def test_a_stage_cannot_take_the_name_of_a_column():
    with pytest.raises(InputError, match='cannot be named "error", which is a column'):
        Pipeline([stage(double, name="error")])


def test_a_cost_that_is_no_number_cannot_switch_a_budget_off():
    with nothing_left(), pytest.raises(InputError, match='cost gave nan for item "i0"'):
        PIPELINE.map(ROWS[:1], cost=lambda run: float("nan"), stop_when=lambda t: t.cost_usd > 1)


def test_a_value_that_cannot_be_printed_costs_no_frame():
    class Silent:
        def __str__(self):
            raise OSError("no words")

    batch = Pipeline([stage(lambda number: Silent(), name="silent")]).map(ROWS[:2])
    assert batch.frame["silent"].to_list() == [f"<{Silent.__qualname__}>"] * 2


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_items_that_are_to_be_skipped_when_their_turn_comes_never_begin(n_jobs: int) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        return number

    def after(work: int) -> int:
        return work

    items = [{"number": n} for n in range(200)]
    batch = Pipeline([work, after]).map(
        items,
        n_jobs=n_jobs,
        progress=False,
        skip_when=lambda item: item["number"] % 2 == 1 or len(begun) >= 20,
    )
    assert len(begun) == len(batch) < 20 + n_jobs
    assert all(number % 2 == 0 for number in begun)
    assert batch.passed_over == 200 - len(batch)
    assert f"{batch.passed_over} not begun" in str(batch)


def test_what_skip_when_raises_reaches_the_caller() -> None:
    def refuse(item: object) -> bool:
        raise LookupError("no such item")

    with pytest.raises(LookupError, match="no such item"):
        Pipeline([double]).map(ROWS[:5], n_jobs=2, progress=False, skip_when=refuse)
