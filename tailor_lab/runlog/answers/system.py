"""The system: how much it does, how long it takes, what fails, and what the cache serves."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tailor_lab.runlog.answers.answer import Answer, Ask, Asked, Period, column, number

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class System(Answer):
    """How the machinery did; None where nothing says anything about it.

    Percentiles are exact and interpolated. `per_hour` is runs over the time from the first to the
    last, None below two runs. A stale hit counts as a hit.
    """

    runs: int
    failed: int
    """Runs that failed."""
    error_rate: float | None
    """Their share, 0 to 1."""
    per_hour: float | None
    p50_ms: float | None
    """Median time of a run."""
    p95_ms: float | None
    """What 95 % of the runs do not exceed."""
    p99_ms: float | None
    """What 99 % do not exceed."""
    cache_requests: int
    """Requests that went to the cache."""
    hit_rate: float | None
    """Share of them that the cache answered, 0 to 1."""
    slowest_stages: "pl.DataFrame" = field(repr=False)
    """A row a stage, the one that took most time in all first."""
    models: "pl.DataFrame" = field(repr=False)
    """A row a model: requests that were sent, their latencies, errors and retries."""
    errors: "pl.DataFrame" = field(repr=False)
    """A row a kind of error of runs, the commonest first."""
    by_mode: "pl.DataFrame" = field(repr=False)
    """A row a mode (or value of `by`): runs, error rate, percentiles."""
    sql: str = field(repr=False)

    def __str__(self) -> str:
        lines = [
            (
                f"{self.runs:,} runs, {number(self.per_hour, ',.1f')} an hour, "
                f"{number(self.error_rate, '.1%')} failed"
            ),
            (
                f"latency     p50 {number(self.p50_ms, ',.0f')}, "
                f"p95 {number(self.p95_ms, ',.0f')}, p99 {number(self.p99_ms, ',.0f')} ms"
            ),
            f"cache       {number(self.hit_rate, '.1%')} of {self.cache_requests:,} requests hit",
        ]
        for stage, count, p50, p95 in (
            self.slowest_stages.select("stage", "runs", "p50_ms", "p95_ms").head(3).iter_rows()
        ):
            lines.append(
                f"{stage}: {count:,} times, p50 {number(p50, ',.0f')}, p95 {number(p95, ',.0f')} ms"
            )
        return "\n".join(lines)


def system(ask: Ask, period: Period, by: str | None) -> System:
    """Computes how the machinery did by asking the log."""
    asked = Asked(ask)
    group = column("runs", by or "mode")
    runs = f"from runs {period.where('runs')}"
    whole = f"""count(*) as runs, count(*) filter (status = 'failed') as failed,
        avg((status = 'failed')::int) as error_rate, {_percentiles("duration_ms")}"""
    summary = asked.row(
        "runs",
        f"""select {whole}, case when count(*) > 1 then count(*) * 3600e6 /
        nullif(date_diff('microsecond', min(recorded_at), max(recorded_at)), 0) end as per_hour
        {runs}""",
    )
    cache = asked.row(
        "cache",
        f"""select count(*) as cache_requests,
        avg((outcome in ('hit', 'stale'))::int) as hit_rate
        from cache_requests {period.of_runs("cache_requests")}""",
    )
    return System(
        **summary,
        **cache,
        slowest_stages=asked.frame(
            "slowest_stages",
            f"""select stage, count(*) as runs, avg((status = 'failed')::int) as error_rate,
            {_percentiles("duration_ms")}, sum(duration_ms) as total_ms
            from stages {period.of_runs("stages")}
            group by stage order by total_ms desc nulls last, stage""",
        ),
        models=asked.frame(
            "models",
            f"""select coalesce(gen_ai_response_model, gen_ai_request_model) as model,
            count(*) as requests, {_percentiles("duration_ms")},
            avg((error_type is not null)::int) as error_rate,
            avg((coalesce(attempt, 1) > 1)::int) as retry_rate
            from llm_requests {period.of_runs("llm_requests", "cache_tier is null")}
            group by 1 order by requests desc, model""",
        ),
        errors=asked.frame(
            "errors",
            f"""select error_type, count(*) as runs, max(error) as example
            from runs {period.where("runs", "status = 'failed'")}
            group by error_type order by runs desc, error_type""",
        ),
        by_mode=asked.frame("by_mode", f"select {group}, {whole} {runs} group by 1 order by 1"),
        sql=asked.sql,
    )


def _percentiles(name: str) -> str:
    return ", ".join(
        f"quantile_cont({name}, {level / 100}) as p{level}_ms" for level in (50, 95, 99)
    )
