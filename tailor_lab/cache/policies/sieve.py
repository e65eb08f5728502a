"""SIEVE: a queue, one bit a key, and a hand that walks from old to new.

Source: Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is simpler than LRU" (NSDI 2024).
"""

from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class _Node:
    __slots__ = ("key", "newer", "older", "size", "visited")

    def __init__(self, key: Hashable, size: int, older: "_Node | None") -> None:
        self.key = key
        self.size = size
        self.visited = False
        self.older = older
        self.newer: _Node | None = None


class Sieve(Policy):
    """Evicts the first key that the hand meets unvisited; a hit sets a bit and moves nothing.

    `wraps` counts how often the hand came round. Until its first wrap it evicts what LFU evicts,
    so a trace on which it never wraps cannot tell the two apart.
    """

    lock_free = True

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._nodes: dict[Hashable, _Node] = {}
        self._newest: _Node | None = None
        self._oldest: _Node | None = None
        self._hand: _Node | None = None
        self.wraps = 0

    def hit(self, key: Hashable) -> None:
        """Marks a key as visited."""
        node = self._nodes.get(key)
        if node is not None:
            node.visited = True

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key in at the new end."""
        if size > self.capacity:
            return (key,)
        victims = []
        while self.used + size > self.capacity:
            victims.append(self._evict())
        self.used += size
        newest = self._newest
        self._newest = self._nodes[key] = node = _Node(key, size, newest)
        if newest is None:
            self._oldest = node
        else:
            newest.newer = node
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        node = self._nodes.get(key)
        if node is not None:
            self._unlink(node)

    def describe(self) -> str:
        """How often the hand came round."""
        return f"hand wrapped {self.wraps} times"

    def _evict(self) -> Hashable:
        node = self._hand or self._oldest
        while node is not None and node.visited:
            node.visited = False
            node = node.newer
            if node is None:
                self.wraps += 1
                node = self._oldest
        assert node is not None, "more is asked for than is stored"
        self._hand = node
        self._unlink(node)
        return node.key

    def _unlink(self, node: _Node) -> None:
        older, newer = node.older, node.newer
        if self._hand is node:
            self._hand = newer
            self.wraps += newer is None
        if older is None:
            self._oldest = newer
        else:
            older.newer = newer
        if newer is None:
            self._newest = older
        else:
            newer.older = older
        del self._nodes[node.key]
        self.used -= node.size
