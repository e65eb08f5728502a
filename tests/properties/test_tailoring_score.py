"""What must hold of the match score for any résumé: changes that mean nothing change nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.tailoring import load_job, load_knowledge, score
from tailor_lab.tailoring.text.dates import Month
from tests.tailoring.candidates import JOB

AS_OF = Month(2025, 6)
FEW = settings(max_examples=60, deadline=None)
KNOWLEDGE = load_knowledge()
WANTED = sorted({n for r in load_job(JOB).requirements for g in r.skills for n in g})
SKILLS = sorted(name for name, skill in KNOWLEDGE.skills.items() if skill.kind != "soft")
VERBS = ["Built", "Ran", "Measured", "Taught", "Repaired", "Sold"]


@st.composite
def bullets(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(WANTED + SKILLS[::40]), min_size=0, max_size=3))
    return f"{draw(st.sampled_from(VERBS))} things with {', '.join(names) or 'care'}"


@st.composite
def resumes(draw: st.DrawFn) -> dict[str, Any]:
    work = [
        {
            "name": f"Employer {index}",
            "position": draw(st.sampled_from(["Data Engineer", "Nurse", "Teacher", "Analyst"])),
            "startDate": str(draw(st.integers(2005, 2024))),
            "highlights": draw(st.lists(bullets(), max_size=4)),
        }
        for index in range(draw(st.integers(1, 3)))
    ]
    return {
        "basics": {"name": "A Example", "email": "a@example.com"},
        "work": work,
        "skills": [
            {"name": "Skills", "keywords": draw(st.lists(st.sampled_from(SKILLS), max_size=5))}
        ],
    }


def value(resume: dict[str, Any]) -> float:
    return score(resume, JOB, as_of=AS_OF).value


@pytest.mark.slow
@FEW
@given(resume=resumes())
def test_the_score_is_between_0_and_100_and_the_same_each_time(resume: dict[str, Any]) -> None:
    first = score(resume, JOB, as_of=AS_OF)
    again = score(copy.deepcopy(resume), copy.deepcopy(JOB), as_of=AS_OF)
    assert 0 <= first.verified <= first.raw <= 100
    assert json.dumps(first.to_dict()) == json.dumps(again.to_dict())


@pytest.mark.slow
@FEW
@given(resume=resumes(), data=st.data())
def test_another_spelling_of_a_skill_changes_nothing(
    resume: dict[str, Any], data: st.DataObject
) -> None:
    spelled = copy.deepcopy(resume)
    keywords = spelled["skills"][0]["keywords"]
    for index, name in enumerate(keywords):
        # Names whose words a longer name beside them would swallow are another question.
        spellings = KNOWLEDGE.skills[name].aliases or (name,)
        keywords[index] = data.draw(st.sampled_from(spellings))
    assert abs(value(spelled) - value(resume)) < 1e-6


@pytest.mark.slow
@FEW
@given(resume=resumes(), seed=st.randoms(use_true_random=False))
def test_order_and_white_space_change_nothing(resume: dict[str, Any], seed: Any) -> None:
    moved = copy.deepcopy(resume)
    for entry in moved["work"]:
        seed.shuffle(entry["highlights"])
        entry["highlights"] = [f"  {text.replace(' ', '  ')} " for text in entry["highlights"]]
    seed.shuffle(moved["work"])
    seed.shuffle(moved["skills"][0]["keywords"])
    moved = dict(reversed(moved.items()))
    assert abs(value(moved) - value(resume)) < 1e-6


@pytest.mark.slow
@FEW
@given(resume=resumes(), skill=st.sampled_from(WANTED))
def test_adding_evidence_of_what_is_asked_for_never_lowers(
    resume: dict[str, Any], skill: str
) -> None:
    more = copy.deepcopy(resume)
    more["work"][0]["highlights"].append(f"Worked two years with {skill} in production")
    assert value(more) >= value(resume) - 1e-6


@pytest.mark.slow
@FEW
@given(resume=resumes())
def test_removing_a_bullet_never_raises(resume: dict[str, Any]) -> None:
    less = copy.deepcopy(resume)
    for entry in less["work"]:
        entry["highlights"] = entry["highlights"][1:]
    assert value(less) <= value(resume) + 1e-6


@pytest.mark.slow
@FEW
@given(resume=resumes(), keywords=st.lists(st.sampled_from(WANTED), min_size=1))
def test_unsupported_skills_gain_nothing_verified(
    resume: dict[str, Any], keywords: list[str]
) -> None:
    stuffed = copy.deepcopy(resume)
    stuffed["skills"].append({"name": "More", "keywords": keywords})
    paths = ["/skills/1/name", *(f"/skills/1/keywords/{i}" for i in range(len(keywords)))]
    result = score(stuffed, JOB, as_of=AS_OF, unsupported=paths)
    assert abs(result.verified - value(resume)) < 1e-6


@pytest.mark.slow
@FEW
@given(resume=resumes(), skill=st.sampled_from(WANTED))
def test_a_skill_that_is_no_longer_shown_costs_the_weight_of_what_asks_for_it(
    resume: dict[str, Any], skill: str
) -> None:
    more = copy.deepcopy(resume)
    more["work"][0]["highlights"].append(f"Worked two years with {skill} in production")
    shown, gone = score(more, JOB, as_of=AS_OF), score(resume, JOB, as_of=AS_OF)
    for index, importance in enumerate(("required", "preferred")):
        pairs = [
            (before, after)
            for before, after in zip(shown.requirements, gone.requirements, strict=True)
            if before.requirement.importance == importance
        ]
        total = sum(before.weight for before, _ in pairs)
        share = sum(before.weight * (before.credit - after.credit) for before, after in pairs)
        possible = shown.components[index].points_possible
        lost = shown.components[index].points - gone.components[index].points
        assert abs(lost - possible * share / total) < 1e-6
