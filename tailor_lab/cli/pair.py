"""Commands about one résumé and one posting: tailor, score, facts.

`score` and `facts` judge documents that exist; neither asks a model or writes anything.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tailor_lab.cli.common import AsJson, Home, MaxTokens, Timeout, note, open_lab, show
from tailor_lab.tailoring.documents.formats import readable, writable

if TYPE_CHECKING:
    from tailor_lab.tailoring import FactsReport, Resume
    from tailor_lab.tailoring.knowledge import Knowledge

FORMATS = readable()
PostingFile = Annotated[Path, typer.Option("--job", help=f"A job posting: {FORMATS}.")]
ResumeFile = Annotated[Path, typer.Option("--resume", help=f"A résumé: {FORMATS}.")]
ResumeOut = Annotated[
    Path | None, typer.Option("--out", help=f"Write the tailored résumé here: {writable()}.")
]


class FailIf(StrEnum):
    """What makes `facts` fail a build."""

    block = "block"
    review = "review"


class Mode(StrEnum):
    """How much a tailoring may change."""

    partial = "partial"
    full = "full"


class Findings(StrEnum):
    """What is done about claims that the source does not support."""

    warn = "warn"
    repair = "repair"
    revert = "revert"
    fail = "fail"


def tailor(
    resume: ResumeFile,
    job: PostingFile,
    mode: Annotated[Mode, typer.Option(help="partial keeps every entry; full may drop.")] = (
        Mode.partial
    ),
    prompt: Annotated[str, typer.Option(help="A prompt's name or file.")] = "grounded",
    target: Annotated[float | None, typer.Option(min=0, max=100, help="Target score.")] = None,
    out: ResumeOut = None,
    layers: Annotated[
        str | None, typer.Option(help="Of the prompt's layers only these, with commas.")
    ] = None,
    findings: Annotated[
        Findings,
        typer.Option(
            help="Unsupported claims: warn; repair asks again; revert restores; fail stops."
        ),
    ] = Findings.warn,
    show_sources: Annotated[
        bool, typer.Option("--show-sources", help="Show the source lines of each change.")
    ] = False,
    timeout: Timeout = None,
    max_tokens: MaxTokens = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Tailor one résumé to one job: scores, changes and facts.

    Example: tailor-lab tailor --resume me.pdf --job posting.txt --out tailored.docx
    """
    from tailor_lab.tailoring import load_job, load_resume
    from tailor_lab.tailoring.posting.swapped import mistaken_job

    with open_lab(home, timeout=timeout, max_tokens=max_tokens) as lab:
        source = load_resume(resume, knowledge=lab.knowledge)
        posting = load_job(job, knowledge=lab.knowledge)
        for warning in mistaken_job(posting):
            note(f"Note: {warning}")
        result = lab.tailor(
            source,
            posting,
            mode=mode.value,
            prompt=prompt,
            target_score=target,
            layers=None if layers is None else [name.strip() for name in layers.split(",")],
            findings=findings.value,
            out=out,
        )
        show(result.with_sources() if show_sources else result, result.to_dict, as_json=as_json)
        if out:
            note(f"Written: {out}, {out.with_suffix('.sources.json')}")


def score(
    resume: ResumeFile,
    job: PostingFile,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Score one résumé against one posting: each part, what is missing, what would raise it.

    Everything that the résumé says is believed; `facts` says what of it a source supports.

    Example: tailor-lab score --resume me.pdf --job posting.txt
    """
    from tailor_lab.tailoring import load_job
    from tailor_lab.tailoring import score as rate

    known = open_lab(home).knowledge
    result = rate(_read(resume, known), load_job(job, knowledge=known), knowledge=known)
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
    rules: Annotated[
        Path | None, typer.Option(help="A folder of your own wording rules (.yaml), used as well.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check a tailored résumé against its source: what it claims and the source does not support.

    A claim that blocks must not go out, one to review wants a look. Each is shown with its rule
    and the places of the source that it was held against.

    Example: tailor-lab facts me.pdf tailored.docx --job posting.txt --fail-if block
    """
    from tailor_lab.tailoring import load_job, verify
    from tailor_lab.tailoring.facts.phrases import load_rules, shipped_rules

    known = open_lab(home).knowledge
    own = () if rules is None else load_rules(rules)
    posting = None if job is None else load_job(job, knowledge=known)
    report = verify(
        _read(source, known),
        _read(tailored, known),
        job=posting,
        knowledge=known,
        rules=(*shipped_rules(), *own),
    )
    show(_told(report), lambda: _data(report), as_json=as_json)
    if (fail_if is FailIf.block and report.blocked) or (
        fail_if is FailIf.review and report.flagged
    ):
        raise typer.Exit(1)


def _read(path: Path, knowledge: "Knowledge") -> "Resume":
    """The résumé of a file; what could not be placed in it is said beside the result."""
    from tailor_lab.tailoring import load_resume

    resume = load_resume(path, knowledge=knowledge)
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
