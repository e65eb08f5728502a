"""Several variants at once: p, interval and the set of the best never contradict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData

LEVEL = 0.95


@st.composite
def tables(draw):
    """Whole numbers of two to four variants on the same items, with clusters or without."""
    n, k = draw(st.integers(5, 16)), draw(st.integers(2, 4))
    rows = st.lists(st.integers(-3, 3), min_size=n, max_size=n)
    values = np.array(draw(st.lists(rows, min_size=k, max_size=k)), dtype=float)
    labels = [0, 1, *draw(st.lists(st.integers(0, 9), min_size=n - 2, max_size=n - 2))]
    return values, draw(st.sampled_from([None, np.array(labels)]))


def shifted(seed, *shifts, n=60):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=n) + shift for shift in shifts]


def test_one_variant_is_the_exact_sign_flip_test_with_its_own_interval() -> None:
    """scipy.stats.permutation_test of the mean of pairs, all 2^10 sign assignments."""
    differences = np.array([1.9, -0.4, 2.2, 0.3, 1.1, -0.9, 0.7, 1.6, 2.4, -0.2])
    (found,) = stats.max_t(np.zeros(10), [differences])
    theirs = scipy_stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert found.p == pytest.approx(theirs.pvalue)
    for end in (found.low, found.high):
        inside, outside = (end + s * (found.value - end) * 1e-3 for s in (1, -1))
        assert stats.permutation(np.full(10, inside), differences).p > 0.05
        assert stats.permutation(np.full(10, outside), differences).p <= 0.05


def test_many_items_agree_with_dunnett() -> None:
    base, *others = shifted(1, 0, 0.3, 0.5, 0, n=200)
    for ours, theirs in zip(stats.max_t(base, others), stats.dunnett(base, others), strict=True):
        assert ours.low == pytest.approx(theirs.low, abs=0.02)
        assert ours.high == pytest.approx(theirs.high, abs=0.02)
        assert ours.p == pytest.approx(theirs.p, abs=0.02)


@given(tables())
@settings(max_examples=30, deadline=None)
def test_p_and_interval_of_max_t_never_contradict(table) -> None:
    (base, *others), clusters = table
    for found in stats.max_t(base, others, clusters=clusters, resamples=299):
        if found.p is None:
            assert found.low is None
            assert found.high is None
            continue
        excluded = (found.low is not None and found.low > 0) or (
            found.high is not None and found.high < 0
        )
        assert excluded == (found.p <= 1 - LEVEL + 1e-12)
        assert found.low is None or found.low <= found.value
        assert found.high is None or found.high >= found.value


@given(tables(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_order_of_items_and_names_of_clusters_change_nothing(table, random) -> None:
    values, clusters = table
    order = list(range(values.shape[1]))
    random.shuffle(order)
    names = None if clusters is None else [f"s{9 - label}" for label in clusters[order]]
    first = stats.max_t(values[0], values[1:], clusters=clusters, resamples=299)
    second = stats.max_t(values[0, order], values[1:, order], clusters=names, resamples=299)
    assert [e.p for e in first] == [e.p for e in second]
    best = stats.compare_with_best(values, clusters=clusters, resamples=299)
    again = stats.compare_with_best(values[:, order], clusters=names, resamples=299)
    assert best.may_be_best == again.may_be_best


@given(tables(), st.floats(0, 2))
@settings(max_examples=30, deadline=None)
def test_sets_of_the_best_follow_from_the_intervals(table, margin) -> None:
    values, clusters = table
    found = stats.compare_with_best(values, margin=margin, clusters=clusters, resamples=299)
    assert found.may_be_best
    assert int(values.mean(axis=1).argmax()) in found.may_be_best
    for i, estimate in enumerate(found.estimates):
        ruled_out = estimate.high is not None and estimate.high <= 0
        assert (i in found.may_be_best) == (not ruled_out) == (estimate.p > 1 - LEVEL)
        surely = estimate.low is not None and estimate.low >= -margin
        assert (i in found.within_margin) == surely
    assert found.best is None or found.estimates[found.best].low == 0.0


@pytest.mark.parametrize("step", [0.3, 1.0])
def test_a_better_variant_is_never_less_likely_the_best(step) -> None:
    values = shifted(2, 0, 0.2, 0.1)
    before = stats.compare_with_best(values).estimates[1]
    after = stats.compare_with_best([values[0], values[1] + step, values[2]]).estimates[1]
    assert after.p >= before.p
    assert after.low >= before.low
    (_, first), (_, second) = (
        stats.max_t(values[0], [values[2], values[1] + more]) for more in (0, step)
    )
    assert second.p <= first.p
    assert second.low > first.low


def test_the_best_is_named_or_a_set_within_the_margin() -> None:
    clear = stats.compare_with_best(shifted(3, 0, 0.1, 2.0))
    assert clear.best == 2
    assert clear.within_margin == (2,)
    close = stats.compare_with_best(shifted(3, 0, 2.0, 2.0), margin=0.8)
    assert close.best is None
    assert close.may_be_best == (1, 2)
    assert close.within_margin == (1, 2)
    lower = stats.compare_with_best(shifted(3, 0, 0.1, -2.0), better="lower")
    assert lower.best == 2


def test_clusters_flip_as_one() -> None:
    base, better = shifted(4, 0, 0.4, n=12)
    copies = [np.repeat(values, 5) for values in (base, better)]
    (once,) = stats.max_t(base, [better])
    (copied,) = stats.max_t(copies[0], [copies[1]], clusters=np.repeat(range(12), 5))
    (naive,) = stats.max_t(copies[0], [copies[1]])
    assert copied.p == pytest.approx(once.p)
    assert copied.low == pytest.approx(once.low)
    assert naive.p < once.p / 2


def test_no_certainty_from_differences_without_spread() -> None:
    (found,) = stats.max_t([1.0, 2.0], [[2.0, 3.0]])
    assert (found.low, found.high, found.p) == (None, None, None)
    assert "spread is not known" in found.warnings[0]
    best = stats.compare_with_best([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    assert best.may_be_best == (0, 1)
    assert best.within_margin == ()
    (few,) = stats.max_t([0.0, 0.0, 0.0], [[1.0, 2.0, 3.0]])
    assert (few.low, few.high, few.p) == (None, None, 0.25)


def test_family_error_stays_at_its_level() -> None:
    rng, rounds = np.random.default_rng(6), 60
    table = rng.exponential(size=(rounds, 4, 20))
    wrong = sum(
        any(e.p <= 0.05 for e in stats.max_t(x[0], x[1:], resamples=199, seed=i))
        for i, x in enumerate(table)
    )
    missed = sum(
        0 not in stats.compare_with_best(x, resamples=199, seed=i).may_be_best
        for i, x in enumerate(table)
    )
    most = rounds * 0.05 + 3 * (rounds * 0.05 * 0.95) ** 0.5
    assert wrong <= most
    assert missed <= most


def test_wrong_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="one variant or more"):
        stats.max_t([1.0, 2.0], [])
    with pytest.raises(InputError, match="two variants"):
        stats.compare_with_best([[1.0, 2.0]])
    with pytest.raises(InputError, match="margin is -1"):
        stats.compare_with_best([[1.0, 2.0], [2.0, 1.0]], margin=-1)
    with pytest.raises(NotEnoughData, match="1 cluster;"):
        stats.max_t([1.0, 2.0], [[2.0, 1.0]], clusters=["x", "x"])
