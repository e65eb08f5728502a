"""Prompts against contexts: what a server counted beside what was expected, and what cannot fit.

Some servers cut a prompt that exceeds their context and answer what is left, without a word. The
tokens that they count tell it: fewer than 60 % of those expected is no matter of tokenizers, once
the estimate is calibrated by earlier answers of the same server and model.
"""

import math
import threading
import time
from dataclasses import replace

from tailor_lab.llm.capabilities import Capabilities, CapabilityFile
from tailor_lab.llm.completion import Usage
from tailor_lab.llm.errors import LLMError, PromptTooLongError, TruncatedError
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.transport.accommodations import context_size
from tailor_lab.llm.transport.planning import PlannedRequest

LEAST_READ = 0.6
_LEAST_ESTIMATE = 200
"""Tokens below which the estimate says too little."""
_MARGIN = 0.9
_MOST_SAMPLES = 64
_TRUSTED_S = 60.0
_ADVICE = (
    "Start the server with a larger context (llama.cpp: -c; Ollama: OLLAMA_CONTEXT_LENGTH), or "
    "shorten the prompt."
)


class PromptSizes:
    """The calibration for one server and model, and the context that it was heard to have."""

    def __init__(self, target: ModelTarget, capabilities: CapabilityFile) -> None:
        self.target = target
        self.capabilities = capabilities
        self._lock = threading.Lock()
        self._sum, self._count = 0.0, 0
        self._heard: tuple[int, float] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return PromptSizes, (self.target, self.capabilities)

    def refuse_too_long(self, request: PlannedRequest, known: Capabilities) -> None:
        """Raises `PromptTooLongError` for a prompt that is known not to fit."""
        context = known.context_tokens
        if context is None and self._heard is not None:
            # A server may come back with a larger context, so this is not believed for long.
            tokens, until = self._heard
            context = tokens if time.monotonic() < until else None
        expected = known.expected_tokens(request.estimated_tokens)
        if context is not None and expected * _MARGIN > context:
            raise PromptTooLongError(
                f"The prompt has about {expected:,} tokens, and {self.target.server} (model "
                f"{self.target.name}) holds {context:,}; it was not sent. {_ADVICE}"
            )

    def hear(self, error: LLMError) -> None:
        """Takes the size of the context from a refusal that states it."""
        if isinstance(error, PromptTooLongError) and error.reason is not None:
            tokens = context_size(f"{error.reason.words} {error.reason.code}")
            if tokens is not None:
                self._heard = tokens, time.monotonic() + _TRUSTED_S

    def warning(self, request: PlannedRequest, usage: Usage | None) -> str | None:
        """What makes an answer doubtful: a prompt of which the server read a part.

        An answer to the whole prompt calibrates the estimate.
        """
        read = _read_tokens(usage)
        if not read or request.estimated_tokens < _LEAST_ESTIMATE:
            return None
        known = self.capabilities.read()
        expected = known.expected_tokens(request.estimated_tokens)
        if read < LEAST_READ * expected:
            return (
                f"{self.target.name} read {read:,} of about {expected:,} tokens of the prompt, so "
                f"it answered a part of it. {_ADVICE}"
            )
        self._calibrate(read / request.call.expected_input())
        return None

    def _calibrate(self, ratio: float) -> None:
        with self._lock:
            self._sum += ratio
            self._count += 1
            count, mean = self._count, self._sum / self._count
            # Written ever more rarely: after 1, 2, 4, 8, … answers of this process.
            if not math.log2(count).is_integer():
                return

        def change(known: Capabilities) -> Capabilities:
            before = min(known.token_samples, _MOST_SAMPLES)
            if known.token_ratio is None or not before:
                return replace(known, token_ratio=round(mean, 4), token_samples=count)
            # The first half of these answers is in what is known already.
            new = max(count // 2, 1)
            merged = (known.token_ratio * before + mean * new) / (before + new)
            return replace(known, token_ratio=round(merged, 4), token_samples=before + new)

        self.capabilities.change(change)


def cut_off(
    request: PlannedRequest, usage: Usage | None, text: str, target: ModelTarget
) -> LLMError:
    """The error for an answer that ended before it was complete, with what would mend it."""
    limit = request.call.longest_output()
    wrote = (usage.output_tokens if usage else 0) or 0
    if usage and usage.reasoning_tokens and not text.strip():
        return TruncatedError(
            f"{target.name} used up all of its {wrote:,} tokens thinking and said nothing. Allow "
            "more with max_tokens=, or ask it to think less (reasoning_effort)."
        )
    if (
        usage is not None
        and usage.input_tokens is not None
        and wrote
        and (limit is None or wrote < 0.9 * limit)
    ):
        return TruncatedError(
            f"{target.name} stopped before the answer was complete, since its context is full: "
            f"{usage.input_tokens:,} tokens of prompt and {wrote:,} of answer. {_ADVICE}"
        )
    return TruncatedError(
        f"{target.name} stopped at its token limit before the answer was complete. "
        "Allow more with max_tokens=."
    )


def _read_tokens(usage: Usage | None) -> int:
    """Tokens of the prompt that the server knew; some count those of their cache apart."""
    if usage is None:
        return 0
    return usage.input_tokens or 0
