"""The summary for a pull request: the decision first, then all evidence, and no markup of users."""

import re
from pathlib import Path

import pytest

from tailor_lab import Experiment, Lab, Metric, Pipeline, Variant
from tailor_lab.report import pull_request_summary

HOSTILE = '<img src=x onerror="y"> | [x](javascript:y) **bold**'


def measured(number, add, waste):
    return {"gain": float(number % 5) + add, "waste": float(number % 3) + waste}


def compared(folder: Path, name: str, candidate: Variant) -> str:
    with Lab(folder / ".lab") as lab:
        result = lab.run(
            Experiment(
                "choice",
                items=[{"id": f"i{n}", "number": n} for n in range(60)],
                pipeline=Pipeline([measured]),
                variants=[Variant(name, parameters={"add": 0.0, "waste": 0.0}), candidate],
                primary=Metric("gain", margin=1.0),
                guardrails=[Metric("waste", margin=1.0, better="lower")],
                question=HOSTILE,
            ),
            progress=False,
        )
        return pull_request_summary(result, link="https://example.com/runs/1")


@pytest.mark.parametrize(
    ("add", "waste", "title", "guardrail"),
    [
        (3.0, 0.0, "choice: ship candidate", "| ✓ holds: "),
        (-3.0, 0.0, "choice: keep plain", "| ✓ holds: "),
        (3.0, 4.0, "choice: keep plain", "| ✗ does not hold: worse"),
    ],
)
def test_the_title_says_what_was_decided(tmp_path, add, waste, title, guardrail) -> None:
    candidate = Variant("candidate", parameters={"add": add, "waste": waste})
    text = compared(tmp_path, "plain", candidate)
    assert text.startswith(f"## {title}\n")
    rows = [line for line in text.splitlines() if line.startswith("| candidate |")]
    assert len(rows) == 2
    assert guardrail in rows[1]
    assert "120 runs, 0 failed" in text
    assert "(<https://example.com/runs/1>)" in text


def test_text_of_users_stays_text(tmp_path) -> None:
    candidate = Variant(HOSTILE, parameters={"add": 3.0, "waste": 0.0})
    text = compared(tmp_path, "plain", candidate)
    assert HOSTILE not in text
    assert re.findall(r"(?<!\\)<(?!https:|/?details|/?summary)", text) == []
    assert re.findall(r"(?<!\\)\[x|\*\*bold", text) == []
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {7}
