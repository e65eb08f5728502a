"""A résumé: a JSON Resume 1.0 object that is never changed, with the places of all its texts.

Whatever a file said is kept: what could not be placed is in `other`, a list of named groups of
lines next to JSON Resume's own sections. `documents.load` makes one of a file, a text or a mapping.
"""

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from tailor_lab.moved import moved_names

__getattr__ = moved_names(__name__)

LISTS = (
    "work",
    "volunteer",
    "education",
    "awards",
    "certificates",
    "publications",
    "skills",
    "languages",
    "interests",
    "references",
    "projects",
    "other",
)
"""The sections of JSON Resume that are lists of objects, and `other`, for what has no place."""

_NO_TEXT = frozenset({"$schema", "meta"})


class Line(NamedTuple):
    """One textual field: its JSON pointer, its text, and the section that it stands in."""

    path: str
    text: str
    section: str


@dataclass(frozen=True)
class Resume:
    """A résumé. Equal data is an equal résumé, wherever it was read."""

    data: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    """What the reader could not place or did not understand, in words."""
    format: str = "json"
    """The name of the format that it was read from, in lower case: `json`, `pdf`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resume) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def name(self) -> str:
        """The person's name, or an empty text."""
        return str(self.data.get("basics", {}).get("name") or "")

    @property
    def label(self) -> str:
        """The headline under the name, else the position of the first entry of work."""
        label = self.data.get("basics", {}).get("label")
        positions = [entry.get("position") for entry in self.data.get("work", ())]
        return str(label or next(filter(None, positions), ""))

    @cached_property
    def digest(self) -> str:
        """A hash of the data, equal for equal data in every process."""
        canonical = json.dumps(self.data, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return tuple(
            line
            for section, value in self.data.items()
            if section not in _NO_TEXT
            for line in _walk(f"/{_escape(section)}", value, section)
        )

    def lines(self) -> Iterator[Line]:
        """Every textual field, in the order of the data; numbers count, empty texts do not."""
        return iter(self._lines)

    @property
    def text(self) -> str:
        """All its texts, one a line."""
        return "\n".join(line.text for line in self._lines)

    def to_dict(self) -> dict[str, Any]:
        """A copy of the JSON Resume object, free to be changed."""
        return copy.deepcopy(dict(self.data))


def _walk(pointer: str, value: Any, section: str) -> Iterator[Line]:
    if isinstance(value, str):
        if value.strip():
            yield Line(pointer, value, section)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(f"{pointer}/{_escape(str(key))}", item, section)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(f"{pointer}/{index}", item, section)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield Line(pointer, str(value), section)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
