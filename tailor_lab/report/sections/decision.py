"""The decision of a report: its outcome as a badge, what it rests on, what would change it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tailor_lab.experiment.analysis.verdicts.deciding import standing
from tailor_lab.experiment.comparison import Comparison, MetricResult
from tailor_lab.experiment.outcomes.decision import COLOURS, Decision
from tailor_lab.report.figures import Figure, Figures

Colour = Literal["good", "bad", "open"]
GUARDRAIL_WORDS = {"met": "holds", "failed": "does not hold", "open": "not shown to hold"}


@dataclass(frozen=True)
class ReportDecision:
    """One decision over all variants, as every format of a report shows it."""

    colour: Colour
    title: Figure
    """The outcome in two or three words."""
    reasons: tuple[Figure, ...]
    flips: tuple[Figure, ...]
    """What would change it."""
    variants: tuple[tuple[Colour, Figure], ...]
    """The decision as each variant sees it; empty where there is one variant only, since the
    headline is about it."""


def report_decision(comparison: Comparison, figures: Figures) -> ReportDecision:
    """The comparison's decision as figures that can be verified."""
    decision = comparison.decision
    return ReportDecision(
        colour=COLOURS[decision.outcome],
        title=figures.add("outcome", decision.outcome, title(decision)),
        reasons=_numbered("reason", decision.reasons, figures),
        flips=_numbered("flip", decision.flips, figures),
        variants=tuple(
            (colour, figures.add(f"decision.{name}", words))
            for name, colour, words in by_variant(comparison)
        ),
    )


def title(decision: Decision) -> str:
    """The outcome in two or three words: "Ship grounded", "Keep plain"."""
    return {
        "ship": f"Ship {decision.variant}",
        "keep_baseline": f"Keep {decision.baseline}",
        "continue": f"Continue, keep {decision.baseline} meanwhile",
        "cannot_judge": "Cannot judge",
    }[decision.outcome]


def by_variant(comparison: Comparison) -> Iterator[tuple[str, Colour, str]]:
    """Each variant with its colour and its line; nothing where there is one variant only."""
    each = comparison.decision.per_variant
    for seen in each if len(each) > 1 else ():
        rejected = standing(comparison[seen.variant], comparison.decision.goal) == "failed"
        colour: Colour = "good" if seen.ship else "bad" if rejected else "open"
        yield seen.variant, colour, str(seen)


def foremost(comparison: Comparison) -> str:
    """The variant that a picture of one variant shows: the one to ship, else the most promising."""
    best = max(comparison.variants, key=lambda variant: variant.primary.passes)
    return comparison.decision.variant or best.name


def guardrail_word(result: MetricResult) -> str:
    """Whether a guardrail holds, does not, or is not shown to."""
    return GUARDRAIL_WORDS[result.state]


def _numbered(name: str, sentences: Sequence[str], figures: Figures) -> tuple[Figure, ...]:
    return tuple(figures.add(f"{name}.{n}", text) for n, text in enumerate(sentences, 1))
