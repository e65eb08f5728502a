"""Charts of operations: trends, caches, timelines, amounts."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tailor_lab.charts.theme import (
    BLUE,
    GREY,
    MOST_POINTS,
    MOST_ROWS,
    ORANGE,
    PALETTE,
    axis,
    finish,
    first_rows,
    question,
    thinned,
)

if TYPE_CHECKING:
    import altair as alt

_MOST_ITEMS = 100
_MOST_BARS = 4_000
_FEW_POINTS = 120
"""Points up to which their size can be told."""


@question
def trend(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "", name: str = "value"
) -> "alt.Chart":
    """How does a metric move over time? A point a period, sized by its runs, and a moving mean.

    `frame` has `period` (a date or time), `value`, `n`, and may have `moving_mean`, `group`, and
    `low` and `high`, which are drawn. Beyond 400 periods a group, neighbours are joined: means
    weighted by `n`, which leaves their intervals wider than they need be. `name` is the metric's,
    for the axis.
    """
    import altair as alt

    frame = _joined_periods(frame)
    grouped = "group" in frame.columns
    colour = alt.Color("group:N", title=None) if grouped else alt.value(BLUE)
    base = alt.Chart(frame).encode(
        x=alt.X("period:T", title=None, axis=_time_axis(frame["period"])), color=colour
    )
    largest = 220 if frame.height <= _FEW_POINTS else 50
    tooltip = ["period:T", alt.Tooltip("value:Q", format=".3~f"), "n:Q"]
    points = base.mark_point(filled=True, opacity=0.7).encode(
        y=alt.Y("value:Q", title=axis(name, unit), scale=_room(frame)),
        size=alt.Size("n:Q", title="runs", scale=alt.Scale(rangeMin=10, rangeMax=largest)),
        tooltip=tooltip,
    )
    line = "moving_mean" if "moving_mean" in frame.columns else "value"
    layers = [base.mark_line(strokeWidth=2).encode(y=f"{line}:Q"), points]
    if {"low", "high"} <= set(frame.columns):
        spans = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        layers.insert(0, spans.mark_rule(strokeOpacity=0.3).encode(y="low:Q", y2="high:Q"))
    return finish(alt.layer(*layers), title, subtitle)


def _time_axis(periods: pl.Series) -> "alt.Axis":
    """Clock times where all lies within a day, else what Vega-Lite makes of dates."""
    import altair as alt

    first, last = periods.min(), periods.max()
    span = last - first if isinstance(first, datetime) and isinstance(last, datetime) else None
    if span is None or not span or span > timedelta(days=1):
        return alt.Axis(labelOverlap=True)
    style = "%H:%M:%S" if span < timedelta(minutes=10) else "%H:%M"
    return alt.Axis(format=style, tickCount=6, labelOverlap=True)


def _room(frame: pl.DataFrame) -> "alt.Scale":
    """A scale that leaves room around a single value, which would have one tick."""
    import altair as alt

    values = frame["value"].drop_nulls()
    ends = {"low", "high"} <= set(frame.columns) and frame["low"].is_not_null().any()
    if values.n_unique() != 1 or ends:
        return alt.Scale(zero=False)
    value = float(values[0])
    around = max(abs(value) * 0.2, 1e-3)
    return alt.Scale(domain=[value - around, value + around], nice=True)


def _joined_periods(frame: pl.DataFrame) -> pl.DataFrame:
    """At most 400 periods a group, each the mean of equally many neighbours by their runs."""
    keys = ["group"] if "group" in frame.columns else []
    longest = frame.group_by(keys).len()["len"].max() if keys else frame.height
    if not isinstance(longest, int) or longest <= MOST_POINTS:
        return frame
    place = pl.int_range(pl.len())
    slots = (
        (place * MOST_POINTS // pl.len()).over(keys) if keys else place * MOST_POINTS // pl.len()
    )
    ordered = frame.sort(*keys, "period").with_columns(slot=slots)
    means = [c for c in ("value", "low", "high", "moving_mean") if c in frame.columns]
    return (
        ordered.group_by(*keys, "slot", maintain_order=True)
        .agg(
            pl.col("period").first(),
            *((pl.col(c) * pl.col("n")).sum() / pl.col("n").sum() for c in means),
            pl.col("n").sum(),
        )
        .drop("slot")
    )


@question
def hit_ratio_by_size(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """What does each cache policy make of a size? A line a policy, and the bound above them.

    `frame` is that of a replay: `policy`, `size` in bytes, `hit_ratio` and `bound`, both 0 to 1.
    """
    import altair as alt

    sizes = thinned(frame.select(pl.col("size").unique().sort()), 60)["size"].to_list()
    frame = frame.filter(pl.col("size").is_in(sizes))
    base = alt.Chart(frame).encode(
        x=alt.X(
            "size:Q",
            title="size of the cache",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=sizes, format=".2~s"),
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
        .mark_text(align="right", dy=-8, style="note")
        .encode(x="size:Q", y="bound:Q", text=alt.value("Belady's optimum"))
    )
    return finish(alt.layer(bound, name, line), title, subtitle)


@question
def gantt(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """When did each stage of each item run, and where did the items wait? A bar a stage at work.

    `frame` has `item_id`, `stage`, `status`, `start` and `end` in seconds, `attempts`; items and
    stages stand in the order in which they come. Beyond 100 items as many are drawn, evenly spread;
    beyond 7 stages those that took least are grey together.
    """
    import altair as alt

    items = frame.select(pl.col("item_id").unique(maintain_order=True))
    shown = thinned(items, _MOST_ITEMS)["item_id"]
    if items.height > len(shown):
        frame = thinned(frame.filter(pl.col("item_id").is_in(shown.implode())), _MOST_BARS)
        left = f"{len(shown)} of {items.height:,} items, evenly spread"
        subtitle = f"{subtitle}; {left}" if subtitle else left
    frame, colours = _with_colours(frame)
    chart = (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.8})
        .encode(
            x=alt.X("start:Q", title="seconds"),
            x2="end:Q",
            y=alt.Y(
                "item_id:N",
                title="item",
                sort=shown.to_list(),
            ),
            color=alt.Color(
                "colour:N",
                title="stage",
                scale=alt.Scale(domain=[*colours], range=[*colours.values()]),
            ),
            opacity=alt.condition("datum.status == 'failed'", alt.value(0.4), alt.value(1.0)),
            tooltip=["item_id", "stage", "status", "start:Q", "end:Q", "attempts:Q"],
        )
    )
    return finish(chart, title, subtitle, height=alt.Step(14))


def _with_colours(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """The frame with a `colour` for the legend, and what each looks like: no two stages alike."""
    hues = [colour for colour in PALETTE if colour != GREY]
    stages = frame["stage"].unique(maintain_order=True).to_list()
    spent = frame.group_by("stage").agg((pl.col("end") - pl.col("start")).sum())
    longest = spent.sort("end", descending=True)["stage"].head(len(hues)).to_list()
    named = [stage for stage in stages if stage in longest]
    colours = dict(zip(named, hues, strict=False))
    rest = f"{len(stages) - len(named)} more"
    if len(named) < len(stages):
        colours[rest] = GREY
    shown = pl.when(pl.col("stage").is_in(named)).then("stage").otherwise(pl.lit(rest))
    return frame.with_columns(colour=shown), colours


@question
def scaling(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """What do more workers bring? The time taken by workers, with what cannot be beaten below.

    `frame` has a row per number of `workers` with `wall_s`, `sequential_s` (one stage after the
    other) and `bound_s` (the least possible), in seconds.
    """
    import altair as alt

    names = {
        "sequential_s": "one stage after the other",
        "wall_s": "taken",
        "bound_s": "least possible",
    }
    frame = thinned(frame, MOST_ROWS)
    long = frame.unpivot(
        on=list(names), index="workers", variable_name="what", value_name="seconds"
    )
    colours = alt.Scale(domain=list(names.values()), range=[GREY, BLUE, ORANGE])
    dashes = alt.Scale(domain=list(names.values()), range=[[2, 3], [1, 0], [6, 4]])
    chart = (
        alt.Chart(long.with_columns(pl.col("what").replace_strict(names)))
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X(
                "workers:Q",
                title="workers",
                scale=alt.Scale(type="log", base=2, nice=False),
                axis=alt.Axis(values=frame["workers"].unique().sort().to_list(), format="d"),
            ),
            y=alt.Y("seconds:Q", title="time (s)", scale=alt.Scale(domainMin=0)),
            color=alt.Color("what:N", title=None, scale=colours),
            strokeDash=alt.StrokeDash("what:N", title=None, scale=dashes),
            tooltip=["what", "workers", alt.Tooltip("seconds:Q", format=".2f")],
        )
    )
    return finish(chart, title, subtitle)


@question
def by_day(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "", name: str = "value"
) -> "alt.Chart":
    """How much of an amount fell on each day? Bars stacked by group.

    `frame` has `day` (a date) and `value`, and may have `group`. Beyond 400 days each bar is the
    sum of equally many.
    """
    import altair as alt

    grouped = "group" in frame.columns
    keys = ["day", "group"] if grouped else ["day"]
    days = frame["day"].n_unique()
    span = -(-days // MOST_POINTS)
    buckets = frame.select(pl.col("day").unique().sort()).with_row_index("place")
    first = pl.col("day").first().over(pl.col("place") // span)
    summed = (
        frame.join(buckets.with_columns(bucket=first), on="day")
        .with_columns(day="bucket")
        .group_by(keys)
        .agg(pl.col("value").sum())
        .sort(keys)
    )
    day = alt.X("yearmonthdate(day):T", title="day" if span == 1 else f"{span} days a bar")
    chart = (
        alt.Chart(summed)
        .mark_bar()
        .encode(
            x=day,
            y=alt.Y("value:Q", title=axis(name, unit)),
            color=alt.Color("group:N", title=None) if grouped else alt.value(BLUE),
            tooltip=[alt.Tooltip("day:T"), *keys[1:], alt.Tooltip("value:Q", format=",.4~g")],
        )
    )
    return finish(chart, title, subtitle)


@question
def bars(
    frame: pl.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "",
    label: str = "label",
    value: str = "value",
) -> "alt.Chart":
    """How much of something is there of each kind? Horizontal bars in the frame's order.

    `label` and `value` name the frame's columns of kinds and of amounts.
    """
    import altair as alt

    frame, subtitle = first_rows(frame, subtitle)
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{label}:N", title=None, sort=None),
        x=alt.X(f"{value}:Q", title=axis(value.replace("_", " "), unit)),
    )
    text = base.mark_text(align="left", dx=4, style="note").encode(
        text=alt.Text(f"{value}:Q", format=",.3~g")
    )
    return finish(alt.layer(base.mark_bar(color=BLUE), text), title, subtitle, height=alt.Step(30))
