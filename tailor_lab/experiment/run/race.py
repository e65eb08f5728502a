"""Runs a race: round by round, only those variants that may still be the best.

Its runs are those of the experiment's plan and are found in the log by a later race or `run`. What
a round decides depends on the runs of its own items alone, so a race that was killed and is started
again goes the same way, without a run made twice.
"""

from collections.abc import Mapping
from functools import partial

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.logged import read_result
from tailor_lab.experiment.plan import Bench, Plan
from tailor_lab.experiment.race import Ended, Race, Standing, margin_text, round_ends
from tailor_lab.experiment.run.judges import judge_cells
from tailor_lab.experiment.run.prepare import prepare
from tailor_lab.experiment.run.runner import exclusive, run_cells
from tailor_lab.questions import ask
from tailor_lab.runlog import RunLog

_COSTS = """
    select variant, avg(cost_usd), count(*) = count(cost_usd)
    from runs where experiment = ? and status = 'ok' and cell in (select unnest(?))
    group by variant
"""


def run_race(
    experiment: Experiment,
    bench: Bench,
    *,
    runs: int | None = None,
    error: float = 0.05,
    n_jobs: int = 8,
    backend: str = "threading",
    progress: bool | None = None,
) -> Race:
    """Runs an experiment's variants against each other until one is best.

    `runs` is the most that may be used, those in the log included; `bench` is what it works with.
    Raises `InputError` where the primary metric has no margin, the variants are independent groups,
    the goal is "not_worse", `error` is no chance between 0 and 0.5, or `runs` does not reach for
    one round.
    """
    _check(experiment, error)
    plan = prepare(experiment, bench)
    experiment = plan.experiment
    sizes = round_ends(len(plan.record["order"]))
    _check_runs(experiment, runs, sizes[0])
    bench.log.record(
        "experiments",
        {"experiment": experiment.name, "plan_hash": plan.hash, "plan": plan.record},
    )
    make = partial(run_cells, plan, n_jobs=n_jobs, backend=backend, progress=progress)
    judge = partial(judge_cells, plan, n_jobs=n_jobs, progress=progress)
    per_item = len(plan.cells) // len(plan.record["order"])
    standing: Standing = ask("experiment.race_start", experiment)
    ended: Ended = "plan"
    with exclusive(experiment, bench.log):
        while (size := standing.next_size(sizes)) is not None:
            names = standing.runs_next(size)
            items = {name: size if name in names else n for name, n in standing.items.items()}
            if runs is not None and sum(items.values()) * experiment.replicates > runs:
                ended = "budget"
                break
            wanted = [c for c in plan.cells[: size * per_item] if c.variant.name in names]
            missing = plan.missing(bench.log, wanted)
            if missing and make(missing, bench).stopped:
                ended = "budget"
                break
            judge(wanted, bench)
            found = read_result(bench.log, experiment, plan.record, plan.hash)
            standing = ask("experiment.race_round", found, standing, size, sizes=sizes, error=error)
    return _race(plan, bench.log, standing, "decided" if standing.best else ended, error)


def _check(experiment: Experiment, error: float) -> None:
    if not experiment.primary.margin:
        raise InputError(
            f'Experiment "{experiment.name}": the primary metric "{experiment.primary.name}" has '
            "no margin, and a race stops where differences no longer matter; "
            f'give one: Metric("{experiment.primary.name}", margin=...).'
        )
    if not experiment.paired:
        raise InputError(
            f'Experiment "{experiment.name}": a race compares variants on the same items, and '
            "paired is False. Run it whole: lab.run(...)."
        )
    if experiment.goal != "better":
        raise InputError(
            f'Experiment "{experiment.name}": a race asks which variant is the best, and the goal '
            'is "not_worse". Leave the goal out, or ask it of each variant: lab.run(...).'
        )
    if isinstance(error, bool | str) or not 0 < error < 0.5:
        raise InputError(f"error is {error!r}; use a chance between 0 and 0.5, such as 0.05.")


def _check_runs(experiment: Experiment, runs: int | None, first: int) -> None:
    count = len(experiment.variants)
    needed = count * first * experiment.replicates
    if runs is not None and runs < needed:
        raise InputError(
            f"runs is {runs}; the first round alone takes {needed}: {count} variants on {first} "
            f"items. Give {needed} or more, or leave it out for the whole plan."
        )


def _race(plan: Plan, log: RunLog, standing: Standing, ended: Ended, error: float) -> Race:
    import polars as pl

    experiment = plan.experiment
    began = any(standing.items.values())
    first = standing.best or standing.leader
    out = standing.eliminated
    schema = {
        "items": pl.Int64,
        "variant": pl.String,
        "mean": pl.Float64,
        "reach": pl.Float64,
        "leads": pl.Boolean,
        "runs_on": pl.Boolean,
    }
    return Race(
        experiment=experiment.name,
        plan_hash=plan.hash,
        metric=experiment.primary.name,
        margin=margin_text(experiment.primary),
        baseline=str(experiment.baseline),
        best=standing.best,
        leader=first if began and first not in out else None,
        within=tuple(name for name in standing.items if name not in out and name != first),
        eliminated=out,
        runs=sum(standing.items.values()) * experiment.replicates,
        planned_runs=len(plan.cells),
        saved_usd=_saved_usd(plan, log, standing.items),
        error=error,
        ended=ended,
        frame=pl.DataFrame(list(standing.rows), schema=schema),
    )


def _saved_usd(plan: Plan, log: RunLog, items: Mapping[str, int]) -> float | None:
    """What the runs not made would have cost, by the mean of each variant."""
    ids = [cell.id for cell in plan.cells]
    rows = log.sql(_COSTS, [plan.experiment.name, ids]).rows()
    means = {name: mean for name, mean, whole in rows if whole}
    if set(means) != set(items):
        return None
    planned = len(plan.record["order"])
    spared = {name: (planned - n) * plan.experiment.replicates for name, n in items.items()}
    return float(sum(means[name] * count for name, count in spared.items()))
