"""The command line: parses, calls, prints.

Results go to standard output, progress and notes to standard error. Exit codes: 0 done, 1 a check
or guardrail failed, 2 wrong input. A user's mistake is one sentence, never a traceback. Everything
heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tailor_lab.cli import cache, knowledge, log, prompts
from tailor_lab.cli.common import AsJson, Home, group, note, open_lab, show
from tailor_lab.cli.pair import facts, score
from tailor_lab.cli.replay import replay
from tailor_lab.errors import InputError, TailorLabError

app = group(
    "tailor-lab",
    "Experiments on LLM résumé tailoring: is it better, what does it cost, is it true?",
)
for commands in (prompts, log, cache, knowledge):
    app.add_typer(commands.app)
for command in (score, facts, replay):
    app.command()(command)


INTERRUPTED = 130


class Mode(StrEnum):
    """How much a tailoring may change."""

    partial = "partial"
    full = "full"


class Findings(StrEnum):
    """What is done about claims that the source does not support."""

    warn = "warn"
    repair = "repair"
    revert = "revert"
    fail = "fail"


class Answers(StrEnum):
    """Where the answers of models come from."""

    use = "use"
    refresh = "refresh"
    offline_only = "offline-only"


class Until(StrEnum):
    """When a run may stop before its end."""

    decided = "decided"


class Failure(StrEnum):
    """What makes `compare` fail a build."""

    worse = "worse"
    not_shipped = "not-shipped"


Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many runs at once.")]


@app.command()
def demo(
    home: Home = None,
    jobs: Jobs = 8,
    latency_ms: Annotated[
        float, typer.Option(min=0, help="Simulated median latency of the offline model.")
    ] = 150.0,
) -> None:
    """Run the shipped prompt experiment twice and show what was found.

    Example: tailor-lab demo
    """
    from tailor_lab.cli.demo import run_demo

    run_demo(home=home, n_jobs=jobs, latency_ms=latency_ms)


@app.command()
def tailor(
    resume: Annotated[Path, typer.Option(help="A résumé: .json, .md, .txt, .pdf or .docx.")],
    job: Annotated[Path, typer.Option(help="A job posting: .json, .md, .txt, .pdf or .docx.")],
    mode: Annotated[Mode, typer.Option(help="partial keeps every entry; full may drop.")] = (
        Mode.partial
    ),
    prompt: Annotated[str, typer.Option(help="A prompt's name or file.")] = "grounded",
    target: Annotated[float | None, typer.Option(min=0, max=100, help="Target score.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the tailored résumé here.")] = None,
    layers: Annotated[
        str | None, typer.Option(help="Of the prompt's layers only these, with commas.")
    ] = None,
    findings: Annotated[
        Findings,
        typer.Option(
            help="Unsupported claims: warn; repair asks again; revert restores; fail stops."
        ),
    ] = Findings.warn,
    show_sources: Annotated[
        bool, typer.Option("--show-sources", help="Show the source lines of each change.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Tailor one résumé to one job: scores, changes and facts.

    Example: tailor-lab tailor --resume me.pdf --job posting.txt --out tailored.docx
    """
    from tailor_lab.tailoring import load_job, load_resume
    from tailor_lab.tailoring.posting.swapped import mistaken_job

    with open_lab(home) as lab:
        source, posting = load_resume(resume), load_job(job)
        for warning in mistaken_job(posting):
            note(f"Note: {warning}")
        result = lab.tailor(
            source,
            posting,
            mode=mode.value,
            prompt=prompt,
            target_score=target,
            layers=None if layers is None else [name.strip() for name in layers.split(",")],
            findings=findings.value,
            out=out,
        )
        show(result.with_sources() if show_sources else result, result.to_dict, as_json=as_json)
        if out:
            note(f"Written: {out}, {out.with_suffix('.sources.json')}")


@app.command()
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


@app.command()
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
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run an experiment, or what is missing of it, and compare its variants.

    What it can find out is printed first, on standard error. Exits with 1 where the budget ended it
    before its plan.

    Example: tailor-lab run experiments/prompts.yaml --budget 5
    """
    with open_lab(home) as lab:
        note(str(lab.plan(definition)))
        result = lab.run(
            definition,
            n_jobs=jobs,
            budget=budget,
            mode=answers.value,
            until=until.value if until else None,
        )
        comparison = result.compare()
        show(comparison, lambda: comparison.to_frame().to_dicts(), as_json=as_json)
        if result.stopping:
            note(str(result.stopping))
        elif result.missing:
            total = len(result.plan["cells"])
            note(f"{result.missing} of {total} planned runs are missing; run it again to go on.")
            raise typer.Exit(1)


@app.command()
def compare(
    experiment: Annotated[str, typer.Argument(help="An experiment's name or definition.")],
    fail_if: Annotated[
        Failure | None,
        typer.Option(help="Exit with 1 if a variant is worse, or if one is not to be shipped."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare the variants of an experiment from what is in the log.

    Example: tailor-lab compare prompts --fail-if worse
    """
    with open_lab(home) as lab:
        comparison = lab.result(experiment).compare()
        show(comparison, lambda: comparison.to_frame().to_dicts(), as_json=as_json)
        worse = bool(comparison.regressions())
        held_back = any(not decision.ship for decision in comparison.ship())
        if (fail_if is Failure.worse and worse) or (fail_if is Failure.not_shipped and held_back):
            raise typer.Exit(1)


@app.command()
def report(
    experiment: Annotated[str, typer.Argument(help="An experiment's name or definition.")],
    out: Annotated[Path, typer.Option(help=".html, .md, .pdf, .csv or .parquet")] = Path(
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


@app.command()
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


@app.command()
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


@app.command()
def effectiveness(
    days: Annotated[int | None, typer.Option(min=1, help="Only the last so many days.")] = None,
    by: Annotated[str | None, typer.Option(help="Group by a column, such as variant.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How well tailoring does, over all that is in the log.

    Example: tailor-lab effectiveness --days 30 --by mode
    """
    with open_lab(home) as lab:
        found = lab.log.effectiveness(days=days, by=by)
        show(found, found.to_dict, as_json=as_json)


@app.command()
def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Say what is configured and reachable, and what to do about what is not.

    Example: tailor-lab doctor
    """
    from tailor_lab.cli.doctor import examine

    diagnosis = examine(home)
    show(diagnosis, diagnosis.to_dict, as_json=as_json)
    if not diagnosis.ok:
        raise typer.Exit(1)


@app.command()
def dashboard(
    home: Home = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")
    ] = 8686,
) -> None:
    """Serve live views of the log to a browser on this machine, until Ctrl-C.

    Example: tailor-lab dashboard --port 0
    """
    from tailor_lab.dashboard import serve

    with open_lab(home) as lab:
        note("The dashboard, for this machine and whoever has this address (Ctrl-C stops):")
        serve(lab, port=port, announce=typer.echo)


@app.command("offline-server")
def offline_server(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    latency_ms: Annotated[float, typer.Option(min=0, help="Simulated median latency.")] = 0.0,
    error_rate: Annotated[float, typer.Option(min=0, max=1, help="Share of errors.")] = 0.0,
) -> None:
    """Serve the offline model over HTTP, for any OpenAI client, until Ctrl-C.

    Example: tailor-lab offline-server --port 8765 --latency-ms 300
    """
    from tailor_lab.llm.offline.server import serve

    def started(url: str) -> None:
        note(f"OPENAI_BASE_URL={url}  (any key will do; Ctrl-C stops)")

    serve(host, port, latency_ms=latency_ms, error_rate=error_rate, started=started)


def main() -> None:
    """The entry point: one sentence and exit code 2 for a user's mistake."""
    warnings.showwarning = _say_warning
    try:
        app()
    except InputError as error:
        _fail(str(error), 2)
    except TailorLabError as error:
        _fail(str(error), 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}.", 2)
    except SystemExit as done:
        # The command-line library turns Ctrl-C into this code and says nothing.
        if done.code == INTERRUPTED:
            note("Stopped. What was finished is kept; run again to go on.")
        raise


def _say_warning(message: Warning | str, *_: object, **__: object) -> None:
    note(f"Note: {message}")


def _fail(text: str, code: int) -> None:
    note(text)
    sys.exit(code)
