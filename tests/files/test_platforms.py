"""What holds where the platform is not Linux, or the folder not on a local disk."""

import errno

import pytest

from tests.files.acting import act

pytestmark = pytest.mark.slow

CACHE = """
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from tailor_lab import Cache, Disk

caches = [Cache(memory=None, shared=Disk("c.sqlite")) for _ in range(2)]
computed = []

def value(cache, key=1):
    return cache.wrap("n", key, fetch=lambda: computed.append(key) or 5, ttl="1h")
"""
COMPUTED_ONCE = """
with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(lambda i: value(caches[i % 2]), range(8))) == [5] * 8
assert computed == [1], computed
"""
KEYS_APART = """
together = Barrier(8, timeout=60)
with ThreadPoolExecutor(8) as pool:
    waits = lambda key: caches[0].wrap("m", key, fetch=lambda: together.wait() and 0, ttl="1h")
    list(pool.map(waits, range(8)))
inner = lambda: caches[0].wrap("inner", 2, fetch=lambda: 7, ttl="1h")
nested = Thread(target=lambda: caches[0].wrap("outer", 1, fetch=inner, ttl="1h"), daemon=True)
nested.start()
nested.join(60)
assert not nested.is_alive(), "a computation that asks for another key waits for itself"
"""
LOG = """
import threading, time
from pathlib import Path
from tailor_lab import RunLog, TailorLabError

died = []
threading.excepthook = lambda args: died.append(repr(args.exc_value))
for fsync in ("interval", "always"):
    with RunLog(f"{fsync}.duckdb", fsync=fsync) as log:
        log.record("runs", {"run_id": "a"})
        until = time.monotonic() + 60
        while not Path(f"{fsync}.journal/drained").exists() and time.monotonic() < until:
            assert not died, died
            time.sleep(0.02)
        assert log.sql("select run_id from runs").item() == "a"
assert not died, died
"""
REFUSALS = [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EACCES]


def test_macos_lays_a_lock_out_differently_and_keys_are_computed_once_and_apart(tmp_path) -> None:
    act("asked = macos()", CACHE + COMPUTED_ONCE + KEYS_APART + "print(*asked)", tmp_path)
    assert not (tmp_path / "c.sqlite.locks.d").exists()


@pytest.mark.parametrize("full_sync", [True, False])
def test_a_log_on_macos_syncs_by_what_macos_has(tmp_path, full_sync) -> None:
    asked = act(f"asked = macos(full_sync={full_sync})", LOG + "print(*asked)", tmp_path)
    assert "F_FULLFSYNC" in asked


def test_a_log_works_without_fdatasync(tmp_path) -> None:
    act("without_fdatasync()", LOG, tmp_path)


def test_keys_are_computed_once_and_apart_without_locks_of_single_bytes(tmp_path) -> None:
    act("without_ofd_locks()", CACHE + COMPUTED_ONCE + KEYS_APART, tmp_path)
    assert not list((tmp_path / "c.sqlite.locks.d").iterdir())


def test_keys_are_computed_once_and_apart_where_only_locks_of_bytes_are_refused(tmp_path) -> None:
    code = CACHE + COMPUTED_ONCE + KEYS_APART + LOG
    act("import errno; refusing(errno.EINVAL, flock=False)", code, tmp_path)


def test_an_unknown_platform_gets_no_byte_locks_of_another_ones_layout(tmp_path) -> None:
    platform = "import_libraries(); sys.platform = 'sunos5'"
    act(platform, CACHE + COMPUTED_ONCE + KEYS_APART, tmp_path)
    assert (tmp_path / "c.sqlite.locks.d").is_dir()


def test_a_cache_goes_on_where_locks_are_refused_with_one_warning_that_helps(tmp_path) -> None:
    code = (
        CACHE
        + f"""
for number in {REFUSALS}:
    refusing(number)
    caches[0] = Cache(memory=None, shared=Disk(f"{{number}}/c.sqlite"))
    computed.clear()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [value(caches[0]), value(caches[0]), value(caches[0], 2)] == [5, 5, 5]
    assert len(said) == 1, said
    assert "refuses locks" in str(said[0].message) and "local disk" in str(said[0].message)
"""
    )
    act("", code, tmp_path)


@pytest.mark.parametrize("ofd", [True, False])
def test_a_log_says_that_locks_are_refused_and_what_to_do(tmp_path, ofd) -> None:
    code = f"""
from pathlib import Path
from tailor_lab import RunLog, TailorLabError
from tailor_lab.llm.state import FileState

for number in {REFUSALS}:
    refusing(number, ofd={ofd})
    log = RunLog(f"{{number}}.duckdb")
    acts = [
        lambda: log.record("runs", {{"run_id": "a"}}),
        lambda: log.sql("select 1 from runs"),
        lambda: log.check(),
        lambda: log.drain(),
        lambda: FileState("limits.json").update(len),
    ]
    for each in acts:
        try:
            each()
        except TailorLabError as error:
            said = str(error)
            assert "refuses locks" in said and "TAILOR_LAB_HOME" in said, said
            assert "space" not in said, said
        else:
            raise AssertionError("nothing was refused")
    left = [path for path in Path(f"{{number}}.journal").rglob("*.ndjson")]
    assert not left, left
"""
    act("", code, tmp_path)


def test_a_cache_computes_once_where_only_whole_files_cannot_be_locked(tmp_path) -> None:
    act("import errno; refusing(errno.ENOLCK, ofd=False)", CACHE + COMPUTED_ONCE, tmp_path)


IMPORTS = """
import importlib, pkgutil
import tailor_lab
for module in pkgutil.walk_packages(tailor_lab.__path__, "tailor_lab."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_every_module_is_imported_without_fcntl_and_the_log_refuses_in_a_sentence(tmp_path) -> None:
    code = (
        IMPORTS
        + CACHE
        + """
from tailor_lab import InputError, Memory, RunLog, TailorLabError
from tailor_lab.doctor import examine
from tailor_lab.llm.state import FileState

assert Cache(memory=Memory("1MB")).wrap("n", 1, fetch=lambda: 5) == 5
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    assert [value(caches[0]), value(caches[0])] == [5, 5]
assert len(said) == 1 and "portalocker" in str(said[0].message), said
for act in (lambda: RunLog("l.duckdb"), lambda: FileState("limits.json").update(len)):
    try:
        act()
    except TailorLabError as error:
        assert "WSL" in str(error), error
    else:
        raise AssertionError("nothing was refused")
assert "WSL" in str(examine())
"""
    )
    act("windows(library=False)", code, tmp_path)


def test_the_command_line_says_in_a_sentence_where_the_log_does_not_work(tmp_path) -> None:
    code = """
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from tailor_lab.cli import main

sys.argv = ["tailor-lab", "log", "drain"]
said, code = StringIO(), 0
with redirect_stderr(said), redirect_stdout(said):
    try:
        main()
    except SystemExit as ended:
        code = ended.code
assert code, code
assert "WSL" in said.getvalue() and "Traceback" not in said.getvalue(), said.getvalue()
"""
    act("windows(library=True)", code, tmp_path)


def test_a_cache_and_limits_work_through_the_lock_library_where_there_is_no_fcntl(tmp_path) -> None:
    code = (
        CACHE
        + COMPUTED_ONCE
        + KEYS_APART
        + """
from tailor_lab.llm.state import FileState

states = [FileState("limits.json") for _ in range(4)]
def add(state):
    for _ in range(50):
        state.update(lambda values: values.update(n=values.get("n", 0) + 1))
with ThreadPoolExecutor(4) as pool:
    list(pool.map(add, states))
assert states[0].update(lambda values: values["n"]) == 200
"""
    )
    act("windows(library=True)", code, tmp_path)
