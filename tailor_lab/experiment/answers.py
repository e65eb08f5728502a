"""Answers to the questions that an experiment or its result can be asked, as plain values.

They hold what was found, say it in words and draw it; the functions that find it stand above, in
`analysis`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from tailor_lab import charts, stats
from tailor_lab.experiment.outcomes.chances import Chances, Replicates
from tailor_lab.experiment.verdict import ALPHA, amount, p_text
from tailor_lab.markup import Shown, heading, paragraph

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Null = Literal["swapped", "resampled"]
"""How an A/A check makes variants equal."""
POWER = 0.8
PEEKING, PLANNED, WATCHED = "peeking at p < 0.05", "planned looks", "watched all the time"


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
    chances: Chances | None = None
    """How often the plan ships under each scenario."""
    replicates: Replicates | None = None
    """What replicates are worth next to items; None where the log has none."""
    notes: tuple[str, ...] = ()
    """Sentences about what the forecast cannot know."""
    input_tokens: int | None = None
    """Tokens that the missing runs send, about; None where no model is asked or nobody knows."""
    output_tokens: int | None = None
    """Tokens that they are answered, about."""
    why_no_price: str | None = None
    """Why `usd` is None, and what to do."""
    why_no_time: str | None = None
    """Why `seconds` is None."""

    def curve(self) -> "pl.DataFrame":
        """`items`, and the `detectable` difference with so many: the power curve's table."""
        import polars as pl

        top = max(2 * self.items, int(1.2 * (self.needed or 0)), 20)
        sizes = sorted({int(n) for n in np.geomspace(max(6, self.items / 4), top, 40)})
        shrink = self.design_effect * self.inflation
        found = [detectable(n, self.spread, shrink, self.alpha) for n in sizes]
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
        lines += self.chances.lines() if self.chances is not None else []
        lines.append(self._replicates())
        lines.append(self._bill(left) if left else "All runs are made.")
        lines += [f"Note: {note}" for note in self.notes]
        return "\n".join([*lines, f"Plan {self.plan_hash}."])

    def _replicates(self) -> str:
        if self.replicates is not None:
            return self.replicates.sentence("%" if self.unit == "%" else "")
        return (
            f"What replicates are worth is not known: the log has no items with two runs of "
            f"{self.metric}, or fewer than 20."
        )

    def _bill(self, left: int) -> str:
        wait = "" if self.seconds is None else f"; about {self.seconds / 60:.1f} minutes"
        if self.why_no_time is not None:
            wait = f"; how long they take is not known, as {self.why_no_time}"
        if self.input_tokens is not None and self.output_tokens is not None:
            wait = (
                f"; they take about {self.input_tokens + self.output_tokens:,} tokens, "
                f"{self.output_tokens:,} of them answers{wait}"
            )
        if self.usd is None:
            why = f" {self.why_no_price}" if self.why_no_price else ""
            return f"What the {left:,} missing runs cost is not known{wait}.{why}"
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
        if self.chances is not None:
            yield self.chances.table()


def detectable(items: float, sd: float, shrink: float, alpha: float) -> float:
    """The smallest difference that so many items find with 80 % power.

    `shrink` is how many times fewer items they are worth for clusters and looks.
    """
    effective = max(2, math.floor(items / shrink))
    return stats.minimum_detectable(effective, sd=sd, target=POWER, alpha=alpha)


@dataclass(frozen=True, repr=False)
class AACheck(Shown):
    """How often the method found a difference where there is none, with its 95 % interval."""

    metric: str
    method: str
    rate: float
    low: float
    high: float
    reps: int
    items: int
    frame: "pl.DataFrame" = field(repr=False, compare=False)
    """A row a repetition: `value`, `low`, `high` and `p`."""
    null: Null = "swapped"
    """How the repetitions were drawn."""
    shift: float = 0.0
    """How much better the variant truly was, up meaning better; `rate` is then the power."""
    truth: float = 0.0
    """The true difference, in the direction of the metric."""

    @property
    def coverage(self) -> float:
        """The share of repetitions whose 95 % interval contains the truth."""
        ends = self.frame.drop_nulls(["low", "high"])
        return float(((ends["low"] <= self.truth) & (ends["high"] >= self.truth)).mean() or 0.0)  # type: ignore[arg-type]

    def chart(self) -> "alt.Chart":
        """Up to 100 of the intervals, those that miss the truth marked."""
        return charts.coverage(
            self.frame,
            title=f"{self.coverage:.1%} of {self.reps:,} intervals contain the truth",
            subtitle=f"{self.metric}, {self.items} items, {self._how()}; 95 % promised",
            truth=self.truth,
        )

    @property
    def ok(self) -> bool:
        """Whether the data allow that the rate is 5 % or less; with a shift there is no promise."""
        return bool(self.shift) or self.low <= ALPHA

    def _how(self) -> str:
        return "labels swapped at random" if self.null == "swapped" else "resampled items"

    def __str__(self) -> str:
        if self.shift:
            word = "better" if self.shift > 0 else "worse"
            return (
                f"{self.metric}, {self.items} items, {self.reps:,} resamples where the variant is "
                f"{word} by {amount(abs(self.shift), '')}: {self.method} finds it {word} in "
                f"{self.rate:.1%} ({self.low:.1%} to {self.high:.1%})."
            )
        word = "as promised" if self.ok else "MORE than promised"
        drawn = "re-randomisations" if self.null == "swapped" else "resamples"
        return (
            f"{self.metric}, {self.items} items, {self.reps:,} {drawn}: {self.method} "
            f"finds a difference in {self.rate:.1%} ({self.low:.1%} to {self.high:.1%}) where "
            f"there is none; {ALPHA:.0%} are promised, so that is {word}."
        )


@dataclass(frozen=True)
class Peeking:
    """How often each way of looking calls a difference where there is none.

    `frame` has a row per `looks` and `method`, with `rate`, `low` and `high` as shares of 1.
    """

    metric: str
    items: int
    reps: int
    frame: "pl.DataFrame" = field(repr=False)

    def rate(self, method: str, looks: int) -> float:
        """The share of false alarms of a method at so many looks."""
        row = self.frame.filter((self.frame["method"] == method) & (self.frame["looks"] == looks))
        return float(row["rate"].item())

    @property
    def most(self) -> int:
        """The largest number of looks that was tried."""
        return int(self.frame["looks"].to_numpy().max())

    def chart(self) -> "alt.Chart":
        """False alarms by the number of looks, a line a way of looking."""
        return charts.false_alarms(
            self.frame,
            title=(
                f"{self.most} peeks raise false alarms to {self.rate(PEEKING, self.most):.0%}; "
                f"planned, they stay at {self.rate(PLANNED, self.most):.0%}"
            ),
            subtitle=(
                f"{self.metric}, {self.items} items, {self.reps:,} re-randomisations without a "
                f"difference; {ALPHA:.0%} are promised"
            ),
            promised=ALPHA,
        )

    def __str__(self) -> str:
        head = (
            f"{self.metric}, {self.items} items, {self.reps:,} re-randomisations without a "
            f"difference; {ALPHA:.0%} false alarms are promised."
        )
        lines = [
            f"{method}, {looks} looks: {rate:.1%} ({low:.1%} to {high:.1%})"
            for looks, method, rate, low, high in self.frame.iter_rows()
        ]
        return "\n".join([head, *lines])


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
    unit: str = ""
    """The metric's."""

    def chart(self) -> "alt.Chart":
        """The difference of each segment with its interval."""
        known = {name: p for name, p in self.interaction_p.items() if p is not None}
        differ = [name for name, p in known.items() if p < 0.05]
        title = f"The effect differs by {self.by} for {', '.join(differ)}"
        if not differ:
            title = f"No sign that the effect differs by {self.by}"
        return charts.segments(
            self.frame, title=title, subtitle=f"{self.metric}; exploratory", unit=self.unit
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


@dataclass(frozen=True)
class Stopping:
    """What an early decision spared against the planned size; means of the runs that were made."""

    decisions: dict[str, str]
    """Why each variant was stopped that spared runs."""
    runs: int
    planned_runs: int
    saved_calls: int
    saved_usd: float | None
    """None where some run has no price."""
    saved_s: float
    """Time of the runs not made, one after the other."""
    kept_running: Mapping[str, str] = field(default_factory=dict)
    """For each variant that went on after its first look, the metric that was open until then."""

    @property
    def saved_runs(self) -> int:
        """How many of the planned runs were not made."""
        return self.planned_runs - self.runs

    def __str__(self) -> str:
        why = "; ".join(f"{name} {reason}" for name, reason in self.decisions.items())
        usd = f", ${self.saved_usd:,.2f}" if self.saved_usd is not None else ""
        went_on = "".join(
            f" {name} {'went on' if name in self.decisions else 'ran to the end'} for {metric}."
            for name, metric in self.kept_running.items()
        )
        return (
            f"Stopped early: {why}.{went_on} "
            f"That saved {self.saved_runs} of {self.planned_runs} runs: about "
            f"{self.saved_calls} calls{usd} and {self.saved_s / 60:.1f} minutes of runs."
        )
