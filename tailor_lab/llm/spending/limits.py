"""Limits: how fast and how many at once, for all threads and processes that share them.

Requests and tokens are paced: each request takes the next free slot and sleeps until it comes, so
that a limit is used in full and no window of time ever holds more than it allows. A server that
says 429 makes everybody pause, for as long as it asks, and slows the pace by half; each success
speeds it up again by a fiftieth. Rate-limit headers count when a server is nearly used up: below a
tenth left, requests come no faster than the server says that it refills.
"""

import math
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.llm.spending.state import SharedState

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_POLL_S = 0.01
_SLOWEST = 8.0


@dataclass(frozen=True)
class Limits:
    """What a server allows; None: as much as there is."""

    rpm: float | None = None
    """Requests a minute."""
    tpm: float | None = None
    """Tokens a minute, input and output together."""
    concurrency: int | None = None
    """Requests at once."""

    def __post_init__(self) -> None:
        for name in ("rpm", "tpm", "concurrency"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(f"The limit {name} is {value}; it must be more than 0, or None.")


class Limiter:
    """Keeps limits for everybody who shares its state."""

    def __init__(self, limits: Limits, state: SharedState) -> None:
        self.limits = limits
        self.state = state

    @contextmanager
    def slot(self, tokens: int, *, longest_s: float) -> Iterator[None]:
        """Waits for a turn, and holds one of the places of `concurrency` inside the block.

        `longest_s` is how long a place may be held: one that a killed process left is free then.
        """
        place = self._take_place(longest_s) if self.limits.concurrency else None
        try:
            wait_s = self.state.update(lambda values: self._reserve(values, tokens))
            if wait_s > 0:
                time.sleep(wait_s)
            yield
        finally:
            if place is not None:
                self.state.update(lambda values: values["places"].pop(place, None))

    def settle(self, expected: int, used: int) -> None:
        """Corrects a reservation by the tokens that the request really took."""
        if self.limits.tpm and used != expected:
            seconds = (used - expected) * 60 / self.limits.tpm

            def change(values: dict[str, Any]) -> None:
                values["token_slot"] = values.get("token_slot", time.time()) + seconds

            self.state.update(change)

    def pause(self, seconds: float) -> None:
        """Lets nobody start for that long, and everybody start more slowly after."""

        def change(values: dict[str, Any]) -> None:
            values["pause"] = max(values.get("pause", 0.0), time.time() + seconds)
            values["slow"] = min(values.get("slow", 1.0) * 1.5, _SLOWEST)

        self.state.update(change)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Takes from a good answer what it says of the server's limits."""
        scarce = {
            kind: interval
            for kind in ("requests", "tokens")
            if (interval := refill_interval_s(headers, kind)) is not None
        }

        def change(values: dict[str, Any]) -> None:
            slow = values.get("slow", 1.0)
            values["slow"] = max(1.0, slow * 0.98)
            values["scarce"] = scarce

        known = self.state.update(lambda values: (values.get("slow", 1.0), values.get("scarce")))
        if known[0] > 1.0 or (known[1] or {}) != scarce:
            self.state.update(change)

    def _reserve(self, values: dict[str, Any], tokens: int) -> float:
        """Takes the next slot; returns the seconds until it comes."""
        now = time.time()
        start = max(now, values.get("pause", 0.0))
        slow, scarce = values.get("slow", 1.0), values.get("scarce") or {}
        per_request = max(
            60 / self.limits.rpm * slow if self.limits.rpm else 0.0, scarce.get("requests", 0.0)
        )
        per_token = max(
            60 / self.limits.tpm * slow if self.limits.tpm else 0.0, scarce.get("tokens", 0.0)
        )
        if per_request:
            start = max(start, values.get("request_slot", 0.0))
        if per_token:
            start = max(start, values.get("token_slot", 0.0))
        if per_request:
            values["request_slot"] = start + per_request
        if per_token:
            values["token_slot"] = start + tokens * per_token
        return float(start - now)

    def _take_place(self, longest_s: float) -> str:
        place = uuid.uuid4().hex
        limit = self.limits.concurrency or 0

        def change(values: dict[str, Any]) -> bool:
            now = time.time()
            places = {k: until for k, until in values.get("places", {}).items() if until > now}
            values["places"] = places
            if len(places) >= limit:
                return False
            places[place] = now + longest_s
            return True

        while not self.state.update(change):
            time.sleep(_POLL_S)
        return place


def refill_interval_s(headers: Mapping[str, str], kind: str) -> float | None:
    """Seconds in which a server that is nearly used up refills by one request or token.

    >>> headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0",
    ...            "x-ratelimit-reset-requests": "1m0s"}
    >>> refill_interval_s(headers, "requests")
    1.0
    """
    try:
        limit = float(headers[f"x-ratelimit-limit-{kind}"])
        left = float(headers[f"x-ratelimit-remaining-{kind}"])
        reset_s = duration_s(headers[f"x-ratelimit-reset-{kind}"])
    except (KeyError, ValueError):
        return None
    if not all(map(math.isfinite, (limit, left, reset_s))):
        return None
    if limit <= 0 or left >= limit / 10 or reset_s <= 0:
        return None
    return reset_s / (limit - left)


def duration_s(text: str) -> float:
    """Seconds of a duration such as "6m0s", "20ms" or "1.5". Raises `ValueError`."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError(f"no duration: {text!r}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
