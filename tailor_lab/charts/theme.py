"""The one look of all charts, and how they are shown and saved."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import polars as pl

from tailor_lab.errors import InputError
from tailor_lab.markup import visible

if TYPE_CHECKING:
    import altair as alt

P = ParamSpec("P")
Drawn = TypeVar("Drawn")

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
FINDING_COLOURS = {"good": GREEN, "bad": RED, "open": GREY}
"""The tints of a finding in notebooks, reports and the dashboard, as charts draw them."""
DECISION_COLOURS = {
    "ship": GREEN,
    "continue": GREY,
    "keep_baseline": RED,
    "cannot_judge": PURPLE,
}
Look = Literal["light", "dark"]
_INKS: dict[Look, dict[str, str]] = {
    "light": {"ink": "#111827", "soft": GREY, "grid": "#E5E7EB", "paper": "#FFFFFF"},
    "dark": {"ink": "#F3F4F6", "soft": "#B6BCC6", "grid": "#374151", "paper": "#111827"},
}
_ON_ANY_PAPER = "#757B88"
"""A grey with a contrast above 4 to white and to the black of JupyterLab's dark theme."""
_SHAPE: dict[str, Any] = {
    "view": {"stroke": None},
    "range": {"category": PALETTE},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleFontSize": 12,
        "offset": 12,
    },
    "axis": {
        "domain": False,
        "ticks": False,
        "titleFontWeight": 400,
        "labelFontSize": 11,
        "titleFontSize": 11,
    },
    "legend": {
        "titleFontWeight": 400,
        "symbolBaseFillColor": GREY,
        "symbolBaseStrokeColor": GREY,
    },
}
MOST_POINTS = 400
"""Points along an axis beyond which a screen cannot show them one by one."""
MOST_ROWS = 40
"""Rows of words beyond which nobody reads them."""
_RENDERER = "tailor_lab"
_ENDINGS = (".png", ".svg", ".html", ".json")
_JUPYTERLAB = "application/vnd.vegalite.v5+json"


def question(make: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """A chart function all of whose texts are shown, and none obeyed.

    A control character in a label would make the library that draws pictures end the process.
    """

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Drawn:
        clean: Any = make
        drawn: Drawn = clean(*map(_legible, args), **{k: _legible(v) for k, v in kwargs.items()})
        return drawn

    return made


def _legible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if not isinstance(value, pl.DataFrame):
        return value
    odd = [column for column in value if column.dtype == pl.String and _hides(column)]
    return value.with_columns(c.map_elements(visible, return_dtype=pl.String) for c in odd)


def _hides(texts: pl.Series) -> bool:
    """Whether a text may hold what `visible` changes; more than that is no harm."""
    return bool(texts.str.contains(r"[\p{Cc}\p{Cf}\x{FFFE}\x{FFFF}]").any())


def save(
    chart: "alt.Chart", path: str | Path, *, scale: float = 2.0, look: Look | None = None
) -> None:
    """Writes a chart as .png, .svg, .html or .json by the ending of `path`; `look` restyles it.

    `scale` multiplies the pixels of a .png. Raises `InputError` for another ending, and where the
    file cannot be written.
    """
    target = Path(path)
    if target.suffix not in _ENDINGS:
        raise InputError(f"{target}: a chart is written as {', '.join(_ENDINGS)}.")
    drawn = chart if look is None else restyle(chart, look)
    try:
        drawn.save(str(target), scale_factor=scale, inline=target.suffix == ".html")
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}.") from None


def restyle(chart: "alt.Chart", look: Look) -> "alt.Chart":
    """The same chart in a `look`, "light" or "dark"; what a user has configured beside it stays.

    Raises `InputError` for another look.
    """
    import altair as alt

    if look not in _INKS:
        raise InputError(f'"{look}" is no look of a chart; there is {", ".join(_INKS)}.')

    had = {} if alt.utils.schemapi.Undefined is chart.config else chart.config.to_dict()
    styled: alt.Chart = chart.copy()
    own = _without(_without(had, theme("light")), theme("dark"))
    styled.config = alt.Config.from_dict(_merged(theme(look), own))
    return styled


def theme(look: Look) -> dict[str, Any]:
    """The Vega-Lite configuration of a look."""
    return _merged(_SHAPE, _inks(look))


def finish(
    chart: Any,
    title: str,
    subtitle: str,
    *,
    height: Any = 260,
    width: int | Literal["container"] = 620,
) -> "alt.Chart":
    """Gives a chart its title and the light look; `configure` calls of the user still win."""
    import altair as alt

    if alt.renderers.active == "default":
        # Altair's own renderer fetches its scripts from the network when a notebook is shown.
        alt.renderers.register(_RENDERER, _without_network)
        alt.renderers.enable(_RENDERER)
    words = alt.TitleParams(title, subtitle=subtitle) if subtitle else alt.TitleParams(title)
    told = f"{title}; {subtitle}" if subtitle else title
    sized = chart.properties(title=words, description=told, height=height, width=width)
    styled: alt.Chart = sized.configure(**theme("light"))
    return styled


def rule(x: float, colour: str, dash: tuple[int, int] | None = None) -> "alt.Chart":
    """A line across the chart at `x`."""
    import altair as alt

    mark = alt.MarkDef(type="rule", color=colour, strokeDash=list(dash or (1, 0)))
    return alt.Chart(pl.DataFrame({"x": [x]}), mark=mark).encode(x=alt.X("x:Q"))


def axis(name: str, unit: str) -> str:
    """The title of an axis with its unit, where it has one."""
    return f"{name} ({unit})" if unit else name


def thinned(frame: pl.DataFrame, most: int = MOST_POINTS) -> pl.DataFrame:
    """At most so many rows, evenly spread over the frame, its first and last among them."""
    if frame.height <= most:
        return frame
    step = (frame.height - 1) / (most - 1)
    return frame[[round(step * place) for place in range(most)]]


def first_rows(
    frame: pl.DataFrame, subtitle: str, most: int = MOST_ROWS
) -> tuple[pl.DataFrame, str]:
    """The first rows, and the subtitle with the number of those left out."""
    if frame.height <= most:
        return frame, subtitle
    left = f"the first {most} of {frame.height:,} rows"
    return frame.head(most), f"{subtitle}; {left}" if subtitle else left


def _without_network(
    specification: dict[str, Any], **_: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chart for notebooks: interactive in JupyterLab (it brings Vega-Lite 5), else a picture.

    The second part is metadata: what a reader who does not see the picture is told.
    """
    import base64

    import vl_convert

    picture = vl_convert.vegalite_to_png(specification, scale=2)
    wide = int.from_bytes(picture[16:20]) // 2
    schema = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json"}
    config = _inked_by_the_page(specification.get("config", {}))
    bundle = {
        _JUPYTERLAB: {**specification, **schema, "config": config},
        "image/png": base64.b64encode(picture).decode(),
        "text/plain": f"Chart: {_title_of(specification)}",
    }
    return bundle, {"image/png": {"alt": specification.get("description", ""), "width": wide}}


def _inks(look: Look) -> dict[str, Any]:
    """The part of the configuration in which the looks differ."""
    inks = _INKS[look]
    soft = inks["soft"]
    return {
        "background": inks["paper"],
        "title": {"color": inks["ink"], "subtitleColor": soft},
        "axis": {"gridColor": inks["grid"], "labelColor": soft, "titleColor": soft},
        "legend": {"labelColor": soft, "titleColor": soft},
        "header": {"labelColor": soft, "titleColor": soft},
        "style": {"note": {"color": soft}, "ink": {"color": inks["ink"]}},
    }


def _inked_by_the_page(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration without the light look's own inks, on whatever paper there is.

    JupyterLab brings inks that fit its theme, light or dark; those of a chart would win over them.
    What a user has configured stays. Marks are no part of that theme, and its grid is loud: what
    is given for those fits both papers.
    """
    light = _inks("light")
    if config.get("background") != light["background"]:
        return config
    neutral = {
        "background": "transparent",
        "axis": {"gridColor": "rgba(128, 128, 128, 0.25)"},
        "style": {"note": {"color": _ON_ANY_PAPER}, "ink": {"color": _ON_ANY_PAPER}},
    }
    return _merged(neutral, _without(config, light))


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, part by part."""
    both = {
        name: _merged(under[name], value)
        if isinstance(value, dict) and isinstance(under.get(name), dict)
        else value
        for name, value in over.items()
    }
    return {**under, **both}


def _without(config: dict[str, Any], theme: dict[str, Any]) -> dict[str, Any]:
    """What of a configuration a theme does not say too, part by part."""
    rest = {
        name: _without(value, theme[name])
        if isinstance(value, dict) and isinstance(theme.get(name), dict)
        else value
        for name, value in config.items()
        if value != theme.get(name)
    }
    return {name: value for name, value in rest.items() if value != {}}


def _title_of(specification: dict[str, Any]) -> str:
    title = specification.get("title", "")
    return str(title["text"] if isinstance(title, dict) else title)
