"""Models, prompts and judges: one client for any OpenAI-compatible server or none."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailor_lab.llm.client import LLM
    from tailor_lab.llm.completion import Attempt, Completion, Embeddings, Usage
    from tailor_lab.llm.errors import LLMError
    from tailor_lab.llm.estimate import CostEstimate, estimate_cost
    from tailor_lab.llm.prompting.prompts import Messages, Prompt
    from tailor_lab.llm.spending.budget import Budget
    from tailor_lab.llm.spending.limits import Limits

__all__ = [
    "LLM",
    "Attempt",
    "Budget",
    "Completion",
    "CostEstimate",
    "Embeddings",
    "LLMError",
    "Limits",
    "Messages",
    "Prompt",
    "Usage",
    "estimate_cost",
]

_HOMES = {
    "LLM": "client",
    "Attempt": "completion",
    "Budget": "spending.budget",
    "Completion": "completion",
    "CostEstimate": "estimate",
    "Embeddings": "completion",
    "LLMError": "errors",
    "Limits": "spending.limits",
    "Messages": "prompting.prompts",
    "Prompt": "prompting.prompts",
    "Usage": "completion",
    "estimate_cost": "estimate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
