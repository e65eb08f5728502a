"""Covariates of items: what they explain leaves the error, with clusters too."""

import numpy as np
import pytest

from tailor_lab import stats


def items(seed, groups=20, size=4, icc=0.3):
    """Differences with an effect of 0.2, explained in part by a covariate of each item."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), size)
    x = rng.normal(size=groups)[labels] + rng.normal(size=groups * size)
    noise = np.sqrt(icc) * rng.normal(size=groups)[labels]
    noise = noise + np.sqrt(1 - icc) * rng.normal(size=groups * size)
    return 0.2 + 2 * x + noise, x, labels


def test_adjusted_clusters_are_clustered_residuals_with_less_freedom() -> None:
    d, x, labels = items(3)
    found = stats.paired_adjusted(np.zeros(80), d, [x], clusters=labels)
    plain = stats.clustered(stats.adjusted_differences(d, {"x": x})[0], labels)
    assert found.value == pytest.approx(d.mean())
    assert found.se == pytest.approx(plain.se * np.sqrt(19 / 18))
    assert found.df == pytest.approx(plain.df - 1)
    assert found.se < stats.clustered(d, labels).se / 2


def test_clusters_of_one_come_close_to_hc2() -> None:
    d, x, _ = items(4, groups=200, size=1)
    found = stats.paired_adjusted(np.zeros(200), d, [x], clusters=range(200))
    plain = stats.paired_adjusted(np.zeros(200), d, [x])
    assert found.se == pytest.approx(plain.se, rel=0.02)
    assert found.df == pytest.approx(plain.df, rel=1e-9)


def test_pairs_that_are_left_out_take_their_labels_along() -> None:
    d, x, labels = items(7)
    kept = np.delete(np.arange(80), [3, 40])
    x[3], d[40] = np.nan, np.inf
    found = stats.paired_adjusted(np.zeros(80), d, [x], clusters=labels)
    plain = stats.paired_adjusted(np.zeros(78), d[kept], [x[kept]], clusters=labels[kept])
    assert (found.low, found.n) == (pytest.approx(plain.low), 78)
    assert "2 pairs" in found.warnings[0]


def test_too_few_clusters_are_refused() -> None:
    d, x, _ = items(5)
    with pytest.raises(stats.NotEnoughData, match="clusters"):
        stats.paired_adjusted(np.zeros(80), d, [x], clusters=np.arange(80) // 40)


def test_the_interval_holds_the_mean_difference_of_these_items() -> None:
    """Covariates fixed, as the estimate describes these items; 400 draws, four standard errors."""
    rng, held, rounds = np.random.default_rng(6), 0, 400
    labels = np.repeat(np.arange(15), 4)
    x = rng.normal(size=15)[labels]
    for _ in range(rounds):
        d = 0.2 + 2 * (x - x.mean()) + rng.normal(0, 0.6, 15)[labels] + rng.normal(size=60)
        found = stats.paired_adjusted(np.zeros(60), d, [x], clusters=labels)
        held += found.low <= 0.2 <= found.high
    assert held / rounds >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / rounds)
