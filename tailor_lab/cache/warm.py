"""Warming: filling a cache before it is asked."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Warmed:
    """What warming did; `failed` gives the error of each key that has no value."""

    loaded: int
    """How many values were fetched."""
    skipped: int
    """How many were there already."""
    failed: Mapping[str, Exception] = field(default_factory=dict)

    def __str__(self) -> str:
        text = f"loaded {self.loaded:,}, skipped {self.skipped:,} that were there"
        if not self.failed:
            return text
        key, error = next(iter(self.failed.items()))
        return f"{text}, failed {len(self.failed):,} (first: {key}: {error})"


def warm(
    keys: Iterable[Any],
    load: Callable[[Any], bool],
    *,
    n_jobs: int,
    progress: Callable[[int, int], None] | None,
) -> Warmed:
    """Calls `load` for every key on `n_jobs` threads; it says whether the value had to be fetched.

    See `Cache.warm`.
    """
    wanted = list(keys)
    skipped, failed = 0, {}
    with ThreadPoolExecutor(n_jobs, thread_name_prefix="cache-warm") as pool:
        jobs = {pool.submit(load, key): key for key in wanted}
        for done, job in enumerate(as_completed(jobs), start=1):
            error = job.exception()
            if isinstance(error, Exception):
                failed[repr(jobs[job])] = error
            elif error is None and not job.result():
                skipped += 1
            if progress is not None:
                progress(done, len(wanted))
    return Warmed(len(wanted) - skipped - len(failed), skipped, failed)
