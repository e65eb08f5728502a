"""A job posting, and what it asks for: its requirements told apart from all else that it says.

The analysis is made once, when it is first asked for, and belongs to the posting alone; so a résumé
scored before and after tailoring is measured against the same list. It reads headings where there
are any, else the words of each sentence.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.questions import ask
from tailor_lab.tailoring.documents.formats.json import json_object
from tailor_lab.tailoring.documents.read import Document, is_path, read_document
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.posting.head import title_of
from tailor_lab.tailoring.posting.requirement import (
    Analysis,
    Importance,
    Requirement,
    Segment,
)

__all__ = ["Analysis", "Importance", "Job", "Requirement", "Segment", "load_job"]


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
    knowledge: Knowledge | None = field(default=None, repr=False, compare=False)
    """What it is read by; None for that of the current settings."""

    @cached_property
    def analysis(self) -> Analysis:
        """What it asks for, analysed once."""
        found: Analysis = ask("job.analysis", self)
        return found

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


def load_job(
    source: "str | Path | Mapping[str, Any] | Job", *, knowledge: Knowledge | None = None
) -> Job:
    """The posting in a file of any format that is read, in a text or in a mapping.

    A mapping has `text` and, where known, `id`, `title`, `company`, `location`, `industry` and
    `level`; JSON Resume's job format is read too. Raises `InputError` where there is no posting.
    It is read by `knowledge`, by default that of the current settings; a `Job` keeps its own.
    """
    if isinstance(source, Job):
        kept = source.knowledge is not None and knowledge in {None, source.knowledge}
        return source if kept else replace(source, knowledge=opened(knowledge))
    return _read_job(source, opened(knowledge))


def _read_job(source: str | Path | Mapping[str, Any], knowledge: Knowledge) -> Job:
    if isinstance(source, Mapping):
        return _from_mapping(source, "The job", "", knowledge)
    if not is_path(source):
        text = str(source)
        if text.lstrip().startswith("{"):
            return _from_mapping(json_object(text, "The job"), "The job", "", knowledge)
        return _from_text(Document.from_text(text).text, "", knowledge)
    path = Path(source)
    document = read_document(path, what="job posting")
    if document.data is not None:
        return _from_mapping(document.data, path.name, path.stem, knowledge)
    return _from_text(document.text, path.stem, knowledge)


def _from_text(text: str, stem: str, knowledge: Knowledge) -> Job:
    text = text.strip()
    if not re.search(r"\w", text):
        raise InputError(f"{stem or 'The job'} is empty; give the text of the posting.")
    return Job(
        id=stem or _digest(text),
        title=title_of(text, knowledge),
        company="",
        text=text,
        knowledge=knowledge,
    )


def _from_mapping(data: Mapping[str, Any], name: str, stem: str, knowledge: Knowledge) -> Job:
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
        knowledge=knowledge,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
