"""What the pages of the dashboard say, asked of the run log.

A view is a function of the lab and a number of days (None: all). Texts of users stand in it as they
are: `markup` and the template escape them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tailor_lab import charts
from tailor_lab.errors import TailorLabError
from tailor_lab.markup import Markup, badge, escape, paragraph, table, visible
from tailor_lab.report.watch import draw, means
from tailor_lab.runlog.answers.answer import Period, number

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from tailor_lab.lab import Lab
    from tailor_lab.runlog import RunLog

LIVE = timedelta(seconds=30)
"""An experiment whose last run is no older is shown as running."""
NOTHING = "Nothing is recorded yet. Run something: tailor-lab demo."
_TRENDS = {
    "improvement": "points",
    "confidence": "",
    "unsupported_claims": "claims",
    "duration_ms": "ms",
    "cost_usd": "US$",
}
_HIT_RATE = """
    select date_trunc('hour', "at") as period, count(*) as n,
        avg((outcome in ('hit', 'stale'))::int) * 100 as value
    from cache_requests {where} group by 1 order by 1
"""
_OUTCOMES = """
    select namespace, outcome, tier, count(*) as n, sum(saved_usd) as saved
    from cache_requests {where} group by all order by n desc, namespace, outcome limit 50
"""


@dataclass(frozen=True)
class Tile:
    """A number that matters, and what it counts."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class View:
    """A page: a heading, numbers, charts with their titles, and tables."""

    title: str
    tiles: Sequence[Tile] = ()
    pictures: "Sequence[tuple[str, alt.Chart]]" = ()
    tables: Sequence[Markup] = ()
    notes: Sequence[str] = ()


def effectiveness(lab: "Lab", days: int | None) -> View:
    """How well tailoring does, and what its users do with it."""
    found = lab.log.effectiveness(days=days)
    used = lab.log.engagement(days=days)
    modes = found.performance_by_mode.select(
        "mode", "total_operations", "avg_improvement", "target_met_rate", "avg_confidence"
    )
    pictures = []
    course = found.improvement_trend.select(
        period="day", value="avg_improvement", n="operations"
    ).drop_nulls("value")
    if course.height:
        pictures.append(_picture(course, "improvement", "points", "mean of each day"))
    return View(
        "Effectiveness",
        tiles=(
            Tile("operations", f"{found.total_operations:,}"),
            Tile("improvement", number(found.avg_improvement, "+.1f"), "points on average"),
            Tile("target met", number(found.target_met_rate, ".0%")),
            Tile("confidence", number(found.avg_confidence, ".2f")),
            Tile("accepted", number(used.accepted_rate, ".0%"), f"of {used.runs:,} runs"),
            Tile("users", f"{used.users:,}", f"{used.returning_users:,} came back"),
        ),
        pictures=pictures,
        tables=(
            _table(modes, "By mode", ("mode", "operations", "points", "target met", "confidence")),
        ),
        notes=() if found.total_operations else (NOTHING,),
    )


def trends(lab: "Lab", days: int | None) -> View:
    """How the metrics of runs move, by day or, within two days, by hour."""
    every = "1h" if days == 1 else "1d"
    pictures, notes = [], []
    for metric, unit in _TRENDS.items():
        try:
            found = lab.log.trend(metric, every=every, days=days)
        except TailorLabError:
            continue  # no run has it yet
        if found.frame.height:
            pictures.append(_picture(found.frame, metric, unit, str(found), every))
            notes += [str(found)] if found.change_points else []
    return View("Trends", pictures=pictures, notes=notes if pictures else (NOTHING,))


def costs(lab: "Lab", days: int | None) -> View:
    """What was spent and saved."""
    found = lab.log.costs(days=days)
    pictures = []
    if found.by_day.height:
        spent = found.by_day.select(period="day", value="spent_usd", n="requests")
        pictures.append(_picture(spent, "spent", "US$", "a day, all models"))
    models = ("model", "requests", "tokens in", "tokens out", "spent, US$")
    variants = ("variant", "runs", "US$", "successes", "US$ a point", "US$ a success")
    return View(
        "Costs",
        tiles=(
            Tile("spent", f"${found.spent_usd:,.4f}"),
            Tile("saved by the cache", f"${found.saved_usd:,.4f}"),
            Tile("waiting saved", f"{found.saved_s:,.0f} s"),
            Tile("a point of improvement", _usd(found.usd_per_point)),
            Tile("a success", _usd(found.usd_per_success), f"{found.successes:,} in all"),
        ),
        pictures=pictures,
        tables=(
            _table(found.by_model, "By model", models),
            _table(found.by_variant, "By variant", variants),
        ),
        notes=() if found.by_model.height else (NOTHING,),
    )


def cache(lab: "Lab", days: int | None) -> View:
    """How the cache and the stages do: hit rate, latency and errors."""
    found = lab.log.system(days=days)
    where = Period(days=days).where("cache_requests")
    hours = lab.log.sql(_HIT_RATE.format(where=where))
    outcomes = lab.log.sql(_OUTCOMES.format(where=where))
    stages = found.slowest_stages.select("stage", "runs", "error_rate", "p50_ms", "p95_ms")
    pictures = [_picture(hours, "hit rate", "%", "by hour", "1h")] if hours.height else []
    return View(
        "Cache and speed",
        tiles=(
            Tile("hit rate", number(found.hit_rate, ".0%"), f"of {found.cache_requests:,}"),
            Tile("runs an hour", number(found.per_hour, ",.0f")),
            Tile("median run", number(found.p50_ms, ",.0f"), "ms"),
            Tile("95th percentile", number(found.p95_ms, ",.0f"), "ms"),
            Tile("failed runs", number(found.error_rate, ".1%"), f"{found.failed:,} in all"),
        ),
        pictures=pictures,
        tables=(
            _table(outcomes, "Requests", ("namespace", "outcome", "tier", "requests", "saved, $")),
            _table(stages, "Stages", ("stage", "runs", "error rate", "p50, ms", "p95, ms")),
            _table(found.errors, "Errors", ("error", "runs", "example")),
        ),
        notes=() if found.runs else (NOTHING,),
    )


def experiments(lab: "Lab", days: int | None) -> View:
    """Every experiment, those that run first."""
    frame = lab.log.overview().experiments
    rows = []
    for name, runs, failed, variants, last in frame.iter_rows():
        if name is None or (days is not None and _age(last) > timedelta(days=days)):
            continue
        href = f"/experiment?name={quote(name, safe='')}"
        link = Markup(f'<a href="{escape(href)}" id="{escape(href)}">{escape(name)}</a>')
        state = badge("good", "running") if _age(last) < LIVE else Markup("at rest")
        rows.append((link, state, runs, failed, variants, f"{last:%Y-%m-%d %H:%M} UTC"))
    columns = ("experiment", "state", "runs", "failed", "variants", "last run")
    return View(
        "Experiments",
        tables=(table(columns, rows, numbers=(2, 3, 4)),) if rows else (),
        notes=() if rows else ("No experiment was run. Try: tailor-lab demo.",),
    )


def experiment(lab: "Lab", name: str) -> View:
    """One experiment: where it stands and, once it rests, what was decided."""
    progress = lab.log.progress("improvement", experiment=name)
    if not progress.runs:
        return View(name, notes=(f'The log holds no run of an experiment "{visible(name)}".',))
    # A second look at a running experiment would be one more chance to be fooled.
    resting = _age(_last_run(lab.log, name)) >= LIVE
    return View(
        name,
        tiles=(
            Tile("runs", f"{progress.runs:,}", f"{progress.failed:,} failed"),
            Tile("for", number(progress.running_s, ",.0f"), "seconds"),
            Tile("spent", f"${progress.cost_usd:,.4f}"),
            Tile("improvement", number(progress.mean, "+.2f"), "points on average"),
        ),
        pictures=[(means(progress), draw(progress))] if progress.course.height else (),
        tables=_evidence(lab, name) if resting else (),
        notes=() if resting else ("It is running: no decision is shown yet.",),
    )


VIEWS: dict[str, Callable[["Lab", int | None], View]] = {
    "": effectiveness,
    "trends": trends,
    "costs": costs,
    "cache": cache,
    "experiments": experiments,
}
"""The pages of the navigation by their paths."""
LABELS = {
    "": "Effectiveness",
    "trends": "Trends",
    "costs": "Costs",
    "cache": "Cache and speed",
    "experiments": "Experiments",
}


def _evidence(lab: "Lab", name: str) -> list[Markup]:
    """The decisions and what they rest on, as a notebook shows them."""
    try:
        # Without the page's own style: the browser is told to take none but the dashboard's.
        pieces = lab.result(name).compare()._page()
        return [Markup(f'<div class="tl">{"".join(map(escape, pieces))}</div>')]
    except TailorLabError as error:
        return [paragraph(str(error))]


def _last_run(log: "RunLog", name: str) -> datetime:
    query = "select max(recorded_at) as last from runs where experiment = ?"
    last: datetime = log.sql(query, [name]).item()
    return last


def _age(moment: datetime) -> timedelta:
    return datetime.now(UTC).replace(tzinfo=None) - moment


def _picture(
    frame: "pl.DataFrame", name: str, unit: str, subtitle: str, every: str = "1d"
) -> "tuple[str, alt.Chart]":
    last, when = frame["value"][-1], frame["period"][-1]
    moment = f"{when:%Y-%m-%d %H:%M}" if every == "1h" else f"{when:%Y-%m-%d}"
    title = f"{name.replace('_', ' ')}: {last:,.4g} {unit}".rstrip() + f" on {moment}"
    return title, charts.trend(
        frame, title=title, subtitle=subtitle, unit=unit, name=name.replace("_", " ")
    )


def _table(frame: "pl.DataFrame", caption: str, columns: Sequence[str]) -> Markup:
    if not frame.height:
        return Markup("")
    numbers = [i for i, kind in enumerate(frame.dtypes) if kind.is_numeric()]
    rows: list[tuple[Any, ...]] = frame.rows()
    return table(columns, rows, caption=caption, numbers=numbers)


def _usd(value: float | None) -> str:
    return "–" if value is None else f"${value:,.5f}"
