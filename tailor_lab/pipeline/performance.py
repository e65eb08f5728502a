"""How well a run used its time: what it took, what it would have taken, what it could not beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tailor_lab.pipeline.graph import Graph


@dataclass(frozen=True, slots=True)
class Performance:
    """Times of a run or a batch, in seconds; printed, a small report.

    >>> print(Performance(wall_s=2.0, sequential_s=6.0, critical_path_s=1.0, workers=4))
    total        2.00 s on 4 workers
    sequential   6.00 s, one stage after the other
    savings      4.00 s (67%)
    speedup      3.0 times
    efficiency   75% of the workers' time
    bound        1.50 s, the least that 4 workers can take
    """

    wall_s: float
    sequential_s: float
    """Sum of all stage times: what one worker would have taken."""
    critical_path_s: float
    """The longest chain of stages of any item: what no number of workers can beat."""
    workers: int

    @property
    def saved_s(self) -> float:
        """What parallel work saved."""
        return self.sequential_s - self.wall_s

    @property
    def speedup(self) -> float:
        """How many times faster than one worker; 1 where nothing ran."""
        return self.sequential_s / self.wall_s if self.wall_s > 0 else 1.0

    @property
    def efficiency(self) -> float:
        """Speedup per worker."""
        return self.speedup / self.workers

    @property
    def bound_s(self) -> float:
        """The least time that these stages can take on this many workers."""
        return max(self.critical_path_s, self.sequential_s / self.workers)

    @property
    def utilisation(self) -> float:
        """The share of the workers' time that was spent in stages, 0 to 1."""
        return min(1.0, self.efficiency)

    def to_dict(self) -> dict[str, Any]:
        """Every figure by name."""
        names = ("wall_s", "sequential_s", "critical_path_s", "workers")
        more = ("saved_s", "speedup", "efficiency", "bound_s", "utilisation")
        return {name: getattr(self, name) for name in (*names, *more)}

    @property
    def line(self) -> str:
        """The figures in one line."""
        return (
            f"{self.wall_s:.2f} s on {_workers(self.workers)}; one after the other "
            f"{self.sequential_s:.2f} s, so {self.speedup:.1f} times faster "
            f"(efficiency {self.efficiency:.0%}); the least possible is {self.bound_s:.2f} s"
        )

    def __str__(self) -> str:
        share = f" ({self.saved_s / self.sequential_s:.0%})" if self.saved_s > 0 else ""
        workers = _workers(self.workers)
        return "\n".join(
            [
                f"total        {self.wall_s:.2f} s on {workers}",
                f"sequential   {self.sequential_s:.2f} s, one stage after the other",
                f"savings      {self.saved_s:.2f} s{share}",
                f"speedup      {self.speedup:.1f} times",
                f"efficiency   {self.efficiency:.0%} of the workers' time",
                f"bound        {self.bound_s:.2f} s, the least that {workers} can take",
            ]
        )


def measure(graph: Graph, seconds: Mapping[str, float], wall_s: float, workers: int) -> Performance:
    """The performance of one item, given the seconds of its stages."""
    longest = max(graph.longest(seconds).values())
    # Stages and the whole are read from the clock at different moments: nanoseconds apart.
    return Performance(max(wall_s, longest), sum(seconds.values()), longest, max(1, workers))


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"
