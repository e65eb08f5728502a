"""Reads a knowledge base from the YAML files of a folder; their format is told in its README."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tailor_lab.data_files import read_data_file
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge.base import Files, Knowledge
from tailor_lab.tailoring.knowledge.values import (
    CURATED,
    Credential,
    Industry,
    Level,
    Skill,
    TitleFamily,
    fold,
)

_SINGLE = (
    *("certifications", "degrees", "levels", "titles", "industries", "practices"),
    *("ordinary_words", "packs", "score"),
)
"""The files of a folder beside its `skills`."""


def load_knowledge(
    folder: str | Path | None = None, *, more: Iterable[str | Path] = ()
) -> Knowledge:
    """The knowledge base of a folder, with further skill files (imported taxonomies) added.

    By default that is the shipped one; `Lab().knowledge` also has what a project imported. A skill
    that `more` knows by a spelling that is already known is left out: what was curated stays.
    While no file changes it is read once in a process. Raises `InputError` for a file that is not
    of the format, naming it, the line and the key.

    >>> load_knowledge().skills["PostgreSQL"].kind
    'database'
    """
    place = shipped("data/knowledge") if folder is None else Path(folder).absolute()
    added = tuple(Path(path).absolute() for path in more)
    return _loaded(place, added, tuple(map(_stamp, (*_files_of(place), *added))))


def _files_of(folder: Path) -> list[Path]:
    """The files of a folder that are read, of those that are there."""
    single = (folder / f"{name}.yaml" for name in _SINGLE)
    return [
        *sorted((folder / "skills").glob("*.yaml")),
        *(path for path in single if path.is_file()),
    ]


def _stamp(path: Path) -> tuple[str, int, int, int]:
    """What changes when a file does."""
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=8)
def _loaded(
    folder: Path,
    added: tuple[Path, ...],
    stamps: tuple[tuple[str, int, int, int], ...],  # noqa: ARG001 -- tells one state from another
) -> Knowledge:
    digest = _digest(folder, added)
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
    for path in added:
        for skill in read_skills(path):
            if not any(fold(s) in spellings for s in (skill.name, *skill.aliases)):
                skills[skill.name] = skill
                spellings |= {fold(s): skill.name for s in (skill.name, *skill.aliases)}
    _check_relations(skills)
    return Knowledge(
        skills=skills,
        certifications=_credentials(folder, "certifications"),
        degrees=_credentials(folder, "degrees"),
        levels=tuple(
            Level(
                name=name,
                rank=rank,
                words=_words(entry["words"]),
                years=(float(entry["years"][0]), float(entry["years"][1])),
            )
            for rank, (name, entry) in enumerate(_table(folder, "levels").items())
        ),
        titles={
            name: TitleFamily(
                name=name,
                titles=_words(entry["titles"]),
                words=_words(entry.get("words")),
                industry=entry.get("industry", ""),
                near=_words(entry.get("near")),
            )
            for name, entry in _table(folder, "titles").items()
        },
        industries={
            name: Industry(
                name=name,
                **{
                    key: _words(entry.get(key))
                    for key in ("aliases", "signals", "evidence", "verbs", "metrics", "taboos")
                },
            )
            for name, entry in _table(folder, "industries").items()
        },
        practices=tuple(_table(folder, "practices").get("practices", ())),
        ordinary=tuple(
            word
            for group in (_table(folder, "ordinary_words").get("words") or {}).values()
            for word in _words(group)
        ),
        packs=_table(folder, "packs"),
        score=_table(folder, "score") or _table(shipped("data/knowledge"), "score"),
        imported=tuple(
            f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:6]}" for path in added
        ),
        files=Files(folder, added, digest),
    )


def read_skills(path: Path) -> Iterator[Skill]:
    """The skills of one YAML file. Raises `InputError` where it is not of the format."""
    content = read_data_file(path, "skills")
    industry = content.get("industry")
    source = content.get("source", CURATED)
    for group in content.get("groups") or ():
        names = tuple(group["terms"])
        for name, entry in group["terms"].items():
            details = entry if isinstance(entry, dict) else {"aliases": entry}
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


def _check_relations(skills: Mapping[str, Skill]) -> None:
    for skill in skills.values():
        for other in (*skill.parents, *skill.implies, *skill.near):
            if other not in skills:
                raise InputError(
                    f"The knowledge base relates {skill.name!r} to {other!r}, which it lacks."
                )


def _credentials(folder: Path, kind: str) -> dict[str, Credential]:
    return {
        name: Credential(
            name=name,
            aliases=_words(entry.get("aliases")),
            issuer=entry.get("issuer", ""),
            rank=int(entry.get("rank", 0)),
            industries=_words(entry.get("industries")),
            licence=bool(entry.get("licence", False)),
        )
        for name, entry in _table(folder, kind).items()
    }


def _table(folder: Path, kind: str) -> dict[str, Any]:
    """The content of one of the files that a folder need not have."""
    path = folder / f"{kind}.yaml"
    return read_data_file(path, kind) if path.is_file() else {}


def _digest(folder: Path, added: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in (*_files_of(folder), *added):
        found.update(f"{path.name}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def _words(value: Any) -> tuple[str, ...]:
    """A list of words, which the files may also write as one text with commas."""
    if value is None:
        return ()
    items = value.split(",") if isinstance(value, str) else value
    return tuple(text for item in items if (text := str(item).strip()))
