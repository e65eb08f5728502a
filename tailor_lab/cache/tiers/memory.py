"""The memory tier: Python objects of this process, limited by bytes, under any policy."""

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailor_lab.cache.entry import Entry
from tailor_lab.cache.policies import Policy, policy_named
from tailor_lab.cache.tiers.sizes import in_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_BACKLOG = 256
"""Hits that may wait until the policy hears of them."""


@dataclass(frozen=True)
class Memory:
    """How much the memory tier may hold, and which entries stay.

    Values are handed out as they are, not copied: treat them as read-only.
    `policy` is a name such as "lru" or "sieve", or a class of your own.
    """

    max_bytes: int | str = "256MB"
    policy: str | type[Policy] = "lru"

    def open(self) -> "MemoryTier":
        """An empty tier of that size."""
        capacity = in_bytes(self.max_bytes)
        return MemoryTier(policy_named(self.policy), capacity)


class MemoryTier:
    """Entries by key. A hit takes no lock: each step of it is one atomic operation.

    A policy whose `hit` is more than that hears of hits in batches, in their order, before it has
    to choose what goes.
    """

    name = "memory"

    def __init__(self, policy: type[Policy], max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.evictions = 0
        self._make = policy
        self._policy = policy(max_bytes)
        self._entries: dict[str, Entry] = {}
        self._waiting: deque[str] = deque()
        self.renew()
        self._hit = self._choose_hit()

    def renew(self) -> None:
        """Makes the lock anew, for a forked process whose parent may have held it."""
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Bytes held."""
        return self._policy.used

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        entry = self._entries.get(key)
        if entry is not None:
            # Another thread may have evicted it meanwhile; `suppress` would double a hit's time.
            try:  # noqa: SIM105
                self._hit(key)
            except KeyError:
                pass
        return entry

    def set(self, key: str, entry: Entry) -> None:
        """Keeps an entry where the policy takes it, making room for it."""
        with self._lock:
            self._tell_policy()
            if self._entries.pop(key, None) is not None:
                self._policy.remove(key)
            self._entries[key] = entry
            cost = entry.usd or entry.seconds
            for victim in self._policy.add(key, max(1, entry.size), cost):
                del self._entries[victim]
                self.evictions += victim != key

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""
        with self._lock:
            self._tell_policy()
            self._policy.remove(key)
            return self._entries.pop(key, None) is not None

    def clear(self, namespace: str | None = None) -> None:
        """Forgets everything, or one namespace."""
        with self._lock:
            if namespace is not None:
                self._tell_policy()
                for key in [k for k in self._entries if k.startswith(f"{namespace}:")]:
                    self._policy.remove(key)
                    del self._entries[key]
                return
            self._entries.clear()
            self._waiting.clear()
            self._policy = self._make(self.max_bytes)
            self._hit = self._choose_hit()

    def _choose_hit(self) -> "Callable[[str], object]":
        return self._policy.hit if self._make.lock_free else self._hit_later

    def _hit_later(self, key: str) -> None:
        self._waiting.append(key)
        if len(self._waiting) > _BACKLOG and self._lock.acquire(blocking=False):
            try:
                self._tell_policy()
            finally:
                self._lock.release()

    def _tell_policy(self) -> None:
        for _ in range(len(self._waiting)):
            with suppress(KeyError):
                self._policy.hit(self._waiting.popleft())
