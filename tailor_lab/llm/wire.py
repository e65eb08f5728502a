"""The two dialects of the OpenAI protocol: chat completions and responses.

Each turns a request into a path and a body, and a body back into an `Answer`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tailor_lab.llm.completion import Usage
from tailor_lab.llm.failures import bad_body, filtered, refusal
from tailor_lab.llm.providers import Target
from tailor_lab.llm.structured import Form, Schema, instruct, response_format

Api = Literal["chat", "responses"]
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What one successful attempt brought."""

    text: str
    usage: Usage | None
    model: str
    id: str | None
    finish_reason: str | None
    logprobs: Any = None


@dataclass(frozen=True)
class Dialect:
    """How one of the two APIs is spoken."""

    path: str
    operation: str
    """The GenAI name of what it does."""
    body: Callable[[str, Sequence[Message], Schema | None, Form, Mapping[str, Any]], dict[str, Any]]
    answer: Callable[[Mapping[str, Any], Target], Answer]


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


def chat_answer(body: Mapping[str, Any], target: Target) -> Answer:
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
    return Answer(
        text=text,
        usage=chat_usage(body.get("usage")),
        model=str(body.get("model") or target.model),
        id=body.get("id"),
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


def responses_answer(body: Mapping[str, Any], target: Target) -> Answer:
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
    usage = body.get("usage")
    counted = None
    if isinstance(usage, Mapping):
        counted = Usage(
            input_tokens=int(usage.get("input_tokens") or 0),
            output_tokens=int(usage.get("output_tokens") or 0),
            cached_input_tokens=_detail(usage.get("input_tokens_details"), "cached_tokens"),
            reasoning_tokens=_detail(usage.get("output_tokens_details"), "reasoning_tokens"),
        )
    return Answer(
        text="".join(texts),
        usage=counted,
        model=str(body.get("model") or target.model),
        id=body.get("id"),
        finish_reason="length" if reason == "max_output_tokens" else "stop",
    )


def _detail(details: object, name: str) -> int:
    return int(details.get(name) or 0) if isinstance(details, Mapping) else 0


DIALECTS: Mapping[Api, Dialect] = {
    "chat": Dialect("/chat/completions", "chat", chat_body, chat_answer),
    "responses": Dialect("/responses", "chat", responses_body, responses_answer),
}
