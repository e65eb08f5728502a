"""Verifies a report: computes it again from the log and says what differs.

Every figure is compared by its name, exact value and text. Where the report was written by the same
version, all else is compared too, word by word: prose, tables, the data of the charts, the pictures
and the scripts. Another version may word things otherwise, so then the figures alone are compared.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.markup import visible
from tailor_lab.report.content import compose
from tailor_lab.report.figures import Page
from tailor_lab.report.pieces import altered
from tailor_lab.report.render import generator, html_page

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
    """In words, each figure, sentence or picture that is not what the log gives."""
    note: str = ""
    """What was not compared, and why."""

    @property
    def ok(self) -> bool:
        """Whether nothing differs from what the log gives."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON-like values."""
        return {"ok": self.ok, **vars(self)}

    def __str__(self) -> str:
        note = f"\n{self.note}" if self.note else ""
        if self.ok:
            rest = "" if self.note else ", and so does every word and picture"
            return f"{self.report}: all {self.figures} figures agree with the log{rest}.{note}"
        count = len(self.differences)
        lines = [visible(f"  {difference}") for difference in self.differences]
        things = "thing differs" if count == 1 else "things differ"
        head = f"{self.report}: {count} {things} from what the log gives."
        return "\n".join([head, *lines]) + note


def verify_report(path: str | Path, find: "Callable[[str, str | None], Result]") -> Check:
    """Compares a report with the one that its log gives today.

    `find` gives the result of an experiment by its name and its plan's hash. Raises `InputError`
    where `path` is no report in HTML that tailor_lab wrote.
    """
    page = Page.read(Path(path))
    value = _value(page, path)
    result = find(page.about["tailor-lab-experiment"], page.about.get("tailor-lab-plan") or None)
    content = compose(result, value_per_success=value)
    found = content.figures.differences(page)
    note = ""
    if page.about.get("generator") == generator():
        found += altered(page.text, html_page(result, content, value))
    else:
        if f"<dd>{page.about.get('generator')}</dd>" not in page.text:
            found.append("provenance: the page says in two places what wrote it, and not the same")
        note = (
            f"It was written by {page.about.get('generator') or 'an unnamed version'}; this is "
            f"{generator()}. So its figures were compared, its words and pictures were not."
        )
    return Check(str(path), len(content.figures), tuple(found), note)


def _value(page: Page, path: str | Path) -> float | None:
    told = page.about.get("tailor-lab-value-per-success")
    try:
        return None if told is None else float(told)
    except ValueError:
        raise InputError(f'{path}: its value of a success, "{told}", is no number.') from None
