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
from tests.llm.fixed_replies import FixedReplies, chat
from tests.llm.memory_cache import MemoryCache
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


GOOD_GRADES = {
    "relevance": {"reason": "Most of it.", "score": 4},
    "clarity": {"reason": "Short.", "score": 8},
}


@pytest.mark.parametrize(
    "answer",
    [
        GOOD_GRADES,
        {"grades": [{"criterion": name, **grade} for name, grade in GOOD_GRADES.items()]},
        {"grades": [{"name": f" {n.title()}", **grade} for n, grade in GOOD_GRADES.items()]},
        {"grades": GOOD_GRADES},
        {"rubric": GOOD_GRADES},
        {"Relevance": {"score": "4"}, "clarity": 8.0},
    ],
)
def test_grades_are_read_in_each_form_that_can_mean_one_thing(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    with FixedReplies(chat(json.dumps(answer))) as server:
        judged = grade(LLM("openai:m", settings=server.settings(tmp_path)), CRITERIA, STRONG)
        assert len(server.requests) == 1
    assert judged.scores == {"relevance": 4, "clarity": 8}


@pytest.mark.parametrize(
    "score", [9, 0, -1, 4.5, "9", "four", None, True, [4], {"score": 4}, 10**30]
)
def test_a_grade_off_its_scale_is_asked_for_again_and_never_kept(
    tmp_path: Path, score: Any
) -> None:
    criteria = [Criterion(name="clarity", question="Is it clear?")]
    scores = iter([score, 4])
    with FixedReplies(lambda _: chat(json.dumps({"clarity": {"score": next(scores)}}))) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), cache=MemoryCache(), retries=0)
        with pytest.raises(BadAnswerError, match="clarity"):
            grade(llm, criteria, STRONG)
        for _ in range(2):
            assert grade(llm, criteria, STRONG).value == 0.75
        assert len(server.requests) == 2


def test_two_different_grades_for_one_criterion_are_none(tmp_path: Path) -> None:
    twice = [{"criterion": "clarity", "score": score} for score in (3, 4)]
    with FixedReplies(chat(json.dumps({"grades": twice}))) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), retries=0)
        with pytest.raises(BadAnswerError, match="two different grades"):
            grade(llm, CRITERIA[1:], STRONG)


def test_the_schema_of_a_rubric_is_its_criteria_whatever_they_are_called(tmp_path: Path) -> None:
    names = ["Is it clear?", "model_config", "schema", "größe", "grades"]
    criteria = [Criterion(name=name, question="How?", low=0, high=3) for name in names]
    answer = json.dumps({name: {"reason": "r", "score": 3} for name in names})
    with FixedReplies(chat(answer)) as server:
        judged = grade(LLM("openai:m", settings=server.settings(tmp_path)), criteria, STRONG)
        sent = server.requests[0]["response_format"]["json_schema"]
    assert (judged.value, list(judged.scores)) == (1.0, names)
    assert (sent["name"], list(sent["schema"]["properties"])) == ("rubric", names)
    (scale,) = sent["schema"]["$defs"].values()
    assert (scale["properties"]["score"]["minimum"], scale["required"]) == (0, ["reason", "score"])
    assert scale["properties"]["score"]["maximum"] == 3


@pytest.mark.parametrize("winner", ["a", "A", " A. ", "Answer A", "[[A]]", '"A"', "**a**"])
def test_a_winner_is_read_in_any_case_and_dress(tmp_path: Path, winner: str) -> None:
    answers = iter([winner, "b"])
    with FixedReplies(
        lambda _: chat(json.dumps({"reason": "r", "winner": next(answers)}))
    ) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), retries=0)
        judged = compare_pair(llm, "Which?", STRONG, WEAK)
    assert (judged.winner, judged.consistent) == ("a", True)


@pytest.mark.parametrize("winner", ["C", "", None, "A or B", "AB", 1, ["A"], "neither A nor B"])
def test_a_winner_that_is_none_of_them_is_no_preference(tmp_path: Path, winner: Any) -> None:
    with FixedReplies(chat(json.dumps({"reason": None, "winner": winner}))) as server:
        llm = LLM("openai:m", settings=server.settings(tmp_path), retries=0)
        with pytest.raises(BadAnswerError, match="winner"):
            compare_pair(llm, "Which?", STRONG, WEAK)


def test_a_rubric_whose_criteria_cannot_be_told_apart_is_refused(llm: LLM) -> None:
    with pytest.raises(InputError, match='"clarity" twice'):
        grade(llm, [CRITERIA[1], CRITERIA[1]], STRONG)
    with pytest.raises(InputError, match="ends at 1, before it begins at 5"):
        grade(llm, [Criterion(name="clarity", question="?", low=5, high=1)], STRONG)


def test_nothing_to_judge_is_said(llm: LLM) -> None:
    with pytest.raises(InputError, match="at least one criterion"):
        grade(llm, [], STRONG)
    with pytest.raises(InputError, match="no judgements"):
        position_bias([])
