"""`tailor-lab cache`: what is kept, and how to be rid of it."""

from pathlib import Path
from typing import Annotated

import typer

from tailor_lab.cli.common import AsJson, Home, as_table, group, note, open_lab, show
from tailor_lab.errors import InputError, TailorLabError

app = group("cache", "What the cache keeps, and how to be rid of it.")

_BY_NAMESPACE = """
    select namespace, count(*) as requests,
        count(*) filter (outcome in ('hit', 'stale')) as hits,
        count(*) filter (tier = 'memory') as memory,
        count(*) filter (tier in ('disk', 'redis')) as shared,
        count(*) filter (outcome = 'stale') as stale,
        count(*) filter (outcome = 'miss') as misses,
        count(*) filter (outcome = 'error') as failed,
        round(avg((outcome in ('hit', 'stale'))::int), 3) as hit_rate,
        round(median(duration_ms) filter (tier = 'memory'), 3) as memory_ms,
        round(median(duration_ms) filter (tier in ('disk', 'redis')), 3) as shared_ms,
        round(sum(saved_ms) / 1000, 1) as saved_s, round(sum(saved_usd), 4) as saved_usd
    from cache_requests group by 1 order by 1
"""


@app.command()
def stats(home: Home = None, as_json: AsJson = False) -> None:
    """Requests, hits by tier and savings by namespace, over all that the log has seen.

    Example: tailor-lab cache stats
    """
    with open_lab(home) as lab:
        frame = lab.log.sql(_BY_NAMESPACE)
        for tier, (entries, size) in lab.cache.usage().items():
            note(f"{entries:,} entries, {size / 1e6:,.1f} MB in {tier}.")
        show(as_table(frame), frame.to_dicts, as_json=as_json)


@app.command()
def warm(
    definition: Annotated[Path, typer.Argument(help="An experiment definition in YAML.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many at once.")] = 8,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the answers that an experiment will ask for and that are not kept yet.

    Example: tailor-lab cache warm experiments/prompts.yaml
    """
    with open_lab(home) as lab:
        warmed = lab.warm(definition, n_jobs=jobs)
        failed = {key: str(error) for key, error in warmed.failed.items()}
        show(warmed, lambda: {**vars(warmed), "failed": failed}, as_json=as_json)
        if failed:
            raise typer.Exit(1)


@app.command()
def inspect(
    key: Annotated[str, typer.Argument(help="A key as the log names it, namespace:hash.")],
    home: Home = None,
) -> None:
    """Show what is kept under a key.

    Example: tailor-lab cache inspect llm/baseline:0f3a…
    """
    with open_lab(home) as lab:
        entry = lab.cache.inspect(key)
        if entry is None:
            raise InputError(f"Nothing is kept under {key}.")
        typer.echo(f"{entry.value!r}\n\n{entry.size:,} bytes, took {entry.seconds:.3f} s to make")


@app.command()
def invalidate(tag: Annotated[str, typer.Argument()], home: Home = None) -> None:
    """End everything with a tag or with one that depends on it, in every process.

    Example: tailor-lab cache invalidate resume:42
    """
    with open_lab(home) as lab:
        count = lab.cache.invalidate(tag)
        if lab.cache.stats().errors:
            raise TailorLabError("Not every tier was told; invalidate again when it answers.")
        typer.echo(f"{count} tags invalidated.")


@app.command()
def clear(
    namespace: Annotated[str | None, typer.Argument(help="Only this namespace.")] = None,
    home: Home = None,
) -> None:
    """Forget everything, or one namespace. Answers must then be paid for again.

    Example: tailor-lab cache clear llm/baseline
    """
    with open_lab(home) as lab:
        missed = lab.cache.clear(namespace)
        if missed:
            raise TailorLabError(f"Not cleared in {', '.join(missed)}, which does not answer.")
        typer.echo(f"Cleared: {namespace or 'everything'}.")
