"""`tailor-lab score` and `tailor-lab facts`: one pair of documents that exists already, judged.

Neither asks a model or writes anything.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tailor_lab.cli.common import AsJson, Home, note, show

if TYPE_CHECKING:
    from tailor_lab.tailoring import FactsReport, Resume

FORMATS = ".json, .md, .txt, .pdf or .docx"
PostingFile = Annotated[Path, typer.Option("--job", help=f"A job posting: {FORMATS}.")]
ResumeFile = Annotated[Path, typer.Option("--resume", help=f"A résumé: {FORMATS}.")]


class FailIf(StrEnum):
    """What makes `facts` fail a build."""

    block = "block"
    review = "review"


def score(
    resume: ResumeFile,
    job: PostingFile,
    home: Home = None,  # noqa: ARG001 -- the option itself chooses the home
    as_json: AsJson = False,
) -> None:
    """Score one résumé against one posting: each part, what is missing, what would raise it.

    Everything that the résumé says is believed; `facts` says what of it a source supports.

    Example: tailor-lab score --resume me.pdf --job posting.txt
    """
    from tailor_lab.tailoring import load_job
    from tailor_lab.tailoring import score as rate

    result = rate(_read(resume), load_job(job))
    show(result, result.to_dict, as_json=as_json)


def facts(
    source: Annotated[Path, typer.Argument(help=f"The résumé that is true: {FORMATS}.")],
    tailored: Annotated[Path, typer.Argument(help="The résumé made from it, in any of these.")],
    job: Annotated[
        Path | None,
        typer.Option(help="The posting: names what was taken from it; it is never evidence."),
    ] = None,
    fail_if: Annotated[
        FailIf | None,
        typer.Option(help="Exit with 1 if a claim must not go out, or if one wants a look."),
    ] = None,
    home: Home = None,  # noqa: ARG001 -- the option itself chooses the home
    as_json: AsJson = False,
) -> None:
    """Check a tailored résumé against its source: what it claims and the source does not support.

    A claim that blocks must not go out, one to review wants a look. Each is shown with its rule
    and the places of the source that it was held against.

    Example: tailor-lab facts me.pdf tailored.docx --job posting.txt --fail-if block
    """
    from tailor_lab.tailoring import load_job, verify

    posting = None if job is None else load_job(job)
    report = verify(_read(source), _read(tailored), job=posting)
    show(_told(report), lambda: _data(report), as_json=as_json)
    if (fail_if is FailIf.block and report.blocked) or (
        fail_if is FailIf.review and report.flagged
    ):
        raise typer.Exit(1)


def _read(path: Path) -> "Resume":
    """The résumé of a file; what could not be placed in it is said beside the result."""
    from tailor_lab.tailoring import load_resume

    resume = load_resume(path)
    for warning in resume.warnings:
        note(f"Note: {path.name}: {warning}")
    return resume


def _told(report: "FactsReport") -> str:
    from tailor_lab.markup import visible

    count = len(report.claims)
    lines = [
        (
            f"{count} claims: {len(report.blocked)} block, "
            f"{len(report.flagged) - len(report.blocked)} to review; "
            f"confidence {report.confidence:.2f}"
        )
    ]
    for claim in sorted(report.flagged, key=lambda claim: claim.severity != "block"):
        lines += ["", f"{claim.severity}: {claim}", f"  rule {claim.rule}"]
        lines += [f"  source {span.path}: {span.text}" for span in claim.spans]
    return "\n".join(map(visible, lines))


def _data(report: "FactsReport") -> dict[str, Any]:
    return {
        "claims": len(report.claims),
        "blocked": len(report.blocked),
        "confidence": report.confidence,
        "flagged": [claim.to_dict() for claim in report.flagged],
    }
