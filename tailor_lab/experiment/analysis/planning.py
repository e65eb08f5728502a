"""Before any money is spent: what so many items can tell, what the margin needs, what it costs.

How much the differences between two variants vary is taken from the log: from earlier runs of the
same experiment, else of others that measured the same. Where there are none, sizes are given in
standard deviations of the difference.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tailor_lab import charts, stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.table import Floats
from tailor_lab.experiment.analysis.verdict import amount
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.markup import Shown, heading, paragraph

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from tailor_lab.experiment.run.prepare import Bench, Plan

ALPHA = 0.05
POWER = 0.8
_FEWEST_PAIRS = 20
_WORKERS = 8
_RENDERED = 10

_VALUES = """
    select experiment, variant, item_id, cluster, avg({column}::double) as value
    from runs where status = 'ok' and source = 'experiment' and {column} is not null
    group by all having isfinite(value)
"""
_SCORED = """
    select r.experiment, r.variant, r.item_id, r.cluster, avg(s.value) as value
    from scores s join runs r using (run_id)
    where r.status = 'ok' and r.source = 'experiment' and s.metric = ?
    group by all having isfinite(value)
"""
_PRICES = """
    select model, prompt_hash, avg(cost_usd) as usd, avg(duration_ms) / 1000 as seconds,
        count(*) as runs
    from runs where status = 'ok' and source = 'experiment' and pipeline = ? group by all
"""


@dataclass(frozen=True)
class Past:
    """Differences between two variants over the items that both had, from the log."""

    differences: Floats = field(repr=False)
    baseline_mean: float
    clusters: tuple[str, ...] | None = field(repr=False)
    source: str


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
    """What an experiment can find out and what it costs; sizes are in `unit`."""

    experiment: str
    plan_hash: str
    metric: str
    margin: float | None
    """The primary metric's; None where it has none."""
    unit: str
    """"%": a share of the baseline; "sd": standard deviations of the difference; "": its own."""
    items: int
    """How many are planned."""
    clusters: int | None
    """Of how many clusters; None without any."""
    runs: int
    """Items × variants × replicates."""
    made: int
    """Runs that are in the log already."""
    looks: int | str
    """How many are planned, or "anytime"."""
    alpha: float
    """The error that each variant may use, after sharing it among all of them."""
    spread: float
    """Standard deviation of the difference over items."""
    design_effect: float
    """How many times larger the clusters make the variance."""
    inflation: float
    """How many times more items the looks need than one look."""
    source: str
    """Where `spread` is from."""
    detectable: float
    """The smallest difference that this plan finds with 80 % power."""
    needed: int | None
    """How many items find a difference of the margin's size with 80 % power."""
    power: float | None
    """The chance that this plan finds a difference of the margin's size, by formula."""
    simulated_power: float | None
    """The same by drawing from the log's own differences."""
    usd: float | None
    """What the missing runs cost at most; None where no price is known."""
    usd_per_item: float | None
    """US dollars for an item under every variant; None where no price is known."""
    seconds: float | None
    """How long the missing runs take on 8 workers."""
    notes: tuple[str, ...] = ()
    """Sentences about what the forecast cannot know."""

    def curve(self) -> "pl.DataFrame":
        """`items`, and the `detectable` difference with so many: the power curve's table."""
        import polars as pl

        top = max(2 * self.items, int(1.2 * (self.needed or 0)), 20)
        sizes = sorted({int(n) for n in np.geomspace(max(6, self.items / 4), top, 40)})
        shrink = self.design_effect * self.inflation
        found = [_detectable(n, self.spread, shrink, self.alpha) for n in sizes]
        return pl.DataFrame({"items": sizes, "detectable": found})

    def chart(self) -> "alt.Chart":
        """How small a difference so many items find, with the plan and the margin marked."""
        enough = self.needed is not None and self.needed <= self.items
        title = f"{self.items:,} items detect {self._size(self.detectable)} of {self.metric}"
        if self.needed is not None:
            title += "" if enough else f"; the margin needs {self.needed:,}"
        return charts.power_curve(
            self.curve(),
            items=self.items,
            margin=self.margin,
            title=title,
            subtitle=f"80 % power; spread {self.source}",
            unit="share" if self.unit == "%" else self.unit,
        )

    def __str__(self) -> str:
        sources = f" from {self.clusters} sources" if self.clusters else ""
        left = self.runs - self.made
        already = f", of which {self.made:,} are made already" if self.made else ""
        lines = [f"{self.experiment}: {self.items:,} items{sources}, {self.runs:,} runs{already}."]
        detects = f"{self.items:,} pairs detect {self._size(self.detectable)} of {self.metric}"
        if self.margin is None or self.needed is None:
            lines.append(f"{detects} with {POWER:.0%} power.")
        else:
            price = ""
            if self.usd_per_item is not None:
                price = f", some ${self.usd_per_item * self.needed:,.2f}"
            enough = self.needed <= self.items
            margin = f"your margin of {self._size(self.margin)} needs {self.needed:,}"
            lines.append(f"{detects} with {POWER:.0%} power; {margin}{price}.")
            if not enough:
                lines.append(f"So this plan is too small for its margin: {self._chance()}.")
        lines.append(f"Spread of the difference: {self._size(self.spread)} ({self.source}).")
        lines.append(self._bill(left) if left else "All runs are made.")
        lines += [f"Note: {note}" for note in self.notes]
        return "\n".join([*lines, f"Plan {self.plan_hash}."])

    def _bill(self, left: int) -> str:
        wait = "" if self.seconds is None else f"; about {self.seconds / 60:.1f} minutes"
        if self.usd is None:
            return f"What the {left:,} missing runs cost is not known{wait}."
        return f"The {left:,} missing runs cost at most ${self.usd:,.2f}{wait}."

    def _chance(self) -> str:
        text = f"a true difference of that size is found with {self.power:.0%} chance"
        if self.simulated_power is not None:
            text += f" ({self.simulated_power:.0%} when drawn from the log's own differences)"
        return text

    def _size(self, value: float) -> str:
        return f"{value:.2f} standard deviations" if self.unit == "sd" else amount(value, self.unit)

    def _page(self) -> Iterator[str]:
        first, *rest = str(self).splitlines()
        yield heading(first)
        yield from map(paragraph, rest)


def forecast(plan: "Plan", bench: "Bench", *, spread: float | None = None) -> Forecast:
    """What a plan can find out. `spread` overrides what the log says of the differences' spread."""
    experiment = plan.experiment
    metric = experiment.primary
    others = len(experiment.variants) - 1
    alpha = ALPHA / others
    items = len(plan.record["order"])
    if items < 2:
        raise InputError(f'Experiment "{experiment.name}" has {items} item; it needs two or more.')
    past = None if spread is not None else _past(experiment, bench)
    relative = metric.margin_is_relative or metric.kind in {"cost", "latency"}
    notes = []
    unit = "%" if relative else ""
    margin = metric.margin_value if metric.margin else None
    effect = 1.0
    if spread is not None:
        sd, source = spread, "given"
    elif past is not None:
        scale = past.baseline_mean if relative and past.baseline_mean > 0 else 1.0
        sd, source = float(past.differences.std(ddof=1)) / scale, past.source
        if relative and margin is not None and not metric.margin_is_relative:
            margin /= scale
        if past.clusters is not None and len(set(past.clusters)) < len(past.clusters):
            effect = max(1.0, stats.design_effect(past.differences, past.clusters))
    else:
        sd, source, unit, margin = 1.0, "unknown: nothing in the log measured it yet", "sd", None
        notes.append("Run a few items first (limit: 30), then plan again.")
    if not sd > 0:
        sd, source, unit, margin = 1.0, "unknown: no item differed so far", "sd", None
    inflation = _inflation(experiment, items, alpha)
    shrink = effect * inflation
    left = plan.missing(bench.log)
    usd, per_item, seconds = _price(plan, bench, left)
    simulated = None
    if margin and past is not None and unit != "sd":
        scale = sd / float(past.differences.std(ddof=1))
        simulated = stats.simulated_power(
            past.differences * scale, difference=margin, n=max(2, int(items / shrink)), alpha=alpha
        )
    return Forecast(
        experiment=experiment.name,
        plan_hash=plan.hash,
        metric=metric.name,
        margin=margin,
        unit=unit,
        items=items,
        clusters=_clusters(plan),
        runs=len(plan.cells),
        made=len(plan.cells) - len(left),
        looks=experiment.looks,
        alpha=alpha,
        spread=sd,
        design_effect=effect,
        inflation=inflation,
        source=source,
        detectable=_detectable(items, sd, shrink, alpha),
        needed=_needed(margin, sd, shrink, alpha),
        power=_power(items, margin, sd, shrink, alpha),
        simulated_power=simulated,
        usd=usd,
        usd_per_item=per_item,
        seconds=seconds,
        notes=tuple(notes),
    )


def _past(experiment: Experiment, bench: "Bench") -> Past | None:
    """The differences to plan with: of this experiment if it ran before, else of others."""
    values = _measured(experiment.primary, bench)
    if values.is_empty():
        return None
    names = sorted(values["experiment"].unique().to_list())
    names.sort(key=lambda name: name != experiment.name)
    for name in names:
        found = _differences(values, name, experiment)
        if found is not None:
            return found
    return None


def _measured(metric: Metric, bench: "Bench") -> "pl.DataFrame":
    import polars as pl

    from tailor_lab.runlog.tables import TABLES

    if metric.name in TABLES["runs"].columns:
        values = bench.log.sql(_VALUES.format(column=f'"{metric.name}"'))
    else:
        values = bench.log.sql(_SCORED, [metric.name])
    if metric.kind == "binary":
        values = values.with_columns(value=(pl.col("value") > 0).cast(pl.Float64))
    return values


def _differences(values: "pl.DataFrame", name: str, experiment: Experiment) -> Past | None:
    import polars as pl

    own = values.filter(pl.col("experiment") == name)
    variants = sorted(own["variant"].unique().to_list())
    baseline = experiment.baseline if experiment.baseline in variants else variants[0]
    base = own.filter(pl.col("variant") == baseline).select("item_id", base="value")
    pairs = own.filter(pl.col("variant") != baseline).join(base, on="item_id")
    pairs = pairs.with_columns(difference=pl.col("value") - pl.col("base"))
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
    )


def _price(
    plan: "Plan", bench: "Bench", left: list[Any]
) -> tuple[float | None, float | None, float | None]:
    """USD of the missing runs, USD of an item under all variants, and seconds of the missing."""
    known = bench.log.sql(_PRICES, [plan.record["pipeline"]])
    rows = known.to_dicts()
    means = {}
    for record in plan.record["variants"]:
        name, model = record["name"], record.get("model")
        usd, seconds = _mean_run(rows, model, record.get("prompt_hash"))
        means[name] = (_rendered(plan, bench, name, model) if usd is None else usd, seconds)
    prices = {name: usd for name, (usd, _) in means.items()}
    waits = [means[cell.variant.name][1] for cell in left]
    seconds = None if None in waits else sum(wait or 0.0 for wait in waits) / _WORKERS
    if any(usd is None for usd in prices.values()):
        return None, None, seconds
    per_item = sum(usd or 0.0 for usd in prices.values()) * plan.experiment.replicates
    return sum(prices[cell.variant.name] or 0.0 for cell in left), per_item, seconds


def _mean_run(
    rows: Sequence[Mapping[str, Any]], model: Any, prompt_hash: Any
) -> tuple[float | None, float | None]:
    """USD and seconds of a run: of the same model and prompt, else the same model, else any."""
    same = [r for r in rows if r["model"] == model]
    exact = [r for r in same if r["prompt_hash"] == prompt_hash]
    for some in (exact, same):
        if some:
            count = sum(r["runs"] for r in some)
            priced = all(r["usd"] is not None for r in some)
            usd = sum(r["usd"] * r["runs"] for r in some) / count if priced else None
            return usd, sum(r["seconds"] * r["runs"] for r in some) / count
    if not rows:
        return None, None
    # Another model has another price; its pace is the best guess there is.
    return None, sum(r["seconds"] * r["runs"] for r in rows) / sum(r["runs"] for r in rows)


def _rendered(plan: "Plan", bench: "Bench", variant: str, model: Any) -> float | None:
    """USD of a run that the log has no price for, from what some items' prompts would say."""
    from tailor_lab.llm import LLMError
    from tailor_lab.llm.estimate import estimate_cost
    from tailor_lab.settings import HOME_NAME, Settings
    from tailor_lab.tailoring.stages import request

    prompt = plan.prompts.get(variant)
    if prompt is None or plan.record["pipeline"] != "tailoring":
        return None
    cells = [cell for cell in plan.cells if cell.variant.name == variant][:_RENDERED]
    options = {"layers": cells[0].variant.parameters.get("layers")}
    mode = cells[0].variant.mode or "partial"
    try:
        requests = [
            request(
                cell.item.values["resume"],
                cell.item.values["job"],
                prompt,
                mode=mode,  # type: ignore[arg-type]
                knowledge=bench.knowledge,
                **options,
            )
            for cell in cells
        ]
        # Servers and prices of the lab's own project, which need not be the working folder's.
        settings = Settings.load(bench.project / HOME_NAME)
        usd = estimate_cost(requests, str(model), settings=settings).usd
    except (InputError, LLMError):
        return None
    return None if usd is None else usd / len(cells)


def _clusters(plan: "Plan") -> int | None:
    cluster = plan.experiment.cluster
    return len({cell.item.values[cluster] for cell in plan.cells}) if cluster else None


def _inflation(experiment: Experiment, items: int, alpha: float) -> float:
    """How many times more items the looks need than one look for the same power.

    For watching all the time: what the last moment alone needs, an upper bound.
    """
    from scipy.stats import norm

    if experiment.looks != "anytime":
        return stats.look_inflation(int(experiment.looks), alpha=alpha, target=POWER)
    enough = max(items, 50)
    last = stats.anytime_level(enough, enough, level=1 - alpha) or 1 - alpha
    beta = float(norm.ppf(POWER))
    one, watched = (float(norm.ppf(0.5 + level / 2)) for level in (1 - alpha, last))
    return ((watched + beta) / (one + beta)) ** 2


def _detectable(items: float, sd: float, shrink: float, alpha: float) -> float:
    effective = max(2, math.floor(items / shrink))
    return stats.minimum_detectable(effective, sd=sd, target=POWER, alpha=alpha)


def _needed(margin: float | None, sd: float, shrink: float, alpha: float) -> int | None:
    if not margin:
        return None
    return math.ceil(stats.sample_size(margin, sd=sd, target=POWER, alpha=alpha) * shrink)


def _power(
    items: int, margin: float | None, sd: float, shrink: float, alpha: float
) -> float | None:
    if not margin:
        return None
    effective = max(2, math.floor(items / shrink))
    return stats.power(effective, difference=margin, sd=sd, alpha=alpha)
