"""A résumé: a JSON Resume 1.0 object that is never changed, with the places of all its texts.

`load_resume` reads JSON, Markdown, plain text, PDF and DOCX. Whatever a file says is kept: what
cannot be placed goes to `other`, a list of named groups of lines beside JSON Resume's own sections,
and a warning says so.
"""

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.read import Document, is_path, json_object, read_document

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
    """What it was read from: `json`, `markdown`, `text`, `pdf` or `docx`."""

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


def load_resume(source: "str | Path | Mapping[str, Any] | Resume") -> Resume:
    """The résumé in a file, a text or a JSON Resume object.

    A text of one line that reads as a path, not as a sentence, is the path of a file. Raises
    `InputError`, in one sentence, for what is missing, unreadable, too long or not a résumé.
    """
    if isinstance(source, Resume):
        return source
    if isinstance(source, Mapping):
        return Resume(_checked(source, "The résumé"))
    if not is_path(source):
        text = str(source)
        if text.lstrip().startswith("{"):
            return Resume(_checked(json_object(text, "The résumé"), "The résumé"))
        return _parsed(Document.from_text(text), "The text")
    path = Path(source)
    document = read_document(path, what="résumé")
    if document.format == "json":
        return Resume(_checked(json_object(document.text, path.name), path.name))
    return _parsed(document, path.name)


def _parsed(document: Document, name: str) -> Resume:
    from tailor_lab.tailoring.documents.parse import parse_resume

    data, warnings = parse_resume(document, name=name)
    return Resume(data, warnings=warnings, format=document.format)


def _checked(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """`data` as it is, if it has the shape of JSON Resume."""
    known = [key for key in ("basics", *LISTS) if key in data]
    if not any(data[key] for key in known):
        if known or not data:
            raise InputError(f"{name} is empty: it has none of basics, work, education or skills.")
        keys = ", ".join(sorted(map(str, data))[:5])
        raise InputError(
            f"{name} is not a résumé: it has {keys}, but none of JSON Resume's basics, work, "
            f"education or skills."
        )
    if not isinstance(data.get("basics", {}), Mapping):
        raise InputError(f"{name}: basics must be an object, as JSON Resume 1.0 has it.")
    for key in known:
        if key == "basics":
            continue
        entries = data[key]
        if not isinstance(entries, list):
            raise InputError(f"{name}: {key} must be a list of objects, as JSON Resume 1.0 has it.")
        for index, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise InputError(f"{name}: {key}[{index}] must be an object, not {entry!r:.40}.")
            _check_lists(name, key, index, entry)
    return copy.deepcopy(dict(data))


def _check_lists(name: str, key: str, index: int, entry: Mapping[str, Any]) -> None:
    for field in ("highlights", "keywords", "courses", "roles", "lines"):
        value = entry.get(field)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            raise InputError(f"{name}: {key}[{index}].{field} must be a list of texts.")


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
