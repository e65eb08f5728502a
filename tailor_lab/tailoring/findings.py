"""What is done about findings: claims of a tailored résumé that its source does not support.

| policy   | what happens                                                                        |
|----------|-------------------------------------------------------------------------------------|
| `warn`   | they stay, and the result says so                                                   |
| `repair` | the model is asked again, with the findings, at most twice; the rest is reverted    |
| `revert` | every line that holds one gets its source's words again; an addition is taken out   |
| `fail`   | the run fails where one of them blocks                                              |

A finding is a claim that blocks or wants review. A line is the smallest thing that is restored: a
sentence with one clause cut out would be words that neither the source nor the model wrote.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from tailor_lab.errors import InputError, TailorLabError
from tailor_lab.llm.prompting.prompts import Messages, block
from tailor_lab.tailoring.edits import Edit, Edited, Mode, apply_edits
from tailor_lab.tailoring.facts import Claim, FactsReport, verify
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.posting.job import Job
from tailor_lab.tailoring.resume import Resume

Policy = Literal["warn", "repair", "revert", "fail"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
MOST_REPAIRS = 2
"""How often the model is asked again about one résumé; each time costs a whole call."""

_AGAIN = """\
The block names what your edits claim and the résumé does not support. Answer again with all your
edits: correct those that are named from the résumé alone or leave them out, and keep the others."""


class FindingsError(TailorLabError):
    """A tailored résumé that says what its source does not support, under the policy `fail`."""


@dataclass(frozen=True)
class Reverted:
    """An edit that was taken back, and what it claimed."""

    path: str
    """Where in the source résumé, as the edit named it."""
    value: str | None
    """The words that were taken back."""
    claims: tuple[str, ...]

    def __str__(self) -> str:
        return f"Reverted at {self.path.removesuffix('/-')}: {'; '.join(self.claims)}."


def check_policy(policy: str) -> None:
    """Raises `InputError` where there is no such policy."""
    if policy not in POLICIES:
        raise InputError(f"findings is {policy!r}; use {', '.join(POLICIES)}.")


def refuse(report: FactsReport) -> None:
    """Raises `FindingsError` where a claim blocks."""
    if not report.ok:
        more = f" and {len(report.blocked) - 1} more" if len(report.blocked) > 1 else ""
        raise FindingsError(
            f"The tailored résumé claims what its source does not support: {report.blocked[0]}"
            f'{more}. Use another prompt, or the policy "revert" or "repair".'
        )


def revert(
    source: Resume, job: Job, edited: Edited, mode: Mode, knowledge: Knowledge
) -> tuple[Edited, tuple[Reverted, ...]]:
    """The edits without those behind a finding, and what was taken back.

    What still stands is verified again, because a claim may hold only beside another. A finding in
    the source's own words stays: there is nothing to restore.
    """
    refused, notes = edited.refused, edited.notes
    taken_back: list[Reverted] = []
    while True:
        report = verify(source, edited.data, job=job, knowledge=knowledge)
        guilty = _behind(edited, report.flagged)
        if not guilty:
            return replace(edited, refused=refused, notes=notes), tuple(taken_back)
        taken_back += [
            Reverted(edit.path, edit.value, tuple(str(claim) for claim in claims))
            for edit, claims in guilty
        ]
        wrong = {id(edit) for edit, _ in guilty}
        kept = [edit for edit in edited.accepted if id(edit) not in wrong]
        edited = apply_edits(source.data, kept, mode=mode)


def asked_again(
    messages: Messages, answer: str, edited: Edited, findings: Sequence[Claim]
) -> Messages:
    """The conversation with the model's answer and its findings; no template is needed for it."""
    again = Messages(messages)
    again.prompt, again.prompt_hash = messages.prompt, messages.prompt_hash
    again.parameters = messages.parameters
    named = [
        {
            "path": edit.path,
            "action": edit.action,
            "value": edit.value,
            "unsupported": [_told(claim) for claim in claims],
        }
        for edit, claims in _behind(edited, findings)
    ]
    again.append({"role": "assistant", "content": answer})
    again.append({"role": "user", "content": f"{_AGAIN}\n\n{block(named, 'findings')}"})
    return again


def _told(claim: Claim) -> dict[str, Any]:
    return {"text": claim.text, "kind": claim.kind, "verdict": claim.verdict, "why": claim.reason}


def _behind(edited: Edited, claims: Iterable[Claim]) -> list[tuple[Edit, list[Claim]]]:
    """The edits that made these claims, each with its claims, in the order of the claims."""
    found: dict[int, tuple[Edit, list[Claim]]] = {}
    for claim in claims:
        for edit in edited.behind(claim.path):
            found.setdefault(id(edit), (edit, []))[1].append(claim)
    return list(found.values())
