"""Writes a report in the format that its file name asks for, whole or not at all."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.report.content import Content, compose
from tailor_lab.report.markdown import escaped

if TYPE_CHECKING:
    import polars as pl
    from jinja2 import Environment

    from tailor_lab.experiment.result import Result


def write_report(result: "Result", path: str | Path) -> Path:
    """Writes the report of an experiment to `path` and returns it.

    The ending chooses the format: .html (one self-contained page), .md, and .csv or .parquet for
    the evidence as data. Raises `InputError` for another ending or a folder that does not exist.
    `result` is what `lab.result(name)` gives.
    """
    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(f"{target}: a report is written as {', '.join(_WRITERS)}.")
    if not target.parent.is_dir():
        raise InputError(f"{target}: the folder {target.parent} does not exist.")
    # Written beside its place and moved there, so that nobody ever finds half a report.
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        writer(result, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _html(result: "Result", path: Path) -> None:
    import vl_convert

    content = compose(result)
    specifications = {name: chart.to_dict() for name, chart in content.charts.items()}
    page = (
        _environment(escape=True)
        .get_template("report.html.j2")
        .render(
            **_context(result, content),
            titles={name: _title(spec) for name, spec in specifications.items()},
            javascript=_inline(vl_convert.javascript_bundle(_SNIPPET)),
            # Data of users never opens or closes an element inside the script.
            specifications=_inline(json.dumps(specifications).replace("<", "\\u003c")),
        )
    )
    path.write_text(page, encoding="utf-8")


def _markdown(result: "Result", path: Path) -> None:
    content = compose(result)
    text = (
        _environment(escape=False).get_template("report.md.j2").render(**_context(result, content))
    )
    path.write_text(text, encoding="utf-8")


def _csv(result: "Result", path: Path) -> None:
    import polars as pl

    frame = _evidence(result).with_columns(pl.col("warnings").list.join("; "))
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    # A leading =, +, - or @ would be a formula to a spreadsheet; an apostrophe makes it text.
    guarded = frame.with_columns(
        pl.col(name).str.replace(r"^([=+\-@\t\r])", "'${1}") for name in words
    )
    guarded.write_csv(path)


def _parquet(result: "Result", path: Path) -> None:
    _evidence(result).write_parquet(path)


def _evidence(result: "Result") -> "pl.DataFrame":
    """A row per variant and metric; a column without a value still has its type."""
    import polars as pl

    return result.compare().to_frame().cast({"warnings": pl.List(pl.String)})


_WRITERS: dict[str, Callable[["Result", Path], None]] = {
    ".html": _html,
    ".md": _markdown,
    ".csv": _csv,
    ".parquet": _parquet,
}
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def _context(result: "Result", content: Content) -> dict[str, Any]:
    from tailor_lab import __version__

    return {
        "content": content,
        "plan_hash": result.plan_hash,
        "version": __version__,
        "simulated": any(
            str(model).startswith("offline") for model in result.frame["model"].drop_nulls()
        ),
    }


def _environment(*, escape: bool) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tailor_lab.report"),
        autoescape=escape,  # noqa: S701 (Markdown is escaped by its own filter)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escaped
    return environment


def _inline(script: str) -> Any:
    """Script text that cannot end the element that it stands in."""
    from markupsafe import Markup

    safe = re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE)
    return Markup(safe.replace("<!--", "<\\!--"))  # noqa: S704


def _title(specification: dict[str, Any]) -> str:
    title = specification.get("title", "")
    return str(title.get("text", "")) if isinstance(title, dict) else str(title)
