"""The outline of a résumé: its paragraphs in the order that a reader expects.

The layout is one column with ordinary headings, bullets and dates in words, which machines and
people read without guessing; whatever a résumé says is written, also what JSON Resume has no
field for. Reading a written file gives the same résumé, up to layout.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tailor_lab.tailoring.documents.blocks import Block
from tailor_lab.tailoring.text.dates import parse_date

_TITLES = {
    "work": "Experience",
    "volunteer": "Volunteering",
    "education": "Education",
    "projects": "Projects",
    "skills": "Skills",
    "certificates": "Certifications",
    "awards": "Awards",
    "publications": "Publications",
    "languages": "Languages",
    "interests": "Interests",
    "references": "References",
}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 -- a table of words
_LABELS = {
    "description": "About the employer",
    "courses": "Courses",
    "keywords": "Keywords",
    "roles": "Roles",
    "score": "Grade",
    "entity": "Entity",
    "type": "Kind",
    "studyType": "Degree",
}


def outline(data: Mapping[str, Any]) -> Iterator[Block]:
    """The paragraphs of a résumé, in the order that a reader expects."""
    for block in _paragraphs(data):
        text = " ".join(block.text.split())
        if text:
            yield Block(block.kind, text)


def _paragraphs(data: Mapping[str, Any]) -> Iterator[Block]:
    yield from _basics(data.get("basics") or {})
    for section, title in _TITLES.items():
        entries = data.get(section) or []
        if entries:
            yield Block("section", title)
            for entry in entries:
                yield from _entry(entry, section)
    for group in data.get("other") or []:
        yield Block("section", str(group.get("name") or "Other"))
        for line in group.get("lines") or []:
            yield Block("text", line)
    extra = {
        key: value
        for key, value in data.items()
        if key not in {*_TITLES, "basics", "other", "$schema", "meta"} and value
    }
    if extra:
        yield Block("section", "Additional")
        for key, value in extra.items():
            yield Block("text", f"{key}: {_flat(value)}")


def _basics(basics: Mapping[str, Any]) -> Iterator[Block]:
    yield Block("name", str(basics.get("name") or ""))
    yield Block("label", str(basics.get("label") or ""))
    contact = [basics.get("email"), basics.get("phone"), basics.get("url")]
    yield Block("contact", " | ".join(str(item) for item in contact if item))
    yield Block("contact", _place(basics.get("location") or {}))
    for profile in basics.get("profiles") or []:
        url = f" ({profile['url']})" if profile.get("url") else ""
        network = profile.get("network") or "Profile"
        yield Block("contact", f"{network}: {profile.get('username') or ''}{url}")
    if basics.get("summary"):
        yield Block("section", "Summary")
        yield Block("text", str(basics["summary"]))


def _place(location: Mapping[str, Any]) -> str:
    """A place on one line, its country's code in brackets: "Austin, TX (US)"."""
    order = ("address", "city", "region", "postalCode")
    place = ", ".join(str(location[key]) for key in order if location.get(key))
    country = location.get("countryCode")
    return f"{place} ({country})" if country and place else place or str(country or "")


def _dated(entry: Mapping[str, Any], section: str) -> Iterator[Block]:
    """An entry with a head, dates, a paragraph and bullets."""
    used = {
        "startDate",
        "endDate",
        "date",
        "releaseDate",
        "url",
        "location",
        "summary",
        "highlights",
    }
    first, second = _HEADS[section]
    head = [str(entry[key]) for key in (first, second) if entry.get(key)]
    used |= {first, second}
    if section == "education":
        study, area = str(entry.get("studyType") or ""), str(entry.get("area") or "")
        degree = f"{study} in {area}" if study and area and " in " not in study else area or study
        head = [text for text in (degree, str(entry.get("institution") or "")) if text]
        used |= {"area", "institution"} | ({"studyType"} if study in degree else set())
    yield Block("entry", " — ".join(head) or "Entry")
    meta = [dates_in_words(entry), entry.get("location"), entry.get("url")]
    yield Block("meta", " | ".join(str(item) for item in meta if item))
    if section == "projects" and entry.get("description"):
        yield Block("text", str(entry["description"]))
        used.add("description")
    for key, label in _LABELS.items():
        if entry.get(key) and key not in used:
            yield Block("text", f"{label}: {_flat(entry[key])}")
            used.add(key)
    for key, value in entry.items():
        if key not in used and value:
            yield Block("text", f"{key}: {_flat(value)}")
    if entry.get("summary"):
        yield Block("text", str(entry["summary"]))
    for highlight in entry.get("highlights") or []:
        yield Block("bullet", highlight)


_HEADS = {
    "work": ("position", "name"),
    "volunteer": ("position", "organization"),
    "education": ("area", "institution"),
    "projects": ("name", ""),
    "awards": ("title", "awarder"),
    "certificates": ("name", "issuer"),
    "publications": ("name", "publisher"),
}


def dates_in_words(entry: Mapping[str, Any]) -> str:
    """The dates of an entry as a reader writes them: "Mar 2019 – Present"."""
    single = entry.get("date") or entry.get("releaseDate")
    if single:
        return _date(single)
    start, end = entry.get("startDate"), entry.get("endDate")
    if start:
        return f"{_date(start)} – {_date(end) if end else 'Present'}"
    return _date(end) if end else ""


def _date(text: Any) -> str:
    date = parse_date(str(text))
    if date is None or date.precision in {"year", "day"}:
        return str(text)
    return f"{_MONTHS[date.first.month - 1]} {date.first.year}"


def _skill(entry: Mapping[str, Any]) -> Iterator[Block]:
    name = str(entry.get("name") or "Skills")
    level = f" ({entry['level']})" if entry.get("level") else ""
    keywords = ", ".join(entry.get("keywords") or [])
    yield Block("text", f"{name}{level}: {keywords}" if keywords else f"{name}{level}")


def _interest(entry: Mapping[str, Any]) -> Iterator[Block]:
    for block in _skill(entry):
        yield block._replace(kind="bullet")


def _language(entry: Mapping[str, Any]) -> Iterator[Block]:
    parts = [str(entry[key]) for key in ("language", "fluency") if entry.get(key)]
    yield Block("bullet", " — ".join(parts))


def _reference(entry: Mapping[str, Any]) -> Iterator[Block]:
    yield Block("entry", str(entry.get("name") or "Reference"))
    yield Block("text", str(entry.get("reference") or ""))


_SECTIONS = {
    "skills": _skill,
    "interests": _interest,
    "languages": _language,
    "references": _reference,
}


def _entry(entry: Mapping[str, Any], section: str) -> Iterator[Block]:
    if section in _SECTIONS:
        return _SECTIONS[section](entry)
    return _dated(entry, section)


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_flat(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(item)}" for key, item in value.items())
    return str(value)
