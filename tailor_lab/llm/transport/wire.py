"""The dialects of the OpenAI protocol: chat completions, responses and embeddings.

Each turns a request into a path and a body, and a body back into an `Answer`. Usage is read first
and apart, because an answer that is no good is paid for all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tailor_lab.llm.completion import Usage
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.transport.failures import bad_body, filtered, refusal
from tailor_lab.llm.transport.structured import Form, Schema, instruct, response_format

Api = Literal["chat", "responses"]
Message = Mapping[str, Any]


@dataclass(frozen=True)
class WireAnswer:
    """What one successful attempt brought."""

    text: str
    finish_reason: str | None = None
    logprobs: Any = None
    vectors: list[list[float]] | None = None


@dataclass(frozen=True)
class Dialect:
    """How one of the APIs is spoken."""

    path: str
    operation: str
    """The GenAI name of what it does."""
    body: Callable[[str, Sequence[Message], Schema | None, Form, Mapping[str, Any]], dict[str, Any]]
    answer: Callable[[Mapping[str, Any], ModelTarget], WireAnswer]
    usage: Callable[[object], Usage | None]


def chat_body(
    model: str,
    messages: Sequence[Message],
    schema: Schema | None,
    form: Form,
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a chat completion."""
    sent = [dict(message) for message in messages]
    body: dict[str, Any] = {"model": model, "messages": sent, **params}
    if schema is not None:
        if form != "schema":
            body["messages"] = instruct(sent, schema)
        wanted = response_format(schema, form)
        if wanted is not None:
            body["response_format"] = wanted
    return body


def chat_answer(body: Mapping[str, Any], target: ModelTarget) -> WireAnswer:
    """The answer in a chat completion. Raises where it holds none."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise bad_body("no choices", target)
    choice = choices[0]
    message = choice.get("message") or {}
    if message.get("refusal"):
        raise refusal(str(message["refusal"]), target)
    if choice.get("finish_reason") == "content_filter":
        raise filtered(target)
    text = message.get("content")
    if not isinstance(text, str):
        raise bad_body("an empty message", target)
    return WireAnswer(
        text=text,
        finish_reason=choice.get("finish_reason"),
        logprobs=choice.get("logprobs"),
    )


def chat_usage(usage: object) -> Usage | None:
    """The usage of a chat completion, or None where the server told none."""
    if not isinstance(usage, Mapping):
        return None
    read, wrote = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    return Usage(
        input_tokens=int(usage.get("prompt_tokens") or 0),
        output_tokens=int(usage.get("completion_tokens") or 0),
        cached_input_tokens=_detail(read, "cached_tokens"),
        reasoning_tokens=_detail(wrote, "reasoning_tokens"),
    )


def responses_body(
    model: str,
    messages: Sequence[Message],
    schema: Schema | None,
    form: Form,
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a request to the Responses API, which stores nothing of it."""
    named = dict(params)
    for name in ("max_tokens", "max_completion_tokens"):
        if name in named:
            named["max_output_tokens"] = named.pop(name)
    sent = [dict(message) for message in messages]
    body: dict[str, Any] = {"model": model, "input": sent, "store": False, **named}
    if schema is not None:
        if form != "schema":
            body["input"] = instruct(sent, schema)
        wanted = response_format(schema, form)
        if wanted is not None:
            body["text"] = {"format": {"type": wanted["type"], **wanted.get("json_schema", {})}}
    return body


def responses_answer(body: Mapping[str, Any], target: ModelTarget) -> WireAnswer:
    """The answer in a response. Raises where it holds none."""
    parts = [
        part
        for item in body.get("output") or ()
        if isinstance(item, Mapping) and item.get("type") == "message"
        for part in item.get("content") or ()
    ]
    for part in parts:
        if part.get("type") == "refusal":
            raise refusal(str(part.get("refusal")), target)
    reason = (body.get("incomplete_details") or {}).get("reason")
    if reason == "content_filter":
        raise filtered(target)
    texts = [str(part.get("text", "")) for part in parts if part.get("type") == "output_text"]
    if not texts:
        raise bad_body("no output", target)
    return WireAnswer(
        text="".join(texts),
        finish_reason="length" if reason == "max_output_tokens" else "stop",
    )


def responses_usage(usage: object) -> Usage | None:
    """The usage of a response, or None where the server told none."""
    if not isinstance(usage, Mapping):
        return None
    return Usage(
        input_tokens=int(usage.get("input_tokens") or 0),
        output_tokens=int(usage.get("output_tokens") or 0),
        cached_input_tokens=_detail(usage.get("input_tokens_details"), "cached_tokens"),
        reasoning_tokens=_detail(usage.get("output_tokens_details"), "reasoning_tokens"),
    )


def embeddings_body(
    model: str,
    messages: Sequence[Message],
    schema: Schema | None,  # noqa: ARG001
    form: Form,  # noqa: ARG001
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a request for embeddings; each message is one text."""
    texts = [message["content"] for message in messages]
    return {"model": model, "input": texts, "encoding_format": "float", **params}


def embeddings_answer(body: Mapping[str, Any], target: ModelTarget) -> WireAnswer:
    """The vectors, in the order of the texts. Raises where there are none."""
    data = body.get("data")
    if not isinstance(data, list) or not all(isinstance(d, Mapping) for d in data):
        raise bad_body("no embeddings", target)
    ordered = sorted(data, key=lambda d: int(d.get("index", 0)))
    vectors = [d.get("embedding") for d in ordered]
    if not vectors or not all(isinstance(vector, list) for vector in vectors):
        raise bad_body("no embeddings", target)
    return WireAnswer(text="", vectors=[[float(x) for x in vector or ()] for vector in vectors])


def _detail(details: object, name: str) -> int:
    return int(details.get(name) or 0) if isinstance(details, Mapping) else 0


CHAT = Dialect("/chat/completions", "chat", chat_body, chat_answer, chat_usage)
RESPONSES = Dialect("/responses", "chat", responses_body, responses_answer, responses_usage)
EMBEDDINGS = Dialect("/embeddings", "embeddings", embeddings_body, embeddings_answer, chat_usage)
DIALECTS: Mapping[Api, Dialect] = {"chat": CHAT, "responses": RESPONSES}
