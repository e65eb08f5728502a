"""The schema of one item: which edits this résumé takes, for a server that enforces schemas.

A model that may only name places that exist, facts that were listed and a bounded number of edits
has little left to get wrong: a refused edit, an invented citation and an answer without an end are
no longer possible, and answers are shorter, for each action has its own fields only.

    {"edits": [{"action": "replace", "path": "/work/0/highlights/2", "value": …, "facts": […], …}]}

The dialect is what servers share: one object for each action in an `anyOf`, each with its action as
the first field, every field required, enumerations, bounds on lists and texts. OpenAI takes 1,000
values of enumerations, 15,000 characters in one of more than 250; llama.cpp repeats a rule fewer
than 2,000 times. A résumé with more places than that offers the first ones of each list, which are
the latest in time; reading takes every place that the mode permits, all the same.
"""

import math
from collections.abc import Iterable, Mapping
from copy import copy
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from pydantic import create_model

from tailor_lab.errors import InputError
from tailor_lab.tailoring.edits import Mode, permitted_places, resolve
from tailor_lab.tailoring.proposal import Rewrite

SchemaKind = Literal["item", "free"]
SCHEMAS: tuple[SchemaKind, ...] = get_args(SchemaKind)
"""Made for the item, or one for all, with free texts as paths and ids."""
MOST_EDITS = 12
"""How many edits an answer may have unless something else is asked for."""
LARGEST_MOST_EDITS = 200
MOST_PLACES = 240
"""Highlights, and keywords, that are offered."""
MOST_TEXTS = 60
MOST_LISTS = 30
MOST_FACTS = 240
MOST_REQUIREMENTS = 60
LONGEST_ID = 24
FURTHEST_MOVE = 9
"""To the tenth place of a list; what comes later in it is read by nobody."""
LONGEST_KEYWORD = 80
LONGEST_REASON = 160
_TEXT_LENGTHS = (400, 1500)
"""The bound of a new text is twice the longest one that may be replaced, within these."""
_GROUP_DEPTH = 2
_CITED_FACTS, _SERVED_REQUIREMENTS = 6, 4


class ItemRewrite(Rewrite):
    """A rewrite whose schema on the wire is `wire`; it is read as leniently as any."""

    wire: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema of the item; the arguments are those of pydantic and change nothing."""
        del args, kwargs
        return _copied(cls.wire)  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        # No other process can find a class that was made for an item.
        del protocol
        return copy, (self.plain(),)


class _Offer(NamedTuple):
    """What a schema offers; equal offers have one schema."""

    texts: tuple[str, ...]
    """Summaries and descriptions."""
    highlights: tuple[str, ...]
    keywords: tuple[str, ...]
    lists: tuple[str, ...]
    """Where a keyword can be added."""
    groups: tuple[str, ...]
    """The groups of skills, which can be moved in full mode."""
    facts: tuple[str, ...]
    requirements: tuple[str, ...]
    longest: int
    """Characters of a new text."""
    most: int
    """Edits."""
    full: bool


def check_schema(kind: str, most: int) -> None:
    """Raises `InputError` for a kind of schema that there is not, or a number that is none."""
    if kind not in SCHEMAS:
        raise InputError(f"schema is {kind!r}; use {' or '.join(SCHEMAS)}.")
    whole = isinstance(most, int) and not isinstance(most, bool)
    if not whole or not 1 <= most <= LARGEST_MOST_EDITS:
        raise InputError(
            f"max_edits is {most!r}; it must be a whole number from 1 to {LARGEST_MOST_EDITS}."
        )


def rewrite_schema(
    resume: Mapping[str, Any],
    mode: Mode,
    *,
    kind: SchemaKind = "item",
    facts: Iterable[str] = (),
    requirements: Iterable[str] = (),
    most: int = MOST_EDITS,
) -> type[Rewrite]:
    """The schema for the edits of a résumé, the same class for the same places and ids.

    `facts` and `requirements` are the ids that the model is told, none where it is told none;
    `most` is the number of edits. Raises `InputError` as `check_schema` does.
    """
    check_schema(kind, most)
    if kind == "free":
        return Rewrite
    places = permitted_places(resume, mode)
    replaced = places["replace"]
    keywords = [place for place in replaced if place.startswith("/skills/")]
    highlights = [place for place in replaced if "/highlights/" in place]
    others = {*keywords, *highlights}
    texts = [place for place in replaced if place not in others]
    lengths = (len(_text_at(resume, place)) for place in (*texts, *highlights))
    shortest, longest = _TEXT_LENGTHS
    offer = _Offer(
        texts=tuple(texts[:MOST_TEXTS]),
        highlights=tuple(highlights[:MOST_PLACES]),
        keywords=tuple(keywords[:MOST_PLACES]),
        lists=places["add"][:MOST_LISTS],
        groups=tuple(p for p in places["move"] if p.count("/") == _GROUP_DEPTH)[:MOST_LISTS],
        facts=_usable(facts)[:MOST_FACTS],
        requirements=_usable(requirements)[:MOST_REQUIREMENTS],
        # In steps, so that résumés of one shape have one schema.
        longest=min(longest, max(shortest, math.ceil(2 * max(lengths, default=0) / 100) * 100)),
        most=most,
        full=mode == "full",
    )
    return _schema(offer)


@lru_cache(maxsize=256)
def _schema(offer: _Offer) -> type[Rewrite]:
    made = create_model("Rewrite", __base__=ItemRewrite, __doc__=ItemRewrite.__doc__)
    made.most, made.wire = offer.most, _wire(offer)
    return made


def _wire(offer: _Offer) -> dict[str, Any]:
    """The JSON schema, in which what matters most comes first."""
    lists = {
        "text": offer.texts,
        "highlight": offer.highlights,
        "keyword": offer.keywords,
        "list": offer.lists,
        "group": offer.groups,
        "fact": offer.facts,
        "requirement": offer.requirements,
    }
    definitions = {name: _one_of(values) for name, values in lists.items() if values}
    movable = ("keyword", "highlight", "group") if offer.full else ("keyword",)
    branches = [
        _replace(definitions, offer.longest),
        _add(definitions),
        _move(definitions, movable),
        *([_remove(definitions)] if offer.full else []),
    ]
    edits = {
        "type": "array",
        "description": f"at most {offer.most}, those that matter most first",
        "items": {"anyOf": [branch for branch in branches if branch is not None]},
        "maxItems": offer.most,
    }
    return {**_object({"edits": edits}), "$defs": definitions}


def _replace(definitions: Mapping[str, Any], longest: int) -> dict[str, Any]:
    # There is always a place for the summary, and a list for the first keyword.
    path = _any_of(definitions, "text", "highlight", "keyword")
    return _action("replace", path, _text("the new text", longest), *_evidence(definitions))


def _add(definitions: Mapping[str, Any]) -> dict[str, Any]:
    path = _any_of(definitions, "list")
    value = _text("one more keyword", LONGEST_KEYWORD)
    return _action("add", path, value, *_evidence(definitions))


def _move(definitions: Mapping[str, Any], movable: Iterable[str]) -> dict[str, Any] | None:
    path = _any_of(definitions, *movable)
    to = {"type": "integer", "enum": list(range(FURTHEST_MOVE + 1))}
    described = {**to, "description": "the new index in its list"}
    return _action("move", path, {"to": described}) if path else None


def _remove(definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    path = _any_of(definitions, "highlight", "keyword")
    return _action("remove", path, _reason()) if path else None


def _action(
    name: str, path: Mapping[str, Any] | None, *fields: Mapping[str, Any]
) -> dict[str, Any]:
    properties = {"action": {"type": "string", "const": name}, "path": path}
    for field in fields:
        properties |= field
    return _object(properties)


def _text(what: str, longest: int) -> dict[str, Any]:
    described = f"{what}, at most {longest} characters"
    return {"value": {"type": "string", "description": described, "maxLength": longest}}


def _reason() -> dict[str, Any]:
    return {"reason": {"type": "string", "maxLength": LONGEST_REASON}}


def _evidence(definitions: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The fields on what an edit rests on; without ids to cite there is none for them."""
    for field, name, most in (
        ("facts", "fact", _CITED_FACTS),
        ("requirements", "requirement", _SERVED_REQUIREMENTS),
    ):
        if name in definitions:
            items = {"$ref": f"#/$defs/{name}"}
            yield {field: {"type": "array", "items": items, "maxItems": most}}
    yield _reason()


def _any_of(definitions: Mapping[str, Any], *names: str) -> dict[str, Any] | None:
    refs = [{"$ref": f"#/$defs/{name}"} for name in names if name in definitions]
    return refs[0] if len(refs) == 1 else {"anyOf": refs} if refs else None


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _usable(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids that an answer can cite: short, and each once."""
    return tuple(dict.fromkeys(each for each in ids if 0 < len(each) <= LONGEST_ID))


def _text_at(resume: Mapping[str, Any], place: str) -> str:
    try:
        return str(resolve(resume, place) or "")
    except (LookupError, TypeError):
        return ""


def _copied(value: Any) -> Any:
    """A copy that may be changed, as those who ask for a schema do."""
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
