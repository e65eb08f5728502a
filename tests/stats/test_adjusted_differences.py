"""Differences without what covariates explain: same mean, never more spread, same estimate."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import stats
from tailor_lab.errors import InputError

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))


@st.composite
def tables(draw):
    n = draw(st.integers(0, 25))
    columns = draw(st.integers(0, 4))
    column = st.lists(VALUES | st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)
    return draw(column), {f"x{i}": draw(column) for i in range(columns)}


@given(tables())
@settings(max_examples=150, deadline=None)
def test_the_mean_stays_and_the_variance_never_grows(table) -> None:
    differences, covariates = table
    values, notes, used = stats.adjusted_differences(differences, covariates)
    known = np.isfinite(differences)
    assert (np.isfinite(values) == known).all()
    assert used <= len(covariates)
    assert sum("not used" in note for note in notes) == len(covariates) - used
    if known.any():
        before, after = np.array(differences)[known], values[known]
        scale = np.abs(before).max() + 1e-300
        assert after.mean() == pytest.approx(before.mean(), abs=1e-9 * scale)
        assert after.std() <= before.std() + 1e-9 * scale


def test_it_gives_the_estimate_and_the_residuals_of_paired_adjusted() -> None:
    rng = np.random.default_rng(1)
    x, z = rng.normal(50, 5, 60), rng.normal(0, 1, 60)
    a = rng.normal(0, 1, 60)
    b = a + 0.3 * x + z + rng.normal(0, 1, 60)
    values, notes, used = stats.adjusted_differences(b - a, {"x": x, "z": z})
    known = stats.paired_adjusted(a, b, [x, z])
    found = stats.paired(a, a + values)
    assert (notes, used) == ((), 2)
    assert found.value == pytest.approx(known.value)
    # HC2 weighs each residual by its pull, and the t here does not know of the two slopes.
    assert found.se == pytest.approx(known.se, rel=0.1)
    assert np.corrcoef(values, x)[0, 1] == pytest.approx(0, abs=1e-9)
    assert found.se < 0.6 * stats.paired(a, b).se


def test_the_order_of_items_and_the_unit_of_a_covariate_change_nothing() -> None:
    rng = np.random.default_rng(2)
    x, z, d = rng.normal(1e6, 1, 40), rng.normal(0, 1, 40), rng.normal(0, 1, 40)
    values, _, _ = stats.adjusted_differences(d, {"x": x, "z": z})
    order = rng.permutation(40)
    moved, _, _ = stats.adjusted_differences(d[order], {"z": z[order], "x": 1e-9 * x[order]})
    assert moved == pytest.approx(values[order], abs=1e-6)


def test_covariates_without_use_are_left_out_with_a_note() -> None:
    rng = np.random.default_rng(3)
    x, d = rng.normal(0, 1, 30), rng.normal(0, 1, 30)
    covariates = {"flat": [0.1] * 30, "empty": [math.nan] * 30, "x": x, "again": 3 - 2 * x}
    values, notes, used = stats.adjusted_differences(d, covariates)
    only, _, _ = stats.adjusted_differences(d, {"x": x})
    assert used == 1
    assert values == pytest.approx(only)
    assert notes == (
        "flat is constant or unknown; it was not used.",
        "empty is constant or unknown; it was not used.",
        "again repeats other covariates; it was not used.",
    )


def test_a_missing_value_is_the_mean_of_the_others() -> None:
    rng = np.random.default_rng(4)
    x, d = rng.normal(0, 1, 30), rng.normal(0, 1, 30)
    filled = x.copy()
    filled[:3] = x[3:].mean()
    missing = x.copy()
    missing[:3] = [math.nan, math.inf, math.nan]
    values, notes, _ = stats.adjusted_differences(d, {"x": missing})
    assert values == pytest.approx(stats.adjusted_differences(d, {"x": filled})[0])
    assert notes == ("3 missing values of x were taken as its mean.",)


def test_few_differences_bear_few_covariates() -> None:
    columns = {f"x{i}": np.eye(6)[i] for i in range(6)}
    values, notes, used = stats.adjusted_differences([3.0, 1.0, 4.0, 1.0, 5.0, 9.0], columns)
    assert used == 3
    assert "6 differences are too few" in notes[0]
    assert values.std() > 0
    with pytest.raises(InputError, match="Covariate x has 2 values; give 3"):
        stats.adjusted_differences([1, 2, 3], {"x": [1, 2]})
