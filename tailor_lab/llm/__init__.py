"""Models, prompts and judges: one client for any OpenAI-compatible server or none."""

from typing import TYPE_CHECKING

from tailor_lab.lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__)
