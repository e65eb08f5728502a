"""What was done: the variants and how their prompts differ, the items, the dates, the metrics."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tailor_lab.experiment.design import shown
from tailor_lab.experiment.result import Result
from tailor_lab.report.figures import Figure, Figures
from tailor_lab.report.sections.evidence import margin_text

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class PromptDiff:
    """How a variant's prompt differs from the baseline's."""

    variant: str
    baseline_prompt: str
    prompt: str
    lines: tuple[tuple[str, str], ...]
    """Each a kind (`same`, `added`, `removed` or `skip`) and a line."""


@dataclass(frozen=True)
class Setup:
    """What was compared, on what, when."""

    variants: tuple[tuple[str, str], ...]
    """Each variant with what it sets, in words."""
    prompts: tuple[PromptDiff, ...]
    facts: tuple[tuple[str, Figure], ...]


def setup(result: Result, figures: Figures) -> Setup:
    """What the plan and the runs say was done."""
    variants = [(v["name"], _assigned(v)) for v in result.plan["variants"]]
    return Setup(
        variants=tuple(variants),
        prompts=tuple(_prompt_diffs(result)),
        facts=tuple(
            (label, figures.add(f"setup.{label.replace(' ', '_')}", value))
            for label, value in _facts(result)
        ),
    )


def _assigned(variant: Mapping[str, Any]) -> str:
    told = {k: v for k, v in variant.items() if k not in {"name", "prompt_hash"}}
    return "; ".join(f"{key}: {value}" for key, value in shown(told))


def _facts(result: Result) -> Iterator[tuple[str, str]]:
    experiment, plan, frame = result.experiment, result.plan, result.frame
    cluster = experiment.cluster
    sources = frame[cluster].n_unique() if cluster and cluster in frame.columns else None
    yield "baseline", str(experiment.baseline)
    items = f"{len(plan['order']):,}"
    yield "items", items + (f", from {sources:,} values of {cluster}" if sources else "")
    if experiment.replicates > 1:
        yield "replicates", str(experiment.replicates)
    yield "order", f"random, seed {experiment.seed}; each item under every variant"
    yield "looks", _looks(experiment.looks)
    if frame.height:
        moments: list[datetime] = frame["started_at"].drop_nulls().to_list()
        for label, moment in (("first run", min(moments)), ("last run", max(moments))):
            yield label, f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    for metric in experiment.all_metrics:
        margin = f", margin {margin_text(metric)}" if metric.margin is not None else ""
        role = experiment.role(metric.name)
        yield f"{role} {metric.name}", f"{metric.kind}, {metric.better} is better{margin}"


def _looks(looks: object) -> str:
    if looks == "anytime":
        return "at any time (confidence sequence)"
    return "one, at the end" if looks == 1 else f"{looks}, planned (O'Brien-Fleming)"


def _prompt_diffs(result: Result) -> Iterator[PromptDiff]:
    texts: Mapping[str, str] = result.plan.get("prompts") or {}
    by_name = {variant["name"]: variant for variant in result.plan["variants"]}
    baseline = by_name[str(result.experiment.baseline)]
    for variant in by_name.values():
        old, new = (v.get("prompt_hash") for v in (baseline, variant))
        if old != new and old in texts and new in texts:
            lines = tuple(diff_lines(texts[old], texts[new]))
            yield PromptDiff(variant["name"], baseline["prompt"], variant["prompt"], lines)


def diff_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines that differ, with two around them.

    >>> list(diff_lines("a", "b"))
    [('removed', 'a'), ('added', 'b')]
    """
    kinds = {"+": "added", "-": "removed", " ": "same"}
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    for number, line in enumerate(found):
        if number < 2 or (number == 2 and line.startswith("@@")):
            continue
        if line.startswith("@@"):
            yield "skip", "…"
        else:
            yield kinds[line[0]], line[1:]
