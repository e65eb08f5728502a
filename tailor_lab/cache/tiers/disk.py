"""The embedded shared tier: one SQLite file that any number of processes of this machine use.

Write-ahead logging with `synchronous=NORMAL` loses nothing when a process is killed. A file that
is damaged, locked or cannot be written raises `TierError`, and the cache goes on without it.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tailor_lab.cache.tags import KEPT_S
from tailor_lab.cache.tier import TierError, Touched
from tailor_lab.cache.tiers.breaker import Breaker
from tailor_lab.cache.tiers.sizes import in_bytes
from tailor_lab.files import LocksRefusedError, local_path, locked_key

T = TypeVar("T")
LONGEST_WAIT_S = 0.5
"""How long a request waits for another process's transaction before it goes on without."""
_SCHEMA_VERSION = 3
_SCHEMA = f"""
begin;
drop table if exists entries; drop table if exists tags; drop table if exists dependencies;
create table entries (
    key text primary key, data blob not null,
    size integer not null, stale_until real not null, used real not null
) without rowid;
create index entries_used on entries (used, size);
create table versions (name text primary key, version integer not null) without rowid;
create index versions_version on versions (version);
create table dependencies (
    tag text not null, depends_on text not null, primary key (tag, depends_on)
) without rowid;
create table dictionaries (number integer primary key, content blob not null);
pragma user_version = {_SCHEMA_VERSION};
commit;
"""
_GET = "select data from entries where key = ?"


@dataclass(frozen=True)
class Disk:
    """Where the embedded shared tier lies and how much it may hold.

    `path` is an SQLite file, made where there is none.
    """

    path: str | Path
    max_bytes: int | str = "1GB"

    def open(self) -> "DiskTier":
        """The tier; the file is made with the first entry."""
        path = local_path(self.path, "the cache").expanduser()
        return DiskTier(path, in_bytes(self.max_bytes))


class DiskTier:
    """Bytes by key in SQLite, with a connection a thread."""

    name = "disk"
    # A read takes some 5 µs, unfolding a small value 10: below this, space is not worth the time.
    compress_from = 4096

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.evictions = 0
        self._local = threading.local()
        self._inherited: list[threading.local] = []
        self._written = 0
        self._touched = Touched()
        self._breaker = Breaker(self._probe, (sqlite3.Error, OSError))

    def get(self, key: str) -> bytes | None:
        """The bytes of a key, or None."""
        try:
            if self._breaker.open:
                self._breaker.check()
            read = getattr(self._local, "read", None) or self._connection().cursor().execute
            row = read(_GET, (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error
        if row is None:
            return None
        self._touched.add(key)
        return row[0]  # type: ignore[no-any-return]

    def set(self, key: str, data: bytes, stale_until: float) -> None:
        """Keeps bytes under a key, making room now and then."""

        if len(data) > self.max_bytes:
            self.evictions += 1
            self.delete(key)
            return

        def write(connection: sqlite3.Connection) -> None:
            row = (key, data, len(data), stale_until, time.time())
            connection.execute("insert or replace into entries values (?, ?, ?, ?, ?)", row)
            self._written += len(data)
            if self._written > self.max_bytes // 16:
                self._written = 0
                self._make_room(connection)

        self._ask(write)

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""
        query = "delete from entries where key = ?"
        return self._ask(lambda connection: connection.execute(query, (key,)).rowcount > 0)

    def clear(self, namespace: str | None = None) -> int:
        """Forgets everything, or one namespace, and returns how many entries."""
        if namespace is None:
            return self._ask(lambda connection: connection.execute("delete from entries").rowcount)
        # Keys start with their namespace and a colon; a semicolon is the character after it.
        query, within = "delete from entries where key >= ? and key < ?", (":", ";")
        bounds = [namespace + end for end in within]
        return self._ask(lambda connection: connection.execute(query, bounds).rowcount)

    def usage(self) -> tuple[int, int]:
        """Entries and bytes that are stored."""
        query = "select count(*), coalesce(sum(size), 0) from entries"
        count, size = self._ask(lambda connection: connection.execute(query).fetchone())
        return int(count), int(size)

    def raise_versions(self, versions: Mapping[str, int]) -> None:
        """Raises the versions of names, each at least by one."""
        query = (
            "insert into versions values (?, ?) on conflict (name) "
            "do update set version = max(version + 1, excluded.version)"
        )
        old = int((time.time() - KEPT_S) * 1e6)

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(query, list(versions.items()))
            connection.execute("delete from versions where version < ? and name < 't'", (old,))

        self._ask(write)

    def versions(self, since: int) -> Mapping[str, int]:
        """The names whose version is `since` or higher."""
        query = "select name, version from versions where version >= ?"
        return self._ask(lambda connection: dict(connection.execute(query, (since,)).fetchall()))

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""
        query = "insert or ignore into dependencies values (?, ?)"
        self._ask(lambda connection: connection.executemany(query, list(edges)))

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""
        query = "select tag, depends_on from dependencies"
        return self._ask(lambda connection: frozenset(connection.execute(query).fetchall()))

    def sample(self, count: int) -> list[bytes]:
        """Some of the entries that are stored, of those of moderate size."""
        query = "select data from entries where size < 16384 limit ?"
        rows = self._ask(lambda connection: connection.execute(query, (count,)).fetchall())
        return [data for (data,) in rows]

    def add_dictionary(self, number: int, content: bytes) -> None:
        """Keeps a dictionary, unless there is one already."""
        query = "insert into dictionaries select ?, ? where not exists (select 1 from dictionaries)"
        self._ask(lambda connection: connection.execute(query, (number, content)))

    def dictionary(self, number: int) -> bytes | None:
        """The content of a dictionary, or None."""
        query = "select content from dictionaries where number = ?"
        row = self._ask(lambda connection: connection.execute(query, (number,)).fetchone())
        return row[0] if row else None

    def latest_dictionary(self) -> int | None:
        """The number of the dictionary to write with, or None."""
        query = "select max(number) from dictionaries"
        return self._ask(lambda connection: connection.execute(query).fetchone())[0]  # type: ignore[no-any-return]

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps every other process from computing the same key meanwhile.

        The kernel frees the lock when its holder dies, so the others go on at once.
        """
        path = self.path.with_name(f"{self.path.name}.locks")
        lock = locked_key(path, int(key.rpartition(":")[2][:15], 16))
        try:
            lock.__enter__()
        except LocksRefusedError as error:
            raise TierError(str(error).rstrip(".")) from error
        except OSError as error:
            raise TierError(f"{path}: {error.strerror}") from error
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def renew(self) -> None:
        """Connects anew in a forked process: SQLite forbids to use or close what it inherited."""
        self._inherited.append(self._local)
        self._local = threading.local()

    def close(self) -> None:
        """Closes this thread's connection."""
        self._breaker.close()
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            self._disconnect(connection)

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        self._breaker.check()
        try:
            return question(self._connection())
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> TierError:
        why = f"{self.path}: {error}"
        if "locked" in str(error):
            self._breaker.trip(why)
        return TierError(why)

    def _probe(self) -> None:
        """Raises while another program holds the file."""
        connection = self._connection()
        try:
            connection.execute("begin immediate")
            connection.execute("rollback")
        finally:
            self._disconnect(connection)

    def _disconnect(self, connection: sqlite3.Connection) -> None:
        connection.close()
        self._local.connection = self._local.read = None

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is not None:
            return known
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=LONGEST_WAIT_S, isolation_level=None)
        (version,) = connection.execute("pragma user_version").fetchone()
        if version > _SCHEMA_VERSION:
            raise OSError("it was made by a newer version of tailor_lab")
        if version < _SCHEMA_VERSION:
            self._lay_out(connection)
        connection.execute("pragma synchronous = normal")
        self._local.connection = connection
        # One cursor for all reads of the thread: making one costs a twentieth of a read.
        self._local.read = connection.cursor().execute
        return connection

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        """Makes the tables, by one process alone; what an older version kept is dropped.

        So is the step to write-ahead logging, which the file keeps: while one connection takes it,
        SQLite refuses the others at once, however long they would wait.
        """
        with self.holding("layout:0"):
            (version,) = connection.execute("pragma user_version").fetchone()
            if version < _SCHEMA_VERSION:
                connection.execute("pragma journal_mode = wal")
                connection.executescript(_SCHEMA)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        moment = [(time.time(), key) for key in self._touched.take()]
        connection.executemany("update entries set used = ? where key = ?", moment)
        connection.execute("delete from entries where stale_until <= ?", (time.time(),))
        (size,) = connection.execute("select coalesce(sum(size), 0) from entries").fetchone()
        victims: list[tuple[str]] = []
        oldest = connection.execute("select key, size from entries order by used")
        while size > self.max_bytes and (row := oldest.fetchone()) is not None:
            victims.append(row[:1])
            size -= row[1]
        oldest.close()
        connection.executemany("delete from entries where key = ?", victims)
        self.evictions += len(victims)
