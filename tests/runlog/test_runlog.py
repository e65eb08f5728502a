"""The run log: what is recorded is there, once, for everybody, and can only be read by a query."""

import multiprocessing
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.errors import InputError
from tailor_lab.runlog import QueryError, RowError, RunLog, RunLogError

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def log(tmp_path: Path):
    with RunLog(tmp_path / "lab.duckdb") as opened:
        yield opened


def count(log: RunLog, table: str = "runs") -> int:
    return log.sql(f"select count(*) from {table}").item()


def test_a_row_is_seen_before_and_after_it_is_drained(log) -> None:
    log.record("runs", {"run_id": "a", "score_before": 1, "warnings": ["x"]})
    before = log.sql("select * from runs")
    assert log.drain() == 1
    assert log.sql("select * from runs").equals(before)
    assert before.row(0, named=True)["warnings"] == ["x"]


def test_the_operation_of_the_face_gives_the_numbers_of_the_face(log) -> None:
    log.track(score_before=65, score_after=82, target_score=80)
    found = log.effectiveness()
    assert found.avg_improvement == 17
    assert found.target_met_rate == 1.0
    assert found.total_operations == 1


def test_attributes_without_a_column_are_kept_as_json(log) -> None:
    log.track(mode="full", city="Zürich", emoji="🎉", nested={"a": [1, None]})
    row = log.sql(
        "select mode, attributes->>'city' as city, attributes->>'emoji' as emoji from runs"
    )
    assert row.row(0) == ("full", "Zürich", "🎉")


def test_times_with_a_zone_are_kept_in_utc(log) -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    log.record("runs", {"run_id": "a", "recorded_at": datetime(2026, 5, 1, 12, tzinfo=there)})
    assert log.sql("select recorded_at from runs").item() == datetime(2026, 5, 1, 6, 30)


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        ("nowhere", {}, 'no table "nowhere"; there is runs'),
        ("runs", {"colour": "red"}, 'no column "colour"'),
        ("runs", {"score_before": "high"}, 'column "score_before": expected `float`, got `str`'),
        ("runs", {"warnings": "one"}, 'column "warnings"'),
        ("runs", {"attributes": {"x": object()}}, "cannot be written as JSON"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_loses_nothing(log, table, row, says) -> None:
    log.record("runs", {"run_id": "kept"})
    with pytest.raises(RowError, match=says):
        log.record(table, row)
    assert log.sql("select run_id from runs").to_series().to_list() == ["kept"]


@pytest.mark.slow
def test_a_nan_is_null_and_a_huge_field_is_kept(log) -> None:
    log.record("runs", {"run_id": "x" * 10_000_000, "score_after": float("nan")})
    row = log.sql("select length(run_id), score_after from runs").row(0)
    assert row == (10_000_000, None)


@pytest.mark.parametrize(
    "query",
    [
        "drop table runs",
        "insert into runs (run_id) values ('x')",
        "update store.runs set run_id = 'x'",
        "create table mine (i int)",
        "copy runs to 'out.csv'",
        "attach 'other.db'",
        "install httpfs",
        "set enable_external_access = true",
        "pragma database_list",
        "select 1; select 2",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "selec nonsense",
        "select colour from runs",
        "",
    ],
)
def test_a_query_can_only_read_the_log(log, query, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    log.record("runs", {"run_id": "a"})
    log.drain()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(QueryError):
        log.sql(query)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert count(log) == 1


def test_parameters_are_values_and_never_sql(log) -> None:
    hostile = "x'; drop table runs; --"
    log.record("runs", {"run_id": hostile})
    assert log.sql("select run_id from runs where run_id = ?", [hostile]).item() == hostile


def _record_many(path: Path, name: str, rows: int) -> None:
    log = RunLog(path)
    for i in range(rows):
        log.record("runs", {"run_id": f"{name}-{i}", "status": "ok"})
        if i % 100 == 50:
            log.drain()
    log.close()


@pytest.mark.slow
def test_several_processes_write_and_drain_one_log_and_each_row_is_there_once(log) -> None:
    writers = [SPAWN.Process(target=_record_many, args=(log.path, f"w{i}", 400)) for i in range(3)]
    for writer in writers:
        writer.start()
    seen = 0
    while any(writer.is_alive() for writer in writers):
        now = count(log)
        assert now >= seen, "a reader never sees rows vanish"
        seen = now
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert count(log) == log.sql("select count(distinct run_id) from runs").item() == 1200


_WRITE_FOR_EVER = """
import sys
from tailor_lab.runlog import RunLog
log = RunLog(sys.argv[1])
for i in range(10**9):
    log.record("runs", {"run_id": f"{sys.argv[2]}-{i}"})
    print(i, flush=True)
    if i % 200 == 100:
        log.drain()
"""


@pytest.mark.slow
@pytest.mark.faults
def test_kill_9_loses_no_acknowledged_row_and_doubles_none(log) -> None:
    for attempt in range(4):
        name = f"killed{attempt}"
        command = [sys.executable, "-c", _WRITE_FOR_EVER, str(log.path), name]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        wanted = 150 + 130 * attempt
        for line in process.stdout:
            if int(line) >= wanted:
                process.send_signal(signal.SIGKILL)
                break
        acknowledged = [int(line) for line in process.stdout]
        process.wait()
        last = max([wanted, *acknowledged])
        found = log.sql("select run_id from runs where run_id like ?", [f"{name}-%"])
        numbers = found["run_id"].str.split("-").list.last().cast(pl.Int64)
        assert numbers.n_unique() == len(numbers)
        assert set(range(last + 1)) <= set(numbers.to_list())


@pytest.mark.slow
def test_a_torn_last_line_is_cut_off_and_what_stands_before_it_kept(log, tmp_path) -> None:
    process = SPAWN.Process(target=_die_with_rows, args=(log.path,))
    process.start()
    process.join()
    (segment,) = (tmp_path / "lab.journal" / "runs").glob("*.ndjson")
    with segment.open("ab") as file:
        file.write(b'{"run_id": "torn')
    assert count(log) == 5
    assert log.drain() == 5
    assert count(log) == 5
    assert log.drain() == 0


def _die_with_rows(path: Path) -> None:
    log = RunLog(path)
    for i in range(5):
        log.record("runs", {"run_id": str(i)})
    os._exit(1)


def test_a_crash_between_commit_and_removal_brings_no_row_twice(log, tmp_path) -> None:
    log.record("runs", {"run_id": "once"})
    (segment,) = (tmp_path / "lab.journal" / "runs").glob("*.ndjson")
    content = segment.read_bytes()
    log.drain()
    segment.write_bytes(content)
    assert count(log) == 1
    log.drain()
    assert count(log) == 1
    assert not segment.exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_writes_segments_of_its_own(log) -> None:
    log.record("runs", {"run_id": "parent-1"})
    child = os.fork()
    if child == 0:
        log.record("runs", {"run_id": "child"})
        os._exit(0)
    os.waitpid(child, 0)
    log.record("runs", {"run_id": "parent-2"})
    found = log.sql("select run_id from runs order by 1").to_series().to_list()
    assert found == ["child", "parent-1", "parent-2"]


@pytest.mark.slow
def test_a_database_that_is_open_elsewhere_stops_no_recording(log) -> None:
    import duckdb

    log.record("runs", {"run_id": "a"})
    log.drain()
    opening = f"connection = duckdb.connect({str(log.path)!r})"
    code = f"import duckdb; {opening}; print('open', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "open\n"
    log.record("runs", {"run_id": "b"})
    with pytest.raises(RunLogError, match="open in another program"):
        log.drain()
    other.communicate("\n")
    assert count(log) == 2
    log.drain()
    with duckdb.connect(log.path, read_only=True) as connection:
        assert connection.execute("select count(*) from runs").fetchall() == [(2,)]


def test_a_corrupt_database_is_said_in_a_sentence_and_the_journal_kept(tmp_path) -> None:
    path = tmp_path / "lab.duckdb"
    path.write_bytes(b"this is no database" * 100)
    log = RunLog(path)
    log.record("runs", {"run_id": "a"})
    with pytest.raises(RunLogError, match="cannot be opened as a DuckDB database") as caught:
        log.sql("select 1")
    assert "\n" not in str(caught.value)
    path.unlink()
    assert count(log) == 1


def test_a_database_of_a_newer_version_is_refused_and_left_alone(log) -> None:
    import duckdb

    log.record("runs", {"run_id": "a"})
    log.drain()
    with duckdb.connect(log.path) as connection:
        connection.execute("update _meta set value = '99' where key = 'schema'")
    log.record("runs", {"run_id": "b"})
    with pytest.raises(RunLogError, match="newer tailor_lab"):
        log.drain()
    assert count(log) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunLogError, match="cannot write to"):
        RunLog(tmp_path / "deep" / "lab.duckdb").record("runs", {"run_id": "a"})


OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["partial", "full"]),
            "score_before": st.floats(0, 100),
            "score_after": st.none() | st.floats(0, 100),
            "target_score": st.none() | st.floats(0, 100),
            "tokens_used": st.none() | st.integers(0, 10_000),
            "duration_ms": st.none() | st.floats(0, 1e5),
            "confidence": st.none() | st.floats(0, 1),
            "recorded_at": st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 9)),
        }
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(OPERATIONS)
def test_effectiveness_equals_a_plain_computation(tmp_path_factory, operations) -> None:
    log = RunLog(tmp_path_factory.mktemp("log") / "lab.duckdb")
    for operation in operations:
        log.track(**{k: v for k, v in operation.items() if v is not None})
    found = log.effectiveness()
    gains = [
        o["score_after"] - o["score_before"] for o in operations if o["score_after"] is not None
    ]
    met = [
        o["score_after"] >= o["target_score"]
        for o in operations
        if o["score_after"] is not None and o["target_score"] is not None
    ]
    assert found.total_operations == len(operations)
    assert found.avg_improvement == pytest.approx(_mean(gains), abs=1e-9)
    assert found.target_met_rate == pytest.approx(_mean(met))
    assert found.tokens == sum(o["tokens_used"] or 0 for o in operations)
    assert found.performance_by_mode["total_operations"].sum() == len(operations)
    days = {o["recorded_at"].date() for o in operations}
    assert found.improvement_trend["day"].to_list() == sorted(days)
    for mode in ("partial", "full"):
        part = log.effectiveness(mode=mode)
        assert part.total_operations == sum(o["mode"] == mode for o in operations)
    first = log.effectiveness(until=datetime(2026, 1, 5))
    assert first.total_operations == sum(
        o["recorded_at"] < datetime(2026, 1, 5) for o in operations
    )
    log.close()


def _mean(values: list) -> float | None:
    return sum(values) / len(values) if values else None


def test_only_the_last_days_are_counted(log) -> None:
    for days in (1, 5, 40):
        log.track(
            score_before=1, score_after=2, recorded_at=datetime.now(UTC) - timedelta(days=days)
        )
    assert log.effectiveness(days=7).total_operations == 2


def test_a_column_that_is_none_is_refused_by_name(log) -> None:
    with pytest.raises(InputError, match='no column "colour"'):
        log.effectiveness(by="colour")


def test_a_trend_of_what_nobody_measured_is_refused_by_name(tmp_path) -> None:
    log = RunLog(tmp_path / "lab.duckdb")
    log.track(score_before=65, score_after=82)
    with pytest.raises(InputError, match='No run measured "nope".*no scores are recorded yet'):
        log.trend("nope")


def test_operations_without_a_price_are_counted_and_not_taken_for_free(tmp_path) -> None:
    log = RunLog(tmp_path / "lab.duckdb")
    log.track(score_before=65, score_after=82, cost_usd=0.25)
    log.track(score_before=65, score_after=82)
    found = log.effectiveness()
    assert (found.cost_usd, found.unpriced) == (0.25, 1)
    assert "$0.2500, without 1 operations whose price is not known" in str(found)
