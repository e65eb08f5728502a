"""`tailor-lab prompts`: list, show, compare and criticise prompts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tailor_lab.cli.common import AsJson, group, note, show
from tailor_lab.errors import InputError

if TYPE_CHECKING:
    from tailor_lab.llm import Prompt
    from tailor_lab.tailoring.context import Context
    from tailor_lab.tailoring.edits import Mode

app = group("prompts", "List, show, compare and criticise prompts.")
Name = Annotated[str, typer.Argument(help="A prompt's name or file.")]


@app.command("list")
def list_prompts(as_json: AsJson = False) -> None:
    """The prompts of the project and those that are shipped.

    Example: tailor-lab prompts list
    """
    from tailor_lab.llm.prompting.prompts import find_prompts

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
    name: Name,
    item: Annotated[Path, typer.Option(help="A file of items (JSONL).")],
    which: Annotated[
        str | None, typer.Option("--id", help="The id of the item; default: the first.")
    ] = None,
    layers: Annotated[
        str | None, typer.Option(help="Of the prompt's layers only these, with commas.")
    ] = None,
    mode: Annotated[str, typer.Option(help="partial or full.")] = "partial",
) -> None:
    """The layers and the messages that an item of a file would send.

    Example: tailor-lab prompts render layered --item data/pairs.jsonl --layers truth,industry
    """
    from tailor_lab.llm.prompting.lint import token_counts

    prompt = _load(name)
    wanted = None if layers is None else [part.strip() for part in layers.split(",") if part]
    values, context = _values(item, prompt, which, mode, wanted)
    if prompt.layers:
        typer.echo(f"# layers\n{context}\n")
    for message in prompt.render(**values):
        typer.echo(f"# {message['role']}\n{message['content']}\n")
    counts = token_counts(prompt, **values)
    note(f"About {counts.pop('total')} tokens: {', '.join(f'{r} {n}' for r, n in counts.items())}.")


@app.command()
def diff(
    first: Name,
    second: Name,
    item: Annotated[
        Path | None, typer.Option(help="Compare the messages of an item of this file.")
    ] = None,
    which: Annotated[
        str | None, typer.Option("--id", help="The id of the item; default: the first.")
    ] = None,
) -> None:
    """What differs between two prompts, or between the messages that they send for an item.

    Example: tailor-lab prompts diff grounded layered --item data/pairs.jsonl
    """
    from tailor_lab.llm.prompting.lint import changed_lines, messages_as_lines, template_as_lines

    prompts = [_load(first), _load(second)]
    if item is None:
        texts = [template_as_lines(prompt) for prompt in prompts]
    else:
        values = [_values(item, prompt, which, "partial", None)[0] for prompt in prompts]
        texts = [messages_as_lines(p.render(**v)) for p, v in zip(prompts, values, strict=True)]
    names = (prompts[0].name, prompts[1].name)
    typer.echo(changed_lines(texts[0], texts[1], names) or "They are the same.")


@app.command()
def lint(name: Name, as_json: AsJson = False) -> None:
    """Phrases that invite invention, and what to write instead. Exits with 1 on a warning.

    Example: tailor-lab prompts lint careless
    """
    from tailor_lab.llm.prompting.lint import lint as criticise

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


def _values(
    items: Path, prompt: "Prompt", which: str | None, mode: str, layers: list[str] | None
) -> tuple[dict[str, Any], "Context"]:
    """What an item's own résumé and posting put into a prompt, and the context that they select."""
    from tailor_lab.experiment.run.items import load_items
    from tailor_lab.tailoring import stages
    from tailor_lab.tailoring.asking import prompt_values
    from tailor_lab.tailoring.documents.formats import endings

    found = load_items(items, endings=endings(), needs=("resume", "job"))
    item = next((item for item in found if which in {None, item.id}), None)
    if item is None:
        raise InputError(f'{items} has no item "{which}"; the first is "{found[0].id}".')
    read = stages.validate(item.values["resume"], item.values["job"])
    context = stages.context(read, prompt, _mode(mode), layers)
    asked, facts = stages.requirements(read), stages.profile(read)
    return prompt_values(read, asked, facts, _mode(mode), context), context


def _mode(name: str) -> "Mode":
    from tailor_lab.tailoring.edits import MODES

    for mode in MODES:
        if mode == name:
            return mode
    raise InputError(f"mode is {name!r}; use partial or full.")
