"""What every eviction policy does: says which keys must go when another comes."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar


class Policy:
    """Decides which keys stay within `capacity` (bytes, or entries where every size is 1).

    The owner keeps the values and tells the policy of each hit, addition and removal. A key that is
    added must not be present. Only `add` evicts; it names the victims, among them the new key where
    the policy turns it away.
    """

    lock_free: ClassVar[bool] = False
    """Whether `hit` may run on many threads at once; otherwise the owner hands hits over later."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0

    def hit(self, key: Hashable) -> None:
        """Notes that a key was asked for; may raise `KeyError` for one that is gone."""

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:
        """Takes a key in and returns the keys that must go; `cost` is what a miss of it costs.

        `size` is in the unit of the policy's capacity: bytes, as a rule.
        """
        raise NotImplementedError

    def remove(self, key: Hashable) -> None:
        """Forgets a key that the owner drops; one that is gone is ignored."""
        raise NotImplementedError

    def describe(self) -> str:
        """What a reader of a replay should know of this run, or nothing."""
        return ""
