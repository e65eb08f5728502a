"""Segments: does the effect differ between kinds of items? Always exploratory."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tailor_lab import charts, stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.verdict import amount, p_text
from tailor_lab.experiment.design import Metric
from tailor_lab.markup import Shown
from tailor_lab.stats import NotEnoughData

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from tailor_lab.experiment.analysis.result import Result

FEWEST = 5
"""Items (or sources) below which a segment is listed without an estimate."""
MOST = 8
"""Values above which a label names items and not kinds of items."""


@dataclass(frozen=True, repr=False)
class Segments(Shown):
    """The primary metric's difference by segment, and whether segments differ at all.

    `frame` has `variant`, `segment`, `n`, `difference`, `low`, `high`, `p`, `p_adjusted`
    (Benjamini-Hochberg over all rows).
    """

    by: str
    metric: str
    frame: "pl.DataFrame" = field(repr=False)
    interaction_p: dict[str, float | None]
    """Per variant: the p of one effect for all; read segments only where it is small."""

    def chart(self) -> "alt.Chart":
        """The difference of each segment with its interval."""
        known = {name: p for name, p in self.interaction_p.items() if p is not None}
        differ = [name for name, p in known.items() if p < 0.05]
        title = f"The effect differs by {self.by} for {', '.join(differ)}"
        if not differ:
            title = f"No sign that the effect differs by {self.by}"
        unit = Metric(self.metric).unit
        return charts.segments(
            self.frame, title=title, subtitle=f"{self.metric}; exploratory", unit=unit
        )

    def __str__(self) -> str:
        lines = [f"{self.metric} by {self.by}: exploratory, not a reason to ship by itself."]
        for variant, p in self.interaction_p.items():
            if p is None:
                lines.append(f"{variant}: too few segments with data to compare.")
                continue
            word = "differ" if p < 0.05 else "do not show that they differ"
            lines.append(f"{variant}: segments {word} (interaction p {p_text(p)}).")
        for row in self.frame.to_dicts():
            if row["difference"] is None:
                text = "too few"
            else:
                low, high = amount(row["low"], ""), amount(row["high"], "")
                size = amount(row["difference"], "", signed=True)
                text = f"{size} ({low} to {high}), adjusted p {p_text(row['p_adjusted'])}"
            lines.append(f"  {row['variant']}, {row['segment']} (n = {row['n']}): {text}")
        return "\n".join(lines)


def segments(result: "Result", by: str, metric: str | None = None) -> Segments:
    """The difference of a metric by a column of the runs or an attribute of the items."""
    import polars as pl

    name = metric or result.experiment.primary.name
    labels = _labels(result, by)
    baseline = result.experiment.baseline
    rows: list[dict[str, Any]] = []
    interaction: dict[str, float | None] = {}
    for variant in (v.name for v in result.experiment.variants if v.name != baseline):
        frame = result.differences(variant, name).join(labels, on="item_id", how="inner")
        effects = []
        for (segment,), part in frame.sort("item_id").group_by("segment", maintain_order=True):
            found = _estimate(part, result)
            if found is not None and found.se:
                effects.append((found.value, found.se))
            rows.append(
                {
                    "variant": variant,
                    "segment": segment,
                    "n": part.height,
                    "difference": found.value if found else None,
                    "low": found.low if found else None,
                    "high": found.high if found else None,
                    "p": found.p if found else None,
                }
            )
        interaction[variant] = _heterogeneity(effects)
    known = [row["p"] for row in rows if row["p"] is not None]
    adjusted = iter(stats.adjust(known, "benjamini_hochberg") if known else ())
    for row in rows:
        row["p_adjusted"] = float(next(adjusted)) if row["p"] is not None else None
    ordered = sorted(rows, key=lambda row: (row["variant"], row["segment"]))
    return Segments(by, name, pl.DataFrame(ordered, infer_schema_length=None), interaction)


def segment_names(result: "Result") -> list[str]:
    """The labels of the items that make segments: a few values, most with items enough."""
    read = _attributes(result.frame)
    items = result.frame["item_id"].to_list()
    names = sorted({name for each in read for name in each})
    return [name for name in names if _makes_segments(items, [each.get(name) for each in read])]


def _makes_segments(items: Sequence[str], values: Sequence[Any]) -> bool:
    of_item: dict[str, str] = {}
    for item, value in zip(items, values, strict=True):
        word = "none" if value is None else str(value)
        if of_item.setdefault(item, word) != word:
            return False
    sizes = Counter(of_item.values())
    return 2 <= len(sizes) <= MOST and sum(size >= FEWEST for size in sizes.values()) >= 2


def _attributes(frame: "pl.DataFrame") -> list[dict[str, Any]]:
    """The attributes of each run's item."""
    texts = frame["attributes"].to_list() if "attributes" in frame.columns else []
    return [json.loads(text) if isinstance(text, str) else text or {} for text in texts]


def _labels(result: "Result", by: str) -> "pl.DataFrame":
    """`item_id` and `segment`, from a column of the runs or from the items' attributes."""
    import polars as pl

    frame = result.frame
    if by in frame.columns:
        column = pl.col(by).cast(pl.String)
        found = frame.select("item_id", segment=column)
    else:
        read = _attributes(frame)
        values = [each.get(by) for each in read]
        if all(value is None for value in values):
            names = sorted({name for each in read for name in each})
            known = ", ".join([*names, "mode", "model", "resume_id", "job_id"])
            raise InputError(f'The items have no "{by}"; segments can be made by {known}.')
        words = [None if value is None else str(value) for value in values]
        found = pl.DataFrame({"item_id": frame["item_id"], "segment": words})
    found = found.with_columns(pl.col("segment").fill_null("none")).unique()
    if found["item_id"].n_unique() < found.height:
        raise InputError(f'An item has several values of "{by}", so it makes no segments.')
    return found


def _estimate(part: "pl.DataFrame", result: "Result") -> stats.Estimate | None:
    differences = part["difference"].to_numpy()
    cluster = result.experiment.cluster
    try:
        if cluster and cluster in result.frame.columns:
            labels = dict(result.frame.select("item_id", cluster).unique().iter_rows())
            whose = [labels[item] for item in part["item_id"].to_list()]
            if len(set(whose)) < FEWEST:
                return None
            return stats.clustered(differences, whose)
        if len(differences) < FEWEST:
            return None
        return stats.paired(np.zeros(len(differences)), differences)
    except NotEnoughData:
        return None


def _heterogeneity(effects: list[tuple[float, float]]) -> float | None:
    """The p of Cochran's Q: all segments have one effect.

    Source: Cochran (1954), Biometrics 10(1).
    """
    from scipy.stats import chi2

    if len(effects) < 2:
        return None
    values, errors = (np.array(column) for column in zip(*effects, strict=True))
    weights = 1 / errors**2
    centre = float((weights * values).sum() / weights.sum())
    q = float((weights * (values - centre) ** 2).sum())
    return float(chi2.sf(q, len(effects) - 1))
