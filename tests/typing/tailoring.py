"""The score and the verifier, with what they give."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

from tailor_lab.tailoring import (
    Claim,
    FactsReport,
    Job,
    Resume,
    Score,
    load_job,
    load_resume,
    score,
    verify,
)

source: Mapping[str, Any] = {
    "basics": {"name": "Ada Example"},
    "work": [{"name": "Acme", "position": "Clerk", "highlights": ["Filed 12 forms a day"]}],
}
tailored: Mapping[str, Any] = {
    "basics": {"name": "Ada Example"},
    "work": [{"name": "Acme", "position": "Clerk", "highlights": ["Filed 120 forms a day"]}],
}
POSTING = "We need a clerk. You will file forms. Required: experience with filing and Excel."

resume, job = load_resume(source), load_job({"text": POSTING})
assert_type(resume, Resume)
assert_type(job, Job)

found = score(resume, job)
assert_type(found, Score)
assert_type(found.value, float)
assert_type(found.missing, tuple[str, ...])
assert_type(score(source, POSTING), Score)

report = verify(source, tailored, job=job)
assert_type(report, FactsReport)
for claim in report.blocked:
    assert_type(claim, Claim)


def from_files(folder: Path) -> None:
    assert_type(score(folder / "resume.pdf", folder / "posting.txt"), Score)


def refused() -> None:
    score(3, job)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    score(resume)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    verify(source, tailored, judge="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
