"""What must hold of the score between documents: files, empty ones, stuffed ones, other spellings.

`test_tailoring_score.py` varies one résumé against one posting; here postings vary too, and what is
unsupported is what fact checking finds, not what the test says.
"""

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_resume, score, verify, write_resume
from tailor_lab.tailoring.knowledge import SOFT, load_knowledge
from tailor_lab.tailoring.scoring.settings import settings_of
from tailor_lab.tailoring.text.dates import Month

AS_OF = Month(2025, 6)
KNOWLEDGE = load_knowledge()
JOBS = [load_job(path) for path in sorted(shipped("data/jobs").glob("*.json"))]
RESUMES = [load_resume(path) for path in sorted(shipped("data/resumes").glob("*.json"))]
jobs, resumes = st.sampled_from(JOBS), st.sampled_from(RESUMES)
SOME = settings(max_examples=40, deadline=None)


def value(resume: Any, job: Any) -> float:
    return score(resume, job, as_of=AS_OF).value


@SOME
@given(job=jobs, name=st.text(max_size=20), summary=st.sampled_from(["", " ", "\n", "."]))
def test_an_empty_resume_scores_at_most_five_for_any_posting(
    job: Any, name: str, summary: str
) -> None:
    resume = {"basics": {"name": name or "A", "summary": summary}, "work": [], "skills": []}
    assert value(resume, job) <= 5


@pytest.mark.slow
@SOME
@given(resume=resumes, job=jobs)
def test_a_pasted_line_of_all_that_is_asked_for_gains_nothing_verified(
    resume: Any, job: Any
) -> None:
    stuffed = resume.to_dict()
    wanted = [n for r in job.requirements for group in r.skills for n in group]
    stuffed.setdefault("skills", []).append({"name": "Keywords", "keywords": wanted or ["tact"]})
    flagged = verify(resume, load_resume(stuffed), job=job).flagged
    result = score(stuffed, job, as_of=AS_OF, unsupported=flagged)
    # What the résumé shows in its prose may well be listed; nothing else may gain.
    honest = resume.to_dict()
    invented = {claim.path for claim in flagged}
    last = len(stuffed["skills"]) - 1
    kept = [n for i, n in enumerate(wanted) if f"/skills/{last}/keywords/{i}" not in invented]
    honest.setdefault("skills", []).append({"name": "Keywords", "keywords": kept or ["tact"]})
    assert result.verified <= value(honest, job) + 1e-6


@SOME
@given(resume=resumes, job=jobs)
def test_a_pasted_line_gains_no_more_than_a_list_is_worth_even_believed(
    resume: Any, job: Any
) -> None:
    stuffed = resume.to_dict()
    wanted = [n for r in job.requirements for group in r.skills for n in group]
    stuffed.setdefault("skills", []).append({"name": "Keywords", "keywords": wanted or ["tact"]})
    listed = settings_of(KNOWLEDGE)["evidence"]["listed"]
    before = score(resume, job, as_of=AS_OF).components
    after = score(stuffed, job, as_of=AS_OF).components
    for old, new in zip(before, after, strict=True):
        if old.value is not None and new.value is not None and "skills" in old.name:
            assert new.value <= old.value + listed + 1e-9
        if old.name == "lexical relevance":
            assert new.value == old.value


@pytest.mark.slow
@SOME
@given(resume=resumes, job=jobs, data=st.data())
def test_an_invented_bullet_gains_nothing_verified(
    resume: Any, job: Any, data: st.DataObject
) -> None:
    asked = [n for r in job.requirements for group in r.skills for n in group]
    shown = {match.skill for line in resume.lines() for match in KNOWLEDGE.matcher.find(line.text)}
    shown |= {broad for name in shown for broad in KNOWLEDGE.broader(name)}
    missing = [n for n in asked if n not in shown and KNOWLEDGE.skills[n].kind != SOFT]
    if not missing or not resume.data.get("work"):
        return
    invented = resume.to_dict()
    percent = data.draw(st.sampled_from([17, 43, 61]))
    line = f"Raised results by {percent}% with {data.draw(st.sampled_from(missing))}"
    invented["work"][0].setdefault("highlights", []).append(line)
    report = verify(resume, load_resume(invented), job=job)
    result = score(invented, job, as_of=AS_OF, unsupported=report.flagged)
    assert result.verified <= value(resume, job) + 1e-6


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(resume=resumes, job=jobs)
def test_a_resume_from_json_and_from_pdf_is_within_three_points(resume: Any, job: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        again = load_resume(write_resume(resume, Path(folder) / "resume.pdf"))
    assert value(again, job) == pytest.approx(value(resume, job), abs=3)


@SOME
@given(resume=resumes, job=jobs, seed=st.randoms(use_true_random=False))
def test_order_and_white_space_change_nothing_for_any_shipped_pair(
    resume: Any, job: Any, seed: Any
) -> None:
    moved = resume.to_dict()
    for section in ("work", "projects", "volunteer", "education", "certificates"):
        for entry in moved.get(section) or ():
            if entry.get("highlights"):
                seed.shuffle(entry["highlights"])
                entry["highlights"] = [f" {text}  " for text in entry["highlights"]]
        seed.shuffle(moved.get(section) or [])
    for group in moved.get("skills") or ():
        seed.shuffle(group.get("keywords") or [])
    moved = dict(reversed(moved.items()))
    assert value(moved, job) == pytest.approx(value(resume, job), abs=1e-6)


SPELT = [
    (skill.name, alias)
    for skill in KNOWLEDGE.skills.values()
    for alias in skill.aliases
    if skill.kind != SOFT and not {skill.name, alias} & set(skill.ambiguous)
]
"""Skills with another spelling; a name that is also an ordinary word is read by its context."""


@SOME
@given(resume=resumes, job=jobs, data=st.data())
def test_another_spelling_in_a_bullet_changes_nothing(
    resume: Any, job: Any, data: st.DataObject
) -> None:
    name, spelling = data.draw(st.sampled_from(SPELT))
    one, other = resume.to_dict(), resume.to_dict()
    other = copy.deepcopy(other)
    for document, word in ((one, name), (other, spelling)):
        document.setdefault("projects", []).append({"name": "P", "keywords": [word]})
    assert value(other, job) == pytest.approx(value(one, job), abs=1e-6)


@SOME
@given(resume=resumes, job=jobs, data=st.data())
def test_more_evidence_never_lowers_for_any_shipped_pair(
    resume: Any, job: Any, data: st.DataObject
) -> None:
    asked = [n for r in job.requirements for group in r.skills for n in group]
    if not asked or not resume.data.get("work"):
        return
    more = resume.to_dict()
    line = f"Worked with {data.draw(st.sampled_from(asked))} for two years"
    more["work"][0].setdefault("highlights", []).append(line)
    assert value(more, job) >= value(resume, job) - 1e-6
