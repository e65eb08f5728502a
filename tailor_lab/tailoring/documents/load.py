"""A résumé from a file, a text or a JSON Resume object, checked where it is data."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.formats.json import json_object
from tailor_lab.tailoring.documents.parse import parse_resume
from tailor_lab.tailoring.documents.read import Document, is_path, read_document
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.resume import LISTS, Resume


def load_resume(
    source: str | Path | Mapping[str, Any] | Resume, *, knowledge: Knowledge | None = None
) -> Resume:
    """The résumé in a file, a text or a JSON Resume object.

    A text of one line that reads as a path, not as a sentence, is the path of a file. Raises
    `InputError`, in one sentence, for what is missing, unreadable, too long or not a résumé.
    `knowledge` tells titles and degrees in a document, by default that of the current settings.
    """
    if isinstance(source, Resume):
        return source
    if isinstance(source, Mapping):
        return Resume(_checked(source, "The résumé"))
    if not is_path(source):
        text = str(source)
        if text.lstrip().startswith("{"):
            return Resume(_checked(json_object(text, "The résumé"), "The résumé"))
        return _parsed(Document.from_text(text), "The text", opened(knowledge))
    path = Path(source)
    document = read_document(path, what="résumé")
    if document.data is not None:
        return Resume(_checked(document.data, path.name), format=document.format)
    return _parsed(document, path.name, opened(knowledge))


def _parsed(document: Document, name: str, knowledge: Knowledge) -> Resume:
    data, warnings = parse_resume(document, knowledge, name=name)
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
