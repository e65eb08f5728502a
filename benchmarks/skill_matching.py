"""Does the matcher find the skills that people marked in real postings, and how fast?

The technology half of SkillSpan (Zhang et al., 2022, "SkillSpan: Hard and Soft Skill Extraction
from English Job Postings"), test part, knowledge spans: precision, recall and F1 of exact spans,
beside exact matching of O*NET's technology list in the same run. The train and development parts
were looked at; the test part was not. Then the shipped postings against all their labels, eighteen
more in `held_out` whose labels name the skills that matter most and which nothing was tuned on item
by item, and what a page costs.

    python -m benchmarks.skill_matching [--data ../shared/data] [--split test|dev|train] [--write]
"""

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.support.page import table, write
from benchmarks.support.timing import machine
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job
from tailor_lab.tailoring.knowledge import SOFT, Knowledge, load_knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials, find_degrees
from tailor_lab.tailoring.knowledge.importing import import_onet
from tailor_lab.tailoring.knowledge.matcher import SkillMatcher

Span = tuple[int, int]
Finder = Callable[[list[str]], set[Span]]
HELD_OUT = Path(__file__).with_name("held_out")


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
    skills = load_knowledge().skills
    spans = set()
    for match in load_knowledge().matcher.find(text, posting=True):
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


def labels_found(data: Path, labels: Path) -> Found:
    """What the postings of `data / "jobs"` are found to ask for, against all their labels.

    A label counts as found if the analysis has a skill, a credential or a degree by its name, known
    to us or not. What was found counts as right if a label names it, or something narrower of which
    it follows.
    """
    knowledge = load_knowledge()
    matcher = knowledge.matcher
    right = found = wanted = kept = 0
    for label in map(json.loads, labels.read_text("utf-8").splitlines()):
        job = load_job(data / "jobs" / f"{label['job']}.json")
        asked = {name for r in job.requirements for group in r.skills for name in group}
        asked |= set(job.certifications)
        degrees = {name for r in job.requirements for name, _ in find_degrees(r.text, knowledge)}
        named: set[str] = set()
        for spelling in labelled(label):
            names = set(matcher.names([spelling], listed=True))
            names |= {name for name, _ in find_credentials(spelling, knowledge)}
            named |= names
            by_degree = degrees & {name for name, _ in find_degrees(spelling, knowledge)}
            kept += bool(names & asked or by_degree)
            wanted += 1
        named |= {
            broad for name in named & knowledge.skills.keys() for broad in knowledge.broader(name)
        }
        hard = {n for n in asked if n not in knowledge.skills or knowledge.skills[n].kind != SOFT}
        right, found = right + len(hard & named), found + len(hard)
    return Found(right, found, wanted, kept)


def labelled(label: Mapping[str, Any]) -> list[str]:
    """All skills of a label: those that matter most and, where it has them, all others."""
    kinds = ("required_skills", "preferred_skills", "other_skills")
    return [skill for kind in kinds for skill in label.get(kind, ())]


def page_ms(find: Callable[[str], object], pages: list[str], *, repeats: int = 5) -> float:
    """The least mean time over some passes of finding all skills of a page of 500 words."""
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        for text in pages:
            find(text)
        best = min(best, time.perf_counter() - started)
    return 1000 * best / len(pages)


def spellings(knowledge: Knowledge) -> list[str]:
    """Every spelling of every skill."""
    skills = knowledge.skills.values()
    return [text for s in skills for text in (s.name, *s.aliases, *s.ambiguous)]


def speed(data: Path) -> list[list[str]]:
    """What a page costs: the matcher, the matcher with O*NET added, one regular expression."""
    jobs = pl.read_parquet(data / "jd_hf853/jobs.parquet")["job_description"].to_list()
    pages = [" ".join(job.split()[:500]) for job in jobs if len(job.split()) >= 500]
    own = load_knowledge()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "onet.yaml"
        import_onet(data / "tax_onet", file)
        more = load_knowledge(shipped("data/knowledge"), more=[file])
    longest = sorted(spellings(own), key=len, reverse=True)
    either = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    measured = [
        ("the matcher", own, page_ms(SkillMatcher(own).find, pages)),
        ("the matcher, O*NET's names imported", more, page_ms(SkillMatcher(more).find, pages)),
        ("`re`, one alternation of the spellings", own, page_ms(either.findall, pages[:3])),
    ]
    return [
        [name, f"{len(spellings(knowledge)):,}", f"{ms:.2f}"] for name, knowledge, ms in measured
    ]


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TAILOR_LAB_SHARED_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--split", choices=["test", "dev", "train"], default="test")
    parser.add_argument("--write", action="store_true", help="put the tables on the page, too")
    arguments = parser.parse_args()
    sentences_of, names = sentences(arguments.data, arguments.split), onet_names(arguments.data)
    shipped_data = shipped("data")
    found = {
        f"SkillSpan, {arguments.split} part: the matcher": spans_found(
            sentences_of, find_by_matcher
        ),
        f"SkillSpan, {arguments.split} part: O*NET's list, exactly": spans_found(
            sentences_of, lambda words: find_by_list(words, names)
        ),
        "shipped postings, all labels": labels_found(
            shipped_data, shipped_data / "job_labels.jsonl"
        ),
        "held-out postings, labels of what matters most": labels_found(
            HELD_OUT, HELD_OUT / "job_labels.jsonl"
        ),
    }
    rows = [
        [name, f"{f.precision:.3f}", f"{f.recall:.3f}", f"{f.f1:.3f}"] for name, f in found.items()
    ]
    told = (
        f"{machine()}. By `python -m benchmarks.skill_matching`. SkillSpan: technology half,"
        f" knowledge spans, exact bounds, {len(sentences_of):,} sentences."
    )
    text = "\n\n".join(
        [
            "## Skills",
            told,
            table(["found", "precision", "recall", "F1"], rows),
            table(["a page of 500 words", "spellings", "ms (bound 1)"], speed(arguments.data)),
        ]
    )
    if arguments.write:
        write("skills", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
