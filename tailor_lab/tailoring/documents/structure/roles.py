"""Several roles at one employer: told once and followed by roles, or joined by "promoted to".

An employer belongs to the roles below it only where the layout says so: its name stands on a line
of its own, and the roles have none. A role beside whose neighbour an employer is named in the same
line ("Nurse, Acme, 2019") gets no employer that the document does not give it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import lone_date, without_dates
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import detect_level, title_family
from tailor_lab.tailoring.text.dates import find_dates, find_ranges

Made = dict[str, Any]
_PROMOTED = re.compile(
    r"[\s,;|–—-]*\(?\b(?:(?:and|then|later|was)\s+)*(?P<clause>promoted\s+to\s+"
    r"(?P<role>[^\W\d_][\w/&.' -]{1,60}?))(?=\s*(?:[,;:(|)]|[–—]|\s-\s|\bin\b|\bon\b|\d|$))",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\s*[,;:(|–—-]*\s*(?:in|on|since|from)?\s*", re.IGNORECASE)
_DID = re.compile(
    r"(?!(?:registered|certified|licensed|chartered|qualified|advanced|limited|retired|united|applied"
    r"|embedded|skilled|paid|salaried|shared|accredited|trained|enrolled|bed)\b)"
    r"(?:\w+ed\b|Led\b|Ran\b|Was\b|Built\b|Won\b|Wrote\b|Took\b|Made\b|Got\b|Grew\b|Taught\b)",
    re.IGNORECASE,
)
_UNIT = r"(?:years?|yrs?|months?|mos?)"
_DURATION = re.compile(
    rf"\s*\(?(?:less than a year|\d+\s+{_UNIT}(?:\s+\d+\s+{_UNIT})?)\)?\s*", re.IGNORECASE
)
_SHARED = ("name", "location", "url", "description")
# What roles end in, alone or before a rank, a field or a place: "Engineer II", "Head of Sales".
_ROLE = re.compile(
    r"(?:^|\s)(?:engineer|developer|programmer|analyst|manager|director|officer|assistant|associate"
    r"|administrator|coordinator|specialist|consultant|technician|supervisor|clerk|teacher|nurse"
    r"|accountant|designer|architect|trainee|intern|apprentice|operator|planner|buyer|writer|editor"
    r"|researcher|scientist|lecturer|tutor|cashier|driver|cook|chef|waiter|waitress|cleaner"
    r"|receptionist|representative|advisor|adviser|agent|inspector|foreman|mechanic|electrician"
    r"|plumber|carpenter|welder|machinist|paralegal|attorney|solicitor|counsel(?:l?or)?|pharmacist"
    r"|therapist|physician|librarian|lead|leader|rep|owner|founder|president|stagiaire|volunteer"
    r"|server|barista|baker|janitor|guard|tailor|pilot|captain|private|corporal|sergeant|lieutenant"
    r"|colonel|seaman|airman|marine|rifleman|gunner|fellow|resident|instructor|trainer|coach|nanny"
    r"|dishwasher|busser|bartender|housekeeper|porter|sommelier|hygienist|groomer|stylist|barber"
    r"|beautician|roofer|mason|painter|landscaper|gardener|farmer|lifeguard|treasurer|secretary"
    r"|professor|pastor|chaplain|dispatcher|courier|steward(?:ess)?|merchandiser|estimator|surveyor"
    r"|superintendent|dentist|veterinarian|midwife|paramedic|firefighter|detective|phlebotomist"
    r"|sonographer|radiographer|dieti[ct]ian|nutritionist|psychologist|psychiatrist|surgeon|registrar"
    r"|curator|archivist|journalist|reporter|photographer|animator|illustrator|producer|translator"
    r"|interpreter|actuary|auditor|underwriter|bookkeeper|teller|trader|broker|realtor|recruiter"
    r"|caretaker|caregiver|carer|labou?rer|handyman|installer|picker|packer|loader|stocker)(?:\s+(?:I{1,3}|IV|V|[1-5]))?$",
    re.IGNORECASE,
)


def is_role(text: str, knowledge: Knowledge) -> bool:
    """Whether a text is what somebody is employed as."""
    return len(text.split()) <= 9 and (
        title_family(text, knowledge) is not None
        or detect_level(text, knowledge) is not None
        or bool(_ROLE.search(text.strip(" .,")))
    )


def says_what_was_done(text: str) -> bool:
    """Whether a line begins as a sentence on a deed does ("Acted as …"), which is no role.

    >>> says_what_was_done("Acted as manager, 2018"), says_what_was_done("Registered Nurse, 2018")
    (True, False)
    """
    return _DID.match(text) is not None


def without_overall_dates(head: list[str], knowledge: Knowledge) -> int:
    """How many of a head's first lines name the employer alone, where roles with dates follow."""
    if (
        len(head) > 1
        and find_ranges(head[1])
        and is_role(without_dates(head[1]), knowledge)
        and find_ranges(head[0])
    ):
        return 0 if is_role(without_dates(head[0]), knowledge) else 1
    return 0


def names_employer_alone(head: list[str], knowledge: Knowledge) -> bool:
    """Whether an entry opens with a line that is its employer's, the role standing below it."""
    first = without_dates(head[0])
    return bool(first) and not is_role(first, knowledge)


def with_shared_employers(entries: list[tuple[bool, Made]]) -> list[Made]:
    """The entries, roles below an employer's own line with its name.

    Each comes with whether its employer stands on a line of its own. An entry that is nothing but
    such a line goes, unless its dates say more than those of the roles below it.
    """
    made: list[Made] = []
    above: Made = {}
    heads: list[tuple[Made, list[Made]]] = []
    for alone, entry in entries:
        item = entry
        role_alone = "position" in item and "name" not in item
        if role_alone and above:
            item = {**{key: above[key] for key in _SHARED if key in above}, **entry}
            heads[-1][1].append(item)
        elif alone and "name" in item:
            above = item
            heads.append((item, []))
        else:
            above = {}
        made.append(item)
    for head, roles in heads:
        told_all = not (head.keys() - {"startDate", "endDate", *_SHARED})
        if roles and told_all and _spans(head) in (None, _span_of(roles)):
            made = [item for item in made if item is not head]
    return made


def _spans(item: Mapping[str, Any]) -> tuple[str, str] | None:
    start = item.get("startDate")
    return None if start is None else (start, item.get("endDate", "9999"))


def _span_of(roles: list[Made]) -> tuple[str, str]:
    spans = [span for role in roles if (span := _spans(role))]
    return (
        min((start for start, _ in spans), default=""),
        max((end for _, end in spans), default=""),
    )


def promotion(lines: list[str]) -> tuple[list[str], Made | None]:
    """The lines of a head without "promoted to …", and the role that it tells.

    The role has `position`, `summary` (the words themselves) and what dates stand with it:
    `startDate`, and `endDate` where it is a span.
    """
    for index, line in enumerate(lines):
        found = _PROMOTED.search(line)
        if found is None:
            continue
        opened = _WHEN.match(line, found.end())
        end = opened.end() if opened else found.end()
        span = next((r for r in find_ranges(line) if r.span[0] <= end + 1 <= r.span[1]), None)
        date = next((d for d in find_dates(line) if d[1][0] <= end + 1 <= d[1][1]), None)
        role: Made = {"position": found["role"].strip()}
        others = [r for text in lines for r in find_ranges(text) if text != line or r != span]
        if not others:
            # The only dates of the head are the whole entry's, wherever they stand.
            end = found.end()
        elif span is not None:
            role["startDate"], end = span.start_text, span.span[1]
            if span.end_text:
                role["endDate"] = span.end_text
            role["spans"] = True
        elif date is not None:
            role["startDate"], end = date[0].iso(), date[1][1]
        else:
            end = found.end()
        closed = line[end:].lstrip()
        closes = ")" if closed.startswith(")") else ""
        role["summary"] = f"{line[found.start('clause') : end]}{closes}"
        rest = f"{line[: found.start()]} {closed.removeprefix(')')}".strip(" ,;|")
        kept = [*lines[:index], *([rest] if rest else []), *lines[index + 1 :]]
        return kept, role
    return lines, None


def promoted(item: Made, role: Made) -> list[Made]:
    """An entry as the two roles that it tells of, the later first, or as one where dates lack.

    With one date the earlier role ends and the later begins there. A date outside the entry's own
    span leaves it whole: a role without an end would read as one that lasts.
    """
    low, high = item.get("startDate"), item.get("endDate", "9999")
    start = role.get("startDate")
    spans = role.pop("spans", False)
    summary = " ".join(filter(None, (role["summary"], item.get("summary"))))
    if start is None or low is None or not (spans or low <= start <= high):
        return [{**item, "summary": summary}]
    shared: Made = {key: item[key] for key in ("name", "location", "url") if key in item}
    told: Made = {
        key: item[key] for key in item if key in {"highlights", "keywords", "description"}
    }
    later = {**role, **shared, **told, "summary": summary}
    earlier = {key: item[key] for key in item if key not in told and key != "summary"}
    if not spans:
        if "endDate" in item:
            later["endDate"] = item["endDate"]
        earlier["endDate"] = start
    return [later, earlier]


def without_false_bullets(lines: list[TextLine], knowledge: Knowledge) -> list[TextLine]:
    """The lines, with bullets that are roles with dates ("- Nurse (2015 - 2019): cared") as heads.

    A bullet that begins with what somebody did ("Acted as …, 2019 - 2020") stays one.
    """
    made: list[TextLine] = []
    for line in lines:
        head, told = _head_of_bullet(line.text, knowledge) if line.bullet else ("", "")
        if not head:
            made.append(line)
            continue
        made.append(replace(line, text=head, bullet=False))
        if told:
            made.append(replace(line, text=told, after_blank=False))
    return made


def _head_of_bullet(text: str, knowledge: Knowledge) -> tuple[str, str]:
    """The role with its dates that a bullet is, and what it tells behind a colon."""
    spans = find_ranges(text)
    if not spans or spans[0].span[0] == 0:
        return "", ""
    low, high = spans[0].span
    names = [part.strip(" (") for part in re.split(r",|\s[–—|-]\s|\bat\b", text[:low])]
    named = [part for part in names if part]
    rest = text[high:].lstrip(" )")
    roles = [part for part in named if is_role(part, knowledge) and len(part.split()) <= 5]
    if not roles or says_what_was_done(text) or any(len(part.split()) > 6 for part in named):
        return "", ""
    if re.fullmatch(r"\([^()]{1,40}\)?", rest):
        rest = ""
    if rest and not rest.startswith(":"):
        return "", ""
    return text[: len(text) - len(rest)] if rest else text, rest.lstrip(": ")


def with_durations_beside(lines: list[TextLine]) -> list[TextLine]:
    """The lines, with one that is nothing but a length of time put beside the line above it."""
    made: list[TextLine] = []
    for line in lines:
        if made and not line.bullet and _DURATION.fullmatch(line.text):
            made[-1] = replace(made[-1], text=f"{made[-1].text}   ({line.text.strip(' ()')})")
        else:
            made.append(line)
    return made


def without_duration(text: str) -> str:
    """A line without the length of time that some exports put behind its dates."""
    return _DURATION.sub("", text)


def role_lines(lines: list[TextLine], knowledge: Knowledge) -> list[int]:
    """Where, below headings, a further role begins: a dated line with nothing else but a role."""
    return [
        index
        for index, line in enumerate(lines)
        if index
        and not line.bullet
        and not line.heading
        and len(line.text) <= 90
        and (line.after_blank or lines[index - 1].bullet)
        and (find_ranges(line.text) or lone_date(line.text))
        and is_role(without_dates(line.text), knowledge)
        and not says_what_was_done(line.text)
    ]
