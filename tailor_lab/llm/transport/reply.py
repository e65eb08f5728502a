"""The body of a reply, in whatever way it came: as one object, as events, asked for or not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tailor_lab.llm.errors import BadAnswerError, LLMError
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.transport.connection import ServerReply
from tailor_lab.llm.transport.failures import body_of, error_inside
from tailor_lab.llm.transport.planning import PlannedRequest
from tailor_lab.llm.transport.stream import Gathered


class ReplyReader:
    """Reads one reply; what came of it before a failure stays in its fields."""

    def __init__(self, request: PlannedRequest, target: ModelTarget, *, began: float) -> None:
        self.request = request
        self.target = target
        self.began = began
        self.first_token_s: float | None = None
        """Seconds from the request to the first piece of text; None where it came whole."""

    def body(self, reply: ServerReply) -> Mapping[str, Any]:
        """The body of the whole answer. Raises an `LLMError` where it is none."""
        if reply.is_stream:
            return self._gathered(reply.chunks())
        # Some servers ignore that a stream was asked for, and some gateways always stream.
        content = reply.content()
        if looks_like_events(content):
            return self._gathered([content])
        return body_of(content, self.target)

    def _gathered(self, chunks: Iterable[bytes]) -> Mapping[str, Any]:
        call = self.request.call
        said: list[str] = []

        def hear(piece: str) -> None:
            said.append(piece)
            if call.on_text is not None:
                call.on_text(piece)

        gathered = Gathered(
            self.target,
            hear,
            wants_json=call.schema is not None and call.on_text is not None,
            began=self.began,
        )
        try:
            return gathered.body(self._faultless(events(chunks)))
        except BadAnswerError as error:
            error.answer = "".join(said)
            raise
        except LLMError:
            raise
        except (ValueError, TypeError, AttributeError) as error:
            raise BadAnswerError(
                f"{self.target.server} streamed something unreadable for {self.target.name}. "
                "Try again."
            ) from error
        finally:
            self.first_token_s = gathered.first_token_s

    def _faultless(self, pieces: Iterable[Any]) -> Iterator[Any]:
        """The events up to one that reports an error, which is raised."""
        for piece in pieces:
            if isinstance(piece, Mapping) and piece.get("error"):
                error = error_inside(piece, self.target)
                if error is not None:
                    raise error
            yield piece


def looks_like_events(content: bytes) -> bool:
    """Whether a body is a stream of events, whatever its content type says."""
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"data:", b"event:", b": "))


def events(chunks: Iterable[bytes]) -> Iterator[Any]:
    """The decoded data of each event until `[DONE]` or the end.

    Comments, ids and event names are passed over. Raises `ValueError` for data that is not JSON.
    """
    import msgspec

    done = False
    for data in _data(chunks):
        # Read to its end, a connection can be used again.
        done = done or data == b"[DONE]"
        if data and not done:
            # Its errors are ValueErrors.
            yield msgspec.json.decode(data)


def _data(chunks: Iterable[bytes]) -> Iterator[bytes]:
    lines: list[bytes] = []
    for line in _lines(chunks):
        if line.startswith(b"data:"):
            lines.append(line[5:].strip())
        elif not line and lines:
            yield b"\n".join(lines)
            lines = []
    if lines:
        yield b"\n".join(lines)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    begun: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        begun.append(first)
        for other in others:
            yield b"".join(begun).rstrip(b"\r")
            begun = [other]
    yield b"".join(begun).rstrip(b"\r")
