"""A résumé being changed: the source, the tailored copy, and where the two were made to differ.

An edit takes a `Draft`, makes one change in it and remembers the place. It raises `NotHere` where
the résumé offers nothing to change. Every random choice comes from the draft's own generator, so a
seed decides a case completely.
"""

import copy
import json
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from tailor_lab.tailoring.edits import resolve

Split = Literal["development", "test"]
SPLITS: tuple[Split, ...] = ("development", "test")
SHORTEST_BULLET, LONGEST_BULLET = 12, 260  # characters; longer texts are paragraphs
T = TypeVar("T")


class NotHere(Exception):  # noqa: N818 (it is a finding, no error)
    """The edit finds nothing to change in this résumé."""


class Place(NamedTuple):
    """Where in the tailored résumé a change is; `end` None means everything below the path."""

    path: str
    start: int = 0
    end: int | None = None

    def entry(self) -> str:
        """The entry or field that holds the place, such as /work/0."""
        return "/".join(self.path.split("/")[:3])


class Posting(NamedTuple):
    """A job posting with the skills that it was labelled with."""

    id: str
    title: str
    company: str
    text: str
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A source résumé, a tailored one, and what was done to it."""

    kind: str
    template: str
    resume_id: str
    split: Split
    source: dict[str, Any]
    tailored: dict[str, Any]
    posting: Posting
    places: tuple[Place, ...] = ()

    @property
    def fabricated(self) -> bool:
        """Whether something in it is invented."""
        return self.kind[0] in "FA"


@dataclass
class Draft:
    """A source résumé, its tailored copy, and the places that were changed."""

    source: dict[str, Any]
    posting: Posting
    rng: random.Random
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = copy.deepcopy(self.source)
        self.tailored = copy.deepcopy(self.source)

    def pick(self, options: Iterable[T]) -> T:
        """One of the options by chance; raises `NotHere` if there is none."""
        choice = list(options)
        if not choice:
            raise NotHere
        return self.rng.choice(choice)

    def absent(self, *texts: str) -> None:
        """Raises `NotHere` if the source already has one of these texts."""
        have = json.dumps(self.source, ensure_ascii=False).casefold()
        for text in texts:
            if text.casefold() in have:
                raise NotHere

    def get(self, path: str) -> Any:
        """The tailored value at a path."""
        try:
            return resolve(self.tailored, path)
        except (LookupError, TypeError):
            raise NotHere from None

    def bullets(self, *, without: str = "", matching: str = "") -> list[tuple[str, str]]:
        """Paths and texts of the résumé's prose, except overlong paragraphs.

        Texts that contain the pattern `without`, or do not begin with `matching`, are left out.
        """
        found = []
        for section in ("work", "projects", "volunteer"):
            for i, entry in enumerate(self.tailored.get(section, ())):
                texts = [(f"/{section}/{i}/summary", entry.get("summary") or "")]
                texts += [
                    (f"/{section}/{i}/highlights/{j}", text)
                    for j, text in enumerate(entry.get("highlights", ()))
                ]
                found += [
                    (path, text)
                    for path, text in texts
                    if SHORTEST_BULLET <= len(text) <= LONGEST_BULLET
                    and not (without and re.search(without, text))
                    and re.match(matching, text)
                ]
        return found

    def find(self, pattern: str) -> tuple[str, re.Match[str]]:
        """A match of the pattern in some bullet, by chance."""
        return self.pick((p, m) for p, text in self.bullets() for m in re.finditer(pattern, text))

    def fields(self, section: str, key: str) -> list[tuple[str, str]]:
        """Paths and values of one field of a section's entries; empty values are left out."""
        if section == "basics":
            held = self.tailored.get("basics", {}).get(key)
            return [(f"/basics/{key}", held)] if held else []
        return [
            (f"/{section}/{i}/{key}", str(entry[key]))
            for i, entry in enumerate(self.tailored.get(section, ()))
            if entry.get(key)
        ]

    def keywords(self) -> str:
        """The path of some group's list of skills."""
        groups = enumerate(self.tailored.get("skills", ()))
        return f"/skills/{self.pick(i for i, g in groups if g.get('keywords'))}/keywords"

    def put(self, path: str, value: str | None, *, mark: bool = True) -> None:
        """Sets (or with None removes) a value of the tailored résumé."""
        parent, _, key = path.rpartition("/")
        if parent == "/basics":
            self.tailored.setdefault("basics", {})
        _set(self.get(parent), key, value)
        if mark:
            self.places.append(Place(path, 0, len(value) if value else None))

    def mark(self, path: str) -> None:
        """Remembers a path as changed altogether."""
        self.places.append(Place(path, 0, None))

    def swap(self, path: str, start: int, end: int, text: str) -> None:
        """Replaces a part of the text at a path by `text`."""
        before = self.get(path)
        if before[start:end] == text:
            raise NotHere
        self.put(path, before[:start] + text + before[end:], mark=False)
        self.places.append(Place(path, start, start + len(text)))

    def replace(self, path: str, match: re.Match[str], text: str, group: int = 0) -> None:
        """Replaces a match, or one group of it, in the text at a path."""
        self.swap(path, match.start(group), match.end(group), text)

    def replace_last(self, path: str, old: str, new: str) -> None:
        """Replaces the last occurrence of a text at a path."""
        start = self.get(path).rindex(old)
        self.swap(path, start, start + len(old), new)

    def append(self, path: str, text: str) -> None:
        """Adds to the end of the text at a path, before its full stop."""
        end = len(self.get(path).rstrip(". "))
        self.swap(path, end, end, text)

    def summarise(self, sentence: str) -> None:
        """Adds a sentence before or after the summary, or makes the summary of it."""
        before = (self.tailored.get("basics", {}).get("summary") or "").strip()
        in_front = self.rng.random() < 0.5
        text = f"{sentence} {before}" if in_front else f"{before} {sentence}"
        self.put("/basics/summary", text.strip(), mark=False)
        start = 0 if in_front else len(text.strip()) - len(sentence)
        self.places.append(Place("/basics/summary", start, start + len(sentence)))

    def add(self, path: str, value: str | Mapping[str, Any], at: int | None = None) -> None:
        """Inserts into a list, which is made if there is none."""
        parent, _, key = path.rpartition("/")
        holder: Any = self.get(parent) if parent else self.tailored
        values = holder.setdefault(key, [])
        at = len(values) if at is None else min(at, len(values))
        values.insert(at, value)
        self.mark(f"{path}/{at}")

    def both(self, path: str, value: Any) -> None:
        """Sets a value of the source and of the tailored résumé: what an edit needs to find."""
        parent, _, key = path.rpartition("/")
        for document in (self.source, self.tailored):
            if parent == "/basics":
                document.setdefault("basics", {})
            try:
                _set(resolve(document, parent), key, copy.deepcopy(value))
            except (LookupError, TypeError):
                raise NotHere from None

    def extend_both(self, path: str, text: str, ending: str) -> None:
        """Gives the bullet at a path an ending, in the source too."""
        self.both(path, text.rstrip(". ") + ending)


def _set(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, list):
        holder[int(key)] = value
    elif value is None:
        holder.pop(key, None)
    else:
        holder[key] = value


def lower_first(text: str) -> str:
    """The text for the middle of a sentence; names and abbreviations keep their capitals."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]
