"""Wording that claims more than its source: figures, deeds, outcomes, leaks, levels."""

from typing import Any

import pytest

from tailor_lab.tailoring.facts import FactsReport, verify

POSTING = "Depot manager. You know cold chain logistics, tachograph law and route optimisation."


def reworded(said: str, claimed: str) -> FactsReport:
    source: dict[str, Any] = {"work": [{"name": "Hale Haulage", "highlights": [said]}]}
    tailored = {"work": [{"name": "Hale Haulage", "highlights": [claimed]}]}
    return verify(source, tailored, job=POSTING)


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Load 12 000 parcels", "Load 120 000 parcels"),
        ("Sort 300 letters an hour", "Sort 300 letters a minute and 900 an hour"),
        ("Visit 6 farms a month", "Visit 6 farms a week"),
        ("Bake 80 loaves a day", "Bake 80 loaves an hour"),
        ("Answer 40 calls", "Answer 40 calls a day"),
        ("Drive a van", "Drive a van, for more than a decade"),
        ("Sew curtains", "Sew a gross of curtains"),
        ("Sew curtains", "Sew curtains thrice as fast"),
        ("Sew curtains", "Sew two dozen curtains"),
        ("Built fences", "Built fences within a week"),
        ("Rate of returns fell from 9% to 7%", "Rate of returns: 9–5%"),
        ("Lead a crew of 9, 70 stops on a Friday", "Lead a crew of 29, 70 stops on a Friday"),
    ],
)
def test_a_figure_that_the_source_does_not_bear_is_flagged(said: str, claimed: str) -> None:
    assert reworded(said, claimed).blocked


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Load 12,000 parcels", "Load 12 000 parcels"),
        ("Load 12 000 parcels", "Load 12\u2009000 parcels"),
        ("Visit 6 farms a month", "Visit 6 farms every month"),
        ("Visit 6 farms a month", "Visit 72 farms a year"),
        ("Bake 80 loaves a day", "Bake 80 loaves daily"),
        ("Daily, bake 80 loaves", "Bake 80 loaves a day"),
        ("Sew a dozen curtains", "Sew 12 curtains"),
        ("Rate of returns fell from 9% to 7%", "Rate of returns: 9–7%"),
    ],
)
def test_a_figure_may_be_spelt_otherwise(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged == ()


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Helped rebuild the sorting line", "Rebuilt the sorting line"),
        ("Assisted with the tender for the airport", "Won the tender for the airport"),
        ("Contributed to the safety manual", "Authored the safety manual"),
        ("Participated in the launch of night routes", "Rolled out night routes"),
        ("Supported the buyer on a fuel contract", "Negotiated a fuel contract"),
        ("Co-led the depot move", "Led the depot move"),
        ("Second-chaired the hearing", "First-chaired the hearing"),
        ("Stood in for the assistant manager", "Stood in for the manager"),
    ],
)
def test_a_deed_without_its_modest_word_wants_review(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Assisted customers at the counter", "Served customers at the counter"),
        ("Helped rebuild the sorting line", "Supported the rebuilding of the sorting line"),
        ("Participated in the launch of night routes", "Took part in the launch of night routes"),
        ("Led the depot move", "Headed the depot move"),
        ("Built the depot's roster", "Designed and built the depot's roster"),
        ("Collaborated with the port on permits", "Partnered with the port on permits"),
    ],
)
def test_a_deed_may_be_told_by_another_verb_of_its_size(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged == ()


@pytest.mark.parametrize(
    "added",
    [
        ", the quickest in the county",
        ", none of them returned",
        ", a team that won the regional cup",
        ", without a single complaint",
        " and was never late",
        ", all promoted since",
        ", with zero accidents",
    ],
)
def test_an_outcome_told_in_words_wants_review(added: str) -> None:
    assert reworded("Trained the night drivers", f"Trained the night drivers{added}").flagged


def test_an_outcome_that_the_source_tells_is_its_own() -> None:
    said = "Drove the longest route without a single accident"
    claimed = "Without a single accident, drove the longest route"
    assert reworded(said, claimed).flagged == ()


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Settled most claims in a day", "Settled nearly all claims in a day"),
        ("Repaired some of the vans", "Repaired every van"),
        ("Was part of the crew that set up the depot", "Set up the depot"),
        ("Catalogued parts with a volunteer", "Catalogued parts with a team of volunteers"),
        ("Assisted visitors at the gate", "Trained visitors at the gate"),
    ],
)
def test_more_than_the_source_tells_wants_review_without_any_figure(
    said: str, claimed: str
) -> None:
    assert reworded(said, claimed).flagged


@pytest.mark.parametrize("leak", ["cold chain logistics", "tachograph law", "optimisation"])
def test_words_of_the_posting_leak_in_lower_case_too(leak: str) -> None:
    report = reworded("Planned the routes", f"Planned the routes with {leak}")
    assert any(claim.reason == "jd_leak" for claim in report.flagged)


def test_a_word_put_beside_one_of_the_source_wants_review() -> None:
    said, claimed = "Repaired diesel engines", "Repaired diesel and hybrid engines"
    assert [claim.text for claim in reworded(said, claimed).flagged] == ["hybrid"]


@pytest.mark.parametrize("keyword", ["Advanced Excel", "Expert in Excel", "Excel, proficient"])
def test_how_well_a_skill_is_known_needs_the_source(keyword: str) -> None:
    source = {"skills": [{"name": "Office", "keywords": ["Excel", "Advanced first aid"]}]}
    tailored = {"skills": [{"name": "Office", "keywords": [keyword]}]}
    assert verify(source, tailored).flagged


def test_how_well_a_skill_is_known_needs_the_source_in_prose_too() -> None:
    said, claimed = "Kept the rota in Excel", "Kept the rota with advanced Excel"
    assert [claim.rule for claim in reworded(said, claimed).flagged] == ["skill.level"]


def test_a_skill_of_the_posting_is_one_claim_and_one_that_is_implied_is_none() -> None:
    job = "We want statistics and data visualization."
    source = {
        "basics": {"summary": "Analyst."},
        "skills": [{"name": "Tools", "keywords": ["Power BI"]}],
    }
    told = "Analyst with experience in data visualization and statistics."
    tailored = {**source, "basics": {"summary": told}}
    flagged = [(claim.kind, claim.text) for claim in verify(source, tailored, job=job).flagged]
    assert flagged == [("skill", "statistics")]
