"""What a message says: its text, its thoughts and the arguments of its only tool call.

The text of a message may be a list of parts, some of them thoughts; an answer that was asked for by
a schema may be an object instead of its text, or the arguments of a call that nobody asked for.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tailor_lab.llm.scalars import sound
from tailor_lab.llm.transport.foreign import words

_TEXT_PARTS = frozenset({"text", "output_text", "refusal", "tool_use"})
_TEXT_ONLY = frozenset({"text", "thought", "thoughtSignature", "annotations"})
_DEEPEST = 6
_MOST_PARTS = 10_000


@dataclass(frozen=True)
class MessageContent:
    """A message, each kind of what it says by itself; empty where there is none."""

    text: str = ""
    thoughts: str = ""
    call: str = ""
    """The arguments of the only tool call."""
    refusal: str = ""


def content_of(message: object) -> MessageContent:
    """What a whole message says, whatever its form, without half characters.

    >>> thought, text = {"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}
    >>> content_of({"content": [thought, text]})
    MessageContent(text='Yes.', thoughts='Hm.', call='', refusal='')
    """
    said = piece_of(message)
    return MessageContent(*map(sound, (said.text, said.thoughts, said.call, said.refusal)))


def piece_of(message: object) -> MessageContent:
    """What a piece of a message says; a character may be split between two of them."""
    if isinstance(message, str):
        return MessageContent(message)
    if not isinstance(message, Mapping):
        return MessageContent()
    content = message.get("content")
    parts = _parts(content)
    texts, thoughts, calls, refusals = _sorted(parts or [])
    if parts is None:
        texts = [content if isinstance(content, str) else _dumped(content)]
    for field in words()["thought_fields"]:
        thoughts += _strings(message.get(field), 0)
    calls += _calls(message)
    said = message.get("refusal")
    refusals += [said] if isinstance(said, str) else []
    return MessageContent(
        text="".join(texts),
        thoughts="".join(thoughts),
        call=calls[0] if len(calls) == 1 else "",
        refusal="".join(refusals),
    )


def _parts(content: object) -> list[Any] | None:
    """The parts of a content; None where it is a text, the value of an answer or nothing."""
    if isinstance(content, Mapping):
        known = content.get("type") in _TEXT_PARTS | set(words()["thought_parts"])
        return [content] if known else None
    if isinstance(content, list) and any(map(_is_part, content[:_MOST_PARTS])):
        return content[:_MOST_PARTS]
    return None


def _is_part(part: object) -> bool:
    if not isinstance(part, Mapping):
        return isinstance(part, str)
    return isinstance(part.get("type"), str) or ("text" in part and set(part) <= _TEXT_ONLY)


def _sorted(parts: list[Any]) -> tuple[list[str], list[str], list[str], list[str]]:
    """The texts, thoughts, calls and refusals of the parts."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[str] = []
    refusals: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            kind = part.get("type")
            if kind in words()["thought_parts"] or part.get("thought") is True:
                thoughts += _strings(part, 0)
            elif kind == "refusal":
                refusals += _strings(part.get("refusal") or part.get("text"), 0)
            elif kind == "tool_use":
                calls += [_dumped(part.get("input"))]
            elif kind in {None, *_TEXT_PARTS}:
                texts += _strings(part.get("text"), 0)
    return texts, thoughts, calls, refusals


def _strings(value: object, depth: int) -> Iterator[str]:
    """The texts in a value, but for those that name a kind, an id or a signature."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key not in {"type", "id", "signature", "format", "encrypted_content", "data"}:
                yield from _strings(each, depth + 1)
    elif isinstance(value, list):
        for each in value[:_MOST_PARTS]:
            yield from _strings(each, depth + 1)


def _calls(message: Mapping[str, Any]) -> list[str]:
    """The arguments of each tool call."""
    calls = message.get("tool_calls")
    found = calls[:_MOST_PARTS] if isinstance(calls, list) else []
    if isinstance(message.get("function_call"), Mapping):
        found = [*found, message["function_call"]]
    arguments = []
    for call in found:
        inner = call.get("function") if isinstance(call, Mapping) else None
        place = inner if isinstance(inner, Mapping) else call
        if isinstance(place, Mapping):
            given = place.get("arguments", place.get("input"))
            arguments.append(given if isinstance(given, str) else _dumped(given))
    return arguments


def _dumped(value: object) -> str:
    """A value as the text that it should have been; empty where there is none."""
    if not isinstance(value, Mapping | list) or not value:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ""
