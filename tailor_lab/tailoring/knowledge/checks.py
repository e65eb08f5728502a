"""What the files of a knowledge base say of each other: every name that one refers to is there.

It is checked on data that was read already; only a fault has its file read again, for its line.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tailor_lab.data_files import refusal
from tailor_lab.data_files.checks import listed
from tailor_lab.data_files.fault import Fault, Keys
from tailor_lab.errors import InputError
from tailor_lab.tailoring.knowledge.values import Skill, fold

_GENERAL = "general"
"""The industry of titles that are at home in all."""
SkillFiles = Mapping[Path, Mapping[str, Any]]
"""The content of each file of skills."""


def check_tables(folder: Path, tables: Mapping[str, Mapping[str, Any]], skills: SkillFiles) -> None:
    """Raises `InputError`, with file, line and key, for a reference to what is not there.

    A folder need not have all files: what refers to a missing file is not checked.
    """
    industries, levels, titles = tables["industries"], tables["levels"], tables["titles"]
    if industries:
        for path, content in skills.items():
            industry = content.get("industry")
            if industry is not None and industry not in industries:
                raise refusal(path, _absent(("industry",), industry, "industry"))
        for table, key in (("titles", "industry"), ("certifications", "industries")):
            for name, entry in tables[table].items():
                value = entry.get(key)
                for industry in [value] if key == "industry" and value else listed(value):
                    if industry not in industries and industry != _GENERAL:
                        fault = _absent((name, key), industry, "industry")
                        raise refusal(folder / f"{table}.yaml", fault)
    packs = tables["packs"]
    for part, known, kind in (("levels", levels, "level"), ("roles", titles, "title")):
        for name in packs.get(part, ()) if known else ():
            if name not in known:
                fault = _absent((part, name), name, kind)._replace(of_key=True)
                raise refusal(folder / "packs.yaml", fault)


def check_first(folder: Path, packs: Mapping[str, Any], spellings: Mapping[str, str]) -> None:
    """Raises `InputError` for a skill that the pack of a role names and no skill goes by."""
    for name, entry in packs.get("roles", {}).items():
        for skill in listed(entry.get("first")):
            if fold(skill) not in spellings:
                raise refusal(
                    folder / "packs.yaml", _absent(("roles", name, "first"), skill, "skill")
                )


def check_relations(skills: Mapping[str, Skill], files: SkillFiles) -> None:
    """Raises `InputError` for a skill related to one that is not there, or to itself."""
    for skill in skills.values():
        for key in ("parents", "implies", "near"):
            for other in getattr(skill, key):
                if other not in skills:
                    path, keys = _place(files, skill.name, key)
                    raise refusal(path, _absent(keys, other, "skill"))
    circle = _circle(skills)
    if circle:
        name, following = circle[0], circle[1]
        key = "parents" if following in skills[name].parents else "implies"
        path, keys = _place(files, name, key)
        raise refusal(path, Fault(keys, f"goes in a circle: {' → '.join(circle)}"))


def skill_refusal(files: SkillFiles, path: Path, name: str, text: str) -> InputError:
    """The error for what is wrong with a skill's name or spellings in a file."""
    _, keys = _place({path: files[path]}, name, "")
    return refusal(path, Fault(keys, text, of_key=True))


def _absent(path: Keys, name: str, kind: str) -> Fault:
    return Fault(path, f"names {name!r}, which is no {kind} that is known")


def _place(files: SkillFiles, name: str, key: str) -> tuple[Path, Keys]:
    """Where a skill is defined, and its key for one of its relations, or its group's."""
    for path, content in files.items():
        for index, group in enumerate(content.get("groups") or ()):
            if name in group["terms"]:
                place: Keys = ("groups", index, "terms", name)
                details = group["terms"][name]
                if isinstance(details, dict) and key in details:
                    return path, (*place, key)
                return path, (("groups", index, key) if key and key in group else place)
    raise KeyError(name)


def _circle(skills: Mapping[str, Skill]) -> list[str]:
    """The first skills that lead back to themselves by parents and implications, if any do."""
    done: set[str] = set()
    for start in skills:
        path: list[str] = []
        waiting: list[Iterator[str]] = [iter((start,))]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                found = path[path.index(name) :]
                # From the one that the files name first, whichever it was met by.
                place = {skill: number for number, skill in enumerate(skills)}
                first = min(range(len(found)), key=lambda at: place[found[at]])
                return [*found[first:], *found[: first + 1]]
            elif name not in done:
                path.append(name)
                waiting.append(iter((*skills[name].parents, *skills[name].implies)))
    return []
