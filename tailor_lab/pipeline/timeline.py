"""The timeline of a batch: a Gantt chart of items and stages, each bar one stage at work."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

    from tailor_lab.pipeline.batch import Batch


def timeline(batch: "Batch", items: int) -> "alt.Chart":
    """When did each stage of the first `items` items run, and where did they wait?

    The horizontal axis is seconds since the first stage began.
    """
    import altair as alt
    import polars as pl

    shown = [run.item_id for run in batch.runs[:items]]
    frame = (
        batch.stages.filter(pl.col("started").is_not_null() & pl.col("item_id").is_in(shown))
        .with_columns(
            start=pl.col("started") - pl.col("started").min(),
            end=pl.col("finished") - pl.col("started").min(),
        )
        .select("item_id", "stage", "status", "start", "end", "seconds", "attempts")
    )
    found = batch.performance
    more = (
        f"the first {items} of {len(batch)} items" if len(batch) > items else f"{len(batch)} items"
    )
    title = alt.TitleParams(
        f"{found.speedup:.1f} times faster than one stage after the other",
        subtitle=f"{more}; {found.wall_s:.2f} s, the least possible {found.bound_s:.2f} s",
    )
    order = list(batch.graph.stages)
    chart: alt.Chart = (
        alt.Chart(frame, title=title)
        .mark_bar()
        .encode(
            x=alt.X("start:Q", title="seconds"),
            x2="end:Q",
            y=alt.Y("item_id:N", title="item", sort=shown),
            color=alt.Color("stage:N", sort=order, title="stage"),
            opacity=alt.condition("datum.status == 'failed'", alt.value(0.4), alt.value(1.0)),
            tooltip=["item_id:N", "stage:N", "status:N", "seconds:Q", "attempts:Q"],
        )
        .properties(width=640, height=alt.Step(14))
    )
    return chart
