"""No caching: the variant to compare the others with."""

from collections.abc import Hashable, Sequence
from typing import Any

from tailor_lab.cache.policies.policy import Policy


class Nothing(Policy):
    """Turns every key away."""

    lock_free = True

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        """Turns the key away."""
        return (key,)

    def remove(self, key: Hashable) -> None:
        """Has nothing to forget."""
