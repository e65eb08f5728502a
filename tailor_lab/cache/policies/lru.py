"""Least recently used: what was asked for last stays longest."""

from collections.abc import Hashable

from tailor_lab.cache.policies.fifo import Fifo


class Lru(Fifo):
    """Evicts what was not asked for the longest."""

    lock_free = True

    def hit(self, key: Hashable) -> None:
        """Moves a key behind all others: one atomic step of the interpreter."""
        # Another thread may have evicted it meanwhile; `suppress` would double the time of a hit.
        try:  # noqa: SIM105
            self._sizes.move_to_end(key)
        except KeyError:
            pass
