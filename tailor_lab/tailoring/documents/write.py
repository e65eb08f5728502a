"""A résumé to files: JSON, Markdown, DOCX and PDF, all from one plain outline.

The layout is one column with ordinary headings, bullets and dates in words, which machines and
people read without guessing; whatever a résumé says is written, also what JSON Resume has no
field for. Reading a written file gives the same résumé, up to layout.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tailor_lab.errors import InputError
from tailor_lab.files import local_path, written_whole
from tailor_lab.tailoring.documents.formats.extra import documents_extra
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.text.dates import parse_date

Kind = Literal["name", "label", "contact", "section", "entry", "meta", "text", "bullet"]


class Block(NamedTuple):
    """A paragraph of the outline and what it is."""

    kind: Kind
    text: str


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


def write_resume(resume: Resume | Mapping[str, Any], path: str | Path) -> Path:
    """Writes a résumé in the format that the path's ending names, and gives the path.

    The file appears whole or not at all. Raises `InputError` for an ending that is not one of
    .json, .md, .docx, .pdf.
    `resume` is a `Resume` or a mapping in JSON Resume 1.0.
    """
    path = local_path(path, "a résumé")
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(f"{path.name}: a résumé is written as .json, .md, .docx or .pdf.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} to.")
    data = resume.data if isinstance(resume, Resume) else resume
    with written_whole(path) as half:
        half.write_bytes(writer(data))
    return path


def to_json(data: Mapping[str, Any]) -> bytes:
    """The résumé as JSON, indented."""
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def to_markdown(data: Mapping[str, Any]) -> bytes:
    """The résumé as Markdown."""
    marks = {"name": "# ", "section": "## ", "entry": "### ", "bullet": "- "}
    lines: list[str] = []
    previous: Kind | None = None
    for block in outline(data):
        text = f"*{block.text}*" if block.kind == "meta" else marks.get(block.kind, "") + block.text
        if previous is not None and not previous == block.kind == "bullet":
            lines.append("")
        lines.append(text)
        previous = block.kind
    return ("\n".join(lines) + "\n").encode()


def _docx(data: Mapping[str, Any]) -> bytes:
    with documents_extra("DOCX"):
        from tailor_lab.tailoring.documents.formats.docx import docx_bytes

    return docx_bytes(outline(data))


def _pdf(data: Mapping[str, Any]) -> bytes:
    with documents_extra("PDF"):
        from tailor_lab.tailoring.documents.formats.pdf_write import pdf_bytes

    return pdf_bytes(outline(data))


_WRITERS = {
    ".json": to_json,
    ".md": to_markdown,
    ".markdown": to_markdown,
    ".docx": _docx,
    ".pdf": _pdf,
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
