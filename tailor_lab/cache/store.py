"""Where entries are: in memory, then in the shared tiers in their order.

A tier that fails is passed over and the failure is counted; an entry that is damaged, planted or
another key's is removed and counts as a miss.
"""

import time
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from tailor_lab.cache.clock import now
from tailor_lab.cache.declared import plain, revived
from tailor_lab.cache.dictionary import Dictionaries
from tailor_lab.cache.entry import Entry, pack, unpack
from tailor_lab.cache.errors import UncacheableError
from tailor_lab.cache.stats import CacheStats, Counter
from tailor_lab.cache.tags import Tags
from tailor_lab.cache.tier import SharedTier, TierError
from tailor_lab.cache.tiers.memory import MemoryTier
from tailor_lab.cache.tiers.sizes import weight

T = TypeVar("T")


class Found(msgspec.Struct, frozen=True):
    """An entry that may be served, the tier it was in, and whether it is fresh."""

    entry: Entry
    tier: str
    fresh: bool


class Store:
    """The tiers of one cache behind two questions: `find` and `keep`.

    Of the shared tiers the first that answers is written to; what another one holds from when the
    first did not answer is found there, and handed on to the first.
    """

    def __init__(self, memory: MemoryTier | None, shared: Sequence[SharedTier]) -> None:
        self.memory = memory
        self.shared = tuple(shared)
        self._dictionaries = {tier: Dictionaries(tier, self._attempt) for tier in self.shared}
        self.counter = Counter()
        self.tags = Tags(self.shared, self._attempt, self._drop)
        self._warned: set[str] = set()

    def find(self, key: str, check: bytes, kind: Any = None) -> Found | None:
        """The best entry of a key: a fresh one before a stale one, memory before the others.

        `kind` is the declared type of its value.
        """
        stale = None
        if self.memory is not None:
            found = self.find_in_memory(key, check)
            if found is not None:
                if found.fresh:
                    return found
                stale = found
        if not self.shared:
            return stale
        found = self._find_shared(key, check, kind)
        if found is None:
            return stale
        if self.memory is not None:
            self.memory.set(key, found.entry)
        return found

    def find_in_memory(self, key: str, check: bytes) -> Found | None:
        """The entry of a key in memory, where it may be served."""
        assert self.memory is not None, "asked where there is a memory tier"
        tags = self.tags
        if time.monotonic() >= tags.due:
            tags.catch_up()
        entry = self.memory.get(key)
        return None if entry is None else self._served(entry, check, "memory")

    def keep(self, key: str, entry: Entry, kind: Any = None) -> Entry:
        """Writes an entry to memory and to the first shared tier that takes it.

        `kind` is the declared type of its value. Returns it with its size. Raises
        `UncacheableError` where a shared tier cannot hold it.
        """
        if isinstance(entry.value, Iterator | Awaitable):
            name = type(entry.value).__qualname__
            raise UncacheableError(
                f"A cache cannot hold a {name}: it can be used only once. Cache what it gives."
            )
        size, raw = 0, 0
        stored = entry if kind is None else _with_value(entry, plain(entry.value, kind))
        for tier in self.shared:
            data, raw = self._packed(tier, stored)
            size = len(data)
            if self._attempt(tier, lambda t, data=data: t.set(key, data, entry.stale_until))[0]:  # type: ignore[misc]
                self.counter.stored(raw, size)
                break
        entry = msgspec.structs.replace(entry, size=size or weight(entry.value), raw=raw)
        if self.memory is not None:
            self.memory.set(key, entry)
        return entry

    def peek(self, key: str) -> Entry | None:
        """The entry of a key wherever it is, even a stale one; for those who look after it."""
        entry = self.memory.get(key) if self.memory else None
        for tier in () if entry is not None else self.shared:
            entry = entry or self._read(tier, key)
        return entry

    def delete(self, key: str) -> bool:
        """Forgets a key in every tier, and in the memory of other processes."""
        found = [self.memory.delete(key)] if self.memory else []
        found += [bool(self._attempt(tier, lambda t: t.delete(key))[1]) for tier in self.shared]
        self.tags.dropped(f"k{key}")
        return any(found)

    def clear(self, namespace: str | None) -> list[str]:
        """Forgets everything or one namespace in every tier, and in other processes' memory.

        Returns the names of the tiers that did not answer.
        """
        if self.memory is not None:
            self.memory.clear(namespace)
        missed = [
            tier.name
            for tier in self.shared
            if not self._attempt(tier, lambda t: t.clear(namespace))[0]
        ]
        self.tags.dropped(f"n{namespace or ''}")
        return missed

    def usage(self) -> dict[str, tuple[int, int]]:
        """Entries and bytes in each shared tier that answers."""
        found = {tier.name: self._attempt(tier, lambda t: t.usage()) for tier in self.shared}
        return {name: usage for name, (answered, usage) in found.items() if answered}

    @contextmanager
    def holding(self, key: str) -> Iterator[bool]:
        """Keeps other processes from computing the key; false where no tier can do that."""
        for tier in self.shared:
            lock = tier.holding(key)
            if self._attempt(tier, lambda _, lock=lock: lock.__enter__())[0]:  # type: ignore[misc]
                try:
                    yield True
                finally:
                    lock.__exit__(None, None, None)
                return
        yield False

    def ask(self, question: Callable[[SharedTier], T]) -> T | None:
        """The answer of the first shared tier that gives one."""
        for tier in self.shared:
            answered, answer = self._attempt(tier, question)
            if answered:
                return answer  # type: ignore[no-any-return]
        return None

    def stats(self) -> CacheStats:
        """What was done since the store was opened."""
        memory = {"memory": self.memory.evictions} if self.memory else {}
        return self.counter.snapshot(
            evictions={**memory, **{tier.name: tier.evictions for tier in self.shared}},
            bytes_in_memory=self.memory.bytes if self.memory else 0,
        )

    def renew(self) -> None:
        """Makes the locks anew, for a forked process whose parent may have held them."""
        self.counter.renew()
        self.tags.renew()
        if self.memory is not None:
            self.memory.renew()
        for tier in self.shared:
            tier.renew()

    def close(self) -> None:
        """Lets go of files and connections."""
        for tier in self.shared:
            tier.close()

    def _find_shared(self, key: str, check: bytes, kind: Any) -> Found | None:
        if time.monotonic() >= self.tags.due:
            self.tags.catch_up()
        reachable: list[SharedTier] = []
        for tier in self.shared:
            try:
                data = tier.get(key)
            except TierError as error:
                self._failed(tier, error)
                continue
            if data is not None:
                entry = self._unpacked(tier, key, data, kind)
                found = None if entry is None else self._served(entry, check, tier.name)
                if found is not None:
                    for earlier in reachable:
                        self._hand_on(earlier, key, found.entry, kind)
                    return found
            reachable.append(tier)
        return None

    def _hand_on(self, tier: SharedTier, key: str, entry: Entry, kind: Any) -> None:
        stored = entry if kind is None else _with_value(entry, plain(entry.value, kind))
        data, _ = self._packed(tier, stored)
        self._attempt(tier, lambda t: t.set(key, data, entry.stale_until))

    def _packed(self, tier: SharedTier, entry: Entry) -> tuple[bytes, int]:
        dictionary = self._dictionaries[tier].current()
        return pack(entry, dictionary=dictionary, compress_from=tier.compress_from)

    def _served(self, entry: Entry, check: bytes, tier: str) -> Found | None:
        if entry.check != check:
            # Another key's entry under this name; to serve it would be wrong.
            self.counter.error()
            return None
        moment = now()
        if not entry.alive(moment) or (entry.tags and not self.tags.valid(entry.tags, entry.made)):
            return None
        return Found(entry, tier, entry.fresh(moment))

    def _read(self, tier: SharedTier, key: str) -> Entry | None:
        data = self._attempt(tier, lambda t: t.get(key))[1]
        return None if data is None else self._unpacked(tier, key, data)

    def _unpacked(self, tier: SharedTier, key: str, data: bytes, kind: Any = None) -> Entry | None:
        try:
            entry = unpack(data, self._dictionaries[tier].find)
            if kind is None or entry.failed:
                return entry
            return _with_value(entry, revived(entry.value, kind))
        except ValueError:
            # Damaged, planted, of another version or type: a miss, and not to be found again.
            self.counter.error()
            self._attempt(tier, lambda t: t.delete(key))
            return None

    def _drop(self, name: str) -> None:
        """Drops what another process dropped: "k…" a key, "n…" a namespace, "m" what is in memory.

        Others tell the first shared tier of it; what is held behind that one must go as well.
        """
        kind, rest = name[0], name[1:]
        if self.memory is not None:
            if kind == "k":
                self.memory.delete(rest)
            else:
                self.memory.clear(rest or None)
        for tier in self.shared[1:]:
            if kind == "k":
                self._attempt(tier, lambda t: t.delete(rest))
            elif kind == "n":
                self._attempt(tier, lambda t: t.clear(rest or None))

    def _attempt(self, tier: SharedTier, question: Callable[[SharedTier], Any]) -> tuple[bool, Any]:
        try:
            return True, question(tier)
        except TierError as error:
            self._failed(tier, error)
            return False, None

    def _failed(self, tier: SharedTier, error: TierError) -> None:
        self.counter.error()
        if tier.name not in self._warned:
            self._warned.add(tier.name)
            places = ["in memory"] if self.memory else []
            places += [
                f"on {other.name}" for other in self.shared if other.name not in self._warned
            ]
            rest = " and ".join(places) or "by computing each value"
            warnings.warn(f"{error}; the cache goes on {rest}.", stacklevel=2)


def _with_value(entry: Entry, value: Any) -> Entry:
    return msgspec.structs.replace(entry, value=value)
