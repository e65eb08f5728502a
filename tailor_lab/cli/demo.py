"""The demonstration: the whole loop on the shipped data, offline, in about a minute.

It works in a folder of its own inside the home folder and begins with an empty one each time.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tailor_lab.cli.common import note
from tailor_lab.lab import Lab
from tailor_lab.settings import Settings

if TYPE_CHECKING:
    from tailor_lab.experiment import Result

DEFINITION = "experiments/prompts.yaml"


def run_demo(*, home: Path | None, n_jobs: int, latency_ms: float) -> None:
    """Runs the prompt experiment, then once more from the cache, and says what was found."""
    settings = Settings.load(home)
    folder = settings.home / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    settings = replace(settings, home=folder, model="offline", offline_latency_ms=latency_ms)
    with Lab(settings=settings) as lab:
        experiment = lab.read(DEFINITION)
        note(experiment.question or experiment.name)
        first = lab.run(experiment, n_jobs=n_jobs)
        typer.echo(f"{first.compare()}\n")
        typer.echo(
            "Model: offline (extractive, not an LLM), with a simulated median latency of "
            f"{latency_ms:g} ms.\n"
        )
        typer.echo(_performance("First run", first))
        again = lab.run(experiment.renamed(f"{experiment.name}-again"), n_jobs=n_jobs)
        typer.echo(_performance("Once more, from the cache", again))
        typer.echo(_saved(again))
        report = lab.report(experiment.name, folder / "report.html")
        typer.echo(f"\nLog:    {lab.log.path}\nReport: {report}")
        typer.echo(f"Check:  tailor-lab verify {report} --home {folder}")


def _performance(title: str, result: "Result") -> str:
    found = result.performance
    if found is None:
        return f"{title}: everything was in the log already."
    return (
        f"{title}: {found.wall_s:.1f} s. One after the other it would take "
        f"{found.sequential_s:.1f} s, {found.speedup:.1f} times as long; "
        f"no schedule on {found.workers} workers can beat {found.bound_s:.1f} s."
    )


def _saved(again: "Result") -> str:
    usage = again.usage()
    share = usage["cached"] / usage["calls"] if usage["calls"] else 0.0
    return (
        f"The cache answered {usage['cached']:,} of {usage['calls']:,} model calls ({share:.0%}) "
        f"and saved {usage['saved_s']:,.1f} s of waiting."
    )
