"""What requests would use and cost, before any is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tailor_lab.errors import InputError
from tailor_lab.llm.client import LLM
from tailor_lab.llm.completion import Usage
from tailor_lab.llm.offline.model import estimate_message_tokens
from tailor_lab.llm.parameters import LONGEST_ANSWER
from tailor_lab.llm.spending.budget import DEFAULT_OUTPUT_TOKENS
from tailor_lab.llm.transport.wire import Message
from tailor_lab.settings import Settings


@dataclass(frozen=True)
class CostEstimate:
    """What a set of requests is expected to use; `usd` is None where no price is known."""

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    why_no_price: str | None = None
    """Why `usd` is None, and what to do; None where it is not."""

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __str__(self) -> str:
        size = f"{self.requests:,} requests to {self.model}, about {self.tokens:,} tokens"
        if self.usd is None:
            return f"{size}. {self.why_no_price or 'No price is known.'}"
        return f"{size}, about ${self.usd:,.4g}."


def estimate_cost(
    requests: Iterable[Sequence[Message]],
    model: str,
    *,
    output_tokens: int | None = None,
    settings: Settings | None = None,
) -> CostEstimate:
    """About how many tokens the rendered requests take with `model`, and what that costs in USD.

    Input is counted at four characters a token, without the schema and before any cache; an answer
    at `output_tokens`, else at the prompt's own `max_tokens`, else at 500. A price that nobody
    knows is None. Raises as `LLM` does for a model without a server or a key.
    Raises `InputError` for `output_tokens` below 0; `settings` are those of the environment unless
    given.

    >>> requests = [[{"role": "user", "content": "The ward was busy."}]] * 1000
    >>> print(estimate_cost(requests, "offline", output_tokens=50))
    1,000 requests to offline (extractive, not an LLM), about 59,000 tokens, about $0.
    """
    if output_tokens is not None and output_tokens < 0:
        raise InputError(f"output_tokens is {output_tokens}; it must be 0 or more.")
    client, asked = LLM(model, settings=settings), list(requests)
    taken, written = expected_tokens(asked, client)
    if output_tokens is not None:
        written = output_tokens * len(asked)
    target = client.target
    usd = target.cost_usd(Usage(taken, written))
    why = None if usd is not None else target.no_price
    return CostEstimate(target.name, len(asked), taken, written, usd, why)


def expected_tokens(requests: Iterable[Sequence[Message]], client: LLM | None) -> tuple[int, int]:
    """About how many tokens rendered requests take, and how many their answers.

    An answer is counted as `estimate_cost` does; `client` is who asks, with parameters of its own.
    """
    taken = written = 0
    for messages in requests:
        parameters = getattr(messages, "parameters", {})
        sent = parameters if client is None else client.sent(parameters)
        limit = next((sent[name] for name in LONGEST_ANSWER if sent.get(name)), None)
        taken += estimate_message_tokens(messages)
        written += int(limit or DEFAULT_OUTPUT_TOKENS)
    return taken, written
