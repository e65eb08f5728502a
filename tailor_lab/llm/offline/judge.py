"""The offline model as a judge: it counts the job's terms that an answer shows and may show.

A term that the résumé holds counts for the answer, one that it does not hold counts twice against
it. Where two answers are about equal the one shown first wins, as it does with many models, so that
there is a position bias to find.
"""

import json
from collections.abc import Mapping
from typing import Any

from tailor_lab.llm.offline.terms import TermVocabulary

_ABOUT_EQUAL = 1


def prefer(blocks: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the schema "preference"."""
    a, b = (_points(blocks, str(name)) for name in ("answer_a", "answer_b"))
    if _flat(blocks.get("answer_a")) == _flat(blocks.get("answer_b")):
        winner = "tie"
    else:
        winner = "A" if a >= b - _ABOUT_EQUAL else "B"
    return {"reason": f"A shows {a} points of the job's terms, B {b}.", "winner": winner}


def rubric(blocks: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the schema "rubric": the same share of each criterion's scale."""
    wanted = max(len(TermVocabulary().found(_flat(blocks.get("job")))), 1)
    share = min(max(_points(blocks, "answer") / wanted, 0.0), 1.0)
    return {
        str(criterion["name"]): {
            "reason": f"{share:.0%} of the job's terms are shown and supported.",
            "score": round(criterion["low"] + share * (criterion["high"] - criterion["low"])),
        }
        for criterion in blocks.get("criteria") or ()
    }


def _points(blocks: Mapping[str, Any], name: str) -> int:
    vocabulary = TermVocabulary()
    shown = vocabulary.found(_flat(blocks.get(name)))
    wanted = vocabulary.found(_flat(blocks.get("job"))) if "job" in blocks else shown
    held = vocabulary.found(_flat(blocks["resume"])) if "resume" in blocks else shown
    return sum(1 if term in held else -2 for term in shown if term in wanted)


def _flat(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
