"""The outcome of tailoring one résumé to one job: the document, its scores, its facts, its cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tailor_lab.markup import Shown, visible
from tailor_lab.questions import ask
from tailor_lab.tailoring.context import Context
from tailor_lab.tailoring.edits import Change, Mode
from tailor_lab.tailoring.findings import Policy, Reverted
from tailor_lab.tailoring.sources import Sources
from tailor_lab.tailoring.text_quality import Flaw

if TYPE_CHECKING:
    from tailor_lab.pipeline import Performance
    from tailor_lab.tailoring.facts import Claim


@dataclass(frozen=True, repr=False)
class TailoredResume(Shown):
    """A tailored résumé in JSON Resume 1.0 with everything that was found out about it.

    Scores run from 0 to 100. `score_after` gives unsupported claims no credit; `score_after_raw`
    does, and `fabrication_premium` is the difference. `cost_usd` is None where the model's price
    is unknown. Durations are those of the calls that made the result, also when the answer came
    from the cache; `cached` says that it did.
    """

    resume: Mapping[str, Any]
    """JSON Resume 1.0."""
    mode: Mode
    score_before: float
    score_after: float
    score_after_raw: float
    target_score: float | None
    confidence: float
    """Share of the tailored résumé's claims that its source supports, 0 to 1."""
    claims: tuple["Claim", ...]
    diff: tuple[Change, ...]
    """Each change, with its words before and after."""
    keywords_added: tuple[str, ...]
    warnings: tuple[str, ...]
    model: str
    prompt: str
    prompt_hash: str
    input_tokens: int | None
    """None where the server did not count them, which is not zero."""
    output_tokens: int | None
    cost_usd: float | None
    cached: bool
    resume_id: str | None = None
    job_id: str | None = None
    duration_ms: float | None = None
    performance: "Performance | None" = field(default=None, repr=False)
    context: Context = field(default_factory=Context, repr=False)
    """What kind of job was detected, and which layers of the prompt that selected."""
    sources: Sources = field(default_factory=Sources, repr=False)
    """Every line with the source lines that it comes from, and what changed."""
    policy: Policy = "warn"
    """What was done about unsupported claims."""
    findings: tuple["Claim", ...] = field(default=(), repr=False)
    """The unsupported claims of the model's first answer, before the policy."""
    repairs: int = 0
    """How often the model was asked again."""
    reverted: tuple[Reverted, ...] = field(default=(), repr=False)
    """The edits that were taken back."""
    refused: tuple[str, ...] = field(default=(), repr=False)
    """The edits that could not be read or that the mode does not permit, each with its reason."""
    flaws: tuple[Flaw, ...] = field(default=(), repr=False)
    """What is wrong with the new texts as texts: repeated, cut off, grown out of hand."""

    @property
    def improvement(self) -> float:
        """Points gained."""
        return self.score_after - self.score_before

    @property
    def fabrication_premium(self) -> float:
        """Points that unsupported claims would have added."""
        return self.score_after_raw - self.score_after

    @property
    def target_met(self) -> bool | None:
        """Whether the score reached its target; None where there is no target."""
        return None if self.target_score is None else self.score_after >= self.target_score

    @property
    def unsupported_claims(self) -> int:
        """How many claims the source does not support, counting those that block or want review."""
        return sum(claim.severity in {"block", "review"} for claim in self.claims)

    @property
    def diff_count(self) -> int:
        """How many places differ from the source."""
        return len(self.diff)

    @property
    def tokens_used(self) -> int | None:
        """Input and output tokens of the calls that made the result; None where not counted."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

    def row(self) -> dict[str, Any]:
        """The result as a row of the run log's table `runs`."""
        return {
            "mode": self.mode,
            "resume_id": self.resume_id,
            "job_id": self.job_id,
            "score_before": self.score_before,
            "score_after": self.score_after,
            "improvement": self.improvement,
            "target_score": self.target_score,
            "target_met": self.target_met,
            "confidence": self.confidence,
            "warnings": list(self.warnings),
            "diff_count": self.diff_count,
            "keywords_added": list(self.keywords_added),
            "claims": len(self.claims),
            "unsupported_claims": self.unsupported_claims,
            "tokens_used": self.tokens_used,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
            "duration_ms": self.duration_ms,
            "cached": self.cached,
            "model": self.model,
            "prompt": self.prompt,
            "prompt_hash": self.prompt_hash,
            "attributes": self.context.names() or None,
        }

    def measures(self) -> dict[str, float]:
        """Numbers beyond those of `row`, for the log's table `scores`."""
        return {
            "score_after_raw": self.score_after_raw,
            "fabrication_premium": self.fabrication_premium,
            "unsound_citations": float(len(self.sources.citations)),
            "unsupported_proposed": float(len(self.findings)),
            "repairs": float(self.repairs),
            "reverted": float(len(self.reverted)),
            "refused_edits": float(len(self.refused)),
            "text_flaws": float(len(self.flaws)),
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values."""
        return {
            **self.row(),
            **self.measures(),
            "context": self.context.to_dict(),
            "resume": dict(self.resume),
            "policy": self.policy,
            "diff": [vars(change) for change in self.diff],
            "claims": [claim.to_dict() for claim in self.claims],
            "sources": self.sources.to_dict(),
            "refused": list(self.refused),
            "flaws": [{**vars(flaw), "spans": list(flaw.spans)} for flaw in self.flaws],
        }

    def __str__(self) -> str:
        lines = []
        for change in self.diff:
            lines += ["", f"{change.kind} {change.path}"]
            lines += [f"  - {change.before}"] if change.before and change.kind != "moved" else []
            lines += [f"  + {change.after}"] if change.after else []
        flagged = [claim for claim in self.claims if claim.severity != "info"]
        if flagged:
            lines += ["", "Claims that the source does not support:"]
            lines += [f"  ! {claim.severity}: {claim}" for claim in flagged]
        return "\n".join([self._summary(), *map(visible, lines), *self._notes()])

    def with_sources(self) -> str:
        """As `str`, with the source lines of each change and its words compared."""
        return "\n".join([self._summary(), "", str(self.sources), *self._notes()])

    def _summary(self) -> str:
        return (
            f"Score {self.score_before:.0f} → {self.score_after:.0f} ({self.improvement:+.1f})"
            + _target(self)
            + f", {self.diff_count} changes, {self.unsupported_claims} unsupported claims"
            + _settled(self)
        )

    def _notes(self) -> list[str]:
        known = {str(claim) for claim in self.claims if claim.severity != "info"}
        notes = [visible(f"Note: {note}") for note in self.warnings if note not in known]
        return ["", *notes] if notes else []

    def _repr_html_(self) -> str:
        text: str = ask("tailored.page", self)
        return text


def _target(result: TailoredResume) -> str:
    if result.target_score is None:
        return ""
    return f", target {result.target_score:.0f} {'met' if result.target_met else 'missed'}"


def _settled(result: TailoredResume) -> str:
    """What the policy on findings did, where it did anything."""
    if not result.repairs and not result.reverted:
        return ""
    asked = f"asked again {result.repairs} x, " if result.repairs else ""
    return f" ({len(result.findings)} proposed; {asked}{len(result.reverted)} edits reverted)"
