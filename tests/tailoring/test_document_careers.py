"""Whole careers as people outside software write them: headings, dates, employers, schools."""

from typing import Any

import pytest

from tailor_lab.tailoring import load_resume

HEAD = "Ada Example\nada@example.com\n\n"


def read(text: str) -> dict[str, Any]:
    return load_resume(f"{HEAD}{text}").to_dict()


def entry(line: str) -> dict[str, Any]:
    """The one entry of work that a line with a bullet below it is."""
    made: list[dict[str, Any]]
    made = read(f"EXPERIENCE\n\n{line}\n- Cared for 12 patients\n\nSKILLS\nEpic\n")["work"]
    assert [item.pop("highlights") for item in made] == [["Cared for 12 patients"]]
    return made[0]


def study(line: str) -> dict[str, Any]:
    made: list[dict[str, Any]] = read(f"EDUCATION\n\n{line}\n\nSKILLS\nEpic\n")["education"]
    assert len(made) == 1
    return made[0]


STYLES = {"marked": "## {}", "with a colon": "{}:", "in capitals": None}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize(
    "heading",
    [
        *("Forestry Experience", "Selected Legal Experience", "Experience and Impact"),
        *("Naval Service", "Employment Record", "Places I've worked", "Professional History"),
        *("On the ward", "Summary of experience"),
    ],
)
def test_whatever_a_career_is_called_it_is_work(heading: str, style: str | None) -> None:
    head = style.format(heading) if style else heading.upper()
    data = read(f"{head}\nNurse, Acme Clinic, 2015 - 2017\n- Cared\n\nEDUCATION\nBSN, 2014\n")
    assert [job["name"] for job in data["work"]] == ["Acme Clinic"]
    assert data["basics"] == {"name": "Ada Example", "email": "ada@example.com"}


@pytest.mark.parametrize(
    "heading",
    [
        *("Licences & Registrations", "Trade Certificates", "Bar Admissions", "TICKETS"),
        *("Trainings attended", "Professional Development", "Continuing Legal Education"),
        *("Credentials", "Certifications and Courses"),
    ],
)
def test_whatever_certificates_are_called_they_are_certificates(heading: str) -> None:
    data = read(f"## Skills\nEpic\n\n## {heading}\n- BLS, Heart Association, 2023\n- RN, Ohio\n")
    assert [item["name"] for item in data["certificates"]] == ["BLS, Heart Association", "RN, Ohio"]


def test_a_heading_read_by_its_words_is_named_so_that_no_word_is_lost() -> None:
    resume = load_resume(f"{HEAD}FORESTRY EXPERIENCE\nRanger, Pine Park, 2015 - 2017\n- Planted\n")
    assert resume.warnings == ("Read as work: FORESTRY EXPERIENCE",)


def test_an_unknown_heading_in_capitals_ends_the_entries_above_it() -> None:
    data = read(
        "EXPERIENCE\n\nNurse, Acme Clinic, 2015 - 2017\n- Cared\n\n"
        "BITS AND BOBS\nRuns a choir of forty people\n"
    )
    assert data["other"] == [{"name": "BITS AND BOBS", "lines": ["Runs a choir of forty people"]}]


@pytest.mark.slow
def test_an_employer_in_capitals_is_no_heading() -> None:
    data = read(
        "EXPERIENCE\n\nHARBOUR BANK\nCashier\n2015 - 2017\n- Counted\n\n"
        "ELM STORES\nClerk, 2013 - 2015\n- Stacked\n"
    )
    assert [job["name"] for job in data["work"]] == ["HARBOUR BANK", "ELM STORES"]


def test_parts_of_an_entry_are_neither_its_place_nor_its_bullets() -> None:
    (job,) = read(
        "EXPERIENCE\n\nHARBOUR BANK\nCashier   2015 - 2017\nKEY ACHIEVEMENTS\n- Counted\n"
        "RESPONSIBILITIES\n- Smiled\n"
    )["work"]
    assert job["highlights"] == ["Counted", "Smiled"]
    assert "location" not in job


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("Ruth B. Okafor, Esq.", "12 Elm Street, Leeds"),
        ("Ann Example, RN, BSN", "ann@example.com"),
        ("Paul Example Jr.", "paul@example.com"),
    ],
)
def test_a_name_keeps_what_stands_behind_it(name: str, rest: str) -> None:
    data = load_resume(f"{name}\n{rest}\n\nSKILLS\nTact\n").to_dict()
    assert data["basics"]["name"] == name


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        (", Summer 2016", "2016-06", "2016-08"),
        (", 2016", "2016", "2016"),
        (", May 2016", "2016-05", "2016-05"),
        (" (Autumn 2016)", "2016-09", "2016-11"),
        (" | Q3 2016", "2016-07", "2016-09"),
        (", 2016 onwards", "2016", None),
        (", until 2016", None, "2016"),
        (", FY15–FY16", "2015", "2016"),
        (", early 2016 – mid-2017", "2016-01", "2017-08"),
        (", Hilary 2016", "2016-01", "2016-03"),
        (", 2016 (8 weeks)", "2016", "2016"),
        (", Winter 2016/17", "2016-12", "2017-02"),
        (", 2016 to 2018, full-time", "2016", "2018"),
        (", février 2016 – août 2017", "2016-02", "2017-08"),
        (" — '15 – '16", "2015", "2016"),
    ],
)
def test_one_date_at_the_end_of_a_line_is_the_entrys(
    written: str, start: str | None, end: str | None
) -> None:
    made = entry(f"Nurse, Acme Clinic{written}")
    assert (made["position"], made["name"]) == ("Nurse", "Acme Clinic")
    assert (made.get("startDate"), made.get("endDate")) == (start, end)


def test_a_span_that_runs_backwards_dates_nothing_and_is_kept() -> None:
    made = entry("Nurse, Acme Clinic, 2017 – 2015")
    assert made == {"position": "Nurse", "name": "Acme Clinic", "summary": "2017 – 2015"}


@pytest.mark.parametrize(
    "sentence",
    [
        "- Wrote the handover tool that was adopted in 2016",
        "- Won the ward's prize, 2016",
        "Won the ward's prize, 2016",
        "Moved the clinic to a new house in March 2016.",
    ],
)
def test_a_sentence_that_ends_in_a_year_begins_no_entry(sentence: str) -> None:
    data = read(f"EXPERIENCE\n\nNurse, Acme Clinic, 2015 - 2017\n- Cared\n{sentence}\n- Taught\n")
    assert len(data["work"]) == 1


def test_a_year_alone_below_a_long_bullet_ends_its_sentence() -> None:
    told = "Ran the night shift of a ward of forty beds with the plan that we all had written in"
    (job,) = read(f"EXPERIENCE\n\nNurse, Acme Clinic, 2015 - 2017\n- {told}\n2016\n- Taught\n")[
        "work"
    ]
    assert job["highlights"] == [f"{told} 2016", "Taught"]


AMERICAN = """EXPERIENCE
Blue Ridge Orchards                                Asheville, NC
Harvest Supervisor                                 May 2019 - Present
- Led a crew of 30 through three harvests and kept every one of them safe on ladders, in rain and
in heat
- Kept the books
Creek Mill Co-op                                   Boone, NC
Miller                                             2016 - 2019
- Ground corn
Apple Days                                         Sylva, NC
Stand Assistant                                    Summer 2015
- Sold cider
EDUCATION
Haywood College                                    Clyde, NC
Associate of Applied Science in Horticulture       2016
Tuscola High School                                Waynesville, NC
Diploma                                            2014
"""


def test_employers_and_schools_may_follow_each_other_without_a_blank_line() -> None:
    data = read(AMERICAN)
    assert [(job["name"], job["location"], job["startDate"]) for job in data["work"]] == [
        ("Blue Ridge Orchards", "Asheville, NC", "2019-05"),
        ("Creek Mill Co-op", "Boone, NC", "2016"),
        ("Apple Days", "Sylva, NC", "2015-06"),
    ]
    assert [len(job["highlights"]) for job in data["work"]] == [2, 1, 1]
    assert [(e["institution"], e["studyType"], e["endDate"]) for e in data["education"]] == [
        ("Haywood College", "Associate of Applied Science", "2016"),
        ("Tuscola High School", "Diploma", "2014"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Charge Nurse, 7 South, Lakeside Hospital, Duluth, MN, 2019 - 2020",
            ("Charge Nurse, 7 South", "Lakeside Hospital", "Duluth, MN"),
        ),
        ("Clerk — Grocer's — '17 – '19", ("Clerk", "Grocer's", None)),
        (
            "Army – Signals, Field Technician, 2009–2015",
            ("Field Technician", "Army – Signals", None),
        ),
        ("Painter, Corporal, Royal Guards, 2009–2015", ("Painter, Corporal", "Royal Guards", None)),
        ("Chef, The Elm Tree, Cork, 2009–2015", ("Chef", "The Elm Tree", "Cork")),
        ("Example & Sons, Sales Rep, 2010-2012", ("Sales Rep", "Example & Sons", None)),
    ],
)
def test_who_and_where_are_told_apart(line: str, expected: tuple[str | None, ...]) -> None:
    made = entry(line)
    assert (made.get("position"), made.get("name"), made.get("location")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BSW, Elm State University, 2016", ("BSW", None, "Elm State University", None)),
        (
            "Elm College, B.A. in Dance, summa cum laude, 2016",
            ("B.A.", "Dance", "Elm College", "summa cum laude"),
        ),
        (
            "BSc (Hons) Zoology – 2:2 – University of Elm – 2016",
            ("BSc (Hons)", "Zoology", "University of Elm", "2:2"),
        ),
        (
            "Master of Fine Arts at University of California, Davis · 2016",
            ("Master of Fine Arts", None, "University of California, Davis", None),
        ),
        ("Diploma | Elm H.S. | 2016", ("Diploma", None, "Elm H.S.", None)),
        (
            "MBA @ Elm Business School, 2016 (GPA 3.9)",
            ("MBA", None, "Elm Business School", "GPA 3.9"),
        ),
        ("Certificate in Plumbing, UCLA, 2016", ("Certificate", "Plumbing", "UCLA", None)),
    ],
)
def test_education_on_one_line_is_told_apart(line: str, expected: tuple[str | None, ...]) -> None:
    made = study(line)
    keys = ("studyType", "area", "institution", "score")
    assert tuple(made.get(key) for key in keys) == expected
    assert made["endDate"] == "2016"


def test_the_names_of_columns_are_never_an_entry() -> None:
    data = read(
        "EXPERIENCE\nEmployer | Role | Dates\nDepot Ltd | Packer | 2018 – 2020\n"
        "Elm Ltd | Driver | 2020 – now\n\n"
        "TRAINING\nProvider | Course | Year\nElm | First aid | 2019\n"
    )
    assert [(job["name"], job["position"]) for job in data["work"]] == [
        ("Depot Ltd", "Packer"),
        ("Elm Ltd", "Driver"),
    ]
    assert data["certificates"] == [{"name": "First aid", "issuer": "Elm", "date": "2019"}]


def test_certificates_in_a_row_are_several_and_an_expiry_is_no_date_of_theirs() -> None:
    data = read("LICENSES\nForklift (exp. 08/2025) · First aid, 2019; Crane (lapsed 2016)\n")
    assert data["certificates"] == [
        {"name": "Forklift (exp. 08/2025)"},
        {"name": "First aid", "date": "2019"},
        {"name": "Crane (lapsed 2016)"},
    ]


def test_lines_underlined_are_headings() -> None:
    text = "Ada Example\n===========\nada@example.com\n\nSkills\n------\nTact, Epic\n"
    data = load_resume(text).to_dict()
    assert data["basics"]["name"] == "Ada Example"
    assert data["skills"][0]["keywords"] == ["Tact", "Epic"]


def test_a_row_below_the_names_of_columns_is_a_row_whatever_it_says() -> None:
    text = (
        "Ada Example\n\n## Experience\n\n| Achievements | Area |\n|---|---|\n| school | award |\n"
    )
    resume = load_resume(text)
    told = f"{resume.to_dict()} {resume.warnings}"
    assert "school" in told
    assert "award" in told
