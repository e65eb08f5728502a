"""Examples: the items on which a variant gained most, lost most, and some drawn at random."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tailor_lab.errors import InputError
from tailor_lab.experiment.comparison import Comparison, VariantResult
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.verdict import amount
from tailor_lab.report.figures import Figure, Figures
from tailor_lab.tailoring.changes import Changes, read_changes

EXAMPLES = 2
"""Of each kind and variant."""


@dataclass(frozen=True)
class Example:
    """An item under a variant, beside the baseline, and what the variant changed on it."""

    kind: str
    """"gained most", "lost most" or "drawn at random"."""
    item: str
    variant: str
    metric: str
    before: Figure
    after: Figure
    difference: Figure
    unsupported: Figure
    """How many claims of the variant's résumé its source does not support."""
    changes: Changes | None
    """What the variant changed; None where the log keeps no texts."""


def examples(result: Result, comparison: Comparison, figures: Figures) -> Iterator[Example]:
    """Best, worst and random items of every variant; an item is shown once a variant."""
    for variant in comparison.variants:
        ordered = result.differences(variant.name).sort("difference", "item_id")
        gains = ordered.filter(pl.col("difference") > 0).reverse().head(EXAMPLES)
        losses = ordered.filter(pl.col("difference") < 0).head(EXAMPLES)
        shown = {*gains["item_id"], *losses["item_id"]}
        rest = ordered.filter(~pl.col("item_id").is_in(shown))
        # Drawn by the plan, so that the same log gives the same report.
        drawn = random.Random(f"{result.plan_hash}.{variant.name}")
        chosen = sorted(drawn.sample(range(rest.height), min(EXAMPLES, rest.height)))
        kinds = {"gained most": gains, "lost most": losses, "drawn at random": rest[chosen]}
        for kind, frame in kinds.items():
            for row in frame.to_dicts():
                yield _example(result, variant, kind, row, figures)


def _example(
    result: Result, variant: VariantResult, kind: str, row: dict[str, object], figures: Figures
) -> Example:
    item = str(row["item_id"])
    name = f"example.{variant.name}.{item}"

    def figure(part: str, value: object, *, signed: bool = False) -> Figure:
        text = amount(value, "", signed=signed) if isinstance(value, float | int) else "–"
        return figures.add(f"{name}.{part}", value, text)

    run = result.frame.filter(
        (pl.col("item_id") == item)
        & (pl.col("variant") == variant.name)
        & (pl.col("status") == "ok")
    ).row(0, named=True)
    return Example(
        kind=kind,
        item=item,
        variant=variant.name,
        metric=variant.primary.metric.name,
        before=figure("baseline", row["baseline"]),
        after=figure("value", row["variant"]),
        difference=figure("by", row["difference"], signed=True),
        unsupported=figure("unsupported", run.get("unsupported_claims")),
        changes=_changes(result, run.get("output_ref")),
    )


def _changes(result: Result, ref: str | None) -> Changes | None:
    if ref is None:
        return None
    try:
        return read_changes(result.log.content(ref))
    except InputError:
        return None
