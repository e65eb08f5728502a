"""Looking after the log: people are forgotten, months leave, versions move on, checks tell."""

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tailor_lab.errors import InputError
from tailor_lab.runlog import RunLog, RunLogError
from tailor_lab.runlog.storage.content import redact
from tests.growth import grows_linearly


@pytest.fixture
def log(tmp_path: Path):
    with RunLog(tmp_path / "lab.duckdb") as opened:
        yield opened


def count(log: RunLog, table: str = "runs") -> int:
    return log.sql(f"select count(*) from {table}").item()


def two_people(log: RunLog) -> None:
    shared = log.store("the instructions that everybody gets")
    for user in ("lovelace", "bob"):
        for i in range(3):
            run = f"{user}-{i}"
            old = datetime.now(UTC) - timedelta(days=70 * i)
            log.record("stages", {"run_id": run, "stage": "rewrite", "started_at": old})
            own = log.store(f"the letter of {user}")
            for ref in (own, shared):
                log.record("llm_requests", {"run_id": run, "content_ref": ref, "at": old})
            log.record("events", {"run_id": run, "user_id": user, "event": "viewed", "at": old})
            log.track(user_id=user, run_id=run, recorded_at=old, resume_id=f"r-{user}")


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_person_is_forgotten_in_every_table_and_archive_and_nobody_else_is(log, tmp_path) -> None:
    two_people(log)
    log.retain(days=30)
    gone = log.forget(user_id="lovelace")
    assert gone == {"runs": 3, "events": 3, "stages": 3, "llm_requests": 6, "contents": 1}
    left = log.sql("select distinct user_id from runs union select user_id from events")
    assert left["user_id"].to_list() == ["bob"]
    for table in ("runs", "stages", "events"):
        assert count(log, table) == 3
    assert count(log, "llm_requests") == 6
    assert count(log, "contents") == 2
    assert log.check().ok
    assert b"lovelace" not in bytes_of(tmp_path)


def test_rows_that_another_process_holds_are_forgotten_too(log, tmp_path) -> None:
    with RunLog(log.path, drains=False) as other:
        other.track(user_id="ada", run_id="a1")
        other.record("stages", {"run_id": "a1", "stage": "rewrite"})
        other.track(user_id="bob", run_id="b1")
        log.forget(user_id="ada")
        assert log.sql("select run_id from runs")["run_id"].to_list() == ["b1"]
        assert count(log, "stages") == 0
        other.track(user_id="ada", run_id="a2")
        assert sorted(log.sql("select run_id from runs")["run_id"]) == ["a2", "b1"]
    log.drain()
    assert sorted(log.sql("select run_id from runs")["run_id"]) == ["a2", "b1"]
    assert log.check().ok


def test_a_resume_is_forgotten_with_all_its_runs(log) -> None:
    two_people(log)
    log.forget(resume_id="r-bob")
    assert set(log.sql("select user_id from runs")["user_id"]) == {"lovelace"}
    with pytest.raises(InputError, match="one of user_id and resume_id"):
        log.forget()


def test_months_that_left_as_parquet_are_still_seen(log, tmp_path) -> None:
    two_people(log)
    before = log.sql("select * from runs order by run_id")
    moved = log.retain(days=30)
    assert moved == 2 * 2 * (1 + 1 + 2 + 1)
    assert log.sql("select * from runs order by run_id").equals(before)
    archives = list((tmp_path / "lab.journal" / "archive" / "runs").glob("*.parquet"))
    assert {path.name[:7] for path in archives} == set(
        before.filter(pl.col("recorded_at") < datetime.now() - timedelta(days=30))["recorded_at"]
        .dt.strftime("%Y-%m")
        .to_list()
    )
    assert log.retain(days=30) == 0
    assert log.check().ok
    assert log.effectiveness().total_operations == 6


def test_what_is_retained_without_an_archive_is_gone(log) -> None:
    two_people(log)
    log.retain(days=30, archive=False)
    assert count(log) == 2
    assert log.check().ok


@pytest.mark.slow
def test_a_check_tells_a_changed_archive_a_missing_row_and_a_double_run(log, tmp_path) -> None:
    two_people(log)
    log.retain(days=30)
    assert log.check().ok
    log.record("runs", {"run_id": "lovelace-0"})
    log.drain()
    with duckdb.connect(log.path) as connection:
        connection.execute("delete from events where run_id = 'lovelace-0'")
    text = str(log.check())
    assert "events has" in text
    assert "share their run_id" in text
    archive = next((tmp_path / "lab.journal" / "archive" / "stages").glob("*.parquet"))
    content = bytearray(archive.read_bytes())
    content[6] ^= 0xFF
    archive.write_bytes(bytes(content))
    assert "is not what was written" in str(log.check())
    archive.unlink()
    found = log.check()
    assert not found.ok
    assert "is missing" in str(found)


def test_compacting_wins_room_and_keeps_every_row(log) -> None:
    for i in range(3000):
        log.record("runs", {"run_id": f"{i}", "error": f"{i * 7919}" * 40})
    log.drain()
    with duckdb.connect(log.path) as connection:
        connection.execute("checkpoint")
    log.retain(days=0, archive=False)
    log.record("runs", {"run_id": "last"})
    assert log.compact() > 0
    assert log.sql("select run_id from runs").item() == "last"
    assert log.check().ok


def test_compacting_removes_archives_that_a_crash_left_uncounted(log, tmp_path) -> None:
    two_people(log)
    log.retain(days=30)
    before = count(log)
    folder = tmp_path / "lab.journal" / "archive" / "runs"
    counted = next(folder.glob("*.parquet"))
    left = folder / "2026-01-crashed.parquet"
    left.write_bytes(counted.read_bytes())
    assert count(log) == before
    log.compact()
    assert not left.exists()
    assert counted.exists()
    assert count(log) == before


def test_hashes_of_the_forgotten_go_when_nothing_old_can_come_any_more(log) -> None:
    two_people(log)
    log.forget(user_id="lovelace")
    log.compact()
    kept = "select count(*) from _forgotten"
    with duckdb.connect(log.path) as connection:
        assert connection.execute(kept).fetchone()[0] > 0
        connection.execute("update _forgotten set forgotten_at = timestamp '2020-01-01'")
    log.compact()
    with duckdb.connect(log.path, read_only=True) as connection:
        assert connection.execute(kept).fetchone()[0] == 0


def version_1(path: Path) -> None:
    """A database as the first version made it."""
    with duckdb.connect(path) as connection:
        connection.execute("create table _meta (key varchar primary key, value varchar)")
        connection.execute("insert into _meta values ('schema', '1')")
        connection.execute("create table _segments (name varchar primary key, rows bigint)")
        connection.execute("insert into _segments values ('runs/1-here-2-abc.ndjson', 1)")
        connection.execute(
            "create table runs (run_id varchar, recorded_at timestamp, mode varchar)"
        )
        connection.execute("insert into runs values ('old', now()::timestamp, 'full')")


def test_an_older_database_is_read_and_migrated_in_place_after_a_copy_was_kept(tmp_path) -> None:
    path = tmp_path / "lab.duckdb"
    version_1(path)
    log = RunLog(path)
    assert log.sql("select run_id, cost_usd from runs").row(0) == ("old", None)
    assert count(log, "contents") == 0
    log.record("runs", {"run_id": "new", "cost_usd": 1.0})
    assert count(log) == 2
    # A crash of the first version after its commit: its segment must not come in again.
    left = tmp_path / "lab.journal" / "runs" / "1-here-2-abc.ndjson"
    left.write_text('{"run_id":"old","recorded_at":"2026-01-01T00:00:00"}\n')
    assert count(log) == 2
    assert log.drain() == 1
    assert count(log) == 2
    assert log.check().ok
    with duckdb.connect(tmp_path / "lab.v1.duckdb", read_only=True) as kept:
        assert kept.execute("select run_id from runs").fetchall() == [("old",)]
    log.close()


def test_segments_of_a_newer_version_wait_for_it(log, tmp_path) -> None:
    log.record("runs", {"run_id": "now"})
    newer = tmp_path / "lab.journal" / "runs" / "9-there-1-abc.v99.ndjson"
    newer.write_text('{"run_id":"later","unheard_of":1}\n')
    assert count(log) == 1
    log.drain()
    assert newer.exists()


def test_contents_are_stored_once_and_without_the_persons_details(log) -> None:
    text = "Dear Ada Lovelace, write to ada@example.org or call +44 20 7946 0958."
    refs = {log.store(text, names=["Ada Lovelace"]) for _ in range(5)}
    with RunLog(log.path) as other:
        refs.add(other.store(text, names=["Ada Lovelace"]))
    (ref,) = refs
    assert count(log, "contents") == 1
    log.drain()
    assert count(log, "contents") == 1
    assert log.content(ref) == "Dear [name], write to [email] or call [phone]."
    assert log.check().ok
    with pytest.raises(InputError, match="No content"):
        log.content("0" * 64)


def test_content_is_not_stored_or_not_redacted_where_the_log_says_so(tmp_path) -> None:
    silent = RunLog(tmp_path / "a.duckdb", store_content=False)
    assert silent.store("anything") is None
    assert count(silent, "contents") == 0
    whole = RunLog(tmp_path / "b.duckdb", redact=False)
    assert whole.content(whole.store("ada@example.org")) == "ada@example.org"
    whole.close()


@pytest.mark.parametrize(
    "text",
    [
        "2019-2023",
        "2019-01 – 2023-06",
        "2021-03-15",
        "raised 1,200,000 USD",
        "ISO 27001",
        "3.14159",
    ],
)
def test_dates_and_amounts_are_no_phone_numbers(text) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "number", ["+49 (0)30 1234567", "(212) 555-0173", "020 7946 0958", "+15550123456"]
)
def test_phone_numbers_are_left_out_however_they_are_written(number) -> None:
    assert redact(f"call {number} now") == "call [phone] now"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_an_export_holds_what_was_recorded(log, tmp_path, ending) -> None:
    two_people(log)
    (file,) = log.export(tmp_path / f"runs.{ending}")
    frame = pl.read_parquet(file) if ending == "parquet" else pl.read_csv(file)
    assert sorted(frame["run_id"]) == sorted(log.sql("select run_id from runs")["run_id"])
    files = log.export(tmp_path / "all", form=ending)
    assert {path.name for path in files} >= {f"runs.{ending}", f"contents.{ending}"}


def test_no_cell_of_an_exported_csv_is_a_formula(log, tmp_path) -> None:
    texts = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@sum(a1)", "\t=1", "plain = text", "it's"]
    for text in texts:
        log.record("runs", {"run_id": text, "status": text, "score_before": -1.5})
    frame = pl.read_csv(log.export(tmp_path / "runs.csv")[0], infer_schema_length=None)
    shown = [*(f"'{text}" for text in texts[:5]), *texts[5:]]
    assert sorted(frame["run_id"]) == sorted(shown)
    assert set(frame["score_before"]) == {-1.5}, "numbers stay numbers"
    exact = pl.read_parquet(log.export(tmp_path / "runs.parquet")[0])
    assert sorted(exact["run_id"]) == sorted(texts)


@pytest.mark.parametrize(
    ("path", "tables", "says"),
    [
        ("out.xlsx", [], "ends in .parquet or .csv"),
        ("out.csv", ["runs", "stages"], "holds one table"),
        ("out.csv", ["nowhere"], "There is no table"),
    ],
)
def test_an_export_that_cannot_be_is_refused_in_a_sentence(
    log, tmp_path, path, tables, says
) -> None:
    with pytest.raises(InputError, match=says):
        log.export(tmp_path / path, tables=tables)


def test_several_homes_are_ingested_by_one_log_and_each_row_comes_once(log, tmp_path) -> None:
    homes = [tmp_path / f"host{i}" for i in range(3)]
    for i, home in enumerate(homes):
        with RunLog(home / "lab.duckdb", drains=False) as worker:
            for j in range(10):
                worker.record("runs", {"run_id": f"{i}-{j}"})
        assert not (home / "lab.duckdb").exists()
    journals = [home / "lab.journal" for home in homes]
    with (homes[0] / "lab.journal" / "drain.lock").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        assert log.ingest(*journals) == 20
    assert log.ingest(*journals) == 10
    assert log.ingest(*journals) == 0
    assert log.sql("select count(distinct run_id) from runs").item() == 30
    with pytest.raises(InputError, match="no folder"):
        log.ingest(tmp_path / "nowhere")


def test_a_log_lives_in_any_duckdb_file_named_by_url(tmp_path) -> None:
    url = f"duckdb:{tmp_path}/team/shared.duckdb"
    log = RunLog(url, journal=tmp_path / "here")
    log.record("runs", {"run_id": "a"})
    assert log.drain() == 1
    assert count(log) == 1
    with duckdb.connect(tmp_path / "team" / "shared.duckdb", read_only=True) as connection:
        assert connection.execute("select run_id from runs").fetchall() == [("a",)]


def test_a_target_whose_extension_is_missing_is_said_and_rows_wait(tmp_path, monkeypatch) -> None:
    # DuckDB looks for extensions in the home folder; in an empty one there are none, and no
    # network is asked for them.
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match="needs journal="):
        RunLog("quack:localhost")
    log = RunLog("quack:localhost", journal=tmp_path / "journal", drains=False)
    log.record("runs", {"run_id": "a"})
    with pytest.raises(RunLogError, match="needs a DuckDB extension.*INSTALL quack"):
        log.drain()
    assert list((tmp_path / "journal" / "runs").glob("[!.]*"))
    with pytest.raises(InputError, match="nothing that DuckDB can attach"):
        RunLog("gopher://x")


def test_following_yields_what_other_logs_record_and_nothing_twice(log) -> None:
    log.record("runs", {"run_id": "before"})
    turns = iter(range(3))
    other = RunLog(log.path)

    def stop() -> bool:
        turn = next(turns, None)
        if turn is not None:
            other.record("runs", {"run_id": f"new-{turn}"})
        return turn is None

    seen = [row for frame in log.follow(poll_s=0.01, stop=stop) for row in frame["run_id"]]
    assert seen == ["before", "new-0", "new-1", "new-2"]
    other.close()


def test_progress_counts_runs_and_means_so_far(log) -> None:
    for i in range(6):
        log.record(
            "runs",
            {
                "run_id": f"{i}",
                "status": "failed" if i == 5 else "ok",
                "experiment": "e",
                "variant": "ab"[i % 2],
                "improvement": float(i),
            },
        )
    now = log.progress(experiment="e")
    assert (now.runs, now.failed, now.mean) == (6, 1, 2.0)
    means = dict(now.course.group_by("variant").agg(pl.col("value").last()).iter_rows())
    assert means == {"a": 2.0, "b": 2.0}
    with pytest.raises(InputError, match="no number"):
        log.progress("mode")


@pytest.mark.parametrize("view", ["effectiveness", "engagement", "system", "costs"])
def test_the_sql_that_an_answer_shows_is_the_sql_that_ran(log, view) -> None:
    two_people(log)
    answer = getattr(log, view)(since="2020-01-01", user_id="lovelace")
    again = [log.sql(query) for query in answer.sql.split(";\n\n")]
    frames = [value for value in vars(answer).values() if isinstance(value, pl.DataFrame)]
    assert frames
    assert all(any(frame.equals(other) for other in again) for frame in frames)


def test_hostile_filters_are_values(log) -> None:
    log.track(user_id="x' or '1'='1", score_before=1, score_after=2)
    log.track(user_id="other")
    assert log.effectiveness(user_id="x' or '1'='1").total_operations == 1
    with pytest.raises(InputError, match='No run measured "no such\'; drop table runs; --"'):
        log.trend("no such'; drop table runs; --")
    assert log.sql("select count(*) from runs").item() == 2


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (lambda log: log.trend("improvement", every="7 moons"), "write it as"),
        (lambda log: log.trend("mode"), "is no number"),
        (lambda log: log.costs(level=95), "between 0 and 1"),
        (lambda log: log.system(since="yesterday"), "is no time"),
        (lambda log: log.engagement(by="colour"), 'no column "colour"'),
        (lambda log: log.retain(days=-1), "0 or more"),
        (lambda log: RunLog(log.path, fsync="sometimes"), "never, interval or always"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_by_a_sentence(log, question, says) -> None:
    with pytest.raises(InputError, match=says):
        question(log)


def test_the_return_has_an_interval_that_clusters_by_resume(log) -> None:
    for i in range(40):
        log.track(
            run_id=f"r{i}",
            resume_id=f"c{i // 10}",
            score_before=50,
            score_after=90 if i // 10 % 2 else 60,
            target_score=80,
            cost_usd=1.0,
        )
    found = log.costs(value_per_success=4.0)
    assert found.roi == pytest.approx(4.0 * 20 / 40 - 1)
    # Four résumés, each all or nothing: residuals of ±5 over a cost of 40.
    error = 4.0 * (4 / 3 * 4 * 25) ** 0.5 / 40
    assert found.roi_high - found.roi == pytest.approx(1.959964 * error, rel=1e-4)


def test_a_filter_may_be_a_list_of_values(log) -> None:
    for run, mode in (("a", "full"), ("b", "partial"), ("c", None), ("o'd", "full")):
        log.record("runs", {"run_id": run, "status": "ok", "mode": mode})
    for wanted, count in (
        (["a", "b"], 2),
        (("o'd",), 1),
        ({"a", "none such"}, 1),
        ([], 0),
    ):
        assert log.effectiveness(run_id=wanted).total_operations == count
    assert log.effectiveness(mode=["full", None]).total_operations == 3


@pytest.mark.parametrize("folder", ["variant=other", "lr=0.1", "run_id=3", "a b=c&d"])
def test_a_folder_that_reads_like_a_column_changes_no_row(tmp_path: Path, folder: str) -> None:
    """Tools that keep runs apart name folders so; a reader of Parquet takes them for columns."""
    home = tmp_path / folder
    home.mkdir()
    with RunLog(home / "lab.duckdb") as log:
        two_people(log)
        log.record("runs", {"run_id": "a", "variant": "mine"})
        log.drain()
        assert log.sql("select variant from runs where run_id = 'a'").item() == "mine"
        assert log.retain(days=30) > 0
        log.forget(user_id="bob")
        assert count(log) == 4
        assert log.check().ok


@pytest.mark.parametrize(
    "run", ["x", "x.", "-", "a@", "@", "1", "1 ", "+1 (2) ", "a.b@c.", "x@y"], ids=repr
)
def test_leaving_details_out_takes_time_in_proportion_to_the_text(run: str) -> None:
    assert grows_linearly(
        lambda text: redact(text, ["Ada Lovelace"]), lambda size: (run * size)[:size], 20_000
    )
