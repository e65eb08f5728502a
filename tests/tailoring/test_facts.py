"""The verifier of facts: what is invented is found, what is only said otherwise passes."""

import copy
from typing import Any

import pytest

from tailor_lab.tailoring.edits import resolve
from tailor_lab.tailoring.facts import verify

RESUME: dict[str, Any] = {
    "basics": {
        "name": "Ines Example",
        "label": "Charge Nurse",
        "email": "ines@example.com",
        "summary": "Critical care nurse at the bedside since 2012.",
    },
    "work": [
        {
            "name": "Lake Regional Medical Corporation",
            "position": "Sr. Charge Nurse",
            "startDate": "2016-06",
            "endDate": "2022-06",
            "highlights": [
                "Run shifts of 12 nurses in a 24-bed ICU",
                "Raised bundle compliance by 30% in a year",
                "Contributed to the sepsis programme",
                "Saved $2M on supplies with Power BI reports",
                "Cut waits by up to 20%",
            ],
        },
        {
            "name": "St. Brendan Hospital",
            "position": "Nurse Intern",
            "startDate": "2012-01",
            "endDate": "2014-12",
            "highlights": ["Cared for 5 patients a shift", "Filed charts in PostgreSQL"],
        },
    ],
    "education": [{"institution": "Ohio State University", "area": "Nursing", "studyType": "B.S."}],
    "certificates": [{"name": "Certified Public Accountant (CPA)", "issuer": "State board"}],
    "languages": [{"language": "Spanish", "fluency": "Conversational"}],
    "skills": [{"name": "Tools", "keywords": ["Epic", "KPI"]}],
}
FIRST = "/work/0/highlights"

FABRICATED = [
    ("F1", f"{FIRST}/1", "Raised bundle compliance by 45% in a year"),
    ("F2", f"{FIRST}/0", "Run shifts of 120 nurses in a 24-bed ICU"),
    ("F2", f"{FIRST}/0", "Run shifts of dozens of nurses in a 24-bed ICU"),
    ("F3", f"{FIRST}/3", "Saved $2B on supplies with Power BI reports"),
    ("F4", f"{FIRST}/2", "Contributed to the sepsis programme, lowering deaths by 11%"),
    ("F5", "/work/1/position", "Senior Nurse"),
    ("F5", "/basics/summary", "Director of nursing. Critical care nurse since 2012."),
    ("F6", "/work/0/position", "Sr. Charge Nurse and Educator"),
    ("F7", "/basics/summary", "Critical care nurse since 2012, formerly with Mayo Clinic."),
    ("F8", "/work/1/name", "Cleveland Clinic"),
    ("F9", "/work/1/endDate", "2016-05"),
    ("F9", "/basics/summary", "Critical care nurse at the bedside since 2007."),
    ("F10", "/basics/summary", "Critical care nurse with twenty years of experience."),
    ("F10", "/basics/summary", "Critical care nurse with over two decades of experience."),
    ("F11", "/education/0/studyType", "M.S."),
    ("F11", "/education/0/studyType", "B.A."),
    ("F11", "/basics/summary", "Critical care nurse who holds a PhD in Nursing."),
    ("F12", "/education/0/institution", "Yale University"),
    ("F12", "/basics/summary", "Critical care nurse who studied at Yale University since 2012."),
    ("F13", "/basics/summary", "CISSP-certified critical care nurse at the bedside."),
    ("F15", "/skills/0/keywords/0", "Kubernetes"),
    ("F15", "/skills/0/keywords/1", "KPI, InDesign"),
    ("F16", f"{FIRST}/2", "Contributed to the sepsis programme in Tableau"),
    ("F17", f"{FIRST}/2", "Led the sepsis programme"),
    ("F18", f"{FIRST}/2", "Contributed to the sepsis programme with a team of 40"),
    ("F19", f"{FIRST}/2", "Contributed to the company-wide sepsis programme"),
    ("F20", f"{FIRST}/2", "Contributed to the sepsis programme, winning a safety award"),
    ("F21", "/work/1/highlights/0", "Cared for 5 patients a shift, saving $2M on supplies"),
    ("F22", f"{FIRST}/4", "Cut waits by 20%+"),
    ("F22", f"{FIRST}/1", "Raised bundle compliance by over 30% in a year"),
    ("F23", "/languages/0/fluency", "Native"),
    ("F23", "/basics/summary", "Critical care nurse at the bedside with a security clearance."),
    ("F24", "/work/1/position", "Nurse"),
    ("F24", "/work/1/highlights/0", "Cared for 5 patients a shift in a permanent position"),
]
LEGITIMATE = [
    ("L2", f"{FIRST}/0", "Ran shifts of 12 nurses in a 24-bed ICU"),
    ("L3", f"{FIRST}/3", "Saved $2,000,000 on supplies with Power BI reports"),
    ("L4", f"{FIRST}/1", "Raised bundle compliance by 30 percent in a year"),
    ("L5", f"{FIRST}/0", "Run shifts of twelve nurses in a 24-bed ICU"),
    ("L5", f"{FIRST}/0", "Run shifts of a dozen nurses in a 24-bed ICU"),
    ("L6", f"{FIRST}/1", "In a year, raised bundle compliance by 30%"),
    ("L8", f"{FIRST}/0", "Run shifts of 12 nurses in a 24-bed ICU. Cut waits by up to 20%"),
    ("L11", "/skills/0/keywords/0", "Power BI"),
    ("L12", "/work/0/startDate", "June 2016"),
    ("L13", "/education/0/studyType", "Bachelor of Science"),
    ("L14", "/work/0/name", "Lake Regional Medical Corp."),
    ("L15", "/certificates/0/name", "CPA"),
    ("L17", f"{FIRST}/1", "Raised bundle compliance by about 30% in a year"),
    ("L18", "/work/0/position", "Senior Charge Nurse"),
    ("L19", "/skills/0/keywords/1", "key performance indicator (KPI)"),
    ("L21", "/basics/summary", "Critical care nurse with 9 years of experience."),
    ("L22", "/skills/0/keywords/0", "SQL"),
]


def changed(path: str, value: str) -> dict[str, Any]:
    tailored = copy.deepcopy(RESUME)
    parent, _, key = path.rpartition("/")
    holder = resolve(tailored, parent)
    holder[int(key) if isinstance(holder, list) else key] = value
    return tailored


@pytest.mark.parametrize(("kind", "path", "value"), FABRICATED)
def test_a_fabrication_is_flagged_in_its_entry(kind: str, path: str, value: str) -> None:
    entry = "/".join(path.split("/")[:3])
    flagged = verify(RESUME, changed(path, value)).flagged
    assert any(claim.path.startswith(entry) for claim in flagged), kind


@pytest.mark.parametrize(("kind", "path", "value"), LEGITIMATE)
def test_a_legitimate_edit_is_not_blocked(kind: str, path: str, value: str) -> None:
    report = verify(RESUME, changed(path, value))
    assert not report.blocked, f"{kind}: {report}"


def test_the_job_is_never_evidence() -> None:
    report = verify(RESUME, changed("/skills/0/keywords/0", "Kubernetes"), job="Kubernetes wanted")
    assert [claim.reason for claim in report.blocked] == ["jd_leak"]


def test_a_figure_of_another_employer_is_misattributed() -> None:
    tailored = changed("/work/1/highlights/0", "Cared for 5 patients a shift, saving $2M")
    assert "misattributed" in {claim.verdict for claim in verify(RESUME, tailored).blocked}


def test_a_claim_says_where_it_stands_and_what_the_source_says() -> None:
    tailored = changed(f"{FIRST}/1", "Raised bundle compliance by 45% in a year")
    (claim,) = verify(RESUME, tailored).blocked
    assert claim.span is not None
    assert resolve(tailored, claim.path)[slice(*claim.span)].strip() == "45%"
    assert [span.text.strip() for span in claim.spans] == ["30%"]


def test_a_figure_of_nought_is_compared_without_dividing_by_it() -> None:
    source = {"work": [{"name": "A", "highlights": ["Found 0 defects"]}]}
    tailored = {"work": [{"name": "A", "highlights": ["Found about 3 defects"]}]}
    assert verify(source, tailored).blocked


def test_a_judge_advises_and_overrules_nothing() -> None:
    tailored = changed("/work/1/name", "Cleveland Clinic")
    alone, judged = verify(RESUME, tailored), verify(RESUME, tailored, judge=lambda claim: "fine")
    assert [c.advice for c in judged.flagged] == ["fine"] * len(alone.flagged)
    assert [(c.verdict, c.severity) for c in judged.claims] == [
        (c.verdict, c.severity) for c in alone.claims
    ]


def test_a_block_leaves_little_confidence_and_none_leaves_it_whole() -> None:
    tailored = changed("/work/1/name", "Cleveland Clinic")
    assert verify(RESUME, RESUME).confidence == 1.0
    assert verify(RESUME, tailored).confidence < 0.2


@pytest.mark.parametrize(
    ("said", "reworded"),
    [
        ("Cut costs by 30%", "Cut costs by 30 pct"),
        ("Cut costs by 30%", "Made a 30-percent cut in costs"),
        ("Ran trials from Mar 2019", "Ran trials from March 2019"),
        ("Holds a Six Sigma belt", "Six Sigma belt"),
    ],
)
def test_another_spelling_is_no_new_claim(said: str, reworded: str) -> None:
    def resume(line: str) -> dict[str, Any]:
        return {"work": [{"name": "Acme", "position": "Planner", "highlights": [line]}]}

    assert verify(resume(said), resume(reworded)).flagged == ()


@pytest.mark.parametrize(
    ("bullet", "listed", "supported"),
    [
        ("Kept a list of open tickets", "Offline-First", False),
        ("Wrote the page with SEO in view", "Search engine optimization", True),
    ],
)
def test_the_initials_of_a_skill_support_it_only_as_capitals(
    bullet: str, listed: str, supported: bool
) -> None:
    source = {"work": [{"name": "Lake", "position": "Clerk", "highlights": [bullet]}]}
    tailored = {**source, "skills": [{"name": "Skills", "keywords": [listed]}]}
    flagged = [claim for claim in verify(source, tailored).claims if claim.severity != "info"]
    assert (not flagged) == supported
