"""The one look of all charts, and how they are shown and saved."""

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    import altair as alt

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#6B7280",
)
SKY, YELLOW = "#56B4E9", "#F0E442"
PALETTE = [BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY, YELLOW]
VERDICT_COLOURS = {
    "better": GREEN,
    "equivalent": BLUE,
    "not_worse": BLUE,
    "inconclusive": GREY,
    "worse": RED,
    "invalid": PURPLE,
}
_THEME: dict[str, Any] = {
    "view": {"stroke": None},
    "range": {"category": PALETTE},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleFontSize": 12,
        "subtitleColor": GREY,
        "offset": 12,
    },
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": "#E5E7EB",
        "labelColor": GREY,
        "titleColor": GREY,
        "titleFontWeight": 400,
        "labelFontSize": 11,
        "titleFontSize": 11,
    },
    "legend": {"labelColor": GREY, "titleColor": GREY, "titleFontWeight": 400},
}
_RENDERER = "tailor_lab"
_JUPYTERLAB = "application/vnd.vegalite.v5+json"


def save(chart: "alt.Chart", path: str, *, scale: float = 2.0) -> None:
    """Writes a chart as .png, .svg, .html or .json by the ending of `path`."""
    chart.save(path, scale_factor=scale, inline=path.endswith(".html"))


def finish(
    chart: Any,
    title: str,
    subtitle: str,
    *,
    height: Any = 260,
    width: int | Literal["container"] = 620,
) -> "alt.Chart":
    """Gives a chart its title and the theme; `configure` calls of the user still win."""
    import altair as alt

    if alt.renderers.active == "default":
        # Altair's own renderer fetches its scripts from the network when a notebook is shown.
        alt.renderers.register(_RENDERER, _without_network)
        alt.renderers.enable(_RENDERER)
    words = alt.TitleParams(title, subtitle=subtitle) if subtitle else alt.TitleParams(title)
    styled: alt.Chart = chart.properties(title=words, height=height, width=width).configure(
        **_THEME
    )
    return styled


def rule(x: float, colour: str, dash: tuple[int, int] | None = None) -> "alt.Chart":
    """A line across the chart at `x`."""
    import altair as alt

    mark = alt.MarkDef(type="rule", color=colour, strokeDash=list(dash or (1, 0)))
    return alt.Chart(pl.DataFrame({"x": [x]}), mark=mark).encode(x=alt.X("x:Q"))


def axis(name: str, unit: str) -> str:
    """The title of an axis with its unit, where it has one."""
    return f"{name} ({unit})" if unit else name


def _without_network(specification: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A chart for notebooks: interactive in JupyterLab (it brings Vega-Lite 5), else a picture."""
    import base64

    import vl_convert

    picture = vl_convert.vegalite_to_png(specification, scale=2)
    schema = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json"}
    return {
        _JUPYTERLAB: {**specification, **schema},
        "image/png": base64.b64encode(picture).decode(),
        "text/plain": f"Chart: {_title_of(specification)}",
    }


def _title_of(specification: dict[str, Any]) -> str:
    title = specification.get("title", "")
    return str(title["text"] if isinstance(title, dict) else title)
