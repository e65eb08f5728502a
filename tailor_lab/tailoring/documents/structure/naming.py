"""What the parts of an entry's head are: role, employer, place; degree, subject, school."""

import re
from collections.abc import Callable
from typing import Any

from tailor_lab.tailoring.documents.structure.education import name_education
from tailor_lab.tailoring.documents.structure.looks import names_a_place_of_work
from tailor_lab.tailoring.documents.structure.roles import is_role
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.text.lexicon import any_of

# How somebody was employed, which names nobody.
_TERMS = re.compile(
    r"\(?(?:part|full)[- ]?time\)?|\(?(?:seasonal|temporary|casual|per diem|contract|fixed[- ]term"
    r"|permanent|unpaid|voluntary|self-employed)\)?",
    re.IGNORECASE,
)
# "4 West", "Emergency Department": where in a house somebody worked, and not for whom.
_UNIT = re.compile(
    r"\d+[A-Z]?\s+\w+(?:\s*\([^)]*\))?|(?:\S+\s+){0,3}(?:unit|ward|department|dept\.?|floor|wing|icu"
    r"|team|division|platoon|squadron)(?:\s+\d+)?(?:\s*\([^)]*\))?",
    re.IGNORECASE,
)
# How far somebody is with a certificate, which names no issuer.
_STATUS = re.compile(
    rf"{any_of('unfinished', 'label')}|active|current|expire[sd]|lapsed|renewed", re.IGNORECASE
)
_LEGAL_FORM = rf"(?i:{any_of('legal_forms', 'certain')})"
_WITH_PLACE = re.compile(r"(?P<name>.*\S),\s+(?P<place>[A-ZÀ-Þ][\w.'’À-ÿ -]{1,30},\s+[A-Z]{2})")
# One to three names with capitals, perhaps with a state or country.
_SPOT = re.compile(
    r"[A-ZÀ-Þ][\w.'’À-ÿ-]*(?: [A-Za-zÀ-ÿ][\w.'’À-ÿ-]*){0,2}(?:,\s+[A-Z][\w.À-ÿ ]{1,20})?"
)
_NUMBERS = re.compile(r"[\W\d]+")


def name_parts(section: str, parts: list[str], made: dict[str, Any], knowledge: Knowledge) -> None:
    """Puts the parts of a head into the fields of the section; what has none goes to its text."""
    _NAMERS.get(section, _name_work)(parts, made, knowledge)


def _name_work(
    parts: list[str], made: dict[str, Any], knowledge: Knowledge, *, employer: str = "name"
) -> None:
    for term in [part for part in parts if _TERMS.fullmatch(part)]:
        parts.remove(term)
        _note([term], made)
    if not parts:
        return
    if len(parts) == 1:
        parts = _split_alone(parts[0], made, employer, knowledge)
        if len(parts) > 1 and "position" not in made:
            made["position"] = parts.pop(0)
    unit = next((part for part in parts[1:] if _UNIT.fullmatch(part.split(",")[0])), None)
    if unit is not None and len(parts) > 2:
        parts.remove(unit)
    else:
        unit = None
    titles = [part for part in parts if _names_role(part, knowledge)]
    title = next((part for part in titles if not names_a_place_of_work(part)), None)
    title = title or (titles[0] if titles else None)
    if title is None and len(parts) > 1:
        title = next((part for part in parts if not names_a_place_of_work(part)), parts[0])
    if title and "position" not in made:
        made["position"] = f"{title}, {unit}" if unit else title
        parts.remove(title)
    elif unit:
        parts.append(unit)
    if parts and employer not in made:
        made[employer] = parts.pop(0)
        placed = _WITH_PLACE.fullmatch(made[employer])
        if placed and "location" not in made:
            made[employer], made["location"] = placed["name"], placed["place"]
    if parts and "location" not in made and not _NUMBERS.fullmatch(parts[0]):
        made["location"] = parts.pop(0)
    _note(parts, made)


def _names_role(part: str, knowledge: Knowledge) -> bool:
    """Whether a part is a role, or begins with one ("Counsel, White Collar Group")."""
    return is_role(part, knowledge) or is_role(part.split(",", maxsplit=1)[0], knowledge)


def _split_alone(part: str, made: dict[str, Any], employer: str, knowledge: Knowledge) -> list[str]:
    """A head of one part as role, employer and place, where commas or "at" part them."""
    if at := re.match(r"(.+?) (?:at|@) (.+)", part):
        return [at.group(1), at.group(2)]
    if "," not in part or "position" in made or employer in made:
        return [part]
    pieces = re.split(rf",\s+(?!(?:{_LEGAL_FORM}|L\.L\.C|P\.?C|Co)\b)", part)
    roles = [is_role(piece, knowledge) for piece in pieces]
    if not any(roles):
        return [part]
    first = roles.index(True)
    last = first
    # "Combat Engineer, Lance Corporal" is one position, and so is "Charge Nurse, 4 West".
    while last + 1 < len(pieces) and (
        (roles[last + 1] and not names_a_place_of_work(pieces[last + 1]))
        or _UNIT.fullmatch(pieces[last + 1])
    ):
        last += 1
    position = ", ".join(pieces[first : last + 1])
    rest = pieces[:first] + pieces[last + 1 :]
    if not rest:
        return [position]
    name, place = rest[0], ", ".join(rest[1:])
    if place and _SPOT.fullmatch(place):
        return [position, name, place]
    return [position, ", ".join(rest)]


def _note(parts: list[str], made: dict[str, Any]) -> None:
    """Keeps parts of a head that have no field of their own."""
    if parts:
        before = [made["summary"]] if made.get("summary") else []
        made["summary"] = " | ".join([*before, *parts])


def _name_volunteer(parts: list[str], made: dict[str, Any], knowledge: Knowledge) -> None:
    if len(parts) > 1:
        made["position"], made["organization"] = parts[0], parts[1]
        _note(parts[2:], made)
    else:
        _name_work(parts, made, knowledge, employer="organization")


def _name_pair(first: str, second: str) -> Any:
    def name(parts: list[str], made: dict[str, Any], _knowledge: Knowledge) -> None:
        for status in [part for part in parts if _STATUS.match(part)]:
            parts.remove(status)
            _note([status], made)
        for key in (first, second):
            if parts and key and key not in made:
                made[key] = parts.pop(0)
        _note(parts, made)

    return name


def _name_project(parts: list[str], made: dict[str, Any], _knowledge: Knowledge) -> None:
    if parts and "name" not in made:
        made["name"] = " — ".join(parts)
    elif parts:
        made["description"] = " | ".join(parts)


_NAMERS: dict[str, Callable[[list[str], dict[str, Any], Knowledge], None]] = {
    "work": _name_work,
    "volunteer": _name_volunteer,
    "education": name_education,
    "projects": _name_project,
    "awards": _name_pair("title", "awarder"),
    "certificates": _name_pair("name", "issuer"),
    "publications": _name_pair("name", "publisher"),
}
