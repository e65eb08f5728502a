"""Streamed answers: pieces as they come, put together into the body that an unstreamed one has."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.llm.errors import BadAnswerError, ServerFailedError, scrub
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.scalars import name, sound, whole_number
from tailor_lab.llm.transport.answers.content import piece_of

OnText = Callable[[str], None]
_MAY_BEGIN = "{[\"'`<◁"
"""How JSON begins, also in a fence or after a thought; a bracket also begins a thought's mark."""
_CALLS = frozenset({"tool_calls", "function_call"})
_AROUND = " \t\r\n\ufeff\u200b"


@dataclass
class Gathered:
    """A streamed chat completion, as far as it has come."""

    target: ModelTarget
    on_text: OnText
    wants_json: bool
    began: float = field(default_factory=time.perf_counter)
    first_token_s: float | None = None
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: dict[int, list[str]] = field(default_factory=dict)
    _head: dict[str, Any] = field(default_factory=dict)
    _refusal: str = ""
    _finish_reason: str | None = None
    _error: Any = None
    _checked: bool = False

    def body(self, events: Iterable[Any]) -> dict[str, Any]:
        """The body of the whole answer.

        An event may also be a whole body, as a server sends that does not stream. Where JSON is
        wanted and the text begins otherwise, the stream is left at once with a `BadAnswerError`, so
        that no time goes into an answer that cannot be read.
        """
        for event in events:
            self._take(event)
        if self._error is not None:
            return {**self._head, "error": self._error}
        if self._finish_reason is None:
            raise ServerFailedError(
                f"{self.target.server} broke off its answer for {self.target.name}. Try again."
            )
        message: dict[str, Any] = {
            "role": "assistant",
            "content": _joined(self._texts),
            "refusal": self._refusal or None,
        }
        if self._thoughts:
            message["reasoning_content"] = _joined(self._thoughts)
        if self._calls:
            calls = (_joined(pieces) for _, pieces in sorted(self._calls.items()))
            message["tool_calls"] = [{"function": {"arguments": each}} for each in calls]
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason}
        return {**self._head, "choices": [choice]}

    def _take(self, event: Any) -> None:
        if not isinstance(event, Mapping):
            return
        for key in ("id", "model", "service_tier"):
            if event.get(key):
                self._head[key] = event[key]
        self._count(event.get("usage"))
        groq = event.get("x_groq")
        self._count(groq.get("usage") if isinstance(groq, Mapping) else None)
        if event.get("error"):
            self._error = event["error"]
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            # One answer was asked for: what belongs to a further one is not mixed into it.
            if isinstance(choice, Mapping) and not whole_number(choice.get("index")):
                self._take_choice(choice)

    def _take_choice(self, choice: Mapping[str, Any]) -> None:
        self._finish_reason = name(choice.get("finish_reason")) or self._finish_reason
        if choice.get("error"):
            self._error = choice["error"]
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            delta = choice.get("message")
            if isinstance(delta, Mapping) and self._finish_reason is None:
                # A body that is whole may leave out why it ended.
                self._finish_reason = "stop"
        if not isinstance(delta, Mapping):
            return
        said = piece_of({key: each for key, each in delta.items() if key not in _CALLS})
        self._refusal += said.refusal
        if said.thoughts:
            self._first()
            self._thoughts.append(said.thoughts)
        self._take_calls(delta)
        if said.text:
            self._say(said.text)

    def _take_calls(self, delta: Mapping[str, Any]) -> None:
        """Puts the pieces of each call's arguments together."""
        calls = delta.get("tool_calls")
        pieces = list(calls) if isinstance(calls, list) else []
        if isinstance(delta.get("function_call"), Mapping):
            pieces.append(delta["function_call"])
        for place, call in enumerate(pieces):
            arguments = piece_of({"tool_calls": [call]}).call
            if arguments:
                self._first()
            number = whole_number(call.get("index")) if isinstance(call, Mapping) else None
            self._calls.setdefault(place if number is None else number, []).append(arguments)

    def _count(self, usage: Any) -> None:
        """Keeps the usage; some servers count the input first and the output at the end."""
        if isinstance(usage, Mapping):
            told = {key: each for key, each in usage.items() if each is not None}
            self._head["usage"] = {**self._head.get("usage", {}), **told}

    def _first(self) -> None:
        if self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began

    def _say(self, piece: str) -> None:
        self._first()
        self._texts.append(piece)
        self.on_text(sound(piece))
        if self.wants_json and not self._checked:
            start = "".join(self._texts).lstrip(_AROUND)
            self._checked = bool(start)
            if start and start[0] not in _MAY_BEGIN:
                raise BadAnswerError(
                    f"{self.target.name} began its answer with {scrub(start[:200])[:40]!r}, not "
                    "with JSON; it was left at once."
                )


def _joined(pieces: list[str]) -> str:
    """The text of its pieces; two halves of a character become one."""
    return sound("".join(pieces))
