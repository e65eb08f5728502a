"""Text to JSON Resume: header, sections, entries; nothing is dropped.

What has no place goes to `other` under its heading. At the end the words of the text are counted
against the words of the result; those that went nowhere are named in a warning, so that a gap in
these rules shows instead of losing something.
"""

import re
from collections import Counter
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.tailoring.dates import find_dates, find_ranges
from tailor_lab.tailoring.documents.entries import (
    URL,
    Entry,
    fold_lines,
    read_entry,
    split_entries,
)
from tailor_lab.tailoring.documents.read import Document
from tailor_lab.tailoring.documents.sections import HEADINGS, Section, TextLine, split_sections
from tailor_lab.tailoring.knowledge_detect import find_degrees, title_family
from tailor_lab.tailoring.skills import default_matcher

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_PHONE = re.compile(r"(?<![\w/])\+?\(?\d[\d\s().-]{6,18}\d(?![\w/])")
_PROFILE = re.compile(
    r"(?:(?P<network>LinkedIn|GitHub|GitLab|Twitter|X|Xing|Mastodon|[A-Z]\w{2,20}):\s*)"
    r"(?P<user>[^\s|(]+)(?:\s*\((?P<url>[^)]+)\))?$"
)
_SITE = re.compile(
    r"(?:https?://)?(?:www\.)?(linkedin|github|gitlab|twitter|xing)\.com/(?:in/)?([\w.-]+)/?", re.I
)
_CITY = re.compile(
    r"(?:[A-ZÀ-Þ0-9][\w.'’À-ÿ/ -]{1,40}(?:,\s*[A-ZÀ-Þ0-9][\w.'’À-ÿ -]{0,40}){1,4}"
    r"|[A-ZÀ-Þ][\w.'’À-ÿ -]{1,40}(?= \())"
    r"(?: \([A-Z]{2}\))?"
)
_ENTRIES = frozenset(
    {"work", "volunteer", "education", "projects", "awards", "certificates", "publications"}
)


def parse_resume(document: Document, *, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A JSON Resume object and warnings. Raises `InputError` where the text is no résumé."""
    text = document.text
    sections = split_sections(text)
    _refuse_other_texts(text, sections, name)
    data: dict[str, Any] = {"basics": {}}
    warnings: list[str] = []
    for section in sections:
        if section.kind == "header":
            _header(section.lines, data)
        elif section.kind == "summary":
            _summary(section, data)
        elif section.kind in _ENTRIES:
            _entries(section, data)
        else:
            _SIMPLE.get(section.kind, _other)(section, data)
    for other in data.get("other", ()):
        words = " ".join(other["lines"])
        warnings.append(f"Kept, but not placed ({other['name']}): {words[:120]}")
    lost = _lost_words(sections, data)
    if lost:
        warnings.append(f"Not placed: {' '.join(lost)}")
    if not data["basics"]:
        del data["basics"]
    return data, tuple(warnings)


def _refuse_other_texts(text: str, sections: list[Section], name: str) -> None:
    words = len(text.split())
    if words < 3:
        raise InputError(f"{name} is empty; give a résumé with some text in it.")
    kinds = {section.kind for section in sections} - {"header", "other"}
    signs = (
        2 * len(kinds)
        + 2 * bool(_EMAIL.search(text))
        + bool(_PHONE.search(text[:2000]))
        + min(2, len(find_ranges(text[:20_000])))
        + min(3, 400 * len(default_matcher().find(text[:20_000])) // max(400, words) // 4)
    )
    if signs < 2 or words > 12_000 + 2_000 * signs or (words > 3000 and signs < 6):
        raise InputError(
            f"{name} does not look like a résumé: no headings such as Experience or Education, no "
            f"contact, no dated entries were found in its {words} words."
        )


def _header(lines: list[TextLine], data: dict[str, Any]) -> None:
    basics = data["basics"]
    rest: list[str] = []
    for index, line in enumerate(lines):
        text = line.text.strip("*_ ")
        if not basics.get("name") and not line.bullet and index < 3 and _is_name(text, line):
            basics["name"] = text
            continue
        rest += _contacts(text, basics)
    unplaced = []
    for index, text in enumerate(rest):
        if not basics.get("label") and index == 0 and len(text) <= 90 and not text.endswith("."):
            basics["label"] = text
        elif not basics.get("summary") and len(text.split()) > 12:
            basics["summary"] = text
        else:
            unplaced.append(text)
    if unplaced:
        data.setdefault("other", []).append({"name": "Header", "lines": unplaced})


def _is_name(text: str, line: TextLine) -> bool:
    words = text.split()
    if line.heading == 1:
        return True
    return (
        1 < len(words) <= 5
        and not any(c.isdigit() or c in "@:|,;/" for c in text)
        and all(
            word[0].isupper() or word in {"de", "van", "von", "der", "la", "bin", "el", "da"}
            for word in words
        )
        and not default_matcher().find(text)
    )


def _contacts(text: str, basics: dict[str, Any]) -> list[str]:
    """Takes what a line of the header says of contact; gives back what is left of it."""
    left = []
    for part in re.split(r"\s+[|•·–]\s+|\s*[|•]\s*|\t+|\s{3,}", text):
        bare = re.sub(
            r"^(?:e-?mail|phone|tel|mobile|cell|address|location|web(?:site)?)\s*:\s*",
            "",
            part.strip(),
            flags=re.I,
        )
        if not bare:
            continue
        if (email := _EMAIL.search(bare)) and "email" not in basics:
            basics["email"] = email.group()
            bare = bare.replace(email.group(), "").strip(" ,;")
        if site := _SITE.fullmatch(bare):
            url = bare if bare.startswith("http") else f"https://{bare}"
            basics.setdefault("profiles", []).append(
                {
                    "network": site.group(1)
                    .title()
                    .replace("Linkedin", "LinkedIn")
                    .replace("Github", "GitHub"),
                    "username": site.group(2),
                    "url": url,
                }
            )
            continue
        if profile := _PROFILE.fullmatch(bare):
            made = {"network": profile["network"], "username": profile["user"]}
            if profile["url"]:
                made["url"] = profile["url"]
            basics.setdefault("profiles", []).append(made)
            continue
        if (url_found := URL.fullmatch(bare)) and "url" not in basics:
            basics["url"] = url_found.group()
            continue
        if (
            (phone := _PHONE.search(bare))
            and "phone" not in basics
            and len(re.sub(r"\D", "", phone.group())) >= 7
            and not find_ranges(bare)
        ):
            basics["phone"] = phone.group().strip()
            bare = bare.replace(phone.group(), "").strip(" ,;")
        if bare and "location" not in basics and len(bare) < 90 and _CITY.fullmatch(bare):
            basics["location"] = _location(bare)
            continue
        if bare:
            left.append(bare)
    return left


def _location(text: str) -> dict[str, str]:
    made: dict[str, str] = {}
    if country := re.search(r"\s*\(([A-Z]{2})\)$", text):
        made["countryCode"] = country.group(1)
        text = text[: country.start()]
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and any(c.isdigit() for c in parts[-1]):
        made["postalCode"] = parts.pop()
    elif len(parts) > 2 and re.fullmatch(r"[A-Z]{2}", parts[-1]):
        made["countryCode"] = parts.pop()
    if len(parts) > 2 or (len(parts) > 1 and any(c.isdigit() for c in parts[0])):
        count = max(1, len(parts) - 2)
        made["address"], parts = ", ".join(parts[:count]), parts[count:]
    made["city"] = parts[0]
    if len(parts) > 1:
        made["region"] = ", ".join(parts[1:])
    return made


def _summary(section: Section, data: dict[str, Any]) -> None:
    text, bullets = fold_lines(section.lines)
    joined = " ".join([*text, *bullets])
    if not joined:
        return
    basics = data["basics"]
    basics["summary"] = f"{basics['summary']} {joined}" if basics.get("summary") else joined


def _entries(section: Section, data: dict[str, Any]) -> None:
    kind = section.kind
    single = kind in {"education", "awards", "certificates", "publications"}
    if kind in {"awards", "certificates", "publications"} and not any(
        line.heading for line in section.lines
    ):
        data.setdefault(kind, []).extend(
            read_entry(Entry(head=[line]), kind) for line in _items(section.lines)
        )
        return
    lines = section.lines
    if kind == "education":
        lines = _without_headline(lines, data["basics"])
    before, entries = split_entries(lines, single_dates=single)
    made = [read_entry(entry, kind) for entry in entries]
    if before:
        if kind == "education":
            made = [read_entry(Entry(head=[t]), kind) for t in _items(before)] + made
        else:
            _other(Section("other", section.heading, before), data)
    if made:
        data.setdefault(kind, []).extend(made)


def _without_headline(lines: list[TextLine], basics: dict[str, Any]) -> list[TextLine]:
    """The lines but for a role that an export put below the education, which is the headline."""
    if basics.get("label"):
        return lines
    for index, line in enumerate(lines):
        plain = not line.bullet and not find_dates(line.text) and len(line.text.split()) <= 6
        if index and plain and title_family(line.text) and not find_degrees(line.text):
            basics["label"] = line.text
            return [*lines[:index], *lines[index + 1 :]]
    return lines


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
    "description phone email e mail tel mobile cell address web https www http in com at"
)
_LABEL_WORDS = frozenset(word for label in (*HEADINGS, _LABELS) for word in label.split())


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [str(value)]
