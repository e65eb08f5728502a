"""What the cache asks of a shared tier."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class TierError(Exception):
    """A shared tier cannot answer now; the cache counts it and goes on without."""


class SharedTier(Protocol):
    """Bytes by key, shared by processes. Every method may raise `TierError`."""

    name: str
    evictions: int

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

    def raise_tags(self, versions: Mapping[str, int]) -> bool:
        """Raises the versions of tags, and says that it did."""

    def tag_versions(self, since: int) -> Mapping[str, int]:
        """The tags whose version was raised beyond `since`."""

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""

    def close(self) -> None:
        """Lets go of connections."""
