"""Engagement: what people do with what was tailored for them.

A product records `events` (viewed, accepted, edited, exported, downloaded, or names of its own)
with the run they are about, the user and the session.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tailor_lab.runlog.answers.answer import SUCCEEDED, Answer, Ask, Asked, Period, column, number

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class Engagement(Answer):
    """What users did; None where nothing says anything about it.

    Rates are shares of the period's successful runs that have such an event, whenever it came.
    """

    runs: int
    """Successful runs of the period."""
    events: int
    """Events of those runs."""
    sessions: int
    """Different sessions among them."""
    users: int
    """Different users among them."""
    returning_users: int
    """Users with events in two sessions or more."""
    accepted_rate: float | None
    """Share of the runs whose result was accepted."""
    edited_rate: float | None
    """Share that was edited."""
    exported_rate: float | None
    """Share that was exported."""
    downloaded_rate: float | None
    """Share that was downloaded."""
    median_s_to_accept: float | None
    """From a run's row to its first acceptance, in seconds."""
    funnel: "pl.DataFrame" = field(repr=False)
    """A row an event name: how often, for how many runs and users, and the share of runs."""
    by_mode: "pl.DataFrame" = field(repr=False)
    """A row a mode (or value of `by`): runs, and the rates."""
    daily: "pl.DataFrame" = field(repr=False)
    """A row a day."""
    sql: str = field(repr=False)

    def __str__(self) -> str:
        lines = [
            (
                f"{self.events:,} events in {self.sessions:,} sessions of {self.users:,} users, "
                f"of whom {self.returning_users:,} came back"
            ),
            (
                f"of {self.runs:,} runs: accepted {number(self.accepted_rate, '.0%')}, "
                f"edited {number(self.edited_rate, '.0%')}, "
                f"exported {number(self.exported_rate, '.0%')}, "
                f"downloaded {number(self.downloaded_rate, '.0%')}"
            ),
            f"time to accept  {number(self.median_s_to_accept, ',.0f')} s, median",
        ]
        return "\n".join(lines)


_NAMES = ("accepted", "edited", "exported", "downloaded")


def engagement(ask: Ask, period: Period, by: str | None) -> Engagement:
    """Computes what users did by asking the log."""
    asked = Asked(ask)
    group = column("runs", by or "mode")
    cohort = f"""cohort as (
        select run_id, recorded_at, {group} as grouped from runs
        {period.where("runs", SUCCEEDED)}
    )"""
    first = """done as (
        select run_id, event, count(*) as n, min("at") as first_at
        from events where run_id is not null group by all
    )"""
    rates = ", ".join(
        f"avg((run_id in (select run_id from done where event = '{name}'))::int) as {name}_rate"
        for name in _NAMES
    )
    events = f"from events {period.of_runs('events')}"
    counts = asked.row(
        "counts",
        f"""select count(*) as events, count(distinct session_id) as sessions,
        count(distinct user_id) as users {events}""",
    )
    back = asked.row(
        "returning_users",
        f"""select count(*) as returning_users from (select user_id {events}
        group by user_id having user_id is not null and count(distinct session_id) > 1)""",
    )
    shares = asked.row(
        "rates", f"with {cohort}, {first} select count(*) as runs, {rates} from cohort"
    )
    time = asked.row(
        "time_to_accept",
        f"""with {cohort}, {first}
        select median(date_diff('millisecond', recorded_at, first_at)) / 1000.0
            as median_s_to_accept
        from cohort join done using (run_id) where event = 'accepted'""",
    )
    return Engagement(
        **counts,
        **back,
        **shares,
        **time,
        funnel=asked.frame(
            "funnel",
            f"""with {cohort} select event, count(*) as events,
            count(distinct run_id) as runs, count(distinct user_id) as users,
            count(distinct run_id) / (select count(*) from cohort) as rate
            from events where run_id in (select run_id from cohort)
            group by event order by runs desc, event""",
        ),
        by_mode=asked.frame(
            "by_mode",
            f"""with {cohort}, {first} select grouped as {group}, count(*) as runs, {rates}
            from cohort group by grouped order by grouped""",
        ),
        daily=asked.frame(
            "daily",
            f"""select "at"::date as day, count(*) as events,
            count(distinct session_id) as sessions, count(distinct user_id) as users
            {events} group by 1 order by 1""",
        ),
        sql=asked.sql,
    )
