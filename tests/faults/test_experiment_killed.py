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
    (tmp_path / "killed.yaml").write_text(DEFINITION)
    command = [sys.executable, "-m", "tailor_lab", "run", "killed.yaml"]
    environment = {**os.environ, "TAILOR_LAB_OFFLINE_LATENCY_MS": "200"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    lab = Lab(tmp_path / ".lab")
    before = _wait_for_runs(lab, at_least=10)
    process.send_signal(signal.SIGKILL)
    process.wait()
    recorded = _finished(lab)
    assert before <= recorded < 80, "it was killed half-way and lost nothing that it had recorded"

    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, timeout=100)
    assert done.returncode == 0
    runs = lab.log.sql("select cell, run_id, status from runs where experiment = 'killed'")
    assert runs.height == 80
    assert runs["cell"].n_unique() == runs["run_id"].n_unique() == 80
    stages = lab.log.sql("select count(*) from stages where run_id in (select run_id from runs)")
    assert stages.item() == 80 * 9
    comparison = lab.result("killed").compare()
    assert comparison["grounded", "improvement"].n == 40
    lab.close()


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
