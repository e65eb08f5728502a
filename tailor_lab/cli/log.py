"""`tailor-lab log`: ask the run log in SQL, and look after it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tailor_lab.cli.common import AsJson, Home, group, note, open_lab, show
from tailor_lab.errors import InputError

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


@app.command()
def tail(
    table: Annotated[str, typer.Option(help="Which table to follow.")] = "runs",
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Rows to begin with.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on until interrupted.")] = True,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Follow what is recorded, by whatever process.

    Example: tailor-lab log tail
    """
    with open_lab(home) as lab:
        for frame in lab.log.follow(table, last=lines, stop=lambda: not follow):
            for row in frame.iter_rows(named=True):
                show(_line(row), partial(_told, row), as_json=as_json)


def _told(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


def _line(row: dict[str, object]) -> str:
    """A row in one line: its time, then what it says."""
    told = _told(row)
    moment = next((v for k, v in told.items() if k in ("recorded_at", "at", "started_at")), "")
    words = [
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in told.items()
        if value is not moment and value != [] and not name.endswith("_hash")
    ]
    return f"{moment:%H:%M:%S}  {'  '.join(words)}"


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="A .parquet or .csv file, or a folder.")],
    table: Annotated[list[str] | None, typer.Option(help="A table; may be repeated.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV instead of Parquet in a folder.")] = False,
    home: Home = None,
) -> None:
    """Write the log's tables as Parquet or CSV.

    Example: tailor-lab log export runs.csv --table runs
    """
    with open_lab(home) as lab:
        for file in lab.log.export(path, tables=table or (), form="csv" if csv else None):
            typer.echo(str(file))


@app.command()
def forget(
    user: Annotated[str | None, typer.Option(help="The user_id to forget.")] = None,
    resume: Annotated[str | None, typer.Option(help="The resume_id to forget.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Erase the rows of a person or a résumé everywhere.

    Example: tailor-lab log forget --user 4711
    """
    if (user is None) == (resume is None):
        raise InputError("Give one of --user and --resume.")
    with open_lab(home) as lab:
        gone = lab.log.forget(user_id=user, resume_id=resume)
        words = ", ".join(f"{count:,} {table}" for table, count in gone.items())
        show(f"Erased: {words or 'nothing was there'}.", lambda: gone, as_json=as_json)


@app.command()
def retain(
    days: Annotated[int, typer.Option(min=0, help="Keep this many days in the database.")],
    erase: Annotated[bool, typer.Option("--erase", help="Erase instead of archiving.")] = False,
    home: Home = None,
) -> None:
    """Move what is older to monthly Parquet archives, which queries still see.

    Example: tailor-lab log retain --days 90
    """
    with open_lab(home) as lab:
        moved = lab.log.retain(days=days, archive=not erase)
        typer.echo(f"{moved:,} rows {'erased' if erase else 'archived'}.")


@app.command()
def compact(home: Home = None) -> None:
    """Rewrite the database without the room that erased rows left.

    Example: tailor-lab log compact
    """
    with open_lab(home) as lab:
        typer.echo(f"{lab.log.compact():,} bytes won.")


@app.command()
def check(home: Home = None, as_json: AsJson = False) -> None:
    """Verify counts, keys, orphans and checksums; exit with 1 where something is wrong.

    Example: tailor-lab log check
    """
    with open_lab(home) as lab:
        found = lab.log.check()
        show(found, found.to_dict, as_json=as_json)
        if not found.ok:
            note("Something is wrong with the log; nothing was changed.")
            raise typer.Exit(1)


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
