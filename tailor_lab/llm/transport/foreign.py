"""What servers say in many ways: usage, reasons of errors, reasons of an end, vectors.

Each reader takes whatever came and gives the one form that the rest of the package knows, or None.
None of them raises, and none trusts a length. The words to look for are data:
`data/models/answers.yaml`.
"""

import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tailor_lab.llm.completion import Usage
from tailor_lab.llm.scalars import count, name, sound, sound_values, whole_number
from tailor_lab.settings import shipped

LONGEST_REASON = 2000
_LONGEST_TEXT = 50 * LONGEST_REASON
_BOM = b"\xef\xbb\xbf"
_DEEPEST = 6
_MOST_REASONS = 3
_TITLE = re.compile(r"<(title|h1)\b[^>]{0,200}>(.{1,500}?)</\1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,300}>")


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """The words of `data/models/answers.yaml`."""
    from tailor_lab.data_files import read_data_file

    return read_data_file(
        shipped("data/models/answers.yaml"), shipped("data/models/answers.schema.json")
    )


def reason_of(body: object) -> str:
    """The words in which the body of an error says why, on one line; empty where it says nothing.

    `body` is JSON already decoded, text or bytes: OpenAI's error, FastAPI's detail, a bare text, a
    list of errors, a gateway's error around another server's, a web page (its title). At most
    `LONGEST_REASON` characters, as the server wrote them: not yet without secrets.

    >>> reason_of({"error": {"message": "No such model."}}), reason_of({"detail": "Not here."})
    ('No such model.', 'Not here.')
    >>> reason_of({"detail": [{"loc": ["body", "seed"], "msg": "extra field"}]})
    'body.seed: extra field'
    """
    return (_reason(body, 0) or "")[:LONGEST_REASON]


def is_page(content: bytes) -> bool:
    """Whether a body is a web page.

    >>> is_page(b"<!DOCTYPE html>"), is_page(b'{"a": "<html>"}')
    (True, False)
    """
    start = content[:500].removeprefix(_BOM).lstrip().lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml"))


def decoded(content: bytes) -> Any:
    """A body as JSON where it is JSON, also with a byte order mark, raw line breaks in its texts or
    half a character, which is replaced; else as text.

    >>> decoded(b'\\xef\\xbb\\xbf{"a": "\\\\ud83d"}'), decoded(b"upstream error")
    ({'a': '�'}, 'upstream error')
    """
    import msgspec

    try:
        return msgspec.json.decode(content.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = content.decode("utf-8-sig", "replace")
    try:
        return sound_values(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return text


def usage_of(usage: object, *, wrote: bool = True) -> Usage | None:
    """The usage that a server counted, or None where it said nothing of it.

    A count that is no number is None: unknown is not zero. What the server says nothing of, such
    as tokens from a cache, is 0. `wrote=False` is for requests that are answered by no tokens.

    >>> usage = usage_of({"prompt_tokens": "1000", "completion_tokens": "n/a"})
    >>> usage.input_tokens, usage.output_tokens
    (1000, None)
    """
    if not isinstance(usage, Mapping) or not usage:
        return None
    known = words()["usage"]
    details = [usage[key] for key in known["details"] if isinstance(usage.get(key), Mapping)]
    taken, written = _count([usage], known["input"]), _count([usage], known["output"])
    total = _count([usage], known["total"])
    if not wrote:
        written = written or 0
    elif written is None and taken is not None and total is not None and total > taken:
        written = total - taken
    cached = _count([*details, usage], known["cached"]) or 0
    made = _count([*details, usage], known["cache_written"]) or 0
    if taken is not None:
        apart = known["apart"]
        by_other_names = any(key in usage for key in known["input"] if key != apart["input"])
        if not by_other_names and any(key in usage for key in apart["cache"]):
            taken += cached + made
        cached = min(cached, taken)
        made = min(made, taken - cached)
    return Usage(
        input_tokens=taken,
        output_tokens=written,
        cached_input_tokens=cached,
        reasoning_tokens=_count([*details, usage], known["reasoning"]) or 0,
        cache_write_input_tokens=made,
    )


def end_of(reason: object) -> str | None:
    """Why an answer ended, in OpenAI's words where another's are known.

    >>> end_of("MAX_TOKENS"), end_of("stop"), end_of(None)
    ('length', 'stop', None)
    """
    said = name(reason, most=60)
    if said is None:
        return None
    for own, others in words()["ends"].items():
        if said.casefold() in others:
            return str(own)
    return said


def vectors_of(body: Mapping[str, Any], texts: int | None) -> list[list[float]] | str:
    """The vectors in the order of the texts, or what is wrong with them in a few words.

    `texts` is how many were asked for, where that is known. A server numbers them from 0, not at
    all, or all alike; a vector comes as numbers, alone in a further list, or in base64.
    """
    data = body.get("data")
    if not isinstance(data, list) and isinstance(body.get("embeddings"), list):
        data = body["embeddings"]
    if not isinstance(data, list) or not data:
        return "no embeddings"
    if texts is not None and len(data) != texts:
        return f"{len(data)} embeddings for {texts} texts"
    entries: list[Any] = data
    numbers = [whole_number(e.get("index")) if isinstance(e, Mapping) else None for e in data]
    if sorted(n for n in numbers if n is not None) == list(range(len(data))):
        placed = dict(zip(numbers, data, strict=True))
        entries = [placed[place] for place in range(len(data))]
    vectors = []
    for entry in entries:
        vector = _vector(entry.get("embedding") if isinstance(entry, Mapping) else entry)
        if isinstance(vector, str):
            return vector
        vectors.append(vector)
    if len({len(vector) for vector in vectors}) > 1:
        return "embeddings of different lengths"
    return vectors


def _vector(value: object) -> list[float] | str:
    """The numbers of one embedding, or what is wrong with it."""
    if isinstance(value, str):
        value = _base64_floats(value)
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or not value:
        return "no embeddings"
    if all(isinstance(each, list) for each in value):
        return "a vector for each token instead of one for the text (set pooling, such as mean)"
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in value):
        return "embeddings that are not numbers"
    try:
        vector = [float(x) for x in value]
    except OverflowError:
        return "embeddings with numbers that are not finite"
    if not all(map(math.isfinite, vector)):
        return "embeddings with numbers that are not finite"
    return vector


def _base64_floats(text: str) -> list[float] | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return list(struct.unpack(f"<{len(raw) // 4}f", raw)) if raw and len(raw) % 4 == 0 else None


def _count(places: Sequence[Mapping[str, Any]], names: Sequence[str]) -> int | None:
    """The first of the names that any of the places has as a count."""
    for key in names:
        for place in places:
            found = count(place.get(key))
            if found is not None:
                return found
    return None


def _reason(value: object, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    if isinstance(value, bytes):
        value = value[:_LONGEST_TEXT].decode("utf-8", "replace")
    if isinstance(value, str):
        return _reason_in_text(value, depth)
    if isinstance(value, list):
        found = (_reason(each, depth + 1) for each in value[:_MOST_REASONS])
        return "; ".join(dict.fromkeys(said for said in found if said)) or None
    if not isinstance(value, Mapping):
        return None
    return _reason_in_mapping(value, depth)


def _reason_in_mapping(body: Mapping[str, Any], depth: int) -> str | None:
    known = words()["errors"]
    said = None
    for key in known["inside"]:
        if isinstance(body.get(key), Mapping | list):
            said = _reason(body[key], depth + 1)
            if said:
                break
    for key in known["words"]:
        if said is None:
            said = _reason(body.get(key), depth + 1)
    if said is None:
        return None
    place = body.get("loc")
    if isinstance(place, list) and place:
        return f"{'.'.join(filter(None, map(name, place[:8])))}: {said}"
    further = _further(body, known["more"], depth)
    return f"{said} ({further})" if further and further not in said else said


def _further(body: Mapping[str, Any], keys: Sequence[str], depth: int) -> str | None:
    """What a gateway passes on of the error behind it."""
    metadata = body.get("metadata")
    places = [metadata, body] if isinstance(metadata, Mapping) else [body]
    found = (_reason(place.get(key), depth + 1) for place in places for key in keys)
    return next(filter(None, found), None)


def _reason_in_text(text: str, depth: int) -> str | None:
    text = sound(text[:_LONGEST_TEXT]).strip()
    if text[:1] in {"{", "["}:
        try:
            return _reason(json.loads(text), depth + 1) or text
        except (ValueError, RecursionError):
            return text
    if is_page(text[:500].encode()):
        title = _TITLE.search(text)
        text = _TAG.sub(" ", title[2] if title else text[:LONGEST_REASON])
    return " ".join(text.split()) or None
