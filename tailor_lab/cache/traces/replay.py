"""Replay: what other policies and sizes would have made of the same requests.

The policies are those of the live memory tier, driven by the same three calls. Beside them stands
Belady's optimum, which knows the future: no policy can do better with objects of equal size.
"""

import heapq
import math
import warnings
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tailor_lab.cache.policies import Policy, policy_named
from tailor_lab.cache.tiers.sizes import in_bytes
from tailor_lab.cache.traces.trace import Trace
from tailor_lab.cache.ttl import Ttl, seconds
from tailor_lab.errors import InputError

if TYPE_CHECKING:
    import polars as pl

BELADY = "belady"


class ReplayWarning(UserWarning):
    """What a replay cannot tell."""


@dataclass(frozen=True)
class ReplayCounts:
    """What one policy made of a trace: a byte a request (0 miss, 1 hit, 2 stale hit)."""

    served: bytearray
    evictions: int
    note: str = ""


def replay(
    trace: Trace,
    policies: Iterable[str | type[Policy]],
    sizes: Iterable[int | float | str],
    *,
    ttl: Ttl = None,
    stale_for: float | str = 0,
    by: str | None = None,
) -> "pl.DataFrame":
    """A row for each size and policy: hit ratios, USD and seconds saved, Belady's bound.

    A size is bytes, a text such as "64MB", or a share of the bytes of all keys (a float up to 1).
    With `ttl` and `stale_for` the times of the trace count too. `by="namespace"` gives a row per
    namespace besides. `same_as` names the policies that answered every request alike; where there
    are any, a `ReplayWarning` says that this trace cannot tell them apart.
    `sizes` are as many as wanted. Raises `InputError` for an unknown policy, and for a size that is
    none.

    >>> replay(Trace.of("abcabcabc"), ["lru"], [2])["hit_ratio", "bound"].rows()
    [(0.0, 0.3333333333333333)]
    """
    import polars as pl

    chosen = {p if isinstance(p, str) else p.__name__: policy_named(p) for p in policies}
    if by not in {None, "namespace"}:
        raise InputError(f'A replay can be split by "namespace", not by {by!r}.')
    rows = []
    twins: dict[str, list[int]] = {}
    for size in sizes:
        capacity = _capacity(size, trace)
        best = belady(trace, capacity, ttl=ttl, stale_for=stale_for)
        outcomes = {
            name: run(trace, policy(capacity), ttl=ttl, stale_for=stale_for)
            for name, policy in chosen.items()
        }
        bound = _totals(trace, best, by)
        for name, outcome in outcomes.items():
            alike = [n for n, o in outcomes.items() if n != name and o.served == outcome.served]
            for row, top in zip(_totals(trace, outcome, by), bound, strict=True):
                rows.append(
                    {
                        "policy": name,
                        "size": capacity,
                        **row,
                        "bound": top["hit_ratio"],
                        "evictions": outcome.evictions,
                        "same_as": ", ".join(alike),
                        "note": outcome.note,
                    }
                )
        for names in _twins(outcomes):
            twins.setdefault(names, []).append(capacity)
    _warn(twins)
    return pl.DataFrame(rows)


def run(
    trace: Trace, policy: Policy, *, ttl: Ttl = None, stale_for: float | str = 0
) -> ReplayCounts:
    """What `policy` makes of the requests of `trace`, one after the other."""
    keys = trace.frame["key"].to_list()
    weights = trace.frame["size"].to_list()
    costs = _costs(trace)
    fresh, stale = seconds(ttl), seconds(stale_for)
    if math.isinf(fresh):
        return _run_for_ever(keys, weights, costs, policy)
    times = trace.frame["time"].to_list()
    served, evictions = bytearray(len(keys)), 0
    born: dict[Hashable, float] = {}
    for i, key in enumerate(keys):
        age = times[i] - born.get(key, -math.inf)
        if age < fresh + stale:
            policy.hit(key)
            served[i] = 1
            if age >= fresh:
                served[i] = 2
                born[key] = times[i]
            continue
        if born.pop(key, None) is not None:
            policy.remove(key)
        born[key] = times[i]
        for victim in policy.add(key, weights[i], costs[i]):
            del born[victim]
            evictions += victim != key
    return ReplayCounts(served, evictions, policy.describe())


def belady(
    trace: Trace, capacity: int, *, ttl: Ttl = None, stale_for: float | str = 0
) -> ReplayCounts:
    """The optimum for objects of one size: evicts what is needed again the latest.

    With objects of different sizes it is a strong policy, not a bound. A `ttl` only takes from it.
    Source: Belady, "A study of replacement algorithms for a virtual-storage computer" (1966).
    """
    keys = trace.frame["key"].to_list()
    following = _next_uses(keys)

    class Oracle(_Oracle):
        next_use = following

    return run(trace, Oracle(capacity), ttl=ttl, stale_for=stale_for)


class _Oracle(Policy):
    """Belady's policy; each call of `hit` or `add` is the next request of the trace."""

    next_use: Sequence[int]

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._now = 0
        self._entries: dict[Hashable, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Any]] = []

    def hit(self, key: Hashable) -> None:
        self._place(key, self._entries[key][1])

    def add(self, key: Hashable, size: int, cost: float = 1.0) -> Sequence[Any]:  # noqa: ARG002
        if size > self.capacity:
            self._now += 1
            return (key,)
        victims = []
        while self.used + size > self.capacity:
            negated, _, victim = heapq.heappop(self._heap)
            if victim in self._entries and self._entries[victim][0] == -negated:
                self.remove(victim)
                victims.append(victim)
        self.used += size
        self._place(key, size)
        return victims

    def remove(self, key: Hashable) -> None:
        self.used -= self._entries.pop(key, (0, 0))[1]

    def _place(self, key: Hashable, size: int) -> None:
        later = self.next_use[self._now]
        self._entries[key] = (later, size)
        heapq.heappush(self._heap, (-later, self._now, key))
        self._now += 1


def _run_for_ever(
    keys: Sequence[Any], weights: Sequence[int], costs: Sequence[float], policy: Policy
) -> ReplayCounts:
    served, evictions = bytearray(len(keys)), 0
    kept: set[Any] = set()
    hit, add, keep, drop = policy.hit, policy.add, kept.add, kept.discard
    for i, key in enumerate(keys):
        if key in kept:
            served[i] = 1
            hit(key)
        else:
            keep(key)
            victims = add(key, weights[i], costs[i])
            if victims:
                evictions += len(victims)
                for victim in victims:
                    drop(victim)
    return ReplayCounts(served, evictions, policy.describe())


def _next_uses(keys: Sequence[Any]) -> list[int]:
    """For each request the place of the next one for the same key; past the end where none is."""
    following = [0] * len(keys)
    seen: dict[Any, int] = {}
    for i in range(len(keys) - 1, -1, -1):
        following[i] = seen.get(keys[i], len(keys) + i)
        seen[keys[i]] = i
    return following


def _costs(trace: Trace) -> list[float]:
    """What a miss costs a cost-aware policy: USD, else seconds, else the same for all."""
    for column in ("cost", "seconds"):
        if (trace.frame[column] != 0).any():
            return trace.frame[column].to_list()
    return [1.0] * len(trace)


def _capacity(size: int | float | str, trace: Trace) -> int:
    if isinstance(size, float):
        if not 0 < size <= 1:
            raise InputError(f"A share of the trace's bytes is above 0 and up to 1, not {size}.")
        return max(1, int(size * trace.footprint))
    return in_bytes(size)


def _totals(trace: Trace, outcome: ReplayCounts, by: str | None) -> list[dict[str, Any]]:
    import polars as pl

    served = pl.Series("served", list(outcome.served), dtype=pl.UInt8)
    frame = trace.frame.with_columns(served, hit=served > 0)
    hit = pl.col("hit")
    columns = {
        "requests": pl.len(),
        "hits": hit.sum(),
        "stale_hits": (pl.col("served") == 2).sum(),
        "hit_ratio": hit.mean(),
        "byte_hit_ratio": pl.col("size").filter(hit).sum() / pl.col("size").sum(),
        "saved_usd": pl.col("cost").filter(hit).sum(),
        "saved_seconds": pl.col("seconds").filter(hit).sum(),
    }
    whole = frame.select(namespace=pl.lit("(all)"), **columns)
    if by is None:
        return whole.drop("namespace").to_dicts()
    parts = frame.group_by("namespace").agg(**columns).sort("namespace")
    return pl.concat([whole, parts.select(whole.columns)]).to_dicts()


def _twins(outcomes: dict[str, ReplayCounts]) -> list[str]:
    """The groups of policies that answered every request alike."""
    groups: dict[bytes, list[str]] = {}
    for name, outcome in outcomes.items():
        groups.setdefault(bytes(outcome.served), []).append(name)
    return [" and ".join(names) for names in groups.values() if len(names) > 1]


def _warn(twins: dict[str, list[int]]) -> None:
    for names, sizes in twins.items():
        listed = ", ".join(f"{size:,}" for size in sizes)
        warnings.warn(
            f"At a size of {listed} this trace cannot tell {names} apart: "
            "they answer every request alike. Use a longer trace or another size.",
            ReplayWarning,
            stacklevel=3,
        )
