"""The cache: memory before a shared tier, one computation however many ask.

A request looks in memory, then in the shared tier, and computes only where neither helps; whoever
asks meanwhile waits for that one computation, in this process and in others. A shared tier that
fails is passed over: the caller gets the value all the same, and the failure is counted.
"""

import asyncio
import contextvars
import functools
import math
import random
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tailor_lab.cache.clock import now as clock_now
from tailor_lab.cache.disk import Disk
from tailor_lab.cache.entry import Entry, pack, unpack
from tailor_lab.cache.keys import key_and_check, key_of
from tailor_lab.cache.memory import Memory, MemoryTier
from tailor_lab.cache.redis import Redis
from tailor_lab.cache.sizes import weight
from tailor_lab.cache.stats import CacheRequest, CacheStats, Counter, Outcome
from tailor_lab.cache.tags import Stamp, Tags
from tailor_lab.cache.tier import SharedTier, TierError
from tailor_lab.cache.ttl import Ttl, seconds
from tailor_lab.cache.warm import Warmed, warm
from tailor_lab.settings import Settings

T = TypeVar("T")
Listener = Callable[[CacheRequest], None]
_NEGATIVE = "tailor_lab.cache: a failure"
"""Marks the value of an entry that stands for an exception."""


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
        self._configuration = (memory, shared)
        self._memory: MemoryTier | None = memory.open() if memory else None
        self._shared: SharedTier | None = shared.open() if shared else None
        self._counter = Counter()
        self._flights: dict[str, Future[Entry]] = {}
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._warned = False
        self._tags = Tags(self._asking)

    @classmethod
    def from_env(cls, home: str | Path | None = None) -> "Cache":
        """The cache of a home folder: Redis where `REDIS_URL` is set, else a file in the folder."""
        return cls.from_settings(Settings.load(home))

    @classmethod
    def from_settings(cls, settings: Settings) -> "Cache":
        """The cache that the settings describe."""
        if settings.redis_url is not None:
            return cls(shared=Redis(settings.redis_url, tls=settings.redis_tls))
        return cls(shared=Disk(settings.home / "cache.sqlite"))

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
    ) -> T:
        """The cached value of the key, else what `fetch` gives, which is then kept.

        `ttl` is seconds, a text such as "9h", a function of the value, or None for ever. For
        `stale_for` longer the old value is served at once and refreshed behind. `cost` in USD is
        what each later hit saves. What `fetch` raises is raised, and nothing is kept, but for the
        exceptions that `failures` names with a time to live. With `early` above 0 (1 is usual) a
        value is refreshed behind before it ends, the likelier the dearer it was.
        Source of `early`: Vattani, Chierichetti, Lowenstein, "Optimal probabilistic cache stampede
        prevention" (VLDB 2015).
        """
        start = time.perf_counter()
        key, check = key_and_check(namespace, key_parts)
        stale = seconds(stale_for) if stale_for else 0.0
        rule = _Rule(namespace, key, check, fetch, ttl, stale, tags, cost, failures or {})
        entry, tier = self._find(key, check)
        if entry is not None:
            outcome: Outcome = "hit" if entry.fresh(clock_now()) else "stale"
            if outcome == "stale" or (early and _due_early(entry, early)):
                self._refresh_behind(rule)
        else:
            entry, outcome = self._fly(rule)
            tier = None if outcome == "miss" else "memory"
        self._tell(rule, outcome, tier, entry, start)
        return _value(entry, rule.failures)  # type: ignore[no-any-return]

    async def awrap(
        self, namespace: str, key_parts: Any, fetch: Callable[[], Awaitable[T]], **rules: Any
    ) -> T:
        """`wrap` for a `fetch` that is a coroutine function; it runs on the caller's loop."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

        async def fetched() -> T:
            return await fetch()

        def blocking() -> T:
            return asyncio.run_coroutine_threadsafe(fetched(), loop).result()

        def tell(error: BaseException | None, value: Any) -> None:
            if answer.cancelled():
                return
            if error is None:
                answer.set_result(value)
            else:
                answer.set_exception(error)

        def work() -> None:
            try:
                value = context.run(lambda: self.wrap(namespace, key_parts, blocking, **rules))
            except BaseException as error:  # noqa: BLE001 (handed to the caller)
                loop.call_soon_threadsafe(tell, error, None)
            else:
                loop.call_soon_threadsafe(tell, None, value)

        # A thread a call: in a pool, coroutines that wait for one another could take all threads.
        threading.Thread(target=work, name="cache-awrap", daemon=True).start()
        return await answer

    def get(self, namespace: str, key_parts: Any, default: Any = None) -> Any:
        """The cached value, or `default` where there is none that is fresh."""
        start = time.perf_counter()
        rule = _Rule(namespace, *key_and_check(namespace, key_parts))
        entry, tier = self._find(rule.key, rule.check)
        if entry is None or not entry.fresh(clock_now()) or _failure(entry) is not None:
            self._tell(rule, "miss", None, None, start)
            return default
        self._tell(rule, "hit", tier, entry, start)
        return entry.value

    def set(
        self,
        namespace: str,
        key_parts: Any,
        value: Any,
        *,
        ttl: Ttl = None,
        stale_for: float | str = 0,
        tags: Sequence[str] = (),
    ) -> None:
        """Keeps a value under the key."""
        key, check = key_and_check(namespace, key_parts)
        rule = _Rule(namespace, key, check, ttl=ttl, stale_for=seconds(stale_for), tags=tags)
        self._keep(rule, value, 0.0, self._tags.stamp(tags))

    def delete(self, namespace: str, key_parts: Any) -> bool:
        """Forgets the key in both tiers and says whether it was there."""
        key = key_of(namespace, key_parts)
        found = self._memory.delete(key) if self._memory else False
        return bool(self._asking(lambda shared: shared.delete(key))) or found

    def memoize(
        self, namespace: str, **rules: Any
    ) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Decorates a function so that its arguments are the key; `rules` are those of `wrap`."""

        def decorate(function: Callable[..., T]) -> Callable[..., T]:
            @functools.wraps(function)
            def cached(*args: Any, **kwargs: Any) -> T:
                arguments = [args, kwargs]
                return self.wrap(namespace, arguments, lambda: function(*args, **kwargs), **rules)  # type: ignore[no-any-return]

            return cached

        return decorate

    def depends(self, tag: str, on: Iterable[str]) -> None:
        """Declares that what is tagged `tag` is to go whenever one of the tags `on` goes."""
        self._tags.depends(tag, on)

    def invalidate(self, tag: str) -> int:
        """Ends all entries with the tag or one that depends on it, in every tier and process.

        Other processes take notice within a quarter of a second. Returns how many tags it reached.
        """
        return self._tags.invalidate(tag)

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
        return warm(self, namespace, keys, fetch, n_jobs, progress, rules)

    def inspect(self, key: str) -> Entry | None:
        """The entry of a key as requests and logs name it ("namespace:hash"), even a stale one."""
        entry = self._memory.get(key) if self._memory else None
        return entry or self._read_shared(key)[0]

    def clear(self, namespace: str | None = None) -> None:
        """Forgets everything in both tiers, or one namespace of the shared tier."""
        if self._memory is not None:
            self._memory.clear()
        self._asking(lambda shared: shared.clear(namespace))

    def listen(self, listener: Listener) -> None:
        """Tells `listener` of every request, on the thread that made it."""
        self._listeners.append(listener)

    def stats(self) -> CacheStats:
        """What this cache did since it was opened."""
        tiers = [tier for tier in (self._memory, self._shared) if tier is not None]
        return self._counter.snapshot(
            evictions=sum(tier.evictions for tier in tiers),
            bytes_in_memory=self._memory.bytes if self._memory else 0,
        )

    @property
    def shared(self) -> SharedTier | None:
        """The shared tier, for those who look after it."""
        return self._shared

    def close(self) -> None:
        """Lets go of files and connections."""
        if self._shared is not None:
            self._shared.close()

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

    def _find(self, key: str, check: bytes) -> tuple[Entry | None, str | None]:
        """The best entry that may be served, and its tier: a fresh one before a stale one."""
        stale = None
        if self._memory is not None:
            entry = self._memory.get(key)
            if entry is not None and self._serves(entry, check):
                if entry.fresh(clock_now()):
                    return entry, self._memory.name
                stale = entry
        entry, tier = self._read_shared(key)
        if entry is None or not self._serves(entry, check):
            return stale, None if stale is None else "memory"
        if self._memory is not None:
            self._memory.set(key, entry)
        return entry, tier

    def _read_shared(self, key: str) -> tuple[Entry | None, str | None]:
        data = self._asking(lambda shared: shared.get(key))
        if data is None or self._shared is None:
            return None, None
        try:
            return unpack(data), self._shared.name
        except ValueError:
            # Damaged, of another version or planted: a miss, and it must not be found again.
            self._counter.error()
            self._asking(lambda shared: shared.delete(key))
            return None, None

    def _serves(self, entry: Entry, check: bytes) -> bool:
        if entry.check != check:
            # Another key's entry under this name; to serve it would be wrong.
            self._counter.error()
            return False
        return entry.alive(clock_now()) and self._tags.valid(entry.tags)

    def _fly(self, rule: "_Rule") -> tuple[Entry, Outcome]:
        """Computes the value, or waits for whoever already does."""
        with self._lock:
            flight = self._flights.get(rule.key)
            leading = flight is None
            if flight is None:
                flight = self._flights[rule.key] = Future()
        if not leading:
            return flight.result(), "hit"
        try:
            entry, outcome = self._compute_once(rule)
        except BaseException as error:
            flight.set_exception(error)
            raise
        else:
            flight.set_result(entry)
            return entry, outcome
        finally:
            with self._lock:
                self._flights.pop(rule.key, None)

    def _compute_once(self, rule: "_Rule") -> tuple[Entry, Outcome]:
        """Computes the value while no other process does."""
        held = self._shared.holding(rule.key) if self._shared is not None else None
        if held is not None:
            try:
                held.__enter__()
            except TierError as error:
                self._failed(error)
                held = None
        try:
            if held is not None:
                entry, _ = self._find(rule.key, rule.check)
                if entry is not None and entry.fresh(clock_now()):
                    return entry, "hit"
            # From before computing: what is invalidated meanwhile must not count as new.
            stamp = self._tags.stamp(rule.tags)
            start = time.perf_counter()
            try:
                value = rule.fetch()
            except tuple(rule.failures) as error:
                self._keep_failure(rule, error, time.perf_counter() - start, stamp)
                raise
            return self._keep(rule, value, time.perf_counter() - start, stamp), "miss"
        finally:
            if held is not None:
                held.__exit__(None, None, None)

    def _keep(self, rule: "_Rule", value: Any, took: float, stamp: Stamp) -> Entry:
        made = clock_now()
        fresh_until = made + seconds(rule.ttl, value)
        usd = rule.cost(value) if callable(rule.cost) else (rule.cost or 0.0)
        entry = Entry(
            value,
            fresh_until,
            fresh_until + rule.stale_for,
            took,
            usd,
            made=made,
            tags=stamp,
            check=rule.check,
        )
        if self._shared is not None:
            data, raw = pack(entry)
            entry = replace(entry, size=len(data), raw=raw)
            self._counter.stored(raw, len(data))
            self._asking(lambda shared: shared.set(rule.key, data, entry.stale_until))
        else:
            entry = replace(entry, size=weight(value))
        if self._memory is not None:
            self._memory.set(rule.key, entry)
        return entry

    def _keep_failure(self, rule: "_Rule", error: Exception, took: float, stamp: Stamp) -> None:
        kind = next(kind for kind in rule.failures if isinstance(error, kind))
        brief = copy(rule)
        brief.ttl, brief.stale_for, brief.cost = rule.failures[kind], 0.0, None
        self._keep(brief, (_NEGATIVE, kind.__qualname__, str(error)), took, stamp)

    def _refresh_behind(self, rule: "_Rule") -> None:
        """Starts one refresh; while it runs, others keep serving the stale value."""
        with self._lock:
            if rule.key in self._flights:
                return

        def refresh() -> None:
            # What a refresh raises concerns nobody: the stale value was served, and the next
            # request after its end computes in the open.
            with suppress(Exception):
                self._fly(rule)

        threading.Thread(target=refresh, name="cache-refresh", daemon=True).start()

    def _asking(self, question: Callable[[SharedTier], T]) -> T | None:
        """The shared tier's answer, or None where there is no tier or it fails."""
        if self._shared is None:
            return None
        try:
            return question(self._shared)
        except TierError as error:
            self._failed(error)
            return None

    def _failed(self, error: TierError) -> None:
        self._counter.error()
        if not self._warned:
            self._warned = True
            warnings.warn(f"{error}; the cache goes on in memory.", stacklevel=2)

    def _tell(
        self, rule: "_Rule", outcome: Outcome, tier: str | None, entry: Entry | None, start: float
    ) -> None:
        saved = entry is not None and outcome != "miss"
        request = CacheRequest(
            at=time.time(),
            namespace=rule.namespace,
            key=rule.key,
            outcome=outcome,
            tier=tier,
            bytes=entry.size if entry else 0,
            seconds=time.perf_counter() - start,
            saved_seconds=entry.seconds if saved and entry else 0.0,
            saved_usd=entry.usd if saved and entry else 0.0,
        )
        self._counter.count(request)
        for listener in self._listeners:
            listener(request)


@dataclass
class _Rule:
    """What one request asks for: its key, how to compute the value, how long to keep it."""

    namespace: str
    key: str
    check: bytes
    fetch: Callable[[], Any] = lambda: None
    ttl: Ttl = None
    stale_for: float = 0.0
    tags: Sequence[str] = ()
    cost: Any = None
    failures: Mapping[type[Exception], Ttl] = field(default_factory=dict)


def _failure(entry: Entry) -> tuple[str, str] | None:
    """The name and text of the exception that an entry stands for, if it does."""
    value = entry.value
    if type(value) is tuple and len(value) == 3 and type(value[0]) is str and value[0] == _NEGATIVE:
        return value[1], value[2]
    return None


def _value(entry: Entry, failures: Mapping[type[Exception], Ttl]) -> Any:
    """The entry's value; raises the exception that it stands for."""
    failure = _failure(entry)
    if failure is None:
        return entry.value
    name, text = failure
    raise next((kind for kind in failures if kind.__qualname__ == name), RuntimeError)(text)


def _due_early(entry: Entry, beta: float) -> bool:
    left = entry.fresh_until - clock_now()
    return -entry.seconds * beta * math.log(1.0 - random.random()) >= left
