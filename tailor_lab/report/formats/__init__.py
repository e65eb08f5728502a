"""The report formats: one file each, listed once, here.

Help texts, error sentences and `write_report` read this list. A new format is a file that defines
`FORMAT` and its name in `BUILT_IN`, or an entry point of another package (see `report.format`).
"""

from functools import lru_cache
from importlib import import_module

from tailor_lab.plugins import any_of, installed
from tailor_lab.report.format import ReportFormat

__all__ = ["BUILT_IN", "GROUP", "ReportFormat", "format_of", "formats", "writable"]

BUILT_IN: tuple[ReportFormat, ...] = tuple(
    import_module(f"{__name__}.{name}").FORMAT
    for name in ("html", "markdown", "pdf", "csv", "parquet")
)
GROUP = "tailor_lab.reports"


@lru_cache(maxsize=1)
def formats() -> tuple[ReportFormat, ...]:
    """All formats: the built-in ones, then those of installed packages."""
    return (*BUILT_IN, *installed(GROUP, ReportFormat))


def format_of(ending: str) -> ReportFormat | None:
    """The format of reports with this ending, in whatever case; the last one listed, if several.

    >>> format_of(".HTML").name
    'one self-contained page'
    """
    return next((f for f in reversed(formats()) if f.ending == ending.lower()), None)


def writable() -> str:
    """The endings of reports, in words.

    >>> writable()
    '.html, .md, .pdf, .csv or .parquet'
    """
    return any_of(f.ending for f in formats())
