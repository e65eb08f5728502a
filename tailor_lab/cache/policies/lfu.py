"""Least frequently used, in constant time per request; ties go to who came to the count first.

Source: Shah, Mitra, Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme"
(2010).
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class Lfu(Policy):
    """Evicts what was asked for the fewest times since it came."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._entries: dict[Hashable, tuple[int, int]] = {}
        """Count and size of each key."""
        self._counts: dict[int, OrderedDict[Hashable, None]] = {}
        self._least = 1

    def hit(self, key: Hashable) -> None:
        """Raises the count of a key by one."""
        entry = self._entries.get(key)
        if entry is None:
            return
        count, size = entry
        self._leave(key, count)
        if count == self._least and count not in self._counts:
            self._least = count + 1
        self._entries[key] = (count + 1, size)
        self._counts.setdefault(count + 1, OrderedDict())[key] = None

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key in with a count of one."""
        if size > self.capacity:
            return (key,)
        victims = []
        while self.used + size > self.capacity:
            while self._least not in self._counts:
                self._least = min(self._counts)
            victim = next(iter(self._counts[self._least]))
            self.remove(victim)
            victims.append(victim)
        self.used += size
        self._entries[key] = (1, size)
        self._counts.setdefault(1, OrderedDict())[key] = None
        self._least = 1
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._leave(key, entry[0])
            self.used -= entry[1]

    def _leave(self, key: Hashable, count: int) -> None:
        peers = self._counts[count]
        del peers[key]
        if not peers:
            del self._counts[count]
