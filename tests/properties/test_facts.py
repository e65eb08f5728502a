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
from tailor_lab.tailoring import load_resume
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


@settings(max_examples=20, deadline=None)
@given(path=st.sampled_from(SHIPPED))
def test_verifying_twice_says_the_same(path: Path) -> None:
    source = data(path)
    tailored = copy.deepcopy(source)
    tailored["basics"]["summary"] = "Holds a PhD from Yale University and 31 patents."
    assert verify(source, tailored) == verify(source, tailored)
    assert verify(source, tailored).blocked
