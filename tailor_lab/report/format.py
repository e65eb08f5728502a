"""What a report format is: an ending, a name, and what writes a result to a file.

`formats/` holds one file per format and lists them once. A package of your own adds one under the
entry point group `tailor_lab.reports`:

    [project.entry-points."tailor_lab.reports"]
    xlsx = "my_package.xlsx:FORMAT"
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tailor_lab.experiment.result import Result

Writer: TypeAlias = "Callable[[Result, Path, float | None], None]"


@dataclass(frozen=True)
class ReportFormat:
    """A kind of file that an experiment's report is written as."""

    ending: str
    """With its dot and in lower case: ".html"."""
    name: str
    """What is in the file, in a few words for help texts."""
    write: Writer
    """Writes a result to a new file, whose name need not have the ending.

    The third argument is what a run that meets its target is worth in US dollars, if that is known.
    """
