"""How an experiment's estimates moved while its items came in."""

from typing import TYPE_CHECKING, Any

from tailor_lab import charts
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.asked import metric_of
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.analysis.verdicts.procedure import compare
from tailor_lab.experiment.comparison import VariantResult
from tailor_lab.experiment.looks import look_sizes
from tailor_lab.experiment.result import Result
from tailor_lab.experiment.settled import settled

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

_MOST_POINTS = 20


def looks_of(result: Result, metric: str | None = None) -> "pl.DataFrame":
    """A row per variant and look that the finished items allow, from the first look on."""
    import polars as pl

    experiment = result.experiment
    asked = metric_of(result, metric)
    order = list(result.plan.get("order") or sorted(result.frame["item_id"].unique()))
    baseline = experiment.baseline or experiment.variants[0].name
    table = RunTable(result.frame, experiment, order)
    ready = max(
        table.ready(baseline, each.name) for each in experiment.variants if each.name != baseline
    )
    sizes = look_sizes(experiment.looks, len(order))
    if not sizes:
        step = max(1, ready // _MOST_POINTS)
        sizes = [*range(step, ready, step), ready]
    rows: list[dict[str, Any]] = []
    over: set[str] = set()
    for size in (n for n in sizes if 2 <= n <= ready):
        part = result.frame.filter(pl.col("item_id").is_in(order[:size]))
        found = compare(part, experiment, metrics=[asked], order=order)
        for each in found:
            estimate = each.judged
            if estimate is None or each.look is None or each.look.items != size:
                continue
            alone = VariantResult(each.variant, (each,))
            decides = settled(alone, experiment.goal) is not None and each.variant not in over
            over |= {each.variant} if decides else set()
            rows.append(
                {
                    "variant": each.variant,
                    "items": size,
                    "value": estimate.value,
                    **dict(zip(("low", "high"), each.possible(estimate), strict=True)),
                    "decided": decides,
                    "margin": asked.margin_value if asked.margin else None,
                }
            )
    numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.DataFrame(
        rows,
        schema={
            "variant": pl.String,
            "items": pl.Int64,
            **numbers,
            "decided": pl.Boolean,
            "margin": pl.Float64,
        },
    )


def looks_chart(result: Result, metric: str | None = None) -> "alt.Chart":
    """The estimate of each variant over the looks; see `Result.looks_chart`."""
    experiment = result.experiment
    frame = looks_of(result, metric)
    asked = metric_of(result, metric)
    name = asked.name
    if frame.is_empty():
        raise InputError(f'Experiment "{experiment.name}" has not come to a look yet.')
    first = frame.filter(frame["decided"]).sort("items").head(1)
    title = f"{name} is not decided after {max(frame['items'].to_list())} items"
    if first.height:
        title = f"{first['variant'][0]} was decided at {first['items'][0]} items"
    subtitle = f"{name}, difference with its interval"
    return charts.looks(frame, title=title, subtitle=subtitle, unit=asked.unit)
