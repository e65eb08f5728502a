"""ARC: recency and frequency share the space, and ghosts of both say who should have more.

Source: Megiddo, Modha, "ARC: a self-tuning, low overhead replacement cache" (FAST 2003), figure 4,
with sizes in the place of counts.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class _Queue(OrderedDict[Hashable, int]):
    """Keys with their sizes, the least recent first."""

    def __init__(self) -> None:
        super().__init__()
        self.used = 0

    def push(self, key: Hashable, size: int) -> None:
        self[key] = size
        self.used += size

    def take(self, key: Hashable) -> int:
        size = self.pop(key)
        self.used -= size
        return size

    def first(self) -> tuple[Hashable, int]:
        key, size = self.popitem(last=False)
        self.used -= size
        return key, size


class Arc(Policy):
    """Balances keys seen once lately against keys seen more often."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._once, self._often = _Queue(), _Queue()
        self._once_ghosts, self._often_ghosts = _Queue(), _Queue()
        self._share = 0.0
        """How much of the space is meant for keys seen once."""

    def hit(self, key: Hashable) -> None:
        """Moves a key to the recent end of those seen often."""
        if key in self._often:
            self._often.move_to_end(key)
        elif key in self._once:
            self._often.push(key, self._once.take(key))

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key in; a ghost of it moves the balance."""
        if size > self.capacity:
            return (key,)
        victims: list[Hashable] = []
        once, often = self._once_ghosts, self._often_ghosts
        if key in once:
            self._share = min(self.capacity, self._share + max(1.0, often.used / once.used) * size)
            once.take(key)
            self._make_room(size, victims, of_often=False)
            self._often.push(key, size)
        elif key in often:
            self._share = max(0.0, self._share - max(1.0, once.used / often.used) * size)
            often.take(key)
            self._make_room(size, victims, of_often=True)
            self._often.push(key, size)
        else:
            self._newcomer(size, victims)
            self._once.push(key, size)
        self.used = self._once.used + self._often.used
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        for queue in (self._once, self._often):
            if key in queue:
                queue.take(key)
        self.used = self._once.used + self._often.used

    def _newcomer(self, size: int, victims: list[Hashable]) -> None:
        while self._once.used + self._once_ghosts.used + size > self.capacity:
            if self._once_ghosts:
                self._once_ghosts.first()
            else:
                victims.append(self._once.first()[0])
        queues = (self._once, self._often, self._once_ghosts, self._often_ghosts)
        while sum(queue.used for queue in queues) + size > 2 * self.capacity and queues[3]:
            queues[3].first()
        self._make_room(size, victims, of_often=False)

    def _make_room(self, size: int, victims: list[Hashable], *, of_often: bool) -> None:
        while self._once.used + self._often.used + size > self.capacity:
            once = self._once.used
            beyond = once > self._share or (of_often and once == self._share)
            if self._once and (beyond or not self._often):
                key, freed = self._once.first()
                self._once_ghosts.push(key, freed)
            else:
                key, freed = self._often.first()
                self._often_ghosts.push(key, freed)
            victims.append(key)
