"""The decision of an experiment: one of four outcomes, in words, with what would change it."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tailor_lab.experiment.verdict import Goal
from tailor_lab.markup import Shown, badge, bullets, heading, paragraph, visible

Outcome = Literal["ship", "keep_baseline", "continue", "cannot_judge"]
COLOURS: MappingProxyType[Outcome, Literal["good", "bad", "open"]] = MappingProxyType(
    {"ship": "good", "keep_baseline": "bad", "continue": "open", "cannot_judge": "open"}
)
"""The tint of each outcome, the same in a notebook, a report and the dashboard."""


@dataclass(frozen=True)
class VariantDecision:
    """Whether this variant is the one to ship, and why."""

    variant: str
    ship: bool
    reason: str
    """Words that say on what it rests."""

    def __bool__(self) -> bool:
        return self.ship

    def __str__(self) -> str:
        return f"{'Ship' if self.ship else 'Do not ship'} {self.variant}: {self.reason}."


@dataclass(frozen=True, repr=False)
class Decision(Shown):
    """What to do now: ship one variant, keep the baseline, go on, or mend what cannot be judged.

    A variant qualifies where the primary metric reaches the goal and every guardrail is shown to
    lose less than its margin; of several the best on the primary metric is named.
    """

    outcome: Outcome
    """What to do, as one of four words."""
    variant: str | None
    """The variant to ship; None unless the outcome is "ship"."""
    baseline: str
    goal: Goal
    """What a variant must show on the primary metric: "better" or "not_worse"."""
    sentence: str
    """The decision and what it rests on, what matters most first."""
    reasons: tuple[str, ...] = ()
    """Further sentences: harm to single items, failures, the runner-up, past experiments."""
    flips: tuple[str, ...] = ()
    """What would change it: the margin at which each binding question would tip."""
    more_items: int | None = None
    """How many more items the binding question needs; None where that is not known or not asked."""
    binding: str | None = None
    """The metric whose question keeps the experiment open."""
    per_variant: tuple[VariantDecision, ...] = ()
    """The same decision as each variant sees it; at most one ships."""

    def __bool__(self) -> bool:
        return self.outcome == "ship"

    def __str__(self) -> str:
        lines = [self.sentence, *self.reasons, *self.flips]
        return "\n".join(visible(line) for line in lines)

    def _page(self) -> Iterator[str]:
        yield heading("Decision")
        yield from self._body()

    def _body(self) -> Iterator[str]:
        """Its page below the heading."""
        yield paragraph(badge(COLOURS[self.outcome], self.sentence))
        yield bullets([*self.reasons, *self.flips])

    def to_dict(self) -> dict[str, object]:
        """The decision as JSON has it."""
        return {
            "outcome": self.outcome,
            "variant": self.variant,
            "baseline": self.baseline,
            "goal": self.goal,
            "sentence": self.sentence,
            "reasons": list(self.reasons),
            "flips": list(self.flips),
            "more_items": self.more_items,
            "binding": self.binding,
        }
