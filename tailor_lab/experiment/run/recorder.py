"""What a finished run leaves in the log: its stages, its scores, then itself.

The row of a run is written last, so a run is in the log with everything it measured or not at all.
"""

import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from tailor_lab.experiment.plan import Cell, Plan
from tailor_lab.experiment.run.items import DOCUMENTS
from tailor_lab.experiment.workload import Workload
from tailor_lab.llm.errors import BudgetError
from tailor_lab.pipeline import Run
from tailor_lab.runlog import RunLog
from tailor_lab.runlog.tables import COUNT, TABLES

T = TypeVar("T")

LONGEST_OUTPUT = 200_000
"""Characters of an output that the log keeps; what is longer is cut, and says so."""
_ITEM_COLUMNS = ("target_score", "resume_id", "job_id")
"""The columns of `runs` that an item fills where it has a field of that name."""
_COLUMNS = TABLES["runs"].columns


class Recorder:
    """Writes each finished run to the log: its stages, its scores, then itself."""

    def __init__(self, plan: Plan, log: RunLog) -> None:
        self._plan = plan
        self._log = log
        self._cells = {cell.id: cell for cell in plan.cells}
        self._warned: set[str] = set()

    def stage_finished(self, record: object) -> None:
        """Stages are written with their run, so that no run is in the log by halves."""

    def run_finished(self, run: Run) -> None:
        """Writes the run, unless the budget kept it from being one."""
        if over_budget(run):
            return
        cell = self._cells[run.item_id]
        row, measures = self._row(run, cell)
        for record in run.stages.values():
            started = record.started
            self._log.record(
                "stages",
                {
                    "run_id": run.id,
                    "stage": record.stage,
                    "status": record.status,
                    "started_at": datetime.fromtimestamp(started, UTC) if started else None,
                    "duration_ms": record.seconds * 1000,
                    "attempts": record.attempts,
                    "error_type": record.error_type,
                    "error": record.error,
                },
            )
        shared = {k: row[k] for k in ("experiment", "plan_hash", "cell", "variant", "item_id")}
        for name, value in measures.items():
            self._log.record("scores", {"run_id": run.id, **shared, "metric": name, "value": value})
        self._log.record("runs", row)

    def _row(self, run: Run, cell: Cell) -> tuple[dict[str, Any], dict[str, float]]:
        experiment, variant = self._plan.experiment, cell.variant
        item = cell.item.values
        prompt = self._plan.prompts.get(variant.name)
        row: dict[str, Any] = {
            "run_id": run.id,
            "started_at": datetime.fromtimestamp(run.started, UTC),
            "experiment": experiment.name,
            "plan_hash": self._plan.hash,
            "cell": cell.id,
            "variant": variant.name,
            "item_id": cell.item.id,
            "item_hash": cell.item.hash,
            "cluster": str(item[experiment.cluster]) if experiment.cluster else None,
            "replicate": cell.replicate,
            "status": "ok" if run.ok else "failed",
            "error_type": run.error.kind if run.error else None,
            "error": str(run.error) if run.error else None,
            "source": "experiment",
            "pipeline": self._plan.record["pipeline"],
            "prompt": prompt.name if prompt else None,
            "prompt_hash": prompt.hash if prompt else None,
            "code_version": self._plan.code_version,
            "duration_ms": run.performance.wall_s * 1000,
            **{name: item[name] for name in _ITEM_COLUMNS if item.get(name) is not None},
            "attributes": self._attributes(item),
        }
        if not run.ok:
            return row, {}
        try:
            outcome, measures = self._plan.workload.row(run)
        except Exception as error:  # noqa: BLE001 -- whatever somebody's own workload raises
            # A failed run, as nothing was measured: it is made again once that is mended.
            said = f"{self._workload} cannot measure this run: {type(error).__name__}: {error}"
            failed = {"status": "failed", "error_type": type(error).__name__, "error": said}
            return {**row, **failed}, {}
        outcome |= self._output(run)
        extra = {name: value for name, value in measures.items() if name not in _COLUMNS}
        columns = {
            name: int(value) if value.is_integer() and _COLUMNS[name] is COUNT else value
            for name, value in measures.items()
            if name in _COLUMNS
        }
        return {**row, **columns, **outcome}, extra

    @property
    def _workload(self) -> str:
        return f'Workload "{self._plan.workload.name}"'

    def _output(self, run: Run) -> dict[str, str]:
        """Where the log keeps what the run made, for the examples of a report."""
        if not self._log.store_content:
            return {}
        kept = self._asked(lambda workload: workload.kept(run), "show its outputs")
        if kept is None:
            return {}
        text = kept.text
        if len(text) > LONGEST_OUTPUT:
            text = f"{text[:LONGEST_OUTPUT]}\n[{len(text) - LONGEST_OUTPUT:,} more characters]"
        ref = self._log.store(text, names=kept.names)
        return {"output_ref": ref} if ref else {}

    def _attributes(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """What of an item can make segments and has no column."""
        declared = self._plan.workload.documents
        known = {"id", *(DOCUMENTS if declared is None else declared), *_COLUMNS}
        rest = {k: v for k, v in item.items() if k not in known}
        return self._asked(lambda workload: workload.attributes(rest), "say what segments") or {}

    def _asked(self, question: Callable[[Workload], T | None], what: str) -> T | None:
        """The workload's answer; None and one warning where it fails: the run is worth more."""
        try:
            return question(self._plan.workload)
        except Exception as error:  # noqa: BLE001 -- whatever somebody's own workload raises
            if what not in self._warned:
                self._warned.add(what)
                warnings.warn(
                    f"{self._workload} cannot {what}: {type(error).__name__}: {error}. "
                    "The runs are recorded without.",
                    stacklevel=2,
                )
            return None


def over_budget(run: Run) -> bool:
    """Whether a run was not made because the budget is used up: nothing was found out by it."""
    return run.error is not None and isinstance(run.error.__cause__, BudgetError)
