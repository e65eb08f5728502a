"""`tailor-lab knowledge`: add a taxonomy that you have downloaded."""

from pathlib import Path
from typing import Annotated

import typer

from tailor_lab.commands.common import group
from tailor_lab.errors import InputError

app = group("knowledge", "Add taxonomies of skills and titles.")


@app.callback()
def knowledge() -> None:
    """Add taxonomies of skills and titles."""


@app.command("import")
def import_taxonomy(
    target: Annotated[Path, typer.Option(help="The YAML file to write.")],
    onet: Annotated[Path | None, typer.Option(help="A folder with O*NET's text files.")] = None,
    esco: Annotated[Path | None, typer.Option(help="A folder with ESCO's CSV files.")] = None,
) -> None:
    """Read a downloaded taxonomy into the knowledge base's own format.

    Example: tailor-lab knowledge import --onet db_29_2_text --target onet.yaml
    """
    from tailor_lab.tailoring.knowledge_import import import_esco, import_onet

    if onet is not None and esco is None:
        count = import_onet(onet, target)
    elif esco is not None and onet is None:
        count = import_esco(esco, target)
    else:
        raise InputError("Give either --onet or --esco, and the folder that you downloaded.")
    typer.echo(f"{count} terms written to {target}.")
