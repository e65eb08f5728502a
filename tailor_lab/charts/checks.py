"""Charts of checks: whether intervals and tests keep what they promise."""

from typing import TYPE_CHECKING

import polars as pl

from tailor_lab.charts.theme import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    axis,
    finish,
    first_rows,
    question,
    rule,
    thinned,
)

if TYPE_CHECKING:
    import altair as alt

_MOST_INTERVALS = 100


@question
def intervals(
    frame: pl.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "",
    name: str = "value",
    reference: float | None = None,
) -> "alt.Chart":
    """How large is each number, and how sure is it? A point with its interval a row.

    `frame` has `label`, `value`, `low` and `high` (None: no interval); a dashed line marks
    `reference`.
    """
    import altair as alt

    frame, subtitle = first_rows(frame, subtitle)
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", title=None, sort=None),
        tooltip=["label", *(alt.Tooltip(f"{c}:Q", format=".3~g") for c in _ENDS)],
    )
    span = base.mark_rule(strokeWidth=3, strokeCap="round", color=BLUE).encode(
        x=alt.X("low:Q", title=axis(name, unit), scale=alt.Scale(zero=False)), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=110, opacity=1, color=BLUE).encode(x="value:Q")
    marked = [] if reference is None else [rule(reference, ORANGE, (4, 3))]
    return finish(alt.layer(*marked, span, point), title, subtitle, height=alt.Step(36))


@question
def coverage(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", unit: str = "", truth: float = 0.0
) -> "alt.Chart":
    """Do intervals contain the truth? One upright line a repetition; misses in another colour.

    `frame` has a row a repetition with `value`, `low` and `high`. Beyond 100 repetitions as many
    are drawn, evenly spread.
    """
    import altair as alt

    shown = thinned(frame.with_row_index("repetition"), _MOST_INTERVALS).with_columns(
        interval=pl.when((pl.col("low") <= truth) & (pl.col("high") >= truth))
        .then(pl.lit("contains the truth"))
        .otherwise(pl.lit("misses it"))
    )
    base = alt.Chart(shown).encode(
        x=alt.X("repetition:O", title="repetitions", axis=alt.Axis(labels=False)),
        color=alt.Color(
            "interval:N",
            title=None,
            scale=alt.Scale(domain=["contains the truth", "misses it"], range=[GREY, RED]),
        ),
        tooltip=["repetition", *(alt.Tooltip(f"{c}:Q", format=".3~g") for c in _ENDS)],
    )
    span = base.mark_rule(strokeWidth=3).encode(
        y=alt.Y("low:Q", title=axis("estimate", unit)), y2="high:Q"
    )
    point = base.mark_point(filled=True, size=18, opacity=1).encode(y="value:Q")
    level = alt.Chart(pl.DataFrame({"y": [truth]})).mark_rule(color=ORANGE, strokeDash=[4, 3])
    return finish(alt.layer(span, point, level.encode(y="y:Q")), title, subtitle)


@question
def false_alarms(
    frame: pl.DataFrame, *, title: str, subtitle: str = "", promised: float = 0.05
) -> "alt.Chart":
    """How often does each way of looking find what is not there? A line a method, by looks.

    `frame` has `looks`, `method`, and `rate`, `low`, `high` as shares of 1; a dashed line marks
    what is promised.
    """
    import altair as alt

    most = max([promised * 2, *frame["high"].drop_nulls().to_list()])
    base = alt.Chart(thinned(frame)).encode(
        x=alt.X("looks:Q", title="looks at the data", axis=alt.Axis(format="d", tickMinStep=1)),
        color=alt.Color("method:N", title=None, sort=None),
        tooltip=[
            *("method", "looks"),
            *(alt.Tooltip(f"{c}:Q", format=".1%") for c in ("rate", "low", "high")),
        ],
    )
    share = alt.Y(
        "rate:Q",
        title="false alarms (share of experiments)",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(domain=[0, most]),
    )
    span = base.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=2).encode(y=share)
    level = alt.Chart(pl.DataFrame({"y": [promised]})).mark_rule(color=GREY, strokeDash=[4, 3])
    return finish(alt.layer(level.encode(y="y:Q"), span, line), title, subtitle)


_ENDS = ("value", "low", "high")
