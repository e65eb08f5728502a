"""Examples: the items on which a variant gained most, lost most, and some drawn at random."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
class ReportExample:
    """An item under a variant, beside the baseline, and what was made of it.

    Of a résumé that is what the variant changed; of anything else the outputs as its workload
    shows them.
    """

    kind: str
    """"gained most", "lost most" or "drawn at random"."""
    item: str
    variant: str
    metric: str
    before: Figure
    after: Figure
    difference: Figure
    unsupported: Figure | None
    """How many claims of the variant's résumé its source does not support."""
    changes: Changes | None = None
    """What the variant changed of a résumé."""
    outputs: tuple[tuple[str, str], ...] = ()
    """The baseline's and the variant's name, each with its output; none where the log keeps no
    texts."""


def examples(result: Result, comparison: Comparison, figures: Figures) -> Iterator[ReportExample]:
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
) -> ReportExample:
    item = str(row["item_id"])
    name = f"example.{variant.name}.{item}"

    def figure(part: str, value: object, *, signed: bool = False) -> Figure:
        text = amount(value, "", signed=signed) if isinstance(value, float | int) else "–"
        return figures.add(f"{name}.{part}", value, text)

    run = _run(result, item, variant.name)
    text = _text(result, run)
    changes = read_changes(text) if text is not None else None
    outputs: tuple[tuple[str, str], ...] = ()
    if text is not None and changes is None:
        baseline = str(result.experiment.baseline)
        before = _text(result, _run(result, item, baseline))
        outputs = ((baseline, before or ""), (variant.name, text))
    unsupported = run.get("unsupported_claims")
    return ReportExample(
        kind=kind,
        item=item,
        variant=variant.name,
        metric=variant.primary.metric.name,
        before=figure("baseline", row["baseline"]),
        after=figure("value", row["variant"]),
        difference=figure("by", row["difference"], signed=True),
        unsupported=None if unsupported is None else figure("unsupported", unsupported),
        changes=changes,
        outputs=outputs,
    )


def _run(result: Result, item: str, variant: str) -> dict[str, Any]:
    """The first finished run of an item under a variant, which has one."""
    return result.frame.filter(
        (pl.col("item_id") == item) & (pl.col("variant") == variant) & (pl.col("status") == "ok")
    ).row(0, named=True)


def _text(result: Result, run: Mapping[str, Any]) -> str | None:
    """What the log keeps of a run's output; None where it keeps no texts."""
    ref = run.get("output_ref")
    try:
        return None if ref is None else result.log.content(ref)
    except InputError:
        return None
