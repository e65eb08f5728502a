"""What the commands share: their common options, and how they print."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.lab import Lab
    from tailor_lab.settings import Settings


Home = Annotated[
    Path | None,
    typer.Option(help="The lab's home folder; default: .lab of the project."),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many runs at once.")]
Timeout = Annotated[
    float | None,
    typer.Option(min=0.001, help="Seconds for each attempt at a request to a model."),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(min=1, help="How long an answer may be where the prompt does not say."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def group(name: str, help_text: str) -> typer.Typer:
    """A group of commands that behaves like the whole."""
    return typer.Typer(
        name=name,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def open_lab(
    home: Path | None, *, timeout: float | None = None, max_tokens: int | None = None
) -> "Lab":
    """The lab of the home folder, its imports paid for only now."""
    from tailor_lab.lab import Lab

    return Lab(settings=asked_settings(home, timeout=timeout, max_tokens=max_tokens))


def asked_settings(
    home: Path | None, *, timeout: float | None = None, max_tokens: int | None = None
) -> "Settings":
    """The settings of the home folder, with what the command line says before the environment."""
    from dataclasses import replace

    from tailor_lab.settings import Settings

    found = Settings.load(home)
    return replace(
        found,
        timeout_s=found.timeout_s if timeout is None else timeout,
        max_tokens=found.max_tokens if max_tokens is None else max_tokens,
    )


def show(value: object, as_data: Callable[[], Any], *, as_json: bool) -> None:
    """Prints a result for people, or its data as JSON."""
    if as_json:
        typer.echo(json.dumps(as_data(), ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo(str(value))


def as_table(frame: "pl.DataFrame") -> str:
    """A frame as text, with all of its rows and columns."""
    import polars as pl

    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        tbl_formatting="MARKDOWN",
        thousands_separator=True,
        tbl_width_chars=200,
        fmt_str_lengths=80,
    ):
        return str(frame)


def note(text: str) -> None:
    """Says something beside the result, on standard error."""
    typer.echo(text, err=True)
