"""What is found in real résumés and postings: none may raise, and what was found is counted.

The 167 distinct résumés of a public set of 962 (plain text whose lines are as they were pasted) and
853 real postings (without figures and punctuation, as they were published). There is no key to mark
against, so the table says how often something was found, not how often rightly; what is in neither
the output nor a warning is counted too.

    python -m benchmarks.parsing_coverage [--data ../shared/data] [--write docs/parsing.md]
"""

import argparse
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tailor_lab.tailoring import Job, Resume, load_job, load_resume
from tailor_lab.tailoring.text.dates import find_dates, find_ranges

_LABELS = frozenset(
    ("details", "skill", "skills", "company", "description", "exprience", "designation")
)
_TABLE = re.compile(r"(?s)(?<=<!-- table -->\n).*?(?=<!-- end -->)")


def _entries(data: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = data.get(section) or []
    return entries


RESUME_CHECKS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "a name": lambda d: bool(d.get("basics", {}).get("name")),
    "an e-mail address": lambda d: bool(d.get("basics", {}).get("email")),
    "a phone number": lambda d: bool(d.get("basics", {}).get("phone")),
    "a summary": lambda d: bool(d.get("basics", {}).get("summary")),
    "work entries": lambda d: bool(_entries(d, "work")),
    "… with an employer": lambda d: any(e.get("name") for e in _entries(d, "work")),
    "… with a position": lambda d: any(e.get("position") for e in _entries(d, "work")),
    "… with dates": lambda d: any(e.get("startDate") for e in _entries(d, "work")),
    "… with bullets": lambda d: any(e.get("highlights") for e in _entries(d, "work")),
    "education": lambda d: bool(_entries(d, "education")),
    "… with dates ": lambda d: any(
        e.get("startDate") or e.get("endDate") for e in _entries(d, "education")
    ),
    "… with a degree": lambda d: any(e.get("studyType") for e in _entries(d, "education")),
    "… with a school": lambda d: any(e.get("institution") for e in _entries(d, "education")),
    "skills": lambda d: bool(_entries(d, "skills")),
    "projects": lambda d: bool(_entries(d, "projects")),
    "certificates": lambda d: bool(_entries(d, "certificates")),
    "awards": lambda d: bool(_entries(d, "awards")),
    "languages": lambda d: bool(_entries(d, "languages")),
    "interests": lambda d: bool(_entries(d, "interests")),
    "what has no place (kept, named in a warning)": lambda d: bool(d.get("other")),
}
JOB_CHECKS: dict[str, Callable[[Job], bool]] = {
    "requirements": lambda j: bool(j.requirements),
    "… required": lambda j: any(r.importance == "required" for r in j.requirements),
    "… preferred": lambda j: any(r.importance == "preferred" for r in j.requirements),
    "… that name a skill": lambda j: any(r.skills for r in j.requirements),
    "years of experience": lambda j: j.years is not None,
    "a level": lambda j: j.level is not None,
    "a degree": lambda j: j.degree is not None,
    "certifications or licences": lambda j: bool(j.certifications),
    "an industry": lambda j: j.industry is not None,
    "a location": lambda j: bool(j.analysis.location),
    "benefits told apart": lambda j: any(s.kind == "benefits" for s in j.analysis.segments),
    "boilerplate told apart": lambda j: any(s.kind == "boilerplate" for s in j.analysis.segments),
}


def words_lost(text: str, resume: Resume) -> list[str]:
    """The words of a text that are neither in the résumé nor in its warnings.

    Dates are read, so they change their form; labels of a form ("Skill Details", "Exprience") are
    replaced by the section; "monthsCompany" is two words that were pasted into one.
    """
    kept = set(_LABELS)
    for part in (*_leaves(resume.to_dict()), *resume.warnings):
        kept |= _words(part)
    return sorted(
        word
        for word in _words(re.sub(r"[âï][\x80-\xbf¢¦€\u2013-\u2122]{1,2}", " ", text)) - kept
        if len(word) > 2
        and not any(word[:cut] in kept and word[cut:] in kept for cut in range(1, len(word)))
    )


def _words(text: str) -> set[str]:
    spans = [found.span for found in find_ranges(text)] + [span for _, span in find_dates(text)]
    for low, high in spans:
        text = text[:low] + " " * (high - low) + text[high:]
    return set(re.findall(r"\w+", text.casefold()))


def _leaves(data: Any) -> Iterable[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(data, list):
        for item in data:
            yield from _leaves(item)
    else:
        yield str(data)


def real_resumes(data: Path) -> list[str]:
    """The distinct résumés."""
    table = pl.read_parquet(data / "resumes_updated962/resumes.parquet")
    return table.filter(pl.col("first_occurrence"))["Resume"].to_list()


def real_jobs(data: Path) -> list[dict[str, str]]:
    """The postings with their titles."""
    table = pl.read_parquet(data / "jd_hf853/jobs.parquet")
    return table.select(title="position_title", text="job_description").to_dicts()


def main() -> None:
    """Prints the tables, or writes them into a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TAILOR_LAB_SHARED_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--write", type=Path, metavar="PAGE")
    arguments = parser.parse_args()
    texts = real_resumes(arguments.data)
    started = time.perf_counter()
    resumes = [load_resume(f"{text}\n") for text in texts]
    per_resume = 1000 * (time.perf_counter() - started) / len(texts)
    rows = real_jobs(arguments.data)
    started = time.perf_counter()
    jobs = [load_job(row) for row in rows]
    found_in_jobs = {n: sum(map(check, jobs)) for n, check in JOB_CHECKS.items()}
    per_job = 1000 * (time.perf_counter() - started) / len(rows)
    found = {n: sum(check(r.data) for r in resumes) for n, check in RESUME_CHECKS.items()}
    lost = Counter[str]()
    for text, resume in zip(texts, resumes, strict=True):
        lost.update(words_lost(text, resume))
    lines = [
        f"{len(resumes)} résumés, none raised, {per_resume:.0f} ms each. Distinct words",
        "of theirs that are neither in the output nor in a warning, labels and numbers apart:",
        f"{sum(lost.values())} of {sum(map(len, map(_words, texts)))}.",
        "",
        *_table("in a résumé", found, len(resumes)),
        "",
        f"{len(jobs)} postings, none raised, {per_job:.0f} ms each with analysis.",
        "",
        *_table("in a posting", found_in_jobs, len(jobs)),
    ]
    page = "\n".join(lines)
    print(page)
    if lost:
        print("lost:", ", ".join(word for word, _ in lost.most_common(20)))
    if arguments.write:
        old = arguments.write.read_text("utf-8")
        arguments.write.write_text(_TABLE.sub(lambda _: f"\n{page}\n\n", old), encoding="utf-8")


def _table(head: str, found: Mapping[str, int], total: int) -> list[str]:
    rows = [f"| {name} | {count} | {100 * count / total:.0f} % |" for name, count in found.items()]
    return [f"| found {head} | in | share |", "|---|--:|--:|", *rows]


if __name__ == "__main__":
    main()
