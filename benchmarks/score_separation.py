"""Does the match score tell fitting résumés from others? Separation on real texts, beside peers.

Résumés of a category are set against postings whose title names that trade: for each posting the
area under the ROC curve of "résumé of the category" against all other résumés, then the mean over
postings with a 95 % bootstrap interval. Peers in the same run: TF-IDF cosine and the share of the
posting's keywords. Half of the postings (by hash) were looked at while the score was made; the
other half is held out. Then the shipped pairs, and pairs of texts that the score was not made on.

    python -m benchmarks.score_separation [--data ../shared/data] [--split test|dev|all]
    python -m benchmarks.score_separation --sensitivity docs/images/score_sensitivity.png

The second form draws what changing each weight by half does to the scores of the shipped pairs,
before tailoring and after it under two prompts.
"""

import argparse
import hashlib
import json
import math
import os
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from tailor_lab import charts
from tailor_lab.settings import shipped
from tailor_lab.tailoring import Score, load_job, load_resume, score, sensitivity, tailor
from tailor_lab.tailoring.text.dates import Month

AS_OF = Month(2020, 1)
HELD_OUT = Path(__file__).with_name("held_out")
TITLES = {
    "Java Developer": r"\bjava\b(?!script)",
    "Python Developer": r"\bpython\b",
    "DotNet Developer": r"\.net|dot ?net|c#",
    "Web Designing": r"web (?:design|develop)|front.?end",
    "Data Science": r"data scien|machine learning",
    "DevOps Engineer": r"devops|site reliab|cloud engineer|platform engineer",
    "Database": r"database|\bdba\b|sql",
    "Network Security Engineer": r"network|security (?:engineer|analyst)|cyber",
    "Business Analyst": r"business (?:systems )?analyst",
    "Testing": r"\bqa\b|test(?:er|ing)? ?(?:engineer|analyst)|quality assurance",
    "HR": r"human resources|\bhr\b|recruit|talent acq",
    "Advocate": r"attorney|lawyer|paralegal|legal|litigation",
    "Sales": r"\bsales\b|account executive",
    "Mechanical Engineer": r"mechanical eng|manufacturing eng|design engineer",
    "Civil Engineer": r"civil|structural|construction|estimator",
    "Electrical Engineering": r"electrical|electrician|electronics",
    "Operations Manager": r"operations (?:manager|director)|plant manager",
    "Health and fitness": r"fitness|trainer|nutrition|wellness|health coach",
    "Arts": r"\bart\b|artist|teacher|music|creative",
    "PMO": r"project manager|program manager|\bpmo\b",
    "SAP Developer": r"\bsap\b|\berp\b",
}


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve by ranks (Mann and Whitney, 1947)."""
    ranks = rankdata(scores)
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def interval(values: list[float], *, seed: int = 7) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean."""
    rng, array = np.random.default_rng(seed), np.array(values)
    means = array[rng.integers(0, len(array), (2000, len(array)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def words(text: str) -> list[str]:
    """Plain lower-case words, as the peers see them."""
    return re.findall(r"[a-z][a-z0-9+#.]*[a-z0-9+#]|[a-z]", text.lower())


def tf_idf(resumes: list[str], postings: list[str]) -> np.ndarray:
    """Cosine of TF-IDF vectors fitted on all texts, as common libraries make them."""
    counts = [Counter(words(text)) for text in (*resumes, *postings)]
    frequency = Counter(word for count in counts for word in count)
    number = {word: i for i, word in enumerate(frequency)}
    matrix = np.zeros((len(counts), len(number)), dtype=np.float32)
    for row, count in enumerate(counts):
        for word, times in count.items():
            matrix[row, number[word]] = times * (
                math.log((1 + len(counts)) / (1 + frequency[word])) + 1
            )
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True).clip(1e-9)
    return matrix[: len(resumes)] @ matrix[len(resumes) :].T


def keyword_ratio(resumes: list[str], postings: list[str]) -> np.ndarray:
    """Share of a posting's distinct words of four letters and more that a résumé contains."""
    have = [set(words(text)) for text in resumes]
    want = [{w for w in words(text) if len(w) > 3} for text in postings]
    return np.array([[len(h & w) / max(1, len(w)) for w in want] for h in have])


def fair_pairs() -> list[tuple[Path, Path]]:
    """The good and middling pairs of the shipped data."""
    data = shipped("data")
    rows = map(json.loads, (data / "pairs.jsonl").read_text("utf-8").splitlines())
    return [(data / r["resume"], data / r["job"]) for r in rows if r["match"] != "poor"]


def inventing() -> None:
    """What a truthful prompt gains and one that invites invention, raw and verified."""
    pairs = fair_pairs()
    for prompt in ("grounded", "careless"):
        made = [tailor(resume, job, prompt=prompt, n_jobs=1) for resume, job in pairs]
        raw = np.mean([one.score_after_raw - one.score_before for one in made])
        verified = np.array([one.improvement for one in made])
        print(
            f"{prompt}: {raw:+.1f} points raw, {verified.mean():+.1f} verified, {len(made)} pairs; "
            f"{np.mean(verified > 0):.0%} better, {np.mean(verified < 0):.0%} worse"
        )


def draw_sensitivity(path: Path) -> None:
    """Each weight by half up and down: the mean scores of three versions of the shipped pairs."""
    pairs = fair_pairs()[::3]
    scores: dict[str, list[Score]] = {"as written": [score(r, load_job(j)) for r, j in pairs]}
    for prompt in ("grounded", "careless"):
        scores[prompt] = []
        for resume, job in pairs:
            tailored = tailor(resume, job, prompt=prompt, n_jobs=1)
            flagged = [c for c in tailored.claims if c.severity != "info"]
            scores[prompt].append(score(tailored.resume, load_job(job), unsupported=flagged))
    frame = sensitivity(scores)
    changing = frame.filter("order_changed")["component"].unique(maintain_order=True).to_list()
    far = frame.sort(pl.col("shift").abs(), descending=True).row(0, named=True)
    best = frame.group_by("component", "change").agg(pl.col("variant").sort_by("score").last())
    leaders = best["variant"].unique().to_list()
    lead = f"{leaders[0]} always leads" if len(leaders) == 1 else f"{' or '.join(leaders)} leads"
    chart = charts.sensitivity(
        frame,
        title=f"No weight moves a mean by more than {abs(far['shift']):.1f} points; {lead}",
        subtitle=f"verified score of {len(pairs)} shipped pairs, each weight by half up and down;"
        " orange where the order of variants changes",
    )
    charts.save(chart, str(path))
    print(frame.group_by("component", maintain_order=True).agg(pl.col("shift").abs().max()))
    print(frame.group_by("variant", maintain_order=True).agg(pl.col("shipped").first()))
    print(f"order changed by: {changing or 'none'}")


def separation(data: Path, split: str, *, every: int = 1) -> tuple[str, dict[str, list[float]]]:
    """What was measured on, and for each method its area for each posting (of `every` so many)."""
    table = pl.read_parquet(data / "resumes_updated962/resumes.parquet")
    table = table.filter(pl.col("first_occurrence") & pl.col("Category").is_in(list(TITLES)))
    texts, labels = table["Resume"].to_list(), np.array(table["Category"].to_list())
    wanted, jobs = [], []
    for row in pl.read_parquet(data / "jd_hf853/jobs.parquet").iter_rows(named=True):
        title = row["position_title"]
        fitting = [c for c, p in TITLES.items() if re.search(p, title.lower())]
        held_out = hashlib.sha256(row["job_description"].encode()).digest()[0] % 2 == 0
        if len(fitting) == 1 and split in {"all", "test" if held_out else "dev"}:
            wanted.append(fitting[0])
            jobs.append(load_job({"title": title, "text": row["job_description"]}))
    wanted, jobs = wanted[::every], jobs[::every]
    resumes = [load_resume(text + "\n") for text in texts]
    started = time.perf_counter()
    full = [[score(resume, job, as_of=AS_OF) for job in jobs] for resume in resumes]
    ms = 1000 * (time.perf_counter() - started) / len(resumes) / len(jobs)
    postings = [f"{job.title}\n{job.text}" for job in jobs]
    methods = {
        "match score": np.array([[s.value for s in row] for row in full]),
        "TF-IDF cosine": tf_idf(texts, postings),
        "keyword ratio": keyword_ratio(texts, postings),
    }
    for index, component in enumerate(full[0][0].components):
        methods[f"  {component.name} alone"] = np.array(
            [[s.components[index].value or 0.0 for s in row] for row in full]
        )
    told = f"{len(resumes)} résumés, {len(jobs)} postings ({split} half), {ms:.2f} ms a pair"
    return told, {
        name: [auc(values[:, j], labels == wanted[j]) for j in range(len(jobs))]
        for name, values in methods.items()
    }


def pair_areas(pairs: Path) -> dict[str, float]:
    """The area under the curve of good and of middling pairs against poor ones."""
    values: dict[str, list[float]] = {"good": [], "middling": [], "poor": []}
    for row in map(json.loads, pairs.read_text("utf-8").splitlines()):
        resume, job = (_beside(pairs, row[key]) for key in ("resume", "job"))
        values[row["match"]].append(score(load_resume(resume), load_job(job), as_of=AS_OF).value)
    poor = values["poor"]
    return {
        match: auc(
            np.array([*values[match], *poor]),
            np.array([True] * len(values[match]) + [False] * len(poor)),
        )
        for match in ("good", "middling")
    }


def _beside(pairs: Path, name: str) -> Path:
    """The file of a pair; pairs that are held out also use the shipped texts."""
    own = pairs.parent / name
    return own if own.exists() else shipped("data") / name


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TAILOR_LAB_SHARED_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--split", choices=["test", "dev", "all"], default="test")
    parser.add_argument("--sensitivity", type=Path, metavar="PICTURE")
    parser.add_argument("--inventing", action="store_true", help="what invention gains")
    arguments = parser.parse_args()
    if arguments.inventing:
        inventing()
        return
    if arguments.sensitivity:
        draw_sensitivity(arguments.sensitivity)
        return
    told, methods = separation(arguments.data, arguments.split)
    print(told)
    for name, areas in methods.items():
        low, high = interval(areas)
        print(f"{name:28} AUC {np.mean(areas):.3f} [{low:.3f}, {high:.3f}]")
    for name, folder in {"shipped": shipped("data"), "held out": HELD_OUT}.items():
        areas_of = pair_areas(folder / "pairs.jsonl")
        print(
            f"{name} pairs: good against poor {areas_of['good']:.3f},"
            f" middling against poor {areas_of['middling']:.3f}"
        )


if __name__ == "__main__":
    main()
