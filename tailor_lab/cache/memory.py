"""The memory tier: Python objects of this process, limited by bytes, least recently used first."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from tailor_lab.cache.entry import Entry
from tailor_lab.cache.sizes import in_bytes


@dataclass(frozen=True)
class Memory:
    """How much the memory tier may hold."""

    max_bytes: int | str = "256MB"

    def open(self) -> "MemoryTier":
        """An empty tier of that size."""
        return MemoryTier(in_bytes(self.max_bytes))


class MemoryTier:
    """Entries by key. A hit takes no lock: each step of it is one atomic operation."""

    name = "memory"

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.evictions = 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        entry = self._entries.get(key)
        if entry is not None:
            try:
                self._entries.move_to_end(key)
            except KeyError:
                # Another thread has just evicted it; the value is still good.
                return entry
        return entry

    def set(self, key: str, entry: Entry) -> None:
        """Keeps an entry, making room for it; one larger than the tier is not kept."""
        if entry.size > self.max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = entry
            self.bytes += entry.size
            while self.bytes > self.max_bytes:
                oldest = next(iter(self._entries))
                self._drop(oldest)
                self.evictions += 1

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._entries.clear()
            self.bytes = 0

    def _drop(self, key: str) -> bool:
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self.bytes -= entry.size
        return True
