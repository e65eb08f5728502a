"""Checkpoints that a kill cannot spoil: made in a copy, which then takes the database's place.

DuckDB appends what is committed to a file beside the database, `.wal`, and a checkpoint carries it
over. Appending survives `kill -9` at any moment; DuckDB's checkpoint does not always: it rewrites
blocks that are in use, and one torn by a kill leaves a database that cannot be opened. So no
connection to the live database ever makes a checkpoint. Where the `.wal` has grown, a copy of both
is checkpointed while readers go on; only the renaming keeps them out.

Two files cannot be replaced at one stroke. A note, written before, names the file that takes the
place, so that whoever comes after a crash knows whether the `.wal` still counts.
"""

import contextlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.files import move

if TYPE_CHECKING:
    import duckdb

SMALLEST_WAL_BYTES = 8 << 20
LARGEST_WAL_BYTES = 64 << 20
"""Readers replay the `.wal` at each opening: 10 MB of it in about 40 ms."""
_PER_DATABASE = 32
"""A copy costs as much as the database is large; so a large one waits for a larger `.wal`."""


def without_checkpoints(connection: "duckdb.DuckDBPyConnection") -> None:
    """Makes every commit of the connection an append, whatever its size, and closing it too."""
    connection.execute("set checkpoint_threshold = '1TB'")
    connection.execute("set auto_checkpoint_skip_wal_threshold = 1000000000000")
    connection.execute("pragma disable_checkpoint_on_shutdown")


def wal_of(path: Path) -> Path:
    """Where DuckDB keeps what is not checkpointed yet."""
    return path.with_name(f"{path.name}.wal")


def fresh_of(path: Path) -> Path:
    """Where a file grows that is to take the database's place, with no leftovers there."""
    fresh = path.with_name(f".{path.name}.new")
    for leftover in (fresh, wal_of(fresh)):
        leftover.unlink(missing_ok=True)
    return fresh


def due(path: Path) -> bool:
    """Whether the `.wal` has grown so that a checkpoint is worth its copy."""
    if not wal_of(path).exists():
        return False
    limit = min(LARGEST_WAL_BYTES, path.stat().st_size // _PER_DATABASE)
    return wal_of(path).stat().st_size >= max(SMALLEST_WAL_BYTES, limit)


def checkpointed_copy(path: Path) -> Path | None:
    """A checkpointed copy of a database that nobody writes to; None where there is no room."""
    import duckdb

    fresh = fresh_of(path)
    try:
        # Another process copies: a file that ours opens and closes would lose DuckDB's own lock.
        for source, copy in ((path, fresh), (wal_of(path), wal_of(fresh))):
            command = ["cp", "--", str(source), str(copy)]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own files)
        with contextlib.closing(duckdb.connect(":memory:")) as connection:
            quoted = str(fresh).replace("'", "''")
            connection.execute(f"attach '{quoted}' as fresh")
            connection.execute("checkpoint fresh")
            connection.execute("detach fresh")
    except (OSError, subprocess.CalledProcessError, duckdb.IOException, duckdb.InterruptException):
        # No room, or the program ends. The rows are as safe in the `.wal`; the next drain tries.
        fresh.unlink(missing_ok=True)
        return None
    return fresh


def replace(path: Path, fresh: Path, note: Path) -> None:
    """Puts `fresh` in the place of a database that nobody reads or writes, and of its `.wal`."""
    written = note.with_name(f".{note.name}")
    written.write_text(str(fresh.stat().st_ino))
    move(written, note)
    move(fresh, path)
    heal(path, note)


def heal(path: Path, note: Path) -> None:
    """Finishes a replacement that was cut short, where nobody reads or writes."""
    try:
        inode = int(note.read_text())
    except FileNotFoundError:
        return
    if path.exists() and path.stat().st_ino == inode:
        wal_of(path).unlink(missing_ok=True)
    note.unlink()


def state(path: Path) -> tuple[tuple[int, int, int], ...]:
    """What tells whether anybody wrote to the database or its `.wal` meanwhile."""
    found = (file.stat() for file in (path, wal_of(path)) if file.exists())
    return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in found)
