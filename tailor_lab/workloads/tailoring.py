"""The tailoring workload: what résumés and postings tell an experiment.

An item is a résumé and a posting, the output a tailored résumé. What needs the stages imports them
when it is asked, so that naming a metric of tailoring loads none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from tailor_lab.experiment.workload import Kept, Measure, Output, Workload, numbers_of
from tailor_lab.identity import PACKAGE, source_hash
from tailor_lab.settings import shipped

if TYPE_CHECKING:
    from tailor_lab.llm import Prompt
    from tailor_lab.llm.prompting.prompts import Messages
    from tailor_lab.pipeline import Pipeline, Run
    from tailor_lab.tailoring.knowledge.base import Knowledge
    from tailor_lab.tailoring.result import TailoredResume

MEASURES = (
    Measure("improvement", unit="points"),
    Measure("score_before", unit="points"),
    Measure("score_after", unit="points"),
    Measure("score_after_raw", unit="points"),
    Measure("fabrication_premium", better="lower", unit="points"),
    Measure("confidence"),
    Measure("target_met", "binary"),
    Measure("claims"),
    Measure("unsupported_claims", "binary", "lower"),
    Measure("unsupported_proposed"),
    Measure("unsound_citations"),
    Measure("diff_count"),
    Measure("repairs"),
    Measure("reverted"),
    Measure("refused_edits", better="lower"),
    Measure("text_flaws", better="lower"),
    Measure("tokens_used", "cost", "lower", "tokens"),
    Measure("input_tokens", unit="tokens"),
    Measure("output_tokens", unit="tokens"),
    Measure("cost_usd", "cost", "lower", "USD"),
    Measure("duration_ms", "latency", "lower", "ms"),
)


@dataclass(frozen=True)
class KnowledgeWorkload(Workload):
    """A workload whose results depend on what is known of skills, titles and certificates."""

    knowledge: "Knowledge | None" = None
    """What its stages are given; None until an experiment runs it."""

    def knowing(self, knowledge: "Knowledge") -> Self:
        """The same workload with its stages given that knowledge."""
        pipeline = self.pipeline
        if pipeline.takes("knowledge"):
            pipeline = pipeline.bind(knowledge=knowledge)
        return replace(self, pipeline=pipeline, knowledge=knowledge)

    def code_version(self, stages: str) -> str:
        """Tailoring, the client of models, what is known of jobs, and the version of the score."""
        from tailor_lab.tailoring.knowledge.opening import opened
        from tailor_lab.tailoring.scoring.settings import settings_of

        known = opened(self.knowledge)
        places = (PACKAGE / "tailoring", PACKAGE / "llm")
        data = (shipped("data/knowledge"), shipped("data/rules"))
        own = source_hash(*places, *data)
        # The shipped files are in the hash of the source; what a project imported is not.
        other = "" if known.is_shipped else f"+knowledge-{known.digest}"
        return f"score-{settings_of(known)['version']}+{stages}+{own}{other}"


@dataclass(frozen=True)
class TailoringWorkload(KnowledgeWorkload):
    """A pipeline whose stages are those of tailoring, or that has some of them among its own."""

    def output(self, run: "Run", stage: str | None = None) -> Output:
        """The tailored résumé with the documents that it was made from, unless `stage` is given."""
        made = _tailored(run)
        if stage is None and made is not None:
            validated = run["validate"]
            job = validated.job
            posting = {"title": job.title, "company": job.company, "text": job.text}
            source = {"resume": validated.resume.to_dict(), "job": posting}
            return Output(dict(made.resume), source)
        found = super().output(run, stage)
        if made is None or found.value is not made:
            return found
        return replace(found, value=dict(made.resume))

    def show(self, value: Any) -> str:
        """A résumé line by line, anything else as it is."""
        if isinstance(value, Mapping) and "basics" in value:
            from tailor_lab.tailoring.documents.load import load_resume

            return "\n".join(line.text for line in load_resume(value).lines())
        return super().show(value)

    def kept(self, run: "Run") -> Kept | None:
        """What was changed, with its sources and flags; not the name of whose résumé it is."""
        from tailor_lab.tailoring.changes import changes_text

        made = _tailored(run)
        if made is None:
            return super().kept(run)
        name = (made.resume.get("basics") or {}).get("name")
        return Kept(changes_text(made), (name,) if isinstance(name, str) else ())

    def row(self, run: "Run") -> tuple[dict[str, Any], dict[str, float]]:
        """The columns and numbers of the tailored résumé, and the numbers of further stages."""
        from tailor_lab.tailoring.stages import duration_ms

        made = _tailored(run)
        row: dict[str, Any] = {}
        numbers: dict[str, float] = {}
        for name, value in run.results.items():
            if value is made and made is not None:
                timed = replace(made, duration_ms=duration_ms(run))
                row |= {k: v for k, v in timed.row().items() if v is not None}
                numbers |= timed.measures()
            else:
                numbers |= dict(numbers_of(name, value))
        return row, numbers

    def spent_usd(self, run: "Run") -> float | None:
        """What its model calls cost; None where the answers came from the cache."""
        made = _tailored(run)
        return made.cost_usd if made is not None and not made.cached else None

    def requests(
        self, item: Mapping[str, Any], prompt: "Prompt", settings: Mapping[str, Any]
    ) -> "Sequence[Messages]":
        """The one request that asks for a résumé's edits."""
        from tailor_lab.tailoring.item_schema import MOST_EDITS
        from tailor_lab.tailoring.stages import request

        return [
            request(
                item["resume"],
                item["job"],
                prompt,
                mode=settings.get("mode") or "partial",
                layers=settings.get("layers"),
                knowledge=self.knowledge,
                max_edits=settings.get("max_edits") or MOST_EDITS,
            )
        ]


@lru_cache(maxsize=1)
def workload() -> TailoringWorkload:
    """The workload that definitions name `tailoring`."""
    from tailor_lab.tailoring.documents.formats import endings
    from tailor_lab.tailoring.edits import MODES
    from tailor_lab.tailoring.findings import POLICIES
    from tailor_lab.tailoring.item_schema import SCHEMAS
    from tailor_lab.tailoring.stages import DEFAULT_PROMPT, tailoring_pipeline

    return TailoringWorkload(
        "tailoring",
        tailoring_pipeline(),
        needs=("resume", "job"),
        documents=("resume", "job"),
        endings=tuple(endings()),
        measures=MEASURES,
        choices={"mode": MODES, "findings": POLICIES, "schema": SCHEMAS},
        prompt=DEFAULT_PROMPT,
    )


def has_tailoring_stages(pipeline: "Pipeline") -> bool:
    """Whether one of its stages is one of tailoring's."""
    stages = pipeline.graph.stages.values()
    return any(
        getattr(stage.function, "__module__", "").startswith("tailor_lab.tailoring.")
        for stage in stages
    )


def _tailored(run: "Run") -> "TailoredResume | None":
    from tailor_lab.tailoring.result import TailoredResume

    return next((v for v in run.results.values() if isinstance(v, TailoredResume)), None)
