"""Locks between real processes, whose holders are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tailor_lab.files import acquire, holder, locked, locked_key
from tests.files.acting import ROOT


@contextmanager
def another(code: str, path: Path, *, platform: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that holds what `code` names `held`, until it is killed."""
    lines = (
        f"import time\nfrom pathlib import Path\nfrom tests.files.acting import *\n{platform}\n"
        f"from tailor_lab.files import *\npath = Path({str(path)!r})\n{code}\n"
        "print('held', flush=True)\ntime.sleep(300)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", lines],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


@pytest.mark.slow
def test_a_waiter_learns_who_holds_a_lock_and_gets_it_when_the_holder_is_killed(tmp_path) -> None:
    path = tmp_path / "a.lock"
    with another("held = acquire(path)", path) as process:
        assert acquire(path, wait_s=0) is None
        assert acquire(path, shared=True, wait_s=0) is None
        assert f"process {process.pid} on " in holder(path)
        kill(process)
        held = acquire(path, wait_s=60)
        assert held is not None
        assert f"process {os.getpid()} on " in holder(path)
        held.close()
    assert path.read_bytes() == b""


@pytest.mark.slow
def test_a_killed_holders_name_is_not_taken_for_that_of_those_who_share_the_lock(tmp_path) -> None:
    path = tmp_path / "a.lock"
    with another("held = acquire(path)", path) as process:
        kill(process)
    assert str(process.pid) in path.read_text()
    assert holder(path) == "another process"
    with locked(path, shared=True):
        assert str(process.pid) not in holder(path)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux lists its locks")
def test_those_who_share_a_lock_are_known_to_the_kernel(tmp_path) -> None:
    path = tmp_path / "a.lock"
    with another("held = acquire(path, shared=True)", path) as process:
        with locked(path, shared=True, wait_s=0) as taken:
            assert taken
            assert acquire(path, wait_s=0.05) is None
            assert f"process {process.pid}" in holder(path)
            assert "this process" in holder(path)
        kill(process)
        with locked(path, wait_s=60) as taken:
            assert taken


@pytest.mark.slow
def test_a_forked_child_lets_go_of_what_it_inherits_and_takes_no_name_away(tmp_path) -> None:
    path = tmp_path / "a.lock"
    code = """
import os
held = acquire(path)
key = locked_key(path.with_name("k"), 7)
key.__enter__()
child = os.fork()
if child == 0:
    path.with_name("child").write_text(str(os.getpid()))
    time.sleep(300)
while not path.with_name("child").exists() or not path.with_name("child").read_text():
    time.sleep(0.01)
"""
    with another(code, path) as process:
        child = int((tmp_path / "child").read_text())
        try:
            assert f"process {process.pid} on" in holder(path)
            kill(process)
            assert os.kill(child, 0) is None
            with locked(path, wait_s=60) as taken, locked_key(tmp_path / "k", 7):
                assert taken
        finally:
            os.kill(child, signal.SIGKILL)


PLATFORMS = ["", "without_ofd_locks()", "asked = macos()"]


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_key_is_held_by_one_process_and_freed_when_that_is_killed(tmp_path, platform) -> None:
    path = tmp_path / "keys"
    code = "key = locked_key(path, 7)\nkey.__enter__()"
    other = (
        "with locked_key(path, 8): pass\nother = locked_key(path, 9)\nother.__enter__()\n"
        "import threading\n"
        "def take():\n    with locked_key(path, 7): path.with_name('mine').touch()\n"
        "threading.Thread(target=take, daemon=True).start()"
    )
    with (
        another(code, path, platform=platform) as process,
        another(other, path, platform=platform),
    ):
        time.sleep(0.2)  # no poll: what must not happen has no moment
        assert not (tmp_path / "mine").exists()
        kill(process)
        assert soon((tmp_path / "mine").exists)


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS[:2])
def test_a_key_has_one_holder_however_often_its_file_is_made_and_removed(
    tmp_path, platform
) -> None:
    code = """
count = path.with_name("count")
for _ in range(150):
    with locked_key(path, 7):
        count.write_text(str(int(count.read_text() or 0) + 1))
"""
    (tmp_path / "count").write_text("0")
    lines = (
        f"from pathlib import Path\nfrom tests.files.acting import *\n{platform}\n"
        f"from tailor_lab.files import *\npath = Path({str(tmp_path / 'keys')!r})\n{code}"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen([sys.executable, "-c", lines], env=env) for _ in range(4)]
    assert [process.wait(timeout=240) for process in processes] == [0] * 4
    assert (tmp_path / "count").read_text() == "600"


def test_a_lock_in_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        acquire(tmp_path / "file" / "a.lock")
    with pytest.raises(OSError, match="file"), locked_key(tmp_path / "file" / "keys", 7):
        pass
