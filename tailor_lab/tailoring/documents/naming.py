"""What the parts of an entry's head are: role, employer, place; degree, subject, school."""

import re
from collections.abc import Callable
from typing import Any

from tailor_lab.tailoring.documents.roles import is_role
from tailor_lab.tailoring.knowledge_detect import find_degrees

_SCHOOL = re.compile(
    r"universit|college|school|institut|academy|polytechnic|hochschule|école|vidyala|campus|lyc|board",
    re.IGNORECASE,
)


def name_parts(section: str, parts: list[str], made: dict[str, Any]) -> None:
    """Puts the parts of a head into the fields of the section; what has none goes to its text."""
    _NAMERS.get(section, _name_work)(parts, made)


def _name_work(parts: list[str], made: dict[str, Any], *, employer: str = "name") -> None:
    if not parts:
        return
    if len(parts) == 1:
        if at := re.match(r"(.+?) (?:at|@) (.+)", parts[0]):
            parts = [at.group(1), at.group(2)]
        elif "," in parts[0] and "position" not in made and employer not in made:
            first, _, rest = parts[0].partition(",")
            if is_role(first) or is_role(rest):
                parts = [first.strip(), rest.strip()]
    titles = [part for part in parts if is_role(part)]
    title = titles[0] if titles else None
    if title is None and len(parts) > 1:
        title = parts[0]
    if title and "position" not in made:
        made["position"] = title
        parts.remove(title)
    if parts and employer not in made:
        made[employer] = parts.pop(0)
    if parts and "location" not in made:
        made["location"] = parts.pop(0)
    _note(parts, made)


def _note(parts: list[str], made: dict[str, Any]) -> None:
    """Keeps parts of a head that have no field of their own."""
    if parts:
        before = [made["summary"]] if made.get("summary") else []
        made["summary"] = " | ".join([*before, *parts])


def _name_volunteer(parts: list[str], made: dict[str, Any]) -> None:
    if len(parts) > 1:
        made["position"], made["organization"] = parts[0], parts[1]
        _note(parts[2:], made)
    else:
        _name_work(parts, made, employer="organization")


def _name_education(parts: list[str], made: dict[str, Any]) -> None:
    school = next((part for part in parts if _SCHOOL.search(part) and not find_degrees(part)), None)
    school = school or next((p for p in reversed(parts) if _SCHOOL.search(p)), None)
    if school is None and len(parts) > 1:
        school = parts[1] if find_degrees(parts[0]) or not find_degrees(parts[1]) else parts[0]
    if school is None and parts and not find_degrees(parts[0]):
        school = parts[0]
    if school is not None:
        parts.remove(school)
        made["institution"] = school
    if parts:
        degree = parts.pop(0)
        study, joined, area = degree.partition(" in ")
        if not joined:
            study, joined, area = degree.partition(", ")
        if joined and (find_degrees(study) or " in " in degree):
            made["studyType"], made["area"] = study.strip(), area.strip()
        elif find_degrees(degree) or "studyType" in made:
            made.setdefault("studyType", degree)
            if made["studyType"] != degree:
                made["area"] = degree
        else:
            made["area"] = degree
    _note(parts, made)


def _name_pair(first: str, second: str) -> Any:
    def name(parts: list[str], made: dict[str, Any]) -> None:
        for key in (first, second):
            if parts and key and key not in made:
                made[key] = parts.pop(0)
        _note(parts, made)

    return name


def _name_project(parts: list[str], made: dict[str, Any]) -> None:
    if parts and "name" not in made:
        made["name"] = " — ".join(parts)
    elif parts:
        made["description"] = " | ".join(parts)


_NAMERS: dict[str, Callable[[list[str], dict[str, Any]], None]] = {
    "work": _name_work,
    "volunteer": _name_volunteer,
    "education": _name_education,
    "projects": _name_project,
    "awards": _name_pair("title", "awarder"),
    "certificates": _name_pair("name", "issuer"),
    "publications": _name_pair("name", "publisher"),
}
