"""How well a run used its time: what it took, what it would have taken, what it could not beat."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tailor_lab.pipeline.graph import Graph


@dataclass(frozen=True)
class Performance:
    """Times of a run or a batch, in seconds."""

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
        names = ("saved_s", "speedup", "efficiency", "bound_s", "utilisation")
        return {**vars(self), **{name: getattr(self, name) for name in names}}

    def __str__(self) -> str:
        return (
            f"{self.wall_s:.2f} s on {self.workers} workers; one after the other "
            f"{self.sequential_s:.2f} s, so {self.speedup:.1f} times faster "
            f"(efficiency {self.efficiency:.0%}); the least possible is {self.bound_s:.2f} s"
        )


def critical_path(graph: Graph, seconds: Mapping[str, float]) -> float:
    """The longest chain of stages of one item, given each stage's seconds."""
    finish: dict[str, float] = {}
    for name in graph.stages:
        start = max((finish[parent] for parent in graph.parents[name]), default=0.0)
        finish[name] = start + seconds.get(name, 0.0)
    return max(finish.values(), default=0.0)


def measure(
    graph: Graph, items: Iterable[Mapping[str, float]], wall_s: float, workers: int
) -> Performance:
    """The performance of items, each given as the seconds of its stages."""
    work = longest = 0.0
    for seconds in items:
        work += sum(seconds.values())
        longest = max(longest, critical_path(graph, seconds))
    return Performance(wall_s, work, longest, max(1, workers))
