"""An experiment, its run, its comparison and its report."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import polars as pl

from tailor_lab import (
    Comparison,
    Experiment,
    Lab,
    Metric,
    Pipeline,
    Result,
    RunLog,
    Variant,
    stage,
    write_report,
)
from tailor_lab.experiment.comparison import (
    MetricResult,
    VariantDecision,
    VariantResult,
)
from tailor_lab.stats import Estimate


@stage
def length(text: str, factor: float = 1.0) -> dict[str, float]:
    return {"length": len(text) * factor}


experiment = Experiment(
    "lengths",
    items=[{"id": str(i), "text": "a" * (i + 1)} for i in range(12)],
    pipeline=Pipeline([length]),
    variants=[Variant("plain"), Variant("longer", parameters={"factor": 1.2})],
    primary=Metric("length", kind="score", margin=0.5, better="higher"),
)
assert_type(experiment.name, str)
assert_type(experiment.baseline, str | None)

with tempfile.TemporaryDirectory() as folder:
    lab = Lab(Path(folder) / "home")
    assert_type(lab.log, RunLog)
    result = lab.run(experiment, n_jobs=1, progress=False)
    assert_type(result, Result)
    comparison = result.compare()
    assert_type(comparison, Comparison)
    assert_type(comparison["longer"], VariantResult)
    assert_type(comparison["longer", "length"], MetricResult)
    assert_type(comparison["longer"]["length"], MetricResult)
    assert_type(comparison["longer", "length"].difference, Estimate | None)
    assert_type(iter(comparison), Iterator[MetricResult])
    assert_type(comparison.ship(), list[VariantDecision])
    assert_type(comparison.to_frame(), pl.DataFrame)
    assert_type(comparison.explain(), str)
    assert_type(write_report(result, Path(folder) / "report.md"), Path)
    lab.close()


def refused() -> None:
    Metric("length", kind="size")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Metric("length", better="more")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Variant("plain", promt="plain")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    lab.run(experiment, until="done")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    comparison[1]  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
