"""Bootstrap, permutations, ranks and quantiles against published numbers and other programs."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tailor_lab.errors import InputError
from tailor_lab.stats import (
    NotEnoughData,
    bootstrap,
    mann_whitney,
    permutation,
    quantile_difference,
    wilcoxon,
)

# Darwin's maize in eighths of an inch: cross-fertilised minus self-fertilised, fifteen pairs.
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# Depression scores at two visits, nine patients: Hollander and Wolfe (1973), as in R's help.
FIRST = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
SECOND = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
# Water transfer at term and early: Hollander and Wolfe (1973), as in R's help.
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]


def draws(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def test_darwins_maize_has_fishers_p() -> None:
    """Fisher (1935), §21: 863 of 32,768 assignments on one side."""
    found = permutation(np.zeros(15), DARWIN)
    assert found.p == pytest.approx(2 * 863 / 32768, rel=1e-12)
    assert "exact" in found.method


def test_wilcoxon_gives_the_numbers_of_r() -> None:
    """R: wilcox.test(x, y, paired = TRUE): V = 40, p = 0.03906; pseudomedian 0.46."""
    found = wilcoxon(SECOND, FIRST)
    assert found.p == pytest.approx(0.0390625, rel=1e-9)
    assert found.value == pytest.approx(0.46, abs=1e-9)


def test_mann_whitney_gives_the_numbers_of_r() -> None:
    """R: wilcox.test(x, y, conf.int = TRUE): W = 35, p = 0.2544, -0.15 to 0.76, shift 0.305."""
    found = mann_whitney(EARLY, TERM)
    assert found.p == pytest.approx(0.2544123, rel=1e-6)
    assert found.value == pytest.approx(0.305, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((-0.15, 0.76), abs=1e-9)


@pytest.mark.parametrize("n", [8, 40, 300])
def test_sign_flips_agree_with_scipy(n: int) -> None:
    values = draws(n, n) + 0.2
    found = permutation(np.zeros(n), values, resamples=20_000, seed=1)
    peer = scipy_stats.permutation_test(
        (values,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        vectorized=True,
        rng=np.random.default_rng(2),
        batch=1000,
    )
    assert found.p == pytest.approx(peer.pvalue, abs=0.012)


@pytest.mark.parametrize("n", [12, 60, 3000])
def test_bca_agrees_with_scipy(n: int) -> None:
    values = np.exp(draws(n, n))
    found = bootstrap(values, resamples=20_000, seed=1)
    peer = scipy_stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=20_000,
        method="BCa",
        rng=np.random.default_rng(2),
        batch=500,
    ).confidence_interval
    width = peer.high - peer.low
    assert found.low == pytest.approx(peer.low, abs=0.03 * width)
    assert found.high == pytest.approx(peer.high, abs=0.04 * width)


def test_the_median_can_be_bootstrapped_too() -> None:
    values = draws(4, 80)
    found = bootstrap(values, statistic=lambda x: np.median(x, axis=1), resamples=4000)
    assert found.value == pytest.approx(np.median(values))
    assert found.low < found.value < found.high


def test_the_order_of_the_data_changes_no_figure() -> None:
    a, b = draws(1, 50), draws(2, 50) + 0.3
    order = np.random.default_rng(3).permutation(50)
    for estimate in (bootstrap, permutation, wilcoxon, quantile_difference):
        first, second = estimate(a, b), estimate(a[order], b[order])
        assert (first.value, first.p) == pytest.approx((second.value, second.p), rel=1e-9)


def test_quantiles_of_latency_are_compared_within_items() -> None:
    draw = np.random.default_rng(6)
    base = draw.lognormal(0, 1, 400)
    found = quantile_difference(base, base + 0.5, 0.95)
    assert found.value == pytest.approx(0.5, abs=1e-9)
    assert found.low == pytest.approx(0.5, abs=1e-9)
    apart = quantile_difference(base, base + 0.5, 0.95, paired=False)
    assert apart.high - apart.low > 0.5
    clusters = np.repeat(np.arange(40), 10)
    assert quantile_difference(base, base * 1.2, 0.5, clusters=clusters).low > 0


def test_whole_clusters_flip_their_signs_together() -> None:
    """With every value of a cluster alike, clusters and their means give the same exact p."""
    effects = [1.0, 2.0, -0.5, 3.0, 1.5, 0.7]
    values, labels = np.repeat(effects, 5), np.repeat(range(6), 5)
    clustered = permutation(np.zeros(30), values, clusters=labels)
    assert clustered.p == pytest.approx(permutation(np.zeros(6), effects).p)


def test_values_near_a_billion_keep_their_spread() -> None:
    """Raw sums of squares give a variance of 146,029 here; the truth is about 1."""
    values = 1e9 + draws(9, 500)
    found = bootstrap(values, resamples=4000)
    assert found.high - found.low == pytest.approx(2 * 1.96 / 500**0.5, rel=0.15)


@pytest.mark.parametrize("estimate", [bootstrap, permutation, wilcoxon, quantile_difference])
def test_nothing_to_estimate_from_is_refused(estimate) -> None:
    with pytest.raises(NotEnoughData):
        estimate([], [])
    with pytest.raises(InputError):
        estimate([1.0], [1.0, 2.0])


def test_equal_values_have_no_width_and_say_so() -> None:
    found = bootstrap([2.0] * 10)
    assert (found.low, found.high) == (2.0, 2.0)
    assert found.warnings
    assert wilcoxon([1.0] * 6, [1.0] * 6).p == 1.0
