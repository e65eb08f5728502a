"""Which cases a seed draws, from which résumés, and which part of the benchmark they belong to.

Résumés belong to the development or the test part by the hash of their id, templates as
`templates` says. A case of a part is made by a template of that part from a résumé of that part, so
that neither wording nor person is seen in both.

Where the résumés offer too few places for a kind, its edits first give the *source* one (a figure,
a contract position, an alias) and then change it: both documents are the case's.
"""

import copy
import hashlib
import json
import os
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.facts.draft import SPLITS, Case, Draft, NotHere, Place, Posting, Split
from benchmarks.facts.templates import kinds
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_resume

ATTEMPTS = 60  # draws per wanted case before a kind is given up as exhausted
HONEST = ("L2", "L4", "L16", "L23")  # the edits that are mixed with several fabrications


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
    default = Path(__file__).parents[3] / "shared" / "data"
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
    """A fresh draft of a résumé, with a posting of its pairs or, for a real one, any."""
    posting = rng.choice(_pairs().get(name) or list(postings().values()))
    return Draft(resume(name), posting, rng)


def draw(kind: str, split: Split, count: int, *, seed: int = 7) -> Iterator[Case]:
    """Up to `count` different cases of a kind, its templates taking turns."""
    rng = random.Random(f"{seed} {kind} {split}")
    ours, theirs = pool(split)
    known = kinds()[kind].of(split)
    seen: set[str] = set()
    for attempt in range(count * ATTEMPTS):
        if len(seen) == count:
            return
        template = known[attempt % len(known)]
        # Real texts have no dates and few titles: half of the draws, more would starve the fields.
        chosen = rng.choice(theirs if theirs and rng.random() < 0.5 else ours)
        made = draft(chosen, rng)
        try:
            template.change(made)
        except NotHere:
            continue
        fingerprint = json.dumps([made.source, made.tailored], sort_keys=True)
        if fingerprint in seen or made.source == made.tailored:
            continue
        seen.add(fingerprint)
        yield _case(made, kind, template.name, chosen, split)


def adversarial(split: Split, count: int, *, seed: int = 7) -> Iterator[Case]:
    """Cases with two or three fabrications of different kinds and a legitimate edit between."""
    rng = random.Random(f"{seed} adversarial {split}")
    ours, theirs = pool(split)
    invented = [kind for kind in kinds() if kind.startswith("F")]
    made_cases = 0
    while made_cases < count:
        chosen = rng.choice(theirs if theirs and rng.random() < 0.5 else ours)
        made, names = draft(chosen, rng), []
        wanted = rng.choice((2, 3))
        marked: dict[Place, str] = {}
        for kind in [*rng.sample(HONEST, 1), *rng.sample(invented, len(invented))]:
            before = (copy.deepcopy(made.source), copy.deepcopy(made.tailored), list(made.places))
            template = rng.choice(kinds()[kind].of(split))
            try:
                template.change(made)
                if not _kept(made, marked):
                    raise NotHere  # noqa: TRY301 (tried again below)
            except NotHere:
                made.source, made.tailored, made.places = before
                continue
            if kind in HONEST:
                made.places = before[2]
                continue
            names.append(f"{kind} {template.name}")
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


def _kept(made: Draft, marked: dict[Place, str]) -> bool:
    """Whether earlier changes are still at their paths, untouched by the last one."""
    return all(_value(made, place.path) == text for place, text in marked.items())


def unchanged(split: Split) -> Iterator[Case]:
    """Every résumé of a part, unchanged."""
    for names in pool(split):
        for name in names:
            yield _case(draft(name, random.Random(name)), "unchanged", "unchanged", name, split)


def _case(made: Draft, kind: str, name: str, chosen: str, split: Split) -> Case:
    places = tuple(made.places) if kind[0] in "FAL" else ()
    return Case(kind, name, chosen, split, made.source, made.tailored, made.posting, places)
