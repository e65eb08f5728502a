"""Every text of a tailored résumé is verified, wherever it stands."""

import copy
from typing import Any

import pytest

from tailor_lab.tailoring import load_job, load_resume, score
from tailor_lab.tailoring.facts import FactsReport, verify

POSTING = """Head Gardener
We look after a walled garden of national importance.
Requirements
- RHS Level 3 Diploma
- Experience in greenhouse propagation and arboriculture
- PA1 and PA6 spraying certificates
- Budgeting, volunteer coordination, AutoCAD
"""
RESUME: dict[str, Any] = {
    "basics": {"name": "Wen Ashby", "location": {"city": "Bath"}},
    "work": [
        {
            "name": "Prior Park",
            "position": "Gardener",
            "location": "Bath",
            "startDate": "2019-03",
            "highlights": ["Prune 40 fruit trees", "Look after the kitchen garden"],
        }
    ],
    "education": [
        {"institution": "Kew", "studyType": "Certificate", "courses": ["Soil science"]},
    ],
    "certificates": [{"name": "First Aid at Work"}],
    "skills": [{"name": "Garden", "keywords": ["Pruning", "Composting"]}],
    "interests": [{"name": "Bell ringing"}],
    "references": [{"name": "H. Moss", "reference": "Careful and never late."}],
    "other": [
        {
            "name": "Tickets",
            "lines": [
                "PA1 spraying – in progress",
                "Deputy chair of the allotment society since 2018, 60 plots",
            ],
        }
    ],
}
WANTED = ["arboriculture", "greenhouse propagation", "AutoCAD", "budgeting", "RHS Level 3 Diploma"]


def changed(**sections: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RESUME), **sections}


def with_work(**fields: Any) -> dict[str, Any]:
    return changed(work=[{**RESUME["work"][0], **fields}])


def with_lines(*lines: str) -> FactsReport:
    return verify(RESUME, changed(other=[{"name": "Tickets", "lines": list(lines)}]), job=POSTING)


LIES = {
    "keywords of an entry": with_work(keywords=WANTED),
    "another place of work": with_work(location="Versailles"),
    "courses": changed(education=[{**RESUME["education"][0], "courses": WANTED}]),
    "a remark on a course of study": changed(
        education=[{**RESUME["education"][0], "summary": "Top of the class in arboriculture"}]
    ),
    "interests": changed(interests=[{"name": name} for name in WANTED]),
    "a changed reference": changed(
        references=[{"name": "H. Moss", "reference": "Careful, never late, and a born leader."}]
    ),
    "a new reference": changed(references=[{"name": "R. Fern", "reference": "Simply the best."}]),
    "unplaced lines": changed(other=[{"name": "Tickets", "lines": WANTED}]),
    "the posting, unplaced": changed(other=[{"name": "N", "lines": POSTING.splitlines()}]),
    "the posting as a reference": changed(references=[{"name": "H. Moss", "reference": POSTING}]),
    "a heading of skills": changed(
        skills=[{"name": ", ".join(WANTED), "keywords": ["Pruning", "Composting"]}]
    ),
    "a level of skill": changed(
        skills=[{"name": "Garden", "level": "Master", "keywords": ["Pruning", "Composting"]}]
    ),
    "a key that nobody knows": changed(extra={"note": ["Chartered arboriculture consultant"]}),
    "another town": changed(basics={"name": "Wen Ashby", "location": {"city": "London"}}),
    "dates of an entry without a name": changed(
        work=[*RESUME["work"], {"startDate": "2005-01", "endDate": "2019-02"}]
    ),
}


@pytest.mark.parametrize("what", LIES)
def test_a_lie_is_flagged_wherever_it_stands(what: str) -> None:
    assert verify(RESUME, LIES[what], job=POSTING).flagged


@pytest.mark.parametrize("what", LIES)
def test_a_lie_earns_no_verified_points_wherever_it_stands(what: str) -> None:
    job = load_job(POSTING)
    honest = score(load_resume(RESUME), job)
    report = verify(RESUME, LIES[what], job=job)
    gamed = score(load_resume(LIES[what]), job, unsupported=report.flagged)
    assert gamed.verified <= honest.verified


def test_texts_that_only_change_their_order_or_their_case_are_supported() -> None:
    other = [{"name": "TICKETS", "lines": RESUME["other"][0]["lines"][::-1]}]
    tailored = changed(other=other, interests=[{"name": "bell-ringing"}])
    assert verify(RESUME, tailored, job=POSTING).flagged == ()


def test_keywords_of_an_entry_may_say_what_the_source_shows() -> None:
    assert verify(RESUME, with_work(keywords=["Pruning", "kitchen garden"])).flagged == ()


def test_a_plain_heading_of_skills_claims_nothing() -> None:
    tailored = changed(skills=[{"name": "Core skills", "keywords": ["Pruning", "Composting"]}])
    assert verify(RESUME, tailored).flagged == ()


@pytest.mark.parametrize(
    "line",
    [
        "PA1 spraying",
        "Chair of the allotment society since 2018, 60 plots",
        "Deputy chair of the allotment society since 2011, 60 plots",
        "Deputy chair of the allotment society since 2018, 160 plots",
        "Treasurer of the Royal Horticultural Society",
    ],
)
def test_an_unplaced_line_is_held_against_the_line_that_it_rewords(line: str) -> None:
    assert with_lines(line).flagged


@pytest.mark.parametrize(
    "line",
    [
        "PA1 spraying, in progress",
        "Since 2018 deputy chair of the allotment society (60 plots)",
        "Look after the kitchen garden",
    ],
)
def test_an_unplaced_line_may_be_said_otherwise(line: str) -> None:
    assert with_lines(line).flagged == ()


def test_what_another_field_says_is_still_to_come_is_part_of_a_certificate() -> None:
    source = {"certificates": [{"name": "Chainsaw Ticket", "summary": "in progress"}]}
    assert verify(source, {"certificates": [{"name": "Chainsaw Ticket"}]}).blocked
    assert not verify(source, source).flagged
