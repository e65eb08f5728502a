"""Reads a knowledge base from the YAML files of a folder; their format is told in its README."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tailor_lab.data_files import read_data_file
from tailor_lab.data_files.checks import listed
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge.base import Files, Knowledge
from tailor_lab.tailoring.knowledge.checks import (
    check_first,
    check_relations,
    check_tables,
    skill_refusal,
)
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
    if folder is None:
        _check_whole(place)
    added = tuple(Path(path).absolute() for path in more)
    return _loaded(place, added, tuple(map(_stamp, (*_files_of(place), *added))))


def _check_whole(folder: Path) -> None:
    """Refuses the shipped folder where a file of it is missing; one of your own may have fewer."""
    missing = [name for name in _SINGLE if not (folder / f"{name}.yaml").is_file()]
    if missing:
        names = ", ".join(f"{name}.yaml" for name in missing)
        raise InputError(
            f"{folder}: {names} is missing, which comes with tailor_lab. Install it again."
        )


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
    tables = {kind: _table(folder, kind) for kind in _SINGLE}
    own = sorted((folder / "skills").glob("*.yaml"))
    files = {path: read_data_file(path, "skills") for path in (*own, *added)}
    check_tables(folder, tables, files)
    skills: dict[str, Skill] = {}
    spellings: dict[str, str] = {}
    for path in own:
        for skill in _skills_of(files[path]):
            if skill.name in skills:
                text = "is defined twice; the first is in a file or group before this one"
                raise skill_refusal(files, path, skill.name, text)
            for spelling in {fold(s) for s in (skill.name, *skill.aliases, *skill.ambiguous)}:
                other = spellings.setdefault(spelling, skill.name)
                if other != skill.name:
                    text = f"has {spelling!r}, which means both {other!r} and {skill.name!r}"
                    raise skill_refusal(files, path, skill.name, text)
            skills[skill.name] = skill
    check_first(folder, tables["packs"], spellings)
    for path in added:
        for skill in _skills_of(files[path]):
            if not any(fold(s) in spellings for s in (skill.name, *skill.aliases)):
                skills[skill.name] = skill
                spellings |= {fold(s): skill.name for s in (skill.name, *skill.aliases)}
    # Of a skill that is in two files the first counts, as above.
    check_relations(skills, files)
    return Knowledge(
        skills=skills,
        certifications=_credentials(tables["certifications"]),
        degrees=_credentials(tables["degrees"]),
        levels=tuple(
            Level(
                name=name,
                rank=rank,
                words=_words(entry["words"]),
                years=(float(entry["years"][0]), float(entry["years"][1])),
            )
            for rank, (name, entry) in enumerate(tables["levels"].items())
        ),
        titles={
            name: TitleFamily(
                name=name,
                titles=_words(entry["titles"]),
                words=_words(entry.get("words")),
                industry=entry.get("industry", ""),
                near=_words(entry.get("near")),
            )
            for name, entry in tables["titles"].items()
        },
        industries={
            name: Industry(
                name=name,
                **{
                    key: _words(entry.get(key))
                    for key in ("aliases", "signals", "evidence", "verbs", "metrics", "taboos")
                },
            )
            for name, entry in tables["industries"].items()
        },
        practices=tuple(tables["practices"].get("practices", ())),
        ordinary=tuple(
            word
            for group in (tables["ordinary_words"].get("words") or {}).values()
            for word in _words(group)
        ),
        packs=tables["packs"],
        score=tables["score"] or _table(shipped("data/knowledge"), "score"),
        imported=tuple(
            f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:6]}" for path in added
        ),
        files=Files(folder, added, digest),
    )


def read_skills(path: Path) -> Iterator[Skill]:
    """The skills of one YAML file. Raises `InputError` where it is not of the format."""
    return _skills_of(read_data_file(path, "skills"))


def _skills_of(content: Mapping[str, Any]) -> Iterator[Skill]:
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


def _credentials(table: Mapping[str, Any]) -> dict[str, Credential]:
    return {
        name: Credential(
            name=name,
            aliases=_words(entry.get("aliases")),
            issuer=entry.get("issuer", ""),
            rank=int(entry.get("rank", 0)),
            industries=_words(entry.get("industries")),
            licence=bool(entry.get("licence", False)),
        )
        for name, entry in table.items()
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
    return tuple(listed(value))
