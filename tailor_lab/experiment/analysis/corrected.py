"""Effects by people's labels that a judge's many labels make sharper; see `Result.corrected`."""

from typing import TYPE_CHECKING

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import measured_by
from tailor_lab.experiment.result import Result

if TYPE_CHECKING:
    import polars as pl


def corrected(result: Result, judge: str, people: str) -> dict[str, stats.Estimate]:
    """For each variant the mean difference by people's labels, made sharper by the judge's."""
    baseline = result.experiment.baseline or result.experiment.variants[0].name
    for name in (judge, people):
        if name not in measured_by(result):
            known = ", ".join(measured_by(result)) or "nothing"
            raise InputError(
                f'No run has a label "{name}" yet; the runs have {known}. '
                "Run the judge, or label some: Lab().review(...)."
            )
    others = [v.name for v in result.experiment.variants if v.name != baseline]
    return {name: _of(result, judge, people, baseline, name) for name in others}


def _of(result: Result, judge: str, people: str, baseline: str, variant: str) -> stats.Estimate:
    columns = _means(result, [judge, people], variant)
    base = _means(result, [judge, people], baseline)
    both = columns.join(base, on="item_id", suffix="_base", how="left").sort("item_id")
    # A pairwise judge labels the variant alone: win, tie or loss, where the baseline is 0.
    for name in (judge, people):
        if not base[name].count():
            both = both.with_columns(
                both[name]
                .is_not_null()
                .replace_strict({True: 0.0, False: None}, return_dtype=both[name].dtype)
                .alias(f"{name}_base")
            )
    cluster = result.experiment.cluster
    labels = None
    if cluster and cluster in result.frame.columns:
        of_item = dict(result.frame.select("item_id", cluster).unique().iter_rows())
        labels = [str(of_item[item]) for item in both["item_id"]]

    def values(name: str) -> "pl.Series":
        return both[name].fill_null(float("nan"))

    return stats.prediction_powered(
        values(f"{people}_base").to_numpy(),
        values(people).to_numpy(),
        values(f"{judge}_base").to_numpy(),
        values(judge).to_numpy(),
        clusters=labels,
    )


def _means(result: Result, names: list[str], variant: str) -> "pl.DataFrame":
    import polars as pl

    runs = result.frame.filter((pl.col("status") == "ok") & (pl.col("variant") == variant))
    return runs.group_by("item_id").agg(pl.col(name).cast(pl.Float64).mean() for name in names)
