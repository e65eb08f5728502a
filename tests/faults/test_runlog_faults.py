"""Full disks, folders that may not be written, forks, copies, damaged files: nothing is lost."""

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tailor_lab.runlog import RowError, RunLog, RunLogError
from tailor_lab.runlog.storage.segments import seal_dead

pytestmark = pytest.mark.faults


@pytest.fixture
def log(tmp_path: Path):
    with RunLog(tmp_path / "lab.duckdb") as opened:
        yield opened


def ids(log: RunLog) -> list[str]:
    return log.sql("select run_id from runs order by run_id")["run_id"].to_list()


def python(code: str, *arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=100, **options
    )


_FILL = """
import sys
from tailor_lab.runlog import RunLog, RunLogError
log, kept, said = RunLog(sys.argv[1], drains=False), 0, ""
for i in range(100_000):
    try:
        log.record("runs", {"run_id": f"r{i}", "error": "x" * 700})
        kept += 1
    except RunLogError as error:
        said = str(error)
        break
try:
    log.record("runs", {"run_id": "more", "error": "x" * 700})
except RunLogError:
    pass
print(kept, said)
import os
os._exit(0)
"""


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_one_sentence_and_keeps_what_was_recorded(tmp_path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = python(_FILL, tmp_path / "lab.duckdb", preexec_fn=limit)
    kept, _, said = done.stdout.strip().partition(" ")
    assert "could not record a row" in said, done.stderr
    log = RunLog(tmp_path / "lab.duckdb")
    assert len(ids(log)) == int(kept)
    log.drain()
    assert len(ids(log)) == int(kept)
    assert log.check().ok


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = tmp_path / "fill.py"
    script.write_text(_FILL)
    check = tmp_path / "check.py"
    check.write_text(
        "import sys\nfrom tailor_lab.runlog import RunLog\n"
        "log = RunLog(sys.argv[1])\n"
        "print(log.sql('select count(distinct run_id) from runs').item())\n"
        "import os\nos._exit(0)\n"
    )
    mounted = f"mount -t tmpfs -o size=1m none '{disk}'"
    run = f"'{sys.executable}' '{{}}' '{disk}/lab.duckdb'"
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    command = f"{mounted} && {run.format(script)} && {run.format(check)}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount a small disk")
    first, found = done.stdout.strip().splitlines()
    kept, _, said = first.partition(" ")
    assert "No space left" in said
    assert found == kept


_READ_ONLY = """
import os, sys
from tailor_lab.runlog import RunLog
os.setuid(65534)
try:
    RunLog(sys.argv[1]).record("runs", {"run_id": "a"})
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_folder_that_may_not_be_written_is_named(tmp_path) -> None:
    done = python(_READ_ONLY, tmp_path / "lab.duckdb")
    assert done.stdout.startswith("RunLogError The run log cannot write to"), done.stderr
    assert "TAILOR_LAB_HOME" in done.stdout


def dead_segment(folder: Path, rows: int = 5) -> Path:
    """A segment that a process left behind when it died."""
    code = """
import os, sys
from tailor_lab.runlog import RunLog
log = RunLog(sys.argv[1])
for i in range(int(sys.argv[2])):
    log.record("runs", {"run_id": f"dead-{i}", "status": "ok"})
os._exit(1)
"""
    python(code, folder / "lab.duckdb", rows)
    (segment,) = (folder / "lab.journal" / "runs").glob("*.ndjson")
    return segment


@pytest.mark.slow
def test_a_torn_line_is_healed_and_reported(log, tmp_path) -> None:
    segment = dead_segment(tmp_path)
    with segment.open("ab") as file:
        file.write(b'{"run_id": "torn')
    assert len(ids(log)) == 5
    assert log.drain() == 5
    found = log.check()
    assert found.ok
    assert "torn or damaged" in str(found)
    (kept,) = (tmp_path / "lab.journal" / "quarantine" / "runs").iterdir()
    assert kept.read_bytes() == b'{"run_id": "torn'


@pytest.mark.slow
def test_a_damaged_line_in_the_middle_costs_that_line_alone(log, tmp_path) -> None:
    segment = dead_segment(tmp_path)
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[2] = b"\x00\xff{{{ no row\n"
    segment.write_bytes(b"".join(lines))
    assert len(ids(log)) == 4
    assert log.drain() == 4
    assert ids(log) == ["dead-0", "dead-1", "dead-3", "dead-4"]
    assert "torn or damaged" in str(log.check())


@pytest.mark.slow
def test_a_damaged_sealed_segment_is_put_aside_and_blocks_nothing(log, tmp_path) -> None:
    dead_segment(tmp_path)
    seal_dead(log.journal_folder)
    (sealed,) = (tmp_path / "lab.journal" / "runs").glob("*.parquet")
    sealed.write_bytes(b"PAR1 nothing of a Parquet file PAR1")
    log.record("runs", {"run_id": "good"})
    assert log.drain() == 1
    assert ids(log) == ["good"]
    assert "torn or damaged" in str(log.check())


@pytest.mark.slow
def test_segments_of_dead_processes_are_adopted_in_the_background(log, tmp_path) -> None:
    dead_segment(tmp_path)
    log.record("runs", {"run_id": "alive"})
    end = time.monotonic() + 20
    while list((tmp_path / "lab.journal" / "runs").glob("[!.]*")):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert len(ids(log)) == 6


@pytest.mark.slow
def test_a_crash_after_sealing_or_before_removal_brings_no_row_twice(log, tmp_path) -> None:
    segment = dead_segment(tmp_path)
    content = segment.read_bytes()
    seal_dead(log.journal_folder)
    segment.write_bytes(content)
    assert len(ids(log)) == 5
    assert log.drain() == 5
    segment.write_bytes(content)
    assert len(ids(log)) == 5
    assert log.drain() == 0
    assert log.check().ok


def test_a_copy_and_a_checksum_of_the_database_by_a_writing_process_lose_nothing(
    log, tmp_path
) -> None:
    for i in range(200):
        log.record("runs", {"run_id": f"r{i:03}"})
        if i % 40 == 20:
            log.drain()
            shutil.copy(log.path, tmp_path / "copy.duckdb")
            hashlib.sha256(log.path.read_bytes()).hexdigest()
    assert len(ids(log)) == len(set(ids(log))) == 200
    log.drain()
    assert log.check().ok


@pytest.mark.slow
def test_a_fork_keeps_no_lock_of_its_parent_and_loses_nothing(log, tmp_path) -> None:
    log.record("runs", {"run_id": "parent"})
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writes)
        log.record("runs", {"run_id": "child"})
        os.read(reads, 1)
        os._exit(0)
    try:
        # The child lives on; were the parent's segment still locked by it, it could not be drained.
        end = time.monotonic() + 10
        while len(list((tmp_path / "lab.journal" / "runs").glob("*.ndjson"))) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert log.drain() == 1
        assert ids(log) == ["child", "parent"]
    finally:
        os.close(writes)
        os.close(reads)
        os.waitpid(child, 0)
    assert log.drain() == 1


def test_an_open_connection_makes_segments_wait_and_stops_no_recording(log) -> None:
    log.record("runs", {"run_id": "a"})
    log.drain()
    with log.connect() as connection:
        log.record("runs", {"run_id": "b"})
        log._journal.release()
        with pytest.raises(RunLogError, match="being read at length"):
            log._database.drain(patience_s=0.1)
        assert connection.execute("select count(*) from runs").fetchone() == (1,)
        assert ids(log) == ["a", "b"]
    assert log.drain() == 1


def test_a_connection_can_neither_write_nor_read_files(log, tmp_path) -> None:
    import duckdb

    log.record("runs", {"run_id": "a"})
    log.drain()
    with log.connect() as connection:
        for statement in (
            "insert into store.runs (run_id) values ('x')",
            f"copy store.runs to '{tmp_path}/out.csv'",
            f"attach '{tmp_path}/other.duckdb'",
            "select * from read_text('/etc/passwd')",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"tokens_used": 2**70}, 'column "tokens_used"'),
        ({"run_id": "\ud800"}, "half a character"),
        ({"diff_count": 1.5}, 'column "diff_count"'),
    ],
)
def test_a_value_that_no_table_can_hold_is_refused_before_it_is_written(log, row, says) -> None:
    log.record("runs", {"run_id": "kept"})
    with pytest.raises(RowError, match=says):
        log.record("runs", row)
    assert log.drain() == 1
    assert ids(log) == ["kept"]


def test_a_text_with_a_nul_and_emoji_comes_back_as_it_was(log) -> None:
    text = "a\x00b 🎉 \u2028 \"quoted\" \\ 'x' end"
    log.record("runs", {"run_id": text})
    assert ids(log) == [text]
    log.drain()
    assert ids(log) == [text]


@pytest.mark.parametrize("fsync", ["never", "interval", "always"])
def test_rows_are_kept_under_each_setting_of_fsync(tmp_path, fsync) -> None:
    log = RunLog(tmp_path / "lab.duckdb", fsync=fsync)
    for i in range(20):
        log.record("runs", {"run_id": f"{i:02}"})
    assert len(ids(log)) == 20
    log.close()


@pytest.mark.slow
def test_a_stopped_writer_keeps_its_rows_visible(log, tmp_path) -> None:
    code = """
import sys
from tailor_lab.runlog import RunLog
log = RunLog(sys.argv[1])
log.record("runs", {"run_id": "stopped"})
print("there", flush=True)
input()
"""
    command = [sys.executable, "-c", code, str(log.path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "there\n"
    other.send_signal(signal.SIGSTOP)
    try:
        assert ids(log) == ["stopped"]
    finally:
        other.send_signal(signal.SIGCONT)
        other.communicate("\n")
    assert ids(log) == ["stopped"]


@pytest.mark.slow
@pytest.mark.parametrize("rest_s", [0.0, 1.0, 1.02, 1.05])
def test_a_program_that_ends_while_its_rows_are_drained_ends_well(tmp_path, rest_s) -> None:
    code = """
import sys, time
from tailor_lab.runlog import RunLog
log = RunLog(sys.argv[1])
until = time.monotonic() + float(sys.argv[2])
i = 0
while time.monotonic() < until or i < 6000:
    log.record("runs", {"run_id": str(i)})
    i += 1
"""
    done = python(code, tmp_path / "lab.duckdb", rest_s)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(ids(RunLog(tmp_path / "lab.duckdb"))) >= 6000
