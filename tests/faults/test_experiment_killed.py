"""An experiment that is killed goes on where it stopped, and the log holds each run once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tailor_lab import Lab
from tailor_lab.settings import shipped
from tailor_lab.tailoring.stages import tailoring_pipeline

pytestmark = pytest.mark.slow

DEFINITION = f"""\
name: killed
items: {shipped("data/pairs.jsonl")}
limit: 40
variants:
  - {{name: plain, prompt: plain}}
  - {{name: grounded, prompt: grounded}}
primary: {{metric: improvement, margin: 2.0}}
"""


@pytest.mark.faults
def test_a_killed_run_finishes_what_is_missing(tmp_path: Path) -> None:
    process = _start(tmp_path, latency_ms=200)
    lab = Lab(tmp_path / ".lab")
    before = _wait_for_runs(lab, at_least=10)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    recorded = _finished(lab)
    assert before <= recorded < 80, "it was killed half-way and lost nothing that it had recorded"

    again = _start(tmp_path, latency_ms=0)
    again.communicate(timeout=100)
    assert again.returncode == 0
    runs = lab.log.sql("select cell, run_id, status from runs where experiment = 'killed'")
    assert runs.height == 80
    assert runs["cell"].n_unique() == runs["run_id"].n_unique() == 80
    stages = lab.log.sql("select count(*) from stages where run_id in (select run_id from runs)")
    assert stages.item() == 80 * len(tailoring_pipeline().stages)
    comparison = lab.result("killed").compare()
    assert comparison["grounded", "improvement"].n == 40
    lab.close()


@pytest.mark.faults
def test_ctrl_c_stops_promptly_and_keeps_what_is_finished(tmp_path: Path) -> None:
    process = _start(tmp_path, latency_ms=300)
    lab = Lab(tmp_path / ".lab")
    _wait_for_runs(lab, at_least=5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip().endswith("What was finished is kept; run again to go on.")
    assert "Traceback" not in errors
    assert 5 <= _finished(lab) < 80
    lab.close()


@pytest.mark.faults
def test_two_processes_make_each_run_once_between_them(tmp_path: Path) -> None:
    processes = [_start(tmp_path, latency_ms=20) for _ in range(2)]
    outputs = [process.communicate(timeout=100) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0][0] == outputs[1][0]
    with Lab(tmp_path / ".lab") as lab:
        assert lab.log.sql("select count(*) from runs").item() == 80


RACE = """\
import sys
from tailor_lab import Lab
with Lab(sys.argv[1]) as lab:
    race = lab.race("killed.yaml", n_jobs=4)
    print(race.best, race.runs, sorted(race.within), sorted(race.eliminated))
"""


@pytest.mark.faults
def test_a_killed_race_goes_on_and_answers_as_if_it_had_not_been(tmp_path: Path) -> None:
    (tmp_path / "killed.yaml").write_text(DEFINITION.replace("limit: 40", "limit: 24"))

    def started(home: str, latency_ms: float) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RACE, home],
            cwd=tmp_path,
            env={**os.environ, "TAILOR_LAB_OFFLINE_LATENCY_MS": str(latency_ms)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    process = started(".lab", 1000)
    with Lab(tmp_path / ".lab") as lab:
        _wait_for_runs(lab, at_least=5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert 5 <= _finished(lab) < 24, "it was killed within its first round"
        answers = [started(home, 0).communicate(timeout=140) for home in (".lab", "whole")]
        assert answers[0][0] == answers[1][0] != "", answers[0][1]
        assert f" {_finished(lab)} " in answers[0][0], "no run was made twice"


def _start(folder: Path, *, latency_ms: float) -> subprocess.Popen[str]:
    (folder / "killed.yaml").write_text(DEFINITION)
    return subprocess.Popen(
        [sys.executable, "-m", "tailor_lab", "run", "killed.yaml"],
        cwd=folder,
        env={**os.environ, "TAILOR_LAB_OFFLINE_LATENCY_MS": str(latency_ms)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for_runs(lab: Lab, *, at_least: int) -> int:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        count = _finished(lab)
        if count >= at_least:
            return count
        time.sleep(0.02)
    raise AssertionError("the run never got going")


def _finished(lab: Lab) -> int:
    return lab.log.sql("select count(*) from runs where status = 'ok'").item()
