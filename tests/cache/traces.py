"""The real traces that the tests replay, and where they lie."""

import os
from pathlib import Path

import polars as pl
import pytest

from tailor_lab.cache import Trace

_BESIDE = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("TAILOR_LAB_SHARED_DATA", _BESIDE))


def path_of(name: str) -> Path:
    """The path of a data file; skips the test where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is absent: set TAILOR_LAB_SHARED_DATA to the folder of real data")
    return path


def cloud_physics(*, sized: bool = False) -> Trace:
    """113,872 block requests; every size is 1 unless `sized`."""
    columns = ["key", "size"] if sized else ["key"]
    path = path_of("trace_libcachesim/cloudPhysicsIO.parquet")
    return Trace(pl.read_parquet(path).select(columns))


def mooncake(name: str) -> Trace:
    """The prefix blocks that an LLM server was asked for."""
    frame = pl.read_ndjson(path_of(f"trace_mooncake/{name}_trace.jsonl"))
    return Trace.of(frame["hash_ids"].explode().to_list())
