"""`tailor-lab log`: the log asked, followed, exported and looked after from a terminal."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tailor_lab.cli.log import app
from tailor_lab.errors import InputError
from tailor_lab.lab import Lab
from tailor_lab.settings import shipped


@pytest.fixture
def lab(tmp_path: Path):
    with Lab(tmp_path / ".lab") as opened:
        for i in range(3):
            opened.log.track(
                run_id=f"r{i}", user_id=f"u{i}", mode="full", score_before=60, score_after=70 + i
            )
        yield opened


def told(lab: Lab, *arguments: str, code: int = 0) -> str:
    lab.log.drain()
    result = CliRunner().invoke(app, [*arguments, "--home", str(lab.settings.home)])
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_last_runs_are_told_in_a_line_each_or_as_json(lab) -> None:
    lines = told(lab, "tail", "--no-follow", "-n", "2").splitlines()
    assert ["run_id=r1" in lines[0], "run_id=r2" in lines[1]] == [True, True]
    row = json.loads(told(lab, "tail", "--no-follow", "-n", "1", "--json"))
    assert row["score_after"] == 72


def test_a_person_is_forgotten_from_the_terminal(lab) -> None:
    assert told(lab, "forget", "--user", "u1") == "Erased: 1 runs.\n"
    assert json.loads(told(lab, "forget", "--user", "u1", "--json")) == {}
    assert "2" in told(lab, "sql", "select count(*) as n from runs")


def test_the_log_is_archived_compacted_and_checked_from_the_terminal(lab) -> None:
    assert told(lab, "retain", "--days", "0") == "3 rows archived.\n"
    assert "bytes won" in told(lab, "compact")
    assert "Nothing is lost" in told(lab, "check")
    found = json.loads(told(lab, "check", "--json"))
    assert (found["ok"], found["rows"]["runs"]) == (True, 3)


def test_a_check_that_finds_something_wrong_fails(lab) -> None:
    lab.log.record("runs", {"run_id": "r0"})
    assert "share their run_id" in told(lab, "check", code=1)


def test_tables_are_exported_from_the_terminal(lab, tmp_path) -> None:
    assert told(lab, "export", str(tmp_path / "runs.csv")).strip() == str(tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text().count("\n") == 4


def test_watching_shows_counters_and_ends_in_time(lab, capsys) -> None:
    lab.watch(for_s=0.0, every_s=0.01)
    assert "3 runs, 0 failed" in capsys.readouterr().out


def test_what_a_tailoring_sends_is_stored_once_without_the_owners_details(tmp_path) -> None:
    resume = json.loads(shipped("data/resumes/data-mid-analyst.json").read_text())
    resume["basics"]["name"], resume["basics"]["email"] = "Zyxa Quendel", "zq@example.org"
    job = shipped("data/jobs/job-data-analyst-operations.json")
    with Lab(tmp_path / ".lab") as lab:
        lab.tailor(resume, job)
        first = lab.log.sql("select request_ref, reply_ref from llm_requests")
        texts = lab.log.sql("select count(*) from contents").item()
        lab.tailor(resume, job)
        assert lab.log.sql("select count(*) from contents").item() == texts
        assert first.height
        for row in first.iter_rows():
            for ref in row:
                assert "Quendel" not in lab.log.content(ref)
                assert "zq@example.org" not in lab.log.content(ref)
        assert "<resume>" in lab.log.content(first["request_ref"][0])
        assert lab.log.check().ok
        lab.log.drain()
    assert b"Quendel" not in (tmp_path / ".lab" / "lab.duckdb").read_bytes()


def test_no_content_is_stored_where_the_settings_say_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TAILOR_LAB_LOG_CONTENT", "none")
    with Lab(tmp_path / ".lab") as lab:
        lab.llm.complete([{"role": "user", "content": "hello"}])
        assert lab.log.sql("select count(*) from contents").item() == 0
    monkeypatch.setenv("TAILOR_LAB_LOG_CONTENT", "some")
    with pytest.raises(InputError, match="one of none, redacted, whole"):
        Lab(tmp_path / ".lab")
