"""Charts of experiments: what was found, on which items, and how sure it is."""

from typing import TYPE_CHECKING

import polars as pl

from tailor_lab.charts.theme import (
    BLUE,
    DECISION_COLOURS,
    FINDING_COLOURS,
    GREY,
    ORANGE,
    RED,
    VERDICT_COLOURS,
    axis,
    finish,
    first_rows,
    question,
    rule,
    thinned,
)

if TYPE_CHECKING:
    import altair as alt

_ENDS = ("value", "low", "high")
_MOST_BARS = 400
_PLACES = {"ship": 0, "continue": 1, "keep_baseline": 2, "cannot_judge": 3}


@question
def estimates(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = ""
) -> "alt.Chart":
    """How large is each difference, and how sure is it? Points with their intervals.

    `frame` has a row per variant with `variant`, `value` (or `difference`, as the frame of a
    comparison calls it), `low`, `high`, `verdict` and, where the metric has one, `margin`; an
    infinite end of an interval is drawn to the edge. A column `colour` ("good", "bad" or "open", as
    a comparison has it) goes before the verdict, so that a guardrail that holds is not red. Of
    several metrics each has a row of its own.
    """
    import altair as alt

    frame, subtitle = first_rows(_of_comparison(frame), subtitle)
    base = alt.Chart(_bounded(frame)).encode(y=alt.Y("variant:N", title=None, sort=None))
    of, colours = (
        ("colour", FINDING_COLOURS) if "colour" in frame.columns else ("verdict", VERDICT_COLOURS)
    )
    colour = alt.Color(
        f"{of}:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=None,
    )
    tooltip = ["variant", "verdict", *(alt.Tooltip(c, format=".3~g") for c in _ENDS)]
    interval = base.mark_rule(strokeWidth=3, strokeCap="round").encode(
        x=alt.X("low:Q", title=axis("difference from the baseline", unit)),
        x2="high:Q",
        color=colour,
        tooltip=tooltip,
    )
    point = base.mark_point(filled=True, size=110, opacity=1).encode(
        x="value:Q", color=colour, tooltip=tooltip
    )
    layers = [rule(0.0, GREY), *_margins(frame), interval, point]
    return finish(alt.layer(*layers), title, subtitle, height=alt.Step(46))


@question
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
            y=alt.Y("difference:Q", title=axis("difference", unit)),
            color=alt.Color(
                "outcome:N",
                title=None,
                scale=alt.Scale(domain=["gain", "tie", "loss"], range=[BLUE, GREY, RED]),
            ),
            tooltip=["item_id", alt.Tooltip("difference:Q", format="+.2f")],
        )
    )
    return finish(chart, title, subtitle)


@question
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
            x=alt.X("score:Q", title=axis("score", unit), scale=alt.Scale(domain=[0, 100])),
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
    return finish(chart, title, subtitle, height=90)


@question
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
    ranges, subtitle = first_rows(ranges, subtitle)
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
    shipped = base.mark_point(filled=True, size=60, opacity=1, style="ink").encode(
        x="shipped:Q", shape=alt.Shape("variant:N", title="variant, shipped weights", sort=None)
    )
    return finish(alt.layer(moved, shipped), title, subtitle, height=alt.Step(20))


def _of_comparison(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame of a comparison as a chart of estimates takes it; another as it is."""
    if "value" in frame.columns or "difference" not in frame.columns:
        return frame
    named = frame.rename({"difference": "value"}).drop_nulls("value")
    if "metric" not in named.columns or named["metric"].n_unique() == 1:
        return named
    return named.with_columns(variant=pl.format("{}, {}", "variant", "metric"))


def _margins(frame: pl.DataFrame) -> list["alt.Chart"]:
    """Dashed lines at plus and minus the margin, where there is one."""
    return [rule(size, ORANGE, (4, 3)) for size in _margin_of(frame)]


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


@question
def distributions(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = ""
) -> "alt.Chart":
    """How do the values of each variant spread? One row of bins a variant.

    `frame` has `variant` and `value`, a row per item; it is binned before it is drawn.
    """
    import altair as alt

    values = frame.drop_nulls("value").filter(pl.col("value").is_finite())
    low, high = float(values["value"].min() or 0.0), float(values["value"].max() or 0.0)  # type: ignore[arg-type]
    width = (high - low) / 30 or 1.0
    binned = (
        values.with_columns(start=((pl.col("value") - low) / width).floor() * width + low)
        .group_by("variant", "start")
        .agg(pl.len().alias("items"))
        .with_columns(end=pl.col("start") + width)
        .sort("variant", "start")
    )
    header = alt.Header(labelAngle=0, labelAlign="left")
    chart = (
        alt.Chart(binned)
        .mark_bar(opacity=0.85)
        .encode(
            x=alt.X("start:Q", bin="binned", title=axis("value", unit)),
            x2="end:Q",
            y=alt.Y("items:Q", title="items"),
            color=alt.Color("variant:N", legend=None),
            row=alt.Row("variant:N", title=None, header=header),
            tooltip=["variant", alt.Tooltip("start:Q", format=".3~g"), "items"],
        )
    )
    return finish(chart, title, subtitle, height=90)


@question
def looks(frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "") -> "alt.Chart":
    """How did the estimate move while the data came in, and when was it decided?

    `frame` has a row per variant and look with `variant`, `items`, `value`, `low`, `high` and
    `decided` (whether this look decided the question), and `margin` where the metric has one.
    """
    import altair as alt

    base = alt.Chart(_bounded(thinned(frame))).encode(
        x=alt.X("items:Q", title="items finished", scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("variant:N", title=None),
    )
    tooltip = ["variant", "items", *(alt.Tooltip(c, format=".3~g") for c in _ENDS)]
    band = base.mark_area(fillOpacity=0.15).encode(
        y=alt.Y("low:Q", title=axis("difference from the baseline", unit)), y2="high:Q"
    )
    ends = base.mark_rule(strokeWidth=2.5, strokeCap="round").encode(
        y="low:Q", y2="high:Q", tooltip=tooltip
    )
    line = base.mark_line().encode(y="value:Q")
    point = base.mark_point(filled=True, size=60, opacity=1).encode(y="value:Q", tooltip=tooltip)
    moment = (
        base.transform_filter("datum.decided")
        .mark_point(shape="diamond", filled=True, size=260, opacity=1, stroke="white")
        .encode(y="value:Q", tooltip=tooltip)
    )
    sizes = [0.0, *_margin_of(frame)]
    lines = [
        alt.Chart(pl.DataFrame({"y": [y]}))
        .mark_rule(color=ORANGE if y else GREY, strokeDash=[4, 3] if y else [1, 0])
        .encode(y="y:Q")
        for y in sizes
    ]
    return finish(alt.layer(*lines, band, ends, line, point, moment), title, subtitle)


@question
def power_curve(
    frame: pl.DataFrame,
    *,
    items: int,
    margin: float | None = None,
    title: str,
    subtitle: str = "",
    unit: str = "",
) -> "alt.Chart":
    """How small a difference can so many items find?

    `frame` has `items` and `detectable`; `items` marks the plan, `margin` what matters.
    """
    import altair as alt

    base = alt.Chart(thinned(frame)).encode(
        x=alt.X("items:Q", title="items", scale=alt.Scale(type="log", nice=False)),
        y=alt.Y("detectable:Q", title=axis("smallest difference found with 80 % power", unit)),
        tooltip=["items", alt.Tooltip("detectable:Q", format=".3~g")],
    )
    layers = [
        base.mark_line(color=BLUE, strokeWidth=3),
        alt.Chart(pl.DataFrame({"items": [items]}))
        .mark_rule(color=GREY, strokeDash=[4, 3])
        .encode(x="items:Q"),
    ]
    if margin is not None:
        layers.append(
            alt.Chart(pl.DataFrame({"margin": [margin]}))
            .mark_rule(color=ORANGE, strokeDash=[4, 3])
            .encode(y="margin:Q")
        )
    return finish(alt.layer(*layers), title, subtitle)


@question
def decisions(frame: pl.DataFrame, *, title: str, subtitle: str = "") -> "alt.Chart":
    """How often does a plan ship, keep the baseline or go on? A bar per scenario.

    `frame` has a row per `scenario` and `decision` ("ship", "continue", "keep_baseline") with
    `share`, a share of 1.
    """
    import altair as alt

    frame, subtitle = first_rows(frame, subtitle)
    chart = (
        alt.Chart(frame.with_columns(place=pl.col("decision").replace_strict(_PLACES, default=9)))
        .mark_bar()
        .encode(
            x=alt.X(
                "share:Q",
                title="simulated experiments",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            y=alt.Y("scenario:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)),
            order="place:O",
            color=alt.Color(
                "decision:N",
                title=None,
                scale=alt.Scale(
                    domain=list(DECISION_COLOURS), range=list(DECISION_COLOURS.values())
                ),
            ),
            tooltip=["scenario", "decision", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    return finish(chart, title, subtitle, height=alt.Step(34))


@question
def segments(frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "") -> "alt.Chart":
    """Does the effect differ between kinds of items? Points with intervals, a row a segment.

    `frame` has `variant`, `segment`, `n`, `difference`, `low`, `high`; rows without an estimate are
    left out.
    """
    import altair as alt

    known = frame.drop_nulls("difference").rename({"difference": "value"})
    known, subtitle = first_rows(known, subtitle)
    labelled = _bounded(known).with_columns(
        label=pl.col("segment") + " (" + pl.col("n").cast(pl.String) + ")"
    )
    base = alt.Chart(labelled).encode(
        y=alt.Y("label:N", title=None, sort=None),
        yOffset="variant:N",
        color=alt.Color("variant:N", title=None),
    )
    tooltip = ["variant", "segment", "n", *(alt.Tooltip(c, format=".3~g") for c in _ENDS)]
    interval = base.mark_rule(strokeWidth=3, strokeCap="round").encode(
        x=alt.X("low:Q", title=axis("difference from the baseline", unit)),
        x2="high:Q",
        tooltip=tooltip,
    )
    point = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q", tooltip=tooltip)
    # The step is that of one variant within a segment.
    step = alt.Step(40 if known["variant"].n_unique() == 1 else 22)
    return finish(alt.layer(rule(0.0, GREY), interval, point), title, subtitle, height=step)


def _margin_of(frame: pl.DataFrame) -> list[float]:
    margin = frame["margin"].drop_nulls() if "margin" in frame.columns else pl.Series([])
    return [] if margin.is_empty() else [float(margin[0]), -float(margin[0])]
