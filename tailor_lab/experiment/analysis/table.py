"""The runs of an experiment, item by item: which pairs there are, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment, Metric

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

_NOT_METRICS = {"item_id", "variant", "replicate", "status", "cell", "cluster", "run_id"}
_FEW_ITEMS = 30
_DRIFT_P = 0.001


@dataclass(frozen=True)
class Pairs:
    """Two variants' values on the items that both finished, and those items' clusters."""

    a: Floats
    b: Floats
    clusters: tuple[str, ...] | None
    missing_a: int
    """Items without a value under the baseline; `missing_b`: under the variant."""
    missing_b: int
    missing: int
    """Items that lack a value under either."""
    repeated: bool

    @property
    def n(self) -> int:
        """How many pairs."""
        return len(self.a)

    @property
    def differences(self) -> Floats:
        """Variant minus baseline, shape (n,)."""
        return self.b - self.a

    @property
    def n_clusters(self) -> int | None:
        """How many different clusters, where there are any."""
        return len(set(self.clusters)) if self.clusters is not None else None


class RunTable:
    """A frame with a row per run, looked at item by item in the order of the plan.

    Without `order` every item of the frame counts as planned and attempted.
    """

    def __init__(
        self, frame: "pl.DataFrame", experiment: Experiment, order: Sequence[str] | None = None
    ) -> None:
        self.frame = frame
        self.experiment = experiment
        self._whole = order is None
        self.order = list(order) if order is not None else sorted(frame["item_id"].unique())
        self._place = {item: place for place, item in enumerate(self.order)}
        cluster = experiment.cluster
        if cluster and cluster not in frame.columns:
            raise InputError(
                f'Experiment "{experiment.name}" clusters by "{cluster}", '
                "which its items do not have."
            )
        self.clusters: dict[str, str] = (
            dict(frame.select("item_id", cluster).unique().iter_rows()) if cluster else {}
        )
        keys = ["item_id", "variant", "replicate"]
        self.duplicates = frame.height - frame.select(keys).unique().height

    def ready(self, *variants: str) -> int:
        """How many items, from the first on, were attempted under all of these variants."""
        if self._whole:
            return len(self.order)
        wanted = self.experiment.replicates
        for place, item in enumerate(self.order):
            if any(self._attempts.get((item, variant), 0) < wanted for variant in variants):
                return place
        return len(self.order)

    @cached_property
    def _attempts(self) -> dict[tuple[str, str], int]:
        import polars as pl

        counts = self.frame.group_by("item_id", "variant").agg(pl.col("replicate").n_unique())
        return {(item, variant): count for item, variant, count in counts.iter_rows()}

    def pairs(self, metric: Metric, baseline: str, variant: str, items: int) -> Pairs:
        """The pairs among the first so many items of the plan."""
        a, b = (column[:items] for column in self.columns(metric, [baseline, variant]))
        known = np.isfinite(a) & np.isfinite(b)
        clusters = None
        if self.clusters:
            named = zip(self.order[:items], known, strict=True)
            clusters = tuple(self.clusters[item] for item, keep in named if keep)
        return Pairs(
            a=a[known],
            b=b[known],
            clusters=clusters,
            missing_a=int((~np.isfinite(a)).sum()),
            missing_b=int((~np.isfinite(b)).sum()),
            missing=int((~known).sum()),
            repeated=self.experiment.replicates > 1,
        )

    def columns(self, metric: Metric, variants: Sequence[str]) -> list[Floats]:
        """The metric of each variant, an item a place, nan where there is none."""
        values = self._values(metric)
        nothing = np.full(len(self.order), np.nan)
        return [values.get(name, nothing) for name in variants]

    def _values(self, metric: Metric) -> dict[str, Floats]:
        """The metric's mean over the replicates of each item, by variant, in the plan's order."""
        key = (metric.name, metric.kind)
        if key not in self._read:
            self._read[key] = self._means(metric)
        return self._read[key]

    @cached_property
    def _read(self) -> dict[tuple[str, str | None], dict[str, Floats]]:
        return {}

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
        filled = {n for n in numeric - _NOT_METRICS if finished[n].null_count() < finished.height}
        return f'No run measured "{name}". Measured were: {", ".join(sorted(filled))}.'

    def _means(self, metric: Metric) -> dict[str, Floats]:
        import polars as pl

        if metric.name not in self.frame.columns:
            raise InputError(self._nothing_measured(metric.name))
        column = pl.col(metric.name).cast(pl.Float64)
        if metric.kind == "binary":
            column = (column > 0).cast(pl.Float64)
        means = (
            self.frame.filter(pl.col("status") == "ok")
            .select("item_id", "variant", value=column)
            .filter(pl.col("value").is_finite())
            .group_by("item_id", "variant")
            .agg(pl.col("value").mean())
        )
        found: dict[str, Floats] = {}
        for item, variant, value in means.iter_rows():
            place = self._place.get(item)
            if place is not None:
                found.setdefault(variant, np.full(len(self.order), np.nan))[place] = value
        return found

    def warnings(self) -> list[str]:
        """What a reader should know about the runs as a whole."""
        import polars as pl

        found = []
        failed = self.frame.filter(pl.col("status") != "ok")
        if failed.height:
            by_variant = failed.group_by("variant").len().sort("variant").iter_rows()
            counts = ", ".join(f"{name} {count}" for name, count in by_variant)
            why = _commonest_reason(failed)
            found.append(f"{failed.height} of {self.frame.height} runs failed ({counts}){why}.")
        if len(self.order) < _FEW_ITEMS:
            found.append(f"Only {len(self.order)} items: intervals are wide and fragile.")
        return found

    def drift(self, metric: Metric, baseline: str) -> str | None:
        """A sentence where the baseline's own values moved while the experiment ran.

        Variants are interleaved, which spares the comparison; but the world changed meanwhile.
        """
        import polars as pl

        if "started_at" not in self.frame.columns:
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


def _commonest_reason(failed: "pl.DataFrame") -> str:
    """Why most of the failed runs failed, where the log says so."""
    if "error" not in failed.columns or failed["error"].drop_nulls().is_empty():
        return ""
    kinds = failed["error_type"] if "error_type" in failed.columns else failed["error"]
    kind = kinds.drop_nulls().mode().sort()[0]
    first = failed.filter(kinds == kind).sort("item_id")["error"].drop_nulls()[0]
    return f", most by {kind}; the first: {str(first).removesuffix('.')}"
