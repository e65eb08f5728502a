"""Charts: one function, one question. A frame goes in, an `altair.Chart` comes out.

Nothing here reads files or computes statistics; the caller brings the numbers and the finding that
the title states. Colours are those of Okabe and Ito (2008), distinguishable with any common form
of colour vision. Altair is imported when the first chart is drawn, for it takes a while.
"""

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


def estimates(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = ""
) -> "alt.Chart":
    """How large is each difference, and how sure is it? Points with their intervals.

    `frame` has a row per variant with `variant`, `value`, `low`, `high`, `verdict` and, where the
    metric has one, `margin`; an infinite end of an interval is drawn to the edge.
    """
    import altair as alt

    base = alt.Chart(_bounded(frame)).encode(y=alt.Y("variant:N", title=None, sort=None))
    colour = alt.Color(
        "verdict:N",
        title="verdict",
        scale=alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values())),
        legend=None,
    )
    tooltip = ["variant", "verdict", *(alt.Tooltip(c, format=".3~g") for c in _ENDS)]
    interval = base.mark_rule(strokeWidth=3, strokeCap="round").encode(
        x=alt.X("low:Q", title=_axis("difference from the baseline", unit)),
        x2="high:Q",
        color=colour,
        tooltip=tooltip,
    )
    point = base.mark_point(filled=True, size=110, opacity=1).encode(
        x="value:Q", color=colour, tooltip=tooltip
    )
    layers = [_rule(0.0, GREY), *_margins(frame), interval, point]
    return _finish(alt.layer(*layers), title, subtitle, height=alt.Step(46))


def paired_differences(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = ""
) -> "alt.Chart":
    """On which items does the variant gain, on which does it lose? One bar an item, sorted.

    `frame` has a row per item with `item_id` and `difference`. Beyond 400 items every bar stands
    for the mean of equally many neighbours in the sorted order.
    """
    import altair as alt

    ordered = frame.sort("difference").with_row_index("rank")
    if ordered.height > _MOST_BARS:
        share = pl.col("rank") * _MOST_BARS // ordered.height
        ordered = (
            ordered.group_by(share.alias("rank"))
            .agg(pl.col("difference").mean(), pl.len().cast(pl.String).alias("item_id") + " items")
            .sort("rank")
        )
    gain, loss = pl.col("difference") > 0, pl.col("difference") < 0
    outcome = pl.when(gain).then(pl.lit("gain")).when(loss).then(pl.lit("loss"))
    chart = (
        alt.Chart(ordered.with_columns(outcome.otherwise(pl.lit("tie")).alias("outcome")))
        .mark_bar()
        .encode(
            x=alt.X("rank:O", title="items, sorted by difference", axis=alt.Axis(labels=False)),
            y=alt.Y("difference:Q", title=_axis("difference", unit)),
            color=alt.Color(
                "outcome:N",
                title=None,
                scale=alt.Scale(domain=["gain", "tie", "loss"], range=[BLUE, GREY, RED]),
            ),
            tooltip=["item_id", alt.Tooltip("difference:Q", format="+.2f")],
        )
    )
    return _finish(chart, title, subtitle)


def before_and_after(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = ""
) -> "alt.Chart":
    """How did each variant move the score? A histogram of the values before and after.

    `frame` has a row per run with `variant`, `before` and `after`.
    """
    import altair as alt

    long = frame.unpivot(
        on=["before", "after"], index="variant", variable_name="when", value_name="score"
    )
    chart = (
        alt.Chart(_binned(long))
        .mark_bar(opacity=0.55, binSpacing=0)
        .encode(
            x=alt.X("score:Q", title=_axis("score", unit), scale=alt.Scale(domain=[0, 100])),
            x2="score_end:Q",
            y=alt.Y("runs:Q", title="runs", stack=None),
            y2=alt.datum(0),
            color=alt.Color(
                "when:N",
                title=None,
                scale=alt.Scale(domain=["before", "after"], range=[GREY, BLUE]),
            ),
            row=alt.Row(
                "variant:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")
            ),
            tooltip=["variant", "when", "score", "runs"],
        )
    )
    return _finish(chart, title, subtitle, height=90)


def trend(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "", name: str = "value"
) -> "alt.Chart":
    """How does a metric move over time? A point a period, sized by its runs, and a moving mean.

    `frame` has `period` (a date or time), `value`, `n`, and may have `moving_mean` and `group`.
    """
    import altair as alt

    grouped = "group" in frame.columns
    colour = alt.Color("group:N", title=None) if grouped else alt.value(BLUE)
    base = alt.Chart(frame).encode(x=alt.X("period:T", title=None), color=colour)
    points = base.mark_point(filled=True, opacity=0.7).encode(
        y=alt.Y("value:Q", title=_axis(name, unit), scale=alt.Scale(zero=False)),
        size=alt.Size("n:Q", title="runs", scale=alt.Scale(rangeMin=20, rangeMax=220)),
        tooltip=["period:T", alt.Tooltip("value:Q", format=".3~f"), "n:Q"],
    )
    line = "moving_mean" if "moving_mean" in frame.columns else "value"
    return _finish(
        alt.layer(base.mark_line(strokeWidth=2).encode(y=f"{line}:Q"), points), title, subtitle
    )


def hit_ratio_by_size(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """What does each cache policy make of a size? A line a policy, and the bound above them.

    `frame` is that of a replay: `policy`, `size` in bytes, `hit_ratio` and `bound`, both 0 to 1.
    """
    import altair as alt

    base = alt.Chart(frame).encode(
        x=alt.X(
            "size:Q",
            title="size of the cache",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=frame["size"].unique().sort().to_list(), format=".2~s"),
        ),
        tooltip=["policy", alt.Tooltip("size:Q", format=","), "hit_ratio:Q", "bound:Q"],
    )
    share = alt.Y("hit_ratio:Q", title="hit ratio", axis=alt.Axis(format="%"))
    line = base.mark_line(point=True, strokeWidth=2).encode(
        y=share, color=alt.Color("policy:N", title="policy", sort=None)
    )
    bound = base.mark_line(strokeDash=[5, 4], color=GREY).encode(y="bound:Q")
    highest = frame.filter(pl.col("size") == pl.col("size").max()).head(1)
    name = (
        alt.Chart(highest)
        .mark_text(align="right", dy=-8, color=GREY)
        .encode(x="size:Q", y="bound:Q", text=alt.value("Belady's optimum"))
    )
    return _finish(alt.layer(bound, name, line), title, subtitle)


def gantt(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """When did each stage of each item run, and where did the items wait? A bar a stage at work.

    `frame` has `item_id`, `stage`, `status`, `start` and `end` in seconds, `attempts`; items and
    stages stand in the order in which they come.
    """
    import altair as alt

    chart = (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.8})
        .encode(
            x=alt.X("start:Q", title="seconds"),
            x2="end:Q",
            y=alt.Y(
                "item_id:N",
                title="item",
                sort=frame["item_id"].unique(maintain_order=True).to_list(),
            ),
            color=alt.Color("stage:N", title="stage", sort=None),
            opacity=alt.condition("datum.status == 'failed'", alt.value(0.4), alt.value(1.0)),
            tooltip=["item_id", "stage", "status", "start:Q", "end:Q", "attempts:Q"],
        )
    )
    return _finish(chart, title, subtitle, height=alt.Step(14))


def bars(
    frame: pl.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "",
    label: str = "label",
    value: str = "value",
) -> "alt.Chart":
    """How much of something is there of each kind? Horizontal bars in the frame's order."""
    import altair as alt

    base = alt.Chart(frame).encode(
        y=alt.Y(f"{label}:N", title=None, sort=None),
        x=alt.X(f"{value}:Q", title=_axis(value.replace("_", " "), unit)),
    )
    text = base.mark_text(align="left", dx=4, color=GREY).encode(
        text=alt.Text(f"{value}:Q", format=",.3~g")
    )
    return _finish(alt.layer(base.mark_bar(color=BLUE), text), title, subtitle, height=alt.Step(30))


def sensitivity(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """How far does each weight move the score, and does the order of the variants stand?

    `frame` has a row per `component`, `change` and `variant` with `score`, `shipped` (the score
    under the shipped weights) and `order_changed`. A bar runs from the score under one
    changed weight to that under the other; where the order changes, its colour does.
    """
    import altair as alt

    ranges = frame.group_by("component", "variant", maintain_order=True).agg(
        pl.col("score").min().alias("low"),
        pl.col("score").max().alias("high"),
        pl.col("shipped").first(),
        pl.col("order_changed").any(),
    )
    base = alt.Chart(ranges).encode(
        y=alt.Y("component:N", title=None, sort=None),
        yOffset=alt.YOffset("variant:N", sort=None),
        tooltip=[
            *("component", "variant", "order_changed"),
            *(alt.Tooltip(f"{column}:Q", format=".1f") for column in ("low", "shipped", "high")),
        ],
    )
    moved = base.mark_rule(strokeWidth=5, strokeCap="round", opacity=0.8).encode(
        x=alt.X("low:Q", title="mean score, 0 to 100", scale=alt.Scale(zero=False)),
        x2="high:Q",
        color=alt.condition("datum.order_changed", alt.value(RED), alt.value(BLUE)),
    )
    shipped = base.mark_point(filled=True, size=60, opacity=1, color="#111827").encode(
        x="shipped:Q", shape=alt.Shape("variant:N", title="variant, shipped weights", sort=None)
    )
    return _finish(alt.layer(moved, shipped), title, subtitle, height=alt.Step(20))


def save(chart: "alt.Chart", path: str, *, scale: float = 2.0) -> None:
    """Writes a chart as .png, .svg, .html or .json by the ending of `path`."""
    chart.save(path, scale_factor=scale, inline=path.endswith(".html"))


_ENDS = ("value", "low", "high")
_MOST_BARS = 400


def _rule(x: float, colour: str, dash: tuple[int, int] | None = None) -> "alt.Chart":
    import altair as alt

    mark = alt.MarkDef(type="rule", color=colour, strokeDash=list(dash or (1, 0)))
    return alt.Chart(pl.DataFrame({"x": [x]}), mark=mark).encode(x=alt.X("x:Q"))


def _margins(frame: pl.DataFrame) -> list["alt.Chart"]:
    """Dashed lines at plus and minus the margin, where there is one."""
    margin = frame["margin"].drop_nulls() if "margin" in frame.columns else pl.Series([])
    if margin.is_empty():
        return []
    size = float(margin[0])
    return [_rule(sign * size, ORANGE, (4, 3)) for sign in (-1.0, 1.0)]


def _bounded(frame: pl.DataFrame) -> pl.DataFrame:
    """Intervals without an end get one a little beyond all that is finite."""
    ends = pl.concat([frame[name].cast(pl.Float64) for name in _ENDS])
    finite = ends.filter(ends.is_finite())
    low, high = (float(finite.min() or 0.0), float(finite.max() or 0.0))  # type: ignore[arg-type]
    room = 0.15 * (high - low or 1.0)
    return frame.with_columns(
        pl.col(name).fill_null(edge).clip(low - room, high + room)
        for name, edge in (("low", low - room), ("high", high + room))
    )


def _binned(long: pl.DataFrame, width: float = 4.0) -> pl.DataFrame:
    """Counts of scores by bins of `width`, so that the drawing does not carry every run."""
    return (
        long.drop_nulls("score")
        .with_columns((pl.col("score") / width).floor() * width)
        .group_by("variant", "when", "score")
        .agg(pl.len().alias("runs"))
        .sort("variant", "when", "score")
        .with_columns(score_end=pl.col("score") + width)
    )


def _axis(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


_RENDERER = "tailor_lab"
_JUPYTERLAB = "application/vnd.vegalite.v5+json"


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


def _finish(
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
