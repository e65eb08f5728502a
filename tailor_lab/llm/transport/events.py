"""Server-sent events, read from bytes: the objects that their data lines hold."""

from collections.abc import Iterable, Iterator
from typing import Any


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
