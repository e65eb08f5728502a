"""A call as it is sent: its body in the server's dialect, with what the server would not take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tailor_lab.llm.offline.model import estimate_message_tokens
from tailor_lab.llm.transport.accommodations import Accommodation
from tailor_lab.llm.transport.call import Call
from tailor_lab.llm.transport.structured import FORMS, Form, instruct

SAY_SCHEMA = Accommodation("say", "schema")
WORDS_ONLY = Accommodation("form", "none")
UNSTREAMED = Accommodation("unstream", "answer")
_WHOLE_ONLY = ("logprobs", "top_logprobs", "n", "tools", "functions", "audio", "modalities")
"""Parameters whose answers are more than a text and are not put together from pieces."""


@dataclass(frozen=True)
class PlannedRequest:
    """One request that is about to be sent."""

    call: Call
    body: dict[str, Any]
    adapted: tuple[Accommodation, ...]
    """The accommodations that made this body another one."""
    streamed: bool
    estimated_tokens: int
    """Of its messages, the schema left out."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What was done for the server, for people and logs."""
        return tuple(each.label for each in self.adapted)

    @property
    def parameters(self) -> dict[str, Any]:
        """The call's parameters as they were sent."""
        sent = dict(self.call.params)
        for each in self.adapted:
            made = each.made(sent)
            sent = sent if made is None else made
        return {**sent, "stream": self.streamed}


def planned(
    call: Call, accommodations: Iterable[Accommodation], model: str, *, may_stream: bool
) -> PlannedRequest:
    """The request for a call under these accommodations; the call's own trials come after them."""
    wanted = list(dict.fromkeys((*accommodations, *call.trials)))
    adapted: list[Accommodation] = []
    form = _form(call, wanted, adapted)
    messages = [dict(message) for message in call.messages]
    if form == "schema" and call.schema is not None and SAY_SCHEMA in wanted:
        messages = instruct(messages, call.schema)
        adapted.append(SAY_SCHEMA)
    body = call.dialect.body(model, messages, call.schema, form, call.params)
    streamed = _streams(call, may_stream=may_stream)
    if streamed and UNSTREAMED in wanted:
        streamed = False
        adapted.append(UNSTREAMED)
    if streamed:
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
    for each in wanted:
        changed = each.made(body)
        if changed is not None:
            body = changed
            adapted.append(each)
    sent = body.get("messages")
    sent = sent if isinstance(sent, list) else call.messages
    return PlannedRequest(call, body, tuple(adapted), streamed, estimate_message_tokens(sent))


def with_words(call: Call, answer: str, fault: str) -> Call:
    """The call with a bad answer and what is wrong with it appended, so that it differs."""
    again = ", with the whole JSON object and nothing else." if call.schema is not None else "."
    asked = f"That answer cannot be used: {fault} Answer again{again}"
    messages = [dict(message) for message in call.messages]
    last = messages[-1] if messages else {}
    if answer.strip():
        said = answer if len(answer) <= _LONGEST_QUOTE else f"{answer[:_LONGEST_QUOTE]} …"
        messages += [{"role": "assistant", "content": said}, {"role": "user", "content": asked}]
    elif last.get("role") == "user" and isinstance(last.get("content"), str):
        # Servers refuse an empty turn of the model's, and two of the user's in a row.
        asked = f"{last['content']}\n\nYour last answer was empty. Answer again{again}"
        messages[-1] = {**last, "content": asked}
    else:
        messages.append({"role": "user", "content": asked})
    return replace(call, messages=messages)


_LONGEST_QUOTE = 4000


def _form(call: Call, wanted: list[Accommodation], adapted: list[Accommodation]) -> Form:
    if call.schema is None:
        return "schema"
    forms = [each for each in wanted if each.kind == "form" and each.name in FORMS]
    if not forms:
        return "schema"
    weakest = max(forms, key=lambda each: FORMS.index(_as_form(each.name)))
    adapted.append(weakest)
    return _as_form(weakest.name)


def _as_form(name: str) -> Form:
    return next(form for form in FORMS if form == name)


def _streams(call: Call, *, may_stream: bool) -> bool:
    if call.on_text is not None:
        return True
    # Streamed within, a local server's minutes of work are told from its silence.
    whole: Mapping[str, Any] = call.params
    return (
        may_stream
        and call.dialect.path == "/chat/completions"
        and not any(whole.get(name) for name in _WHOLE_ONLY)
        and "stream" not in whole
    )
