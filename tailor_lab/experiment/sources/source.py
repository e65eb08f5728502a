"""What a source of results is: which files or objects it takes, and their rows.

`sources/` holds one file per source and lists them once. A package of your own adds one under the
entry point group `tailor_lab.results`:

    [project.entry-points."tailor_lab.results"]
    ours = "my_package.results:SOURCE"
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ResultRows:
    """The rows of a source, one a run, and what it knows of its own columns."""

    frame: "pl.DataFrame"
    """Columns as the source has them; numbers may still be texts."""
    name: str
    """As sentences name it: the file, or "the frame"."""
    unit: Literal["row", "line"] = "row"
    """What a row is called in sentences."""
    numbers: tuple[int, ...] | None = None
    """The number of each row in the file; None counts from 1."""
    item: str | None = None
    """The column of the items, where the source always calls it so."""
    variant: str | None = None
    """The column of the variants, where the source always calls it so."""
    replicate: str | None = None
    """The column that tells runs of one item under one variant apart, where there is one."""
    metrics: tuple[str, ...] = ()
    """The columns of the metrics, where the source knows them."""
    label: str = ""
    """What all rows are a variant of, where no column says it: a file's name without its ending."""
    decimal_comma: bool = False
    """Whether texts of numbers have a comma before the fraction."""

    def where(self, index: int) -> str:
        """The row at `index`, counted from 0, in words: "results.csv, row 7"."""
        number = index + 1 if self.numbers is None else self.numbers[index]
        return f"{self.name}, {self.unit} {number}"


@dataclass(frozen=True)
class Source:
    """A kind of results: files of one tool, or objects of one library."""

    name: str
    matches: Callable[[Any], bool]
    """Whether a path or an object is of this kind; opens a file only as far as needed."""
    read: Callable[[Any], ResultRows]
    """Its rows. Raises `InputError` with file and row for what is broken."""
    takes: str = ""
    """What it takes, in a few words for error sentences."""
