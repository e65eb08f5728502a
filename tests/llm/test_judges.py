"""Judges: both orders, ties, the place's share in the verdict, grades on their scales."""

import json
from pathlib import Path
from typing import Any

import pytest

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM
from tailor_lab.llm.errors import BadAnswerError
from tailor_lab.llm.judges import Criterion, compare_pair, grade, position_bias
from tailor_lab.settings import Settings
from tests.llm.server import Server

CONTEXT: dict[str, Any] = {
    "resume": {"skills": [{"keywords": ["Python", "SQL", "Docker", "Kafka"]}]},
    "job": {"title": "Engineer", "text": "Python, SQL, Docker, Kafka and Terraform."},
}
STRONG = "Engineer with Python, SQL, Docker and Kafka."
WEAK = "Engineer with Python."
INVENTED = "Engineer with Python, SQL and Terraform, Terraform."
CRITERIA = [
    Criterion(name="relevance", question="Does it show what the job asks for?"),
    Criterion(name="clarity", question="Is it clear?", low=0, high=10),
]


@pytest.fixture
def llm(settings: Settings) -> LLM:
    return LLM(settings=settings)


@pytest.mark.parametrize(("a", "b", "winner"), [(STRONG, WEAK, "a"), (WEAK, STRONG, "b")])
def test_the_better_answer_wins_wherever_it_stands(llm: LLM, a: str, b: str, winner: str) -> None:
    judgement = compare_pair(llm, "Which summary?", a, b, **CONTEXT)
    assert (judgement.winner, judgement.consistent) == (winner, True)
    assert judgement.cost_usd == 0.0


def test_an_answer_tied_with_itself_is_a_tie(llm: LLM) -> None:
    judgement = compare_pair(llm, "Which?", STRONG, STRONG, **CONTEXT)
    assert (judgement.winner, judgement.consistent, judgement.score) == ("tie", True, 0.5)


def test_a_verdict_that_follows_the_place_is_a_tie_and_counted_as_bias(llm: LLM) -> None:
    judgement = compare_pair(llm, "Which?", WEAK, "Engineer with SQL.", **CONTEXT)
    assert (judgement.winner, judgement.consistent) == ("tie", False)
    fair = compare_pair(llm, "Which?", STRONG, WEAK, **CONTEXT)
    bias = position_bias([judgement, fair])
    assert (bias.n, bias.consistent, bias.first, bias.second) == (2, 0.5, 0.5, 0.0)


def test_what_is_invented_counts_against_an_answer(llm: LLM) -> None:
    assert compare_pair(llm, "Which?", INVENTED, STRONG, **CONTEXT).winner == "b"


def test_a_rubric_gives_each_criterion_a_grade_on_its_scale(llm: LLM) -> None:
    judged = grade(llm, CRITERIA, STRONG, **CONTEXT)
    assert judged.scores == {"relevance": 4, "clarity": 8}
    assert judged.value == pytest.approx((0.75 + 0.8) / 2)
    assert judged.value > grade(llm, CRITERIA, WEAK, **CONTEXT).value


@pytest.mark.parametrize(
    ("grades", "message"),
    [
        ([], 'no grade for "relevance"'),
        ([{"criterion": "relevance", "reason": "", "score": 9}], "the grade 9"),
    ],
)
def test_a_grade_outside_its_scale_is_no_grade(
    server: Server, tmp_path: Path, grades: list[dict[str, Any]], message: str
) -> None:
    server.reply = json.dumps({"grades": grades})
    llm = LLM("openai:m", settings=server.settings(tmp_path), retries=0)
    with pytest.raises(BadAnswerError, match=message):
        grade(llm, CRITERIA, STRONG)


def test_nothing_to_judge_is_said(llm: LLM) -> None:
    with pytest.raises(InputError, match="at least one criterion"):
        grade(llm, [], STRONG)
    with pytest.raises(InputError, match="no judgements"):
        position_bias([])
