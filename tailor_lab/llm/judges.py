"""Judges: a model that compares two answers, or grades one by a rubric.

Models prefer what they see first or last, so a pair is always judged in both orders: the same
winner twice is a preference, anything else a tie. How often the place decided is reported
(`position_bias`), because a judge whose verdict follows the place measures nothing.
Source: Zheng et al. (2023), "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", §3.4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from tailor_lab.errors import InputError
from tailor_lab.llm.client import LLM
from tailor_lab.llm.errors import BadAnswerError
from tailor_lab.llm.prompting.prompts import Prompt

if TYPE_CHECKING:
    from tailor_lab.llm.completion import Completion

Winner = Literal["a", "b", "tie"]


class Preference(BaseModel):
    """What the pairwise judge answers."""

    reason: str
    winner: Literal["A", "B", "tie"]


class Grade(BaseModel):
    """What the rubric judge says of one criterion."""

    criterion: str
    reason: str
    score: int


class Rubric(BaseModel):
    """What the rubric judge answers."""

    grades: list[Grade]


class Criterion(BaseModel):
    """Something to grade by, on a scale of whole numbers."""

    name: str
    question: str
    low: int = 1
    high: int = Field(default=5, description="the best grade")


@dataclass(frozen=True)
class PairJudgement:
    """Which of two answers was preferred, judged in both orders."""

    winner: Winner
    consistent: bool
    """Whether both orders gave the same winner."""
    a_first: Winner
    """The winner when a was shown first."""
    b_first: Winner
    """The winner when b was shown first."""
    reasons: tuple[str, str]
    cost_usd: float | None

    @property
    def score(self) -> float:
        """1 where b wins, 0 where a wins, one half for a tie: a metric per item."""
        return {"a": 0.0, "tie": 0.5, "b": 1.0}[self.winner]


@dataclass(frozen=True)
class RubricJudgement:
    """The grades of one answer."""

    scores: Mapping[str, int]
    reasons: Mapping[str, str]
    value: float
    """Mean of the scores, each as a share of its scale: from 0 to 1."""
    cost_usd: float | None


@dataclass(frozen=True)
class PositionBias:
    """How much the place of an answer decided, over many judgements."""

    n: int
    consistent: float
    """Share of pairs with the same winner in both orders."""
    first: float
    """Share of pairs in which the one shown first won both times."""
    second: float
    """Share of pairs in which the one shown second won both times."""


def compare_pair(
    llm: LLM,
    question: str,
    a: Any,
    b: Any,
    *,
    prompt: Prompt | None = None,
    replicate: int = 0,
    **context: Any,
) -> PairJudgement:
    """Which of two answers the model prefers, asked in both orders; `context`: resume, job.

    Raises an `LLMError` where either order could not be judged.
    """
    prompt = prompt or Prompt.load("judge-pairwise")
    answers: list[Completion] = []
    for shown_a, shown_b in ((a, b), (b, a)):
        messages = prompt.render(question=question, answer_a=shown_a, answer_b=shown_b, **context)
        answers.append(
            llm.complete(messages, Preference, replicate=replicate, **messages.parameters)
        )
    straight: Mapping[str, Winner] = {"A": "a", "B": "b", "tie": "tie"}
    swapped: Mapping[str, Winner] = {"A": "b", "B": "a", "tie": "tie"}
    a_first = straight[answers[0].value.winner]
    b_first = swapped[answers[1].value.winner]
    return PairJudgement(
        winner=a_first if a_first == b_first else "tie",
        consistent=a_first == b_first,
        a_first=a_first,
        b_first=b_first,
        reasons=(answers[0].value.reason, answers[1].value.reason),
        cost_usd=_sum(answer.cost_usd for answer in answers),
    )


def grade(
    llm: LLM,
    criteria: Sequence[Criterion],
    answer: Any,
    *,
    prompt: Prompt | None = None,
    replicate: int = 0,
    **context: Any,
) -> RubricJudgement:
    """The model's grades of an answer; `context`: resume, job.

    Raises `BadAnswerError` where a criterion has no grade or one outside its scale.
    """
    if not criteria:
        raise InputError("A rubric needs at least one criterion.")
    prompt = prompt or Prompt.load("judge-rubric")
    listed = [criterion.model_dump() for criterion in criteria]
    messages = prompt.render(criteria=listed, answer=answer, **context)
    completion = llm.complete(messages, Rubric, replicate=replicate, **messages.parameters)
    given: dict[str, Grade] = {g.criterion: g for g in completion.value.grades}
    shares = []
    for criterion in criteria:
        one = given.get(criterion.name)
        if one is None or not criterion.low <= one.score <= criterion.high:
            said = "no grade" if one is None else f"the grade {one.score}"
            raise BadAnswerError(
                f'{llm.target.name} gave {said} for "{criterion.name}"; its scale is '
                f"{criterion.low} to {criterion.high}. Try again, or another judge."
            )
        shares.append((one.score - criterion.low) / max(criterion.high - criterion.low, 1))
    return RubricJudgement(
        scores={c.name: given[c.name].score for c in criteria},
        reasons={c.name: given[c.name].reason for c in criteria},
        value=sum(shares) / len(shares),
        cost_usd=completion.cost_usd,
    )


def position_bias(judgements: Iterable[PairJudgement]) -> PositionBias:
    """How often the place decided.

    >>> seen = PairJudgement("tie", False, "a", "b", ("", ""), 0.0)
    >>> position_bias([seen]).first
    1.0
    """
    judged = list(judgements)
    if not judged:
        raise InputError("There are no judgements to look at.")
    first = sum(j.a_first == "a" and j.b_first == "b" for j in judged)
    second = sum(j.a_first == "b" and j.b_first == "a" for j in judged)
    n = len(judged)
    return PositionBias(n, sum(j.consistent for j in judged) / n, first / n, second / n)


def _sum(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)
