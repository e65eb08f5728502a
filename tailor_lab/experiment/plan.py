"""A plan: an experiment made ready to run, and what it works with.

A cell is one item under one variant in one replicate; `run/cells.py` gives each its identity, and
`run/prepare.py` makes the plan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
from tailor_lab.experiment.workload import Workload
from tailor_lab.identity import digest
from tailor_lab.llm import LLM, Prompt
from tailor_lab.llm.breaker import RequestBreaker
from tailor_lab.pipeline import Pipeline
from tailor_lab.questions import ask
from tailor_lab.runlog import RunLog

_FINISHED = """
    select distinct cell from runs
    where experiment = ? and status = 'ok' and cell in (select unnest(?))
"""


@dataclass(frozen=True)
class Item:
    """One thing to run every variant on."""

    id: str
    values: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class Cell:
    """One item under one variant in one replicate."""

    id: str
    item: Item
    variant: Variant
    replicate: int


@dataclass(frozen=True)
class ReadyJudge:
    """A metric's judge with its prompt and its model looked up."""

    metric: Metric
    judge: Judge
    prompt: Prompt
    model: str

    @property
    def kind(self) -> str:
        """What the log calls its judgements: another question, prompt or model is another judge."""
        identity = [asdict(self.judge), self.prompt.hash, self.model]
        return f"{self.judge.kind} {digest(identity)[:10]}"


def _named_workload(experiment: Experiment) -> Workload:
    """The workload that an experiment holds or names."""
    return ask("experiment.workload", experiment)


@dataclass(frozen=True)
class Bench:
    """What an experiment works with; a `Lab` brings it."""

    log: RunLog
    """Where runs are recorded."""
    project: Path
    """Where relative paths of a definition start, after its own folder."""
    model: str
    """The model of variants that name none."""
    llm: Callable[..., LLM]
    """The client for a model, with its answers cached under a namespace; options are `LLM`'s."""
    workload: Callable[[Experiment], Workload] = _named_workload
    """The workload that an experiment names."""


@dataclass(frozen=True)
class Plan:
    """An experiment with everything it names looked up: ready to run."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    prompts: Mapping[str, Prompt]
    workload: Workload
    code_version: str
    hash: str
    record: Mapping[str, Any]
    judges: tuple[ReadyJudge, ...] = ()

    @property
    def pipeline(self) -> Pipeline:
        """The stages that run."""
        return self.workload.pipeline

    def missing(self, log: RunLog, cells: Sequence[Cell] | None = None) -> list[Cell]:
        """Those of the cells, all by default, that have no finished run in the log."""
        wanted = self.cells if cells is None else cells
        ids = [cell.id for cell in wanted]
        done = set(log.sql(_FINISHED, [self.experiment.name, ids])["cell"].to_list())
        return [cell for cell in wanted if cell.id not in done]

    def inputs(
        self,
        cells: Sequence[Cell],
        bench: Bench,
        *,
        breakers: Mapping[str, RequestBreaker] | None = None,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """What the pipeline takes for each of these cells.

        `options` are those of the models' clients, `breakers` those of each variant.
        """
        broken = breakers or {}
        clients = {
            variant.name: self.client(variant, bench, breaker=broken.get(variant.name), **options)
            for variant in self.experiment.variants
            if "llm" in self.pipeline.inputs
        }
        return [{"id": cell.id, **self._inputs_of(cell, clients)} for cell in cells]

    def client(self, variant: Variant, bench: Bench, **options: Any) -> LLM:
        """The client for a variant's model, with the variant's parameters."""
        given = {**options, **({"params": variant.params} if variant.params else {})}
        given = {name: value for name, value in given.items() if value is not None}
        return bench.llm(variant.model or bench.model, variant.cache or variant.name, **given)

    def _inputs_of(self, cell: Cell, clients: Mapping[str, LLM]) -> dict[str, Any]:
        """What comes of the item, the variant and the cell; nothing that no stage takes."""
        variant = cell.variant
        offered: dict[str, Any] = {
            **{k: v for k, v in cell.item.values.items() if k != "id"},
            **variant.parameters,
            "replicate": cell.replicate,
            "llm": clients.get(variant.name),
            "prompt": self.prompts.get(variant.name),
            **({"mode": variant.mode} if variant.mode else {}),
        }
        wanted = self.pipeline.graph.required | self.pipeline.graph.optional
        return {k: v for k, v in offered.items() if k in wanted and v is not None}
