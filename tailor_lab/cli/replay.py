"""`tailor-lab replay`: what other policies and sizes would have made of the same requests."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tailor_lab.cli.common import AsJson, Home, as_table, note, open_lab, show
from tailor_lab.errors import InputError

if TYPE_CHECKING:
    import polars as pl

Policies = Annotated[
    list[str] | None, typer.Option("--policy", "-p", help="A policy; may be given many times.")
]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", "-s", help='Bytes, "64MB", or a share of all keys such as "10%".'),
]


def replay(
    trace: Annotated[
        Path | None, typer.Argument(help="CSV, Parquet or JSONL; default: the log's requests.")
    ] = None,
    policy: Policies = None,
    size: Sizes = None,
    ttl: Annotated[str | None, typer.Option(help='Let entries end, as in "6h".')] = None,
    stale_for: Annotated[str, typer.Option(help="Serve them for longer, refreshed behind.")] = "0s",
    by_namespace: Annotated[bool, typer.Option(help="A row per namespace besides.")] = False,
    chart: Annotated[Path | None, typer.Option(help=".html, .png or .svg")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Replay a trace of requests under other policies and sizes, beside Belady's optimum.

    Example: tailor-lab replay --policy lru --policy sieve --size 5% --size 20%
    """
    from tailor_lab.cache import Trace
    from tailor_lab.cache import replay as replayed

    with open_lab(home) as lab:
        requests = Trace.read(trace) if trace else Trace.from_log(lab.log)
    if not len(requests):
        where = trace or "the log"
        raise InputError(f"There are no cache requests in {where}; run an experiment first.")
    frame = replayed(
        requests,
        policy or ["lru", "lfu", "sieve", "s3fifo", "arc", "wtinylfu", "gdsf"],
        [_size(text) for text in size or ["1%", "5%", "10%", "20%", "50%"]],
        ttl=ttl,
        stale_for=stale_for,
        by="namespace" if by_namespace else None,
    )
    if chart:
        from tailor_lab import charts

        whole = frame.filter(namespace="(all)") if by_namespace else frame
        charts.save(charts.hit_ratio_by_size(whole, title=finding(whole)), chart)
    show(_table(frame, len(requests)), frame.to_dicts, as_json=as_json)
    if chart:
        note(f"Written: {chart}")


def finding(frame: "pl.DataFrame") -> str:
    """What a replay found, in a sentence for the title of its chart."""
    best = frame.sort("size", "hit_ratio", "policy").group_by("size", maintain_order=True).last()
    names = list(dict.fromkeys(best["policy"].to_list()))
    if len(names) == 1:
        return f"{names[0]} answers most requests at every size"
    return f"No policy wins at every size: {', '.join(names)} each lead somewhere"


def _size(text: str) -> float | str:
    if not text.strip().endswith("%"):
        return text
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError:
        raise InputError(f'"{text}" is not a share; write it as in "10%".') from None


def _table(frame: "pl.DataFrame", requests: int) -> str:
    import polars as pl

    wide = ["size", "policy", "hit_ratio", "bound", "byte_hit_ratio", "saved_usd", "saved_seconds"]
    first = ["namespace"] if "namespace" in frame.columns else []
    rows = frame.select(*first, *wide).with_columns(
        pl.col("hit_ratio", "bound", "byte_hit_ratio").round(4),
        pl.col("saved_usd").round(4),
        pl.col("saved_seconds").round(1),
    )
    return f"{requests:,} requests\n{as_table(rows)}"
