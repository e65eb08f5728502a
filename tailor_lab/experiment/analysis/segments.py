"""Segments: does the effect differ between kinds of items? Always exploratory."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import metric_of
from tailor_lab.experiment.answers import Segments
from tailor_lab.experiment.result import Result
from tailor_lab.stats import NotEnoughData

if TYPE_CHECKING:
    import polars as pl

FEWEST = 5
"""Items (or sources) below which a segment is listed without an estimate."""
MOST = 8
"""Values above which a label names items and not kinds of items."""


def segments(result: Result, by: str, metric: str | None = None) -> Segments:
    """The difference of a metric by a column of the runs or an attribute of the items."""
    import polars as pl

    asked = metric_of(result, metric)
    name = asked.name
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
    frame = pl.DataFrame(ordered, infer_schema_length=None)
    return Segments(by, name, frame, interaction, asked.unit)


def segment_names(result: Result) -> list[str]:
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


def _labels(result: Result, by: str) -> "pl.DataFrame":
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


def _estimate(part: "pl.DataFrame", result: Result) -> stats.Estimate | None:
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
        return stats.paired(part["baseline"].to_numpy(), part["variant"].to_numpy())
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
