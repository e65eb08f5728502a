"""What running many items gives: the runs in the items' order, counted, measured, as frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError, TailorLabError
from tailor_lab.markup import Markup, Shown, bullets, heading, paragraph
from tailor_lab.pipeline.graph import Graph
from tailor_lab.pipeline.performance import Performance
from tailor_lab.pipeline.run import Run, StageRecord
from tailor_lab.questions import ask

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

TIMELINE_ITEMS = 60
"""A Gantt chart of more rows than this cannot be read."""
MOST_ERRORS = 5


@dataclass
class Tally:
    """What a batch has come to so far; `stop_when` is asked with it after every item."""

    finished: int = 0
    """Items that are through, failed ones included."""
    failed: int = 0
    """Items of which a stage failed."""
    cost_usd: float = 0.0
    """Sum of what the batch's `cost` says of each run."""
    work_s: float = 0.0
    """Sum of all stage times."""
    longest_s: float = 0.0
    """The longest chain of stages of any item."""
    last: Run | None = None
    """The run that was counted last; None before the first."""

    def add(self, run: Run, cost: Callable[[Run], float | None] | None) -> None:
        """Counts a run.

        `cost` gives its USD, None where that is unknown. Raises `InputError` where it gives no
        number.
        """
        self.finished += 1
        self.failed += not run.ok
        self.work_s += run.performance.sequential_s
        self.longest_s = max(self.longest_s, run.performance.critical_path_s)
        self.last = run
        if cost is not None:
            usd = cost(run) or 0.0
            if not isfinite(usd):
                raise InputError(
                    f'cost gave {usd} for item "{run.item_id}"; a budget needs numbers.'
                )
            self.cost_usd += usd


@dataclass(frozen=True, repr=False)
class Batch(Shown):
    """Many items through the pipeline, in the order in which the items came.

    Where a sink took the runs, `runs` holds those that failed, and `len` counts all the same.
    """

    runs: tuple[Run, ...] = field(repr=False)
    performance: Performance
    graph: Graph = field(repr=False)
    """The stages and what each needs."""
    finished: int
    """How many items are through, failed ones included."""
    cost_usd: float = 0.0
    skipped: int = 0
    """Items passed over because `resume` said that they are done."""
    passed_over: int = 0
    """Items that `skip_when` kept from beginning."""
    stopped: bool = False
    """Whether `stop_when` ended the batch before its items did."""

    @property
    def failures(self) -> tuple[Run, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if not run.ok)

    @property
    def frame(self) -> "pl.DataFrame":
        """A row per item: its id, whether it is ok, its error and seconds, and each result."""
        import polars as pl

        rows = [row(run) for run in self.runs]
        schema: dict[str, Any] = {
            "item_id": pl.String,
            "ok": pl.Boolean,
            "error": pl.String,
            "seconds": pl.Float64,
        }
        columns = [*schema, *self.graph.stages]
        if not rows:
            return pl.DataFrame(schema={name: schema.get(name, pl.Null) for name in columns})
        full = [{name: found.get(name) for name in columns} for found in rows]
        return pl.DataFrame(full, infer_schema_length=None, strict=False, schema_overrides=schema)

    @property
    def stages(self) -> "pl.DataFrame":
        """A row per item and stage, its times in seconds since the epoch."""
        import polars as pl

        schema = {name: getattr(pl, kind) for name, kind in _STAGE_COLUMNS.items()}
        records = [record for run in self.runs for record in run.stages.values()]
        return pl.DataFrame(
            {name: [getattr(record, name) for record in records] for name in schema},
            schema=schema,
        )

    def timeline(self, items: int = TIMELINE_ITEMS) -> "alt.Chart":
        """An Altair chart of when each stage of the first `items` items ran, and where they waited.

        The horizontal axis is seconds since the first stage began.
        """
        import polars as pl

        shown = [run.id for run in self.runs[:items]]
        began = pl.col("started").min()
        frame = self.stages.filter(
            pl.col("started").is_not_null() & pl.col("run_id").is_in(shown)
        ).select(
            "item_id",
            "stage",
            "status",
            "attempts",
            start=pl.col("started") - began,
            end=pl.col("finished") - began,
        )
        found = self.performance
        kind = "failed " if len(self.runs) < len(self) else ""
        counted = f"{len(shown)} {kind}of {len(self)} items"
        counted = self._counts() if len(shown) == len(self) else counted
        chart: alt.Chart = ask(
            "batch.timeline",
            frame,
            title=f"{found.speedup:.1f} times faster than one stage after the other",
            subtitle=f"{counted}; {found.wall_s:.2f} s, the least possible {found.bound_s:.2f} s",
        )
        return chart

    def __len__(self) -> int:
        return self.finished

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __str__(self) -> str:
        return f"{self._counts()}\n{self.performance}"

    def _counts(self) -> str:
        counts = [f"{self.finished} items"]
        if self.failures:
            counts.append(f"{len(self.failures)} failed")
        if self.skipped:
            counts.append(f"{self.skipped} done before")
        if self.passed_over:
            counts.append(f"{self.passed_over} not begun")
        if self.cost_usd:
            counts.append(f"{self.cost_usd:.4f} USD")
        if self.stopped:
            counts.append("stopped before the end")
        return ", ".join(counts)

    def _page(self) -> Iterator[str]:
        from tailor_lab.pipeline.draw import svg

        yield heading(self._counts())
        yield paragraph(self.performance.line)
        more = len(self.failures) - MOST_ERRORS
        yield bullets(
            [
                *(str(run.error) for run in self.failures[:MOST_ERRORS]),
                *([f"and {more} more"] if more > 0 else []),
            ]
        )
        yield Markup(svg(self.graph, mean_seconds(self.runs)))


_STAGE_COLUMNS = {
    "run_id": "String",
    "item_id": "String",
    "stage": "String",
    "status": "String",
    "started": "Float64",
    "finished": "Float64",
    "seconds": "Float64",
    "attempts": "Int64",
    "error": "String",
    "error_type": "String",
}


def mean_seconds(runs: tuple[Run, ...]) -> dict[str, float]:
    """The mean seconds of each stage over the items on which it ran."""
    times: dict[str, list[float]] = {}
    for run in runs:
        for record in run.stages.values():
            if _ran(record):
                times.setdefault(record.stage, []).append(record.seconds)
    return {name: sum(found) / len(found) for name, found in times.items()}


def row(run: Run) -> dict[str, Any]:
    """A run as a row of plain values: for a frame or a file."""
    return {
        "item_id": run.item_id,
        "ok": run.ok,
        "error": str(run.error) if run.error else None,
        "seconds": run.performance.wall_s,
        **{name: _plain(value) for name, value in run.results.items()},
    }


def _ran(record: StageRecord) -> bool:
    return record.started is not None


def _plain(value: Any) -> Any:
    """A value that a frame can hold; what it cannot becomes text."""
    if isinstance(value, str | int | float | bool | None):
        return value
    try:
        return str(value)
    except Exception:  # noqa: BLE001 (one value that cannot be printed must not cost the frame)
        return f"<{type(value).__qualname__}>"


class SourceError(TailorLabError):
    """The source of the items broke; the items drawn before are finished, and in `batch`."""

    batch: Batch | None = None


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a batch; what was finished is in `batch`."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(f"interrupted after {len(batch)} items, which are in the batch")
        self.batch = batch
