"""An entry of JSON Resume from its lines: who, what, when and where, and what it tells."""

import re
from typing import Any

from tailor_lab.tailoring.documents.structure.labels import label_of, take_labels
from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import lone_date, own_date, turned_span
from tailor_lab.tailoring.documents.structure.looks import names_a_part
from tailor_lab.tailoring.documents.structure.naming import name_parts
from tailor_lab.tailoring.documents.structure.roles import is_role
from tailor_lab.tailoring.documents.structure.splitting import Entry
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import title_family
from tailor_lab.tailoring.text.dates import find_dates, find_ranges

_STRONG = re.compile(r"\s+—\s+|\s*\|\s*")
_SEPARATOR = re.compile(r"\s+[—–|•·]\s+|\s+-\s+|\t+|\s{3,}|\s*\|\s*")
_CELLS = re.compile(r"\t+|\s{3,}")
URL = re.compile(
    r"(?:https?://|www\.)(?:[^\s|,;()]|\([^\s|()]*\))+(?<![.])"
    r"|(?<![@\w])[\w-]+\.(?:com|org|io|dev|net)/[^\s|,;)]+"
)
_PLACE = re.compile(
    r"(?:[A-ZÀ-Þ][\w.'’À-ÿ-]+(?:[ -][A-ZÀ-Þa-z][\w.'’À-ÿ-]*){0,3}, "
    r"(?:[A-Z]{2,3}|[A-ZÀ-Þ][\w.'’À-ÿ -]+)"
    r"(?:, [A-Z][\w .-]+)?|Remote|Hybrid)"
)


def read_entry(entry: Entry, section: str, knowledge: Knowledge) -> dict[str, Any]:
    """An entry of JSON Resume from its lines."""
    made: dict[str, Any] = {}
    head = list(entry.head)
    if (labelled := label_of(head[0])) and labelled[1]:
        made[labelled[0]] = labelled[1]
        del head[0]
    parts = _take_dates(head, section, made, knowledge)
    body = take_labels(entry.body, made)
    name_parts(section, parts, made, knowledge)
    text, bullets = fold_lines(body)
    if bullets:
        made["highlights" if section != "education" else "courses"] = (
            made.get("courses", []) + bullets if section == "education" else bullets
        )
    if text:
        key = _PARAGRAPH[section]
        made[key] = " ".join([made[key], *text]) if made.get(key) else " ".join(text)
    return made


_PARAGRAPH = {
    "work": "summary",
    "volunteer": "summary",
    "projects": "description",
    "education": "summary",
    "awards": "summary",
    "certificates": "summary",
    "publications": "summary",
}


def _take_dates(
    head: list[str], section: str, made: dict[str, Any], knowledge: Knowledge
) -> list[str]:
    """The parts of the head, with dates, addresses and places taken out of it."""
    parts: list[str] = []
    rows: list[list[str]] = []
    for line in head:
        rows.append([])
        text = _take_url(_take_date(line.strip("*_ "), section, made), made)
        for part in _parted(text, section, knowledge):
            closed = "(" in part and ")" in part
            bare = part.strip(" ,;:*_") if closed else part.strip(" ,;:()*_")
            if re.fullmatch(r"\([^()]*\)", bare):
                # "(part-time)", "(10 months)" names nobody.
                noted = [made["summary"], bare] if made.get("summary") else [bare]
                made["summary"] = " ".join(noted)
            elif bare:
                parts.append(bare)
                rows[-1].append(bare)
    if section == "work" and len(head) > 1:
        _take_employer_by_its_place(rows, parts, made, knowledge)
    if section in {"work", "volunteer"} and len(parts) > 2:
        for part in parts[1:]:
            if _PLACE.fullmatch(part) and title_family(part, knowledge) is None:
                made["location"] = part
                parts.remove(part)
                break
    return parts


def _take_employer_by_its_place(
    rows: list[list[str]], parts: list[str], made: dict[str, Any], knowledge: Knowledge
) -> None:
    """Takes an employer that has a line with its place ("Creek Mill   Boone, NC"), and the role."""
    row = next((row for row in rows if len(row) == 2 and _PLACE.fullmatch(row[1])), None)
    others = [part for part in parts if row is not None and part not in row]
    if (
        row is None
        or len(others) != 1
        or is_role(row[0], knowledge)
        or made.keys() & {"name", "position"}
    ):
        return
    made["name"], made["location"], made["position"] = row[0], row[1], others[0]
    parts.clear()


def _parted(text: str, section: str, knowledge: Knowledge) -> list[str]:
    """The parts of a line of a head.

    A long dash or a bar, where there is one, parts more than the shorter dashes around it; in work
    a short one may also stand inside an employer's name ("HM Forces – Royal Engineers").
    """
    if _STRONG.search(text):
        return [cell for piece in _STRONG.split(text) for cell in _CELLS.split(piece)]
    parts: list[str] = []
    for cell in _CELLS.split(text):
        pieces = [piece for piece in _SEPARATOR.split(cell) if piece.strip(" ,–-")]
        if (
            section in {"work", "volunteer"}
            and len(pieces) > 1
            and _one_name(cell, pieces, knowledge)
        ):
            parts.append(cell)
        else:
            parts += pieces
    return parts


def _one_name(cell: str, pieces: list[str], knowledge: Knowledge) -> bool:
    """Whether dashes stand inside a name: no piece is a role by itself, nor a place."""
    if any(is_role(piece, knowledge) and "," not in piece for piece in pieces):
        return False
    if any(_PLACE.fullmatch(piece.strip()) and not is_role(piece, knowledge) for piece in pieces):
        return False
    by_comma = [piece for piece in cell.split(",") if is_role(piece, knowledge)]
    return not any(is_role(piece, knowledge) for piece in pieces) or any(
        not _SEPARATOR.search(p) for p in by_comma
    )


def _take_date(text: str, section: str, made: dict[str, Any]) -> str:
    """Takes the first span of time, or the one date of sections that have one."""
    ranges = find_ranges(text)
    if "startDate" in made:
        return text
    if ranges and section not in _ONE_DATE:
        made["startDate"] = ranges[0].start_text
        if ranges[0].end_text:
            made["endDate"] = ranges[0].end_text
        low, high = ranges[0].span
        return _cut(text, low, high)
    dates = [] if ranges else find_dates(text)
    if turned := turned_span(text):
        made["summary"] = " ".join(filter(None, (made.get("summary"), text[slice(*turned)])))
        return _cut(text, *turned)
    lone = lone_date(text) if section in {"work", "volunteer"} else None
    if lone is not None and "endDate" not in made:
        made.update({"startDate": lone.start} if lone.start else {}, endDate=lone.end)
        low, high = lone.span
        return _cut(text, low, high)
    if section in _ONE_DATE and not own_date(text):
        return text
    if dates and section in _SINGLE and _SINGLE[section] not in made:
        date, (low, high) = dates[-1]
        made[_SINGLE[section]] = date.iso()
        return _cut(text, low, high)
    return text


def _cut(text: str, low: int, high: int) -> str:
    """The text without a date, with a gap in its place."""
    return f"{text[:low].rstrip(' ,–—·•|-')}\t{text[high:].lstrip(' ,–—·•|-')}"


def _take_url(text: str, made: dict[str, Any]) -> str:
    url = URL.search(text)
    if url is None or "url" in made:
        return text
    made["url"] = url.group()
    return text.replace(url.group(), " | ", 1)


_SINGLE = {
    "education": "endDate",
    "awards": "date",
    "certificates": "date",
    "publications": "releaseDate",
    "projects": "endDate",
}
_ONE_DATE = frozenset({"awards", "certificates", "publications"})


def fold_lines(lines: list[TextLine]) -> tuple[list[str], list[str]]:
    """Paragraphs and bullets, wrapped lines joined again."""
    text: list[str] = []
    bullets: list[str] = []
    into: list[str] | None = None
    for line in lines:
        if line.bullet:
            bullets.append(line.text)
            into = bullets
        elif names_a_part(line.text):
            text.append(line.text)
            into = None
        elif into is None or (line.after_blank and into is bullets) or line.heading:
            text.append(line.text)
            into = text
        else:
            into[-1] = _joined(into[-1], line.text)
    return text, bullets


def _joined(first: str, second: str) -> str:
    # A word broken at the end of a line keeps its hyphen where both halves may stand alone.
    return f"{first}{second}" if re.search(r"\w-$", first) else f"{first} {second}"
