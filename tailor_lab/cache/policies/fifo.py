"""First in, first out: the baseline that costs nothing on a hit."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class Fifo(Policy):
    """Evicts the oldest addition; hits change nothing."""

    lock_free = True

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        # Not a dict: finding its first key gets slow once many first keys were removed.
        self._sizes: OrderedDict[Hashable, int] = OrderedDict()

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Takes a key in behind all others."""
        if size > self.capacity:
            return (key,)
        victims = []
        sizes = self._sizes
        used = self.used + size
        while used > self.capacity:
            victim, freed = sizes.popitem(last=False)
            used -= freed
            victims.append(victim)
        self.used = used
        sizes[key] = size
        return victims

    def remove(self, key: Hashable) -> None:
        """Forgets a key."""
        self.used -= self._sizes.pop(key, 0)
