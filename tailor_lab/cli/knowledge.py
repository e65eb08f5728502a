"""`tailor-lab knowledge`: add a taxonomy that you have downloaded."""

from pathlib import Path
from typing import Annotated

import typer

from tailor_lab.cli.common import Home, group
from tailor_lab.errors import InputError

app = group("knowledge", "Add taxonomies of skills and titles.")


@app.callback()
def knowledge() -> None:
    """Add taxonomies of skills and titles."""


@app.command("import")
def import_taxonomy(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A file of terms: the knowledge base's YAML, a JSON list, or a name a line."
        ),
    ] = None,
    onet: Annotated[Path | None, typer.Option(help="A folder with O*NET's text files.")] = None,
    esco: Annotated[Path | None, typer.Option(help="A folder with ESCO's CSV files.")] = None,
    target: Annotated[
        Path | None,
        typer.Option(help="The YAML file to write, instead of one in the home folder."),
    ] = None,
    home: Home = None,
) -> None:
    """Add a taxonomy that you have downloaded to what this project knows.

    It is written into the home folder (.lab/knowledge), where every command with that home finds
    it; remove the file to forget it. What is known already stays as it is.

    Example: tailor-lab knowledge import --onet db_29_2_text
    """
    from tailor_lab.settings import Settings, imported_knowledge
    from tailor_lab.tailoring.knowledge.importing import import_esco, import_file, import_onet

    if [onet, esco, file].count(None) != 2:
        raise InputError("Give one of --onet FOLDER, --esco FOLDER or a FILE of terms.")
    if target is None:
        folder = imported_knowledge(Settings.load(home).home)
        folder.mkdir(parents=True, exist_ok=True)
        name = "onet" if onet else "esco" if esco else Path(file or "").stem
        target = folder / f"{name}.yaml"
    if onet:
        count = import_onet(onet, target)
    elif esco:
        count = import_esco(esco, target)
    else:
        count = import_file(file or "", target)
    typer.echo(f"{count:,} new terms written to {target}.")
