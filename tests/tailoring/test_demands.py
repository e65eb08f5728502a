"""Years and degrees are read however a posting spells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.tailoring import load_job, load_knowledge
from tailor_lab.tailoring.posting.demands import (
    accepts_experience,
    degrees_named,
    least_degree,
    years_asked,
)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5+ years of experience in sales", 5),
        ("5 + years experience", 5),
        ("at least three years working as a nurse", 3),
        ("3-5 years of experience", 3),
        ("4–7 years in a similar role", 4),
        ("4 — 7 yrs experience", 4),
        ("two to four years of bookkeeping experience", 2),
        ("Two or three years' experience", 2),
        ("between 3 and 5 years of experience", 3),
        ("minimum of 2 years' experience with Epic", 2),
        ("a minimum of 3+ yrs", 3),
        ("Nursing: 5 yrs. min.", 5),
        ("5yrs exp", 5),
        ("Min. 6 yrs", 6),
        ("eight-plus years in warehousing", 8),
        ("10 plus years of leadership", 10),
        ("ten or more years in accounting", 10),
        ("at least a dozen years in the trade", 12),
        ("half a dozen years behind the wheel", 6),
        ("a couple of years as a cook", 2),
        ("three (3) years of experience", 3),
        ("3 (three) years of experience", 3),
        ("five (5+) years of progressively responsible experience", 5),
        ("3+ to 5 years of experience", 3),
        ("no less than 7 years of audit experience", 7),
        ("upwards of 5 years in design", 5),
        ("more than 4 years managing people", 4),
        ("5 or more years of experience", 5),
        ("one year of experience in a call centre", 1),
        ("a year of experience with Python", 1),
        ("a decade of experience in tunnels", 10),
        ("1.5 years of experience", 1.5),
        ("18 months of experience on the floor", 1.5),
        ("six months of experience", 0.5),
        ("fifteen years of experience", 15),
        ("5-year track record in sales", 5),
        ("7+ years in B2B sales, at least 3 of them in enterprise", 7),
        ("5 yrs. min.", 5),
        ("eight-plus years", 8),
        ("at least a dozen years", 12),
        ("4–7 years", 4),
        ("10 or more yrs", 10),
        ("five (5) or more years", 5),
        ("one to two years", 1),
        ("5+yrs", 5),
        ("two years plus", 2),
        ("10yrs+ in retail", 10),
        ("three-to-five years' experience", 3),
        ("half a decade of experience", 5),
        ("a decade and a half in finance", 15),
        ("Years of experience: 6", 6),
        ("12 months", None),
        ("or a technical degree with ten years in the trade", None),
        ("or equivalent experience such as an associate degree plus eight years at it", None),
        ("BS or equivalent and 5 years of experience", 5),
        ("led by Beto, nine years with us", None),
        ("several years", None),
        ("a bachelor's degree in accounting, or four years of such experience", None),
        ("a bachelor's degree and two years of experience", 2),
        ("a company with 40 years of history", None),
        ("a two-year degree", None),
        ("must be at least 18 years old", None),
        ("must be 21 years of age", None),
        ("within two years of hire", None),
        ("up to 5 years of experience", None),
        ("$50,000 a year and experience", None),
        ("founded twelve years ago by people with experience", None),
        ("a contract of 3 years", None),
    ],
)
def test_years_are_those_of_experience_in_any_spelling(text: str, years: float | None) -> None:
    assert years_asked([text], load_knowledge()) == years
    if years is None or years >= 1:
        assert load_job({"text": f"Requirements\n- {text}"}).years == years


WORDS = {
    number: word
    for word, number in zip(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        range(1, 11),
        strict=True,
    )
}


@given(
    low=st.integers(1, 10),
    high=st.integers(11, 20),
    lead=st.sampled_from(
        ["", "At least ", "A minimum of ", "Min. ", "No fewer than ", "You have "]
    ),
    shape=st.sampled_from(
        [
            *("{n}", "{n}+", "{n} +", "{n} plus", "{n}-plus", "{n} or more", "{n} ({d})"),
            *("{n} ({d}+)", "{n}-{h}", "{n} – {h}", "{n}—{h}", "{n} to {h}", "{n} or {h}"),
            "{n}+ to {h}",
        ]
    ),
    spelled=st.booleans(),
    unit=st.sampled_from(["years", "yrs", "yrs.", "Years", "years'"]),
    tail=st.sampled_from(
        [" of experience", " experience required", " in nursing", " as a cook", " working with SQL"]
    ),
)
def test_the_lower_bound_is_read_from_every_combination_of_forms(
    low: int, high: int, lead: str, shape: str, spelled: bool, unit: str, tail: str
) -> None:
    number = WORDS[low] if spelled else str(low)
    text = lead + shape.format(n=number, h=high, d=low) + f" {unit}{tail}"
    assert years_asked([text], load_knowledge()) == low


@pytest.mark.parametrize(
    ("text", "degree", "equivalent"),
    [
        ("Bachelor's degree or equivalent", "bachelor's degree", True),
        ("Bachelor’s degree (or equivalent experience)", "bachelor's degree", True),
        ("BS/BA in Economics or equivalent work experience", "bachelor's degree", True),
        ("BSc or 4 years of experience", "bachelor's degree", True),
        ("A bachelor's or relevant practical experience", "bachelor's degree", True),
        ("Experience in lieu of a bachelor's degree is accepted", "bachelor's degree", True),
        ("Bachelor's degree required", "bachelor's degree", False),
        ("Bachelor's or Master's degree in Statistics", "bachelor's degree", False),
        ("Master's degree, PhD welcome", "master's degree", False),
        ("High-school diploma or GED", "high school diploma", False),
        ("High school diploma or equivalent", "high school diploma", True),
        ("A degree in nursing", "bachelor's degree", False),
        ("University degree or equivalent", "bachelor's degree", True),
        ("Degree or equivalent experience", "bachelor's degree", True),
        ("4-year degree", "bachelor's degree", False),
        ("Associate's degree", "associate degree", False),
        ("Ph.D. in chemistry", "doctorate", False),
        ("A high degree of independence", None, False),
        ("Bachelor's or 4 yrs. of experience", "bachelor's degree", True),
        ("No degree needed", None, False),
        ("We do not ask for a degree", None, False),
        ("A degree is not required", None, False),
        ("A master's degree can count for two years", None, False),
        ("Prior employment as an MA is welcome", None, False),
        ("A bachelor's degree, or an associate degree and two years", "bachelor's degree", True),
        ("PhD or MSc in physics", "master's degree", False),
        ("Proficient in MS Office and MS Excel", None, False),
        ("Certified Scrum Master", None, False),
        ("Experience with JD Edwards or equivalent", None, False),
        ("Master data management", None, False),
        ("Excel or equivalent experience", None, False),
    ],
)
def test_an_equivalent_neither_replaces_a_degree_nor_asks_for_one(
    text: str, degree: str | None, equivalent: bool
) -> None:
    assert least_degree(text, load_knowledge()) == degree
    assert degrees_named([text], load_knowledge()) == (degree, equivalent)


def test_the_equivalent_of_a_tool_is_not_that_of_the_degree() -> None:
    demands = [
        "Bachelor's degree in finance",
        "Excel or equivalent",
        "SAP or equivalent experience",
    ]
    assert degrees_named(demands, load_knowledge()) == ("bachelor's degree", False)
    assert not accepts_experience(
        "Equivalent tools are fine; bachelor's degree required", load_knowledge()
    )


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("Bachelor's degree required, Master's preferred", "bachelor's degree"),
        ("Bachelor's degree (Master's degree preferred)", "bachelor's degree"),
        ("Bachelor's degree in Economics, Statistics or a related field preferred", None),
        ("Master's degree is a plus", None),
        ("BS in Engineering; MBA desirable", "bachelor's degree"),
    ],
)
def test_a_degree_that_is_preferred_is_not_demanded(text: str, degree: str | None) -> None:
    assert load_job({"text": f"Requirements\n- {text}\n- Python"}).degree == degree


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3 years of experience required, 5 years preferred", 3),
        ("3+ years of experience (8+ years preferred)", 3),
        ("4 years of experience in sales, ideally in software", 4),
        ("6 years of experience preferred", None),
    ],
)
def test_years_that_are_preferred_are_not_demanded(text: str, years: float | None) -> None:
    assert load_job({"text": f"Requirements\n- {text}\n- Python"}).years == years


def test_other_ways_to_meet_a_demand_are_not_demanded_too() -> None:
    job = load_job(
        {
            "text": "Requirements\nYou need one of the following:\n- a bachelor's degree; or\n"
            "- an associate degree and one year of experience; or\n- four years of experience\n"
        }
    )
    assert job.degree == "bachelor's degree"
    assert job.years is None
