"""Checkpoints under kill -9: the database opens afterwards, and every row is there once."""

import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tailor_lab.runlog import RunLog
from tailor_lab.runlog.storage import checkpoint

pytestmark = [pytest.mark.faults, pytest.mark.slow]

DRAINER = """
import os, sys
from tailor_lab.runlog import RunLog
from tailor_lab.runlog.storage import checkpoint
checkpoint.SMALLEST_WAL_BYTES = 1
log = RunLog(sys.argv[1])
for i in range(10**9):
    log.record("runs", {"run_id": f"{sys.argv[2]}-{i}", "status": "ok"})
    if i % 200 == 199:
        log.drain()
        os.write(1, f"{i}\\n".encode())
"""


def _recorded(path: Path, rows: int) -> RunLog:
    log = RunLog(path)
    for i in range(rows):
        log.record("runs", {"run_id": f"r{i}", "status": "ok"})
    log.drain()
    return log


def test_a_drain_appends_and_makes_no_checkpoint_in_the_live_file(tmp_path) -> None:
    path = tmp_path / "lab.duckdb"
    _recorded(path, 1)
    before = path.read_bytes()
    _recorded(path, 500)
    assert path.read_bytes() == before
    assert checkpoint.wal_of(path).stat().st_size > 10_000


def test_a_wal_that_has_grown_is_carried_over_and_gone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "SMALLEST_WAL_BYTES", 1)
    path = tmp_path / "lab.duckdb"
    log = _recorded(path, 500)
    assert not checkpoint.wal_of(path).exists()
    assert sorted(file.name for file in tmp_path.glob("*.duckdb*")) == ["lab.duckdb"]
    assert log.sql("select count(distinct run_id) as n from runs").item() == 500


def test_a_crash_between_the_new_file_and_the_removal_of_its_wal_is_healed(tmp_path) -> None:
    path = tmp_path / "lab.duckdb"
    log = _recorded(path, 500)
    fresh = checkpoint.checkpointed_copy(path)
    assert fresh is not None
    note = log.journal_folder / "replacing"
    note.write_text(str(fresh.stat().st_ino))
    fresh.rename(path)
    with pytest.raises(duckdb.IOException, match="WAL"):
        duckdb.connect(str(path), read_only=True)
    assert log.sql("select count(distinct run_id) as n from runs").item() == 500
    assert not note.exists()
    assert not checkpoint.wal_of(path).exists()


def test_a_crash_before_the_new_file_has_its_name_keeps_the_wal(tmp_path) -> None:
    path = tmp_path / "lab.duckdb"
    log = _recorded(path, 500)
    fresh = checkpoint.checkpointed_copy(path)
    assert fresh is not None
    (log.journal_folder / "replacing").write_text(str(fresh.stat().st_ino))
    assert log.sql("select count(distinct run_id) as n from runs").item() == 500
    assert checkpoint.wal_of(path).exists()


@pytest.mark.timeout(300)
def test_a_drainer_killed_at_its_checkpoints_loses_nothing(tmp_path) -> None:
    rng, path = random.Random(7), tmp_path / "lab.duckdb"
    acknowledged = {}
    for number in range(12):
        command = [sys.executable, "-c", DRAINER, str(path), f"d{number}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout.readline(), process.stderr.read().decode()
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        lines = process.communicate()[0].split()
        acknowledged[f"d{number}"] = int(lines[-1]) + 1 if lines else 200
        log = RunLog(path)
        found = dict(
            log.sql(
                "select split_part(run_id, '-', 1) as name, count(distinct run_id) as n from runs "
                "group by 1 having count(*) = count(distinct run_id)"
            ).iter_rows()
        )
        assert all(found.get(name, 0) >= rows for name, rows in acknowledged.items())
    assert log.check().ok
