"""PDF: the report on paper, set by typst."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.report.format import ReportFormat

if TYPE_CHECKING:
    from tailor_lab.experiment.result import Result


def write(result: "Result", path: Path, value_per_success: float | None) -> None:
    """Writes the report with its charts. Raises `InputError` where typst is not installed."""
    from tailor_lab.report.content import compose
    from tailor_lab.report.formats.pdf.typesetting import pdf_bytes
    from tailor_lab.report.render import generator, svg

    content = compose(result, value_per_success=value_per_success)
    pictures = {name: svg(chart, "light") for name, chart in content.charts.items()}
    path.write_bytes(pdf_bytes(content, pictures, generator()))


FORMAT = ReportFormat(".pdf", "the same on paper", write)
