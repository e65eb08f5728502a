"""The page that benchmarks write their tables to, and how calls are timed beside each other."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ROUNDS = 7


def beside(
    calls: Mapping[str, Callable[[], object]], number: int, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Microseconds a call, a value a round; the calls take turns, so that noise meets all alike."""
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


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Puts the text in place of the section's last one."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    whole = page.read_text() if page.exists() else "# Benchmarks\n"
    if begin not in whole:
        whole += f"\n{begin}\n{end}\n"
    before, after = whole.split(begin)[0], whole.split(end)[1]
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")
    print(text)
