"""Few human labels correct many of a judge: right without the judge, sharper with a good one."""

import numpy as np
import pytest

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData


def table(seed, n=40, everything=400, noise=0.5, bias=1.0):
    """Human labels of the first n items and a biased judge's of all; the true mean is 0.3."""
    rng = np.random.default_rng(seed)
    truth = 0.3 + rng.normal(size=everything)
    judged = bias + 0.8 * truth + noise * rng.normal(size=everything)
    human = truth.copy()
    human[n:] = np.nan
    return human, judged


def found(human, judged, **options):
    zero = np.zeros(len(human))
    return stats.prediction_powered(zero, human, zero, judged, **options)


def test_a_judge_that_says_nothing_leaves_the_human_mean() -> None:
    human, _ = table(1)
    estimate = found(human, np.ones(400))
    assert estimate.value == pytest.approx(np.nanmean(human))
    # One more degree of freedom is spent than by the plain t.
    assert estimate.se == pytest.approx(human[:40].std() / np.sqrt(38))


def test_a_perfect_judge_gives_the_mean_of_all_items() -> None:
    """With y = f the best weight is m / (n + m), and the estimate the pooled mean of f."""
    human, _ = table(2, n=200)
    full = np.concatenate([human[:200], human[:200]])
    assert found(human, full).value == pytest.approx(full.mean(), abs=1e-3)


def test_the_estimate_is_the_published_formula() -> None:
    """PPI++: weight cov(y, f) / ((1 + n / m) var(f)), mean(y - w f) + w mean(f of the rest)."""
    human, judged = table(3, noise=1.0)
    y, f, rest = human[:40], judged[:40], judged[40:]
    weight = np.cov(y, f)[0, 1] / ((1 + 40 / 360) * judged.var(ddof=1))
    assert 0 < weight < 1
    expected = (y - weight * f).mean() + weight * rest.mean()
    assert found(human, judged).value == pytest.approx(expected)


def test_it_covers_however_biased_the_judge_and_is_sharper_than_humans_alone() -> None:
    runs = [(found(*table(seed)), table(seed)[0][:40]) for seed in range(400)]
    assert np.mean([e.low <= 0.3 <= e.high for e, _ in runs]) > 0.92
    widths = [(e.high - e.low, 4.05 * y.std(ddof=1) / np.sqrt(40)) for e, y in runs]
    with_judge, alone = np.mean(widths, axis=0)
    assert with_judge < 0.75 * alone


def test_order_and_a_shift_of_the_judge_change_nothing_and_the_effect_moves_it() -> None:
    human, judged = table(4)
    first = found(human, judged)
    order = np.random.default_rng(0).permutation(400)
    assert found(human[order], judged[order]).low == pytest.approx(first.low)
    assert found(human, judged + 7).low == pytest.approx(first.low)
    assert found(human + 1, judged).low == pytest.approx(first.low + 1)


def test_copies_of_items_add_nothing_when_they_are_clusters() -> None:
    human, judged = table(5)
    once = found(human, judged, clusters=range(400))
    copied = found(np.repeat(human, 4), np.repeat(judged, 4), clusters=np.repeat(range(400), 4))
    naive = found(np.repeat(human, 4), np.repeat(judged, 4))
    assert copied.se == pytest.approx(once.se, rel=0.05)
    assert naive.se < 0.6 * once.se


def test_wrong_input_is_refused_in_words() -> None:
    human, judged = table(6)
    with pytest.raises(NotEnoughData, match="2 pairs with human labels"):
        found(np.where(np.arange(400) < 2, human, np.nan), judged)
    with pytest.raises(InputError, match="one value for each item"):
        stats.prediction_powered([1.0], [1.0, 2.0], [1.0], [1.0])
    with pytest.raises(InputError, match="spread is not known"):
        found(np.where(np.arange(400) < 40, 1.0, np.nan), np.ones(400))
