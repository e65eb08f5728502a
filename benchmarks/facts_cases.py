"""Labelled changes to résumés: how a case is drawn, and which part of the benchmark it belongs to.

A template takes a `Draft`, a copy of a résumé, and makes one change of its kind in it, remembering
where. Templates are registered by kind; within a kind they belong to the development and the test
part in turn, but for those that name their part, and so do résumés, by the hash of their id. A case
of a part is made by a template of that part from a résumé of that part, so that neither wording nor
person is seen in both.

Where the résumés offer too few places for a kind, its templates first give the *source* one (a
figure, a contract position, an alias) and then change it: both documents are the case's.
"""

import copy
import hashlib
import json
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_resume
from tailor_lab.tailoring.edits import resolve

Split = Literal["development", "test"]
SPLITS: tuple[Split, ...] = ("development", "test")
ATTEMPTS = 60  # draws a wanted case before a kind is given up as exhausted
T = TypeVar("T")


class NotHere(Exception):  # noqa: N818 (it is a finding, no error)
    """The template finds nothing to change in this résumé."""


class Place(NamedTuple):
    """Where in the tailored résumé a change stands; `end` None means all below the path."""

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
    """A résumé in the making: its source, the tailored copy, and the places that were changed."""

    source: dict[str, Any]
    posting: Posting
    rng: random.Random
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = copy.deepcopy(self.source)
        self.tailored = copy.deepcopy(self.source)

    def pick(self, options: Iterable[T]) -> T:
        """One of the options by chance; raises `NotHere` where there is none."""
        choice = list(options)
        if not choice:
            raise NotHere
        return self.rng.choice(choice)

    def absent(self, *texts: str) -> None:
        """Raises `NotHere` where the source has one of these texts already."""
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

    def bullets(self) -> list[tuple[str, str]]:
        """Paths and texts of the résumé's prose, without overlong paragraphs."""
        found = []
        for section in ("work", "projects", "volunteer"):
            for i, entry in enumerate(self.tailored.get(section, ())):
                texts = [(f"/{section}/{i}/summary", entry.get("summary") or "")]
                texts += [
                    (f"/{section}/{i}/highlights/{j}", text)
                    for j, text in enumerate(entry.get("highlights", ()))
                ]
                found += [(path, text) for path, text in texts if 12 <= len(text) <= 260]
        return found

    def find(self, pattern: str | re.Pattern[str]) -> tuple[str, re.Match[str]]:
        """A match of the pattern in some bullet, by chance."""
        found = [(p, m) for p, text in self.bullets() for m in re.finditer(pattern, text)]
        return self.pick(found)

    def fields(self, section: str, key: str) -> list[tuple[str, str]]:
        """Paths and values of one field of a section's entries."""
        return [
            (f"/{section}/{i}/{key}", str(entry[key]))
            for i, entry in enumerate(self.tailored.get(section, ()))
            if entry.get(key)
        ]

    def put(self, path: str, value: str | None, *, mark: bool = True) -> None:
        """Sets (or with None removes) a value of the tailored résumé."""
        parent, _, key = path.rpartition("/")
        if parent == "/basics":
            self.tailored.setdefault("basics", {})
        _set(self.get(parent), key, value)
        if mark:
            self.places.append(Place(path, 0, len(value) if value else None))

    def swap(self, path: str, start: int, end: int, text: str) -> None:
        """Puts `text` in place of a part of the text at a path."""
        before = self.get(path)
        if before[start:end] == text:
            raise NotHere
        self.put(path, before[:start] + text + before[end:], mark=False)
        self.places.append(Place(path, start, start + len(text)))

    def append(self, path: str, text: str) -> None:
        """Adds to the end of the text at a path, before its full stop."""
        end = len(self.get(path).rstrip(". "))
        self.swap(path, end, end, text)

    def summarise(self, sentence: str) -> None:
        """Adds a sentence to the summary, in front or behind; makes one where there is none."""
        before = (self.tailored.get("basics", {}).get("summary") or "").strip()
        in_front = self.rng.random() < 0.5
        text = f"{sentence} {before}" if in_front else f"{before} {sentence}"
        self.put("/basics/summary", text.strip(), mark=False)
        start = 0 if in_front else len(text.strip()) - len(sentence)
        self.places.append(Place("/basics/summary", start, start + len(sentence)))

    def add(self, path: str, value: Any, at: int | None = None) -> None:
        """Inserts into a list, which is made where there is none."""
        parent, _, key = path.rpartition("/")
        holder: Any = self.get(parent) if parent else self.tailored
        values = holder.setdefault(key, [])
        at = len(values) if at is None else min(at, len(values))
        values.insert(at, value)
        self.places.append(Place(f"{path}/{at}", 0, None))

    def both(self, path: str, value: Any) -> None:
        """Sets a value of the source and the tailored résumé: what a template needs to find."""
        parent, _, key = path.rpartition("/")
        for document in (self.source, self.tailored):
            if parent == "/basics":
                document.setdefault("basics", {})
            try:
                _set(resolve(document, parent), key, copy.deepcopy(value))
            except (LookupError, TypeError):
                raise NotHere from None


def _set(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, list):
        holder[int(key)] = value
    elif value is None:
        holder.pop(key, None)
    else:
        holder[key] = value


Change = Callable[[Draft], None]
TEMPLATES: dict[str, dict[str, Change]] = {}
_PARTS: dict[tuple[str, str], Split] = {}
"""The part of each template, by kind and name, that does not take turns."""


def template(kind: str, *, part: Split | None = None) -> Callable[[Change], Change]:
    """Registers a function as a template of a kind, of a part or taking turns."""

    def register(change: Change) -> Change:
        _register(kind, change.__name__, change, part)
        return change

    return register


def wordings(
    kind: str, values: Sequence[T], *, part: Split | None = None
) -> Callable[[Callable[[Draft, T], None]], None]:
    """Registers a function as one template for each of the values that it is called with."""

    def register(change: Callable[[Draft, T], None]) -> None:
        for number, value in enumerate(values):
            _register(kind, f"{change.__name__}_{number}", _with(change, value), part)

    return register


def _register(kind: str, name: str, change: Change, part: Split | None) -> None:
    known = TEMPLATES.setdefault(kind, {})
    if name in known:
        raise ValueError(f"{kind} has two templates called {name}")
    known[name] = change
    if part is not None:
        _PARTS[kind, name] = part


def _with(change: Callable[[Draft, T], None], value: T) -> Change:
    return lambda draft: change(draft, value)


def templates(kind: str, split: Split) -> dict[str, Change]:
    """The templates of a kind that belong to a part."""
    known = TEMPLATES[kind]
    turns = [name for name in known if (kind, name) not in _PARTS]
    names = turns[SPLITS.index(split) :: 2]
    names += [name for name in known if _PARTS.get((kind, name)) == split]
    return {name: known[name] for name in names}


def part_of(resume_id: str) -> Split:
    """The part that a résumé belongs to."""
    return SPLITS[hashlib.sha256(resume_id.encode()).digest()[0] % 2]


@lru_cache(maxsize=1)
def shipped_resumes() -> dict[str, dict[str, Any]]:
    """The project's own résumés by id."""
    paths = sorted(Path(shipped("data/resumes")).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


@lru_cache(maxsize=1)
def real_resumes() -> dict[str, dict[str, Any]]:
    """Real résumés read from plain text, by id; empty where the data is not here."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TAILOR_LAB_SHARED_DATA", default)) / "resumes_updated962"
    if not folder.exists():
        print(f"Real résumés are not here ({folder}); only the shipped ones are used.")
        return {}
    import polars as pl

    table = pl.read_parquet(folder / "resumes.parquet").filter(pl.col("first_occurrence"))
    texts = table["Resume"].to_list()
    return {f"real-{i}": dict(load_resume(f"{text}\n").data) for i, text in enumerate(texts)}


@lru_cache(maxsize=1)
def postings() -> dict[str, Posting]:
    """The shipped postings by id, with their labels."""
    lines = Path(shipped("data/job_labels.jsonl")).read_text(encoding="utf-8").splitlines()
    found = {}
    for label in map(json.loads, lines):
        text = Path(shipped(f"data/jobs/{label['job']}.json")).read_text(encoding="utf-8")
        job = json.loads(text)
        skills = (*label["required_skills"], *label["preferred_skills"])
        found[job["id"]] = Posting(job["id"], job["title"], job["company"], job["text"], skills)
    return found


@lru_cache(maxsize=1)
def _pairs() -> dict[str, list[Posting]]:
    lines = Path(shipped("data/pairs.jsonl")).read_text(encoding="utf-8").splitlines()
    pairs: dict[str, list[Posting]] = {}
    for pair in map(json.loads, lines):
        pairs.setdefault(pair["resume_id"], []).append(postings()[pair["job_id"]])
    return pairs


def pool(split: Split) -> tuple[list[str], list[str]]:
    """The ids of a part's shipped and real résumés."""
    ours = [name for name in shipped_resumes() if part_of(name) == split]
    theirs = [name for name in real_resumes() if part_of(name) == split]
    return ours, theirs


def resume(name: str) -> dict[str, Any]:
    """A résumé by its id."""
    return shipped_resumes().get(name) or real_resumes()[name]


def draft(name: str, rng: random.Random) -> Draft:
    """A fresh draft of a résumé, beside a posting of its pairs or, for a real one, any."""
    posting = rng.choice(_pairs().get(name) or list(postings().values()))
    return Draft(resume(name), posting, rng)


def draw(kind: str, split: Split, count: int, *, seed: int = 7) -> Iterator[Case]:
    """Up to `count` different cases of a kind, its templates taking turns."""
    rng = random.Random(f"{seed} {kind} {split}")
    ours, theirs = pool(split)
    known = list(templates(kind, split).items())
    seen: set[str] = set()
    for attempt in range(count * ATTEMPTS):
        if len(seen) == count:
            return
        name, change = known[attempt % len(known)]
        # Real texts have no dates and few titles: half of the draws, more would starve the fields.
        chosen = rng.choice(theirs if theirs and rng.random() < 0.5 else ours)
        made = draft(chosen, rng)
        try:
            change(made)
        except NotHere:
            continue
        fingerprint = json.dumps([made.source, made.tailored], sort_keys=True)
        if fingerprint in seen or made.source == made.tailored:
            continue
        seen.add(fingerprint)
        yield _case(made, kind, name, chosen, split)


def adversarial(split: Split, count: int, *, seed: int = 7) -> Iterator[Case]:
    """Cases with two or three fabrications of different kinds and a legitimate edit between."""
    rng = random.Random(f"{seed} adversarial {split}")
    ours, theirs = pool(split)
    kinds = [kind for kind in TEMPLATES if kind.startswith("F")]
    edits = ["L2", "L4", "L16", "L23"]
    made_cases = 0
    while made_cases < count:
        chosen = rng.choice(theirs if theirs and rng.random() < 0.5 else ours)
        made, names = draft(chosen, rng), []
        wanted = rng.choice((2, 3))
        marked: dict[Place, str] = {}
        for kind in [*rng.sample(edits, 1), *rng.sample(kinds, len(kinds))]:
            before = (copy.deepcopy(made.source), copy.deepcopy(made.tailored), list(made.places))
            name, change = rng.choice(list(templates(kind, split).items()))
            try:
                change(made)
                if not _stands(made, marked):
                    raise NotHere  # noqa: TRY301 (tried again below)
            except NotHere:
                made.source, made.tailored, made.places = before
                continue
            if kind in edits:
                made.places = before[2]
                continue
            names.append(f"{kind} {name}")
            # A field that was removed (an end date) has nothing that could be moved.
            marked = {p: _value(made, p.path) for p in made.places}
            if len(names) == wanted:
                break
        if len(names) == wanted:
            made_cases += 1
            yield _case(made, f"A{wanted}", " + ".join(names), chosen, split)


def _value(made: Draft, path: str) -> str:
    try:
        return json.dumps(made.get(path))
    except NotHere:
        return ""


def _stands(made: Draft, marked: dict[Place, str]) -> bool:
    """Whether earlier changes still stand at their paths, untouched by the last one."""
    return all(_value(made, place.path) == text for place, text in marked.items())


def unchanged(split: Split) -> Iterator[Case]:
    """Every résumé of a part as it is."""
    for names in pool(split):
        for name in names:
            yield _case(draft(name, random.Random(name)), "unchanged", "unchanged", name, split)


def _case(made: Draft, kind: str, name: str, chosen: str, split: Split) -> Case:
    places = tuple(made.places) if kind[0] in "FAL" else ()
    return Case(kind, name, chosen, split, made.source, made.tailored, made.posting, places)
