"""Single items: exact bounds that never call nothing seen nothing there, and replicates."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData


@pytest.mark.parametrize(("harmed", "n"), [(0, 60), (3, 60), (7, 20)])
def test_the_bounds_are_those_of_scipys_exact_binomial(harmed, n) -> None:
    a = np.zeros(n)
    b = np.where(np.arange(n) < harmed, -11.0, -10.0)
    found = stats.harmed(a, b, margin=10)
    one_sided = scipy_stats.binomtest(harmed, n).proportion_ci(0.90, method="exact")
    assert found.value == harmed / n
    assert (found.low, found.high) == pytest.approx((one_sided.low, one_sided.high))


@given(st.lists(st.integers(-5, 5), min_size=3, max_size=30), st.integers(0, 4), st.data())
@settings(max_examples=40, deadline=None)
def test_harm_is_monotone_and_clusters_only_widen_it(differences, margin, data) -> None:
    b = np.array(differences, dtype=float)
    a, n = np.zeros(len(b)), len(b)
    labels = [0, 1, *data.draw(st.lists(st.integers(0, 5), min_size=n - 2, max_size=n - 2))]
    found = stats.harmed(a, b, margin=margin)
    assert found.high > 0
    assert stats.harmed(a, b, margin=margin + 1).high <= found.high
    assert stats.harmed(a, b + 1, margin=margin).high <= found.high
    clustered = stats.harmed(a, b, margin=margin, clusters=labels)
    assert clustered.low <= found.low + 1e-9
    assert clustered.high >= found.high - 1e-9
    assert stats.harmed(a, -b, margin=margin, better="lower").high == found.high
    order = np.random.default_rng(0).permutation(n)
    moved = stats.harmed(a, b[order], margin=margin, clusters=np.array(labels)[order])
    assert moved.high == pytest.approx(clustered.high)


def test_a_pair_that_is_missing_leaves_with_its_cluster() -> None:
    found = stats.harmed(
        [0, 0, 0, 0], [-2, float("nan"), 0, 0], margin=1, clusters=["x", "y", "z", "z"]
    )
    assert found.n == 3
    assert found.value == pytest.approx(1 / 3)


@pytest.mark.parametrize("passed", range(6))
@pytest.mark.parametrize("k", [1, 2, 3])
def test_pass_k_counts_every_choice_of_k_runs(passed, k) -> None:
    runs = [1] * passed + [0] * (5 - passed)
    choices = list(combinations(runs, k))
    assert stats.pass_hat([passed], [5], k).value == pytest.approx(np.mean([*map(all, choices)]))
    assert stats.pass_at([passed], [5], k).value == pytest.approx(np.mean([*map(any, choices)]))
    if k == 2:
        differ = np.mean([a != b for a, b in choices])
        assert stats.flip_rate([passed], [5]).value == pytest.approx(differ)


def test_no_flip_seen_is_not_no_flip_there() -> None:
    found = stats.flip_rate([5] * 30, [5] * 30)
    assert found.value == 0
    assert found.high > 0.09
    reliable = stats.pass_hat([5] * 30, [5] * 30, 3)
    assert reliable.value == 1
    assert reliable.low < 0.91


def test_the_interval_of_pass_k_covers() -> None:
    rng = np.random.default_rng(1)
    counts = rng.binomial(5, rng.beta(8, 0.5, (200, 60)))
    truth = (8 * 9 * 10) / (8.5 * 9.5 * 10.5)
    found = [stats.pass_hat(row, np.full(60, 5), 3) for row in counts]
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.93


def test_wrong_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="margin is -1"):
        stats.harmed([1], [1], margin=-1)
    with pytest.raises(InputError, match="whole numbers"):
        stats.pass_hat([6], [5], 2)
    with pytest.raises(InputError, match="k is 0"):
        stats.pass_at([1], [5], 0)
    with pytest.raises(NotEnoughData, match="0 items"):
        stats.flip_rate([1], [1])
