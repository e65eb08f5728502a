"""Calls timed in turns, so that noise of the machine meets all of them alike."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 7


def in_turns(
    calls: Mapping[str, Callable[[], object]], number: int, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Microseconds per call, one value per round; the calls take turns."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(number):
                call()
            taken[name].append((time.perf_counter() - start) / number * 1e6)
    return taken


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median over the rounds of our time as a share of theirs."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def machine() -> str:
    """What the figures were measured on, without naming it."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores"
