"""One request to rewrite, as the offline model sees it: its data, and what was done about it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.terms import TermVocabulary, pattern

SECTIONS = ("work", "projects", "volunteer")
"""The sections whose entries have highlights."""
_TEXT_FIELDS = ("position", "name", "title", "summary", "description", "studyType", "area")


@dataclass(frozen=True)
class SourceLine:
    """A text of the résumé and where it stands."""

    path: str
    text: str


@dataclass
class RewriteTask:
    """The data of one request, read from its blocks."""

    resume: Mapping[str, Any]
    job: Mapping[str, Any]
    requirements: list[Mapping[str, Any]]
    facts: list[Mapping[str, Any]]
    told: Instructions
    chance: random.Random
    edits: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vocabulary = TermVocabulary(r.get("terms") or () for r in self.requirements)
        job_text = " ".join(str(self.job.get(key) or "") for key in ("title", "text"))
        self.wanted = self.vocabulary.found(job_text)
        self.lines = list(lines_of(self.resume))
        own = "\n".join(line.text for line in self.lines)
        self.held = self.vocabulary.found(own)
        self.first = self.vocabulary.found(" , ".join(self.told.first))
        supported = [name for name in self.wanted if name in self.held]
        there = [
            line.text for line in self.lines if line.path.split("/")[1] in self.told.sections[:1]
        ]
        shown = self.vocabulary.found("\n".join(there))
        self.supported = sorted(supported, key=lambda n: (n not in self.first, n not in shown))
        self.missing = [name for name in self._required() if name not in self.held]

    def _required(self) -> list[str]:
        """The job's terms, required ones first where the requirements say which."""
        required = [
            name
            for r in self.requirements
            if r.get("importance") == "required"
            for name in self.vocabulary.found(" , ".join(r.get("terms") or ()))
        ]
        return list(dict.fromkeys([*required, *self.wanted]))

    def wording(self, name: str) -> str:
        """The term as this answer writes it: the job's way if told so, else the résumé's."""
        job_way, own_way = self.wanted.get(name), self.held.get(name)
        if self.told.own_terms or own_way is None:
            return job_way or own_way or name
        return own_way

    def edit(self, path: str, action: str, terms: list[str], reason: str, **fields: Any) -> None:
        """Adds an edit, with the facts and requirements that it rests on."""
        spellings = [s for name in terms for s in self.vocabulary.terms.get(name, (name,))]
        facts = [
            str(fact["id"])
            for fact in self.facts
            if (path and str(fact.get("path", "")) == path)
            or any(pattern(s).search(str(fact.get("text", ""))) for s in spellings)
        ]
        requirements = [
            str(r["id"])
            for r in self.requirements
            if set(self.vocabulary.found(" , ".join(r.get("terms") or ()))) & set(terms)
        ]
        edit = {"path": path, "action": action, "value": None, "to": None, **fields}
        edit |= {"facts": facts[:6], "requirements": requirements[:6], "reason": reason}
        self.edits.append(edit)


def lines_of(resume: Mapping[str, Any]) -> list[SourceLine]:
    """Every text of the résumé that can support a term."""
    basics = resume.get("basics") or {}
    lines = [
        SourceLine(f"/basics/{key}", str(basics.get(key) or "")) for key in ("label", "summary")
    ]
    for section in (*SECTIONS, "education", "certificates", "awards", "publications"):
        for i, entry in enumerate(resume.get(section) or ()):
            lines += [
                SourceLine(f"/{section}/{i}/{key}", str(entry[key]))
                for key in _TEXT_FIELDS
                if entry.get(key)
            ]
            for key in ("highlights", "courses", "keywords"):
                lines += [
                    SourceLine(f"/{section}/{i}/{key}/{j}", str(text))
                    for j, text in enumerate(entry.get(key) or ())
                ]
    for i, group in enumerate(resume.get("skills") or ()):
        lines += [
            SourceLine(f"/skills/{i}/keywords/{j}", str(word))
            for j, word in enumerate(group.get("keywords") or ())
        ]
    return [line for line in lines if line.text]
