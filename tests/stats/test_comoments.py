"""Moments of several columns against numpy, and what is estimated from them against tea-tasting."""

import math

import duckdb
import numpy as np
import polars as pl
import pytest
import tea_tasting
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import Comoments, NotEnoughData

METRICS = {"gain": ["gain", "before"], "price": ["usd", "won"]}


def frame(n: int = 4000, far: float = 0.0) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    before = rng.normal(5, 2, n)
    variant = rng.integers(0, 2, n)
    usd = far + rng.lognormal(0, 0.5, n)
    return pl.DataFrame(
        {
            "variant": variant,
            "before": before,
            "gain": 0.7 * before + 0.1 * variant + rng.normal(size=n),
            "usd": usd,
            "won": (rng.random(n) < 0.3).astype(np.float64),
        }
    )


def as_backend(rows: pl.DataFrame, backend: str) -> object:
    return {
        "polars": lambda: rows,
        "lazy": rows.lazy,
        "duckdb": lambda: duckdb.from_arrow(rows.to_arrow()),
    }[backend]()


@pytest.mark.parametrize("backend", ["polars", "lazy", "duckdb"])
@pytest.mark.parametrize("far", [0.0, 1e9])
def test_every_backend_gives_the_covariances_of_numpy(backend: str, far: float) -> None:
    rows = frame(far=far)
    found = stats.grouped_comoments(as_backend(rows, backend), METRICS, by="variant")
    for group in (0, 1):
        part = rows.filter(pl.col("variant") == group)
        for metric, columns in METRICS.items():
            mine = found[str(group), metric]
            table = part.select(columns).to_numpy()
            assert mine.n == len(table)
            assert mine.means == pytest.approx(table.mean(axis=0), rel=1e-9)
            expected = np.cov((table - table.mean(axis=0)).T)
            for i in range(2):
                for j in range(2):
                    assert mine.covariance(i, j) == pytest.approx(
                        expected[i, j], rel=1e-6, abs=1e-9
                    )


@pytest.mark.parametrize("backend", ["polars", "duckdb"])
def test_groups_a_billion_apart_keep_their_variance(backend: str) -> None:
    """The anchor can be near one group only; the pass is made again where that costs digits."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=2000)
    rows = pl.DataFrame({"g": ["a"] * 1000 + ["b"] * 1000, "x": np.r_[x[:1000], 1e9 + x[1000:]]})
    found = stats.grouped_comoments(as_backend(rows, backend), {"x": ["x"]}, by="g")
    assert found["a", "x"].covariance(0, 0) == pytest.approx(x[:1000].var(ddof=1), rel=1e-6)
    assert found["b", "x"].covariance(0, 0) == pytest.approx(x[1000:].var(ddof=1), rel=1e-6)


@pytest.mark.parametrize("backend", ["polars", "duckdb"])
def test_cuped_and_the_ratio_of_one_pass_are_those_of_tea_tasting(backend: str) -> None:
    rows = frame()
    given = as_backend(rows, backend)
    found = stats.grouped_comoments(given, METRICS, by="variant")
    theirs = tea_tasting.Experiment(
        gain=tea_tasting.Mean("gain", "before"), price=tea_tasting.RatioOfMeans("usd", "won")
    ).analyze(rows)
    price = stats.ratio_moments(found["0", "price"], found["1", "price"])
    assert price.value - 1 == pytest.approx(theirs["price"].rel_effect_size, rel=1e-9)
    cuped = stats.cuped_moments(found["0", "gain"], found["1", "gain"])
    # Their slope is that of all rows together, ours is pooled within the groups.
    assert cuped.value == pytest.approx(theirs["gain"].effect_size, rel=1e-2)
    assert (cuped.high or 0) - cuped.value == pytest.approx(
        theirs["gain"].effect_size_ci_upper - theirs["gain"].effect_size, rel=1e-2
    )


def test_the_relative_interval_is_tea_tastings() -> None:
    """Its interval of the relative difference of two means is a log-ratio delta as well."""
    rows = frame().with_columns(one=1.0)
    theirs = tea_tasting.Experiment(m=tea_tasting.Mean("usd")).analyze(rows)["m"]
    found = stats.grouped_comoments(rows, {"m": ["usd", "one"]}, by="variant")
    mine = stats.ratio_moments(found["0", "m"], found["1", "m"])
    assert mine.low - 1 == pytest.approx(theirs.rel_effect_size_ci_lower, rel=1e-2)
    assert mine.high - 1 == pytest.approx(theirs.rel_effect_size_ci_upper, rel=1e-2)


def test_cuped_from_moments_is_cuped_from_values() -> None:
    rows = frame(300)
    a, b = (rows.filter(pl.col("variant") == v) for v in (0, 1))
    plain = stats.cuped(a["gain"], b["gain"], before_a=a["before"], before_b=b["before"])
    found = stats.grouped_comoments(rows, METRICS, by="variant")
    mine = stats.cuped_moments(found["0", "gain"], found["1", "gain"])
    for field in ("value", "low", "high", "p", "se", "df"):
        assert getattr(mine, field) == pytest.approx(getattr(plain, field), rel=1e-9)


def test_a_second_look_at_new_rows_gives_the_figures_of_all_rows() -> None:
    rows = frame()
    first = stats.grouped_comoments(rows[:3900], METRICS, by="variant")
    both = stats.merged(first, stats.grouped_comoments(rows[3900:], METRICS, by="variant"))
    whole = stats.grouped_comoments(rows, METRICS, by="variant")
    for metric, judge in (("gain", stats.cuped_moments), ("price", stats.ratio_moments)):
        mine = judge(both["0", metric], both["1", metric])
        plain = judge(whole["0", metric], whole["1", metric])
        assert mine.value == pytest.approx(plain.value, rel=1e-9)
        assert mine.low == pytest.approx(plain.low, rel=1e-9)


@pytest.mark.parametrize("backend", ["polars", "duckdb"])
def test_a_row_counts_where_all_columns_of_the_metric_are_finite(backend: str) -> None:
    rows = pl.DataFrame(
        {
            "variant": ["a"] * 6,
            "x": [1.0, None, math.nan, math.inf, 5.0, 7.0],
            "y": [2.0, 2.0, 2.0, 2.0, None, 4.0],
        }
    )
    found = stats.grouped_comoments(
        as_backend(rows, backend), {"xy": ["x", "y"], "y": ["y"]}, by="variant"
    )
    assert (found["a", "xy"].n, found["a", "xy"].means) == (2, (4.0, 3.0))
    assert found["a", "y"].n == 5


TABLES = arrays(
    np.float64, st.tuples(st.integers(0, 25), st.just(2)), elements=st.floats(-1e6, 1e6)
)


@given(TABLES, TABLES)
def test_merging_is_the_moments_of_all_rows_in_either_order(first, second) -> None:
    a, b = Comoments.of(*first.T), Comoments.of(*second.T)
    whole = Comoments.of(*np.concatenate([first, second]).T)
    for both in (a + b, b + a):
        assert both.n == whole.n
        assert both.means == pytest.approx(whole.means, rel=1e-9, abs=1e-6)
        assert np.array(both.products) == pytest.approx(
            np.array(whole.products), rel=1e-9, abs=1e-1
        )


def test_what_makes_no_sense_is_refused() -> None:
    two, one = Comoments.of([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Comoments.of([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="2 columns"):
        stats.cuped_moments(one, one)
    with pytest.raises(InputError, match="merged"):
        _ = one + two
    with pytest.raises(NotEnoughData):
        Comoments.of([1.0]).covariance(0, 0)
    with pytest.raises(InputError, match="polars frame or a DuckDB"):
        stats.grouped_comoments([1], METRICS, by="v")
    with pytest.raises(InputError, match="Name one metric"):
        stats.grouped_comoments(frame(10), {"x": []}, by="variant")
    with pytest.raises(InputError, match="undefined"):
        stats.ratio_moments(two, Comoments.of([1.0, 2.0], [0.0, 0.0]))
