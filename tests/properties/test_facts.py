"""What holds of the verifier for every résumé."""

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_resume, score
from tailor_lab.tailoring.facts import verify
from tests.tailoring.real_data import real_data

SHIPPED = sorted(Path(shipped("data/resumes")).glob("*.json"))


def data(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_an_unchanged_resume_is_never_blocked(path: Path) -> None:
    source = data(path)
    assert verify(source, source).flagged == ()


@pytest.mark.slow
def test_an_unchanged_real_resume_is_never_blocked() -> None:
    polars = pytest.importorskip("polars")
    table = polars.read_parquet(real_data("resumes_updated962/resumes.parquet"))
    for text in table.filter(polars.col("first_occurrence"))["Resume"]:
        source = load_resume(f"{text}\n").data
        assert not verify(source, source).blocked


@settings(max_examples=20, deadline=None)
@given(path=st.sampled_from(SHIPPED), seed=st.integers(0, 2**16))
def test_the_order_of_bullets_changes_nothing(path: Path, seed: int) -> None:
    source, tailored = data(path), data(path)
    for entry in tailored.get("work", ()):
        Random(seed).shuffle(entry["highlights"])
    assert verify(source, tailored).flagged == ()


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(path=st.sampled_from(SHIPPED))
def test_verifying_twice_says_the_same(path: Path) -> None:
    source = data(path)
    tailored = copy.deepcopy(source)
    tailored["basics"]["summary"] = "Holds a PhD from Yale University and 31 patents."
    assert verify(source, tailored) == verify(source, tailored)
    assert verify(source, tailored).blocked


JOBS = sorted(Path(shipped("data/jobs")).glob("*.json"))
PLACES = (
    *("/work/0/keywords", "/work/0/location", "/education/0/courses", "/education/0/summary"),
    *("/interests/0/name", "/references/0/reference", "/other/0/lines", "/skills/0/name"),
    *("/awards/0/summary", "/projects/0/roles", "/basics/location/address", "/note/by/nobody"),
)
"""Places that a reader sees or a score reads, as pointers into a résumé."""

_SAID_TWICE = 2.0
"""Points that a line may earn by saying what the source says, too, in a place that weighs more."""


def paste(resume: dict[str, Any], place: str, lines: list[str]) -> None:
    """Puts lines into a place, which is made if it is not there."""
    *way, last = place.strip("/").split("/")
    holder: Any = resume
    for key, following in zip(way, [*way[1:], last], strict=True):
        if isinstance(holder, list):
            if not holder:
                holder.append({})
            holder = holder[0]
        else:
            holder = holder.setdefault(key, [] if following == "0" else {})
    several = last in {"keywords", "courses", "roles", "lines"}
    holder[last] = lines if several else "; ".join(lines)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    path=st.sampled_from(SHIPPED),
    posting=st.sampled_from(JOBS),
    place=st.sampled_from(PLACES),
    first=st.integers(0, 30),
)
def test_what_is_pasted_from_a_posting_earns_nothing_verified(
    path: Path, posting: Path, place: str, first: int
) -> None:
    job = load_job(posting)
    source, tailored = data(path), data(path)
    lines = [line for line in job.text.splitlines() if len(line.split()) > 3]
    paste(tailored, place, lines[first : first + 12] or lines)
    report = verify(source, tailored, job=job)
    honest = score(load_resume(source), job)
    gamed = score(load_resume(tailored), job, unsupported=report.flagged)
    assert report.flagged
    assert gamed.verified <= honest.verified + _SAID_TWICE
