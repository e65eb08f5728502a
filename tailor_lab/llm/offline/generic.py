"""Extractive answers to anything: the most telling sentences, poured into any JSON schema."""

import random
import re
from collections.abc import Mapping
from typing import Any

_TAG = re.compile(r"</?[a-z][a-z0-9_]*>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MAX_DEPTH = 12


def summarise(text: str, *, sentences: int = 2) -> str:
    """The sentences that hold most of the text's frequent words, in their order.

    Source: Luhn (1958), "The Automatic Creation of Literature Abstracts".
    """
    parts = _sentences(text)
    if not parts:
        return "There is nothing to answer."
    counts: dict[str, int] = {}
    for word in _WORD.findall(text.lower()):
        counts[word] = counts.get(word, 0) + 1
    weight = [
        sum(counts[w] for w in set(_WORD.findall(part.lower()))) / (4 + len(part.split()))
        for part in parts
    ]
    best = sorted(range(len(parts)), key=lambda i: -weight[i])[:sentences]
    return " ".join(parts[i] for i in sorted(best))


def fill(schema: Mapping[str, Any], system: str, user: str, seed: int) -> Any:
    """A value that is valid against `schema`, taken from the user's text where it can be."""
    return _Filler(schema, user or system, random.Random(seed)).value(schema, "", 0)


class _Filler:
    def __init__(self, root: Mapping[str, Any], text: str, chance: random.Random) -> None:
        self.root = root
        self.text = text
        self.sentences = _sentences(text) or ["Nothing is said."]
        self.chance = chance

    def value(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(schema["enum"])
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            # Past the depth limit the plainest option ends a schema that refers to itself.
            plain = [o for o in options if o.get("type") == "null"]
            return self.value(plain[0] if plain and depth > _MAX_DEPTH else options[0], name, depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            fields = schema.get("properties") or {}
            return {key: self.value(field, key, depth + 1) for key, field in fields.items()}
        if kind == "array":
            return self._array(schema, name, depth)
        return self._scalar(kind, schema, name)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            target: Any = self.root
            for part in str(schema["$ref"]).split("/")[1:]:
                target = target[part]
            schema = target
        return schema

    def _choice(self, options: list[Any]) -> Any:
        """The option that the text names most often; by chance among those it names equally."""
        text = self.text.lower()
        counts = [len(re.findall(rf"\b{re.escape(str(o).lower())}\b", text)) for o in options]
        best = [o for o, count in zip(options, counts, strict=True) if count == max(counts)]
        return self.chance.choice(best)

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        low, high = int(schema.get("minItems", 0)), int(schema.get("maxItems", 3))
        if depth > _MAX_DEPTH:
            high = low
        items = schema.get("items") or {}
        return [self.value(items, name, depth + 1) for _ in range(max(low, min(2, high)))]

    def _scalar(self, kind: str, schema: Mapping[str, Any], name: str) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return self.chance.random() < 0.5
        if kind in {"integer", "number"}:
            return self._number(kind, schema)
        words = set(_WORD.findall(name.replace("_", " ").lower()))
        best = max(
            self.sentences,
            key=lambda s: (len(words & set(_WORD.findall(s.lower()))), -len(s)),
        )
        text = best[: int(schema.get("maxLength", 400))]
        return text.ljust(int(schema.get("minLength", 0)), ".")

    def _number(self, kind: str, schema: Mapping[str, Any]) -> float | int:
        """The first number of the text within the bounds, else their middle."""
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        for found in _NUMBER.findall(self.text):
            number = float(found)
            inside = (low is None or number > low) and (high is None or number < high)
            if inside and (kind == "number" or number.is_integer()):
                return int(number) if kind == "integer" else number
        middle = (float(low or 0) + float(high if high is not None else (low or 0) + 2)) / 2
        return round(middle) if kind == "integer" else middle


def _sentences(text: str) -> list[str]:
    plain = _TAG.sub(" ", text)
    return [part.strip() for part in _SENTENCE.split(plain) if len(part.strip()) > 1]
