"""Labels of entries ("Company: …", "Courses: …"), of forms and of our writer."""

import re
from typing import Any

from tailor_lab.tailoring.documents.structure.lines import TextLine

LABELLED = re.compile(r"^([A-Za-z][A-Za-z &]{2,24}?)\s*(?::|\s-)\s*(.*)$")
_LABELS = {
    "courses": "courses",
    "keywords": "keywords",
    "roles": "roles",
    "grade": "score",
    "gpa": "score",
    "degree": "studyType",
    "area": "area",
    "entity": "entity",
    "kind": "type",
    "type": "type",
    "about the employer": "description",
    "description": "summary",
    "website": "url",
    "link": "url",
    "company": "name",
    "client": "name",
    "employer": "name",
    "designation": "position",
    "position": "position",
    "job title": "position",
    "location": "location",
    "project name": "name",
    "project title": "name",
}
_LISTS = frozenset({"courses", "keywords", "roles"})
OPENS = frozenset({"company", "client", "employer", "project name", "project title"})


def label_of(text: str) -> tuple[str, str] | None:
    """The field that a line's label names, and what stands behind it."""
    match = LABELLED.match(text)
    if match and (key := _LABELS.get(match.group(1).strip().casefold())):
        return key, match.group(2).strip()
    return None


def take_labels(lines: list[TextLine], made: dict[str, Any]) -> list[TextLine]:
    """Takes labelled lines into their fields; gives back the others."""
    kept: list[TextLine] = []
    filling: str | None = None
    for line in lines:
        found = None if line.bullet else label_of(line.text)
        if found is not None and found[1] and not made.get(found[0]):
            filling = found[0]
            made[filling] = found[1]
        elif filling in _LISTS and not line.bullet and not line.after_blank:
            made[filling] = f"{made[filling]} {line.text}"
        else:
            filling = None
            kept.append(line)
    for key in _LISTS & made.keys():
        if isinstance(made[key], str):
            made[key] = [item.strip() for item in made[key].split(";") if item.strip()]
    return kept
