"""What running one item gives: a record per stage, and a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tailor_lab.pipeline.errors import StageError
from tailor_lab.pipeline.performance import Performance

Status = Literal["ok", "failed", "skipped", "cached"]


@dataclass(frozen=True, slots=True)
class StageRecord:
    """How one stage went on one item; `started` and `finished` are in seconds since the epoch."""

    run_id: str
    item_id: str
    stage: str
    status: Status
    started: float | None = None
    seconds: float = 0.0
    """How long a worker was busy with it, over all attempts, without the waits between them."""
    attempts: int = 0
    error: str | None = None
    error_type: str | None = None
    finished: float | None = None


@dataclass(frozen=True, slots=True)
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
    index: int = 0
    """The item's place among the items."""

    @property
    def ok(self) -> bool:
        """Whether no stage failed."""
        return self.error is None

    def __getitem__(self, stage: str) -> Any:
        """What the stage returned. Raises the run's `StageError` where it did not finish."""
        if stage in self.results:
            return self.results[stage]
        if stage in self.stages and self.error is not None:
            raise self.error
        if stage in self.stages:
            raise KeyError(f'Stage "{stage}" was skipped on item "{self.item_id}": no result.')
        raise KeyError(f'There is no stage "{stage}"; there is {", ".join(self.stages)}.')

    def __str__(self) -> str:
        lines = [f"{self.item_id}: {'ok' if self.ok else self.error}"]
        lines += [f"  {r.stage}: {r.status}, {r.seconds:.3f} s" for r in self.stages.values()]
        return "\n".join([*lines, f"  {self.performance.line}"])


class Listener(Protocol):
    """Hears of every stage and run as it finishes, on the thread that finished it.

    Several threads may call at once. A run is told after all its stages. What travelled to
    another process is told in this one, when it is back. What a listener raises ends the batch.
    """

    def stage_finished(self, record: StageRecord) -> None:
        """A stage finished, failed or was skipped."""

    def run_finished(self, run: Run) -> None:
        """An item is through, or failed."""
