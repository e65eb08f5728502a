"""Commands about this machine: the demo, what is configured, and the servers to start."""

from typing import Annotated

import typer

from tailor_lab.cli.common import (
    AsJson,
    Home,
    Jobs,
    MaxTokens,
    Timeout,
    asked_settings,
    note,
    open_lab,
    show,
)


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


def doctor(
    timeout: Timeout = None,
    max_tokens: MaxTokens = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say what is configured and reachable, and what to do about what is not.

    Example: tailor-lab doctor
    """
    from tailor_lab.cli.doctor import examine

    diagnosis = examine(asked_settings(home, timeout=timeout, max_tokens=max_tokens))
    show(diagnosis, diagnosis.to_dict, as_json=as_json)
    if not diagnosis.ok:
        raise typer.Exit(1)


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
