"""Permutations, ranks, quantiles and the bootstrap against published numbers and scipy."""

import functools

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError

# Darwin's cross- and self-fertilised maize, differences in eighths of an inch (Fisher 1935, §17).
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# Hollander and Wolfe (1973), pp. 29 and 69, as in the examples of R's wilcox.test.
DEPRESSION_BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
DEPRESSION_AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
MEMBRANE_AT_TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
MEMBRANE_EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]


def skewed(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).exponential(size=n)


def test_sign_flips_give_fishers_count_for_darwins_maize() -> None:
    """Fisher (1935), §21: 863 of 32,768 assignments on each side are as large."""
    found = stats.permutation(np.zeros(15), DARWIN)
    assert found.p == pytest.approx(2 * 863 / 32768, rel=1e-12)
    assert "exact" in found.method


@pytest.mark.parametrize("seed", range(3))
def test_exact_sign_flips_agree_with_scipy(seed: int) -> None:
    d = skewed(seed, 11) - 0.6
    theirs = scipy_stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert stats.permutation(np.zeros(11), d).p == pytest.approx(theirs.pvalue, rel=1e-12)


def test_exact_permutation_of_two_groups_agrees_with_scipy() -> None:
    a, b = skewed(1, 6), skewed(2, 7) + 0.5
    theirs = scipy_stats.permutation_test(
        (a, b), lambda x, y: abs(x.mean() - y.mean()), alternative="greater", n_resamples=np.inf
    )
    assert stats.permutation(a, b, paired=False).p == pytest.approx(theirs.pvalue, rel=1e-12)


def test_drawn_sign_flips_come_close_to_the_normal_limit() -> None:
    d = np.random.default_rng(5).normal(0.1, 1, size=400)
    z = d.sum() / np.sqrt((d**2).sum())
    found = stats.permutation(np.zeros(400), d, resamples=40_000)
    assert found.p == pytest.approx(2 * scipy_stats.norm.sf(abs(z)), abs=0.01)


def test_a_cluster_is_flipped_as_one() -> None:
    d = skewed(3, 30) - 0.7
    groups = np.repeat(np.arange(10), 3)
    found = stats.permutation(np.zeros(30), d, clusters=groups)
    sums = stats.permutation(np.zeros(10), d.reshape(10, 3).sum(axis=1))
    assert found.p == pytest.approx(sums.p, rel=1e-12)


def test_wilcoxon_gives_the_numbers_of_r_for_depression() -> None:
    """R: wilcox.test(x, y, paired = TRUE, conf.int = TRUE): p = 0.03906, 0.010 to 0.786, 0.46."""
    found = stats.wilcoxon(DEPRESSION_AFTER, DEPRESSION_BEFORE)
    assert found.p == pytest.approx(0.0390625, rel=1e-9)
    assert found.value == pytest.approx(0.46, abs=1e-9)
    assert (found.low, found.high) == (
        pytest.approx(0.010, abs=1e-9),
        pytest.approx(0.786, abs=1e-9),
    )


def test_mann_whitney_gives_the_numbers_of_r_for_membranes() -> None:
    """R: wilcox.test(x, y, conf.int = TRUE): p = 0.2544, -0.15 to 0.76, 0.305."""
    found = stats.mann_whitney(MEMBRANE_EARLY, MEMBRANE_AT_TERM)
    assert found.p == pytest.approx(0.2544, abs=5e-5)
    assert found.value == pytest.approx(0.305, abs=1e-9)
    assert (found.low, found.high) == (
        pytest.approx(-0.15, abs=1e-9),
        pytest.approx(0.76, abs=1e-9),
    )


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 3000])
def test_bca_agrees_with_scipy(n: int) -> None:
    values = skewed(7, n)
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, batch=500, rng=np.random.default_rng(1)
    ).confidence_interval
    found = stats.bootstrap(values, resamples=20_000)
    width = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.04 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.04 * width)


def test_bca_of_any_statistic_agrees_with_scipy() -> None:
    values = skewed(8, 80)
    theirs = scipy_stats.bootstrap(
        (values,), np.std, n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    found = stats.bootstrap(values, statistic=functools.partial(np.std, axis=1), resamples=20_000)
    assert found.low == pytest.approx(theirs.low, rel=0.03)
    assert found.high == pytest.approx(theirs.high, rel=0.03)


def test_the_studentized_interval_reaches_further_into_the_long_tail() -> None:
    values = skewed(9, 40)
    plain = stats.bootstrap(values, method="percentile")
    found = stats.bootstrap(values, method="studentized")
    assert (found.high or 0) > (plain.high or 0)


@pytest.mark.parametrize("paired", [True, False])
def test_quantile_differences_agree_with_scipys_bootstrap(paired: bool) -> None:
    a, b = skewed(10, 200), skewed(11, 200) + 0.2
    found = stats.quantile_difference(a, b, 0.5, paired=paired, resamples=8000)
    theirs = scipy_stats.bootstrap(
        (a, b),
        lambda x, y, axis: np.median(y, axis=axis) - np.median(x, axis=axis),
        paired=paired,
        method="percentile",
        n_resamples=8000,
        batch=500,
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert found.value == pytest.approx(np.median(b) - np.median(a), rel=1e-12)
    assert found.low == pytest.approx(theirs.low, abs=0.08 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.08 * width)


RESAMPLED = {
    "permutation": lambda a, b: stats.permutation(a, b, resamples=500),
    "bootstrap": lambda a, b: stats.bootstrap(a, b, resamples=500),
    "wilcoxon": stats.wilcoxon,
    "mann_whitney": stats.mann_whitney,
    "quantile_difference": lambda a, b: stats.quantile_difference(a, b, resamples=500),
}


@pytest.mark.parametrize("name", RESAMPLED)
def test_another_order_of_the_pairs_gives_the_same_figures(name: str) -> None:
    a, b = skewed(12, 60), skewed(13, 60) + 0.1
    order = np.random.default_rng(0).permutation(60)
    here, there = RESAMPLED[name](a, b), RESAMPLED[name](a[order], b[order])
    mine, theirs = ([e.value, e.low or 0, e.high or 0, e.p] for e in (here, there))
    assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", RESAMPLED)
def test_nothing_to_resample_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        RESAMPLED[name]([], [])


@pytest.mark.parametrize("name", RESAMPLED)
def test_equal_values_near_a_billion_show_no_difference(name: str) -> None:
    same = [1e9] * 8
    found = RESAMPLED[name](same, same)
    assert found.value == 0
    assert found.p == (None if name == "bootstrap" else 1)
