"""Charts of operations: trends, caches, timelines, amounts."""

from typing import TYPE_CHECKING

import polars as pl

from tailor_lab.charts.theme import BLUE, GREY, axis, finish

if TYPE_CHECKING:
    import altair as alt


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
        y=alt.Y("value:Q", title=axis(name, unit), scale=alt.Scale(zero=False)),
        size=alt.Size("n:Q", title="runs", scale=alt.Scale(rangeMin=20, rangeMax=220)),
        tooltip=["period:T", alt.Tooltip("value:Q", format=".3~f"), "n:Q"],
    )
    line = "moving_mean" if "moving_mean" in frame.columns else "value"
    return finish(
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
    return finish(alt.layer(bound, name, line), title, subtitle)


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
    return finish(chart, title, subtitle, height=alt.Step(14))


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
        x=alt.X(f"{value}:Q", title=axis(value.replace("_", " "), unit)),
    )
    text = base.mark_text(align="left", dx=4, color=GREY).encode(
        text=alt.Text(f"{value}:Q", format=",.3~g")
    )
    return finish(alt.layer(base.mark_bar(color=BLUE), text), title, subtitle, height=alt.Step(30))
