"""The knowledge base: skills and how they relate, credentials, levels, titles, industries.

It is read from the YAML files of `data/knowledge` (their format is told in its README) and compiled
once a process. Two relations matter and are kept apart:

- *broader*: who has PostgreSQL has a relational database and SQL. It follows from `parents` and
  `implies`, transitively, and may support a claim.
- *near*: who has PostgreSQL may learn MySQL soon. It is symmetric, shown as "related", and never
  supports a claim.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from tailor_lab.errors import InputError
from tailor_lab.settings import find_home, shipped

Kind = str
"""`language`, `framework`, `tool`, `platform`, `database`, `concept`, `method`, `domain`,
`standard`, `language skill` or `soft`."""

SOFT: Kind = "soft"
CURATED = "tailor_lab"
"""The source of what was written for this project; imported names yield to it."""


@dataclass(frozen=True)
class Skill:
    """A skill or technology under its canonical name."""

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    """Other spellings that mean it wherever they stand; case does not matter."""
    ambiguous: tuple[str, ...] = ()
    """Spellings that are also ordinary words: exact case and a fitting context are needed."""
    parents: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    source: str = CURATED


@dataclass(frozen=True)
class Credential:
    """A certification, licence or degree, with its spellings."""

    name: str
    aliases: tuple[str, ...] = ()
    issuer: str = ""
    rank: int = 0
    """Degrees alone: 1 school leaving, 2 associate, 3 bachelor, 4 master, 5 doctor."""
    industries: tuple[str, ...] = ()
    licence: bool = False
    """Whether the work may not be done without it."""


@dataclass(frozen=True)
class Level:
    """A rung of the seniority ladder, with the words of titles that place a role there."""

    name: str
    rank: int
    words: tuple[str, ...]
    years: tuple[float, float]
    """Years of experience that usually go with it, from and to."""


@dataclass(frozen=True)
class TitleFamily:
    """Roles that are one trade: its spellings, and the words that mark it in longer titles."""

    name: str
    titles: tuple[str, ...]
    words: tuple[str, ...] = ()
    industry: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Industry:
    """What an industry's texts look like, and what a good résumé in it shows."""

    name: str
    aliases: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    """Words and phrases that tell its postings and résumés from others."""
    evidence: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    taboos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """Everything that is known, by canonical name."""

    skills: Mapping[str, Skill]
    certifications: Mapping[str, Credential] = field(default_factory=dict)
    degrees: Mapping[str, Credential] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    titles: Mapping[str, TitleFamily] = field(default_factory=dict)
    industries: Mapping[str, Industry] = field(default_factory=dict)
    practices: tuple[Mapping[str, Any], ...] = ()
    ordinary: tuple[str, ...] = ()
    """Spellings that a posting also uses for all else, see `SkillMatcher.find`."""
    imported: tuple[str, ...] = ()
    """The names of the files that were added, each with a digest of what it holds."""

    def broader(self, name: str) -> frozenset[str]:
        """The skills that whoever has `name` has too, without `name` itself.

        >>> "SQL" in default_knowledge().broader("PostgreSQL")
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


def fold(text: str) -> str:
    """`text` as a key: case, and runs of white space, make no difference."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=1)
def default_knowledge() -> Knowledge:
    """The shipped knowledge base with what the project has imported, read once a process.

    Imported are the files of `knowledge` in the home folder that `TAILOR_LAB_HOME` or the working
    folder names; `tailor-lab knowledge import` puts them there.
    """
    imported = sorted(imported_folder().glob("*.yaml"))
    return load_knowledge(shipped("data/knowledge"), more=imported)


def imported_folder() -> Path:
    """Where taxonomies that a user has imported lie."""
    return find_home(os.environ) / "knowledge"


def load_knowledge(folder: str | Path, *, more: Iterable[str | Path] = ()) -> Knowledge:
    """The knowledge base of a folder, with further skill files (imported taxonomies) added.

    A skill that `more` knows by a spelling that is already known is left out: what was curated
    stays. Raises `InputError` for a file that is not of the format, naming it.
    """
    folder = Path(folder)
    skills: dict[str, Skill] = {}
    spellings: dict[str, str] = {}
    for path in sorted((folder / "skills").glob("*.yaml")):
        for skill in read_skills(path):
            if skill.name in skills:
                raise InputError(f"{path.name}: {skill.name!r} is defined twice.")
            for spelling in {fold(s) for s in (skill.name, *skill.aliases, *skill.ambiguous)}:
                other = spellings.setdefault(spelling, skill.name)
                if other != skill.name:
                    raise InputError(
                        f"{path.name}: {spelling!r} means both {other!r} and {skill.name!r}."
                    )
            skills[skill.name] = skill
    added = [Path(path) for path in more]
    for path in added:
        for skill in read_skills(path):
            if not any(fold(s) in spellings for s in (skill.name, *skill.aliases)):
                skills[skill.name] = skill
                spellings |= {fold(s): skill.name for s in (skill.name, *skill.aliases)}
    _check_relations(skills)
    return Knowledge(
        skills=skills,
        certifications=_credentials(folder / "certifications.yaml"),
        degrees=_credentials(folder / "degrees.yaml"),
        levels=tuple(
            Level(
                name=name,
                rank=rank,
                words=_words(entry["words"]),
                years=(float(entry["years"][0]), float(entry["years"][1])),
            )
            for rank, (name, entry) in enumerate(_read(folder / "levels.yaml").items())
        ),
        titles={
            name: TitleFamily(
                name=name,
                titles=_words(entry["titles"]),
                words=_words(entry.get("words")),
                industry=entry.get("industry", ""),
                near=_words(entry.get("near")),
            )
            for name, entry in _read(folder / "titles.yaml").items()
        },
        industries={
            name: Industry(
                name=name,
                **{
                    key: _words(entry.get(key))
                    for key in ("aliases", "signals", "evidence", "verbs", "metrics", "taboos")
                },
            )
            for name, entry in _read(folder / "industries.yaml").items()
        },
        practices=tuple(_read(folder / "practices.yaml").get("practices", ())),
        ordinary=tuple(
            word
            for group in (_read(folder / "ordinary_words.yaml").get("words") or {}).values()
            for word in _words(group)
        ),
        imported=tuple(
            f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:6]}" for path in added
        ),
    )


def read_skills(path: Path) -> Iterator[Skill]:
    """The skills of one YAML file. Raises `InputError` where it is not of the format."""
    content = _read(path)
    industry = content.get("industry")
    source = content.get("source", CURATED)
    groups = content.get("groups") or []
    if not isinstance(groups, list) or not all(map(_is_group, groups)):
        raise InputError(f"{path.name}: each of its groups needs a kind and terms; see the README.")
    for group in groups:
        names = tuple(group["terms"])
        for name, entry in group["terms"].items():
            details = entry if isinstance(entry, dict) else {"aliases": entry}
            unknown = details.keys() - {"aliases", "ambiguous", "parents", "implies", "near"}
            if unknown or not isinstance(name, str):
                raise InputError(f"{path.name}: {name!r} has {sorted(unknown)}; see the README.")
            near = _words(details.get("near"))
            if group.get("near"):
                near += tuple(other for other in names if other != name)
            yield Skill(
                name=name,
                kind=group["kind"],
                aliases=_words(details.get("aliases")),
                ambiguous=_words(details.get("ambiguous")),
                parents=tuple(
                    parent
                    for parent in _words(details.get("parents", group.get("parents")))
                    if parent != name
                ),
                implies=_words(details.get("implies")),
                near=near,
                industries=(industry,) if industry else (),
                source=source,
            )


def _is_group(group: Any) -> bool:
    return isinstance(group, dict) and "kind" in group and isinstance(group.get("terms"), dict)


def _check_relations(skills: Mapping[str, Skill]) -> None:
    for skill in skills.values():
        for other in (*skill.parents, *skill.implies, *skill.near):
            if other not in skills:
                raise InputError(
                    f"The knowledge base relates {skill.name!r} to {other!r}, which it lacks."
                )


def _credentials(path: Path) -> dict[str, Credential]:
    return {
        name: Credential(
            name=name,
            aliases=_words(entry.get("aliases")),
            issuer=entry.get("issuer", ""),
            rank=int(entry.get("rank", 0)),
            industries=_words(entry.get("industries")),
            licence=bool(entry.get("licence", False)),
        )
        for name, entry in _read(path).items()
    }


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8") as file:
            content = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- a safe loader, the C one where it is built in
    except yaml.YAMLError as error:
        raise InputError(f"{path.name} is not YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: a mapping is needed at its top.")
    return content


def _words(value: Any) -> tuple[str, ...]:
    """A list of words, which the files may also write as one text with commas."""
    if value is None:
        return ()
    items = value.split(",") if isinstance(value, str) else value
    return tuple(text for item in items if (text := str(item).strip()))
