"""A job posting, and what it asks for: its requirements told apart from all else that it says.

The analysis is made once, when it is first asked for, and belongs to the posting alone; so a résumé
scored before and after tailoring is measured against the same list. It reads headings where there
are any, else the words of each sentence.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.tailoring.documents.formats.json import json_object
from tailor_lab.tailoring.documents.read import Document, is_path, read_document
from tailor_lab.tailoring.posting.head import title_of

Importance = Literal["required", "preferred"]


@dataclass(frozen=True)
class Requirement:
    """One thing that a posting asks for."""

    id: str
    text: str
    importance: Importance
    kind: str
    """`skill`, `experience`, `degree`, `certification`, `language`, `soft`, `duty` or `other`."""
    skills: tuple[tuple[str, ...], ...] = ()
    """The skills asked for, by canonical name; of each inner group one suffices."""
    terms: tuple[str, ...] = ()
    """The words to look for: the canonical names, and the posting's own spellings of them."""
    span: tuple[int, int] = (0, 0)
    """Where in the posting's text it stands."""
    must: bool = False
    """Whether the posting says so outright ("must", "required", a licence)."""

    def to_dict(self) -> dict[str, Any]:
        """As prompts and result files carry it."""
        return {
            "id": self.id,
            "text": self.text,
            "terms": list(self.terms),
            "importance": self.importance,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class Segment:
    """A line or sentence of a posting and what it is about."""

    kind: str
    """`required`, `preferred`, `duty`, `about`, `benefits`, `boilerplate`, `title` or `other`."""
    text: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Analysis:
    """What a posting asks for and says."""

    requirements: tuple[Requirement, ...]
    segments: tuple[Segment, ...]
    years: float | None
    """The least years of experience asked for, or None."""
    level: str | None
    industry: str | None
    industry_confidence: float
    degree: str | None
    degree_or_equivalent: bool
    certifications: tuple[str, ...]
    location: str | None


@dataclass(frozen=True)
class Job:
    """A job posting."""

    id: str
    title: str
    company: str
    """As the posting names it; empty where it does not."""
    text: str
    """The posting itself."""
    location: str = ""
    """As it was given."""
    given_level: str = ""
    """The level that the source states, before any is detected."""
    given_industry: str = ""
    """The industry that the source states."""

    @cached_property
    def analysis(self) -> Analysis:
        """What it asks for, analysed once."""
        from tailor_lab.tailoring.posting.analysis import analyse

        return analyse(self)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What it asks for, the required before the preferred; their ids are r1, r2 and so on."""
        return self.analysis.requirements

    @property
    def years(self) -> float | None:
        """The least years of experience asked for, or None."""
        return self.analysis.years

    @property
    def level(self) -> str | None:
        """A rung of the seniority ladder (`entry`, `mid`, `senior` …), or None."""
        return self.analysis.level

    @property
    def industry(self) -> str | None:
        """An industry of the knowledge base, or None."""
        return self.analysis.industry

    @property
    def degree(self) -> str | None:
        """The least degree asked for, or None."""
        return self.analysis.degree

    @property
    def certifications(self) -> tuple[str, ...]:
        """The certifications and licences that it names, by canonical name."""
        return self.analysis.certifications

    def to_dict(self) -> dict[str, str]:
        """The posting as the shipped files have it."""
        return {
            "id": self.id,
            "title": self.title,
            "company": self.company,
            "location": self.location,
            "industry": self.given_industry,
            "level": self.given_level,
            "text": self.text,
        }


def load_job(source: "str | Path | Mapping[str, Any] | Job") -> Job:
    """The posting in a file of any format that is read, in a text or in a mapping.

    A mapping has `text` and, where known, `id`, `title`, `company`, `location`, `industry` and
    `level`; JSON Resume's job format is read too. Raises `InputError` where there is no posting.
    """
    if isinstance(source, Job):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source, "The job", "")
    if not is_path(source):
        text = str(source)
        if text.lstrip().startswith("{"):
            return _from_mapping(json_object(text, "The job"), "The job", "")
        return _from_text(Document.from_text(text).text, "")
    path = Path(source)
    document = read_document(path, what="job posting")
    if document.data is not None:
        return _from_mapping(document.data, path.name, path.stem)
    return _from_text(document.text, path.stem)


def _from_text(text: str, stem: str) -> Job:
    text = text.strip()
    if not re.search(r"\w", text):
        raise InputError(f"{stem or 'The job'} is empty; give the text of the posting.")
    return Job(id=stem or _digest(text), title=title_of(text), company="", text=text)


def _from_mapping(data: Mapping[str, Any], name: str, stem: str) -> Job:
    text = data.get("text") or data.get("description") or ""
    if not isinstance(text, str):
        raise InputError(f"{name}: text must be a text, not a {type(text).__name__}.")
    parts = [text]
    for key in ("responsibilities", "qualifications"):
        items = data.get(key)
        if isinstance(items, list) and items:
            parts.append("\n".join([f"{key.title()}:", *(f"- {item}" for item in items)]))
    skills = data.get("skills")
    if isinstance(skills, list) and skills:
        named = (
            ", ".join(item.get("keywords") or [item.get("name", "")])
            if isinstance(item, Mapping)
            else str(item)
            for item in skills
        )
        parts.append("\n".join(["Required skills:", *(f"- {item}" for item in named)]))
    text = "\n\n".join(part for part in parts if part.strip())
    if not text.strip():
        raise InputError(f'{name} has no posting in it: "text" is missing or empty.')
    location = data.get("location") or ""
    if isinstance(location, Mapping):
        location = ", ".join(
            str(location[key]) for key in ("city", "region", "countryCode") if location.get(key)
        )
    return Job(
        id=str(data.get("id") or stem or _digest(text)),
        title=str(data.get("title") or ""),
        company=str(data.get("company") or ""),
        text=text,
        location=str(location),
        given_level=str(data.get("level") or data.get("experience") or ""),
        given_industry=str(data.get("industry") or ""),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
