"""Structured answers: how a schema is asked for, and how an answer is read into it.

A server is asked for the strongest form that it understands: a JSON schema, else JSON mode with the
schema in the instructions, else the instructions alone. Whatever comes back is read leniently where
that cannot change its meaning (prose or a code fence around the object, a trailing comma) and then
validated strictly.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from tailor_lab.llm.errors import BadAnswerError

Form = Literal["schema", "json", "none"]
FORMS: tuple[Form, ...] = get_args(Form)
"""From the strongest to the weakest."""

Schema = type[BaseModel]
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def schema_name(schema: Schema) -> str:
    """The name under which a model is sent: its class in snake case.

    >>> class PairPreference(BaseModel): pass
    >>> schema_name(PairPreference)
    'pair_preference'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", schema.__name__).lower()


@lru_cache(maxsize=256)
def strict_json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON schema in the strict dialect: all properties required, no others allowed."""
    from openai.lib._pydantic import to_strict_json_schema

    return to_strict_json_schema(schema)


def response_format(schema: Schema, form: Form) -> dict[str, Any] | None:
    """The `response_format` of a chat completion, or None where only words can ask."""
    if form == "schema":
        body = {"name": schema_name(schema), "schema": strict_json_schema(schema), "strict": True}
        return {"type": "json_schema", "json_schema": body}
    return {"type": "json_object"} if form == "json" else None


def instruct(messages: list[dict[str, Any]], schema: Schema) -> list[dict[str, Any]]:
    """The messages with the schema in words, for servers that take it no other way."""
    text = (
        "Answer with one JSON object and nothing else. It must be valid against this JSON schema, "
        f"named {schema_name(schema)}:\n"
        + json.dumps(strict_json_schema(schema), ensure_ascii=False, sort_keys=True)
    )
    if messages and messages[0].get("role") in {"system", "developer"}:
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{text}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def read(text: str, schema: Schema) -> BaseModel:
    """The answer as an object of `schema`.

    Raises `BadAnswerError`, which says what is wrong with it, so that the model can be asked again.
    """
    try:
        return schema.model_validate(_object(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"]) or "the answer"
        raise BadAnswerError(
            f'The answer does not fit the schema "{schema_name(schema)}": '
            f"{place}: {first['msg']} ({error.error_count()} problems in all)."
        ) from error


def _object(text: str) -> Mapping[str, Any]:
    """The JSON object in a text, wherever it stands."""
    fenced = _FENCE.search(text)
    candidates = [text, *([fenced.group(1)] if fenced else []), _braces(text)]
    for candidate in candidates:
        for spelling in (candidate, _TRAILING_COMMA.sub(r"\1", candidate)):
            try:
                value = json.loads(spelling)
            except ValueError:
                continue
            if isinstance(value, dict):
                return value
    raise BadAnswerError(f"The answer holds no JSON object: {text[:80]!r}.")


def _braces(text: str) -> str:
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else ""
