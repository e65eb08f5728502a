"""Tags: a version for each, kept in the shared tier and compared on every read.

An entry remembers the versions of its tags from before it was computed; invalidating a tag raises
its version, and with it those of all tags that depend on it, so the entry no longer counts. There
are no sets of members that could leak or go stale. Versions are times (microseconds),
so they rise even where the shared tier lost everything.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tailor_lab.cache.clock import now
from tailor_lab.cache.tier import SharedTier

POLL_S = 0.25
"""How old the knowledge of other processes' invalidations may be."""

Stamp = tuple[tuple[str, int], ...]


class Tags:
    """What one cache knows of versions and dependencies; `ask` puts a question to the tier."""

    def __init__(self, ask: Callable[[Callable[[SharedTier], Any]], Any]) -> None:
        self._ask = ask
        self._versions: dict[str, int] = {}
        self._edges: set[tuple[str, str]] = set()
        self._owed: dict[str, int] = {}
        self._latest = 0
        self._asked = -POLL_S
        self._lock = threading.RLock()

    def stamp(self, tags: Sequence[str]) -> Stamp:
        """The tags with their present versions, to be kept with an entry."""
        if not tags:
            return ()
        self._catch_up()
        return tuple((tag, self._versions.get(tag, 0)) for tag in tags)

    def valid(self, stamp: Stamp) -> bool:
        """Whether none of the tags was invalidated since."""
        if not stamp:
            return True
        self._catch_up()
        return all(version >= self._versions.get(tag, 0) for tag, version in stamp)

    def depends(self, tag: str, on: Iterable[str]) -> None:
        """Notes that `tag` is to go whenever one of `on` goes."""
        edges = {(tag, other) for other in on}
        with self._lock:
            self._edges |= edges
        self._ask(lambda tier: tier.add_dependencies(edges))

    def invalidate(self, tag: str) -> int:
        """Raises the versions of a tag and of all that depend on it; returns how many."""
        with self._lock:
            edges = self._edges | (self._ask(lambda tier: tier.dependencies()) or set())
            gone = _reached(tag, edges)
            version = max(int(now() * 1e6), self._latest + 1, *self._versions.values(), 0)
            raised = dict.fromkeys(gone, version + 1)
            self._versions |= raised
            self._owed |= raised
            self._pay()
        return len(gone)

    def _catch_up(self) -> None:
        if time.monotonic() - self._asked < POLL_S:
            return
        with self._lock:
            if time.monotonic() - self._asked < POLL_S:
                return
            self._pay()
            news: Mapping[str, int] = self._ask(lambda tier: tier.tag_versions(self._latest)) or {}
            for tag, version in news.items():
                self._versions[tag] = max(version, self._versions.get(tag, 0))
                self._latest = max(self._latest, version)
            self._asked = time.monotonic()

    def _pay(self) -> None:
        """Tells the tier of invalidations, also of those it could not take when they were made."""
        owed = dict(self._owed)
        if owed and self._ask(lambda tier: tier.raise_tags(owed)):
            self._owed.clear()


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
