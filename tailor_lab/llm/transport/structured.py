"""Structured answers: how a schema is asked for, and how an answer is read into it.

A server is asked for the strongest form that it understands: a JSON schema, else JSON mode with the
schema in the instructions, else the instructions alone. Whatever comes back is read leniently where
that cannot change its meaning (see the room `answers`) and then validated strictly.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tailor_lab.llm.errors import BadAnswerError, scrub
from tailor_lab.llm.scalars import sound
from tailor_lab.llm.transport.answers.search import (
    LONGEST_ANSWER,
    FoundJson,
    SearchedAnswer,
    said_nothing,
    search,
    whole_json,
)

Form = Literal["schema", "json", "none"]
FORMS: tuple[Form, ...] = get_args(Form)
"""From the strongest to the weakest."""

Schema = type[BaseModel]
_MOST_TRIES = 40
"""Values that are tried against a schema."""
_DEEPEST_WRAPPER = 3


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


@dataclass(frozen=True)
class ReadAnswer:
    """An answer as an object of its schema, and what it took to read it."""

    value: BaseModel
    notes: tuple[str, ...] = ()
    """What was respelled, and where the answer was cut off; sentences."""


def read(text: str, schema: Schema, *, cut: bool = False) -> BaseModel:
    """The answer as an object of `schema`; see `read_answer`."""
    return read_answer(text, schema, cut=cut).value


def read_answer(text: str, schema: Schema, *, cut: bool = False) -> ReadAnswer:
    """The answer as an object of `schema`, wherever in the text it is.

    Of all the objects in the text the largest that is valid counts, as it is, in a further object,
    or as the bare list where the schema has one list. With `cut` the answer may end within the
    object: its list then keeps its whole elements, and a note says how many. Raises
    `BadAnswerError`, which says what is wrong with it, so that the model can be asked again.
    """
    if len(text) > LONGEST_ANSWER:
        raise BadAnswerError(f"The answer has {len(text):,} characters, too many to be read.")
    text, fits = sound(text), _Fits(schema)
    as_it_is = whole_json(text)
    if isinstance(as_it_is, dict) and (value := fits.of(as_it_is)) is not None:
        return ReadAnswer(value)
    searched = search(text, cut=cut)
    # A sort is stable: the largest that has a field of the schema, then the largest of the others.
    found = sorted(searched.found, key=lambda each: not fits.shares_field(each.value))
    for make in (fits.of, fits.in_list, fits.within):
        for each in found:
            fits.cut = each.cut
            value = None if make == fits.in_list and each.inside else make(each.value)
            if value is not None and (not each.cut or _keeps_enough(value)):
                return ReadAnswer(value, tuple(_notes(each, value)))
    raise BadAnswerError(_why(text, schema, fits, searched))


class _Fits:
    """Tries values against a schema, a bounded number of times, and keeps the first error."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.error: ValidationError | None = None
        self.error_is_own = False
        """Whether the error is of a value that has a field of the schema."""
        self.cut = False
        """Whether the value that is tried was cut off, which a schema may want to know."""
        self._left = _MOST_TRIES
        fields = schema.model_fields.items()
        self._names = {each.alias or name for name, each in fields} | set(schema.model_fields)
        self._lists = [each.alias or name for name, each in fields if is_list(each.annotation)]

    def shares_field(self, value: object) -> bool:
        """Whether the value has a field of the schema."""
        return isinstance(value, dict) and not self._names.isdisjoint(value)

    def of(self, value: object) -> BaseModel | None:
        """The value itself, where it is an object that is valid."""
        if not isinstance(value, dict) or self._left <= 0:
            return None
        self._left -= 1
        try:
            return self.schema.model_validate(value, context={"cut": True} if self.cut else None)
        except ValidationError as error:
            if self.error is None:
                self.error, self.error_is_own = error, self.shares_field(value)
        except RecursionError:
            pass
        return None

    def in_list(self, value: object) -> BaseModel | None:
        """A list as the schema's only list."""
        if not isinstance(value, list) or not value or len(self._lists) != 1:
            return None
        return self.of({self._lists[0]: value})

    def within(self, value: object) -> BaseModel | None:
        """A valid object a few levels within, such as the arguments of a call."""
        level = [value]
        for _ in range(_DEEPEST_WRAPPER):
            level = [inner for each in level for inner in _members(each)][:_MOST_TRIES]
            for each in level:
                made = self.of(each)
                if made is not None:
                    return made
        return None


def _members(value: object) -> Iterator[Any]:
    """The objects and lists in an object, those that are written as a text too."""
    for each in value.values() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            yield each
        elif isinstance(each, str) and each.lstrip()[:1] == "{":
            inner = whole_json(each)
            if isinstance(inner, dict):
                yield inner


def is_list(annotation: object) -> bool:
    """Whether a field's type is a list, also one that may be left out."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(is_list(each) for each in get_args(annotation))
    return annotation in {list, tuple} or origin in {list, tuple, Sequence}


def _keeps_enough(value: BaseModel) -> bool:
    """Whether what is left of a cut answer is one: an element of its list, or every field."""
    fields = type(value).model_fields
    lists = [name for name, each in fields.items() if is_list(each.annotation)]
    if lists:
        return any(getattr(value, name) for name in lists)
    return value.model_fields_set >= set(fields)


def _notes(found: FoundJson, value: BaseModel) -> Iterator[str]:
    if found.repairs:
        yield f"The answer was not quite JSON; it was read with {', '.join(found.repairs)}."
    if found.cut and not getattr(value, "notes", ()):
        # A schema that takes the context "cut" says so itself.
        lists = [
            name for name, field in type(value).model_fields.items() if is_list(field.annotation)
        ]
        kept = [
            f"{len(getattr(value, name))} {name}" for name in lists if getattr(value, name, None)
        ]
        after = " and ".join(kept) or "its last whole field"
        yield f"The answer reached its token limit: cut after {after}."


def _why(text: str, schema: Schema, fits: _Fits, searched: SearchedAnswer) -> str:
    """What is wrong with an answer that could not be read."""
    if searched.ended_within and not fits.error_is_own:
        return f"The answer ends before its JSON does: {text[-80:]!r}."
    if fits.error is not None:
        first = fits.error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(part) for part in first["loc"]) or "the answer"
        said = scrub(first["msg"].removeprefix("Value error, "))
        return (
            f'The answer does not fit the schema "{schema_name(schema)}": {scrub(place)[:80]}: '
            f"{said} ({fits.error.error_count()} problems in all)."
        )
    if said_nothing(text):
        return f"The answer holds thoughts and nothing after them: {text[-80:]!r}."
    return f"The answer holds no JSON object: {text[:80]!r}."
