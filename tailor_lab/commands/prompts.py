"""`tailor-lab prompts`: list, show, compare and criticise prompts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tailor_lab.commands.common import AsJson, group, show

if TYPE_CHECKING:
    from tailor_lab.llm import Prompt

app = group("prompts", "List, show, compare and criticise prompts.")
Name = Annotated[str, typer.Argument(help="A prompt's name or file.")]


@app.command("list")
def list_prompts(as_json: AsJson = False) -> None:
    """The prompts of the project and those that are shipped.

    Example: tailor-lab prompts list
    """
    from tailor_lab.llm.prompts import find_prompts

    found = [_load(name) for name in find_prompts(_project())]
    rows = [{"name": p.name, "hash": p.hash[:12], "description": p.description} for p in found]
    width = max((len(prompt.name) for prompt in found), default=0)
    lines = [f"{row['name']:<{width}}  {row['hash']}  {row['description']}" for row in rows]
    show("\n".join(lines), lambda: rows, as_json=as_json)


@app.command("show")
def show_prompt(name: Name) -> None:
    """A prompt's messages, as its file has them.

    Example: tailor-lab prompts show grounded
    """
    prompt = _load(name)
    typer.echo(f"{prompt.name}  {prompt.hash}\n{prompt.path}\n")
    for role, text, _ in prompt.sections:
        typer.echo(f"# {role}\n{text.strip()}\n")


@app.command()
def render(
    name: Name, item: Annotated[Path, typer.Option(help="A file of items (JSONL).")]
) -> None:
    """The messages that the first item of a file would send.

    Example: tailor-lab prompts render grounded --item data/pairs.jsonl
    """
    for message in _load(name).render(**_values(item)):
        typer.echo(f"# {message['role']}\n{message['content']}\n")


@app.command()
def diff(first: Name, second: Name) -> None:
    """What differs between two prompts.

    Example: tailor-lab prompts diff plain grounded
    """
    from tailor_lab.llm.lint import diff as compare

    typer.echo(compare(_load(first), _load(second)) or "They are the same.")


@app.command()
def lint(name: Name, as_json: AsJson = False) -> None:
    """Phrases that invite invention, and what to write instead. Exits with 1 on a warning.

    Example: tailor-lab prompts lint careless
    """
    from tailor_lab.llm.lint import lint as criticise

    prompt = _load(name)
    found = criticise(prompt)
    lines = [
        f"{prompt.path}, line {f.line}: {f.severity}: {f.text + ': ' if f.text else ''}{f.advice}"
        for f in found
    ]
    show(
        "\n".join(lines) or "Nothing to object to.",
        lambda: [vars(finding) for finding in found],
        as_json=as_json,
    )
    if any(finding.severity == "warning" for finding in found):
        raise typer.Exit(1)


def _project() -> Path:
    from tailor_lab.settings import Settings

    return Settings.load().project


def _load(name: str) -> "Prompt":
    from tailor_lab.llm import Prompt

    return Prompt.load(name, project=_project())


def _values(items: Path) -> dict[str, Any]:
    """What the first item's own résumé and posting put into a prompt."""
    from tailor_lab.experiment.items import load_items
    from tailor_lab.tailoring.stages import profile, prompt_values, requirements, validate

    item = load_items(items, needs=("resume", "job"))[0]
    documents = validate(item.values["resume"], item.values["job"])
    return prompt_values(documents, requirements(documents), profile(documents), "partial")
