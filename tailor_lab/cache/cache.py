"""The cache: memory before a shared tier, one computation however many ask.

A request looks in memory, then in the shared tier, and computes only where neither helps; whoever
asks meanwhile waits for that one computation, in this process and in others. A shared tier that
fails is passed over: the caller gets the value all the same, and the failure is counted.
"""

import functools
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tailor_lab.cache.disk import Disk
from tailor_lab.cache.entry import Entry, pack, unpack
from tailor_lab.cache.keys import key_of
from tailor_lab.cache.memory import Memory, MemoryTier
from tailor_lab.cache.redis import Redis
from tailor_lab.cache.stats import CacheRequest, CacheStats, Counter, Outcome
from tailor_lab.cache.tier import SharedTier, TierError
from tailor_lab.cache.ttl import Ttl, seconds
from tailor_lab.settings import Settings

T = TypeVar("T")
Listener = Callable[[CacheRequest], None]
_LITTLE = 512
"""Bytes that an entry counts for in memory where its true size is unknown."""


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
        cost: float | Callable[[T], float] | None = None,
    ) -> T:
        """The cached value of the key, else what `fetch` gives, which is then kept.

        `ttl` is seconds, a text such as "9h", a function of the value, or None for ever. For
        `stale_for` longer the old value is served at once and refreshed behind. `cost` in USD is
        what each later hit saves. What `fetch` raises is raised, and nothing is kept.
        """
        start = time.perf_counter()
        key = key_of(namespace, key_parts)
        rule = _Rule(namespace, key, fetch, ttl, seconds(stale_for), cost)
        entry, tier = self._find(key)
        now = time.time()
        if entry is not None and entry.fresh(now):
            self._tell(rule, "hit", tier, entry, start)
            return entry.value  # type: ignore[no-any-return]
        if entry is not None and entry.alive(now):
            self._refresh_behind(rule)
            self._tell(rule, "stale", tier, entry, start)
            return entry.value  # type: ignore[no-any-return]
        entry, outcome = self._fly(rule)
        self._tell(rule, outcome, None if outcome == "miss" else "memory", entry, start)
        return entry.value  # type: ignore[no-any-return]

    def get(self, namespace: str, key_parts: Any, default: Any = None) -> Any:
        """The cached value, or `default` where there is none that is fresh."""
        start = time.perf_counter()
        rule = _Rule(namespace, key_of(namespace, key_parts))
        entry, tier = self._find(rule.key)
        if entry is None or not entry.fresh(time.time()):
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
    ) -> None:
        """Keeps a value under the key."""
        rule = _Rule(namespace, key_of(namespace, key_parts), None, ttl, seconds(stale_for))
        self._keep(rule, value, took=0.0)

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

    def _find(self, key: str) -> tuple[Entry | None, str | None]:
        if self._memory is not None:
            entry = self._memory.get(key)
            if entry is not None and entry.fresh(time.time()):
                return entry, self._memory.name
        data = self._asking(lambda shared: shared.get(key))
        if data is None:
            return None, None
        try:
            entry = unpack(data)
        except ValueError:
            # Damaged, of another version or planted: a miss, and it must not be found again.
            self._counter.error()
            self._asking(lambda shared: shared.delete(key))
            return None, None
        if self._memory is not None and entry.fresh(time.time()):
            self._memory.set(key, entry)
        return entry, self._shared.name if self._shared else None

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
                entry, _ = self._find(rule.key)
                if entry is not None and entry.fresh(time.time()):
                    return entry, "hit"
            start = time.perf_counter()
            value = rule.fetch()
            return self._keep(rule, value, took=time.perf_counter() - start), "miss"
        finally:
            if held is not None:
                held.__exit__(None, None, None)

    def _keep(self, rule: "_Rule", value: Any, *, took: float) -> Entry:
        now = time.time()
        fresh_until = now + seconds(rule.ttl, value)
        usd = rule.cost(value) if callable(rule.cost) else (rule.cost or 0.0)
        entry = Entry(value, fresh_until, fresh_until + rule.stale_for, took, usd, _LITTLE)
        if self._shared is not None:
            data = pack(entry)
            entry = Entry(value, fresh_until, entry.stale_until, took, usd, len(data))
            until = entry.stale_until
            self._asking(lambda shared: shared.set(rule.key, data, until))
        if self._memory is not None:
            self._memory.set(rule.key, entry)
        return entry

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


class _Rule:
    """What one request asks for: its key, how to compute the value, how long to keep it."""

    __slots__ = ("cost", "fetch", "key", "namespace", "stale_for", "ttl")

    def __init__(
        self,
        namespace: str,
        key: str,
        fetch: Callable[[], Any] | None = None,
        ttl: Ttl = None,
        stale_for: float = 0.0,
        cost: Any = None,
    ) -> None:
        self.namespace = namespace
        self.key = key
        self.fetch = fetch or _nothing
        self.ttl = ttl
        self.stale_for = stale_for
        self.cost = cost


def _nothing() -> None:
    return None
