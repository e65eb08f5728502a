"""What a completion is, and the record that every attempt at one leaves."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from tailor_lab.llm.scalars import name, number, whole_number


@dataclass(frozen=True)
class Usage:
    """Tokens as the server counted them; None where it did not say, which is not zero."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cached_input_tokens: int = 0
    """Of the input, those that the provider said it read from its own cache."""
    reasoning_tokens: int = 0
    """Of the output, those that were said to be thought and not written."""
    cache_write_input_tokens: int = 0
    """Of the input, those that the provider said it wrote to its own cache."""

    @property
    def total_tokens(self) -> int | None:
        """Input and output together; None where either is unknown."""
        return plus(self.input_tokens, self.output_tokens)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            plus(self.input_tokens, other.input_tokens),
            plus(self.output_tokens, other.output_tokens),
            self.cached_input_tokens + other.cached_input_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.cache_write_input_tokens + other.cache_write_input_tokens,
        )


UNKNOWN_USAGE = Usage(None, None)
"""The usage of an answer that came without one."""


def plus(*counts: int | None) -> int | None:
    """The sum, or None where one of them is unknown.

    >>> plus(1, 2), plus(1, None)
    (3, None)
    """
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


@dataclass(frozen=True)
class Completion:
    """One answer of a model.

    Usage, cost and seconds are those of all the attempts that it took; a cached completion keeps
    those of the call that made it.
    """

    text: str
    """The answer as it came."""
    value: Any
    """The answer parsed into the schema that was asked for; None without a schema."""
    usage: Usage
    cost_usd: float | None
    """None where no price is known for the model: never a guess, never zero."""
    seconds: float
    model: str
    """The model that answered, as the server names it."""
    provider: str
    """The server's name, as in `provider:name`."""
    finish_reason: str | None = None
    cached: bool = False
    attempts: int = 1
    first_token_s: float | None = None
    """Seconds to the first piece of a streamed answer."""
    logprobs: Any = None
    """The server's log probabilities as it sent them, where they were asked for."""
    reading: tuple[str, ...] = ()
    """What was repaired in the answer so that it could be read, and where it was cut off."""
    adapted: tuple[str, ...] = ()
    """What the server would not take as it was asked: "temperature not sent"."""
    warnings: tuple[str, ...] = ()
    """What makes the answer doubtful, such as a prompt that the server cut."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the answer should know of how it came about, as sentences."""
        left_out = [each for each in self.adapted if each.endswith(" not sent")]
        return (
            *self.warnings,
            *self.reading,
            *(f"{each[0].upper()}{each[1:]} to {self.model}." for each in left_out),
        )

    def _state(self) -> dict[str, Any]:
        """What a cache keeps: JSON-like, without what is read from the text again."""
        state = asdict(self)
        del state["value"], state["cached"], state["reading"]
        return state

    @classmethod
    def _revive(
        cls, state: Mapping[str, Any], value: Any, *, cached: bool, reading: tuple[str, ...] = ()
    ) -> "Completion":
        fields = {**state, "usage": Usage(**state["usage"])}
        for key in ("adapted", "warnings"):
            fields[key] = tuple(state.get(key) or ())
        return cls(**fields, value=value, cached=cached, reading=reading)


@dataclass(frozen=True)
class Embeddings:
    """One vector a text, in the order of the texts."""

    vectors: list[list[float]]
    """Of shape (texts, dimensions)."""
    usage: Usage
    cost_usd: float | None
    seconds: float
    model: str
    provider: str
    """The server's name, as in `provider:name`."""
    cached: bool = False
    """Whether all of it came from the cache."""


@dataclass(frozen=True)
class Attempt:
    """One request, answered, failed or served from the cache; never a key, in its row no text."""

    at: datetime
    """When it began, in UTC."""
    operation: str
    """"chat" or "embeddings"."""
    provider: str
    """The server's name, as in `provider:name`."""
    request_model: str
    """The model that was asked for."""
    server: str
    """The address that was asked."""
    attempt: int
    """1 for the first try; 0 for an answer from the cache."""
    seconds: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What was sent beside the messages, such as a temperature."""
    output_type: str = "text"
    """"text" or "json"."""
    response_model: str | None = None
    """The model that answered, as the server names it."""
    response_id: str | None = None
    """The server's own id of the answer."""
    finish_reason: str | None = None
    usage: Usage | None = None
    """None where the server told none, as when it broke."""
    cost_usd: float | None = None
    first_token_s: float | None = None
    """Seconds to the first piece of a streamed answer."""
    cached: bool = False
    """Whether the cache answered."""
    error_type: str | None = None
    http_status: int | None = None
    prompt: str | None = None
    prompt_hash: str | None = None
    content_ref: str | None = None
    """Hash of the request, the same for every attempt at it and for its cached answer."""
    messages: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    """What was sent, for a listener that stores it elsewhere."""
    reply: str | None = field(default=None, repr=False)
    """What came back, for a listener that stores it elsewhere."""
    adapted: tuple[str, ...] = ()
    """What the server would not take as it was asked; `parameters` are those that were sent."""

    def with_error(self, error_type: str) -> "Attempt":
        """The same attempt, found wanting after it was answered."""
        return replace(self, error_type=error_type)

    def row(self) -> dict[str, Any]:
        """The attempt under OpenTelemetry's GenAI names, a row of the log's `llm_requests`.

        What a caller or a server gave in another type than the table's becomes that type, or null.
        """
        usage, get, ended = self.usage, self.parameters.get, name(self.finish_reason)
        longest = get("max_tokens") or get("max_completion_tokens")
        stream = get("stream")
        return {
            "at": self.at,
            "duration_ms": self.seconds * 1000,
            "gen_ai_operation_name": self.operation,
            "gen_ai_provider_name": self.provider,
            "gen_ai_request_model": self.request_model,
            "gen_ai_request_temperature": number(get("temperature")),
            "gen_ai_request_top_p": number(get("top_p")),
            "gen_ai_request_max_tokens": whole_number(longest),
            "gen_ai_request_seed": whole_number(get("seed")),
            "gen_ai_request_stream": stream if isinstance(stream, bool) else None,
            "gen_ai_output_type": self.output_type,
            "gen_ai_response_model": name(self.response_model),
            "gen_ai_response_id": name(self.response_id),
            "gen_ai_response_finish_reasons": [ended] if ended else None,
            "gen_ai_response_time_to_first_chunk": self.first_token_s,
            "gen_ai_usage_input_tokens": usage.input_tokens if usage else None,
            "gen_ai_usage_output_tokens": usage.output_tokens if usage else None,
            "gen_ai_usage_cache_read_input_tokens": usage.cached_input_tokens if usage else None,
            "gen_ai_usage_reasoning_output_tokens": usage.reasoning_tokens if usage else None,
            "server_address": self.server,
            "cache_tier": "cache" if self.cached else None,
            "cost_usd": self.cost_usd,
            "prompt": self.prompt,
            "prompt_hash": self.prompt_hash,
            "attempt": self.attempt,
            "error_type": self.error_type,
            "http_status": self.http_status,
            "content_ref": self.content_ref,
        }


def tell(listener: Callable[[Attempt], None] | None, attempt: Attempt, warned: set[str]) -> None:
    """Tells a listener of an attempt; what it raises becomes a warning, once for each kind.

    The answer is paid for and the attempt is over: a record that cannot be written costs neither.
    `warned` holds the kinds that were warned of already.
    """
    if listener is None:
        return
    try:
        listener(attempt)
    except Exception as error:  # noqa: BLE001 -- whatever a listener does, the answer stands
        kind = type(error).__name__
        if kind not in warned:
            warned.add(kind)
            warnings.warn(
                f"A request to {attempt.provider}:{attempt.request_model} could not be recorded "
                f"({kind}: {name(str(error))}). Its answer is kept; the log misses it. Further "
                "failures of this kind are not shown.",
                stacklevel=3,
            )
