"""Where the entries of a section begin: at headings, labels, or around the lines with dates."""

import re
from dataclasses import dataclass, field

from tailor_lab.tailoring.documents.structure.labels import LABELLED, OPENS, label_of
from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import turned_span
from tailor_lab.tailoring.documents.structure.looks import (
    closes_an_entry,
    goes_on,
    named_parts,
    names_a_part,
    names_a_place_of_work,
)
from tailor_lab.tailoring.documents.structure.roles import (
    is_role,
    role_lines,
    without_duration,
    without_overall_dates,
)
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_degrees
from tailor_lab.tailoring.text.dates import find_dates, find_ranges

# A heading this long may go on in the next line.
_WRAPPED = 60


@dataclass
class Entry:
    """The lines of one entry: its head, and what stands below it."""

    head: list[str] = field(default_factory=list)
    body: list[TextLine] = field(default_factory=list)


def split_entries(
    lines: list[TextLine], knowledge: Knowledge, *, single_dates: bool
) -> tuple[list[TextLine], list[Entry]]:
    """The lines before the first entry, and the entries.

    An entry begins at a heading, or, where the section has none, with the lines around a span of
    time (with `single_dates`, around any date).
    """
    starts = _starts(lines, single_dates, knowledge)
    if not starts:
        return lines, []
    entries = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        entry = Entry(head=[lines[start].text])
        at = start + 1
        while (
            at < end
            and at - start < 4
            and _continues_head(lines[start:at], lines[at], single_dates, knowledge)
        ):
            if lines[at].heading and len(entry.head[-1]) >= _WRAPPED:
                entry.head[-1] = f"{entry.head[-1]} {lines[at].text}"
            else:
                entry.head.append(lines[at].text)
            at += 1
        entry.body = lines[at:end]
        if above := without_overall_dates(entry.head, knowledge):
            entries.append(Entry(head=entry.head[:above]))
            entry.head = entry.head[above:]
        entries.append(entry)
    return lines[: starts[0]], entries


def _starts(lines: list[TextLine], single_dates: bool, knowledge: Knowledge) -> list[int]:
    opened = _opened(lines)
    if opened:
        return opened
    headings = [index for index, line in enumerate(lines) if line.heading]
    if headings:
        tops = [i for i in headings if i == 0 or not lines[i - 1].heading or lines[i].after_blank]
        return sorted({*tops, *role_lines(lines, knowledge)})
    starts: list[int] = []
    for index, line in enumerate(lines):
        leads = any(low == 0 for _, (low, _high) in find_dates(line.text)[:1])
        longest = 250 if leads else 150
        if (
            line.bullet
            or len(line.text) > longest
            or not _dated(line.text, single_dates, knowledge)
        ):
            continue
        if _rest_of_a_sentence(lines, index, knowledge):
            continue
        lowest = starts[-1] + 1 if starts else 0
        start = _head_start(lines, index, lowest, single_dates, knowledge)
        # A line of dates just below an undated name belongs to the head that it follows.
        below_name = (
            starts
            and index == lowest
            and not _dated(lines[lowest - 1].text, single_dates, knowledge)
        )
        if not below_name:
            starts.append(start)
    return starts


def _rest_of_a_sentence(lines: list[TextLine], index: int, knowledge: Knowledge) -> bool:
    """Whether a date without a span ends what the bullet above began, the line being broken."""
    line, above = lines[index], lines[index - 1] if index else None
    if above is None or not above.bullet or line.after_blank or find_ranges(line.text):
        return False
    names_role = any(is_role(part, knowledge) for part in named_parts(line.text))
    return not names_role and goes_on(above.text, line.text, _longest(lines))


def _longest(lines: list[TextLine]) -> int:
    return max((len(line.text) for line in lines), default=0)


def _head_start(
    lines: list[TextLine], index: int, lowest: int, single_dates: bool, knowledge: Knowledge
) -> int:
    """The first line of the head that a line of dates belongs to: some short lines above it."""
    bare = not without_duration(_without_dates(lines[index].text)).strip(" ,|()–-")
    for at in range(index - 1, max(lowest, index - (3 if bare else 2)) - 1, -1):
        line = lines[at]
        parted = lines[at + 1].after_blank and not bare
        if (
            parted
            or line.bullet
            or not _short(line.text)
            or _dated(line.text, single_dates, knowledge)
        ):
            break
        if line.after_blank or at == 0:
            return at
    above = lines[index - 1] if index > lowest else None
    alone = bare and above is not None and not above.bullet and _short(above.text)
    start = index - 1 if alone else index
    employer = start - 1
    if employer >= lowest and _names_employer_of_next(
        lines, employer, start, single_dates, knowledge
    ):
        return employer
    return start


def _names_employer_of_next(
    lines: list[TextLine], at: int, below: int, single_dates: bool, knowledge: Knowledge
) -> bool:
    """Whether an undated line right below another entry's lines is the employer of the next one.

    So it is where entries follow each other without a blank line, their employer or school above
    the role: it looks like one, or the line below names a role and nobody else, and it is not the
    rest of the bullet above it.
    """
    line, previous = lines[at], lines[at - 1] if at else None
    if line.bullet or not _short(line.text) or _dated(line.text, single_dates, knowledge):
        return False
    if previous is None:
        return True
    parted = line.after_blank
    if not (
        previous.bullet
        or parted
        or _dated(previous.text, single_dates, knowledge)
        or previous.text.endswith((".", "!"))
    ):
        return False
    if (
        _dated(previous.text, single_dates, knowledge)
        and not parted
        and _dated(lines[0].text, single_dates, knowledge)
    ):
        # Here names stand below their dates.
        return False
    named = named_parts(lines[below].text)
    looks = names_a_place_of_work(line.text) or line.text.isupper()
    told = len(named) == 1 and (
        is_role(named[0], knowledge) or bool(find_degrees(named[0], knowledge))
    )
    if is_role(line.text, knowledge) and not looks:
        return False
    rest = not parted and goes_on(previous.text, line.text, _longest(lines))
    if looks and re.search(r"(?:\s{3}|\t)\S", line.text):
        rest = False
    return (looks or told) and not rest


def _opened(lines: list[TextLine]) -> list[int]:
    """The lines that open an entry by a label ("Company: …"), all by the label that comes first."""
    found: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        label = LABELLED.match(line.text)
        if label and (name := label.group(1).strip().casefold()) in OPENS:
            found.setdefault(name, []).append(index)
    return next(iter(found.values()), [])


def _continues_head(
    head: list[TextLine], line: TextLine, single_dates: bool, knowledge: Knowledge
) -> bool:
    if line.bullet or names_a_part(line.text):
        return False
    dated = any(_dated(item.text, single_dates, knowledge) for item in head)
    if line.heading:
        return not line.after_blank
    if label_of(line.text) or label_of(head[0].text):
        return False
    if _dated(line.text, single_dates, knowledge):
        return not dated and _short(_without_dates(line.text))
    # Between the name and a line of dates may stand the employer's line, not a paragraph.
    return not line.after_blank and len(head) < 3 and _short(line.text) and not head[0].heading


def _short(text: str) -> bool:
    """Whether a line is a name's length, and no sentence; "Acme Inc." ends in an abbreviation."""
    ends = text.rstrip().endswith((".", ";", ":")) and not re.search(r"\b[A-Z]\w{0,3}\.$", text)
    return len(text) <= 90 and not ends


def _dated(text: str, single_dates: bool, knowledge: Knowledge) -> bool:
    if find_ranges(text) or turned_span(text) is not None or closes_an_entry(text, knowledge):
        return True
    return single_dates and bool(find_dates(text))


def _without_dates(text: str) -> str:
    for found in reversed(find_ranges(text)):
        text = text[: found.span[0]] + text[found.span[1] :]
    return text
