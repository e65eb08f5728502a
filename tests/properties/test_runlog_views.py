"""Every view of the log equals a plain polars computation over the same rows."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tailor_lab.runlog import RunLog
from tailor_lab.runlog.answers.answer import Period
from tailor_lab.runlog.answers.costs import costs
from tailor_lab.runlog.answers.effectiveness import effectiveness
from tailor_lab.runlog.answers.engagement import engagement
from tailor_lab.runlog.answers.system import system
from tailor_lab.runlog.answers.trend import trend
from tailor_lab.runlog.tables import TABLES

START = datetime(2026, 1, 1)
MOMENTS = st.integers(0, 5 * 86400).map(lambda s: START + timedelta(seconds=s))
MODES = st.sampled_from(["partial", "full", "O'Brien"])
AMOUNTS = st.none() | st.floats(0.0, 1000.0).map(lambda x: round(x, 3))
RUN = st.fixed_dictionaries(
    {
        "recorded_at": MOMENTS,
        "status": st.sampled_from(["ok", "ok", "ok", "failed"]),
        "error_type": st.sampled_from(["Timeout", "Refused"]),
        "mode": MODES,
        "variant": st.sampled_from(["a", "b"]),
        "resume_id": st.none() | st.sampled_from(["r1", "r2", "r3"]),
        "improvement": st.none() | st.floats(-50, 50).map(lambda x: round(x, 3)),
        "target_met": st.none() | st.booleans(),
        "confidence": st.none() | st.floats(0, 1),
        "tokens_used": st.none() | st.integers(0, 1000),
        "cost_usd": AMOUNTS,
        "duration_ms": AMOUNTS,
    }
)
OF_RUN = st.integers(0, 9).map(lambda i: f"run{i}")
EVENT = st.fixed_dictionaries(
    {
        "at": MOMENTS,
        "event": st.sampled_from(["viewed", "accepted", "edited", "exported", "downloaded"]),
        "run_id": OF_RUN,
        "user_id": st.none() | st.sampled_from(["u1", "u2", "u3"]),
        "session_id": st.none() | st.sampled_from(["s1", "s2", "s3", "s4"]),
    }
)
REQUEST = st.fixed_dictionaries(
    {
        "at": MOMENTS,
        "run_id": OF_RUN,
        "gen_ai_request_model": st.sampled_from(["m1", "m2"]),
        "cache_tier": st.none() | st.just("cache"),
        "cost_usd": AMOUNTS,
        "duration_ms": AMOUNTS,
        "gen_ai_usage_input_tokens": st.none() | st.integers(0, 100),
        "attempt": st.integers(1, 3),
        "error_type": st.none() | st.just("Timeout"),
    }
)
CACHED = st.fixed_dictionaries(
    {
        "at": MOMENTS,
        "run_id": OF_RUN,
        "outcome": st.sampled_from(["hit", "stale", "miss", "error"]),
        "saved_usd": AMOUNTS,
        "saved_ms": AMOUNTS,
    }
)
STAGE = st.fixed_dictionaries(
    {
        "started_at": MOMENTS,
        "run_id": OF_RUN,
        "stage": st.sampled_from(["rewrite", "score"]),
        "status": st.sampled_from(["ok", "failed"]),
        "duration_ms": AMOUNTS,
    }
)
LOG = st.fixed_dictionaries(
    {
        "runs": st.lists(RUN, min_size=1, max_size=10),
        "events": st.lists(EVENT, max_size=15),
        "llm_requests": st.lists(REQUEST, max_size=10),
        "cache_requests": st.lists(CACHED, max_size=10),
        "stages": st.lists(STAGE, max_size=10),
    }
)


class Recorded:
    """Random rows in a log, and the same rows as plain frames."""

    def __init__(self, log: RunLog, rows: dict) -> None:
        for i, run in enumerate(rows["runs"]):
            run["run_id"] = f"run{i}"
        self.frames = {}
        for table, content in rows.items():
            for row in content:
                log.record(table, row)
            kinds = {
                "VARCHAR": pl.String,
                "DOUBLE": pl.Float64,
                "BIGINT": pl.Int64,
                "BOOLEAN": pl.Boolean,
                "TIMESTAMP": pl.Datetime("us"),
            }
            schema = {
                name: kinds[kind.sql]
                for name, kind in TABLES[table].columns.items()
                if kind.sql in kinds
            }
            self.frames[table] = pl.DataFrame(content, schema=schema)
        self._connection = log.connect()

    def ask(self, query: str) -> pl.DataFrame:
        return self._connection.sql(query).pl()

    def ok(self) -> pl.DataFrame:
        return self.frames["runs"].filter(pl.col("status") == "ok")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


def recorded(folder, rows) -> Recorded:
    log = RunLog(folder / f"{len(list(folder.iterdir()))}.duckdb", drains=False)
    return Recorded(log, rows)


EXAMPLES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
close = pytest.approx


@pytest.mark.slow
@EXAMPLES
@given(rows=LOG)
def test_effectiveness_is_what_polars_computes(folder, rows) -> None:
    data = recorded(folder, rows)
    found, ok = effectiveness(data.ask, Period(), None), data.ok()
    assert found.total_operations == ok.height
    assert found.avg_improvement == close(ok["improvement"].mean(), abs=1e-9)
    assert found.target_met_rate == close(ok["target_met"].mean())
    assert found.avg_duration_ms == close(ok["duration_ms"].mean())
    assert found.avg_confidence == close(ok["confidence"].mean())
    assert found.tokens == ok["tokens_used"].sum()
    assert found.cost_usd == close(ok["cost_usd"].sum())
    for row in found.performance_by_mode.iter_rows(named=True):
        part = ok.filter(pl.col("mode") == row["mode"])
        assert row["total_operations"] == part.height
        assert row["avg_improvement"] == close(part["improvement"].mean(), abs=1e-9)
        alone = effectiveness(data.ask, Period(filters={"mode": row["mode"]}), None)
        assert alone.total_operations == part.height
    by_day = ok.group_by(pl.col("recorded_at").dt.date().alias("day")).len().sort("day")
    assert found.improvement_trend["operations"].to_list() == by_day["len"].to_list()
    data.close()


@pytest.mark.slow
@EXAMPLES
@given(rows=LOG)
def test_engagement_is_what_polars_computes(folder, rows) -> None:
    data = recorded(folder, rows)
    found, ok, events = engagement(data.ask, Period(), None), data.ok(), data.frames["events"]
    assert found.runs == ok.height
    assert (found.events, found.sessions, found.users) == (
        events.height,
        events["session_id"].drop_nulls().n_unique(),
        events["user_id"].drop_nulls().n_unique(),
    )
    sessions = (
        events.drop_nulls(["user_id", "session_id"])
        .group_by("user_id")
        .agg(pl.col("session_id").n_unique())
    )
    assert found.returning_users == sessions.filter(pl.col("session_id") > 1).height
    for name in ("accepted", "edited", "exported", "downloaded"):
        done = events.filter(pl.col("event") == name)["run_id"].unique().implode()
        share = ok["run_id"].is_in(done).mean()
        assert getattr(found, f"{name}_rate") == close(share)
    first = events.filter(pl.col("event") == "accepted").group_by("run_id").agg(pl.min("at"))
    waits = ok.join(first, on="run_id").select(
        (pl.col("at") - pl.col("recorded_at")).dt.total_milliseconds() / 1000
    )
    assert found.median_s_to_accept == close(waits.to_series().median())
    assert found.by_mode["runs"].sum() == ok.height
    assert found.daily["events"].sum() == events.height
    about = events.filter(pl.col("run_id").is_in(ok["run_id"].implode()))
    assert found.funnel["events"].sum() == about.height
    data.close()


@pytest.mark.slow
@EXAMPLES
@given(rows=LOG)
def test_system_is_what_polars_computes(folder, rows) -> None:
    data = recorded(folder, rows)
    found, runs = system(data.ask, Period(), None), data.frames["runs"]
    assert found.runs == runs.height
    assert found.failed == (runs["status"] == "failed").sum()
    for level in (50, 95, 99):
        expected = runs["duration_ms"].quantile(level / 100, "linear")
        assert getattr(found, f"p{level}_ms") == close(expected, abs=1e-9)
    span_s = (runs["recorded_at"].max() - runs["recorded_at"].min()).total_seconds()
    expected = runs.height * 3600 / span_s if runs.height > 1 and span_s else None
    assert found.per_hour == close(expected)
    cache = data.frames["cache_requests"]
    assert found.cache_requests == cache.height
    assert found.hit_rate == close(cache["outcome"].is_in(["hit", "stale"]).mean())
    stages = data.frames["stages"]
    for row in found.slowest_stages.iter_rows(named=True):
        part = stages.filter(pl.col("stage") == row["stage"])
        assert row["runs"] == part.height
        assert row["error_rate"] == close((part["status"] == "failed").mean())
        assert row["total_ms"] == close(_sum(part["duration_ms"]))
    sent = data.frames["llm_requests"].filter(pl.col("cache_tier").is_null())
    for row in found.models.iter_rows(named=True):
        part = sent.filter(pl.col("gen_ai_request_model") == row["model"])
        assert row["requests"] == part.height
        assert row["retry_rate"] == close((part["attempt"] > 1).mean())
        assert row["error_rate"] == close(part["error_type"].is_not_null().mean())
    assert found.errors["runs"].sum() == found.failed
    data.close()


def _sum(series: pl.Series) -> float | None:
    return series.sum() if series.drop_nulls().len() else None


@pytest.mark.slow
@EXAMPLES
@given(rows=LOG)
def test_costs_are_what_polars_computes(folder, rows) -> None:
    data = recorded(folder, rows)
    found, ok = costs(data.ask, Period(), None, 2.0, 0.95), data.ok()
    sent = data.frames["llm_requests"].filter(pl.col("cache_tier").is_null())
    assert found.spent_usd == close(sent["cost_usd"].sum())
    assert found.operations_usd == close(ok["cost_usd"].sum())
    served = data.frames["cache_requests"].filter(pl.col("outcome").is_in(["hit", "stale"]))
    assert found.saved_usd == close(served["saved_usd"].sum())
    assert found.saved_s == close(served["saved_ms"].sum() / 1000)
    assert found.successes == ok["target_met"].sum()
    both = ok.drop_nulls(["cost_usd", "improvement"])
    points = both["improvement"].sum()
    if abs(points) > 1e-6:
        expected = both["cost_usd"].sum() / points if points > 0 else None
        assert found.usd_per_point == close(expected)
    known = ok.drop_nulls(["cost_usd", "target_met"])
    met, paid = known["target_met"].sum(), known["cost_usd"].sum()
    assert found.usd_per_success == close(paid / met if met else None)
    assert found.roi == (close(2.0 * met / paid - 1) if paid else None)
    if found.roi_low is not None:
        assert found.roi_low <= found.roi <= found.roi_high
    assert found.by_model["spent_usd"].sum() == close(found.spent_usd)
    assert found.by_variant["runs"].sum() == ok.height
    assert found.by_day["spent_usd"].sum() == close(found.spent_usd)
    data.close()


@pytest.mark.slow
@EXAMPLES
@given(rows=LOG, window=st.integers(1, 4))
def test_a_trend_is_what_polars_computes(folder, rows, window) -> None:
    data = recorded(folder, rows)
    found = trend(data.ask, "improvement", Period(), every="1d", by=None, window=window)
    days = (
        data.ok()
        .drop_nulls("improvement")
        .group_by(pl.col("recorded_at").dt.truncate("1d").alias("period"))
        .agg(pl.len().alias("n"), pl.mean("improvement").alias("value"))
        .sort("period")
    )
    assert found.frame["period"].to_list() == days["period"].to_list()
    assert found.frame["n"].to_list() == days["n"].to_list()
    assert found.frame["value"].to_list() == close(days["value"].to_list(), abs=1e-9)
    means = []
    for i in range(days.height):
        recent = days[max(0, i - window + 1) : i + 1]
        means.append((recent["value"] * recent["n"]).sum() / recent["n"].sum())
    assert found.frame["moving_mean"].to_list() == close(means, abs=1e-9)
    data.close()


@given(st.floats(-1e6, 1e6), st.floats(1.0, 100.0), st.integers(5, 20), st.integers(5, 20))
@settings(deadline=None, max_examples=50)
def test_a_clear_step_is_found_where_it_is_whatever_its_level(level, noise, before, after) -> None:
    from tailor_lab.runlog.answers.trend import change_points

    wiggle = [noise * (-1) ** i for i in range(before + after)]
    values = [level + w + (40 * noise if i >= before else 0) for i, w in enumerate(wiggle)]
    assert (0, before, before + after) in change_points(values, [1.0] * len(values))


def test_noise_alone_seldom_makes_a_change_point() -> None:
    import numpy as np

    from tailor_lab.runlog.answers.trend import change_points

    rng = np.random.default_rng(7)
    false = sum(bool(change_points(rng.normal(size=30).tolist(), [1.0] * 30)) for _ in range(300))
    assert false <= 30
