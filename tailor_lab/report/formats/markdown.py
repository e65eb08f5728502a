"""Markdown: the report as text, for a repository or a pull request."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.report.format import ReportFormat

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result


def write(result: "Result", path: Path, value_per_success: float | None) -> None:
    """Writes the report's words and tables."""
    from tailor_lab.report.content import compose
    from tailor_lab.report.render import environment, generator

    content = compose(result, value_per_success=value_per_success)
    template = environment(escape=False).get_template("report.md.j2")
    path.write_text(template.render(content=content, generator=generator()), encoding="utf-8")


FORMAT = ReportFormat(".md", "the words and tables", write)
