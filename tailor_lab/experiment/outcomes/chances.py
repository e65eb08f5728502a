"""What a plan will decide: how often it ships under each scenario, and what limits it.

Plain values; `analysis/chances.py` simulates them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailor_lab import charts
from tailor_lab.experiment.verdict import amount
from tailor_lab.markup import Markup, Shown, heading, paragraph, table

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

NO_EFFECT, WORSE, BETTER = "no difference", "worse by the margin", "better by twice the margin"


@dataclass(frozen=True)
class Outcome:
    """How often a plan ends in each decision where one scenario is true."""

    scenario: str
    guardrail: str | None
    """The one that is worse by its margin while the primary metric is better by twice its own."""
    ship: float
    keep_baseline: float
    undecided: float
    items: float
    """After how many items the decision falls on average; all of them where it does not."""


@dataclass(frozen=True, repr=False)
class Chances(Shown):
    """Operating characteristics: the chance of each decision, from simulated experiments.

    Without a difference, or where all variants are worse, a plan ships as soon as any variant
    qualifies. In the other scenarios one variant differs, and only that one counts.
    """

    outcomes: tuple[Outcome, ...]
    """One for each scenario, "no effect" first."""
    holds: Mapping[str, float]
    """For each guardrail the chance to hold where the variant truly equals the baseline."""
    binding: str | None
    """The guardrail with the lowest of these chances."""
    binding_items: int | None
    """How many items it needs to hold with 80 % chance; None where the plan has as many."""
    items: int
    """How many the plan has."""
    looks: int | str
    """How many are planned, or "anytime"."""
    rounds: int
    """Simulated experiments of each scenario."""
    notes: tuple[str, ...] = ()
    """Where the values are from, and what the simulation leaves out."""

    def of(self, scenario: str) -> Outcome | None:
        """The outcome under a scenario; None where the experiment does not have it."""
        return next((each for each in self.outcomes if each.scenario == scenario), None)

    @property
    def no_effect(self) -> float:
        """P(ship) where nothing differs."""
        return self.outcomes[0].ship

    @property
    def worse(self) -> float | None:
        """P(ship) where the primary metric is worse by its margin; None without a margin."""
        return self._ships(WORSE)

    @property
    def better(self) -> float | None:
        """P(ship) where it is better by twice its margin and the guardrails are equal."""
        return self._ships(BETTER)

    @property
    def violated(self) -> dict[str, float]:
        """P(ship) where it is better by twice its margin and this guardrail worse by its own."""
        return {each.guardrail: each.ship for each in self.outcomes if each.guardrail}

    def frame(self) -> "pl.DataFrame":
        """A row per scenario and decision: `scenario`, `decision`, `share` and mean `items`."""
        import polars as pl

        rows = [
            (each.scenario, decision, share, each.items)
            for each in self.outcomes
            for decision, share in (
                ("ship", each.ship),
                ("continue", each.undecided),
                ("keep_baseline", each.keep_baseline),
            )
        ]
        columns = ["scenario", "decision", "share", "items"]
        return pl.DataFrame(rows, schema=columns, orient="row")

    def chart(self) -> "alt.Chart":
        """How often each decision falls under each scenario."""
        most = max(self.violated.values(), default=0.0)
        title = f"Ships {self.no_effect:.0%} of what makes no difference"
        if self.better is not None:
            title += f" and {self.better:.0%} of what is better by twice the margin"
        if self.violated:
            title += f"; at most {most:.0%} of what violates a guardrail"
        subtitle = f"{self.items:,} items, {self.rounds:,} simulated experiments"
        return charts.decisions(self.frame(), title=title, subtitle=subtitle)

    def lines(self) -> list[str]:
        """The chances in sentences."""
        found = [f"This plan ships with a chance of {self.no_effect:.1%} where nothing differs"]
        if self.worse is not None and self.better is not None:
            found[0] += (
                f", {self.worse:.1%} where the variant is worse by the margin, and "
                f"{self.better:.0%} where it is better by twice the margin"
                + (" and the guardrails are equal" if self.holds else "")
            )
        found[0] += "."
        if self.violated:
            each = ", ".join(f"{chance:.1%} ({name})" for name, chance in self.violated.items())
            found.append(f"Better by twice the margin, but a guardrail worse by its own: {each}.")
        if self.binding is not None:
            found.append(self._binding())
        if self.looks != 1:
            times = [
                f"{amount(each.items, '')} where {words}"
                for each, words in (
                    (self.outcomes[0], "nothing differs"),
                    (self.of(BETTER), "it is better by twice the margin"),
                )
                if each is not None
            ]
            found.append(
                f'Until "decided" it uses of {self.items:,} items on average {", ".join(times)}.'
            )
        return [*found, *(f"Note: {note}" for note in self.notes)]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def table(self) -> Markup:
        """A row per scenario, for a page."""
        rows = [
            (
                each.scenario,
                *(f"{x:.1%}" for x in (each.ship, each.undecided, each.keep_baseline)),
                f"{each.items:,.0f}",
            )
            for each in self.outcomes
        ]
        columns = ("where this is true", "ship", "continue", "keep the baseline", "items")
        caption = f"{self.rounds:,} simulated experiments"
        return table(columns, rows, caption=caption, numbers=(1, 2, 3, 4))

    def _page(self) -> Iterator[str]:
        first, *rest = self.lines()
        yield heading(first)
        yield from map(paragraph, rest)
        yield self.table()

    def _binding(self) -> str:
        assert self.binding is not None
        chance = f"holds with {self.holds[self.binding]:.0%} chance where the variants are equal"
        if self.binding_items is None:
            return f"Of the guardrails {self.binding} binds most: it {chance}."
        return (
            f"Of the guardrails {self.binding} binds most: it {chance}; "
            f"80 % needs about {self.binding_items:,} items."
        )

    def _ships(self, scenario: str) -> float | None:
        found = self.of(scenario)
        return None if found is None else found.ship


@dataclass(frozen=True)
class Trade:
    """The same number of runs as more items or as more replicates of each."""

    items: int
    replicates: int
    standard_error: float


@dataclass(frozen=True)
class Replicates:
    """What replicates are worth on the primary metric, from those that the log has."""

    within: float
    """Variance of a difference of single runs of one item."""
    between: float
    """Variance of the items' true differences."""
    trades: tuple[Trade, ...]
    """Alternatives of the same number of runs, more replicates from one to the next."""
    source: str

    def sentence(self, unit: str) -> str:
        """The alternatives in words."""
        share = self.within / total if (total := self.within + self.between) > 0 else 0.0
        each = "; ".join(
            f"{trade.items:,} items x {trade.replicates}: {amount(trade.standard_error, unit)}"
            for trade in self.trades
        )
        return (
            f"For the same number of runs the standard error is {each} ({share:.0%} of the "
            f"variance is within items; {self.source})."
        )
