"""Asking a model for edits: what it is told, the schema of its answer, and the answer made.

The same is asked however often a résumé needs an answer, so that a repair is held to the places,
ids and number of edits of the first request.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from tailor_lab.llm import Completion
from tailor_lab.llm.prompting.prompts import Messages
from tailor_lab.tailoring.context import Context
from tailor_lab.tailoring.edits import Edited, Mode, apply_edits
from tailor_lab.tailoring.facts import Claim
from tailor_lab.tailoring.findings import Reverted
from tailor_lab.tailoring.item_schema import MOST_EDITS, SchemaKind, rewrite_schema
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.posting.job import Job
from tailor_lab.tailoring.posting.requirement import Requirement
from tailor_lab.tailoring.proposal import Rewrite, cut_note
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.text_quality import Flaw


@dataclass(frozen=True)
class Validated:
    """The two documents, read and checked, and the knowledge that they were read by."""

    resume: Resume
    job: Job
    knowledge: Knowledge = field(repr=False)


@dataclass(frozen=True)
class AskedRewrite:
    """What is asked for: which edits, in which mode, citing which ids, and how many."""

    mode: Mode
    schema: SchemaKind
    max_edits: int
    facts: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def schema_for(self, resume: Resume) -> type[Rewrite]:
        """The schema of an answer about a résumé."""
        return rewrite_schema(
            resume.data,
            self.mode,
            kind=self.schema,
            facts=self.facts,
            requirements=self.requirements,
            most=self.max_edits,
        )

    def edited(self, resume: Resume, completion: Completion) -> Edited:
        """The edits of an answer, made; what of it could not be read is refused as well."""
        answer: Rewrite = completion.value
        made = apply_edits(resume.data, answer.edits, mode=self.mode)
        notes = [*answer.notes, *made.notes]
        cut = cut_note(len(answer.edits))
        if completion.finish_reason == "length" and cut not in notes:
            notes.insert(0, cut)
        return replace(made, refused=(*answer.refused, *made.refused), notes=tuple(notes))


@dataclass(frozen=True)
class Rewritten:
    """The tailored résumé, the edits that made it, and the completion that proposed them."""

    resume: Resume
    edited: Edited
    completion: Completion
    messages: Messages = field(repr=False)
    asked: AskedRewrite = field(repr=False)


@dataclass(frozen=True)
class Settled:
    """The tailored résumé after the policy on findings, and what that took."""

    resume: Resume
    edited: Edited
    findings: tuple[Claim, ...] | None = None
    """What the first answer claimed without support; None where nobody looked yet."""
    completions: tuple[Completion, ...] = ()
    """The further answers that were asked for."""
    reverted: tuple[Reverted, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    """What is wrong with the new texts as texts."""


def prompt_values(
    validate: Validated,
    requirements: tuple[Requirement, ...],
    profile: list[dict[str, str]],
    mode: Mode,
    context: Context | None = None,
    *,
    max_edits: int = MOST_EDITS,
) -> dict[str, Any]:
    """What a tailoring prompt may use; a layer that is off is None."""
    job, context = validate.job, context or Context()
    asked = [requirement.to_dict() for requirement in requirements]
    return {
        "resume": validate.resume.to_dict(),
        "job": {"title": job.title, "company": job.company, "text": job.text},
        "requirements": asked if context.on("requirements") else None,
        "facts": profile if context.on("facts") else None,
        "mode": mode,
        "max_edits": max_edits,
        **context.values(),
    }
