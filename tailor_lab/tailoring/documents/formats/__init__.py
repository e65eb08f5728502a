"""The document formats: one file each, listed once, here.

Endings, help texts, error sentences and the search for documents in a folder are made from this
list. A new format is a file that defines `FORMAT` and its name in `BUILT_IN`, or an entry point of
another package (see `documents.format`), which may also replace a format by its ending.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module

from tailor_lab.errors import InputError
from tailor_lab.plugins import any_of, installed
from tailor_lab.tailoring.documents.format import Format

__all__ = [
    "BUILT_IN",
    "GROUP",
    "Format",
    "endings",
    "format_of",
    "formats",
    "libraries_of",
    "names",
    "readable",
    "writable",
]

BUILT_IN: tuple[Format, ...] = tuple(
    import_module(f"{__name__}.{name}").FORMAT
    for name in ("json", "markdown", "text", "pdf", "docx")
)
GROUP = "tailor_lab.documents"


@lru_cache(maxsize=1)
def formats() -> tuple[Format, ...]:
    """All formats: the built-in ones, then those of installed packages."""
    return (*BUILT_IN, *installed(GROUP, Format))


def format_of(ending: str) -> Format | None:
    """The format of files with this ending, in whatever case; the last one listed, if several.

    >>> format_of(".PDF").name
    'PDF'
    """
    wanted = ending.lower()
    return next((f for f in reversed(formats()) if wanted in f.endings), None)


def endings() -> tuple[str, ...]:
    """Every ending of a file that can be read."""
    return tuple(dict.fromkeys(e for f in formats() if f.read for e in f.endings))


def readable() -> str:
    """The usual endings of files that can be read, in words.

    >>> readable()
    '.json, .md, .txt, .pdf or .docx'
    """
    return any_of(f.ending for f in formats() if f.read)


def writable() -> str:
    """The usual endings of files that a résumé can be written to, in words.

    >>> writable()
    '.json, .md, .pdf or .docx'
    """
    return any_of(f.ending for f in formats() if f.write)


def names() -> str:
    """The names of the formats that can be read, in words.

    >>> names()
    'JSON, Markdown, text, PDF or DOCX'
    """
    return any_of(f.name for f in formats() if f.read)


@contextmanager
def libraries_of(form: Format) -> Iterator[None]:
    """Turns a missing library of a format with an extra into a sentence that says what to do."""
    try:
        yield
    except ModuleNotFoundError as error:
        if form.extra is None or str(error.name).startswith("tailor_lab"):
            raise
        free = any_of((f.name for f in formats() if f.extra is None), "and")
        raise InputError(
            f'Reading and writing {form.name} needs more libraries: pip install "{form.extra}". '
            f"{free} work without."
        ) from None
