"""The tailoring pipeline on shipped items, from file to result."""

import json
from pathlib import Path

import pytest

from tailor_lab import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_resume, tailor, tailoring_pipeline, write_resume

RESUME = shipped("data/resumes/data-mid-analyst.json")
JOB = shipped("data/jobs/job-data-analyst-operations.json")


def test_the_result_holds_what_it_promises() -> None:
    result = tailor(RESUME, JOB, target_score=60)
    assert 0 <= result.score_before <= 100
    assert result.improvement == pytest.approx(result.score_after - result.score_before)
    assert result.target_met == (result.score_after >= 60)
    assert result.diff_count == len(result.diff) > 0
    assert result.tokens_used > 0
    assert result.cost_usd == 0
    assert result.duration_ms > 0
    assert result.performance.speedup > 0
    assert load_resume(result.resume).name == load_resume(RESUME).name
    json.dumps(result.to_dict(), default=str)


def test_the_same_input_gives_the_same_result() -> None:
    first, second = tailor(RESUME, JOB), tailor(RESUME, JOB)
    assert first.resume == second.resume
    assert first.score_after == second.score_after


def test_the_grounded_prompt_invents_nothing_and_the_careless_one_is_caught() -> None:
    grounded, careless = tailor(RESUME, JOB), tailor(RESUME, JOB, prompt="careless")
    assert grounded.unsupported_claims == 0
    assert careless.unsupported_claims > 0
    assert careless.score_after < careless.score_after_raw
    assert any("is unsupported" in warning for warning in careless.warnings)


def test_partial_mode_keeps_every_entry_and_full_mode_may_drop_bullets() -> None:
    source = load_resume(RESUME).data
    partial = tailor(RESUME, JOB, mode="partial").resume
    full = tailor(RESUME, JOB, mode="full").resume
    for before, after in zip(source["work"], partial["work"], strict=True):
        assert len(before["highlights"]) == len(after["highlights"])
    assert [entry["name"] for entry in full["work"]] == [e["name"] for e in source["work"]]
    assert full != partial


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".md"])
def test_other_formats_give_the_same_result_up_to_layout(tmp_path: Path, suffix: str) -> None:
    written = write_resume(load_resume(RESUME), tmp_path / f"resume{suffix}")
    from_json, from_file = tailor(RESUME, JOB), tailor(written, JOB)
    assert from_file.score_before == pytest.approx(from_json.score_before, abs=3)
    assert from_file.score_after == pytest.approx(from_json.score_after, abs=3)
    assert from_file.unsupported_claims == 0


def test_the_stages_run_in_the_order_that_they_need() -> None:
    graph = tailoring_pipeline().graph
    assert graph.parents["rewrite"] == {"validate", "requirements", "profile", "context"}
    assert graph.parents["result"] >= {"score_before", "score_after", "facts", "diff"}
    assert "facts" not in graph.parents["score_after"], "these two run side by side"


@pytest.mark.parametrize(
    ("resume", "job", "says"),
    [
        ("missing.pdf", JOB, "missing.pdf"),
        (RESUME, "missing.txt", "missing.txt"),
        (RESUME, {"title": "x", "text": " "}, "job"),
        ({"nothing": 1}, JOB, "résumé"),
    ],
)
def test_wrong_input_is_one_sentence(resume, job, says) -> None:
    with pytest.raises(InputError) as caught:
        tailor(resume, job)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InputError, match="use partial or full"):
        tailor(RESUME, JOB, mode="wild")
