"""One request as its caller made it, and what its attempts have used up."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tailor_lab.llm.completion import UNKNOWN_USAGE, Usage
from tailor_lab.llm.errors import LLMError
from tailor_lab.llm.offline import VERSION
from tailor_lab.llm.offline.model import estimate_message_tokens
from tailor_lab.llm.parameters import LONGEST_ANSWER
from tailor_lab.llm.providers import OFFLINE, ModelTarget
from tailor_lab.llm.scalars import sound_values
from tailor_lab.llm.transport.accommodations import Accommodation
from tailor_lab.llm.transport.stream import OnText
from tailor_lab.llm.transport.structured import Schema, strict_json_schema
from tailor_lab.llm.transport.wire import Dialect, Message


@dataclass(frozen=True)
class Call:
    """A request, with the key under which its answer is kept."""

    dialect: Dialect
    messages: list[dict[str, Any]]
    schema: Schema | None
    params: Mapping[str, Any]
    """The parameters that the caller and the provider's settings ask for."""
    timeout_s: float
    key: list[Any]
    """Everything that changes the answer."""
    prompt: str | None = None
    prompt_hash: str | None = None
    on_text: OnText | None = None
    trials: tuple[Accommodation, ...] = ()
    """What is changed for a server that refused it, beyond what is known of that server."""

    @classmethod
    def of(
        cls,
        target: ModelTarget,
        dialect: Dialect,
        messages: Sequence[Message],
        schema: Schema | None,
        *,
        replicate: int,
        timeout_s: float,
        params: Mapping[str, Any],
        on_text: OnText | None = None,
    ) -> "Call":
        """The call, its messages and parameters copied."""
        # Half a character in a text has no form on the wire.
        plain = [sound_values(message) for message in messages]
        sent = dict(params)
        served_by = target.base_url
        if target.provider == OFFLINE:
            served_by = f"{OFFLINE} {VERSION}"
            if replicate and dialect.operation == "chat":
                # Its answers depend on the request alone, so that a replicate must change it.
                sent.setdefault("seed", replicate)
        wanted = strict_json_schema(schema) if schema is not None else None
        key = [target.provider, served_by, target.model, dialect.path, plain, wanted, sent]
        return cls(
            dialect=dialect,
            messages=plain,
            schema=schema,
            params=sent,
            timeout_s=timeout_s,
            key=[*key, replicate],
            prompt=getattr(messages, "prompt", None),
            prompt_hash=getattr(messages, "prompt_hash", None),
            on_text=on_text,
        )

    @cached_property
    def content_ref(self) -> str:
        """Hash of the request, which names it without telling it."""
        text = json.dumps(self.key, sort_keys=True, ensure_ascii=False, default=repr)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def expected_input(self) -> int:
        """About how many tokens are sent, the schema included."""
        schema = len(json.dumps(self.key[5])) // 4 if self.schema is not None else 0
        return estimate_message_tokens(self.messages) + schema

    def longest_output(self) -> int | None:
        """Tokens at which the caller cuts the answer off, if that was said."""
        for name in LONGEST_ANSWER:
            if self.params.get(name):
                return int(self.params[name])
        return None


@dataclass
class Spent:
    """What a call has used up so far, over its attempts."""

    attempts: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0

    def add(self, usage: Usage | None, cost_usd: float | None, *, answered: bool) -> None:
        """Adds an attempt; an answer without a count or a known price makes the sum unknown."""
        if usage is not None or answered:
            self.usage += usage or UNKNOWN_USAGE
        if answered:
            known = self.cost_usd is not None and cost_usd is not None
            self.cost_usd = (self.cost_usd or 0.0) + (cost_usd or 0.0) if known else None


def pause_s(error: LLMError, attempt: int) -> float:
    """Seconds before the next attempt: what the server asked for, else 0.25, 0.5, … at most 8.

    Jitter keeps many callers from coming back at the same moment.
    """
    asked = getattr(error, "retry_after", None)
    if asked is not None:
        return float(asked) * random.uniform(1.0, 1.05)
    return min(0.25 * 2.0 ** (attempt - 1), 8.0) * random.uniform(0.5, 1.0)
