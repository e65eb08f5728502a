"""The shipped data is what its README says: valid, invented, complete, and of the right length."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailor_lab.settings import shipped

DATA = shipped("data")
SHARED = Path(os.environ.get("TAILOR_LAB_SHARED_DATA", DATA.parents[1] / "shared" / "data"))
SCHEMA = SHARED / "resumes_jsonresume" / "schema.json"
RESUMES = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((DATA / "resumes").glob("*"))}
JOBS = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((DATA / "jobs").glob("*"))}


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


PAIRS, LABELS = lines("pairs.jsonl"), lines("job_labels.jsonl")
SESSIONS = lines("sessions.jsonl")
README = (DATA / "README.md").read_text("utf-8")


def texts(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner) if key != "$schema" else ()
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def level(resume_id: str) -> str:
    return resume_id.split("-")[1]


def test_there_is_enough_of_everything() -> None:
    assert len(RESUMES) >= 32
    assert len(JOBS) >= 32
    assert len(PAIRS) >= 96
    assert len({job["industry"] for job in JOBS.values()}) >= 8
    assert {job["level"] for job in JOBS.values()} == {"entry", "mid", "senior"}
    assert {level(name) for name in RESUMES} == {"entry", "mid", "senior"}


@pytest.mark.skipif(not SCHEMA.is_file(), reason=f"JSON Resume's schema is not at {SCHEMA}")
@pytest.mark.parametrize("name", RESUMES)
def test_a_resume_fits_the_published_schema(name: str) -> None:
    import jsonschema

    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(RESUMES[name])


@pytest.mark.parametrize("name", RESUMES)
def test_a_resume_is_about_an_invented_person_and_of_realistic_length(name: str) -> None:
    resume = RESUMES[name]
    words = sum(len(text.split()) for text in texts(resume))
    assert 190 <= words <= 700
    assert resume["basics"]["email"].endswith("@example.com")
    phone = resume["basics"].get("phone", "555-0100")
    assert re.search(r"555-01\d\d$", phone)
    for address in re.findall(r"https?://([^/\s\"]+)", " ".join(texts(resume))):
        assert address.endswith("example.com")


@pytest.mark.parametrize("name", JOBS)
def test_a_posting_is_complete_and_of_realistic_length(name: str) -> None:
    job = JOBS[name]
    assert job.keys() == {"id", "title", "company", "location", "industry", "level", "text"}
    assert job["id"] == name
    assert 250 <= len(job["text"].split()) <= 600


def test_every_posting_is_labelled_and_every_label_stands_in_its_text() -> None:
    assert [label["job"] for label in LABELS] == list(JOBS)
    for label in LABELS:
        text = JOBS[label["job"]]["text"].lower()
        skills = label["required_skills"] + label["preferred_skills"] + label["other_skills"]
        for skill in skills:
            assert skill.lower() in text, (label["job"], skill)
        assert len(set(skills)) == len(skills), label["job"]
        assert label["industry"] == JOBS[label["job"]]["industry"]


def test_pairs_resolve_and_use_every_resume_and_posting_at_least_twice() -> None:
    assert len({pair["id"] for pair in PAIRS}) == len(PAIRS)
    for pair in PAIRS:
        assert (DATA / pair["resume"]).stem == pair["resume_id"] in RESUMES
        assert (DATA / pair["job"]).stem == pair["job_id"] in JOBS
        assert 0 < pair["target_score"] <= 100
    for field, names in (("resume_id", RESUMES), ("job_id", JOBS)):
        used = Counter(pair[field] for pair in PAIRS)
        assert used.keys() == names.keys()
        assert min(used.values()) >= 2


def test_resumes_have_the_mess_of_real_ones() -> None:
    def count(test) -> int:
        return sum(bool(test(resume)) for resume in RESUMES.values())

    assert count(lambda r: "summary" not in r["basics"]) >= 4
    assert count(lambda r: any("location" not in w for w in r["work"])) >= 10
    employers = [[w["name"] for w in r["work"]] for r in RESUMES.values()]
    assert sum(len(set(names)) < len(names) for names in employers) >= 8


def test_the_counts_of_the_readme_are_those_of_the_data() -> None:
    rows = dict(re.findall(r"^\| ([^|`]+?) \| (\d+) \|", README, re.MULTILINE))
    for match, number in Counter(pair["match"] for pair in PAIRS).items():
        assert rows[match] == str(number)
    for industry, number in Counter(job["industry"] for job in JOBS.values()).items():
        assert rows[industry] == str(number)
    both = re.findall(r"^\| (entry|mid|senior) \| (\d+) \| (\d+) \|", README, re.MULTILINE)
    resumes = Counter(level(name) for name in RESUMES)
    jobs = Counter(job["level"] for job in JOBS.values())
    assert both == [(name, str(resumes[name]), str(jobs[name])) for name, _, _ in both]
    files = dict(re.findall(r"^\| `([^`]+)` \|.*\| (\d+) \|$", README, re.MULTILINE))
    counts = {
        "resumes/*.json": len(RESUMES),
        "jobs/*.json": len(JOBS),
        "job_labels.jsonl": len(LABELS),
        "pairs.jsonl": len(PAIRS),
        "sessions.jsonl": len(SESSIONS),
    }
    assert files == {name: str(number) for name, number in counts.items()}
