"""Verifies a report: computes every figure again from the log and says which differ."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.report.content import compose
from tailor_lab.report.figures import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tailor_lab.experiment.result import Result


@dataclass(frozen=True)
class Check:
    """What verifying a report found."""

    report: str
    figures: int
    """How many figures were compared."""
    differences: tuple[str, ...]
    """In words, each figure that is not what the log gives."""

    @property
    def ok(self) -> bool:
        """Whether every figure is what the log gives."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON-like values."""
        return {"ok": self.ok, **vars(self)}

    def __str__(self) -> str:
        if self.ok:
            return f"{self.report}: all {self.figures} figures agree with the log."
        lines = [f"  {difference}" for difference in self.differences]
        count = len(self.differences)
        return "\n".join([f"{self.report}: {count} of {self.figures} figures differ.", *lines])


def verify_report(path: str | Path, find: "Callable[[str, str | None], Result]") -> Check:
    """Compares the figures of a report with those computed anew.

    `find` gives the result of an experiment by its name and its plan's hash.
    """
    page = Page(Path(path))
    plan = page.about.get("tailor-lab-plan") or None
    figures = compose(find(page.about["tailor-lab-experiment"], plan)).figures
    return Check(str(path), len(figures), tuple(figures.differences(page)))
