"""Tolerant readers of what servers send: whatever its form, something is made of it or nothing."""

import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST_REASON = 2000
_DEEPEST = 6
_KEYS = ("error", "message", "detail", "errors", "msg", "error_description", "title", "reason")
"""Under which servers give a reason, the most telling first; keys are compared in lower case."""
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def reason_of(body: object) -> str:
    """What a server gave as its reason, in whatever form; empty where it gave none.

    `body` is decoded JSON, text or bytes: OpenAI's error, FastAPI's detail, a bare string, a list
    of errors, a gateway's error around another server's, a web page (its title).

    >>> reason_of({"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted"}]})
    'body.seed: extra fields not permitted'
    """
    return " ".join(_reason(body, 0).split())[:LONGEST_REASON]


def is_page(content: bytes) -> bool:
    """Whether a body is a web page."""
    start = content[:500].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<body"))


def decoded(content: bytes) -> Any:
    """A body as JSON where it is JSON, else as text."""
    text = content.decode("utf-8-sig", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _reason(body: object, depth: int) -> str:
    if depth > _DEEPEST or body is None:
        return ""
    if isinstance(body, bytes):
        return _reason(body[: 50 * LONGEST_REASON].decode("utf-8", "replace"), depth)
    if isinstance(body, str):
        return _of_text(body[: 50 * LONGEST_REASON].strip(), depth)
    if isinstance(body, list):
        return "; ".join(filter(None, (_reason(part, depth + 1) for part in body[:3])))
    if isinstance(body, Mapping):
        return _of_mapping({str(k).lower(): v for k, v in body.items()}, depth)
    return ""


def _of_text(text: str, depth: int) -> str:
    if is_page(text[:500].encode()):
        found = _TITLE.search(text)
        return _TAG.sub(" ", found.group(2) if found else "")
    if text[:1] in {"{", "["}:
        inner = decoded(text.encode())
        if not isinstance(inner, str):
            return _reason(inner, depth + 1) or text
    return text


def _of_mapping(body: Mapping[str, Any], depth: int) -> str:
    said = next((found for key in _KEYS if (found := _reason(body.get(key), depth + 1))), "")
    place = body.get("loc")
    if said and isinstance(place, list):
        said = f"{'.'.join(map(str, place[:8]))}: {said}"
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("raw"):
        # A gateway's own words say only that another server failed; here are that server's.
        said = f"{said} ({_reason(metadata['raw'], depth + 1)})"
    return said
