"""`tailor-lab score` and `tailor-lab facts`: documents that exist are judged as they are."""

import json
from pathlib import Path

import pytest

from tests.test_cli import JOB, RESUME
from tests.test_cli import run_here as run


@pytest.fixture
def inflated(tmp_path: Path) -> Path:
    """The résumé with a number that grew and a skill that nobody has seen."""
    data = json.loads(RESUME.read_text(encoding="utf-8"))
    data["work"][0]["highlights"].append("Saved 4,711 hours with COBOL")
    path = tmp_path / "inflated.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_score_tells_parts_what_is_missing_and_what_would_raise_it(tmp_path: Path) -> None:
    done = run("score", "--resume", RESUME, "--job", JOB, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in ("ATS match score", "required skills", "missing: ", "what would raise it"):
        assert told in done.stdout
    data = json.loads(run("score", "--resume", RESUME, "--job", JOB, "--json", cwd=tmp_path).stdout)
    assert {"value", "components", "missing", "advice", "version"} <= data.keys()
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_facts_shows_each_unsupported_claim_with_its_rule_and_the_sources_words(
    tmp_path: Path, inflated: Path
) -> None:
    done = run("facts", RESUME, inflated, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4,711" in done.stdout
    assert "\n  rule " in done.stdout
    told = json.loads(run("facts", RESUME, inflated, "--json", cwd=tmp_path).stdout)
    assert told["blocked"] >= 1
    assert {"rule", "spans", "path", "verdict"} <= told["flagged"][0].keys()


def test_facts_fails_a_build_only_where_it_is_asked_to(tmp_path: Path, inflated: Path) -> None:
    for severity in ("block", "review"):
        assert run("facts", RESUME, inflated, "--fail-if", severity, cwd=tmp_path).returncode == 1
        assert run("facts", RESUME, RESUME, "--fail-if", severity, cwd=tmp_path).returncode == 0
    assert run("facts", RESUME, inflated, "--fail-if", "never", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "--resume", "gone.pdf", "--job", JOB],
        ["score", "--resume", RESUME],
        ["facts", RESUME, "gone.pdf"],
        ["facts", RESUME],
        ["facts", RESUME, RESUME, "--job", "gone.txt"],
    ],
)
def test_wrong_input_is_a_sentence_and_exit_code_2(arguments, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["score", "facts"])
def test_help_is_one_screen_with_an_example(command: str, tmp_path: Path) -> None:
    told = run(command, "--help", cwd=tmp_path).stdout
    assert f"Example: tailor-lab {command}" in told
    assert len(told.splitlines()) <= 40


PERSON = """Ada Example
ada@example.com | (212) 555-0142

Experience
Nurse, Mercy Hospital, 2017 - 2021
- Looked after eight patients a night

Education
Diploma of Nursing, Elm College, 2016
"""
POSTING = """Staff Nurse

Requirements
- You must have an RN licence
- ACLS is required

Benefits
- $40 an hour; we offer 401(k)
"""


@pytest.mark.parametrize("command", ["score", "tailor"])
def test_documents_given_the_wrong_way_round_are_warned_of(command: str, tmp_path: Path) -> None:
    (tmp_path / "person.txt").write_text(PERSON, encoding="utf-8")
    (tmp_path / "posting.txt").write_text(POSTING, encoding="utf-8")
    right = run(command, "--resume", "person.txt", "--job", "posting.txt", cwd=tmp_path)
    assert "exchanged" not in right.stdout + right.stderr
    wrong = run(command, "--resume", "person.txt", "--job", "person.txt", cwd=tmp_path)
    assert "The job reads like a résumé, not a posting" in wrong.stdout + wrong.stderr
