"""The words that a pairwise judgement is written down in, and the judges of a plan."""

from collections.abc import Mapping
from typing import Any

WORDS = {"a": "loss", "tie": "tie", "b": "win"}
PLACES = {("a", "b"): "tie: the first shown won", ("b", "a"): "tie: the second shown won"}
UNEVEN = "tie: one order only"
BASELINE = "baseline"


def judge_kinds(plan: Mapping[str, Any]) -> dict[str, str]:
    """The judge of each metric that has one, as the log names it."""
    return {m["name"]: m["judged_as"] for m in plan["metrics"] if m.get("judged_as")}
