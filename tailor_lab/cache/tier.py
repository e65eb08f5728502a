"""What the cache asks of a shared tier."""

from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Protocol

TOUCHES = 512


class TierError(Exception):
    """A shared tier cannot answer now; the cache counts it and goes on without."""


class SharedTier(Protocol):
    """Bytes by key, shared by processes. Every method may raise `TierError`."""

    name: str
    evictions: int
    compress_from: int
    """Bytes from which on it pays to compress a value, given what a read costs anyway."""

    def get(self, key: str) -> bytes | None:
        """The bytes of a key, or None."""

    def set(self, key: str, data: bytes, stale_until: float) -> None:
        """Keeps bytes under a key until `stale_until`."""

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""

    def clear(self, namespace: str | None = None) -> int:
        """Forgets everything, or one namespace, and returns how many entries."""

    def usage(self) -> tuple[int, int]:
        """Entries and bytes that are stored."""

    def holding(self, key: str) -> AbstractContextManager[None]:
        """Keeps other processes from computing the same key meanwhile."""

    def raise_versions(self, versions: Mapping[str, int]) -> None:
        """Raises the versions of names, for other processes to learn of.

        A name starts with its kind: "t" for a tag, whose version is kept; "k" and "n" for a key and
        a namespace that were dropped, which are kept for an hour.
        """

    def versions(self, since: int) -> Mapping[str, int]:
        """The names whose version is `since` or higher."""

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""

    def sample(self, count: int) -> list[bytes]:
        """Some of the entries that are stored, of those of moderate size."""

    def add_dictionary(self, number: int, content: bytes) -> None:
        """Keeps a dictionary, unless there is one already."""

    def dictionary(self, number: int) -> bytes | None:
        """The content of a dictionary, or None."""

    def latest_dictionary(self) -> int | None:
        """The number of the dictionary to write with, or None."""

    def renew(self) -> None:
        """Makes ready for use in a process that was forked from the one that opened it."""

    def close(self) -> None:
        """Lets go of connections."""


class Touched:
    """The keys that were hit since they were last taken, for a tier to note them at its leisure."""

    def __init__(self) -> None:
        self._keys: deque[str] = deque(maxlen=TOUCHES)
        self.add = self._keys.append

    def take(self) -> set[str]:
        """The keys; then there are none."""
        taken: set[str] = set()
        with suppress(IndexError):
            while True:
                taken.add(self._keys.popleft())
        return taken
