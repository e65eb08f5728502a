"""An experiment made ready to run: all that it names is looked up, and refused if it is not there.

Nothing here costs anything or changes anything; `experiment.run.runner` runs what is ready.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment, Variant
from tailor_lab.experiment.plan import Bench, Plan
from tailor_lab.experiment.run.cells import describe_plan, plan_cells, plan_hash
from tailor_lab.experiment.run.items import load_items
from tailor_lab.experiment.run.judges import ready_judges
from tailor_lab.experiment.workload import OF_EVERY_RUN, Workload
from tailor_lab.identity import version
from tailor_lab.llm import Prompt
from tailor_lab.llm.prompting.lint import template_as_lines
from tailor_lab.pipeline import Pipeline
from tailor_lab.settings import shipped


def prepare(experiment: Experiment, bench: Bench) -> Plan:
    """Looks up items, prompts and models; costs nothing and changes nothing."""
    workload = bench.workload(experiment)
    experiment = experiment.running(workload)
    _check_metrics(experiment, workload)
    _check_output_stage(experiment, workload)
    _check_choices(experiment, workload)
    _check_parameters(experiment, workload.pipeline)
    _check_cluster(experiment)
    folders = _folders(experiment, bench)
    needs = (*workload.needs, *filter(None, [experiment.cluster]), *experiment.covariates)
    items = load_items(
        experiment.items,
        folders=folders,
        needs=needs,
        documents=workload.documents,
        endings=workload.endings,
    )
    prompts = {
        variant.name: Prompt.load(name, project=bench.project)
        for variant in experiment.variants
        if (name := variant.prompt or workload.prompt)
    }
    assignments = {
        variant.name: _assignment(variant, prompts, bench.model) for variant in experiment.variants
    }
    code_version = f"{version()}+{workload.code_version(_stages_hash(workload.pipeline))}"
    cells = plan_cells(experiment, items, assignments, code_version=code_version)
    judges = ready_judges(experiment.all_metrics, bench)
    judged_as = {judge.metric.name: judge.kind for judge in judges}
    return Plan(
        experiment=experiment,
        cells=tuple(cells),
        prompts=prompts,
        workload=workload,
        code_version=code_version,
        hash=plan_hash(experiment, cells, judged_as),
        record=describe_plan(
            experiment,
            assignments,
            cells,
            judged_as,
            {p.hash: "\n".join(template_as_lines(p)) for p in prompts.values()},
            workload=workload.name,
        ),
        judges=tuple(judges),
    )


def _check_metrics(experiment: Experiment, workload: Workload) -> None:
    """Refuses a metric that the workload does not measure, before it costs anything."""
    if workload.measures is None:
        return
    measured = {measure.name for measure in (*workload.measures, *OF_EVERY_RUN)}
    for metric in experiment.all_metrics:
        if metric.judge is not None and metric.name in measured:
            raise InputError(
                f'Experiment "{experiment.name}": {workload.name} measures "{metric.name}" '
                "itself; give what its judge says another name."
            )
        if metric.judge is None and metric.name not in measured:
            names = ", ".join(sorted(measured))
            raise InputError(
                f'Experiment "{experiment.name}": {workload.name} does not measure '
                f'"{metric.name}"; it measures {names}. Anything else needs a judge.'
            )


def _check_output_stage(experiment: Experiment, workload: Workload) -> None:
    """Refuses an output of a stage that there is not, before a run is paid for."""
    stages = workload.pipeline.graph.stages
    if workload.output_stage is not None and workload.output_stage not in stages:
        raise InputError(
            f'Experiment "{experiment.name}": {workload.name} makes its output in the stage '
            f'"{workload.output_stage}", which its pipeline does not have; it has '
            f"{', '.join(stages)}."
        )


def _check_cluster(experiment: Experiment) -> None:
    """Refuses a field of the items whose name would hide what the log knows of a run."""
    taken = {"run_id", "item_id", "variant", "replicate", "status", "cell", "model", "cost_usd"}
    if experiment.cluster in taken:
        raise InputError(
            f'Experiment "{experiment.name}": cluster is "{experiment.cluster}", a name that the '
            "log uses for something else; give the items' field another name."
        )


def _check_choices(experiment: Experiment, workload: Workload) -> None:
    """Refuses a word that the workload does not know, before every run fails by it."""
    for variant in experiment.variants:
        for name, known in workload.choices.items():
            value = variant.assignment.get(name)
            if value is not None and value not in known:
                raise InputError(
                    f'Experiment "{experiment.name}": variant "{variant.name}" sets {name} to '
                    f"{value!r}; use {', '.join(map(str, known))}."
                )


def _check_parameters(experiment: Experiment, pipeline: Pipeline) -> None:
    """Refuses what a variant sets and no stage takes: it would change nothing."""
    taken = pipeline.graph.required | pipeline.graph.optional
    for variant in experiment.variants:
        if variant.params and "llm" not in pipeline.inputs:
            raise InputError(
                f'Experiment "{experiment.name}": variant "{variant.name}" sets params of its '
                "model, and no stage takes a model (llm)."
            )
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


def _stages_hash(pipeline: Pipeline) -> str:
    """A hash of the code of the stages themselves, not of what they import."""
    codes = (getattr(stage.function, "__code__", None) for stage in pipeline.graph.stages.values())
    text = b"".join(_code_bytes(code) for code in codes if code is not None)
    return hashlib.sha256(text).hexdigest()[:8]


def _code_bytes(code: Any) -> bytes:
    inner: Iterable[Any] = (c for c in code.co_consts if hasattr(c, "co_code"))
    constants = repr([c for c in code.co_consts if not hasattr(c, "co_code")]).encode()
    return b"".join([code.co_code, constants, *(_code_bytes(c) for c in inner)])
