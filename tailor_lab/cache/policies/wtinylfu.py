"""W-TinyLFU: a small window admits all, a filter of frequencies guards the rest.

Source: Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy" (2017).
Frequencies are exact counts, halved after ten times as many requests as there are keys, where the
paper uses a sketch.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy

WINDOW, PROTECTED, MOST, SAMPLE = 0.01, 0.80, 15, 10


class WTinyLfu(Policy):
    """Lets a newcomer in only where it was asked for more often than the key it would evict."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._window_capacity = max(1, int(capacity * WINDOW))
        self._protected_capacity = int((capacity - self._window_capacity) * PROTECTED)
        self._window: OrderedDict[Hashable, int] = OrderedDict()
        self._probation: OrderedDict[Hashable, int] = OrderedDict()
        self._protected: OrderedDict[Hashable, int] = OrderedDict()
        self._window_used = self._protected_used = 0
        self._frequency: dict[Hashable, int] = {}
        self._seen = 0

    def hit(self, key: Hashable) -> None:
        """Counts the request and moves a key on probation among the protected."""
        self._count(key)
        if key in self._window:
            self._window.move_to_end(key)
        elif key in self._protected:
            self._protected.move_to_end(key)
        elif key in self._probation:
            size = self._probation.pop(key)
            self._protected[key] = size
            self._protected_used += size
            while self._protected_used > self._protected_capacity and len(self._protected) > 1:
                demoted, freed = self._protected.popitem(last=False)
                self._protected_used -= freed
                self._probation[demoted] = freed

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key into the window, whose oldest key then competes for the rest."""
        self._count(key)
        if size > self.capacity:
            return (key,)
        victims: list[Hashable] = []
        self._window[key] = size
        self._window_used += size
        self.used += size
        while self._window_used > self._window_capacity or self.used > self.capacity:
            candidate, freed = self._window.popitem(last=False)
            self._window_used -= freed
            self._compete(candidate, freed, victims)
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        if key in self._window:
            size = self._window.pop(key)
            self._window_used -= size
        elif key in self._protected:
            size = self._protected.pop(key)
            self._protected_used -= size
        else:
            size = self._probation.pop(key, 0)
        self.used -= size

    def _compete(self, candidate: Hashable, size: int, victims: list[Hashable]) -> None:
        """Lets the candidate in, or turns it away for a key that is asked for as often."""
        while self.used > self.capacity:
            queue = self._probation or self._protected
            if not queue:
                break
            victim = next(iter(queue))
            if self._frequency.get(candidate, 0) <= self._frequency.get(victim, 0):
                self.used -= size
                victims.append(candidate)
                return
            self.remove(victim)
            victims.append(victim)
        self._probation[candidate] = size

    def _count(self, key: Hashable) -> None:
        self._frequency[key] = min(MOST, self._frequency.get(key, 0) + 1)
        self._seen += 1
        keys = len(self._window) + len(self._probation) + len(self._protected)
        if self._seen >= SAMPLE * max(keys, 64):
            self._seen = 0
            self._frequency = {k: n // 2 for k, n in self._frequency.items() if n > 1}
