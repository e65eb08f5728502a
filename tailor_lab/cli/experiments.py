"""Commands about experiments: plan, run, compare, report, summary, verify."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tailor_lab.cli.common import (
    AsJson,
    Home,
    Jobs,
    MaxTokens,
    Timeout,
    note,
    open_lab,
    show,
)
from tailor_lab.report.formats import writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tailor_lab.experiment.comparison import Comparison


class Answers(StrEnum):
    """Where the answers of models come from."""

    use = "use"
    refresh = "refresh"
    offline_only = "offline-only"


class Until(StrEnum):
    """When a run may stop before its end."""

    decided = "decided"


class Failure(StrEnum):
    """What makes `compare` and `run` fail a build: an outcome, or what it implies."""

    worse = "worse"
    not_shipped = "not-shipped"
    ship = "ship"
    keep_baseline = "keep-baseline"
    continue_ = "continue"
    cannot_judge = "cannot-judge"


FailIf = Annotated[
    list[Failure] | None,
    typer.Option(
        help="Exit with 1 on this decision; may be given several times. not-shipped: any decision "
        "but ship. worse: a primary metric or a guardrail is worse, or was not judged."
    ),
]


def plan(
    definition: Annotated[Path, typer.Argument(help="An experiment definition in YAML.")],
    spread: Annotated[
        float | None, typer.Option(min=0, help="Standard deviation of the difference, if known.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What an experiment's items can tell, what its margin needs and costs; spends nothing.

    Example: tailor-lab plan experiments/prompts.yaml
    """
    from dataclasses import asdict

    with open_lab(home) as lab:
        forecast = lab.plan(definition, spread=spread)
        show(forecast, lambda: asdict(forecast), as_json=as_json)


def run(
    definition: Annotated[Path, typer.Argument(help="An experiment definition in YAML.")],
    jobs: Jobs = 8,
    budget: Annotated[
        float | None, typer.Option(min=0, help="US dollars; the run ends before they are exceeded.")
    ] = None,
    answers: Annotated[
        Answers, typer.Option(help="From the cache where it has them, anew, or from it alone.")
    ] = Answers.use,
    until: Annotated[
        Until | None, typer.Option(help="Stop at the first planned look that decides.")
    ] = None,
    fail_if: FailIf = None,
    pause_after: Annotated[
        int,
        typer.Option(
            min=0, help="Pause a variant whose first runs, so many, fail alike; 0: never."
        ),
    ] = 5,
    timeout: Timeout = None,
    max_tokens: MaxTokens = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run an experiment, or what is missing of it, and compare its variants.

    What it can find out is printed first, on standard error. Exits with 1 where the budget or a
    pause ended it before its plan, or the decision is one that --fail-if names; with 2 where the
    server refuses every request.

    Example: tailor-lab run experiments/prompts.yaml --budget 5
    """
    with open_lab(home, timeout=timeout, max_tokens=max_tokens) as lab:
        note(str(lab.plan(definition)))
        result = lab.run(
            definition,
            n_jobs=jobs,
            budget=budget,
            mode=answers.value,
            until=until.value if until else None,
            pause_after=pause_after,
        )
        comparison = result.compare()
        show(comparison, lambda: _as_json(comparison), as_json=as_json)
        if result.stopping:
            note(str(result.stopping))
        elif result.missing:
            total = len(result.plan["cells"])
            note(f"{result.missing} of {total} planned runs are missing; run it again to go on.")
            raise typer.Exit(1)
        _fail(comparison, fail_if)


def compare(
    experiment: Annotated[str, typer.Argument(help="An experiment's name or definition.")],
    fail_if: FailIf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare the variants of an experiment from what is in the log.

    Example: tailor-lab compare prompts --fail-if worse
    """
    with open_lab(home) as lab:
        comparison = lab.result(experiment).compare()
        show(comparison, lambda: _as_json(comparison), as_json=as_json)
        _fail(comparison, fail_if)


def _as_json(comparison: "Comparison") -> dict[str, Any]:
    """The decision, with its line per variant, and a result per variant and metric."""
    from dataclasses import asdict

    decision = comparison.decision
    variants = [asdict(variant) for variant in decision.per_variant]
    return {
        "decision": {**decision.to_dict(), "variants": variants},
        "results": comparison.to_frame().to_dicts(),
    }


def _fail(comparison: "Comparison", fail_if: "Sequence[Failure] | None") -> None:
    """Ends with 1, and with the reason on standard error, where a decision is to fail a build."""
    outcome = comparison.decision.outcome.replace("_", "-")
    holds = {outcome}
    if outcome != "ship":
        holds.add("not-shipped")
    worse = ", ".join(f"{r.metric.name} of {r.variant}" for r in comparison.regressions())
    if worse:
        holds.add("worse")
    for failure in fail_if or ():
        if failure.value in holds:
            why = worse if failure is Failure.worse else f"the decision is {outcome}"
            note(f"Failed by --fail-if {failure.value}: {why}.")
            raise typer.Exit(1)


def report(
    experiment: Annotated[str, typer.Argument(help="An experiment's name or definition.")],
    out: Annotated[Path, typer.Option(help=f"A file to write: {writable()}.")] = Path(
        "report.html"
    ),
    value_per_success: Annotated[
        float | None,
        typer.Option(min=0, help="US dollars that a run which meets its target is worth."),
    ] = None,
    home: Home = None,
) -> None:
    """Write an experiment's effectiveness report.

    Example: tailor-lab report prompts --out report.html --value-per-success 2
    """
    with open_lab(home) as lab:
        typer.echo(str(lab.report(experiment, out, value_per_success=value_per_success)))


def summary(
    experiment: Annotated[str, typer.Argument(help="An experiment's name or definition.")],
    link: Annotated[str | None, typer.Option(help="Where the whole report can be read.")] = None,
    home: Home = None,
) -> None:
    """Say in a few lines of Markdown what an experiment found, for a pull request.

    Example: tailor-lab summary prompts >> "$GITHUB_STEP_SUMMARY"
    """
    from tailor_lab.report import pull_request_summary

    with open_lab(home) as lab:
        typer.echo(pull_request_summary(lab.result(experiment), link=link), nl=False)


def verify(
    report_file: Annotated[Path, typer.Argument(metavar="REPORT", help="A report in HTML.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compute a report again from the log and say what in it differs, to the last digit.

    Example: tailor-lab verify report.html
    """
    with open_lab(home) as lab:
        check = lab.verify(report_file)
        show(check, check.to_dict, as_json=as_json)
        if not check.ok:
            raise typer.Exit(1)
