"""Greedy-Dual-Size-Frequency: keeps what saves most per byte.

Source: Cherkasova, "Improving WWW proxies performance with greedy-dual-size-frequency caching
policy" (HP Laboratories, 1998).
"""

import heapq
from collections.abc import Hashable, Sequence
from itertools import count
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class _Node:
    __slots__ = ("cost", "hits", "priority", "size")

    def __init__(self, size: int, cost: float) -> None:
        self.size = size
        self.cost = cost
        self.hits = 1
        self.priority = 0.0


class Gdsf(Policy):
    """Evicts the lowest of `age + hits x cost / size`; the age is the priority evicted last."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._nodes: dict[Hashable, _Node] = {}
        self._heap: list[tuple[float, int, Hashable, _Node]] = []
        self._age = 0.0
        self._order = count()

    def hit(self, key: Hashable) -> None:
        """Counts a hit and renews the age of a key."""
        node = self._nodes.get(key)
        if node is not None:
            node.hits += 1
            self._rank(key, node)

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:
        """Takes a key in at the present age."""
        if size > self.capacity:
            return (key,)
        victims = []
        while self.used + size > self.capacity:
            priority, _, victim, node = heapq.heappop(self._heap)
            # An old place in the heap of a key that moved on, or left.
            if self._nodes.get(victim) is node and node.priority == priority:
                self._age = priority
                self.remove(victim)
                victims.append(victim)
        node = self._nodes[key] = _Node(size, cost or 1e-12)
        self.used += size
        self._rank(key, node)
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        node = self._nodes.pop(key, None)
        if node is not None:
            self.used -= node.size

    def _rank(self, key: Hashable, node: _Node) -> None:
        node.priority = self._age + node.hits * node.cost / max(node.size, 1)
        heapq.heappush(self._heap, (node.priority, next(self._order), key, node))
        if len(self._heap) > 4 * len(self._nodes) + 64:
            self._heap = [
                (n.priority, order, k, n)
                for priority, order, k, n in self._heap
                if self._nodes.get(k) is n and n.priority == priority
            ]
            heapq.heapify(self._heap)
