"""Writes the reference of the command line from the commands' own help.

Run as `python -m tools.command_line docs/reference/command_line.md`; `make docs` does.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from tailor_lab.cli import app

OPENING = """\
# Command line

Made from the help of the commands: `tailor-lab COMMAND --help` says the same. Results go to
standard output, progress and notes to standard error. Exit codes: 0 done, 1 a check or guardrail
failed, 2 wrong input.
"""


def page() -> str:
    """The reference, a section per command, those of a group below the group."""
    return "\n".join([OPENING, *_sections(get_command(app), "tailor-lab", None)])


def _sections(group: Any, name: str, parent: Any, level: int = 2) -> Iterator[str]:
    # The command line's library has no public type for its commands and contexts.
    context = group.context_class(group, info_name=name, parent=parent)
    for command in sorted(group.list_commands(context)):
        found = group.get_command(context, command)
        whole = f"{name} {command}"
        yield f"{'#' * level} {whole}\n"
        if hasattr(found, "list_commands"):
            yield f"{found.help}\n"
            yield from _sections(found, whole, context, level + 1)
        else:
            yield from _command(found, whole, context)


def _command(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=name, parent=parent)
    text, _, example = (command.help or "").partition("Example: ")
    yield f"{text.strip()}\n"
    yield f"```console\n$ {name} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    if example:
        yield f"For example:\n\n```console\n$ {example.strip()}\n```\n"
    shown = [p for p in command.get_params(context) if p.name != "help"]
    rows = [record for p in shown if (record := p.get_help_record(context))]
    if rows:
        yield "| argument or option | meaning |\n|---|---|"
        yield from (
            f"| `{_cell(names)}` | {_cell(text).replace('<', '&lt;')} |" for names, text in rows
        )
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
