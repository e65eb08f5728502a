"""Judges: a model that compares two answers, or grades one by a rubric.

Models prefer what they see first or last, so a pair is always judged in both orders: the same
winner twice is a preference, anything else a tie. How often the place decided is reported
(`position_bias`), because a judge whose verdict follows the place measures nothing.

What a judge answers is checked by its schema, so that a grade outside its scale is asked for again
and never kept. The schema of a rubric is made of its criteria; common other forms are read too.
Source: Zheng et al. (2023), "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", §3.4.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, create_model, field_validator, model_validator

from tailor_lab.errors import InputError
from tailor_lab.llm.client import LLM
from tailor_lab.llm.prompting.prompts import Prompt
from tailor_lab.llm.scalars import whole_number

if TYPE_CHECKING:
    from tailor_lab.llm.completion import Completion

Winner = Literal["a", "b", "tie"]
_WINNER = re.compile(
    r"[\s\"'`*\[(]*(?:the )?(?:(?:answer|option|response|winner)[\s:_-]*)?"
    r"(a|b|tie|tied|draw|neither|both|equal)[\s\"'`*\])]*[.!]?\s*",
    re.IGNORECASE,
)


class Preference(BaseModel):
    """What the pairwise judge answers."""

    reason: str = ""
    winner: Literal["A", "B", "tie"]

    @field_validator("winner", mode="before")
    @classmethod
    def _spelled(cls, value: object) -> object:
        """The winner in any case, with quotes or a full stop, as "answer a" or "[[B]]"."""
        if not isinstance(value, str):
            return value
        found = _WINNER.fullmatch(value)
        return value if found is None else {"a": "A", "b": "B"}.get(found[1].lower(), "tie")

    @field_validator("reason", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return value or ""


class Grade(BaseModel):
    """What the rubric judge says of one criterion."""

    reason: str = ""
    score: int


class Criterion(BaseModel):
    """Something to grade by, on a scale of whole numbers."""

    name: str = Field(min_length=1)
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

    Raises `BadAnswerError` where a criterion has no grade or one outside its scale, each time that
    it is asked, and `InputError` for no criteria, two of one name or a scale without numbers.
    """
    if not criteria:
        raise InputError("A rubric needs at least one criterion.")
    names = [criterion.name for criterion in criteria]
    seen = [_same(name) for name in names]
    twice = next((name for name in names if seen.count(_same(name)) > 1), None)
    if twice is not None:
        raise InputError(f'The rubric has the criterion "{twice}" twice; give each its own name.')
    for criterion in criteria:
        if criterion.low > criterion.high:
            raise InputError(
                f'The scale of "{criterion.name}" ends at {criterion.high}, before it begins at '
                f"{criterion.low}."
            )
    prompt = prompt or Prompt.load("judge-rubric")
    listed = [criterion.model_dump() for criterion in criteria]
    messages = prompt.render(criteria=listed, answer=answer, **context)
    schema = rubric_of(tuple((c.name, c.low, c.high) for c in criteria))
    completion = llm.complete(messages, schema, replicate=replicate, **messages.parameters)
    given: Mapping[str, Grade] = {
        criterion.name: getattr(completion.value, f"c{place}")
        for place, criterion in enumerate(criteria)
    }
    shares = [(given[c.name].score - c.low) / max(c.high - c.low, 1) for c in criteria]
    return RubricJudgement(
        scores={name: grade.score for name, grade in given.items()},
        reasons={name: grade.reason for name, grade in given.items()},
        value=sum(shares) / len(shares),
        cost_usd=completion.cost_usd,
    )


@lru_cache(maxsize=64)
def rubric_of(scales: tuple[tuple[str, int, int], ...]) -> type[BaseModel]:
    """The schema of the grades by these criteria: each a field, its score within its scale.

    `scales` are name, lowest and highest score. The field of criterion i is `c<i>`, its name in
    JSON is the criterion's, which need be no name in Python.

    >>> grades = rubric_of((("Is it clear?", 1, 5),))
    >>> grades.model_validate({"Is it clear?": {"reason": "Short.", "score": 4}}).c0.score
    4
    """

    def in_fields(cls: type[BaseModel], value: Any) -> Any:  # noqa: ARG001
        return _in_fields(value, scales)

    grades: dict[tuple[int, int], type[Grade]] = {}
    fields: dict[str, Any] = {}
    for place, (name, *scale) in enumerate(scales):
        low, high = scale
        if (low, high) not in grades:
            score: Any = (int, Field(ge=low, le=high))
            grades[low, high] = create_model(f"Grade{len(grades)}", __base__=Grade, score=score)
        fields[f"c{place}"] = (grades[low, high], Field(alias=name))
    of_class: Any = classmethod(in_fields)
    validators: dict[str, Any] = {"in_fields": model_validator(mode="before")(of_class)}
    return create_model("Rubric", __validators__=validators, **fields)


def _in_fields(value: Any, scales: tuple[tuple[str, int, int], ...]) -> dict[str, Any]:
    """The grades, each under its criterion. Raises `ValueError` that names what is wrong.

    A grade may be in a list of grades that name their criteria, and may be its score alone.
    """
    grades = value
    if isinstance(value, Mapping) and all(name != "grades" for name, _, _ in scales):
        grades = value.get("grades", value)
    if isinstance(grades, list):
        named: list[tuple[Any, Any]] = [
            (each.get("criterion", each.get("name")), each)
            for each in grades
            if isinstance(each, Mapping)
        ]
    elif isinstance(grades, Mapping):
        named = list(grades.items())
    else:
        named = []
    given: dict[str, list[dict[str, Any]]] = {}
    for key, each in named:
        one = dict(each) if isinstance(each, Mapping) else {"score": each}
        given.setdefault(_same(key), []).append(
            {"reason": str(one.get("reason") or ""), "score": whole_number(one.get("score"))}
        )
    found = {}
    for name, low, high in scales:
        candidates = given.get(_same(name), [])
        scores = {each["score"] for each in candidates}
        if len(scores) > 1:
            raise ValueError(f'two different grades for "{name}"')
        score = scores.pop() if scores else None
        if score is None:
            raise ValueError(f'no grade for "{name}" on its scale of {low} to {high}')
        if not low <= score <= high:
            raise ValueError(f'the grade {score} for "{name}"; its scale is {low} to {high}')
        found[name] = candidates[0]
    return found


def _same(name: object) -> str:
    """What two spellings of a criterion's name have in common."""
    return " ".join(str(name).casefold().replace("_", " ").split()) if name is not None else ""


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
