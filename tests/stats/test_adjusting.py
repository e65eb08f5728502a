"""CUPED, Dunnett and merged moments against statsmodels, scipy and plain arithmetic."""

import duckdb
import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats.summaries.moments import Moments, grouped_moments, merged, unpaired_moments


def two_groups(seed: int, n: int = 200) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    before = rng.normal(10, 3, size=(2, n))
    after = 0.8 * before + rng.normal(0, 1, size=(2, n)) + [[0.0], [0.3]]
    return after[0], after[1], before[0], before[1]


@pytest.mark.parametrize("seed", range(3))
def test_cuped_is_the_analysis_of_covariance_of_statsmodels(seed: int) -> None:
    a, b, before_a, before_b = two_groups(seed)
    found = stats.cuped(a, b, before_a=before_a, before_b=before_b)
    design = np.column_stack(
        [np.ones(400), np.repeat([0, 1], 200), np.concatenate([before_a, before_b])]
    )
    model = sm.OLS(np.concatenate([a, b]), design).fit()
    assert found.value == pytest.approx(model.params[1], rel=1e-9)
    assert found.se == pytest.approx(model.HC1_se[1], rel=0.02)


def test_a_covariate_without_spread_leaves_welch() -> None:
    a, b, *_ = two_groups(4)
    found = stats.cuped(a, b, before_a=np.ones(200), before_b=np.ones(200))
    plain = stats.unpaired(a, b)
    assert (found.value, found.se) == (pytest.approx(plain.value), pytest.approx(plain.se))


def test_cuped_refuses_covariates_of_another_length() -> None:
    with pytest.raises(InputError, match="before_a"):
        stats.cuped([1, 2, 3], [1, 2, 3], before_a=[1, 2], before_b=[1, 2, 3])


def test_one_variant_against_the_baseline_is_the_paired_t() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=40), rng.normal(0.3, 1, size=40)
    (found,) = stats.dunnett(a, [b])
    plain = stats.paired(a, b)
    assert found.low == pytest.approx(plain.low, abs=1e-3)
    assert found.p == pytest.approx(plain.p, abs=1e-3)


@pytest.mark.parametrize(("k", "critical"), [(2, 2.212), (3, 2.349), (4, 2.442)])
def test_many_items_give_dunnetts_critical_values(k: int, critical: float) -> None:
    """Dunnett (1964), table for infinite degrees of freedom, two-sided 5 %: 2.21, 2.35, 2.44."""
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(4000, k + 1))
    # Made exactly uncorrelated, so that the differences correlate by a half as in the table.
    exact = np.linalg.qr(noise - noise.mean(axis=0))[0]
    found = stats.dunnett(exact[:, 0], [exact[:, j] for j in range(1, k + 1)])[0]
    assert ((found.high or 0) - found.value) / (found.se or 1) == pytest.approx(critical, abs=6e-3)


def test_the_intervals_of_dunnett_hold_together() -> None:
    """Against scipy's integral of the multivariate t over the box that they span."""
    rng = np.random.default_rng(7)
    table = rng.normal(size=(50, 4))
    found = stats.dunnett(table[:, 0], list(table.T[1:]))
    bound = ((found[0].high or 0) - found[0].value) / (found[0].se or 1)
    shape = np.corrcoef((table[:, 1:] - table[:, :1]).T)
    inside = scipy_stats.multivariate_t(shape=shape, df=49).cdf(
        np.full(3, bound), lower_limit=np.full(3, -bound), random_state=1, maxpts=200_000
    )
    assert inside == pytest.approx(0.95, abs=1e-3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.integers(0, 40))
def test_merged_moments_are_those_of_all_values(values: list[float], cut: int) -> None:
    both = Moments.of(values[:cut]) + Moments.of(values[cut:])
    whole = Moments.of(values)
    assert both.n == whole.n
    assert both.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert both.squares == pytest.approx(whole.squares, rel=1e-9, abs=1e-3)


def frame(n: int = 3000) -> pl.DataFrame:
    rng = np.random.default_rng(8)
    usd = rng.normal(1e9, 1, size=n)
    usd[5] = np.nan
    return pl.DataFrame(
        {"variant": rng.choice(["a", "b"], n), "usd": usd, "gain": rng.integers(0, 5, n)}
    )


@pytest.mark.parametrize("backend", ["polars", "lazy", "duckdb"])
def test_every_backend_gives_the_moments_of_the_arrays(backend: str) -> None:
    rows = frame()
    given = {
        "polars": rows,
        "lazy": rows.lazy(),
        "duckdb": duckdb.from_arrow(rows.to_arrow()),
    }[backend]
    found = grouped_moments(given, ["usd", "gain"], by="variant")
    for group in ("a", "b"):
        for metric in ("usd", "gain"):
            plain = Moments.of(rows.filter(pl.col("variant") == group)[metric])
            mine = found[group, metric]
            assert mine.n == plain.n
            assert mine.mean == pytest.approx(plain.mean, rel=1e-12)
            assert mine.variance == pytest.approx(plain.variance, rel=1e-9)


def test_a_second_look_at_the_new_rows_alone_gives_the_figures_of_all_rows() -> None:
    rows = frame()
    first = grouped_moments(rows[:2000], ["gain"], by="variant")
    found = merged(first, grouped_moments(rows[2000:], ["gain"], by="variant"))
    a, b = (rows.filter(pl.col("variant") == v)["gain"] for v in ("a", "b"))
    mine, plain = unpaired_moments(found["a", "gain"], found["b", "gain"]), stats.unpaired(a, b)
    assert mine.value == pytest.approx(plain.value, rel=1e-9)
    assert mine.p == pytest.approx(plain.p, rel=1e-9)
    assert mine.low == pytest.approx(plain.low, rel=1e-9)


def test_rows_of_another_kind_are_refused() -> None:
    with pytest.raises(InputError, match="polars frame or a DuckDB relation"):
        grouped_moments([1, 2], ["gain"], by="variant")
