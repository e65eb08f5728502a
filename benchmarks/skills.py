"""Does the matcher find the skills that people marked in real postings, and how fast?

The technology half of SkillSpan (Zhang et al., 2022, "SkillSpan: Hard and Soft Skill Extraction
from English Job Postings"), test part, knowledge spans: precision, recall and F1 of exact spans,
beside exact matching of O*NET's technology list in the same run. The train and development parts
were looked at; the test part was not. Then the shipped postings against all their labels, and what
a page costs.

    python -m benchmarks.skills [--data ../shared/data] [--split test|dev|train]
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job
from tailor_lab.tailoring.knowledge import SOFT, default_knowledge
from tailor_lab.tailoring.knowledge_detect import find_credentials, find_degrees
from tailor_lab.tailoring.skills import default_matcher

Span = tuple[int, int]
Finder = Callable[[list[str]], set[Span]]


class Found(NamedTuple):
    """What was right, of what was found and of what was wanted."""

    right: int
    found: int
    wanted: int
    kept: int | None = None
    """Of what was wanted, how much was found, where that is not the same as `right`."""

    @property
    def precision(self) -> float:
        """Share of the found that is right."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """Share of the wanted that was found."""
        return (self.right if self.kept is None else self.kept) / self.wanted

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


def sentences(data: Path, split: str) -> pl.DataFrame:
    """The technology sentences of a part of SkillSpan."""
    table = pl.read_ndjson(data / f"skillspan/{split}.json")
    return table.filter(pl.col("source") == "tech")


def onet_names(data: Path) -> frozenset[str]:
    """O*NET's technologies in small letters."""
    path = data / "tax_onet/Technology Skills.txt"
    table = pl.read_csv(path, separator="\t", quote_char=None)
    return frozenset(table["Example"].str.to_lowercase())


def spans_found(table: pl.DataFrame, find: Finder) -> Found:
    """Exact spans of `find` against the knowledge spans that people marked."""
    right = found = wanted = 0
    for row in table.iter_rows(named=True):
        gold, own = gold_spans(row["tags_knowledge"]), find(row["tokens"])
        right, found, wanted = right + len(gold & own), found + len(own), wanted + len(gold)
    return Found(right, found, wanted)


def gold_spans(tags: Iterable[str]) -> set[Span]:
    """The spans of words that B, I and O tags mark."""
    spans, start = set(), None
    for index, tag in enumerate([*tags, "O"]):
        if tag[0] != "I" and start is not None:
            spans.add((start, index))
            start = None
        if tag[0] == "B":
            start = index
    return spans


def find_by_matcher(words: list[str]) -> set[Span]:
    """The spans of our matcher, read as a posting's; soft skills are no knowledge."""
    text = " ".join(words)
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    skills = default_knowledge().skills
    spans = set()
    for match in default_matcher().find(text, posting=True):
        if skills[match.skill].kind != SOFT:
            inside = [
                index
                for index, start in enumerate(starts)
                if start < match.end and start + len(words[index]) > match.start
            ]
            spans.add((inside[0], inside[-1] + 1))
    return spans


def find_by_list(words: list[str], names: frozenset[str]) -> set[Span]:
    """The longest names of a list that stand in the text, whatever their case."""
    lower, spans, index = [word.lower() for word in words], set(), 0
    while index < len(lower):
        for size in range(min(6, len(lower) - index), 0, -1):
            if " ".join(lower[index : index + size]) in names:
                spans.add((index, index + size))
                index += size
                break
        else:
            index += 1
    return spans


def labels_found(data: Path, labels: Path, also: dict[str, list[str]] | None = None) -> Found:
    """What postings are found to ask for, against all their labels, known to us or not.

    A label counts as found if the analysis has a skill or credential by its name. What was found
    counts as right if a label names it, or something narrower of which it follows, or `also` does:
    per posting, what a reviewer found asked for though the label leaves it out.
    """
    knowledge, matcher = default_knowledge(), default_matcher()
    right = found = wanted = kept = 0
    for label in map(json.loads, labels.read_text("utf-8").splitlines()):
        job = load_job(data / "jobs" / f"{label['job']}.json")
        asked = {name for r in job.requirements for group in r.skills for name in group}
        asked |= set(job.certifications)
        named: set[str] = set((also or {}).get(label["job"], ()))
        for spelling in (*label["required_skills"], *label["preferred_skills"]):
            names = set(matcher.names([spelling], listed=True))
            names |= {name for name, _ in find_credentials(spelling)}
            named |= names
            degrees = {name for name, _ in find_degrees(spelling)}
            kept += bool(names & asked) or job.degree in degrees
            wanted += 1
        named |= {
            broad for name in named & knowledge.skills.keys() for broad in knowledge.broader(name)
        }
        hard = {n for n in asked if n not in knowledge.skills or knowledge.skills[n].kind != SOFT}
        right, found = right + len(hard & named), found + len(hard)
    return Found(right, found, wanted, kept)


def asked_for_too() -> dict[str, list[str]]:
    """By posting, what a reviewer of the findings saw asked for though its label leaves it out.

    A label names the eight to ten skills that matter most, so it says what must be found and not
    what may be.
    """
    path = Path(__file__).with_name("asked_for_too.json")
    reviewed: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
    return reviewed


def page_ms(pages: list[str], *, repeats: int = 5) -> float:
    """The least mean time over some passes of finding all skills of a page of 500 words."""
    matcher = default_matcher()
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        for page in pages:
            matcher.find(page)
        best = min(best, time.perf_counter() - started)
    return 1000 * best / len(pages)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TAILOR_LAB_SHARED_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--split", choices=["test", "dev", "train"], default="test")
    arguments = parser.parse_args()
    table = sentences(arguments.data, arguments.split)
    names = onet_names(arguments.data)
    print(f"SkillSpan, technology, {arguments.split} part: {len(table)} sentences")
    print(f"  our matcher            {spans_found(table, find_by_matcher)}")
    print(f"  O*NET's list, exactly  {spans_found(table, lambda w: find_by_list(w, names))}")
    data = shipped("data")
    print("Shipped postings against their labels")
    labels = data / "job_labels.jsonl"
    print(f"  by the labels alone    {labels_found(data, labels)}")
    print(f"  with what a reviewer   {labels_found(data, labels, asked_for_too())}")
    print("  found asked for, too")
    jobs = pl.read_parquet(arguments.data / "jd_hf853/jobs.parquet")["job_description"].to_list()
    pages = [" ".join(job.split()[:500]) for job in jobs if len(job.split()) >= 500]
    ms = page_ms(pages)
    spellings = sum(
        1 + len(s.aliases) + len(s.ambiguous) for s in default_knowledge().skills.values()
    )
    print(f"A page of 500 words, {spellings} spellings: {ms:.2f} ms (bound 1 ms, {ms:.2f} of it)")


if __name__ == "__main__":
    main()
