"""Least recently used: what was asked for last stays longest."""

from tailor_lab.cache.policies.fifo import Fifo


class Lru(Fifo):
    """Evicts what was not asked for the longest."""

    lock_free = True

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        # Moves a key behind all others: one atomic step of the interpreter, and the fastest hit
        # that there is, for no Python runs.
        self.hit = self._sizes.move_to_end  # type: ignore[method-assign]
