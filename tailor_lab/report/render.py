"""What reports are drawn with: the page, its charts as pictures, the templates."""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.charts.theme import restyle, theme
from tailor_lab.identity import source_hash, version
from tailor_lab.markup import SIGNS, visible
from tailor_lab.moved import moved_names
from tailor_lab.report.content import ReportContent
from tailor_lab.report.markdown import escaped
from tailor_lab.tailoring.page import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt
    from jinja2 import Environment

    from tailor_lab.experiment.result import Result

__getattr__ = moved_names(__name__)

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


def generator() -> str:
    """What writes a page: where it is the same, the same log gives the same page."""
    from importlib.metadata import version as installed

    return f"tailor-lab {version()} ({source_hash()}), vl-convert {installed('vl-convert-python')}"


def html_page(result: "Result", content: ReportContent, value_per_success: float | None) -> str:
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
        environment(escape=True)
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


def _has(content: ReportContent, section: str) -> bool:
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


def environment(*, escape: bool) -> "Environment":
    """The templates of reports; `escape` for those that are HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("tailor_lab.report"),
        autoescape=escape,  # noqa: S701 (Markdown is escaped by its own filter)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    made.globals["signs"] = SIGNS
    made.filters["md"] = escaped
    made.filters["shown"] = lambda text: visible(str(text))
    made.filters["marked"] = lambda piece: Markup(marked(piece))  # noqa: S704
    return made


def _own(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _inline(script: str) -> Any:
    """Script text that cannot end the element that it stands in."""
    from markupsafe import Markup

    safe = re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE)
    return Markup(safe.replace("<!--", "<\\!--"))  # noqa: S704
