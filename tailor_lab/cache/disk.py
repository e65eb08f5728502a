"""The embedded shared tier: one SQLite file that any number of processes of this machine use.

Write-ahead logging with `synchronous=NORMAL` loses nothing when a process is killed. A file that
is damaged, locked or cannot be written raises `TierError`, and the cache goes on without it.
"""

import fcntl
import os
import sqlite3
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tailor_lab.cache.breaker import Breaker
from tailor_lab.cache.sizes import in_bytes
from tailor_lab.cache.tier import TierError

LONGEST_WAIT_S = 0.5
"""How long a request waits for another process's transaction before it goes on without."""
_SCHEMA = """
create table if not exists entries (
    key text primary key, data blob not null,
    size integer not null, stale_until real not null, used real not null
) without rowid;
create index if not exists entries_used on entries (used);
create table if not exists tags (tag text primary key, version integer not null) without rowid;
create index if not exists tags_version on tags (version);
create table if not exists dependencies (
    tag text not null, depends_on text not null, primary key (tag, depends_on)
) without rowid;
"""


@dataclass(frozen=True)
class Disk:
    """Where the embedded shared tier lies and how much it may hold."""

    path: str | Path
    max_bytes: int | str = "1GB"

    def open(self) -> "DiskTier":
        """The tier; the file is made with the first entry."""
        return DiskTier(Path(self.path).expanduser(), in_bytes(self.max_bytes))


class DiskTier:
    """Bytes by key in SQLite, with a connection a thread."""

    name = "disk"

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.evictions = 0
        self._local = threading.local()
        self._written = 0
        self._breaker = Breaker(self._probe, (sqlite3.Error, OSError))

    def get(self, key: str) -> bytes | None:
        """The bytes of a key, or None."""
        with self._speaking() as connection:
            row = connection.execute("select data from entries where key = ?", (key,)).fetchone()
            return None if row is None else bytes(row[0])

    def set(self, key: str, data: bytes, stale_until: float) -> None:
        """Keeps bytes under a key, making room now and then."""
        with self._speaking() as connection:
            connection.execute(
                "insert or replace into entries values (?, ?, ?, ?, ?)",
                (key, data, len(data), stale_until, time.time()),
            )
            self._written += len(data)
            if self._written > self.max_bytes // 16:
                self._written = 0
                self._make_room(connection)

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""
        with self._speaking() as connection:
            return connection.execute("delete from entries where key = ?", (key,)).rowcount > 0

    def clear(self, namespace: str | None = None) -> int:
        """Forgets everything, or one namespace, and returns how many entries."""
        with self._speaking() as connection:
            if namespace is None:
                return connection.execute("delete from entries").rowcount
            # Keys start with their namespace and a colon; a semicolon is the character after it.
            query = "delete from entries where key >= ? and key < ?"
            return connection.execute(query, (f"{namespace}:", f"{namespace};")).rowcount

    def usage(self) -> tuple[int, int]:
        """Entries and bytes that are stored."""
        with self._speaking() as connection:
            query = "select count(*), coalesce(sum(size), 0) from entries"
            count, size = connection.execute(query).fetchone()
            return int(count), int(size)

    def raise_tags(self, versions: Mapping[str, int]) -> bool:
        """Raises the versions of tags, and says that it did."""
        query = (
            "insert into tags values (?, ?) on conflict (tag) "
            "do update set version = max(version, excluded.version)"
        )
        with self._speaking() as connection:
            connection.executemany(query, list(versions.items()))
        return True

    def tag_versions(self, since: int) -> Mapping[str, int]:
        """The tags whose version was raised beyond `since`."""
        with self._speaking() as connection:
            # Not beyond but from: two processes may raise different tags to the same version.
            query = "select tag, version from tags where version >= ?"
            return dict(connection.execute(query, (since,)).fetchall())

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""
        with self._speaking() as connection:
            connection.executemany("insert or ignore into dependencies values (?, ?)", list(edges))

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""
        with self._speaking() as connection:
            return frozenset(
                connection.execute("select tag, depends_on from dependencies").fetchall()
            )

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps every other process from computing the same key meanwhile.

        The kernel frees the lock when its holder dies, so the others go on at once.
        """
        path = self.path.with_name(f"{self.path.name}.locks")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise TierError(f"{path}: {error.strerror}") from error
        try:
            _lock(file, key)
            yield
        finally:
            os.close(file)

    def close(self) -> None:
        """Closes this thread's connection."""
        self._breaker.close()
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    @contextmanager
    def _speaking(self) -> Iterator[sqlite3.Connection]:
        self._breaker.check()
        try:
            yield self._connection()
        except (sqlite3.Error, OSError) as error:
            why = f"{self.path}: {error}"
            if "locked" in str(error):
                self._breaker.trip(why)
            raise TierError(why) from error

    def _probe(self) -> None:
        """Raises while another program holds the file."""
        connection = self._connection()
        try:
            connection.execute("begin immediate")
            connection.execute("rollback")
        finally:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is not None and self._local.pid == os.getpid():
            return known
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=LONGEST_WAIT_S, isolation_level=None)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.executescript(_SCHEMA)
        self._local.connection, self._local.pid = connection, os.getpid()
        return connection

    def _make_room(self, connection: sqlite3.Connection) -> None:
        connection.execute("delete from entries where stale_until <= ?", (time.time(),))
        (size,) = connection.execute("select coalesce(sum(size), 0) from entries").fetchone()
        while size > self.max_bytes:
            rows = connection.execute("select key, size from entries order by used limit 64")
            victims = rows.fetchall()
            connection.executemany("delete from entries where key = ?", [(k,) for k, _ in victims])
            size -= sum(freed for _, freed in victims)
            self.evictions += len(victims)


def _lock(file: int, key: str) -> None:
    """Locks the byte of the file that stands for the key, for as long as the file is open."""
    if hasattr(fcntl, "F_OFD_SETLKW"):
        # A lock of the open file, not of the process as plain POSIX locks are: those are dropped
        # when any descriptor of the file closes, and do not hold between threads.
        place = int(key.rpartition(":")[2][:15], 16)
        request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
        fcntl.fcntl(file, fcntl.F_OFD_SETLKW, request)
    else:
        fcntl.flock(file, fcntl.LOCK_EX)
