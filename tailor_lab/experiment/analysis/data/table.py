"""The runs of an experiment, item by item: which pairs there are, and what is missing."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.data import gaps
from tailor_lab.experiment.analysis.data.frames import runs_of, values_of
from tailor_lab.experiment.analysis.data.pairs import Codes, Floats, ItemSums, Pairs
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.verdict import counted
from tailor_lab.experiment.workload import FAILED

if TYPE_CHECKING:
    import polars as pl

NOT_METRICS = {"item_id", "variant", "replicate", "status", "cell", "cluster", "run_id"}
_FEW_ITEMS = 30
_DRIFT_P = 0.001


class RunTable:
    """A frame with a row per run, looked at item by item in the order of the plan.

    Without `order` every item of the frame counts as planned and attempted.
    """

    def __init__(
        self, frame: Any, experiment: Experiment, order: Sequence[str] | None = None
    ) -> None:
        runs = runs_of(frame, experiment, whole=order is None)
        self._foreign = gaps.foreign_rows(runs, experiment)
        if self._foreign:
            runs = runs.filter(~runs["variant"].is_in(list(self._foreign)))
        self.frame = frame = runs
        self.experiment = experiment
        self._whole = order is None
        self.order = list(order) if order is not None else sorted(frame["item_id"].unique())
        if not self.order or len(set(self.order)) < len(self.order):
            what = "names an item twice" if self.order else "names no item"
            raise InputError(f"The order of the items {what}; it needs each planned item once.")
        self._names = [variant.name for variant in experiment.variants]
        self._place = self._places()
        self._ok = (frame["status"] == "ok").to_numpy()
        self.clusters = self._clusters()
        keys = ["item_id", "variant", "replicate"]
        self.duplicates = frame.height - frame.select(keys).unique().height

    def _places(self) -> Codes:
        """Each run's place in a table of variants by items; -1 for what is not planned."""
        import polars as pl

        items = pl.DataFrame({"item_id": self.order, "item": range(len(self.order))})
        names = pl.DataFrame({"variant": self._names, "of": range(len(self._names))})
        rows = self.frame.select("item_id", "variant")
        rows = rows.join(items, on="item_id", how="left", maintain_order="left")
        rows = rows.join(names, on="variant", how="left", maintain_order="left")
        place = pl.col("of").cast(pl.Int64) * len(self.order) + pl.col("item").cast(pl.Int64)
        return rows.select(place.fill_null(-1))["of"].to_numpy().astype(np.intp)

    def _clusters(self) -> Codes | None:
        """A number for the source of each item, in the order of the plan."""
        import polars as pl

        cluster = self.experiment.cluster
        if not cluster:
            return None
        if cluster not in self.frame.columns:
            raise InputError(
                f'Experiment "{self.experiment.name}" clusters by "{cluster}", '
                "which its items do not have."
            )
        known = self.frame.select("item_id", pl.col(cluster).cast(pl.String)).unique()
        twice = known.filter(pl.col("item_id").is_duplicated())
        if twice.height:
            item = twice["item_id"].sort()[0]
            several = twice.filter(pl.col("item_id") == item)[cluster].sort().to_list()
            raise InputError(
                f'Item "{item}" has several sources in "{cluster}" '
                f"({', '.join(map(str, several))}); an item belongs to one."
            )
        nobody = known.filter(pl.col(cluster).is_null())
        if nobody.height:
            raise InputError(
                f'Item "{nobody["item_id"].sort()[0]}" has no "{cluster}"; clustered by it, every '
                "item needs one."
            )
        # Items that no variant has run yet have no source in the frame, and no values to count.
        source = dict(known.iter_rows())
        _, codes = np.unique([source.get(item, "") for item in self.order], return_inverse=True)
        return np.asarray(codes, dtype=np.intp)

    def ready(self, *variants: str) -> int:
        """How many items, from the first on, were attempted under all of these variants."""
        if self._whole:
            return len(self.order)
        wanted = self.experiment.replicates
        done = np.ones(len(self.order), dtype=bool)
        for name in variants:
            done &= self._attempts[self._names.index(name)] >= wanted
        return len(done) if done.all() else int(np.argmin(done))

    @cached_property
    def _attempts(self) -> NDArray[np.int64]:
        """Replicates that were attempted, shape (variants, items)."""
        pairs = np.column_stack([self._place, self.frame["replicate"].to_numpy()])
        place = np.unique(pairs[self._place >= 0], axis=0)[:, 0]
        size = len(self._names) * len(self.order)
        return np.bincount(place, minlength=size).reshape(len(self._names), -1)

    def pairs(
        self,
        metric: Metric,
        baseline: str,
        variant: str,
        items: int,
        *,
        failed_as: float | None = None,
    ) -> Pairs:
        """The pairs among the first so many items of the plan.

        `failed_as` is the value that runs count as which failed or lack one; without it they count
        as missing.
        """
        sums = self._sums(metric, failed_as)
        first, second = self._names.index(baseline), self._names.index(variant)
        a, b = sums.means[first, :items], sums.means[second, :items]
        has_a, has_b = np.isfinite(a), np.isfinite(b)
        independent = not self.experiment.paired
        first_rows, second_rows = (has_a, has_b) if independent else (has_a & has_b,) * 2
        runs = self._attempts[:, :items]
        lost = np.maximum(0, runs - sums.count[:, :items])
        # Of two groups, an item that was attempted and has no value is missing from its own.
        gone_a = int((~has_a & ((runs[first] > 0) | (not independent))).sum())
        gone_b = int((~has_b & ((runs[second] > 0) | (not independent))).sum())
        sources = None if self.clusters is None else self.clusters[:items]
        values_a, values_b = a[first_rows], b[second_rows]
        observed = values_b if self.adjusts(metric) else None
        if self.adjusts(metric) and len(values_a) > 1:
            rows = np.zeros(len(self.order), dtype=bool)
            rows[:items] = first_rows
            values_b = values_a + self._adjusted(values_b - values_a, rows)
        return Pairs(
            a=values_a,
            b=values_b,
            clusters=None if sources is None else sources[first_rows],
            clusters_b=sources[second_rows] if sources is not None and independent else None,
            observed_b=observed,
            independent=independent,
            missing_a=gone_a,
            missing_b=gone_b,
            missing=gone_a + gone_b if independent else int((~first_rows).sum()),
            repeated=self.experiment.replicates > 1 or int(runs.max(initial=0)) > 1,
            lost_a=int(lost[first].sum()),
            lost_b=int(lost[second].sum()),
            runs_a=int(runs[first].sum()),
            runs_b=int(runs[second].sum()),
        )

    @property
    def n_clusters(self) -> int | None:
        """How many sources the items have; None without any."""
        cluster = self.experiment.cluster
        return self.frame[cluster].n_unique() if cluster else None

    @property
    def any_failed(self) -> bool:
        """Whether some run did not finish."""
        return not self._ok.all()

    def failed(self, *variants: str, items: int) -> int:
        """How many runs of these variants failed, among the first so many items of the plan."""
        size = max(1, len(self.order))
        of, item = self._place // size, self._place % size
        mine = np.isin(of, [self._names.index(name) for name in variants])
        return int((mine & ~self._ok & (self._place >= 0) & (item < items)).sum())

    def finished_without(self, metric: Metric, variant: str) -> bool:
        """Whether runs of a variant finished and none of them has the metric."""
        place = self._names.index(variant)
        mine = self._ok & (self._place // max(1, len(self.order)) == place)
        return bool(mine.any()) and not self._sums(metric).count[place].any()

    def missing_values(self, metric: Metric) -> str | None:
        """A sentence on the finished runs without a value of a metric, where there are some."""
        if metric.name not in self.frame.columns:
            return None
        without = ~np.isfinite(values_of(self.frame, metric.name).to_numpy())
        return gaps.missing_values(self.frame, metric.name, without, self._ok)

    def columns(self, metric: Metric, variants: Sequence[str]) -> list[Floats]:
        """The metric of each variant, an item a place, nan where there is none."""
        means = self._sums(metric).means
        return [means[self._names.index(name)] for name in variants]

    def adjusted_columns(
        self, metric: Metric, baseline: str, variants: Sequence[str]
    ) -> list[Floats]:
        """The baseline's column and the variants', what covariates explain taken out of these."""
        first, *others = self.columns(metric, [baseline, *variants])
        if not self.adjusts(metric):
            return [first, *others]
        return [first, *(first + self._adjusted(b - first, slice(None)) for b in others)]

    def adjusts(self, metric: Metric) -> bool:
        """Whether what covariates explain is taken out of a metric."""
        return bool(self.experiment.covariates) and metric.kind == "score"

    def _adjusted(self, differences: Floats, rows: "slice | NDArray[np.bool_]") -> Floats:
        """The differences of these items without what the covariates explain, at their means."""
        from tailor_lab.stats import adjusted_differences

        columns = {name: column[rows] for name, column in self._covariates.items()}
        return adjusted_differences(differences, columns, self.experiment.covariates)[0]

    def passed(self, metric: Metric, variant: str, items: int) -> tuple[Floats, Floats]:
        """Of pass or fail: how many runs of each item passed, of how many; shape (items,) each.

        A run passes where the value that is better is 1 where more is better, else 0.
        """
        sums, place = self._sums(metric), self._names.index(variant)
        total, count = sums.total[place, :items], sums.count[place, :items].astype(float)
        return (total if metric.better == "higher" else count - total), count

    def _sums(self, metric: Metric, failed_as: float | None = None) -> ItemSums:
        key = (metric.name, metric.kind, failed_as)
        if key not in self._read:
            self._read[key] = self._summed(metric, failed_as)
        return self._read[key]

    @cached_property
    def _read(self) -> dict[tuple[str, str | None, float | None], ItemSums]:
        return {}

    def _attribute(self, name: str) -> "pl.Series | None":
        """A column of the runs, or an attribute of their items; None where there is none."""
        import polars as pl

        if name in self.frame.columns:
            return self.frame[name]
        if "attributes" not in self.frame.columns:
            return None
        read = [json.loads(text) if text else {} for text in self.frame["attributes"]]
        if not any(name in each for each in read):
            return None
        return pl.Series(name, [each.get(name) for each in read], strict=False)

    def _nothing_measured(self, name: str) -> str:
        """Why there is no value of a metric: every run failed, or none measured it."""
        import polars as pl

        finished = self.frame.filter(pl.col("status") == "ok")
        if finished.is_empty() and not self.frame.is_empty():
            known = "error" in self.frame.columns
            said = self.frame["error"].drop_nulls().to_list() if known else []
            first = f" The first: {said[0]}" if said else ""
            return f"All {self.frame.height} runs failed, so nothing was measured.{first}"
        numeric = {n for n, t in self.frame.schema.items() if t.is_numeric() or t == pl.Boolean}
        filled = {n for n in numeric - NOT_METRICS if finished[n].null_count() < finished.height}
        return f'No run measured "{name}". Measured were: {", ".join(sorted(filled))}.'

    def _summed(self, metric: Metric, failed_as: float | None) -> ItemSums:
        if metric.name in self.frame.columns:
            values = values_of(self.frame, metric.name).to_numpy()
            gaps.refuse_infinite(self.frame, metric.name, values, self._ok)
            if metric.kind == "binary":
                values = np.where(np.isfinite(values), values > 0, np.nan)
            self._check_bounds(metric, values)
            elsewhere = np.nan if failed_as is None else failed_as
            values = np.where(self._ok & np.isfinite(values), values, elsewhere)
        elif metric.name == FAILED:
            values = (~self._ok).astype(float)
        else:
            raise InputError(self._nothing_measured(metric.name))
        kept = np.isfinite(values) & (self._place >= 0)
        place, size = self._place[kept], len(self._names) * len(self.order)
        shape = (len(self._names), len(self.order))
        return ItemSums(
            np.bincount(place, weights=values[kept], minlength=size).reshape(shape).astype(float),
            np.bincount(place, minlength=size).reshape(shape),
        )

    def _check_bounds(self, metric: Metric, values: Floats) -> None:
        """Raises `InputError` for a finished run with a value that the metric cannot have."""
        if metric.bounds is None:
            return
        low, high = metric.bounds
        beyond = self._ok & np.isfinite(values) & ((values < low) | (values > high))
        if beyond.any():
            row = int(beyond.argmax())
            item = self.frame["item_id"][row]
            raise InputError(
                f'Item "{item}" has {metric.name} {values[row]:g}, outside the bounds of the '
                f"metric, {low:g} to {high:g}. Correct the bounds or the value."
            )

    def worst(self, metric: Metric) -> float | None:
        """The worst value that there can be, else that of a finished run; None without one."""
        if metric.name not in self.frame.columns:
            return None
        if metric.bounds is not None:
            return metric.bounds[0 if metric.better == "higher" else 1]
        values = values_of(self.frame, metric.name).to_numpy()
        values = values[self._ok & np.isfinite(values)]
        if metric.kind == "binary":
            return 0.0 if metric.better == "higher" else 1.0
        if not len(values):
            return None
        return float(values.min() if metric.better == "higher" else values.max())

    @cached_property
    def _covariates(self) -> dict[str, Floats]:
        """The covariates of the items in the order of the plan, nan where one has none."""
        import polars as pl

        found = {}
        for name in self.experiment.covariates:
            column = self._attribute(name)
            if column is None:
                raise InputError(
                    f'Experiment "{self.experiment.name}" has the covariate "{name}", which '
                    "neither its runs nor its items have."
                )
            values = column.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
            kept = np.isfinite(values) & (self._place >= 0)
            item = self._place[kept] % len(self.order)
            count = np.bincount(item, minlength=len(self.order))
            total = np.bincount(item, weights=values[kept], minlength=len(self.order))
            mean = total / np.maximum(count, 1)
            off = np.abs(values[kept] - mean[item]) > 1e-9 * np.abs(mean[item])
            if off.any():
                where = self.order[int(item[int(off.argmax())])]
                raise InputError(
                    f'Item "{where}" has several values of the covariate "{name}"; one that is '
                    "known before the change is the same under every variant."
                )
            found[name] = np.where(count > 0, mean, np.nan)
        return found

    def warnings(self) -> list[str]:
        """What a reader should know about the runs as a whole."""
        import polars as pl

        found = []
        failed = self.frame.filter(pl.col("status") != "ok")
        if failed.height:
            by_variant = failed.group_by("variant").len().sort("variant").iter_rows()
            counts = ", ".join(f"{name} {count}" for name, count in by_variant)
            why = gaps.commonest_reason(failed)
            found.append(f"{failed.height} of {self.frame.height} runs failed ({counts}){why}.")
        found += gaps.left_out(self._foreign, self._names)
        if len(self.order) < _FEW_ITEMS:
            found.append(
                f"Only {counted(len(self.order), 'items')}: intervals are wide and fragile."
            )
        return found

    def drift(self, metric: Metric, baseline: str) -> str | None:
        """A sentence where the baseline's own values moved while the experiment ran.

        Variants are interleaved, which spares the comparison; but the world changed meanwhile.
        """
        import polars as pl

        if not {"started_at", metric.name} <= set(self.frame.columns):
            return None
        runs = self.frame.filter((pl.col("status") == "ok") & (pl.col("variant") == baseline))
        runs = runs.drop_nulls(["started_at", metric.name]).sort("started_at", "item_id")
        if runs.height < _FEW_ITEMS:
            return None
        from scipy.stats import spearmanr

        values = runs[metric.name].cast(pl.Float64).to_numpy()
        if len(set(values.tolist())) < 2:
            return None
        found = spearmanr(np.arange(len(values)), values)
        if not found.pvalue < _DRIFT_P:
            return None
        way = "rose" if found.statistic > 0 else "fell"
        return (
            f"{metric.name} of {baseline} {way} while the experiment ran (rank correlation with "
            f"time {found.statistic:+.2f}); variants are interleaved, so differences hold, levels "
            "do not."
        )
