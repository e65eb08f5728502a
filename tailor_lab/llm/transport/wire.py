"""The dialects of the OpenAI protocol: chat completions, responses and embeddings.

Each turns a request into a path and a body, and a body back into a `WireAnswer`. Usage is read
first and apart, because an answer that is no good is paid for all the same. No field of a body is
trusted to be there, or to have its type.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from tailor_lab.llm.completion import Usage
from tailor_lab.llm.errors import BadAnswerError, LLMError, TruncatedError, scrub
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.transport.answers.content import MessageContent, content_of
from tailor_lab.llm.transport.answers.search import said_nothing
from tailor_lab.llm.transport.failures import bad_body, filtered, refusal
from tailor_lab.llm.transport.foreign import end_of, reason_of, usage_of, vectors_of
from tailor_lab.llm.transport.structured import (
    Form,
    Schema,
    instruct,
    read_answer,
    response_format,
)

Api = Literal["chat", "responses"]
Message = Mapping[str, Any]


@dataclass(frozen=True)
class WireAnswer:
    """What one successful attempt brought."""

    text: str
    finish_reason: str | None = None
    logprobs: Any = None
    vectors: list[list[float]] | None = None


class AskedRequest(Protocol):
    """What was asked for, as far as reading its answer needs it."""

    @property
    def schema(self) -> Schema | None:
        """What the answer is to be an object of."""

    @property
    def messages(self) -> Sequence[Message]:
        """What was sent; for embeddings one message for each text."""


@dataclass(frozen=True)
class Dialect:
    """How one of the APIs is spoken."""

    path: str
    operation: str
    """The GenAI name of what it does."""
    body: Callable[[str, Sequence[Message], Schema | None, Form, Mapping[str, Any]], dict[str, Any]]
    answer: Callable[..., WireAnswer]
    """Of a body, the target and, where known, the request. Raises an `LLMError` for none."""
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


def chat_answer(
    body: Mapping[str, Any], target: ModelTarget, asked: AskedRequest | None = None
) -> WireAnswer:
    """The answer in a chat completion. Raises where it holds none."""
    choices = body.get("choices")
    listed = choices if isinstance(choices, list) else []
    choice: Mapping[str, Any] = next((each for each in listed if isinstance(each, Mapping)), {})
    failed = choice.get("error") or body.get("error")
    if failed or not choice:
        said = reason_of(failed or body)
        what = f"an error in place of an answer: {scrub(said)}" if said else "no choices"
        raise bad_body(what.rstrip("."), target)
    message = choice.get("message")
    if message is None:
        message = choice.get("delta") or choice.get("text")
    said_all = content_of(message)
    if said_all.refusal.strip():
        raise refusal(said_all.refusal, target)
    reason = end_of(choice.get("finish_reason"))
    if reason == "content_filter":
        raise filtered(target)
    if said_all == MessageContent() and not _said_empty(message) and reason != "length":
        raise bad_body("an empty message", target)
    text = _chosen(said_all, reason, target, asked, usage_of(body.get("usage")))
    return WireAnswer(text=text, finish_reason=reason, logprobs=choice.get("logprobs"))


def _said_empty(message: object) -> bool:
    """Whether a message has a text and the text is empty, which is an answer too."""
    return isinstance(message, Mapping) and isinstance(message.get("content"), str)


def _chosen(
    said: MessageContent,
    reason: str | None,
    target: ModelTarget,
    asked: AskedRequest | None,
    usage: Usage | None,
) -> str:
    """What of a message is the answer. Raises where it is none but thoughts.

    Without a schema only its text can be. With one, the arguments of a call that nobody asked for
    may be, and thoughts where nothing else is there: some servers take the whole answer for one.
    """
    schema = asked.schema if asked is not None else None
    if schema is None:
        if said.text.strip() or not (said.call or said.thoughts or reason == "length"):
            return said.text
        if said.call:
            raise bad_body("a tool call in place of a text", target)
        raise _only_thoughts(said, reason, target, usage)
    cut = reason == "length"
    options = [each for each in (said.text, said.call) if each.strip()]
    if cut and all(map(said_nothing, options)):
        # The beginnings of thoughts, or nothing.
        options = []
    if len(options) == 1:
        return options[0]
    for option in options or [said.thoughts]:
        try:
            read_answer(option, schema, cut=cut and bool(options))
        except BadAnswerError:
            continue
        return option
    if options:
        return options[0]
    if said.text.strip() or said.thoughts or cut:
        raise _only_thoughts(said, reason, target, usage)
    raise bad_body("an empty message", target)


def _only_thoughts(
    said: MessageContent, reason: str | None, target: ModelTarget, usage: Usage | None
) -> LLMError:
    """The error for an answer that ended before it began."""
    thought = bool(said.thoughts or said.text.strip()) or bool(usage and usage.reasoning_tokens)
    advice = 'or let it think less (reasoning_effort="low", where the server knows it)'
    if reason != "length":
        return BadAnswerError(
            f"{target.name} sent its thoughts and no answer. Try again, {advice}."
        )
    tokens = usage.output_tokens if usage is not None else None
    all_of_them = f"all of its {tokens:,} tokens" if tokens else "all of its tokens"
    if thought:
        return TruncatedError(
            f"{target.name} used {all_of_them} for thinking and wrote no answer. Allow more with "
            f"max_tokens=, {advice}."
        )
    return TruncatedError(
        f"{target.name} reached its token limit before it wrote anything. Allow more with "
        "max_tokens=; what a model thinks is counted too."
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


def responses_answer(
    body: Mapping[str, Any], target: ModelTarget, asked: AskedRequest | None = None
) -> WireAnswer:
    """The answer in a response. Raises where it holds none."""
    if body.get("error"):
        raise bad_body(
            f"an error in place of an answer: {scrub(reason_of(body['error']))}".rstrip(". "),
            target,
        )
    details = body.get("incomplete_details")
    reason = end_of(details.get("reason")) if isinstance(details, Mapping) else None
    said = content_of(_as_message(body.get("output")))
    if said.refusal.strip():
        raise refusal(said.refusal, target)
    if reason == "content_filter":
        raise filtered(target)
    whole = body.get("output_text")
    if not said.text and isinstance(whole, str):
        said = MessageContent(whole, said.thoughts, said.call)
    if said == MessageContent() and reason != "length":
        raise bad_body("no output", target)
    text = _chosen(said, reason, target, asked, usage_of(body.get("usage")))
    return WireAnswer(text=text, finish_reason="length" if reason == "length" else "stop")


def _as_message(output: object) -> dict[str, Any]:
    """The items of a response as the one message that a chat completion would have."""
    message: dict[str, Any] = {"content": [], "tool_calls": [], "reasoning": []}
    for item in output if isinstance(output, list) else ():
        kind = item.get("type") if isinstance(item, Mapping) else None
        if kind == "message":
            message["content"] += _listed(item.get("content"))
        elif kind == "reasoning":
            message["reasoning"] += [item.get("summary"), item.get("content")]
        elif kind == "function_call":
            message["tool_calls"].append(item)
    return message


def _listed(content: object) -> Iterator[object]:
    """The parts of a content, which may also be a text."""
    if isinstance(content, list):
        yield from content
    elif isinstance(content, str):
        yield content


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


def embeddings_answer(
    body: Mapping[str, Any], target: ModelTarget, asked: AskedRequest | None = None
) -> WireAnswer:
    """The vectors, in the order of the texts. Raises where there is not one for each."""
    found = vectors_of(body, len(asked.messages) if asked is not None else None)
    if isinstance(found, str):
        said = "" if body.get("data") else reason_of(body)
        raise bad_body(f"{found}: {scrub(said)}".rstrip(".: "), target)
    return WireAnswer(text="", vectors=found)


CHAT = Dialect("/chat/completions", "chat", chat_body, chat_answer, usage_of)
RESPONSES = Dialect("/responses", "chat", responses_body, responses_answer, usage_of)
EMBEDDINGS = Dialect(
    "/embeddings",
    "embeddings",
    embeddings_body,
    embeddings_answer,
    partial(usage_of, wrote=False),
)
DIALECTS: Mapping[Api, Dialect] = {"chat": CHAT, "responses": RESPONSES}
