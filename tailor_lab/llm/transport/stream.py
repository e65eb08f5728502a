"""Streamed answers: pieces as they come, put together into the body that an unstreamed one has."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.llm.errors import BadAnswerError, ServerFailedError, scrub
from tailor_lab.llm.providers import ModelTarget

OnText = Callable[[str], None]


@dataclass
class Gathered:
    """A streamed chat completion, as far as it has come."""

    target: ModelTarget
    on_text: OnText
    wants_json: bool
    began: float = field(default_factory=time.perf_counter)
    first_token_s: float | None = None
    _texts: list[str] = field(default_factory=list)
    _head: dict[str, Any] = field(default_factory=dict)
    _refusal: str | None = None
    _finish_reason: str | None = None
    _checked: bool = False

    def body(self, events: Iterable[Any]) -> dict[str, Any]:
        """The body of the whole answer.

        Where JSON is wanted and the text begins otherwise, the stream is left at once with a
        `BadAnswerError`, so that no time goes into an answer that cannot be read.
        """
        for event in events:
            self._take(event)
        if self._finish_reason is None:
            raise ServerFailedError(
                f"{self.target.server} broke off its answer for {self.target.name}. Try again."
            )
        text = "".join(self._texts)
        message = {"role": "assistant", "content": text, "refusal": self._refusal}
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason}
        return {**self._head, "choices": [choice]}

    def _take(self, event: Any) -> None:
        if not isinstance(event, dict):
            return
        for name in ("id", "model", "usage"):
            if event.get(name):
                self._head[name] = event[name]
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            self._finish_reason = choice.get("finish_reason") or self._finish_reason
            if delta.get("refusal"):
                self._refusal = (self._refusal or "") + delta["refusal"]
            if delta.get("content"):
                self._say(delta["content"])

    def _say(self, piece: str) -> None:
        if self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began
        self._texts.append(piece)
        self.on_text(piece)
        if self.wants_json and not self._checked:
            start = "".join(self._texts).lstrip()
            self._checked = bool(start)
            if start and start[0] not in "{`":
                raise BadAnswerError(
                    f"{self.target.name} began its answer with {scrub(start)[:40]!r}, not with "
                    "JSON; it was left at once."
                )
