"""What running one item gives: a record per stage, and a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tailor_lab.markup import Shown, badge, heading, paragraph, table
from tailor_lab.pipeline.errors import StageError
from tailor_lab.pipeline.performance import Performance

LONGEST_RESULT = 80
Status = Literal["ok", "failed", "skipped", "cached"]


@dataclass(frozen=True, slots=True)
class StageRecord:
    """How one stage went on one item; `started` and `finished` are in seconds since the epoch."""

    run_id: str
    item_id: str
    stage: str
    status: Status
    """"ok", "failed", "skipped" or "cached"."""
    started: float | None = None
    seconds: float = 0.0
    """How long a worker was busy with it, over all attempts, without the waits between them."""
    attempts: int = 0
    error: str | None = None
    error_type: str | None = None
    finished: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Run(Shown):
    """One item through the pipeline: `run["rewrite"]` is what that stage returned."""

    id: str
    item_id: str
    inputs: Mapping[str, Any] = field(repr=False)
    """What the item brought."""
    results: Mapping[str, Any] = field(repr=False)
    """What each stage that is through returned, by name."""
    stages: Mapping[str, StageRecord] = field(repr=False)
    """How each stage went, by name."""
    error: StageError | None
    performance: Performance
    started: float
    """In seconds since the epoch."""
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

    def _page(self) -> Iterator[str]:
        yield heading(f"Run of {self.item_id}")
        yield paragraph(badge("good", "ok") if self.ok else badge("bad", str(self.error)))
        yield table(
            ("stage", "status", "seconds", "attempts", "result"),
            [
                (
                    r.stage,
                    r.status,
                    f"{r.seconds:.3f}",
                    r.attempts,
                    _brief(self.results.get(r.stage)),
                )
                for r in self.stages.values()
            ],
            numbers=(2, 3),
        )
        yield paragraph(self.performance.line)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.stages)


def _brief(value: Any) -> str:
    """The first line of a result, cut to what fits a table."""
    if value is None:
        return ""
    text = str(value).partition("\n")[0]
    return text if len(text) <= LONGEST_RESULT else f"{text[:LONGEST_RESULT]}…"


class Listener(Protocol):
    """Hears of every stage and run as it finishes, on the thread that finished it.

    Several threads may call at once. A run is told after all its stages. What travelled to
    another process is told in this one, when it is back. What a listener raises ends the batch.
    """

    def stage_finished(self, record: StageRecord) -> None:
        """A stage finished, failed or was skipped, as `record` says."""

    def run_finished(self, run: Run) -> None:
        """An item is through, or failed: `run.ok`."""
