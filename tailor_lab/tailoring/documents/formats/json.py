"""JSON: JSON Resume and postings as objects."""

import json
from collections.abc import Mapping
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.characters import decoded
from tailor_lab.tailoring.documents.format import Content, Format


def json_object(text: str, name: str) -> dict[str, Any]:
    """The JSON object that a text spells. Raises `InputError` with line and column."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})."
        ) from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply to be read.") from None
    if not isinstance(value, dict):
        raise InputError(f"{name} holds a JSON {type(value).__name__}; an object is needed.")
    return value


def read(content: bytes, name: str) -> Content:
    """The object of a JSON file."""
    return Content(data=json_object(decoded(content), name))


def to_json(data: Mapping[str, Any]) -> bytes:
    """The résumé as JSON, indented."""
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


FORMAT = Format(".json", "JSON", read=read, write=to_json)
