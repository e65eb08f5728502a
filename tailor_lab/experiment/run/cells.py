"""Cells: the runs that an experiment consists of, each with an identity that survives a restart.

A cell is one item under one variant in one replicate. Its id is a hash of everything that makes
its result what it is: the item's content, what the variant assigns (a prompt counts by its text),
the replicate and the version of the code. So a run that is in the log under that id need not be
made again, and an edited prompt or résumé makes a new cell by itself.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.plan import Cell, Item
from tailor_lab.identity import digest


def plan_cells(
    experiment: Experiment,
    items: Sequence[Item],
    assignments: Mapping[str, Mapping[str, Any]],
    *,
    code_version: str,
) -> list[Cell]:
    """Every cell of the experiment in the order in which to run them.

    `assignments` gives for each variant what it sets, as values that JSON can hold. The order is
    random but fixed by the seed: items in shuffled order, and within each item and replicate the
    variants in shuffled order, so that drift over time meets all variants alike.
    """
    shuffle = random.Random(experiment.seed)
    order = sorted(items, key=lambda item: item.id)
    shuffle.shuffle(order)
    cluster = experiment.cluster
    if experiment.looks == "anytime" and cluster:
        # Sources come one after the other, so that what is finished is whole sources.
        places = {str(item.values[cluster]): place for place, item in enumerate(order)}
        order.sort(key=lambda item: places[str(item.values[cluster])])
    cells = []
    for item in order[: experiment.limit]:
        for replicate in range(experiment.replicates):
            variants = list(experiment.variants)
            shuffle.shuffle(variants)
            for variant in variants:
                identity = [
                    experiment.name,
                    item.id,
                    item.hash,
                    variant.name,
                    assignments[variant.name],
                    replicate,
                    code_version,
                ]
                cells.append(Cell(digest(identity), item, variant, replicate))
    return cells


def plan_hash(experiment: Experiment, cells: Sequence[Cell], judged_as: Mapping[str, str]) -> str:
    """A hash of the frozen plan: what runs, and what will be judged how and by whom."""
    metrics = [
        [m.name, m.kind, m.margin, m.better, experiment.role(m.name)]
        + ([judged_as[m.name]] if m.name in judged_as else [])
        for m in experiment.all_metrics
    ]
    design: list[Any] = [experiment.cluster, experiment.baseline, experiment.looks]
    # What is as usual is left out, so that plans from before it could be said keep their hash.
    design += [experiment.goal] if experiment.goal != "better" else []
    design += [dict(experiment.covariates)] if experiment.covariates else []
    design += [] if experiment.paired else ["independent"]
    return digest([sorted(cell.id for cell in cells), metrics, design])


def describe_plan(
    experiment: Experiment,
    assignments: Mapping[str, Mapping[str, Any]],
    cells: Sequence[Cell],
    judged_as: Mapping[str, str],
    prompts: Mapping[str, str],
    *,
    workload: str,
) -> dict[str, Any]:
    """The plan as a record for the log, readable without this package.

    `prompts` gives the text of each prompt by its hash, `workload` is the name of what runs.
    """
    return {
        "name": experiment.name,
        "question": experiment.question,
        "pipeline": workload,
        "items": len({cell.item.id for cell in cells}),
        "cluster": experiment.cluster,
        "baseline": experiment.baseline,
        "replicates": experiment.replicates,
        "looks": experiment.looks,
        "goal": experiment.goal,
        "covariates": dict(experiment.covariates),
        "paired": experiment.paired,
        "seed": experiment.seed,
        "variants": [{"name": v.name, **assignments[v.name]} for v in experiment.variants],
        "prompts": dict(prompts),
        "metrics": list(_metric_records(experiment, judged_as)),
        "order": list(dict.fromkeys(cell.item.id for cell in cells)),
        "cells": [cell.id for cell in cells],
    }


def _metric_records(
    experiment: Experiment, judged_as: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for metric in experiment.all_metrics:
        judge = asdict(metric.judge) if metric.judge else None
        yield {
            "name": metric.name,
            "role": experiment.role(metric.name),
            "kind": metric.kind,
            "margin": metric.margin,
            "better": metric.better,
            "unit": metric.unit,
            **({"bounds": list(metric.bounds)} if metric.bounds else {}),
            **({"judge": judge, "judged_as": judged_as[metric.name]} if judge else {}),
        }
