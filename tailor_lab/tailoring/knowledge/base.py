"""The knowledge base: skills and how they relate, credentials, levels, titles, industries.

It is one value that never changes; `load_knowledge` reads it, and whoever needs it is given it: two
labs in one process may know different things. Two relations matter and are kept apart:

- *broader*: who has PostgreSQL has a relational database and SQL. It follows from `parents` and
  `implies`, transitively, and may support a claim.
- *near*: who has PostgreSQL may learn MySQL soon. It is symmetric, shown as "related", and never
  supports a claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.questions import ask
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge.matcher import SkillMatcher
from tailor_lab.tailoring.knowledge.values import (
    CURATED,
    SOFT,
    Credential,
    Industry,
    Level,
    Skill,
    TitleFamily,
    fold,
)

__all__ = [
    "CURATED",
    "SOFT",
    "Credential",
    "Files",
    "Industry",
    "Knowledge",
    "Level",
    "Skill",
    "TitleFamily",
    "fold",
]


@dataclass(frozen=True, eq=False, repr=False)
class Knowledge:
    """Everything that is known, by canonical name.

    Two are the same only where they are one object: `load_knowledge` gives one for the same files.
    It travels to another process as the names of its files, which are read there.
    """

    skills: Mapping[str, Skill]
    certifications: Mapping[str, Credential] = field(default_factory=dict)
    degrees: Mapping[str, Credential] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    titles: Mapping[str, TitleFamily] = field(default_factory=dict)
    industries: Mapping[str, Industry] = field(default_factory=dict)
    practices: tuple[Mapping[str, Any], ...] = ()
    ordinary: tuple[str, ...] = ()
    """Spellings that a posting also uses for all else, see `SkillMatcher.find`."""
    packs: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """What a prompt's layers say of a level and of a role."""
    score: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The weights and tables of the match score, see `scoring.settings.settings_of`."""
    imported: tuple[str, ...] = ()
    """The names of the files that were added, each with a digest of what it holds."""
    files: "Files | None" = field(default=None, repr=False)
    """Where it was read from; None for one that was made by hand."""

    @cached_property
    def matcher(self) -> SkillMatcher:
        """Finds its skills in texts; compiled when it is first used."""
        return SkillMatcher(self)

    @property
    def digest(self) -> str:
        """A hash of all its files, the same in every process; empty for one made by hand."""
        return self.files.digest if self.files else ""

    @property
    def is_shipped(self) -> bool:
        """Whether it is the shipped knowledge, perhaps with more that was imported."""
        return self.files is not None and self.files.folder == shipped("data/knowledge")

    def broader(self, name: str) -> frozenset[str]:
        """The skills that whoever has `name` has too, without `name` itself.

        >>> from tailor_lab.tailoring.knowledge import load_knowledge
        >>> "SQL" in load_knowledge().broader("PostgreSQL")
        True
        """
        return self._broader.get(name, frozenset())

    def near(self, name: str) -> frozenset[str]:
        """The skills beside `name`: related, and no evidence of each other."""
        return self._near.get(name, frozenset())

    def canonical(self, spelling: str) -> str | None:
        """The skill that `spelling` as a whole names, taken as an item of a list of skills."""
        return self._spellings.get(fold(spelling))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {
            fold(spelling): skill.name
            for skill in self.skills.values()
            for spelling in (skill.name, *skill.aliases, *skill.ambiguous)
        }

    @cached_property
    def _broader(self) -> dict[str, frozenset[str]]:
        closed: dict[str, frozenset[str]] = {}

        def close(name: str, path: tuple[str, ...]) -> frozenset[str]:
            if name in path:
                circle = " → ".join((*path[path.index(name) :], name))
                raise InputError(f"The knowledge base goes in a circle: {circle}.")
            if name not in closed:
                skill = self.skills[name]
                direct = {*skill.parents, *skill.implies}
                indirect = (close(other, (*path, name)) for other in direct)
                closed[name] = frozenset(direct).union(*indirect)
            return closed[name]

        for name in self.skills:
            close(name, ())
        return closed

    @cached_property
    def _near(self) -> dict[str, frozenset[str]]:
        beside: dict[str, set[str]] = {name: set() for name in self.skills}
        for skill in self.skills.values():
            for other in skill.near:
                beside[skill.name].add(other)
                beside[other].add(skill.name)
        return {name: frozenset(others - {name}) for name, others in beside.items()}

    def __repr__(self) -> str:
        more = f", with {', '.join(self.imported)}" if self.imported else ""
        return f"<Knowledge of {len(self.skills):,} skills{more}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.files is not None:
            return _read_again, (self.files,)
        # Without what was compiled from them: that is made faster than it is read.
        return Knowledge, tuple(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True)
class Files:
    """The files that a knowledge base was read from, and a hash of all that they held."""

    folder: Path
    more: tuple[Path, ...]
    digest: str


def _read_again(files: Files) -> Knowledge:
    """The same knowledge in another process."""
    known: Knowledge = ask("knowledge.read", files.folder, more=files.more)
    if known.digest != files.digest:
        raise InputError(
            f"The knowledge files of {files.folder}"
            f"{' and '.join(['', *map(str, files.more)])} have changed, or are others here, since "
            "the work was handed over; run it again."
        )
    return known
