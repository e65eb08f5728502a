"""Results as the log holds them: the runs of a plan, and the plan of a name.

Of the attempts at a cell the first that finished counts; of one that never finished, the last
failure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
from tailor_lab.experiment.labels import judge_kinds
from tailor_lab.experiment.result import Result

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.pipeline import Performance
    from tailor_lab.runlog import RunLog

_ATTEMPTS = """
    select * from runs
    where experiment = ? and cell in (select unnest(?))
    qualify row_number() over (
        partition by cell order by status = 'ok' desc,
        case when status = 'ok' then recorded_at end, recorded_at desc
    ) = 1
    order by cell
"""
_SCORES = """
    select run_id, metric, kind, value from scores
    where experiment = ? and run_id in (select unnest(?))
"""


def read_result(
    log: "RunLog",
    experiment: Experiment,
    plan: Mapping[str, Any],
    plan_hash: str,
    *,
    performance: "Performance | None" = None,
) -> Result:
    """The result of a plan from the log."""
    cells = list(plan["cells"])
    runs = log.sql(_ATTEMPTS, [experiment.name, cells])
    scores = log.sql(_SCORES, [experiment.name, runs["run_id"].to_list()])
    if scores.height:
        scores = _of_their_judges(scores, judge_kinds(plan))
        # Several people may have labelled a run: their mean counts.
        wide = scores.pivot("metric", index="run_id", values="value", aggregate_function="mean")
        fresh = [name for name in wide.columns if name == "run_id" or name not in runs.columns]
        runs = runs.join(wide.select(fresh), on="run_id", how="left")
    if experiment.cluster:
        # The items' field, also where the log has a column of that name, such as "source".
        runs = runs.with_columns(runs["cluster"].alias(experiment.cluster))
    return Result(experiment, plan, plan_hash, runs, log, performance)


def _of_their_judges(scores: "pl.DataFrame", kinds: Mapping[str, str]) -> "pl.DataFrame":
    """The scores without those that another judge once gave under the same metric's name."""
    import polars as pl

    for metric, kind in kinds.items():
        scores = scores.filter((pl.col("metric") != metric) | (pl.col("kind") == kind))
    return scores


def latest_plan(log: "RunLog", name: str, plan_hash: str | None = None) -> tuple[Any, str]:
    """The newest plan of that name in the log, and its hash. Raises `InputError` if none is."""
    import json

    rows = log.sql(
        "select plan, plan_hash from experiments where experiment = ? "
        "and (? is null or plan_hash = ?) order by recorded_at desc limit 1",
        [name, plan_hash, plan_hash],
    )
    if rows.is_empty():
        known = log.sql("select distinct experiment from experiments order by 1")
        names = ", ".join(known["experiment"].to_list()) or "none yet"
        raise InputError(
            f'There is no experiment "{name}" in the log; there is: {names}. '
            "Run it first: tailor-lab run DEFINITION."
        )
    plan, digest_ = rows.row(0)
    return (json.loads(plan) if isinstance(plan, str) else plan), digest_


def _variant_of_plan(record: Mapping[str, Any]) -> Variant:
    fields = ("name", "prompt", "model", "mode", "cache", "params")
    known = {k: record[k] for k in fields if k in record}
    rest = {k: v for k, v in record.items() if k not in known and k != "prompt_hash"}
    return Variant(**known, parameters=rest)


def experiment_of_plan(plan: Mapping[str, Any]) -> Experiment:
    """The experiment as far as a comparison needs it, from its record in the log."""
    by_role: dict[str, list[Metric]] = {"primary": [], "guardrail": [], "exploratory": []}
    for record in plan["metrics"]:
        judge = Judge(**record["judge"]) if record.get("judge") else None
        metric = Metric(
            record["name"],
            record["kind"],
            record["margin"],
            record["better"],
            judge,
            record.get("unit", ""),
            record.get("bounds"),
        )
        by_role[record["role"]].append(metric)
    return Experiment(
        name=plan["name"],
        items=[{"id": item} for item in plan.get("order") or ()],
        variants=[_variant_of_plan(variant) for variant in plan["variants"]],
        primary=by_role["primary"][0],
        guardrails=by_role["guardrail"],
        metrics=by_role["exploratory"],
        cluster=plan["cluster"],
        baseline=plan["baseline"],
        replicates=plan["replicates"],
        looks=plan["looks"],
        goal=plan.get("goal", "better"),
        paired=plan.get("paired", True),
        covariates=dict(plan.get("covariates") or {}),
        seed=plan["seed"],
        question=plan["question"],
    )
