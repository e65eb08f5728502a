"""Writes a report in the format that its file name asks for, whole or not at all."""

import base64
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.charts.theme import restyle, theme
from tailor_lab.errors import InputError
from tailor_lab.identity import source_hash
from tailor_lab.markup import visible
from tailor_lab.report.content import Content, compose
from tailor_lab.report.markdown import escaped
from tailor_lab.tailoring.page import marked

if TYPE_CHECKING:
    import altair as alt
    import polars as pl
    from jinja2 import Environment

    from tailor_lab.experiment.result import Result

_SECTIONS = {
    "decision": "Decision",
    "done": "What was done",
    "evidence": "Evidence",
    "guardrails": "Guardrails",
    "segments": "Segments",
    "trend": "Trend",
    "cost": "Cost and return",
    "examples": "Examples",
    "limits": "Limits",
    "provenance": "Provenance",
}
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def write_report(
    result: "Result", path: str | Path, *, value_per_success: float | None = None
) -> Path:
    """Writes the report of an experiment to `path` and returns it.

    The ending chooses the format: .html (one self-contained page), .md, .pdf, and .csv or .parquet
    for the evidence as data. With `value_per_success`, what a run that meets its target is worth in
    US dollars, it says what each variant returns. Raises `InputError` for another ending, a folder
    that does not exist, or a .pdf where typst is not installed.
    `result` is what `lab.result(name)` gives.
    """
    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(f"{target}: a report is written as {', '.join(_WRITERS)}.")
    if not target.parent.is_dir():
        raise InputError(f"{target}: the folder {target.parent} does not exist.")
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file.")
    # Written beside its place and moved there, so that nobody ever finds half a report.
    partial_file = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        writer(result, partial_file, value_per_success)
        partial_file.replace(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        partial_file.unlink(missing_ok=True)
    return target


def generator() -> str:
    """What writes a page: where it is the same, the same log gives the same page."""
    from importlib.metadata import version

    from tailor_lab import __version__

    return f"tailor-lab {__version__} ({source_hash()}), vl-convert {version('vl-convert-python')}"


def html_page(result: "Result", content: Content, value_per_success: float | None) -> str:
    """The report as one self-contained page."""
    import vl_convert
    from markupsafe import Markup

    specifications = {name: chart.to_dict() for name, chart in content.charts.items()}
    for specification in specifications.values():
        specification.pop("config", None)
    looks = {look: theme(look) for look in ("light", "dark")}
    drawn = json.dumps({"charts": specifications, "looks": looks})
    shown = [(key, name) for key, name in _SECTIONS.items() if _has(content, key)]
    return (
        _environment(escape=True)
        .get_template("report.html.j2")
        .render(
            content=content,
            plan_hash=result.plan_hash,
            value_per_success=value_per_success,
            generator=generator(),
            sections=shown,
            stills={name: _still(chart) for name, chart in content.charts.items()},
            style=Markup(_own("report.css").strip()),  # noqa: S704
            javascript=_inline(vl_convert.javascript_bundle(_SNIPPET)),
            drawing=_inline(_own("report.js").strip()),
            # Data of users never opens or closes an element inside the script.
            specifications=_inline(drawn.replace("<", "\\u003c")),
        )
    )


def _has(content: Content, section: str) -> bool:
    optional = {
        "guardrails": content.guardrails,
        "segments": content.segmentations,
        "examples": content.examples,
    }
    return bool(optional.get(section, True))


@dataclass(frozen=True)
class Still:
    """A chart as pictures, for readers and programs that run no scripts, and for paper."""

    light: str
    dark: str
    told: str
    width: int


def _still(chart: "alt.Chart") -> Still:
    light, dark = (svg(chart, look) for look in ("light", "dark"))
    found = re.search(r'<svg[^>]* width="(\d+)', light)
    told = visible(str(chart.to_dict().get("description", "")))
    return Still(_data_url(light), _data_url(dark), told, int(found[1]) if found else 640)


def svg(chart: "alt.Chart", look: str) -> str:
    """A chart as SVG for light or dark paper."""
    import vl_convert

    known: Mapping[str, Literal["light", "dark"]] = {"light": "light", "dark": "dark"}
    return str(vl_convert.vegalite_to_svg(restyle(chart, known[look]).to_dict()))


def _data_url(picture: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"


def _html(result: "Result", path: Path, value_per_success: float | None) -> None:
    content = compose(result, value_per_success=value_per_success)
    path.write_text(html_page(result, content, value_per_success), encoding="utf-8")


def _markdown(result: "Result", path: Path, value_per_success: float | None) -> None:
    content = compose(result, value_per_success=value_per_success)
    template = _environment(escape=False).get_template("report.md.j2")
    path.write_text(template.render(content=content, generator=generator()), encoding="utf-8")


def _pdf(result: "Result", path: Path, value_per_success: float | None) -> None:
    from tailor_lab.report.pdf import pdf_bytes

    content = compose(result, value_per_success=value_per_success)
    pictures = {name: svg(chart, "light") for name, chart in content.charts.items()}
    path.write_bytes(pdf_bytes(content, pictures, generator()))


def _csv(result: "Result", path: Path, _: float | None) -> None:
    import polars as pl

    frame = _evidence(result).with_columns(pl.col("warnings").list.join("; "))
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    # A leading =, +, - or @ would be a formula to a spreadsheet; an apostrophe makes it text.
    guarded = frame.with_columns(
        pl.col(name).str.replace(r"^([=+\-@\t\r])", "'${1}") for name in words
    )
    guarded.write_csv(path)


def _parquet(result: "Result", path: Path, _: float | None) -> None:
    _evidence(result).write_parquet(path)


def _evidence(result: "Result") -> "pl.DataFrame":
    """A row per variant and metric; a column without a value still has its type."""
    import polars as pl

    return result.compare().to_frame().cast({"warnings": pl.List(pl.String)})


_WRITERS: dict[str, Callable[["Result", Path, float | None], None]] = {
    ".html": _html,
    ".md": _markdown,
    ".pdf": _pdf,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _environment(*, escape: bool) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("tailor_lab.report"),
        autoescape=escape,  # noqa: S701 (Markdown is escaped by its own filter)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escaped
    environment.filters["shown"] = lambda text: visible(str(text))
    environment.filters["marked"] = lambda piece: Markup(marked(piece))  # noqa: S704
    return environment


def _own(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _inline(script: str) -> Any:
    """Script text that cannot end the element that it stands in."""
    from markupsafe import Markup

    safe = re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE)
    return Markup(safe.replace("<!--", "<\\!--"))  # noqa: S704
