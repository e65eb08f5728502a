"""What a posting asks for is told apart from what else it says."""

import json
from pathlib import Path

import pytest

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job
from tests.tailoring.candidates import JOB
from tests.tailoring.real_data import real_data


def test_required_and_preferred_are_told_from_prose_and_benefits() -> None:
    job = load_job(JOB)
    texts = {r.text: r.importance for r in job.requirements}
    assert texts["Kubernetes in production"] == "required"
    assert texts["dbt and Terraform"] == "preferred"
    assert not any("paid leave" in text or "equal opportunity" in text for text in texts)
    kinds = {segment.kind for segment in job.analysis.segments}
    assert {"about", "duty", "required", "preferred", "benefits", "boilerplate"} <= kinds


def test_years_level_degree_and_certifications_are_read() -> None:
    job = load_job(JOB)
    assert job.years == 5
    assert job.level == "senior"
    assert job.degree == "bachelor's degree"
    assert job.analysis.degree_or_equivalent
    assert job.certifications == ("AWS certification",)
    assert job.industry == "data"


def test_alternatives_are_one_demand_and_a_list_is_several() -> None:
    skills = {r.text: r.skills for r in load_job(JOB).requirements}
    assert skills["Airflow, Dagster or Prefect"] == (("Apache Airflow", "Dagster", "Prefect"),)
    assert skills["Strong Python and SQL"] == (("Python",), ("SQL",))


def test_a_requirement_names_its_place_in_the_posting() -> None:
    job = load_job(JOB)
    for requirement in job.requirements:
        low, high = requirement.span
        assert requirement.text in job.text[low:high]


def test_ids_are_in_order_with_the_required_before_the_preferred() -> None:
    requirements = load_job(JOB).requirements
    assert [r.id for r in requirements] == [f"r{i}" for i in range(1, len(requirements) + 1)]
    importance = [r.importance for r in requirements]
    assert importance == sorted(importance, key=lambda i: i != "required")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5+ years of experience in sales", 5),
        ("at least three years working as a nurse", 3),
        ("3-5 years of experience", 3),
        ("minimum of 2 years' experience with Epic", 2),
        ("a company with 40 years of history", None),
        ("a two-year degree", None),
    ],
)
def test_years_are_those_of_experience(text: str, years: float | None) -> None:
    assert load_job({"text": f"Requirements\n- {text}"}).years == years


def test_a_posting_in_json_resume_form_is_read() -> None:
    job = load_job(real_data("resumes_jsonresume/sample.job.json"))
    assert job.title == "Web Developer"
    assert job.years == 3
    assert ("HTML",) in [group for r in job.requirements for group in r.skills]


def test_a_text_file_takes_its_title_from_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "nurse.txt"
    path.write_text(
        "Staff Nurse, Ward 7\n\nRequirements:\n- RN license required\n", encoding="utf-8"
    )
    job = load_job(path)
    assert (job.id, job.title) == ("nurse", "Staff Nurse, Ward 7")
    assert job.certifications == ("Registered Nurse",)
    assert job.requirements[0].kind == "certification"
    assert job.requirements[0].must


@pytest.mark.parametrize("content", ["", "  \n", '{"title": "Nurse"}', '{"text": " "}'])
def test_an_empty_posting_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="empty"):
        load_job(path)
    if not content.strip():
        with pytest.raises(InputError, match="empty"):
            load_job("\n")


def test_malformed_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"title": "Nurse",\n "text": Care}', encoding="utf-8")
    with pytest.raises(InputError, match=r"job\.json, line 2, column 10"):
        load_job(path)


def test_a_job_survives_its_mapping() -> None:
    job = load_job(JOB)
    assert load_job(json.loads(json.dumps(job.to_dict()))) == job


@pytest.mark.slow
def test_all_real_postings_are_analysed() -> None:
    import polars as pl

    table = pl.read_parquet(real_data("jd_hf853/jobs.parquet"))
    jobs = [
        load_job({"title": title, "text": text})
        for title, text in table.select("position_title", "job_description").iter_rows()
    ]
    assert len(jobs) == 853
    assert sum(bool(job.requirements) for job in jobs) >= 800
    assert sum(job.industry is not None for job in jobs) >= 800


def test_years_and_degrees_of_shipped_postings_are_read_as_their_labels_say() -> None:
    data = shipped("data")
    labels = [
        json.loads(line) for line in (data / "job_labels.jsonl").read_text("utf-8").splitlines()
    ]
    years = degrees = 0
    for label in labels:
        job = load_job(data / "jobs" / f"{label['job']}.json")
        years += job.years == label["years"]
        degrees += (job.degree or "")[:6] == (label["degree"] or "")[:6]
    assert years / len(labels) >= 0.9
    assert degrees / len(labels) >= 0.9


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Staff Nurse\n\nRequirements\n- Epic", "Staff Nurse"),
        ("Job description\nTitle: Staff Nurse\n- Epic", "Staff Nurse"),
        ("DESCRIPTION\n\nStaff Nurse\n- Epic", "Staff Nurse"),
        ("We are hiring!\nLine Cook\n- Grill", "Line Cook"),
        ("Minimum qualifications\n- BSN", ""),
        ("What you'll do\n- Cook", ""),
        ("- BSN\n- Epic", ""),
        ("WAREHOUSE SUPERVISOR. Grove City OH. We are growing! " * 3, "WAREHOUSE SUPERVISOR"),
    ],
)
def test_a_title_is_a_line_that_names_a_job_and_never_a_heading(text: str, title: str) -> None:
    assert load_job(text).title == title


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("Nurse\nMercy Valley Medical Center, Santa Fe, NM\n- Epic", "Santa Fe, NM"),
        ("Nurse – London, UK (hybrid)\n- Epic", "London, UK (hybrid)"),
        ("SUPERVISOR. Grove City OH. We are growing!\n- WMS", "Grove City OH"),
        ("Engineer\nRemote (US)\n- SQL", "Remote (US)"),
        ("Engineer\nLocation: Leeds\n- SQL", "Leeds"),
        ("Cook\nThe role is based in Portland, Oregon and pays well.", "Portland, Oregon"),
        ("Physician Assistant PA\n- Epic", None),
        ("Medical Assistant, MA\n- Epic", None),
        ("Engineer\nYou will manage remote teams.\n- SQL", None),
    ],
)
def test_a_place_needs_no_label(text: str, location: str | None) -> None:
    assert load_job(text).analysis.location == location


@pytest.mark.parametrize(
    ("line", "degree"),
    [
        ("BSN", "bachelor's degree"),
        ("BSN required", "bachelor's degree"),
        ("RN, BSN", "bachelor's degree"),
        ("J.D. required", "doctorate"),
        ("High school diploma or GED", "high school diploma"),
        ("See the JD for details", None),
        ("Experience with J.D. Edwards", None),
    ],
)
def test_the_letters_of_a_degree_are_a_demand(line: str, degree: str | None) -> None:
    job = load_job(f"Nurse\nRequirements:\n- {line}\n- Epic")
    assert job.degree == degree
    assert any(r.text in line for r in job.requirements)


def test_years_within_years_are_a_demand_of_their_own() -> None:
    job = load_job("Nurse\nRequirements:\n- At least five years of nursing, two of them in triage")
    assert job.years == 5
    assert [r.text for r in job.requirements] == [
        "At least five years of nursing",
        "two of them in triage",
    ]


def test_duties_without_a_known_skill_are_kept_in_their_words() -> None:
    duties = ["Lead a 32-bed unit and its night team", "Drive quality work on falls and sores"]
    job = load_job("Nurse\nWhat you'll do\n" + "".join(f"- {duty}\n" for duty in duties))
    assert [(r.text, r.kind) for r in job.requirements] == [(duty, "duty") for duty in duties]


def test_what_the_body_must_bear_is_no_demand_of_the_trade() -> None:
    job = load_job("Analyst\nRequirements\n- SQL\n\nPhysical requirements\n- Sitting at a desk")
    assert [r.text for r in job.requirements] == ["SQL"]


def test_a_wish_beside_the_pay_is_no_benefit() -> None:
    job = load_job("Clerk. Excel preferred but not needed. $24/hr, weekly pay, dental.")
    assert [(r.importance, r.skills) for r in job.requirements] == [
        ("preferred", (("Microsoft Excel",),))
    ]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3-5 yrs supervising", 3),
        ("two years driving a truck", 2),
        ("20 years serving the county", None),
    ],
)
def test_years_of_doing_something_are_experience(text: str, years: float | None) -> None:
    assert load_job({"text": f"Requirements\n- {text}"}).years == years
