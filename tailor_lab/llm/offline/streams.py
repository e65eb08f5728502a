"""A whole answer cut into the events of a streamed one."""

from collections.abc import Iterator, Mapping
from typing import Any

_PIECE = 24


def events(reply: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The chunks of a chat completion, the usage in the last."""
    shared = {key: reply[key] for key in ("id", "created", "model")}
    shared["object"] = "chat.completion.chunk"
    choice = reply["choices"][0]
    text = choice["message"]["content"]
    for at in range(0, len(text), _PIECE):
        delta = {"role": "assistant"} if at == 0 else {}
        piece = {**delta, "content": text[at : at + _PIECE]}
        yield {**shared, "choices": [{"index": 0, "delta": piece, "finish_reason": None}]}
    end = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    yield {**shared, "choices": [end]}
    yield {**shared, "choices": [], "usage": reply["usage"]}
