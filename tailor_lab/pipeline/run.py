"""What running gives: a record per stage, a run per item, a batch of runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tailor_lab.pipeline.errors import StageError
from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.performance import Performance, critical_path, measure

if TYPE_CHECKING:
    import polars as pl

Status = Literal["ok", "failed", "skipped", "cached"]


@dataclass(frozen=True)
class StageRecord:
    """How one stage went on one item; `started` is in seconds since the epoch."""

    run_id: str
    item_id: str
    stage: str
    status: Status
    started: float | None = None
    seconds: float = 0.0
    attempts: int = 0
    error: str | None = None
    error_type: str | None = None


@dataclass(frozen=True)
class Run:
    """One item through the pipeline: `run["rewrite"]` is what that stage returned."""

    id: str
    item_id: str
    inputs: Mapping[str, Any] = field(repr=False)
    results: Mapping[str, Any] = field(repr=False)
    stages: Mapping[str, StageRecord] = field(repr=False)
    error: StageError | None
    performance: Performance
    started: float

    @property
    def ok(self) -> bool:
        """Whether every stage finished."""
        return self.error is None

    def __getitem__(self, stage: str) -> Any:
        """What the stage returned. Raises the run's `StageError` where it did not finish."""
        if stage in self.results:
            return self.results[stage]
        if stage in self.stages and self.error is not None:
            raise self.error
        raise KeyError(f'There is no stage "{stage}"; there is {", ".join(self.stages)}.')

    def __str__(self) -> str:
        lines = [f"{self.item_id}: {'ok' if self.ok else self.error}"]
        lines += [f"  {r.stage}: {r.status}, {r.seconds:.3f} s" for r in self.stages.values()]
        return "\n".join([*lines, f"  {self.performance}"])


@dataclass(frozen=True)
class Batch:
    """Many items through the pipeline, in the order in which the items came."""

    runs: tuple[Run, ...]
    performance: Performance

    @property
    def failures(self) -> tuple[Run, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if not run.ok)

    @property
    def frame(self) -> "pl.DataFrame":
        """A row per item: its id, whether it is ok, its error and seconds, and each result."""
        import polars as pl

        rows = [
            {
                "item_id": run.item_id,
                "ok": run.ok,
                "error": str(run.error) if run.error else None,
                "seconds": run.performance.wall_s,
                **{name: _plain(value) for name, value in run.results.items()},
            }
            for run in self.runs
        ]
        return pl.DataFrame(rows, infer_schema_length=None, strict=False)

    @property
    def stages(self) -> "pl.DataFrame":
        """A row per item and stage."""
        import polars as pl

        rows = [vars(record) for run in self.runs for record in run.stages.values()]
        schema = {"started": pl.Float64, "error": pl.String, "error_type": pl.String}
        return pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __str__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"{len(self.runs)} items{failed}: {self.performance}"


class Listener(Protocol):
    """Hears of every stage and run as it finishes, on the thread that schedules."""

    def stage_finished(self, record: StageRecord) -> None:
        """A stage finished, failed or was skipped."""

    def run_finished(self, run: Run) -> None:
        """An item is through, or failed."""


def make_run(  # the pieces of a finished item, however it was run
    graph: Graph,
    run_id: str,
    item_id: str,
    inputs: Mapping[str, Any],
    results: Mapping[str, Any],
    records: Mapping[str, StageRecord],
    error: StageError | None,
    *,
    started: float,
    wall_s: float,
    workers: int,
) -> Run:
    """A run with its stages in the graph's order; those never reached are `skipped`."""
    stages = {
        name: records.get(name) or StageRecord(run_id, item_id, name, "skipped")
        for name in graph.stages
    }
    seconds = {name: record.seconds for name, record in stages.items()}
    wall = max(wall_s, critical_path(graph, seconds))
    performance = measure(graph, [seconds], wall, workers)
    return Run(run_id, item_id, inputs, dict(results), stages, error, performance, started)


def _plain(value: Any) -> Any:
    """A value that a frame can hold; what it cannot becomes text."""
    return value if isinstance(value, str | int | float | bool | None) else str(value)
