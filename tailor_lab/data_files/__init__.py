"""Reads data files: YAML that is checked against a JSON Schema, with the line of what is wrong.

Each kind of file has a schema in `data/knowledge/schemas`. An editor finds it by the comment
`# yaml-language-server: $schema=` at the top of the file; `read_data_file` checks the same schema
when the file is loaded. A schema may use the keywords of `_KEYWORDS` and no others: these few are
checked here in milliseconds, and importing a general validator takes longer than reading all files.
A test holds both to the same answers. `title` is what a message calls the thing: "must be {title}".
What no schema can say is in two modules beside this one: `fragments` compiles what has the format
"regex", and `checks` compares the parts of a file with each other.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tailor_lab.data_files.checks import CHECKS
from tailor_lab.data_files.fault import Check, Fault, Keys
from tailor_lab.data_files.fragments import fragment_fault
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one where it is built in
_TEXT = "tag:yaml.org,2002:str"
_MOST_VALUES = 2_000_000
"""Far more than any taxonomy has; aliases of aliases make as many of a few lines."""
_KEYWORDS = frozenset(
    {
        *("$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "anyOf"),
        *("properties", "required", "additionalProperties", "minProperties"),
        *("items", "minItems", "maxItems", "minimum", "maximum", "minLength", "format"),
    }
)
_TYPES: Mapping[str, tuple[Any, str]] = {
    "object": (dict, "a mapping"),
    "array": (list, "a list"),
    "string": (str, "a text"),
    "number": ((int, float), "a number"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "null": (type(None), "empty"),
}


class _Wrong(Exception):  # noqa: N818 -- never leaves this module
    """A fault that was found while the data was made, and its line."""

    def __init__(self, fault: Fault, node: yaml.Node) -> None:
        super().__init__(fault.text)
        self.fault = fault
        self.line = int(node.start_mark.line) + 1


def read_data_file(path: str | Path, schema: str | Path) -> dict[str, Any]:
    """The content of a YAML file that fits a schema.

    `schema` is the name of a file in `data/knowledge/schemas`, such as "levels", or a path. Raises
    `InputError`, in one sentence with file, line and key, where the file cannot be read, is not
    YAML, defines a key twice or does not fit the schema.
    """
    path = Path(path)
    content, check = _check_of(schema_path(schema))
    root, data = _parsed(path, _text_of(path))
    fault = check(data) or fragment_fault(data, content)
    if fault is None and str(schema) in CHECKS:
        fault = CHECKS[str(schema)](data)
    if fault is not None:
        raise InputError(_sentence(path, _line_of(root, fault), fault))
    return data


def refusal(path: Path, fault: Fault) -> InputError:
    """The error for a fault that was found in a file's data after it was read, with its line."""
    root, _ = _parsed(path, _text_of(path))
    return InputError(_sentence(path, _line_of(root, fault), fault))


def schema_path(schema: str | Path) -> Path:
    """Where a schema lies, given by its name or its path."""
    if isinstance(schema, Path):
        return schema
    return shipped(f"data/knowledge/schemas/{schema}.schema.json")


def first_fault(data: Any, schema: Mapping[str, Any]) -> Fault | None:
    """The first place where the data does not fit the schema, or None.

    >>> first_fault({"years": "2"}, {"properties": {"years": {"type": "array"}}})
    Fault(path=('years',), text="must be a list, not '2'", of_key=False)
    """
    return _compiled(schema, schema, {})(data)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path.name} is not text in UTF-8 in line {line}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _parsed(path: Path, text: str) -> tuple[yaml.Node, dict[str, Any]]:
    """The root of the file's nodes, which know their lines, and its data."""
    loader = None
    try:
        # The C loader looks for characters that YAML forbids as soon as it is made.
        loader = _LOADER(text)
        root = loader.get_single_node()
        data: dict[str, Any] = _Maker(loader).top(root)
    except _Wrong as wrong:
        raise InputError(_sentence(path, wrong.line, wrong.fault)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = getattr(error, "position", None) or 0
        line = mark.line + 1 if mark else text[:place].count("\n") + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise InputError(f"{path.name} is not YAML in line {line}: {problem}.") from None
    except RecursionError:
        raise InputError(f"{path.name} is nested too deeply to be read.") from None
    finally:
        if loader is not None:
            loader.dispose()
    return root, data


_START = yaml.ScalarNode(_TEXT, "", yaml.Mark("", 0, 0, 0, None, 0))


class _Maker:
    """Makes data of nodes, and refuses what no schema can say: see `made`.

    It does in one pass what PyYAML's constructor does in several, which also takes the last of a
    key that is there twice without a word.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._done: dict[int, tuple[Any, int]] = {}
        self._around: set[int] = set()
        self._count = 0

    def top(self, root: yaml.Node | None) -> dict[str, Any]:
        """The data of a whole file. Raises `_Wrong` as `made` does."""
        if not isinstance(root, yaml.MappingNode):
            raise _Wrong(Fault((), "needs a mapping at its top"), root or _START)
        data: dict[str, Any] = self.made(root, ())
        return data

    def made(self, node: yaml.Node, path: Keys) -> Any:
        """The node as data.

        Raises `_Wrong` for a key that is no text or is there twice, and for aliases that make
        endless data.
        """
        if isinstance(node, yaml.ScalarNode):
            self._count += 1
            return node.value if node.tag == _TEXT else self._scalar(node, path)
        place = id(node)
        if place in self._done:
            data, size = self._done[place]
            self._count += size
            if self._count > _MOST_VALUES:
                raise _Wrong(Fault(path, f"makes more than {_MOST_VALUES:,} values"), node)
            return data
        if place in self._around:
            raise _Wrong(Fault(path, "refers to itself"), node)
        self._around.add(place)
        before = self._count
        data = (
            self._mapping(node, path)
            if isinstance(node, yaml.MappingNode)
            else self._list(node, path)
        )
        self._around.remove(place)
        self._done[place] = data, self._count - before
        return data

    def _list(self, node: yaml.Node, path: Keys) -> list[Any]:
        return [self.made(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Keys) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag != _TEXT:
                name = f"the key {key.value}" if isinstance(key, yaml.ScalarNode) else "a key"
                raise _Wrong(Fault(path, f"has {name} that is no text; put it in quotes"), key)
            if key.value in data:
                first = next(k for k, _ in node.value if k.value == key.value)
                line = first.start_mark.line + 1
                raise _Wrong(
                    Fault((*path, key.value), f"is defined twice; the first is in line {line}"), key
                )
            data[key.value] = self.made(value, (*path, key.value))
        return data

    def _scalar(self, node: yaml.ScalarNode, path: Keys) -> Any:
        try:
            return self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            # It has the form of a date, such as 2026-13-45, or a tag of its own.
            raise _Wrong(Fault(path, f"is {node.value!r}; put it in quotes"), node) from None


def _line_of(root: yaml.Node, fault: Fault) -> int:
    node, line = root, int(root.start_mark.line)
    for step in fault.path:
        if isinstance(node, yaml.MappingNode):
            key, node = next(pair for pair in node.value if pair[0].value == step)
            line = int((key if fault.of_key else node).start_mark.line)
        else:
            node = node.value[step]
            line = int(node.start_mark.line)
    return line + 1


def _sentence(path: Path, line: int, fault: Fault) -> str:
    place = "/" + "/".join(map(str, fault.path)) if fault.path else "the file"
    return f"{path.name}, line {line}: {place} {fault.text}."


@lru_cache(maxsize=64)
def _check_of(path: Path) -> tuple[Mapping[str, Any], Check]:
    """A schema file and its check. Raises `InputError` for a keyword that would not be checked."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"There is no schema to be read at {path}: {error}.") from None
    unknown = sorted(set(_keywords(schema)) - _KEYWORDS)
    if unknown:
        raise InputError(f"{path.name} uses {', '.join(unknown)}, which tailor_lab does not check.")
    return schema, _compiled(schema, schema, {})


def _keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    yield from schema
    parts = [*schema.get("$defs", {}).values(), *schema.get("properties", {}).values()]
    parts += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    for part in (*parts, *schema.get("anyOf", ())):
        yield from _keywords(part)


def _compiled(schema: Mapping[str, Any], root: Mapping[str, Any], known: dict[str, Check]) -> Check:
    """The check of a part of a schema; `known` are those of its definitions.

    No definition may name itself: the data here is flat.
    """
    if "$ref" in schema:
        name = _definition(schema)
        if name not in known:
            known[name] = _compiled(root["$defs"][name], root, known)
        return known[name]
    if "anyOf" in schema:
        choices = [root["$defs"][_definition(c)] if "$ref" in c else c for c in schema["anyOf"]]
        return _any_of(schema, [(choice, _compiled(choice, root, known)) for choice in choices])
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    bounds = _bounds(schema)
    of_mapping, of_list = _mapping_check(schema, root, known), _list_check(schema, root, known)

    def check(data: Any) -> Fault | None:
        if kinds and not any(_is(data, kind) for kind in kinds):
            return Fault((), f"must be {_name(schema)}, not {_shown(data)}")
        if isinstance(data, dict):
            return of_mapping(data)
        return of_list(data) if isinstance(data, list) else bounds(data)

    return check


def _definition(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).removeprefix("#/$defs/")


def _bounds(schema: Mapping[str, Any]) -> Check:
    words, shortest = schema.get("enum"), schema.get("minLength", 0)
    low, high = schema.get("minimum"), schema.get("maximum")

    def check(data: Any) -> Fault | None:
        if words is not None and data not in words:
            return Fault((), f"must be one of {', '.join(map(str, words))}, not {_shown(data)}")
        if isinstance(data, str):
            return Fault((), "must not be empty") if len(data) < shortest else None
        if _is(data, "number"):
            if not math.isfinite(data):
                return Fault((), f"must be a finite number, not {data}")
            if low is not None and data < low:
                return Fault((), f"must be {low} or more, not {data}")
            if high is not None and data > high:
                return Fault((), f"must be {high} or less, not {data}")
        return None

    return check


def _any_of(schema: Mapping[str, Any], choices: list[tuple[Any, Check]]) -> Check:
    def check(data: Any) -> Fault | None:
        alike = None
        for choice, fits in choices:
            fault = fits(data)
            if fault is None:
                return None
            # What is wrong with the choice of the data's own type tells more than all their names.
            if alike is None and _is(data, str(choice.get("type"))):
                alike = fault
        return alike or Fault((), f"must be {_name(schema)}, not {_shown(data)}")

    return check


def _mapping_check(
    schema: Mapping[str, Any], root: Mapping[str, Any], known: dict[str, Check]
) -> Check:
    keys = {k: _compiled(part, root, known) for k, part in schema.get("properties", {}).items()}
    needed, least = schema.get("required", ()), schema.get("minProperties", 0)
    others = schema.get("additionalProperties", True)
    other = _compiled(others, root, known) if isinstance(others, Mapping) else None

    def check(data: dict[str, Any]) -> Fault | None:
        for key in needed:
            if key not in data:
                return Fault((), f'lacks the key "{key}"', of_key=True)
        if len(data) < least:
            return Fault((), "must not be empty", of_key=True)
        for key, value in data.items():
            fits = keys.get(key, other)
            if fits is None:
                if others is False:
                    text = f"is not a known key; known are {', '.join(keys)}"
                    return Fault((key,), text, of_key=True)
            elif (fault := fits(value)) is not None:
                return fault._replace(path=(key, *fault.path))
        return None

    return check


def _list_check(
    schema: Mapping[str, Any], root: Mapping[str, Any], known: dict[str, Check]
) -> Check:
    items = _compiled(schema["items"], root, known) if "items" in schema else None
    least, most = schema.get("minItems", 0), schema.get("maxItems")

    def check(data: list[Any]) -> Fault | None:
        if len(data) < least or (most is not None and len(data) > most):
            wanted = f"at least {least}" if most is None else f"at most {most}"
            wanted = str(least) if least == most else wanted
            text = f"has {len(data)} items and must have {wanted}"
            return Fault((), text, of_key=True)
        for index, item in enumerate(data if items else ()):
            if items and (fault := items(item)) is not None:
                return fault._replace(path=(index, *fault.path))
        return None

    return check


def _is(data: Any, kind: str) -> bool:
    # A bool is an int for Python, and none for JSON.
    if isinstance(data, bool):
        return kind == "boolean"
    return kind in _TYPES and isinstance(data, _TYPES[kind][0])


def _name(schema: Mapping[str, Any]) -> str:
    """What a message calls that which fits a schema."""
    if "title" in schema:
        return str(schema["title"])
    kinds = schema.get("type") or [part.get("type", "another") for part in schema["anyOf"]]
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_TYPES[kind][1] if kind in _TYPES else kind for kind in kinds)


def _shown(data: Any) -> str:
    if isinstance(data, bool):
        return f"{str(data).lower()} (put a word in quotes)"
    if data is None:
        return "empty"
    if isinstance(data, dict | list):
        return _TYPES["object" if isinstance(data, dict) else "array"][1]
    text = repr(data) if isinstance(data, str) else str(data)
    return text if len(text) <= 60 else f"{text[:59]}…"
