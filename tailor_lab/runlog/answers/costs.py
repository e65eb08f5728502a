"""Costs: what was spent on which model, what the cache saved, and what came of it."""

from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.runlog.answers.answer import SUCCEEDED, Answer, Ask, Asked, Period, column, number

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class Costs(Answer):
    """Money in USD; None where nothing says anything about it.

    `spent_usd` is what requests cost that were really sent; `operations_usd` is what the runs'
    work cost when it was made, whoever paid for it, so that variants can be compared although one
    was served from the cache. Cost per point and per success, and the return, use the latter.
    """

    spent_usd: float
    operations_usd: float
    saved_usd: float
    """What answers from the cache would have cost."""
    saved_s: float
    """Waiting that the cache spared."""
    successes: int
    """Runs that met their target."""
    usd_per_point: float | None
    """Cost over the sum of improvements, of the runs that have both; None unless positive."""
    usd_per_success: float | None
    """Cost over runs that met their target, of those that have both; None unless there is one."""
    roi: float | None
    """(Value of the successes − cost) / cost; None without `value_per_success`."""
    roi_low: float | None
    """Lower end of its interval."""
    roi_high: float | None
    """Upper end."""
    by_model: "pl.DataFrame" = field(repr=False)
    """A row a model: requests, tokens, US dollars."""
    by_variant: "pl.DataFrame" = field(repr=False)
    """A row a variant (or value of `by`)."""
    by_day: "pl.DataFrame" = field(repr=False)
    """A row a day."""
    sql: str = field(repr=False)

    def __str__(self) -> str:
        lines = [
            f"spent       ${self.spent_usd:,.4f}",
            f"saved       ${self.saved_usd:,.4f} and {self.saved_s:,.0f} s by the cache",
            f"per point   ${number(self.usd_per_point, ',.5f')} of improvement",
            f"per success ${number(self.usd_per_success, ',.5f')}, {self.successes:,} in all",
        ]
        if self.roi is not None:
            low, high = number(self.roi_low, "+,.1f"), number(self.roi_high, "+,.1f")
            lines.append(f"return      {self.roi:+,.1f} for each dollar, from {low} to {high}")
        return "\n".join(lines)


def costs(
    ask: Ask, period: Period, by: str | None, value_per_success: float | None, level: float
) -> Costs:
    """Computes what was spent and what came of it by asking the log."""
    if not 0 < level < 1:
        raise InputError(f"level is {level}; it must lie between 0 and 1.")
    asked = Asked(ask)
    group = column("runs", by or "variant")
    sent = f"from llm_requests {period.of_runs('llm_requests', 'cache_tier is null')}"
    runs = f"from runs {period.where('runs', SUCCEEDED)}"
    per_run = """coalesce(sum(cost_usd), 0)::double as operations_usd,
        count(*) filter (target_met) as successes,
        case when sum(improvement) filter (cost_usd is not null) > 0
            then sum(cost_usd) filter (improvement is not null)
                / sum(improvement) filter (cost_usd is not null) end as usd_per_point,
        case when count(*) filter (target_met and cost_usd is not null) > 0
            then sum(cost_usd) filter (target_met is not null)
                / count(*) filter (target_met and cost_usd is not null) end as usd_per_success"""
    spent = asked.row("spent", f"select coalesce(sum(cost_usd), 0)::double as spent_usd {sent}")
    saved = asked.row(
        "saved",
        f"""select coalesce(sum(saved_usd), 0)::double as saved_usd,
        coalesce(sum(saved_ms), 0)::double / 1000 as saved_s
        from cache_requests {period.of_runs("cache_requests", "outcome in ('hit', 'stale')")}""",
    )
    return Costs(
        **spent,
        **saved,
        **asked.row("operations", f"select {per_run} {runs}"),
        **_return(asked, period, value_per_success, level),
        by_model=asked.frame(
            "by_model",
            f"""select coalesce(gen_ai_response_model, gen_ai_request_model) as model,
            count(*) as requests, coalesce(sum(gen_ai_usage_input_tokens), 0)::bigint
                as input_tokens,
            coalesce(sum(gen_ai_usage_output_tokens), 0)::bigint as output_tokens,
            coalesce(sum(cost_usd), 0)::double as spent_usd
            {sent} group by 1 order by spent_usd desc, model""",
        ),
        by_variant=asked.frame(
            "by_variant",
            f"select {group}, count(*) as runs, {per_run} {runs} group by 1 order by 1",
        ),
        by_day=asked.frame(
            "by_day",
            f"""select "at"::date as day, count(*) as requests,
            coalesce(sum(cost_usd), 0)::double as spent_usd {sent} group by 1 order by 1""",
        ),
        sql=asked.sql,
    )


def _return(asked: Asked, period: Period, value: float | None, level: float) -> dict[str, Any]:
    """The return with its interval, by linearising the ratio over résumés.

    Runs of one résumé are not independent, so residuals are summed by résumé (a run without one
    stands alone). Source: Cochran (1977), Sampling Techniques, §6.4 and §9A.
    """
    nothing: dict[str, Any] = {"roi": None, "roi_low": None, "roi_high": None}
    if value is None:
        return nothing
    where = period.where("runs", SUCCEEDED, "cost_usd is not null", "target_met is not null")
    found = asked.row(
        "return",
        f"""with resumes as (select sum(target_met::int) as successes, sum(cost_usd) as cost
            from runs {where} group by coalesce(resume_id, run_id, uuid()::varchar)),
        ratio as (select sum(successes) / nullif(sum(cost), 0) as r, sum(cost) as total,
            count(*) as n from resumes)
        select any_value(r) as r, any_value(n) as n,
            sum((successes - r * cost) ** 2) / any_value(total) ** 2 as spread
        from resumes, ratio""",
    )
    if found["r"] is None:
        return nothing
    roi = value * found["r"] - 1
    if found["n"] < 2:
        return {**nothing, "roi": roi}
    error = abs(value) * sqrt(found["spread"] * found["n"] / (found["n"] - 1))
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return {"roi": roi, "roi_low": roi - half, "roi_high": roi + half}
