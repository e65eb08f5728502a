"""What a résumé denies, wishes for or no longer holds earns nothing; what it has, everything."""

import pytest

from tailor_lab.tailoring import load_job, load_knowledge, load_resume, score
from tailor_lab.tailoring.scoring.profile import profile_of


def shown(text: str) -> set[str]:
    work = {"name": "Acme", "position": "Clerk", "startDate": "2019-01", "highlights": [text]}
    return set(profile_of(load_resume({"work": [work]}), load_knowledge()).skills)


@pytest.mark.parametrize(
    "text",
    [
        "No experience with Kubernetes",
        "I have not yet used Docker or Kubernetes.",
        "Not yet used: Kubernetes",
        "Kubernetes (not yet used)",
        "Kubernetes – want to learn",
        "Want to learn Kubernetes",
        "Keen to learn Kubernetes and Rust",
        "Hoping to move into Kubernetes",
        "I don't know Kubernetes",
        "Lacks exposure to Kubernetes",
        "Never worked with Kubernetes",
    ],
)
def test_what_is_denied_or_wished_for_is_no_evidence(text: str) -> None:
    assert "Kubernetes" not in shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "Migrated to Kubernetes with no downtime",
        "Not only used Kubernetes but taught it",
        "Never missed a release on Kubernetes",
        "No experience with Nomad, but ran Kubernetes",
        "Trained staff who had no experience with Kubernetes",
        "Had no experience with Kubernetes before 2019; runs 40 clusters now",
        "Kubernetes without manual steps",
    ],
)
def test_what_is_had_beside_a_denial_of_something_else_counts(text: str) -> None:
    assert "Kubernetes" in shown(text)


def test_a_denial_gains_nothing_at_all() -> None:
    job = load_job("Engineer\nRequirements:\n- Kubernetes\n- Docker")
    silent, denied = (
        score(load_resume({"work": [{"name": "X", "highlights": ["Wrote code", text]}]}), job)
        for text in ("Went home", "No experience with Kubernetes")
    )
    assert denied.value <= silent.value


def test_a_list_of_wishes_shows_nothing() -> None:
    def listed(name: str) -> set[str]:
        group = {"name": name, "keywords": ["Kubernetes"]}
        return set(profile_of(load_resume({"skills": [group]}), load_knowledge()).skills)

    assert listed("Want to learn") == set()
    assert listed("Machine learning tools") >= {"Kubernetes"}


def held(*certificates: dict[str, str]) -> set[str]:
    return set(
        profile_of(load_resume({"certificates": list(certificates)}), load_knowledge()).credentials
    )


@pytest.mark.parametrize(
    "name",
    [
        "CCRN – in progress",
        "CCRN (in progress)",
        "CCRN – expired 2015",
        "CCRN, lapsed",
        "Working towards CCRN",
        "Studying for the CCRN",
        "CCRN exam scheduled",
        "CCRN: exam booked for May",
        "Expired: CCRN",
        "CCRN (expected 2027)",
        "CCRN, not yet held",
        "Eligible for CCRN",
    ],
)
def test_a_certificate_that_is_not_or_no_longer_held_is_not_counted(name: str) -> None:
    assert "CCRN" not in held({"name": name})
    assert held({"name": f"BLS; {name}"}) == {"BLS"}


def test_a_note_in_another_field_of_the_certificate_counts_too() -> None:
    assert held({"name": "CCRN", "summary": "in progress"}, {"name": "BLS"}) == {"BLS"}


@pytest.mark.parametrize(
    "name",
    ["CCRN", "CCRN (active through 2031)", "CCRN, renewed 05/2023", "BLS in progress, CCRN"],
)
def test_a_certificate_that_is_held_counts(name: str) -> None:
    assert "CCRN" in held({"name": name})


def test_a_degree_in_progress_is_not_held_and_takes_no_licence_with_it() -> None:
    resume = load_resume(
        {
            "education": [{"institution": "Elm", "studyType": "MSN (in progress)"}],
            "certificates": [{"name": "RN, pursuing MSN"}],
        }
    )
    assert profile_of(resume, load_knowledge()).degree == 0
    assert set(profile_of(resume, load_knowledge()).credentials) == {"Registered Nurse"}


def test_two_languages_spoken_well_are_bilingual_and_one_is_not() -> None:
    def bilingual(*languages: tuple[str, str]) -> bool:
        data = {"languages": [{"language": name, "fluency": level} for name, level in languages]}
        return "bilingual communication" in profile_of(load_resume(data), load_knowledge()).skills

    assert bilingual(("Spanish", "native"), ("English", "Fluent"))
    assert not bilingual(("Spanish", "basic"), ("English", "native"))
    assert not bilingual(("English", "native"))


def test_bilingual_asks_for_both_languages() -> None:
    job = load_job("Nurse\nRequirements:\n- Bilingual English/Spanish")
    groups = {group for r in job.requirements for group in r.skills}
    assert groups == {("bilingual communication",), ("English",), ("Spanish",)}


def test_staffing_of_shifts_is_no_recruitment() -> None:
    job = load_job("Nurse Manager\nDuties:\n- Own staffing, scheduling and the unit budget")
    assert "recruitment" not in {name for r in job.requirements for g in r.skills for name in g}
