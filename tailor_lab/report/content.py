"""What a report says, computed from a result: the same for every format.

Everything here comes from the log by way of a `Result`; nothing asks the clock or the machine, so
the same log gives the same content, and a report can be verified by computing it again.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailor_lab.experiment.result import Result
from tailor_lab.report.figures import Figure, Figures
from tailor_lab.report.sections.breakdown import Course, Segmentation, course, segmentations
from tailor_lab.report.sections.decision import ReportDecision, report_decision
from tailor_lab.report.sections.evidence import Row, evidence_charts, rows
from tailor_lab.report.sections.examples import ReportExample, examples
from tailor_lab.report.sections.money import Money, money
from tailor_lab.report.sections.provenance import Provenance, provenance
from tailor_lab.report.sections.setup import Setup, setup

if TYPE_CHECKING:
    import altair as alt

_SCORE = "The match score is a documented heuristic of this toolkit, not any vendor's score."
_LIMITS = (
    "Segments and exploratory metrics are hints for the next experiment, never a reason to ship.",
)
_OFFLINE = (
    "Results of the model named offline (extractive, not an LLM) are simulated: they show the "
    "method, not what a language model would do."
)


@dataclass(frozen=True)
class ReportContent:
    """A report before it has a format."""

    title: str
    question: str | None
    headline: Figure
    """The decision and what it rests on, in one sentence."""
    decision: ReportDecision
    setup: Setup
    evidence: tuple[Row, ...]
    guardrails: tuple[Row, ...]
    evidence_charts: "dict[str, alt.Chart]"
    segmentations: tuple[Segmentation, ...]
    course: Course
    money: Money
    examples: tuple[ReportExample, ...]
    limits: tuple[str, ...]
    provenance: Provenance
    figures: Figures

    @property
    def charts(self) -> "dict[str, alt.Chart]":
        """Every chart by a name that is safe in any format."""
        found = dict(self.evidence_charts)
        found |= {f"segments-{n}": part.chart for n, part in enumerate(self.segmentations)}
        later = {"course": self.course.chart, "return": self.money.chart}
        return found | {name: chart for name, chart in later.items() if chart is not None}


def compose(result: Result, *, value_per_success: float | None = None) -> ReportContent:
    """The content of an experiment's report; `value_per_success` is in US dollars."""
    comparison = result.compare()
    figures = Figures()
    table = rows(comparison, figures)
    models = result.frame["model"].drop_nulls()
    offline = any(str(model).startswith("offline") for model in models)
    scored = "score_after" in result.frame.columns and result.frame["score_after"].count() > 0
    return ReportContent(
        title=result.experiment.name,
        question=result.experiment.question,
        headline=figures.add("headline", comparison.decision.sentence),
        decision=report_decision(comparison, figures),
        setup=setup(result, figures),
        evidence=tuple(row for row in table if row.role != "guardrail"),
        guardrails=tuple(row for row in table if row.role == "guardrail"),
        evidence_charts=dict(evidence_charts(result, comparison)),
        segmentations=tuple(segmentations(result, figures)),
        course=course(result, figures),
        money=money(result, figures, value_per_success),
        examples=tuple(examples(result, comparison, figures)),
        limits=(
            *([_OFFLINE] if offline else []),
            *([_SCORE] if scored else []),
            *_LIMITS,
            *comparison.all_warnings,
        ),
        provenance=provenance(result, figures),
        figures=figures,
    )
