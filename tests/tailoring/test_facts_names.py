"""Names, titles, degrees and certificates: what is appended is found, what is shortened passes."""

from typing import Any

import pytest

from tailor_lab.tailoring.facts import FactsReport, verify


def renamed(section: str, source: dict[str, Any], **fields: Any) -> FactsReport:
    return verify({section: [source]}, {section: [{**source, **fields}]})


@pytest.mark.parametrize(
    ("held", "claimed"),
    [
        ("BLS", "BLS and ACLS"),
        ("Basic Life Support (BLS)", "Basic Life Support (BLS); Pediatric Advanced Life Support"),
        ("RN, State of Ohio", "RN, State of Ohio and State of Utah"),
        ("Gas Safe Card (domestic)", "Gas Safe Card (domestic) and Oil Firing (OFTEC)"),
        ("Food Hygiene Level 2 (CIEH)", "Food Hygiene Level 3 (CIEH)"),
        ("PMP (in progress)", "PMP"),
    ],
)
def test_a_certificate_appended_or_raised_is_blocked(held: str, claimed: str) -> None:
    assert renamed("certificates", {"name": held}, name=claimed).blocked


@pytest.mark.parametrize(
    ("held", "issuer", "claimed"),
    [
        ("BLS and ACLS", "", "ACLS"),
        ("Food Hygiene Level 2", "CIEH", "CIEH Level 2 Food Hygiene"),
        ("Basic Life Support (BLS)", "", "BLS"),
        ("Gas Safe Card (ACS 12-4)", "", "ACS 12-4 (Gas Safe Card, domestic)"),
        ("Certified Public Accountant", "", "CPA, active"),
    ],
)
def test_a_certificate_may_be_told_shorter_turned_or_with_its_issuer(
    held: str, issuer: str, claimed: str
) -> None:
    source = {"name": held, "issuer": issuer} if issuer else {"name": held}
    assert not renamed("certificates", source, name=claimed).blocked


@pytest.mark.parametrize(
    ("studied", "claimed"),
    [
        ("PGCE", "Postgraduate Certificate in Education"),
        ("Higher National Diploma", "HND"),
        ("NVQ Level 2", "Level 2 NVQ"),
        ("Bachelor of Science", "Bachelor of Science in Nursing (BSN)"),
        ("Diploma", "Nursing Diploma"),
    ],
)
def test_a_qualification_may_be_spelt_out_turned_or_told_with_its_subject(
    studied: str, claimed: str
) -> None:
    source = {"institution": "Elm College", "studyType": studied, "area": "Nursing"}
    assert renamed("education", source, studyType=claimed).flagged == ()


@pytest.mark.parametrize("claimed", ["Master of Science in Nursing", "Level 4 NVQ", "Bachelor"])
def test_a_qualification_of_another_rank_is_blocked(claimed: str) -> None:
    source = {"institution": "Elm College", "studyType": "NVQ Level 2", "area": "Nursing"}
    assert renamed("education", source, studyType=claimed).blocked


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        ("University of New Mexico", "UNM"),
        ("UNM", "University of New Mexico"),
        ("University of New Mexico", "University of New Mexico (UNM)"),
        ("Univ. of Calif., Davis", "University of California, Davis"),
        ("Dist. Court, D. Md.", "District Court for the District of Maryland"),
    ],
)
def test_an_institution_may_be_abbreviated(name: str, claimed: str) -> None:
    source = {"institution": name, "studyType": "B.A.", "area": "History"}
    assert renamed("education", source, institution=claimed).flagged == ()


@pytest.mark.parametrize("claimed", ["UNH", "University of New Hampshire"])
def test_another_institution_is_blocked(claimed: str) -> None:
    source = {"institution": "University of New Mexico", "studyType": "B.A.", "area": "History"}
    assert renamed("education", source, institution=claimed).blocked


def test_a_headline_may_be_a_title_that_is_held_now_but_none_that_was() -> None:
    source = {
        "basics": {"label": "Nurse"},
        "work": [
            {"name": "Elm", "position": "Ward Sister", "startDate": "2020"},
            {"name": "Oak", "position": "Matron", "startDate": "2015", "endDate": "2019"},
        ],
    }
    assert not verify(source, {**source, "basics": {"label": "Ward Sister"}}).flagged
    assert verify(source, {**source, "basics": {"label": "Matron"}}).blocked


def test_initials_beside_the_very_words_of_a_title_add_nothing() -> None:
    source = {"name": "Elm", "position": "Health Care Assistant", "startDate": "2020"}
    assert not renamed("work", source, position="Health Care Assistant (HCA)").flagged
    assert renamed("work", source, position="Health Care Assistant (RGN)").blocked


TENURES = {
    "basics": {"name": "Ada"},
    "work": [
        {"name": "Elm Foods Ltd", "startDate": "2010-01", "endDate": "2017-12"},
        {"name": "Royal Mint", "startDate": "2004-01", "endDate": "2009-12"},
    ],
}


@pytest.mark.parametrize(
    ("summary", "flagged"),
    [
        ("Eight years at Elm Foods and six at the Royal Mint.", False),
        ("Six years at the Royal Mint, then eight years at Elm Foods.", False),
        ("Six years at Elm Foods and eight at the Royal Mint.", True),
        ("Fourteen years at Elm Foods.", True),
        ("Fourteen years of experience.", False),
    ],
)
def test_years_belong_to_the_employer_named_behind_them(summary: str, flagged: bool) -> None:
    tailored = {**TENURES, "basics": {"name": "Ada", "summary": summary}}
    assert bool(verify(TENURES, tailored).blocked) is flagged


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        ("Trained two bakers and a baker's apprentice", "Staff training"),
        ("Line-manage three cooks", "Line management"),
        ("Ran the HACCP audit", "Hazard Analysis and Critical Control Points"),
        ("Mentored apprentices", "Mentorship"),
    ],
)
def test_a_deed_may_be_listed_as_a_skill_and_initials_spelt_out(told: str, listed: str) -> None:
    source = {"work": [{"name": "Elm", "highlights": [told]}]}
    tailored = {**source, "skills": [{"name": "Skills", "keywords": [listed]}]}
    assert verify(source, tailored).flagged == ()


def test_initials_may_be_spelt_out_in_prose() -> None:
    source = {"work": [{"name": "Elm", "highlights": ["Wrote the COSHH sheets for the plant"]}]}
    told = "Wrote the Control of Substances Hazardous to Health (COSHH) sheets for the plant"
    tailored = {"work": [{"name": "Elm", "highlights": [told]}]}
    assert verify(source, tailored).flagged == ()


@pytest.mark.parametrize(
    ("section", "before", "after"),
    [
        ("skills", "Point of Sale", "POS"),
        ("skills", "Enterprise resource planning", "ERP"),
        ("skills", "Zonal heat recovery", "ZHR"),
        ("certificates", "NEBOSH Certificate", "NEBOSH Certificate"),
        (
            "certificates",
            "IOSH Member",
            "Institution of Occupational Safety and Health (IOSH) Member",
        ),
    ],
)
def test_initials_and_the_words_that_they_stand_for_are_one_name(section, before, after) -> None:
    def resume(name: str) -> dict[str, Any]:
        if section == "skills":
            return {"skills": [{"name": "Tools", "keywords": [name]}]}
        return {"certificates": [{"name": name}]}

    job = "We want POS, ERP, ZHR and IOSH members."
    assert not verify(resume(before), resume(after), job=job).flagged
    assert verify(resume("Filing"), resume(after), job=job).flagged
