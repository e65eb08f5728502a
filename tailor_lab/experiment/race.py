"""A race: which of many variants is best, who was eliminated when, and what that spared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tailor_lab import charts
from tailor_lab.experiment.metric import Metric
from tailor_lab.experiment.verdict import amount
from tailor_lab.markup import Shown, heading, paragraph, table

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

ROUNDS = 16
SMALLEST_ROUND = 12

Ended = Literal["decided", "plan", "budget"]


def round_ends(planned: int) -> list[int]:
    """After how many items each round ends."""
    step = max(SMALLEST_ROUND, -(-planned // ROUNDS))
    return [*range(step, planned, step), planned]


@dataclass(frozen=True)
class Elimination:
    """Why a variant is out."""

    items: int
    """After how many items."""
    why: str
    """The reason, in words."""
    than: str | None = None
    """The variant that it was compared with."""

    def __str__(self) -> str:
        return f"{self.why}, after {self.items} items"


@dataclass(frozen=True)
class Standing:
    """A race after some rounds."""

    items: Mapping[str, int]
    """How many items each variant has run."""
    running: frozenset[str]
    leader: str
    best: str | None = None
    beaten: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Which rivals each variant is worse than, and since how many items."""
    failed: Mapping[str, Elimination] = field(default_factory=dict)
    """Whose guardrails are violated or not shown to be met, or whose runs fail."""
    paused: Mapping[str, int] = field(default_factory=dict)
    """Which variants cannot be better than the leader by the margin."""
    reach: Mapping[str, float] = field(default_factory=dict)
    """How much better than the leader each rival may be: the upper bound."""
    rows: tuple[Mapping[str, object], ...] = ()

    @property
    def alive(self) -> list[str]:
        """Variants that may qualify and are not worse than another that may."""
        return [name for name in self.items if name not in self.failed and not self.worse(name)]

    @property
    def eliminated(self) -> dict[str, Elimination]:
        """Who is out, and why."""
        found = dict(self.failed)
        for name in self.items:
            rival = self.worse(name)
            if rival is not None and name not in found:
                found[name] = Elimination(self.beaten[name][rival], f"worse than {rival}", rival)
        return found

    def worse(self, name: str) -> str | None:
        """A rival, not out by a guardrail, that this variant is worse than."""
        rivals = self.beaten.get(name, {})
        return next((rival for rival in rivals if rival not in self.failed), None)

    def next_size(self, sizes: Sequence[int]) -> int | None:
        """After how many items the next round ends; None where nothing runs on."""
        behind = [self.items[name] for name in self.running]
        return next((size for size in sizes if any(n < size for n in behind)), None)

    def runs_next(self, size: int) -> list[str]:
        """Those that run in the round that ends at `size` items."""
        return [name for name in self.items if name in self.running and self.items[name] < size]


@dataclass(frozen=True, repr=False)
class Race(Shown):
    """Which of many variants is best, as `Lab.race` found it.

    The chance that `best` is worse than another variant that is shown to meet its guardrails by
    more than the margin, is at most `error`; so is the chance that it violates a guardrail by its
    margin.
    """

    experiment: str
    plan_hash: str
    metric: str
    """The primary metric, by which they race."""
    margin: str
    """The smallest difference that matters, with its unit."""
    baseline: str
    """The variant that guardrails compare with."""
    best: str | None
    """None where the plan or the budget ended before one could be named."""
    leader: str | None
    """The variant with the highest mean so far; None before the first round."""
    within: tuple[str, ...]
    """The others that are not shown to be worse. If there is a `best`, none of them is better than
    it by the margin; if not, any of them may be."""
    eliminated: Mapping[str, Elimination]
    """Who is out, after how many items and why."""
    runs: int
    """Runs that it used, those that were in the log before included."""
    planned_runs: int
    """Runs of the whole experiment."""
    saved_usd: float | None
    """What the runs not made would have cost by the mean of each variant; None without prices."""
    error: float
    ended: Ended
    """Why it ended: somebody was named, or the plan or the budget was used up."""
    frame: "pl.DataFrame" = field(repr=False, compare=False)
    """A row per round and variant that ran in it: `items`, `variant`, `mean`, `reach` (how much
    better than the leader it may be; null for the leader), `leads` and `runs_on`."""

    @property
    def saved_share(self) -> float:
        """The share of the planned runs that were not made."""
        return 1 - self.runs / self.planned_runs

    @property
    def sentence(self) -> str:
        """The answer in words."""
        count = len(self.within) + len(self.eliminated) + (self.leader is not None)
        if self.best is not None:
            rest = f"none of the others is better by {self.margin} of {self.metric}"
            if not self.within:
                rest = f"all others are worse in {self.metric} or break a guardrail"
            against = ""
            if self.best != self.baseline and self.baseline in self.within:
                against = f" It is not shown to be better than {self.baseline}, the baseline."
            return f"{self.best} is the best of {count}: {rest}.{against}"
        cause = "The budget was spent" if self.ended == "budget" else "The plan ended"
        if self.leader is None:
            return f"{cause} before the first round, so nothing can be said."
        return (
            f"{cause} before a best could be named: {self.leader} leads, and {len(self.within)} "
            f"other(s) may be better by {self.margin} of {self.metric}, or its guardrails are open."
        )

    @property
    def savings(self) -> str:
        """How many of the planned runs were made, in words."""
        usd = "" if self.saved_usd is None else f", about ${self.saved_usd:,.2f}"
        return (
            f"{self.runs:,} of {self.planned_runs:,} planned runs were made; "
            f"{self.saved_share:.0%} were spared{usd}."
        )

    def chart(self) -> "alt.Chart":
        """How many items each variant ran before it was out or could not be best."""
        import polars as pl

        ran = self.frame.group_by("variant").agg(pl.col("items").max())
        ordered = ran.sort(["items", "variant"], descending=[True, False])
        return charts.bars(
            ordered, title=self.sentence, subtitle=self.savings, label="variant", value="items"
        )

    def __str__(self) -> str:
        lines = [f"{self.experiment}: {self.sentence}", self.savings]
        if self.within:
            lines.append(f"Not shown to be worse: {', '.join(self.within)}.")
        lines += [f"  {name}: {out}" for name, out in self.eliminated.items()]
        return "\n".join([*lines, f"Error {self.error:.0%}. Plan {self.plan_hash}."])

    def _page(self) -> Iterator[str]:
        yield heading(f"{self.experiment}: {self.sentence}")
        yield paragraph(self.savings)
        if self.within:
            yield paragraph(f"Not shown to be worse: {', '.join(self.within)}.")
        rows = [(name, out.items, out.why) for name, out in self.eliminated.items()]
        if rows:
            yield table(("eliminated", "items", "why"), rows)


def margin_text(metric: Metric) -> str:
    """A metric's margin as a sentence names it."""
    unit = metric.margin_unit(relative=metric.margin_is_relative)
    return amount(metric.margin_value, unit)
