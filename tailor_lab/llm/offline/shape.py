"""Gives an answer the shape of the schema that was asked for, as a server that enforces one does.

Only a schema that says which edits there may be has a say: what it does not permit is left out, and
each edit has the fields of its action. Any other schema for edits is answered in full.
"""

import re
from collections.abc import Mapping
from typing import Any

_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def shaped(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with the edits that the schema permits, each with its action's fields."""
    properties = schema.get("properties") or {}
    listed = properties.get("edits") or {}
    branches = (listed.get("items") or {}).get("anyOf")
    if not branches:
        return dict(answer)
    made = [_edit(edit, branches, schema) for edit in answer.get("edits") or ()]
    edits = [edit for edit in made if edit is not None][: listed.get("maxItems")]
    return {name: edits if name == "edits" else answer.get(name) for name in properties}


def _edit(
    edit: Mapping[str, Any], branches: list[Mapping[str, Any]], schema: Mapping[str, Any]
) -> dict[str, Any] | None:
    for branch in branches:
        fields = branch.get("properties") or {}
        if fields.get("action", {}).get("const") == edit.get("action"):
            values = {name: _value(edit.get(name), rule, schema) for name, rule in fields.items()}
            return None if None in values.values() else {**values, "action": edit["action"]}
    return None


def _value(value: Any, rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """The value as a rule has it; None where it cannot be."""
    rule = _followed(rule, schema)
    if rule.get("type") == "array":
        known = _permitted(rule["items"], schema)
        kept = [each for each in value or () if known is None or each in known]
        return kept[: rule.get("maxItems")]
    known = _permitted(rule, schema)
    if known is not None:
        return value if value in known else None
    if isinstance(value, str) and len(value) > rule.get("maxLength", len(value)):
        return _shortened(value, rule["maxLength"])
    return value


def _permitted(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Any] | None:
    """The values of an enumeration, or of several of which one holds; None for any value."""
    rule = _followed(rule, schema)
    if "anyOf" in rule:
        lists = [_permitted(each, schema) for each in rule["anyOf"]]
        return [value for values in lists for value in values or ()]
    values: list[Any] | None = rule.get("enum")
    return values


def _followed(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = (schema.get("$defs") or {}).get(name, {}) if name else rule
    return found


def _shortened(text: str, longest: int) -> str:
    """As many whole sentences as there is room for, else as many whole words."""
    kept = ""
    for sentence in _SENTENCES.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > longest:
            break
        kept = longer
    return kept or text[: longest + 1].rpartition(" ")[0] or text[:longest]
