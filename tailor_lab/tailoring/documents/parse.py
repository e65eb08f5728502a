"""Text to JSON Resume: header, sections, entries; nothing is dropped.

What has no place goes to `other` under its heading. At the end the words of the text are counted
against the words of the result; those that went nowhere are named in a warning, so that a gap in
these rules shows instead of losing something.
"""

import re
from collections import Counter
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.posting import signs_of_a_posting
from tailor_lab.tailoring.documents.read import Document
from tailor_lab.tailoring.documents.structure.contacts import (
    EMAIL,
    PHONE,
    read_header,
    take_contacts,
)
from tailor_lab.tailoring.documents.structure.entries import fold_lines, read_entry
from tailor_lab.tailoring.documents.structure.headings import HEADINGS, exact_kind
from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import lone_date
from tailor_lab.tailoring.documents.structure.looks import SCHOOL
from tailor_lab.tailoring.documents.structure.roles import (
    names_employer_alone,
    promoted,
    promotion,
    with_durations_beside,
    with_shared_employers,
    without_false_bullets,
)
from tailor_lab.tailoring.documents.structure.sections import Section, split_sections
from tailor_lab.tailoring.documents.structure.splitting import Entry, split_entries
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_degrees, title_family
from tailor_lab.tailoring.text.dates import find_dates, find_ranges

# "Languages     Python, SQL, R": a row of a table without lines.
_NAMED_ROW = re.compile(r"(?P<name>[^,;|\t]{2,40}?)(?:\t+|\s{3,})(?P<list>[^\t,;]+[,;].*)")
# What parts certificates that stand on one line.
_IN_A_ROW = re.compile(r"\s*;\s+(?![^(]*\))|\s+[·•]\s+")
# Of 167 real résumés none has more than one sign, of 853 real postings 80 % have two or more.
_PERHAPS_A_POSTING = 2
_SURELY_A_POSTING = 4
_ENTRIES = frozenset(
    {"work", "volunteer", "education", "projects", "awards", "certificates", "publications"}
)


def parse_resume(
    document: Document, knowledge: Knowledge, *, name: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A JSON Resume object and warnings. Raises `InputError` where the text is no résumé."""
    text = document.text
    sections = split_sections(text, knowledge)
    _refuse_other_texts(text, sections, name, knowledge)
    data: dict[str, Any] = {"basics": {}}
    warnings: list[str] = []
    if signs_of_a_posting(text) >= _PERHAPS_A_POSTING:
        warnings.append(
            f"{name} reads like a job posting: it speaks to applicants. Is it a résumé?"
        )
    for section in sections:
        if section.kind == "header":
            read_header(section.lines, data, knowledge)
        elif section.kind == "summary":
            _summary(section, data)
        elif section.kind == "contact":
            _contact(section, data, knowledge)
        elif section.kind in _ENTRIES:
            _entries(section, data, knowledge)
        else:
            _SIMPLE.get(section.kind, _other)(section, data)
    warnings += [
        f"Read as {section.kind}: {section.heading}"
        for section in sections
        if section.kind not in {"header", "other"} and not exact_kind(section.heading)
    ]
    if document.hidden:
        warnings.append(f"Hidden text, read by machines alone and not used: {document.hidden}")
    for other in data.get("other", ()):
        words = " ".join(other["lines"])
        warnings.append(f"Kept, but not placed ({other['name']}): {words[:120]}")
    lost = _lost_words(sections, data)
    if lost:
        warnings.append(f"Not placed: {' '.join(lost)}")
    if not data["basics"]:
        del data["basics"]
    return data, tuple(warnings)


def _refuse_other_texts(
    text: str, sections: list[Section], name: str, knowledge: Knowledge
) -> None:
    words = len(text.split())
    if words < 3:
        told = f"has {words} word{'s' if words > 1 else ''}" if words else "is empty"
        raise InputError(f"{name} {told}; give a résumé with some text in it.")
    if signs_of_a_posting(text) >= _SURELY_A_POSTING and not find_ranges(text):
        raise InputError(
            f"{name} reads like a job posting, not a résumé: it speaks to applicants and has no "
            f"dated entries. Give the résumé here and the posting as the job."
        )
    kinds = {section.kind for section in sections} - {"header", "other"}
    signs = (
        2 * len(kinds)
        + 2 * bool(EMAIL.search(text))
        + bool(PHONE.search(text[:2000]))
        + min(2, len(find_ranges(text[:20_000])))
        + min(3, 400 * len(knowledge.matcher.find(text[:20_000])) // max(400, words) // 4)
    )
    if signs < 2 or words > 12_000 + 2_000 * signs or (words > 3000 and signs < 6):
        if words > 3000 and signs >= 2:
            raise InputError(
                f"{name} has {words:,} words, too many for the résumé of one person; give one "
                f"résumé alone."
            )
        raise InputError(
            f"{name} does not look like a résumé: no headings such as Experience or Education, no "
            f"contact, no dated entries were found in its {words} words."
        )


def _summary(section: Section, data: dict[str, Any]) -> None:
    text, bullets = fold_lines(section.lines)
    joined = " ".join([*text, *bullets])
    if not joined:
        return
    basics = data["basics"]
    basics["summary"] = f"{basics['summary']} {joined}" if basics.get("summary") else joined


def _entries(section: Section, data: dict[str, Any], knowledge: Knowledge) -> None:
    kind = section.kind
    single = kind in {"education", "awards", "certificates", "publications"}
    if kind in {"awards", "certificates", "publications"} and not any(
        line.heading for line in section.lines
    ):
        data.setdefault(kind, []).extend(
            read_entry(Entry(head=[item]), kind, knowledge)
            for line in _items(section.lines)
            for item in (_IN_A_ROW.split(line) if kind == "certificates" else [line])
            if item.strip()
        )
        return
    lines = section.lines
    if kind == "education":
        lines = _without_headline(lines, data["basics"], knowledge)
    if kind == "work":
        lines = without_false_bullets(with_durations_beside(lines), knowledge)
    before, entries = split_entries(lines, knowledge, single_dates=single)
    made = (
        _roles(entries, knowledge)
        if kind == "work"
        else [read_entry(entry, kind, knowledge) for entry in entries]
    )
    if before:
        if kind == "education":
            made = [read_entry(Entry(head=[t]), kind, knowledge) for t in _items(before)] + made
        else:
            _other(Section("other", section.heading, before), data)
    if made:
        data.setdefault(kind, []).extend(made)


def _roles(entries: list[Entry], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Entries of work; several roles at one employer have its name each."""
    made: list[tuple[bool, dict[str, Any]]] = []
    for entry in entries:
        head, later = promotion(entry.head)
        alone = names_employer_alone(head, knowledge) if head else False
        item = read_entry(Entry(head=head or entry.head, body=entry.body), "work", knowledge)
        if later is None or not head:
            made.append((alone, item))
        else:
            made += [(alone, role) for role in promoted(item, later)]
    return with_shared_employers(made)


def _without_headline(
    lines: list[TextLine], basics: dict[str, Any], knowledge: Knowledge
) -> list[TextLine]:
    """The lines but for a role that an export put below the education, which is the headline."""
    if basics.get("label"):
        return lines
    last = max((i for i, line in enumerate(lines) if _names_study(line.text, knowledge)), default=0)
    for index, line in list(enumerate(lines))[last:]:
        plain = not line.bullet and not find_dates(line.text) and len(line.text.split()) <= 6
        if (
            index
            and plain
            and title_family(line.text, knowledge)
            and not find_degrees(line.text, knowledge)
        ):
            basics["label"] = line.text
            return [*lines[:index], *lines[index + 1 :]]
    return lines


def _names_study(text: str, knowledge: Knowledge) -> bool:
    return bool(find_dates(text) or find_degrees(text, knowledge) or SCHOOL.search(text))


def _items(lines: list[TextLine]) -> list[str]:
    """Bullets where there are bullets, else each line."""
    if any(line.bullet for line in lines):
        text, bullets = fold_lines(lines)
        return text + bullets
    return [line.text for line in lines]


def _skills(section: Section, data: dict[str, Any]) -> None:
    groups: list[dict[str, Any]] = []
    loose: list[str] = []
    for text in _logical(section.lines):
        head, colon, rest = text.partition(":")
        if not colon and (cells := _NAMED_ROW.fullmatch(text)):
            head, colon, rest = cells["name"], ":", cells["list"]
        if colon and rest.strip() and len(head.split()) <= 6:
            group: dict[str, Any] = {}
            level = re.fullmatch(r"(.+?)\s*\(([^)]+)\)", head.strip())
            group["name"] = level.group(1) if level else head.strip()
            if level:
                group["level"] = level.group(2)
            group["keywords"] = _split_list(rest)
            groups.append(group)
        elif months := re.fullmatch(r"(.+?)\s*-\s*Exprience - (.+)", text):
            groups.append({"name": months.group(1), "level": months.group(2)})
        else:
            loose += _split_list(text)
    if loose:
        named = section.heading.strip(":# ") or "Skills"
        groups.append({"name": named.title() if named.isupper() else named, "keywords": loose})
    if groups:
        data.setdefault("skills", []).extend(groups)


def _logical(lines: list[TextLine]) -> list[str]:
    """The lines with wrapped ones joined: a line that goes on after a comma belongs to its list."""
    made: list[str] = []
    for line in lines:
        wrapped = (
            made
            and not line.bullet
            and not line.after_blank
            and not line.heading
            and (
                made[-1].rstrip().endswith((",", ";", "&", "/", " and")) or line.text[:1].islower()
            )
            and ":" not in line.text.split(",")[0]
        )
        if wrapped:
            made[-1] = f"{made[-1]} {line.text}"
        else:
            made.append(line.text)
    return made


def _split_list(text: str) -> list[str]:
    """Items of a list; commas inside brackets do not part them."""
    pieces = re.split(r"\s*[,;•|](?![^(]*\))\s*|\s{3,}", text.strip().rstrip("."))
    return [piece.strip() for piece in pieces if piece.strip()]


def _languages(section: Section, data: dict[str, Any]) -> None:
    made = data.setdefault("languages", [])
    for text in _items(section.lines):
        for item in _split_list(text):
            match = re.fullmatch(r"(.+?)\s*(?:[—–:-]|\()\s*(.+?)\)?", item)
            if match:
                made.append({"language": match.group(1), "fluency": match.group(2)})
            else:
                made.append({"language": item})


def _contact(section: Section, data: dict[str, Any], knowledge: Knowledge) -> None:
    left = [
        part
        for line in section.lines
        for part in take_contacts(line.text, data["basics"], knowledge)
    ]
    if left:
        data.setdefault("other", []).append({"name": section.heading, "lines": left})


def _interests(section: Section, data: dict[str, Any]) -> None:
    made = data.setdefault("interests", [])
    for text in _logical(section.lines):
        head, colon, rest = text.partition(":")
        if colon and rest.strip():
            made.append({"name": head.strip(), "keywords": _split_list(rest)})
        else:
            made += [{"name": item} for item in _split_list(text)]


def _references(section: Section, data: dict[str, Any]) -> None:
    made = data.setdefault("references", [])
    if not any(line.heading for line in section.lines):
        text, bullets = fold_lines(section.lines)
        made += [{"reference": item} for item in (*text, *bullets)]
        return
    for line in section.lines:
        if line.heading:
            made.append({"name": line.text})
        elif made:
            before = made[-1].get("reference")
            made[-1]["reference"] = f"{before} {line.text}" if before else line.text
        else:
            made.append({"reference": line.text})


def _other(section: Section, data: dict[str, Any]) -> None:
    text = [line.text for line in section.lines]
    if text or section.heading:
        data.setdefault("other", []).append({"name": section.heading or "Other", "lines": text})


_SIMPLE = {
    "skills": _skills,
    "languages": _languages,
    "interests": _interests,
    "references": _references,
}


def _words(text: str) -> Counter[str]:
    for found in reversed(find_ranges(text)):
        text = text[: found.span[0]] + " " + text[found.span[1] :]
    if lone := lone_date(text):
        text = f"{text[: lone.span[0]]} {text[lone.span[1] :]}"
    for _, (low, high) in reversed(find_dates(text)):
        text = text[:low] + " " + text[high:]
    return Counter(re.findall(r"\w+", text))


def _lost_words(sections: list[Section], data: dict[str, Any]) -> list[str]:
    """Words of the lines that are nowhere in the result; dates and labels change their form."""
    kept = Counter[str]()
    for value in _leaves(data):
        kept += _words(value)
    lost = []
    given = Counter[str]()
    for section in sections:
        for line in section.lines:
            given += _words(line.text)
    for word, count in given.items():
        missing = count - kept[word]
        if missing > 0 and word.casefold() not in _LABEL_WORDS:
            lost += [word] * missing
    return lost


_LABELS = (
    "about the employer courses keywords roles grade degree area entity kind type website link "
    "company client employer designation position job title location project name gpa exprience "
    "description phone email e mail tel mobile cell address web https www http in com at from"
)
_LABEL_WORDS = frozenset(word for label in (*HEADINGS, _LABELS) for word in label.split())


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [str(value)]
