"""What the log already knows of an experiment's metrics: pairs of past items, to plan with."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tailor_lab.experiment.analysis.data.pairs import Floats
from tailor_lab.experiment.analysis.forecast.draws import Pair, PastPairs
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.outcomes.chances import Replicates, Trade
from tailor_lab.experiment.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from tailor_lab.runlog import RunLog

_FEWEST_PAIRS = 20
_REPLICATES = (1, 2, 3, 5)

_VALUES = """
    with single as (
        select experiment, variant, item_id, cluster, {column}::double as value
        from runs where status = 'ok' and source = 'experiment' and {column} is not null
    )
"""
_SCORED = """
    with single as (
        select r.experiment, r.variant, r.item_id, r.cluster, s.value
        from scores s join runs r using (run_id)
        where r.status = 'ok' and r.source = 'experiment' and s.metric = ?
    )
"""
_MEANS = """
    select experiment, variant, item_id, cluster,
        avg({value}) as value, var_samp({value}) as within, count(*) as runs
    from single where isfinite(value) group by all
"""


@dataclass(frozen=True)
class Past:
    """Differences between two variants over the items that both had, from the log."""

    differences: Floats = field(repr=False)
    baseline_mean: float
    clusters: tuple[str, ...] | None = field(repr=False)
    source: str
    experiment: str
    variant: str
    baseline: str


def past_of(experiment: Experiment, values: "pl.DataFrame") -> Past | None:
    """The differences to plan with: of this experiment if it ran before, else of others.

    `values` are those of the primary metric, as `measured` reads them.
    """
    if values.is_empty():
        return None
    names = sorted(values["experiment"].unique().to_list())
    names.sort(key=lambda name: name != experiment.name)
    for name in names:
        found = _differences(values, name, experiment)
        if found is not None:
            return found
    return None


def why_unknown(experiment: Experiment, values: "pl.DataFrame") -> str:
    """Why `past_of` found no differences to plan with: no values, too few pairs, or no spread."""
    if values.is_empty():
        return "nothing in the log measured it yet"
    sizes = [
        _pairs_of(values, name, experiment)[0].group_by("variant").len()
        for name in values["experiment"].unique().to_list()
    ]
    most = max((int(each["len"].max() or 0) for each in sizes), default=0)  # type: ignore[arg-type]
    if most >= _FEWEST_PAIRS:
        return "no item differed so far"
    return (
        f"the log has {counted(most, 'pairs')} of it, and {_FEWEST_PAIRS} are the fewest that say "
        "how it varies"
    )


def measured(metric: Metric, log: "RunLog") -> "pl.DataFrame":
    """A row per experiment, variant and item: `value`, the variance `within` it, and its `runs`."""
    from tailor_lab.runlog.tables import TABLES

    means = _MEANS.format(value="(value > 0)::double" if metric.kind == "binary" else "value")
    if metric.name in TABLES["runs"].columns:
        return log.sql(_VALUES.format(column=f'"{metric.name}"') + means)
    return log.sql(_SCORED + means, [metric.name])


def past_pairs(past: Past, values: "Sequence[pl.DataFrame]", *, clustered: bool) -> PastPairs:
    """Each metric on the items that have all of those that were measured there.

    `values` are the metrics' as `measured` reads them; a metric with fewer than 20 items counts as
    not measured.
    """
    import polars as pl

    columns = [_columns(past, each, number) for number, each in enumerate(values)]
    known = [frame for frame in columns if frame.height >= _FEWEST_PAIRS]
    if not known:
        return PastPairs([None] * len(columns))
    joined = known[0]
    for frame in known[1:]:
        more = joined.join(frame.drop("cluster"), on="item_id")
        joined = more if more.height >= _FEWEST_PAIRS else joined
    joined = joined.sort("item_id")
    pairs: list[Pair | None] = [
        (joined[f"a{n}"].to_numpy(), joined[f"b{n}"].to_numpy())
        if f"a{n}" in joined.columns
        else None
        for n in range(len(columns))
    ]
    index = None
    if clustered and joined["cluster"].null_count() == 0:
        labels = joined["cluster"].cast(pl.String).to_numpy()
        index = np.unique(labels, return_inverse=True)[1].astype(np.intp)
    return PastPairs(pairs, index)


def replicates_of(
    past: Past, values: "pl.DataFrame", *, items: int, replicates: int, effect: float, scale: float
) -> Replicates | None:
    """What replicates are worth next to items; None where the log has no item with two runs.

    `effect` is the design effect of clusters; differences are divided by `scale`.
    """
    import polars as pl

    own = values.filter(pl.col("experiment") == past.experiment)
    sides = [own.filter(pl.col("variant") == name) for name in (past.baseline, past.variant)]
    joined = sides[0].join(sides[1], on="item_id", suffix="_b")
    joined = joined.drop_nulls(["within", "within_b"])
    if joined.height < _FEWEST_PAIRS:
        return None
    arrays = {name: joined[name].to_numpy() for name in ("value", "value_b", "within", "within_b")}
    runs, runs_b = joined["runs"].to_numpy(), joined["runs_b"].to_numpy()
    noise = float((arrays["within"] / runs + arrays["within_b"] / runs_b).mean())
    within = float((arrays["within"] + arrays["within_b"]).mean()) / scale**2
    spread = float((arrays["value_b"] - arrays["value"]).var(ddof=1))
    between = max(0.0, spread - noise) / scale**2
    total = items * replicates
    trades = [
        Trade(
            total // each, each, float(np.sqrt((between + within / each) * effect * each / total))
        )
        for each in sorted({*_REPLICATES, replicates})
        if total // each >= 2
    ]
    source = f"from {joined.height} items with replicates"
    return Replicates(within, between, tuple(trades), source)


def _columns(past: Past, values: "pl.DataFrame", number: int) -> "pl.DataFrame":
    """A metric's values under the baseline (`a`) and the variant (`b`), an item a row."""
    import polars as pl

    own = values.filter(pl.col("experiment") == past.experiment)
    a, b = (
        own.filter(pl.col("variant") == name).unique("item_id", keep="first", maintain_order=True)
        for name in (past.baseline, past.variant)
    )
    a = a.select("item_id", "cluster", pl.col("value").alias(f"a{number}"))
    return a.join(b.select("item_id", pl.col("value").alias(f"b{number}")), on="item_id")


def _pairs_of(
    values: "pl.DataFrame", name: str, experiment: Experiment
) -> "tuple[pl.DataFrame, str]":
    """An experiment's variants next to its baseline, an item a row, and the baseline's name."""
    import polars as pl

    own = values.filter(pl.col("experiment") == name)
    variants = sorted(own["variant"].unique().to_list())
    wanted = experiment.baseline
    baseline: str = wanted if wanted is not None and wanted in variants else variants[0]
    base = own.filter(pl.col("variant") == baseline).select("item_id", base="value")
    pairs = own.filter(pl.col("variant") != baseline).join(base, on="item_id")
    return pairs.with_columns(difference=pl.col("value") - pl.col("base")), baseline


def _differences(values: "pl.DataFrame", name: str, experiment: Experiment) -> Past | None:
    import polars as pl

    pairs, baseline = _pairs_of(values, name, experiment)
    sizes = pairs.group_by("variant").agg(n=pl.len(), sd=pl.col("difference").std())
    sizes = sizes.filter((pl.col("n") >= _FEWEST_PAIRS) & (pl.col("sd") > 0)).sort("sd", "variant")
    if sizes.is_empty():
        return None
    # The widest of them: a plan that is too small costs more than one that is too large.
    chosen = sizes.row(-1, named=True)["variant"]
    rows = pairs.filter(pl.col("variant") == chosen).sort("item_id")
    clusters = rows["cluster"].to_list()
    whose = "this experiment" if name == experiment.name else f'experiment "{name}"'
    return Past(
        differences=rows["difference"].to_numpy(),
        baseline_mean=float(rows["base"].to_numpy().mean()),
        clusters=tuple(clusters) if experiment.cluster and None not in clusters else None,
        source=f"from {rows.height} pairs of {whose}, {chosen} against {baseline}",
        experiment=name,
        variant=chosen,
        baseline=baseline,
    )
