"""Fragments of regular expressions in data files: spelt out, and checked when a file is read.

A schema marks a list of fragments with `"format": "regex"`. A fragment may name a list of its file
in braces, `{unit}`: one under the key `lists` where the schema has it, else one at the top. Each
fragment is compiled by itself, so that a fault is found at its own line and not in the long
expression that is made of them all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tailor_lab.data_files.fault import Fault, Keys

_NAMED = re.compile(r"\{([a-z_]+)\}")
_PLAIN = re.compile(r"[\w\s'’,/&-]+")
"""Words, which every compiler takes: most fragments, and they need not be compiled."""
_PROBE = "a 1."
"""A text with edges of words; a fragment that finds nothing in it may find that anywhere."""


class _Faulty(Exception):  # noqa: N818 -- never leaves this module
    """Says what is wrong with the names in a fragment."""


def spelt_out(fragment: str, lists: Mapping[str, Sequence[str]]) -> str:
    """A fragment with the lists that it names in braces written out.

    >>> spelt_out("{unit}[- ]wide", {"unit": ["firm", "state"]})
    '(?:firm|state)[- ]wide'
    """
    return _spelt_out(fragment, lists, ())


def _spelt_out(fragment: str, lists: Mapping[str, Sequence[str]], around: tuple[str, ...]) -> str:
    def branches(match: re.Match[str]) -> str:
        key = match[1]
        if key in around:
            circle = " → ".join((*around[around.index(key) :], key))
            raise _Faulty(f"refers to itself: {circle}")
        if key not in lists:
            known = ", ".join(lists) or "none"
            raise _Faulty(f'names the list "{key}", which is not there; there are {known}')
        words = (_spelt_out(word, lists, (*around, key)) for word in lists[key])
        return f"(?:{'|'.join(words)})"

    return _NAMED.sub(branches, fragment)


def fragment_fault(data: Mapping[str, Any], schema: Mapping[str, Any]) -> Fault | None:
    """The first fragment of a file that cannot be used, or None; the data fits the schema."""
    named = data.get("lists", {}) if "lists" in schema.get("properties", {}) else data
    lists = {key: value for key, value in named.items() if _is_list(value)}
    for path, fragment in _fragments(data, schema, schema, ()):
        if _PLAIN.fullmatch(fragment):
            continue
        # A list that names itself is at fault where it does so.
        around = (str(path[-2]),) if len(path) > 1 and path[-2] in lists else ()
        text = _wrong(fragment, lists, around)
        if text:
            return Fault(path, text)
    return None


def _wrong(fragment: str, lists: Mapping[str, Sequence[str]], around: tuple[str, ...]) -> str:
    shown = f"{fragment!r}"
    try:
        pattern = re.compile(_spelt_out(fragment, lists, around))
    except _Faulty as fault:
        return str(fault)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error} in {shown}"
    if pattern.fullmatch("") or any(not match.group() for match in pattern.finditer(_PROBE)):
        return f"also matches the empty text: {shown}"
    return ""


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _fragments(
    data: Any, schema: Any, root: Mapping[str, Any], path: Keys
) -> Iterator[tuple[Keys, str]]:
    """Each text of the data that its schema calls a regular expression, with its keys."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        schema = root["$defs"][str(schema["$ref"]).removeprefix("#/$defs/")]
    if isinstance(data, str):
        if schema.get("format") == "regex":
            yield path, data
    elif isinstance(data, list):
        for index, item in enumerate(data if "items" in schema else ()):
            yield from _fragments(item, schema["items"], root, (*path, index))
    elif isinstance(data, Mapping):
        parts, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, value in data.items():
            yield from _fragments(value, parts.get(key, others), root, (*path, key))
