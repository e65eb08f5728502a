"""`tailor-lab log`: ask the run log in SQL, and look after it."""

from typing import Annotated

import typer

from tailor_lab.commands.common import AsJson, Home, group, open_lab, show

app = group("log", "Ask the run log in SQL, and look after it.")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One select over the log's tables.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer a query; the log cannot be written this way.

    Example: tailor-lab log sql "select variant, avg(improvement) from runs group by all"
    """
    with open_lab(home) as lab:
        frame = lab.log.sql(query)
        import polars as pl

        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True):
            show(frame, frame.to_dicts, as_json=as_json)


@app.command()
def drain(home: Home = None) -> None:
    """Move what is in the journal into the database now.

    Example: tailor-lab log drain
    """
    with open_lab(home) as lab:
        typer.echo(f"{lab.log.drain():,} rows moved to {lab.log.path}.")
