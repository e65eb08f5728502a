"""What a cache did: counts, bytes, latencies and savings, by namespace."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tailor_lab.markup import Shown, heading, paragraph, table

if TYPE_CHECKING:
    import polars as pl

Outcome = Literal["hit", "stale", "miss", "error"]
SAMPLES = 4096


class CacheRequest(msgspec.Struct, frozen=True):
    """One request, as a listener hears of it; `at` is in seconds since the epoch.

    `outcome` is "error" where computing the value raised.
    """

    at: float
    namespace: str
    key: str
    outcome: Outcome
    tier: str | None
    bytes: int
    seconds: float
    saved_seconds: float = 0.0
    saved_usd: float = 0.0


@dataclass
class _Counts:
    requests: int = 0
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    stale_hits: int = 0
    misses: int = 0
    failed: int = 0
    saved_seconds: float = 0.0
    saved_usd: float = 0.0


@dataclass(frozen=True, repr=False)
class CacheStats(Shown):
    """A moment's count of what a cache did since it was opened.

    `hits` and `evictions` count by tier; `errors` counts shared-tier failures and broken entries,
    each of which was served as a miss. `latency_ms` has the 50th, 95th and 99th percentile of the
    last requests by the tier that answered, "computed" where none did.
    """

    requests: int
    hits: Mapping[str, int]
    stale_hits: int
    """Hits past their time, served while one refresh ran behind."""
    misses: int
    """Requests that were computed."""
    errors: int
    evictions: Mapping[str, int]
    bytes_in_memory: int
    """What the memory tier holds, as estimated."""
    bytes_raw: int
    """Bytes of the values handed to the shared tier, before compression."""
    bytes_stored: int
    """What went into the shared tier, compressed; `bytes_raw` is the same before."""
    saved_seconds: float
    """What computing the hits took when they were missed."""
    saved_usd: float
    """What the same cost."""
    latency_ms: Mapping[str, tuple[float, float, float]]
    namespaces: Mapping[str, Mapping[str, float]]
    """The counts of each namespace, by name."""

    @property
    def reduction(self) -> float:
        """The share of the bytes that compression spared, 0 where nothing was stored."""
        return 1 - self.bytes_stored / self.bytes_raw if self.bytes_raw else 0.0

    @property
    def hit_rate(self) -> float:
        """The share of requests that needed no computing, 0 where there were none."""
        return sum(self.hits.values()) / self.requests if self.requests else 0.0

    @property
    def frame(self) -> "pl.DataFrame":
        """A row per namespace, with the hits of each tier."""
        import polars as pl

        return pl.DataFrame([{"namespace": n, **row} for n, row in self.namespaces.items()])

    @property
    def tiers(self) -> "pl.DataFrame":
        """A row per tier: hits, evictions, latency percentiles in milliseconds."""
        import polars as pl

        rows = []
        for tier in [*self.evictions, *(t for t in self.latency_ms if t not in self.evictions)]:
            p50, p95, p99 = self.latency_ms.get(tier, (None, None, None))
            hits, evictions = self.hits.get(tier, 0), self.evictions.get(tier)
            row = {"tier": tier, "hits": hits, "evictions": evictions}
            rows.append({**row, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99})
        return pl.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values."""
        return {**vars(self), "hit_rate": self.hit_rate, "reduction": self.reduction}

    def __str__(self) -> str:
        tiers = ", ".join(f"{count:,} from {tier}" for tier, count in self.hits.items()) or "none"
        return (
            f"{self.requests:,} requests, {self.hit_rate:.1%} hits ({tiers}), "
            f"{self.misses:,} misses, {self.errors:,} errors; saved {self.saved_seconds:,.1f} s "
            f"and ${self.saved_usd:,.4f}"
        )

    def _page(self) -> Iterator[str]:
        yield heading(f"{self.requests:,} requests, {self.hit_rate:.1%} hits")
        yield paragraph(
            f"Saved {self.saved_seconds:,.1f} s and ${self.saved_usd:,.4f}; "
            f"{self.misses:,} misses, {self.stale_hits:,} stale hits, {self.errors:,} errors; "
            f"{self.bytes_in_memory:,} bytes in memory, {self.bytes_stored:,} handed to the shared "
            f"tier ({self.reduction:.0%} less than raw)."
        )
        if self.requests:
            yield table(
                ("namespace", "requests", "hits", "hit rate", "misses", "saved s", "saved USD"),
                [
                    (
                        name,
                        int(row["requests"]),
                        int(row["hits"]),
                        f"{row['hit_rate']:.1%}",
                        int(row["misses"]),
                        f"{row['saved_seconds']:,.1f}",
                        f"{row['saved_usd']:,.4f}",
                    )
                    for name, row in self.namespaces.items()
                ],
                numbers=range(1, 7),
            )
            yield table(
                ("answered by", "hits", "median ms", "95th", "99th percentile"),
                [
                    (tier, self.hits.get(tier, 0), *(f"{ms:.3f}" for ms in times))
                    for tier, times in self.latency_ms.items()
                ],
                numbers=range(1, 5),
            )


_Event = tuple[str, Outcome, str | None, float, float, float]
"""Namespace, outcome, tier, seconds, saved seconds, saved USD."""


class Counter:
    """Counts requests as they come. A request only joins a queue; counting is done in batches."""

    def __init__(self) -> None:
        self._namespaces: dict[str, _Counts] = defaultdict(_Counts)
        self._samples: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=SAMPLES))
        self._waiting: deque[_Event] = deque()
        self._raw = self._stored = 0
        self.errors = 0
        self.renew()

    def renew(self) -> None:
        """Makes the lock anew, for a forked process whose parent may have held it."""
        self._lock = threading.Lock()

    def stored(self, raw: int, stored: int) -> None:
        """Adds one value that was handed to the shared tier."""
        with self._lock:
            self._raw += raw
            self._stored += stored

    def count(
        self,
        namespace: str,
        outcome: Outcome,
        tier: str | None,
        seconds: float,
        saved_seconds: float,
        saved_usd: float,
    ) -> None:
        """Adds one request."""
        self._waiting.append((namespace, outcome, tier, seconds, saved_seconds, saved_usd))
        if len(self._waiting) > SAMPLES and self._lock.acquire(blocking=False):
            try:
                self._catch_up()
            finally:
                self._lock.release()

    def error(self) -> None:
        """Adds one failure of a shared tier or one broken entry."""
        with self._lock:
            self.errors += 1

    def snapshot(self, *, evictions: Mapping[str, int], bytes_in_memory: int) -> CacheStats:
        """The counts so far."""
        with self._lock:
            self._catch_up()
            counts = {name: _row(found, evictions) for name, found in self._namespaces.items()}
            hits: dict[str, int] = defaultdict(int)
            for found in self._namespaces.values():
                for tier, number in found.hits.items():
                    hits[tier] += number
            latency = {tier: _percentiles(samples) for tier, samples in self._samples.items()}
        return CacheStats(
            requests=sum(int(row["requests"]) for row in counts.values()),
            hits=dict(hits),
            stale_hits=sum(int(row["stale_hits"]) for row in counts.values()),
            misses=sum(int(row["misses"]) for row in counts.values()),
            errors=self.errors,
            evictions=evictions,
            bytes_in_memory=bytes_in_memory,
            bytes_raw=self._raw,
            bytes_stored=self._stored,
            saved_seconds=sum(row["saved_seconds"] for row in counts.values()),
            saved_usd=sum(row["saved_usd"] for row in counts.values()),
            latency_ms=latency,
            namespaces=counts,
        )

    def _catch_up(self) -> None:
        for _ in range(len(self._waiting)):
            namespace, outcome, tier, seconds, saved_seconds, saved_usd = self._waiting.popleft()
            counts = self._namespaces[namespace]
            counts.requests += 1
            if outcome == "miss":
                counts.misses += 1
            elif outcome == "error":
                counts.failed += 1
            else:
                counts.hits[tier or "memory"] += 1
                counts.stale_hits += outcome == "stale"
                counts.saved_seconds += saved_seconds
                counts.saved_usd += saved_usd
            self._samples[tier or "computed"].append(seconds)


def _row(counts: _Counts, tiers: Iterable[str]) -> dict[str, float]:
    hits = sum(counts.hits.values())
    return {
        "requests": counts.requests,
        "hits": hits,
        **{f"{tier}_hits": counts.hits.get(tier, 0) for tier in tiers},
        "stale_hits": counts.stale_hits,
        "misses": counts.misses,
        "failed": counts.failed,
        "hit_rate": hits / counts.requests if counts.requests else 0.0,
        "saved_seconds": counts.saved_seconds,
        "saved_usd": counts.saved_usd,
    }


def _percentiles(samples: Iterable[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th percentile in milliseconds (nearest rank)."""
    ordered = sorted(samples)
    last = len(ordered) - 1
    p50, p95, p99 = (ordered[round(share * last)] * 1000 for share in (0.5, 0.95, 0.99))
    return p50, p95, p99
