"""What the offline model makes of the shipped pairs: better, and nothing invented when told so."""

import json
from functools import lru_cache
from typing import Any

import pytest

from tailor_lab.llm.offline.shared import shared_words
from tailor_lab.settings import shipped
from tailor_lab.tailoring import TailoredResume, tailor
from tailor_lab.tailoring.sources import TracedLine

BETTER_SHARE = 0.90
"""Of the good and middling pairs; some are held at the score's cap for a must that is missing."""
INVENTED_UNDER_GROUNDED = 0
CARELESS_FOUND_SHARE = 0.95
FOUND_SHARES = {"number": 0.90, "skill": 0.70}
"""By line. A skill that is cited by no fact may still be implied by what the résumé shows."""


@lru_cache(maxsize=1)
def pairs() -> list[dict[str, Any]]:
    lines = shipped("data/pairs.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@lru_cache(maxsize=2)
def tailored(prompt: str) -> list[TailoredResume]:
    data = shipped("data")
    return [tailor(data / p["resume"], data / p["job"], prompt=prompt, n_jobs=1) for p in pairs()]


@pytest.mark.slow
def test_the_grounded_prompt_makes_nine_of_ten_good_and_middling_pairs_better() -> None:
    better = [
        result.improvement > 0
        for pair, result in zip(pairs(), tailored("grounded"), strict=True)
        if pair["match"] != "poor"
    ]
    assert len(better) == 84
    assert sum(better) / len(better) >= BETTER_SHARE


@pytest.mark.slow
def test_the_grounded_prompt_leaves_no_unsupported_claim_in_any_pair() -> None:
    flagged = [
        f"{pair['id']}: {claim}"
        for pair, result in zip(pairs(), tailored("grounded"), strict=True)
        for claim in result.claims
        if claim.severity != "info"
    ]
    assert len(flagged) <= INVENTED_UNDER_GROUNDED, flagged


@pytest.mark.slow
def test_the_careless_prompts_inventions_are_found_in_nearly_every_pair() -> None:
    found = [result.unsupported_claims > 0 for result in tailored("careless")]
    assert sum(found) / len(found) >= CARELESS_FOUND_SHARE


def invented(line: TracedLine) -> str | None:
    """The kind of what the offline model invented in a line, by how it invents."""
    added = "".join(word.text for word in line.words if word.kind == "added")
    if any(citation.problem == "uncited" for citation in line.citations):
        return "skill"
    return "number" if "improving results by" in added else None


@pytest.mark.slow
@pytest.mark.parametrize("kind", FOUND_SHARES)
def test_what_the_careless_prompt_invents_is_found_where_it_stands(kind: str) -> None:
    lines = [line for result in tailored("careless") for line in result.sources.lines]
    planted = [line for line in lines if invented(line) == kind]
    found = [line for line in planted if line.claims]
    assert planted
    assert len(found) / len(planted) >= FOUND_SHARES[kind], kind


@pytest.mark.slow
def test_inventions_earn_nothing() -> None:
    assert all(r.score_after <= r.score_after_raw for r in tailored("careless"))
    assert sum(r.fabrication_premium for r in tailored("careless")) > 0


@pytest.mark.parametrize(
    ("line", "posting", "words"),
    [
        ("Ran the front desk", "Our front desk is busy", ["front desk"]),
        ("Kept inventory of tyres", "inventory; Tyres", ["inventory"]),
        ("Managed people", "manages people", []),
        ("", "anything", []),
    ],
)
def test_shared_words_stand_in_both_texts(line: str, posting: str, words: list[str]) -> None:
    assert shared_words([line], posting, most=5) == words
