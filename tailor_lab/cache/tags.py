"""Tags, and the news that processes have of one another: versions in the shared tier.

An entry remembers the versions of its tags from before it was computed; invalidating a tag raises
its version, and with it those of all tags that depend on it, so the entry no longer counts. There
are no sets of members that could leak or go stale. Versions are times (microseconds), so they rise
even where the shared tier lost everything. Keys and namespaces that a process dropped or replaced
travel the same way, for the others to drop them from memory.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tailor_lab.cache.clock import now
from tailor_lab.cache.tier import SharedTier

POLL_S = 0.25
"""How old the knowledge of other processes' changes may be."""
OVERLAP = 10_000_000
"""Microseconds of news that are read again, for clocks of two machines differ."""
KEPT_S = 3600.0
"""How long a tier keeps the news that a key or a namespace was dropped."""
EPOCH = "e"
"""The name whose version is when a tier's versions began; it may have lost earlier ones."""
_KNOWN = 10_000

Stamp = tuple[tuple[str, int], ...]
Attempt = Callable[[SharedTier, Callable[[SharedTier], Any]], tuple[bool, Any]]


class Tags:
    """What one cache knows of versions and dependencies.

    `attempt` puts a question to a tier and says whether it answered; `drop` is told of each key
    ("k…") and namespace ("n…") that another process dropped, "n" alone standing for everything,
    and of "m" where memory may have missed something.
    """

    def __init__(
        self, tiers: Sequence[SharedTier], attempt: Attempt, drop: Callable[[str], None]
    ) -> None:
        self._attempt = attempt
        self._drop = drop
        self._feeds = [_Feed(tier) for tier in tiers]
        self._versions: dict[str, int] = {}
        self._edges: set[tuple[str, str]] = set()
        self._known: dict[str, int] = {}
        """The dropped keys and namespaces that this process has heard of."""
        self._epoch = 0
        self._heard = now()
        self.due = 0.0 if tiers else float("inf")
        """When to catch up, by the monotonic clock."""
        self.renew()

    def renew(self) -> None:
        """Makes the lock anew, for a forked process whose parent may have held it."""
        self._lock = threading.RLock()

    def stamp(self, tags: Sequence[str]) -> Stamp:
        """The tags with their present versions, to be kept with an entry."""
        if not tags:
            return ()
        self.catch_up()
        return tuple((tag, self._versions.get(tag, 0)) for tag in tags)

    def valid(self, stamp: Stamp, made: float) -> bool:
        """Whether none of the tags was invalidated since, as far as was heard."""
        if made * 1e6 < self._epoch:
            return False
        return all(version >= self._versions.get(tag, 0) for tag, version in stamp)

    def depends(self, tag: str, on: Iterable[str]) -> None:
        """Notes that `tag` is to go whenever one of `on` goes."""
        edges = {(tag, other) for other in on}
        with self._lock:
            self._edges |= edges
        for feed in self._feeds:
            self._attempt(feed.tier, lambda tier: tier.add_dependencies(edges))

    def invalidate(self, tag: str) -> int:
        """Raises the versions of a tag and of all that depend on it; returns how many."""
        with self._lock:
            self._listen()
            edges = set(self._edges)
            for feed in self._feeds:
                edges |= self._attempt(feed.tier, lambda tier: tier.dependencies())[1] or set()
            gone = _reached(tag, edges)
            version = max(int(now() * 1e6), 1 + max(self._versions.values(), default=0))
            self._versions |= dict.fromkeys(gone, version)
            self._tell({f"t{name}": version for name in gone})
        return len(gone)

    def dropped(self, name: str) -> None:
        """Tells other processes that a key ("k…") or namespace ("n…") is not what it was."""
        if self._feeds:
            with self._lock:
                self._known[name] = version = int(now() * 1e6)
                self._tell({name: version})

    def catch_up(self) -> None:
        """Hears what other processes changed, unless that was done a moment ago."""
        if time.monotonic() >= self.due:
            with self._lock:
                if time.monotonic() >= self.due:
                    self._listen()

    def _listen(self) -> None:
        if now() - self._heard > KEPT_S / 2:
            # A sleeping process may have missed news that no longer stands in the tier.
            self._drop("m")
        for feed in self._feeds:
            self._pay(feed)
            since = max(0, feed.latest - OVERLAP)
            _, news = self._attempt(feed.tier, lambda tier, since=since: tier.versions(since))  # type: ignore[misc]
            for name, version in (news or {}).items():
                feed.latest = max(feed.latest, version)
                self._learn(name, version)
        self._heard = now()
        if self._feeds:
            self.due = time.monotonic() + POLL_S

    def _learn(self, name: str, version: int) -> None:
        if name == EPOCH:
            self._epoch = max(self._epoch, version)
        elif name[0] == "t":
            tag = name[1:]
            self._versions[tag] = max(version, self._versions.get(tag, 0))
        elif version > self._known.get(name, 0):
            if len(self._known) > _KNOWN:
                self._known.clear()
            self._known[name] = version
            self._drop(name)

    def _tell(self, versions: Mapping[str, int]) -> None:
        for feed in self._feeds:
            feed.owed |= versions
            self._pay(feed)

    def _pay(self, feed: "_Feed") -> None:
        """Tells a tier the news, also what it could not take when it happened."""
        owed = dict(feed.owed)
        if owed and self._attempt(feed.tier, lambda tier: tier.raise_versions(owed))[0]:
            feed.owed.clear()


class _Feed:
    """What one tier has been told and has told."""

    def __init__(self, tier: SharedTier) -> None:
        self.tier = tier
        self.owed: dict[str, int] = {}
        self.latest = 0


def _reached(tag: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    dependents: dict[str, list[str]] = {}
    for dependent, other in edges:
        dependents.setdefault(other, []).append(dependent)
    gone, todo = {tag}, [tag]
    while todo:
        for dependent in dependents.get(todo.pop(), ()):
            if dependent not in gone:
                gone.add(dependent)
                todo.append(dependent)
    return gone
