"""Files that appear whole or not at all, and that nobody else can read."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tailor_lab.files import system
from tailor_lab.files.places import is_url, local_path, uploader


@contextmanager
def written_whole(where: str | Path, *, private: bool = False) -> Iterator[Path]:
    """A path to write to; when the `with` ends well, what was written is what is at `where`.

    A crash, even of the machine, leaves the old file or the new one. `where` may be a URL that
    fsspec can write to. The path has the ending of `where`; with `private` only its owner may read
    what is written.
    """
    if is_url(where):
        upload = uploader(str(where))
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / str(where).rstrip("/").rpartition("/")[2]
            yield made
            upload(made)
        return
    path = local_path(where)
    name = f".{path.stem[:50]}.{os.getpid()}-{uuid4().hex[:8]}{path.suffix}"
    half = path.with_name(name)
    try:
        if private:
            os.close(open_private(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        yield half
        _sync_path(half)
        move(half, path)
        system.sync_folder(path.parent)
    finally:
        half.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Gives `source` the name `target` of the same file system, in place of what had that name."""
    # Not `rename`, which Windows refuses where there is a file of that name.
    source.replace(target)


def open_private(path: Path, flags: int) -> int:
    """Opens the file at `path` with these `flags` of `os.open`.

    One that this makes can be read and written by its owner, and by nobody else. Files that exist
    keep their rights.
    """
    file = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    if flags & os.O_CREAT and hasattr(os, "fchmod"):
        # A umask only takes rights away, but it may take the owner's.
        try:
            if stat.S_IMODE(os.fstat(file).st_mode) & 0o600 != 0o600:
                os.fchmod(file, 0o600)
        except BaseException:
            os.close(file)
            raise
    return file


def private_folder(path: Path) -> Path:
    """Makes the folder `path`, and those above it that are missing, for its owner alone.

    Folders that exist keep the rights they have. Raises `NotADirectoryError` where a file has that
    name.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        folder.chmod(0o700)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return path


def _sync_path(path: Path) -> None:
    file = os.open(path, os.O_RDWR)
    try:
        system.sync(file)
    finally:
        os.close(file)
