"""Files that appear whole, modes that hold under any umask, and places that are no paths."""

import ast
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailor_lab import Cache, Disk, InputError, RunLog
from tailor_lab.files import is_url, local_path, open_private, private_folder, sync, written_whole
from tailor_lab.settings import Settings
from tests.files.acting import ROOT


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277, 0o777])
def umask(request) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_private_files_and_folders_are_their_owners_whatever_the_umask(tmp_path, umask) -> None:
    made = private_folder(tmp_path / "a" / "b")
    os.close(open_private(made / "file", os.O_RDWR | os.O_CREAT))
    with written_whole(made / "whole.txt", private=True) as half:
        half.write_text("x")
    assert [mode(made.parent), mode(made)] == [0o700, 0o700]
    assert [mode(made / "file"), mode(made / "whole.txt")] == [0o600, 0o600]


def test_what_exists_keeps_its_rights(tmp_path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team").chmod(0o770)
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o660)
    private_folder(tmp_path / "team")
    os.close(open_private(tmp_path / "file", os.O_RDWR | os.O_CREAT))
    assert [mode(tmp_path / "team"), mode(tmp_path / "file")] == [0o770, 0o660]
    with pytest.raises(NotADirectoryError):
        private_folder(tmp_path / "file")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(half: Path) -> None:
        half.write_text("ne")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), written_whole(path) as half:
        fail(half)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with written_whole(path) as half:
        half.write_text("new")
        assert (path.read_text(), half.suffix) == ("old", ".txt")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    code = (
        "import os, signal, sys\nfrom tailor_lab.files import written_whole\n"
        f"with written_whole({str(path)!r}) as half:\n"
        "    half.write_text('ne')\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == -9
    assert path.read_text() == "old"


def test_what_is_written_is_synced_before_it_gets_its_name_and_the_name_after(
    tmp_path, monkeypatch
) -> None:
    path = tmp_path / "a.txt"
    seen = []
    for name in ("fdatasync", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda file, real=real: (seen.append(path.exists()), real(file))
        )
    with written_whole(path) as half:
        half.write_text("x")
    assert seen == [False, True]


def test_a_failed_sync_is_not_asked_for_again(tmp_path, monkeypatch) -> None:
    asked = []

    def fail(file: int) -> None:
        asked.append(file)
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(os, "fdatasync", fail)
    monkeypatch.setattr(os, "fsync", asked.append)
    with (tmp_path / "a").open("w") as file, pytest.raises(OSError, match="broken disk"):
        sync(file.fileno())
    assert len(asked) == 1


def test_a_file_system_without_fdatasync_is_synced_by_fsync(tmp_path, monkeypatch) -> None:
    asked = []

    def missing(file: int) -> None:
        raise OSError(errno.EINVAL, "no such call here")

    monkeypatch.setattr(os, "fdatasync", missing)
    monkeypatch.setattr(os, "fsync", asked.append)
    with (tmp_path / "a").open("w") as file:
        sync(file.fileno())
        assert asked == [file.fileno()]


@pytest.mark.parametrize("where", ["s3://b/x.csv", "gs://b", "MEMORY://a/b", Path("s3://b/x.csv")])
def test_a_url_is_no_path_also_where_it_came_through_path(where) -> None:
    assert is_url(where)
    with pytest.raises(InputError, match="is a URL, and a report needs a path"):
        local_path(where, "a report")


@pytest.mark.parametrize("where", ["a.csv", "/a/b:c/d", "C:/data/a.csv", "C:\\data", "a b:/c", ""])
def test_a_path_is_no_url(where) -> None:
    assert not is_url(where)
    assert local_path(where) == Path(where)


def test_a_file_url_is_a_path() -> None:
    assert local_path("file:///a/b%20c.csv") == Path("/a/b c.csv")


def test_nothing_that_takes_a_path_makes_a_folder_named_like_a_url(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    acts = [
        lambda: Cache(shared=Disk("s3://bucket/cache.sqlite")),
        lambda: RunLog("s3://bucket/lab.duckdb"),
        lambda: RunLog(Path("s3://bucket/lab.duckdb")),
        lambda: RunLog("lab.duckdb", journal="s3://bucket/journal"),
        lambda: Settings.load("s3://bucket/home"),
        lambda: Settings.load(environ={"TAILOR_LAB_HOME": "s3://bucket/home"}),
    ]
    for act in acts:
        with pytest.raises(InputError):
            act()
    assert list(tmp_path.iterdir()) == []


def test_an_export_goes_to_a_url_through_fsspec_or_is_refused_in_a_sentence(
    tmp_path, monkeypatch
) -> None:
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.chdir(tmp_path)
    with RunLog(tmp_path / "l.duckdb") as log:
        log.record("runs", {"run_id": "a"})
        assert log.export("memory://bucket/runs.csv") == ["memory://bucket/runs.csv"]
        assert b"run_id" in fsspec.filesystem("memory").cat("/bucket/runs.csv")
        (made,) = log.export(Path("memory://all/of/it"), tables=["runs"])
        assert fsspec.filesystem("memory").cat("/all/of/it/runs.parquet")[:4] == b"PAR1"
        assert made == "memory:/all/of/it/runs.parquet"
        with pytest.raises(InputError, match="cannot be written to"):
            log.export("nothing-like-it://bucket/runs.csv")
        monkeypatch.setitem(sys.modules, "fsspec", None)
        with pytest.raises(InputError, match="pip install fsspec"):
            log.export("s3://bucket/runs.csv")
    assert not any(":" in path.name for path in tmp_path.iterdir())


CALLS = {"os.fsync", "os.fdatasync", "os.lockf", "os.pread", "os.pwrite"}


@pytest.mark.slow
def test_the_platform_is_asked_in_one_module_of_the_package() -> None:
    package = ROOT / "tailor_lab"
    asking = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            called = isinstance(node, ast.Attribute) and ast.unparse(node) in CALLS
            if called or {"fcntl", "msvcrt", "portalocker"} & set(names):
                asking.add(str(path.relative_to(package)))
    assert asking == {"files/system.py"}
