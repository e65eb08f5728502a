"""S3-FIFO: a small queue for newcomers, a main queue, and a memory of who was turned out.

Source: Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction"
(SOSP 2023): a tenth of the space for newcomers, ghosts for nine tenths, and two hits to move on.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy

SMALL, GHOST, MOVE_ON, MOST = 0.10, 0.90, 2, 3


class _Node:
    __slots__ = ("hits", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.hits = 0


class S3Fifo(Policy):
    """Evicts newcomers nobody asked for again first, so a scan passes through a tenth of it."""

    lock_free = True

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._small_capacity = max(1, int(capacity * SMALL))
        self._main_capacity = capacity - self._small_capacity
        self._ghost_capacity = int(capacity * GHOST)
        self._nodes: dict[Hashable, _Node] = {}
        self._small: OrderedDict[Hashable, _Node] = OrderedDict()
        self._main: OrderedDict[Hashable, _Node] = OrderedDict()
        self._ghosts: OrderedDict[Hashable, int] = OrderedDict()
        self._small_used = self._main_used = self._ghost_used = 0
        self._full_once = False

    def hit(self, key: Hashable) -> None:
        """Counts a hit, up to three."""
        node = self._nodes.get(key)
        if node is not None and node.hits < MOST:
            node.hits += 1

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key in as a newcomer, or into the main queue where it is remembered."""
        if size > self.capacity:
            return (key,)
        remembered = self._ghosts.pop(key, None)
        if remembered is not None:
            self._ghost_used -= remembered
        victims: list[Hashable] = []
        while self.used + size > self.capacity:
            self._evict(victims)
        # The newcomers' queue cannot hold it: turned away it would never be cached at all.
        large = size >= self._small_capacity > 1
        node = self._nodes[key] = _Node(size)
        self.used += size
        filling = not self._full_once and self._small_used >= self._small_capacity
        if remembered is not None or large or filling:
            self._main[key] = node
            self._main_used += size
        else:
            self._small[key] = node
            self._small_used += size
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        node = self._nodes.pop(key, None)
        if node is None:
            return
        self.used -= node.size
        if self._small.pop(key, None) is not None:
            self._small_used -= node.size
        else:
            del self._main[key]
            self._main_used -= node.size

    def _evict(self, victims: list[Hashable]) -> None:
        self._full_once = True
        if self._main_used > self._main_capacity or not self._small:
            self._evict_from_main(victims)
        else:
            self._evict_from_small(victims)

    def _evict_from_small(self, victims: list[Hashable]) -> None:
        while self._small:
            key, node = self._small.popitem(last=False)
            self._small_used -= node.size
            if node.hits >= MOVE_ON:
                node.hits = 0
                self._main[key] = node
                self._main_used += node.size
                continue
            del self._nodes[key]
            self.used -= node.size
            self._remember(key, node.size)
            victims.append(key)
            return

    def _evict_from_main(self, victims: list[Hashable]) -> None:
        while self._main:
            key, node = self._main.popitem(last=False)
            if node.hits:
                node.hits -= 1
                self._main[key] = node
                continue
            self._main_used -= node.size
            del self._nodes[key]
            self.used -= node.size
            victims.append(key)
            return

    def _remember(self, key: Hashable, size: int) -> None:
        if size > self._ghost_capacity:
            return
        while self._ghost_used + size > self._ghost_capacity:
            _, freed = self._ghosts.popitem(last=False)
            self._ghost_used -= freed
        self._ghosts[key] = size
        self._ghost_used += size
