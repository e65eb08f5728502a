"""The cache: memory before a shared tier, one computation however many ask.

A request looks in memory, then in the shared tier, and computes only where neither helps; whoever
asks meanwhile waits for that one computation, in this process and in others. A shared tier that
fails is passed over: the caller gets the value all the same, and the failure is counted.

Long because the public face of the cache is one class, each of whose methods is documented.
"""

import functools
import inspect
import math
import os
import time
import weakref
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from tailor_lab.cache.clock import now
from tailor_lab.cache.coroutines import on_own_thread
from tailor_lab.cache.encoding.keys import key_and_check
from tailor_lab.cache.entry import Entry
from tailor_lab.cache.flights import Flights
from tailor_lab.cache.rule import CacheRule, due_early
from tailor_lab.cache.stats import CacheRequest, CacheStats, Outcome
from tailor_lab.cache.store import Found, Store
from tailor_lab.cache.tags import Stamp
from tailor_lab.cache.tier import SharedTier
from tailor_lab.cache.tiers.disk import Disk
from tailor_lab.cache.tiers.memory import Memory
from tailor_lab.cache.tiers.redis import Redis
from tailor_lab.cache.ttl import Ttl, seconds
from tailor_lab.cache.warm import Warmed, warm
from tailor_lab.errors import InputError
from tailor_lab.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
_CHOICES = {"memory": 'Memory("256MB")', "shared": 'Disk("cache.sqlite"), Redis(url)'}
Listener = Callable[[CacheRequest], None]
_MISSING = object()


class Cache:
    """A memory tier and a shared tier behind one face; either may be None.

    >>> cache = Cache(memory=Memory("1MB"))
    >>> cache.wrap("squares", 7, fetch=lambda: 49), cache.wrap("squares", 7, fetch=lambda: 0)
    (49, 49)
    """

    def __init__(
        self,
        memory: Memory | None = Memory(),  # noqa: B008 (frozen)
        shared: Disk | Redis | None = None,
    ) -> None:
        for name, given, kinds in (("memory", memory, Memory), ("shared", shared, Disk | Redis)):
            if given is not None and not isinstance(given, kinds):
                raise InputError(f"{name} is {given!r}; use {_CHOICES[name]} or None.")
        self._configuration = (memory, shared)
        behind = shared.fallback if isinstance(shared, Redis) else None
        tiers = [tier.open() for tier in (shared, behind) if tier is not None]
        self._store = Store(memory.open() if memory else None, tiers)
        self._flights: Flights[tuple[Entry, Outcome]] = Flights()
        self._listeners: list[Listener] = []
        _OPEN.add(self)

    @classmethod
    def from_env(cls, home: str | Path | None = None) -> "Cache":
        """The cache of a home folder: a file in it, behind Redis where `REDIS_URL` is set."""
        return cls.from_settings(Settings.load(home))

    @classmethod
    def from_settings(cls, settings: Settings) -> "Cache":
        """The cache that the settings describe."""
        disk = Disk(settings.home / "cache.sqlite")
        if settings.redis_url is None:
            return cls(shared=disk)
        return cls(shared=Redis(settings.redis_url, tls=settings.redis_tls, fallback=disk))

    def wrap(
        self,
        namespace: str,
        key_parts: Any,
        fetch: Callable[[], T],
        *,
        ttl: Ttl = None,
        stale_for: float | str = 0,
        tags: Sequence[str] = (),
        cost: float | Callable[[T], float] | None = None,
        early: float = 0.0,
        failures: Mapping[type[Exception], Ttl] | None = None,
        type: Any = None,  # noqa: A002 (the field's own word)
    ) -> T:
        """The cached value of the key, else what `fetch` gives, which is then kept.

        `ttl` is seconds, a text such as "9h", a function of the value, or None for ever. For
        `stale_for` longer the old value is served at once and refreshed behind. `cost` in USD is
        what each later hit saves. What `fetch` raises is raised, and nothing is kept, but for the
        exceptions that `failures` names with a time to live. `type` declares a pydantic model, a
        dataclass or a collection of these, which a shared tier holds as plain values. With `early`
        above 0 (1 is usual) a value is refreshed behind before it ends, the likelier the dearer it
        was.
        Source of `early`: Vattani, Chierichetti, Lowenstein, "Optimal probabilistic cache stampede
        prevention" (VLDB 2015).
        """
        start = time.perf_counter()
        key, check = key_and_check(namespace, key_parts)
        found = self._store.find(key, check, type)
        value: T
        if found is None or early or not found.fresh:
            stale = seconds(stale_for) if stale_for else 0.0
            # A wrong rule is refused before anything is paid for.
            lasts = ttl if callable(ttl) else seconds(ttl)
            rule = CacheRule(
                namespace, key, check, fetch, lasts, stale, tags, cost, failures or {}, type
            )
            if found is None:
                value = self._computed(rule, start)
                return value
            if not found.fresh or due_early(found.entry, early):
                seen = found.entry.made
                self._flights.start(key, lambda: self._compute_once(rule, newer_than=seen))
        value = self._answer(namespace, key, found, start, failures)
        return value

    async def awrap(
        self, namespace: str, key_parts: Any, fetch: Callable[[], Awaitable[T]], **rules: Any
    ) -> T:
        """`wrap` for a `fetch` that is a coroutine function; it runs on the caller's loop.

        `rules` are the further parameters of `wrap`, by name.
        """
        if self._store.memory is not None:
            start = time.perf_counter()
            key, check = key_and_check(namespace, key_parts)
            found = self._store.find_in_memory(key, check)
            if found is not None and found.fresh and not rules.get("early"):
                value: T = self._answer(namespace, key, found, start, rules.get("failures"))
                return value
        return await on_own_thread(
            lambda blocking: self.wrap(namespace, key_parts, blocking, **rules), fetch
        )

    def get(
        self,
        namespace: str,
        key_parts: Any,
        default: Any = None,
        *,
        type: Any = None,  # noqa: A002
    ) -> Any:
        """The cached value, or `default` where there is none that is fresh.

        `type` is the class that the value was stored as, where `set` or `wrap` was given one.
        """
        start = time.perf_counter()
        key, check = key_and_check(namespace, key_parts)
        found = self._store.find(key, check, type)
        if found is None or not found.fresh or found.entry.failed:
            self._tell(namespace, key, "miss", None, None, start)
            return default
        return self._answer(namespace, key, found, start)

    def set(
        self,
        namespace: str,
        key_parts: Any,
        value: Any,
        *,
        ttl: Ttl = None,
        stale_for: float | str = 0,
        tags: Sequence[str] = (),
        type: Any = None,  # noqa: A002
    ) -> None:
        """Keeps a value under the key, in place of what any process holds there.

        `type` is the class of the value, for a pydantic model or a dataclass. Raises
        `UncacheableError` for a value that would not come back as it is.
        """
        key, check = key_and_check(namespace, key_parts)
        rule = CacheRule(namespace, key, check, ttl=ttl, stale_for=seconds(stale_for), tags=tags)
        rule.kind = type
        self._keep(rule, value, 0.0, self._store.tags.stamp(tags))
        self._store.tags.dropped(f"k{key}")

    def delete(self, namespace: str, key_parts: Any) -> bool:
        """Forgets the key in every tier and says whether it was there."""
        return self._store.delete(key_and_check(namespace, key_parts)[0])

    def memoize(self, namespace: str, **rules: Any) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Decorates a function so that its arguments are the key; `rules` are those of `wrap`.

        A coroutine function stays one.
        """

        def decorate(function: Callable[P, T]) -> Callable[P, T]:
            if inspect.iscoroutinefunction(function):

                @functools.wraps(function)
                async def awaited(*args: Any, **kwargs: Any) -> Any:
                    arguments = [args, kwargs]
                    fetch = functools.partial(function, *args, **kwargs)
                    return await self.awrap(namespace, arguments, fetch, **rules)

                return awaited  # type: ignore[return-value]

            @functools.wraps(function)
            def cached(*args: P.args, **kwargs: P.kwargs) -> T:
                arguments = [args, kwargs]
                return self.wrap(namespace, arguments, lambda: function(*args, **kwargs), **rules)  # type: ignore[no-any-return]

            return cached

        return decorate

    def depends(self, tag: str, on: Iterable[str]) -> None:
        """Declares that what is tagged `tag` is to go whenever one of the tags `on` goes."""
        self._store.tags.depends(tag, on)

    def invalidate(self, tag: str) -> int:
        """Ends all entries with the tag or one that depends on it, in every tier and process.

        Other processes take notice within half a second. Returns how many tags it reached.
        """
        return self._store.tags.invalidate(tag)

    def warm(
        self,
        namespace: str,
        keys: Iterable[Any],
        fetch: Callable[[Any], Any],
        n_jobs: int = 8,
        progress: Callable[[int, int], None] | None = None,
        **rules: Any,
    ) -> Warmed:
        """Loads the values of `keys` that are missing; `fetch` is given the key.

        `progress` hears how many are done, of how many; `rules` are those of `wrap`.
        """

        def load(key: Any) -> bool:
            if self.get(namespace, key, _MISSING) is not _MISSING:
                return False
            self.wrap(namespace, key, lambda: fetch(key), **rules)
            return True

        return warm(keys, load, n_jobs=n_jobs, progress=progress)

    def inspect(self, key: str) -> Entry | None:
        """The entry of a key as requests and logs name it ("namespace:hash"), even a stale one."""
        return self._store.peek(key)

    def clear(self, namespace: str | None = None) -> list[str]:
        """Forgets everything or one namespace, in every tier and process.

        Returns the names of the tiers that did not answer and keep what they have.
        """
        return self._store.clear(namespace)

    def usage(self) -> dict[str, tuple[int, int]]:
        """Entries and bytes in each shared tier that answers, by its name."""
        return self._store.usage()

    def listen(self, listener: Listener) -> None:
        """Tells `listener` of every request, on the thread that made it."""
        self._listeners.append(listener)

    def stats(self) -> CacheStats:
        """What this cache did since it was opened."""
        return self._store.stats()

    @property
    def shared(self) -> SharedTier | None:
        """The shared tier, for those who look after it."""
        return next(iter(self._store.shared), None)

    def close(self) -> None:
        """Lets go of files and connections."""
        self._store.close()

    def __repr__(self) -> str:
        # By the tiers' names alone: the address of a server may hold a password.
        tiers = " over ".join(type(tier).__name__ for tier in self._configuration if tier)
        return f"Cache({tiers}): {self.stats()}"

    def _repr_html_(self) -> str:
        return self.stats()._repr_html_()

    def __enter__(self) -> "Cache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process the cache opens its tiers anew: memory empty, the shared one shared.
        return (type(self), self._configuration)

    def _computed(self, rule: CacheRule, start: float) -> Any:
        """The value that this thread computes or another one already does, counted."""
        try:
            (entry, outcome), leading = self._flights.join(
                rule.key, lambda: self._compute_once(rule)
            )
        except BaseException:
            self._tell(rule.namespace, rule.key, "error", None, None, start)
            raise
        if outcome == "hit" or not leading:
            found = Found(entry, "memory", True)
            return self._answer(rule.namespace, rule.key, found, start, rule.failures)
        self._tell(rule.namespace, rule.key, outcome, None, entry, start)
        return entry.value

    def _compute_once(
        self, rule: CacheRule, newer_than: float = -math.inf
    ) -> tuple[Entry, Outcome]:
        """Computes the value while nobody else does, unless somebody just has."""
        with self._store.holding(rule.key):
            # Between our miss and our turn another thread or process may have stored it.
            found = self._store.find(rule.key, rule.check, rule.kind)
            if found is not None and found.fresh and found.entry.made > newer_than:
                return found.entry, "hit"
            # From before computing: what is invalidated meanwhile must not count as new.
            stamp = self._store.tags.stamp(rule.tags)
            start = time.perf_counter()
            try:
                value = rule.fetch()
            except tuple(rule.failures) as error:
                self._keep_failure(rule, error, time.perf_counter() - start, stamp)
                raise
            return self._keep(rule, value, time.perf_counter() - start, stamp), "miss"

    def _keep(
        self, rule: CacheRule, value: Any, took: float, stamp: Stamp, *, failed: bool = False
    ) -> Entry:
        made = now()
        fresh_until = made + seconds(rule.ttl, value)
        entry = Entry(
            value,
            fresh_until,
            fresh_until + rule.stale_for,
            seconds=took,
            usd=rule.cost(value) if callable(rule.cost) else (rule.cost or 0.0),
            made=made,
            tags=stamp,
            check=rule.check,
            failed=failed,
        )
        return self._store.keep(rule.key, entry, None if failed else rule.kind)

    def _keep_failure(self, rule: CacheRule, error: Exception, took: float, stamp: Stamp) -> None:
        kind = next(kind for kind in rule.failures if isinstance(error, kind))
        brief = copy(rule)
        brief.ttl, brief.stale_for, brief.cost = rule.failures[kind], 0.0, None
        self._keep(brief, (kind.__qualname__, str(error)), took, stamp, failed=True)

    def _answer(
        self,
        namespace: str,
        key: str,
        found: Found,
        start: float,
        failures: Mapping[type[Exception], Ttl] | None = None,
    ) -> Any:
        """The value of an entry, counted; raises the exception that it stands for."""
        entry = found.entry
        self._tell(namespace, key, "hit" if found.fresh else "stale", found.tier, entry, start)
        if not entry.failed:
            return entry.value
        name, text = entry.value
        raise next((kind for kind in failures or () if kind.__qualname__ == name), RuntimeError)(
            text
        )

    def _tell(
        self,
        namespace: str,
        key: str,
        outcome: Outcome,
        tier: str | None,
        entry: Entry | None,
        start: float,
    ) -> None:
        took = time.perf_counter() - start
        saved_s, saved_usd = (
            (0.0, 0.0) if entry is None or outcome == "miss" else (entry.seconds, entry.usd)
        )
        self._store.counter.count(namespace, outcome, tier, took, saved_s, saved_usd)
        if self._listeners:
            size = entry.size if entry else 0
            request = CacheRequest(
                time.time(), namespace, key, outcome, tier, size, took, saved_s, saved_usd
            )
            for listener in self._listeners:
                listener(request)


_OPEN: "weakref.WeakSet[Cache]" = weakref.WeakSet()


def _renew_after_fork() -> None:
    """A forked process inherits locks that threads of its parent may have held."""
    for cache in _OPEN:
        cache._store.renew()
        cache._flights.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)
