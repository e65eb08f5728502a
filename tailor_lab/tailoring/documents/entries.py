"""The entries of a section: where each begins, who, what, when and where, and its lines."""

import re
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.tailoring.dates import find_dates, find_ranges
from tailor_lab.tailoring.documents.lines import TextLine
from tailor_lab.tailoring.documents.lone_dates import lone_date, own_date, turned_span
from tailor_lab.tailoring.documents.looks import (
    closes_an_entry,
    goes_on,
    named_parts,
    names_a_place_of_work,
)
from tailor_lab.tailoring.documents.naming import name_parts
from tailor_lab.tailoring.documents.roles import (
    is_role,
    role_lines,
    without_duration,
    without_overall_dates,
)
from tailor_lab.tailoring.knowledge_detect import find_degrees, title_family

_STRONG = re.compile(r"\s+—\s+|\s*\|\s*")
_SEPARATOR = re.compile(r"\s+[—–|•·]\s+|\s+-\s+|\t+|\s{3,}|\s*\|\s*")
_CELLS = re.compile(r"\t+|\s{3,}")
# A heading this long may go on in the next line.
_WRAPPED = 60
_LABELLED = re.compile(r"^([A-Za-z][A-Za-z &]{2,24}?)\s*(?::|\s-)\s*(.*)$")
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
_OPENS = frozenset({"company", "client", "employer", "project name", "project title"})
URL = re.compile(
    r"(?:https?://|www\.)(?:[^\s|,;()]|\([^\s|()]*\))+(?<![.])"
    r"|(?<![@\w])[\w-]+\.(?:com|org|io|dev|net)/[^\s|,;)]+"
)
_PLACE = re.compile(
    r"(?:[A-ZÀ-Þ][\w.'’À-ÿ-]+(?:[ -][A-ZÀ-Þa-z][\w.'’À-ÿ-]*){0,3}, "
    r"(?:[A-Z]{2,3}|[A-ZÀ-Þ][\w.'’À-ÿ -]+)"
    r"(?:, [A-Z][\w .-]+)?|Remote|Hybrid)"
)


@dataclass
class Entry:
    """The lines of one entry: its head, and what stands below it."""

    head: list[str] = field(default_factory=list)
    body: list[TextLine] = field(default_factory=list)


def split_entries(
    lines: list[TextLine], *, single_dates: bool
) -> tuple[list[TextLine], list[Entry]]:
    """The lines before the first entry, and the entries.

    An entry begins at a heading, or, where the section has none, with the lines around a span of
    time (with `single_dates`, around any date).
    """
    starts = _starts(lines, single_dates)
    if not starts:
        return lines, []
    entries = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        entry = Entry(head=[lines[start].text])
        at = start + 1
        while (
            at < end
            and at - start < 4
            and _continues_head(lines[start:at], lines[at], single_dates)
        ):
            if lines[at].heading and len(entry.head[-1]) >= _WRAPPED:
                entry.head[-1] = f"{entry.head[-1]} {lines[at].text}"
            else:
                entry.head.append(lines[at].text)
            at += 1
        entry.body = lines[at:end]
        if above := without_overall_dates(entry.head):
            entries.append(Entry(head=entry.head[:above]))
            entry.head = entry.head[above:]
        entries.append(entry)
    return lines[: starts[0]], entries


def _starts(lines: list[TextLine], single_dates: bool) -> list[int]:
    opened = _opened(lines)
    if opened:
        return opened
    headings = [index for index, line in enumerate(lines) if line.heading]
    if headings:
        tops = [i for i in headings if i == 0 or not lines[i - 1].heading or lines[i].after_blank]
        return sorted({*tops, *role_lines(lines)})
    starts: list[int] = []
    for index, line in enumerate(lines):
        leads = any(low == 0 for _, (low, _high) in find_dates(line.text)[:1])
        longest = 250 if leads else 150
        if line.bullet or len(line.text) > longest or not _dated(line.text, single_dates):
            continue
        if _rest_of_a_sentence(lines, index):
            continue
        lowest = starts[-1] + 1 if starts else 0
        start = _head_start(lines, index, lowest, single_dates)
        # A line of dates just below an undated name belongs to the head that it follows.
        below_name = starts and index == lowest and not _dated(lines[lowest - 1].text, single_dates)
        if not below_name:
            starts.append(start)
    return starts


def _rest_of_a_sentence(lines: list[TextLine], index: int) -> bool:
    """Whether a date without a span ends what the bullet above began, the line being broken."""
    line, above = lines[index], lines[index - 1] if index else None
    if above is None or not above.bullet or line.after_blank or find_ranges(line.text):
        return False
    names_role = any(is_role(part) for part in named_parts(line.text))
    return not names_role and goes_on(above.text, line.text, _longest(lines))


def _longest(lines: list[TextLine]) -> int:
    return max((len(line.text) for line in lines), default=0)


def _head_start(lines: list[TextLine], index: int, lowest: int, single_dates: bool) -> int:
    """The first line of the head that a line of dates belongs to: at most two short lines above."""
    bare = not without_duration(_without_dates(lines[index].text)).strip(" ,|()–-")
    for at in range(index - 1, max(lowest, index - 2) - 1, -1):
        line = lines[at]
        parted = lines[at + 1].after_blank and not bare
        if parted or line.bullet or not _short(line.text) or _dated(line.text, single_dates):
            break
        if line.after_blank or at == 0:
            return at
    above = lines[index - 1] if index > lowest else None
    alone = bare and above is not None and not above.bullet and _short(above.text)
    start = index - 1 if alone else index
    employer = start - 1
    if employer >= lowest and _names_employer_of_next(lines, employer, start, single_dates):
        return employer
    return start


def _names_employer_of_next(lines: list[TextLine], at: int, below: int, single_dates: bool) -> bool:
    """Whether an undated line right below another entry's lines is the employer of the next one.

    So it is where entries follow each other without a blank line, their employer or school above
    the role: it looks like one, or the line below names a role and nobody else, and it is not the
    rest of the bullet above it.
    """
    line, previous = lines[at], lines[at - 1] if at else None
    if line.bullet or not _short(line.text) or _dated(line.text, single_dates):
        return False
    if previous is None:
        return True
    parted = line.after_blank
    if not (
        previous.bullet
        or parted
        or _dated(previous.text, single_dates)
        or previous.text.endswith((".", "!"))
    ):
        return False
    if _dated(previous.text, single_dates) and not parted and _dated(lines[0].text, single_dates):
        # Here names stand below their dates.
        return False
    named = named_parts(lines[below].text)
    looks = names_a_place_of_work(line.text) or line.text.isupper()
    told = len(named) == 1 and (is_role(named[0]) or bool(find_degrees(named[0])))
    if is_role(line.text) and not looks:
        return False
    rest = not parted and goes_on(previous.text, line.text, _longest(lines))
    if looks and re.search(r"(?:\s{3}|\t)\S", line.text):
        rest = False
    return (looks or told) and not rest


def _opened(lines: list[TextLine]) -> list[int]:
    """The lines that open an entry by a label ("Company: …"), all by the label that comes first."""
    found: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        label = _LABELLED.match(line.text)
        if label and (name := label.group(1).strip().casefold()) in _OPENS:
            found.setdefault(name, []).append(index)
    return next(iter(found.values()), [])


def _continues_head(head: list[TextLine], line: TextLine, single_dates: bool) -> bool:
    if line.bullet:
        return False
    dated = any(_dated(item.text, single_dates) for item in head)
    if line.heading:
        return not line.after_blank
    if _label(line.text) or _label(head[0].text):
        return False
    if _dated(line.text, single_dates):
        return not dated and _short(_without_dates(line.text))
    # Between the name and a line of dates may stand the employer's line, not a paragraph.
    return not line.after_blank and len(head) < 3 and _short(line.text) and not head[0].heading


def _short(text: str) -> bool:
    """Whether a line is a name's length, and no sentence; "Acme Inc." ends in an abbreviation."""
    ends = text.rstrip().endswith((".", ";", ":")) and not re.search(r"\b[A-Z]\w{0,3}\.$", text)
    return len(text) <= 90 and not ends


def _dated(text: str, single_dates: bool) -> bool:
    if find_ranges(text) or turned_span(text) is not None or closes_an_entry(text):
        return True
    return single_dates and bool(find_dates(text))


def _without_dates(text: str) -> str:
    for found in reversed(find_ranges(text)):
        text = text[: found.span[0]] + text[found.span[1] :]
    return text


def read_entry(entry: Entry, section: str) -> dict[str, Any]:
    """An entry of JSON Resume from its lines."""
    made: dict[str, Any] = {}
    head = list(entry.head)
    if (labelled := _label(head[0])) and labelled[1]:
        made[labelled[0]] = labelled[1]
        del head[0]
    parts = _take_dates(head, section, made)
    body = _take_labels(entry.body, made)
    name_parts(section, parts, made)
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


def _take_dates(head: list[str], section: str, made: dict[str, Any]) -> list[str]:
    """The parts of the head, with dates, addresses and places taken out of it."""
    parts: list[str] = []
    for line in head:
        text = _take_url(_take_date(line.strip("*_ "), section, made), made)
        for part in _parted(text, section):
            closed = "(" in part and ")" in part
            bare = part.strip(" ,;:*_") if closed else part.strip(" ,;:()*_")
            if re.fullmatch(r"\([^()]*\)", bare):
                # "(part-time)", "(10 months)" names nobody.
                noted = [made["summary"], bare] if made.get("summary") else [bare]
                made["summary"] = " ".join(noted)
            elif bare:
                parts.append(bare)
    if section in {"work", "volunteer"} and len(parts) > 2:
        for part in parts[1:]:
            if _PLACE.fullmatch(part) and title_family(part) is None:
                made["location"] = part
                parts.remove(part)
                break
    return parts


def _parted(text: str, section: str) -> list[str]:
    """The parts of a line of a head.

    A long dash or a bar, where there is one, parts more than the shorter dashes around it; in work
    a short one may also stand inside an employer's name ("HM Forces – Royal Engineers").
    """
    if _STRONG.search(text):
        return [cell for piece in _STRONG.split(text) for cell in _CELLS.split(piece)]
    parts: list[str] = []
    for cell in _CELLS.split(text):
        pieces = [piece for piece in _SEPARATOR.split(cell) if piece.strip(" ,–-")]
        if section in {"work", "volunteer"} and len(pieces) > 1 and _one_name(cell, pieces):
            parts.append(cell)
        else:
            parts += pieces
    return parts


def _one_name(cell: str, pieces: list[str]) -> bool:
    """Whether dashes stand inside a name: no piece is a role by itself, nor a place."""
    if any(is_role(piece) and "," not in piece for piece in pieces):
        return False
    if any(_PLACE.fullmatch(piece.strip()) and not is_role(piece) for piece in pieces):
        return False
    by_comma = [piece for piece in cell.split(",") if is_role(piece)]
    return not any(map(is_role, pieces)) or any(not _SEPARATOR.search(p) for p in by_comma)


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
    return f"{text[:low].rstrip(' ,–—-')}\t{text[high:].lstrip(' ,–—-')}"


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


def _label(text: str) -> tuple[str, str] | None:
    match = _LABELLED.match(text)
    if match and (key := _LABELS.get(match.group(1).strip().casefold())):
        return key, match.group(2).strip()
    return None


def _take_labels(lines: list[TextLine], made: dict[str, Any]) -> list[TextLine]:
    kept: list[TextLine] = []
    filling: str | None = None
    for line in lines:
        found = None if line.bullet else _label(line.text)
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


def fold_lines(lines: list[TextLine]) -> tuple[list[str], list[str]]:
    """Paragraphs and bullets, wrapped lines joined again."""
    text: list[str] = []
    bullets: list[str] = []
    into: list[str] | None = None
    for line in lines:
        if line.bullet:
            bullets.append(line.text)
            into = bullets
        elif into is None or (line.after_blank and into is bullets) or line.heading:
            text.append(line.text)
            into = text
        else:
            into[-1] = _joined(into[-1], line.text)
    return text, bullets


def _joined(first: str, second: str) -> str:
    # A word broken at the end of a line keeps its hyphen where both halves may stand alone.
    return f"{first}{second}" if re.search(r"\w-$", first) else f"{first} {second}"
