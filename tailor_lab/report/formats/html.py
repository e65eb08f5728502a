"""HTML: one self-contained page, which `verify_report` can compute again."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.report.format import ReportFormat

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result


def write(result: "Result", path: Path, value_per_success: float | None) -> None:
    """Writes the page."""
    from tailor_lab.report.content import compose
    from tailor_lab.report.render import html_page

    content = compose(result, value_per_success=value_per_success)
    path.write_text(html_page(result, content, value_per_success), encoding="utf-8")


FORMAT = ReportFormat(".html", "one self-contained page", write)
