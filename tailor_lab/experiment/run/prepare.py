"""An experiment made ready to run: all that it names is looked up, and refused if it is not there.

Nothing here costs anything or changes anything; `experiment.run.runner` runs what is ready.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tailor_lab
from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment, Variant
from tailor_lab.experiment.run.cells import Cell, describe_plan, plan_cells, plan_hash
from tailor_lab.experiment.run.items import load_items
from tailor_lab.experiment.run.judges import ReadyJudge, ready_judges
from tailor_lab.identity import PACKAGE, source_hash
from tailor_lab.llm import LLM, Prompt
from tailor_lab.llm.prompting.lint import template_as_lines
from tailor_lab.pipeline import Pipeline
from tailor_lab.runlog import RunLog
from tailor_lab.settings import shipped
from tailor_lab.tailoring.documents.formats import endings
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.scoring.settings import settings_of
from tailor_lab.tailoring.stages import DEFAULT_PROMPT
from tailor_lab.workloads.builtin import BuiltIn, built_in

_FINISHED = """
    select distinct cell from runs
    where experiment = ? and status = 'ok' and cell in (select unnest(?))
"""


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
    knowledge: Knowledge | None = None
    """What pipelines with a `knowledge` are given; None for that of the current settings."""


@dataclass(frozen=True)
class Plan:
    """An experiment with everything it names looked up: ready to run."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    prompts: Mapping[str, Prompt]
    pipeline: Pipeline
    code_version: str
    hash: str
    record: Mapping[str, Any]
    judges: tuple[ReadyJudge, ...] = ()

    def missing(self, log: RunLog, cells: Sequence[Cell] | None = None) -> list[Cell]:
        """Those of the cells, all by default, that have no finished run in the log."""
        wanted = self.cells if cells is None else cells
        ids = [cell.id for cell in wanted]
        done = set(log.sql(_FINISHED, [self.experiment.name, ids])["cell"].to_list())
        return [cell for cell in wanted if cell.id not in done]

    def inputs(self, cells: Sequence[Cell], bench: Bench, **options: Any) -> list[dict[str, Any]]:
        """What the pipeline takes for each of these cells; `options` are the models' clients'."""
        clients = {
            variant.name: bench.llm(
                variant.model or bench.model, variant.cache or variant.name, **options
            )
            for variant in self.experiment.variants
            if "llm" in self.pipeline.inputs
        }
        return [{"id": cell.id, **self._inputs_of(cell, clients)} for cell in cells]

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


def prepare(experiment: Experiment, bench: Bench) -> Plan:
    """Looks up items, prompts and models; costs nothing and changes nothing."""
    built = built_in(experiment.pipeline) if isinstance(experiment.pipeline, str) else None
    pipeline = built.pipeline if built else experiment.pipeline
    assert isinstance(pipeline, Pipeline), "a name that is not known was refused"
    knowledge = opened(bench.knowledge)
    if pipeline.takes("knowledge"):
        pipeline = pipeline.bind(knowledge=knowledge)
    if built:
        _check_metrics(experiment, built)
        _check_choices(experiment, built)
    _check_parameters(experiment, pipeline)
    folders = _folders(experiment, bench)
    needs = (*(built.needs if built else ()), *filter(None, [experiment.cluster]))
    items = load_items(experiment.items, folders=folders, endings=endings(), needs=needs)
    prompts = {
        variant.name: Prompt.load(variant.prompt or DEFAULT_PROMPT, project=bench.project)
        for variant in experiment.variants
        if built or variant.prompt
    }
    assignments = {
        variant.name: _assignment(variant, prompts, bench.model) for variant in experiment.variants
    }
    version = _code_version(pipeline, knowledge)
    cells = plan_cells(experiment, items, assignments, code_version=version)
    judges = ready_judges(experiment.all_metrics, bench)
    judged_as = {judge.metric.name: judge.kind for judge in judges}
    return Plan(
        experiment=experiment,
        cells=tuple(cells),
        prompts=prompts,
        pipeline=pipeline,
        code_version=version,
        hash=plan_hash(experiment, cells, judged_as),
        record=describe_plan(
            experiment,
            assignments,
            cells,
            judged_as,
            {p.hash: "\n".join(template_as_lines(p)) for p in prompts.values()},
        ),
        judges=tuple(judges),
    )


def _check_metrics(experiment: Experiment, built: BuiltIn) -> None:
    """Refuses a metric that a built-in pipeline does not measure, before it costs anything."""
    for metric in experiment.all_metrics:
        if metric.judge is not None and metric.name in built.measured:
            raise InputError(
                f'Experiment "{experiment.name}": {experiment.pipeline} measures "{metric.name}" '
                "itself; give what its judge says another name."
            )
        if metric.judge is None and metric.name not in built.measured:
            names = ", ".join(sorted(built.measured))
            raise InputError(
                f'Experiment "{experiment.name}": {experiment.pipeline} does not measure '
                f'"{metric.name}"; it measures {names}. Anything else needs a judge.'
            )


def _check_choices(experiment: Experiment, built: BuiltIn) -> None:
    """Refuses a word that a built-in pipeline does not know, before every run fails by it."""
    for variant in experiment.variants:
        for name, known in built.choices.items():
            value = variant.assignment.get(name)
            if value is not None and value not in known:
                raise InputError(
                    f'Experiment "{experiment.name}": variant "{variant.name}" sets {name} to '
                    f"{value!r}; use {', '.join(known)}."
                )


def _check_parameters(experiment: Experiment, pipeline: Pipeline) -> None:
    """Refuses what a variant sets and no stage takes: it would change nothing."""
    taken = pipeline.graph.required | pipeline.graph.optional
    for variant in experiment.variants:
        for name in variant.parameters:
            if name not in taken:
                free = ", ".join(sorted(taken - {"llm", "prompt", "replicate"}))
                raise InputError(
                    f'Experiment "{experiment.name}": variant "{variant.name}" sets "{name}", '
                    f"which no stage takes; they take {free}."
                )


def _assignment(variant: Variant, prompts: Mapping[str, Prompt], model: str) -> dict[str, Any]:
    """What a variant sets, with the prompt's text by its hash."""
    prompt = prompts.get(variant.name)
    named = {"prompt": prompt.name, "prompt_hash": prompt.hash} if prompt else {}
    cache = {"cache": variant.cache} if variant.cache else {}
    return {**variant.assignment, "model": variant.model or model, **named, **cache}


def _folders(experiment: Experiment, bench: Bench) -> tuple[Path, ...]:
    own = (experiment.source.parent,) if experiment.source else ()
    return (*own, bench.project, shipped("data").parent)


def _code_version(pipeline: Pipeline, knowledge: Knowledge) -> str:
    """What tells one state of the code from another: version, scorer, stages, what they call.

    Of the stages of a user's own pipeline their own code counts, not what they import. What a
    project has imported into its knowledge is in the version of the score.
    """
    codes = (getattr(stage.function, "__code__", None) for stage in pipeline.graph.stages.values())
    text = b"".join(_code_bytes(code) for code in codes if code is not None)
    digest = hashlib.sha256(text).hexdigest()[:8]
    own = source_hash(PACKAGE / "tailoring", PACKAGE / "llm", shipped("data/knowledge"))
    score = settings_of(knowledge)["version"]
    # The shipped files are in the hash of the source.
    other = "" if knowledge.is_shipped else f"+knowledge-{knowledge.digest}"
    return f"{tailor_lab.__version__}+score-{score}+{digest}+{own}{other}"


def _code_bytes(code: Any) -> bytes:
    inner: Iterable[Any] = (c for c in code.co_consts if hasattr(c, "co_code"))
    constants = repr([c for c in code.co_consts if not hasattr(c, "co_code")]).encode()
    return b"".join([code.co_code, constants, *(_code_bytes(c) for c in inner)])
