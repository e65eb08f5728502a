"""Provenance: what leads from a report back to the runs, the prompts and the code that made it."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tailor_lab.experiment.result import Result
from tailor_lab.identity import digest
from tailor_lab.report.figures import Figure, Figures

MOST_RUNS = 1_000


@dataclass(frozen=True)
class Provenance:
    """Hashes and versions, and the runs by their ids."""

    facts: tuple[tuple[str, Figure], ...]
    runs: tuple[tuple[str, ...], ...]
    """Item, variant, replicate, status and id of each run."""
    left_out: int
    """Runs beyond the first thousand, which the fingerprint covers all the same."""


def provenance(result: Result, figures: Figures) -> Provenance:
    """Where the figures of a result come from."""
    columns = ("item_id", "variant", "replicate", "status", "run_id")
    ordered = result.frame.sort("item_id", "variant", "replicate").select(columns)
    return Provenance(
        facts=tuple(
            (label, figures.add(f"provenance.{label.replace(' ', '_')}", value))
            for label, value in _facts(result)
        ),
        runs=tuple(tuple(str(v) for v in row) for row in ordered.head(MOST_RUNS).iter_rows()),
        left_out=max(0, ordered.height - MOST_RUNS),
    )


def _facts(result: Result) -> Iterator[tuple[str, object]]:
    frame = result.frame
    finished = frame.filter(pl.col("status") == "ok")
    yield "plan", result.plan_hash
    yield "runs", frame.height
    yield "finished", finished.height
    yield "failed", frame.height - finished.height
    yield "code", _words(frame, "code_version")
    yield "models", _words(finished, "model")
    hashes = {v["prompt"]: v["prompt_hash"] for v in result.plan["variants"] if v.get("prompt")}
    for name, prompt_hash in hashes.items():
        yield f"prompt {name}", prompt_hash
    yield "items", digest(sorted(str(h) for h in frame["item_hash"].unique()))
    yield "runs' fingerprint", result.fingerprint()


def _words(frame: pl.DataFrame, column: str) -> str:
    return ", ".join(sorted({str(value) for value in frame[column].to_list()})) or "none"
