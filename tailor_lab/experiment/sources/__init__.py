"""Results made elsewhere: one file per kind of source, listed once, here.

A new source is a file that defines `SOURCE` and its name in `BUILT_IN`, or an entry point of
another package (see `sources.source`).
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.sources.source import ResultRows, Source
from tailor_lab.plugins import any_of, installed

__all__ = ["BUILT_IN", "GROUP", "ResultRows", "Source", "source_of", "sources"]

BUILT_IN: tuple[Source, ...] = tuple(
    import_module(f"{__name__}.{name}").SOURCE for name in ("tables",)
)
"""The most particular first: tables take whatever has rows and columns."""
GROUP = "tailor_lab.results"


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """All sources: those of installed packages, then the built-in ones."""
    return (*installed(GROUP, Source), *BUILT_IN)


def source_of(given: Any) -> Source:
    """The first source that takes a file or an object. Raises `InputError` where none does."""
    found = next((source for source in sources() if source.matches(given)), None)
    if found is None:
        what = str(given) if isinstance(given, str) or hasattr(given, "__fspath__") else None
        raise InputError(
            f"{what or f'A {type(given).__name__}'} holds no results that can be read; give "
            f"{any_of(source.takes for source in sources())}."
        )
    return found
