"""Joint sign flips: what chooses them, and their normal limit for many units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import stats
from tailor_lab.stats.estimators import flips
from tailor_lab.stats.estimators.permutation import flipped_sums

UNITS = flips.MANY_UNITS + 1


@given(
    st.integers(0, 10_000),
    st.sampled_from([None, 12, 25]),
    st.sampled_from([-40.0, -0.3, 0.1, 1.0, 7.25, 1e4]),
)
@settings(max_examples=40, deadline=None)
def test_intervals_of_max_t_move_by_exactly_what_is_added(seed, groups, effect) -> None:
    rng = np.random.default_rng(seed)
    base, first, second = rng.normal(size=(3, 40))
    clusters = None if groups is None else rng.integers(0, groups, 40)
    ask = {"clusters": clusters, "resamples": 299, "seed": seed}
    before = stats.max_t(base, [first, second], **ask)
    after = stats.max_t(base, [first + effect, second + effect], **ask)
    for here, there in zip(before, after, strict=True):
        for end in ("low", "high"):
            mine, theirs = getattr(here, end), getattr(there, end)
            assert (mine is None) == (theirs is None)
            assert mine is None or theirs == pytest.approx(mine + effect, abs=1e-7)


def test_an_added_amount_does_not_choose_other_flips() -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(60, 3))
    index = np.concatenate([np.arange(9), rng.integers(0, 9, 51)])
    first, sizes = flips.unit_residuals(table, index)
    second, again = flips.unit_residuals(table + np.array([5.0, -3.0, 1e3]), index)
    assert second == pytest.approx(first, abs=1e-9)
    assert list(again) == list(sizes)


def really_flipped(columns, resamples, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(flips, "MANY_UNITS", 10**9)
        return flips.flipped(columns, resamples, 1)[0]


def test_critical_values_of_many_units_agree_with_real_flips(monkeypatch) -> None:
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(UNITS, 3)) @ np.array([[1, 0.6, 0], [0, 1, 0], [0, 0, 1e-6]])
    columns += rng.exponential(size=columns.shape) * [1, 1, 1e-6]
    scale, draws = np.sqrt((columns**2).sum(axis=0)), 40_000
    quick, exact = flips.flipped(columns, draws, 2)
    slow = really_flipped(columns, draws, monkeypatch)
    assert not exact
    assert np.corrcoef(quick.T) == pytest.approx(np.corrcoef(slow.T), abs=0.03)
    worst = [np.abs(sums / scale).max(axis=1) for sums in (quick, slow)]
    for share in (0.9, 0.95, 0.99):
        critical = np.quantile(worst[1], share)
        # Both shares are counted: four standard errors of their difference.
        error = 4 * (2 * share * (1 - share) / draws) ** 0.5
        assert (worst[0] <= critical).mean() == pytest.approx(share, abs=error)


def test_many_units_are_tested_as_fast_ones_and_as_well() -> None:
    rng = np.random.default_rng(4)
    base = rng.normal(size=UNITS)
    variant = base + rng.normal(0.05, 1, UNITS)
    (found,) = stats.max_t(base, [variant])
    student = stats.paired(base, variant)
    assert found.low == pytest.approx(student.low, abs=0.1 * student.se)
    assert found.high == pytest.approx(student.high, abs=0.1 * student.se)
    p = stats.permutation(base, variant).p
    assert p == pytest.approx(student.p, abs=4 * (student.p / 10_000) ** 0.5)
    assert stats.permutation(base, base + 1).p == pytest.approx(1 / 10_001)


def test_a_few_heavy_units_among_many_are_flipped_one_by_one(monkeypatch) -> None:
    columns = np.zeros((UNITS, 1))
    columns[:3, 0] = [1.0, 2.0, 4.0]
    found = flips.flipped(columns, 500, 1)[0]
    assert set(np.abs(found[:, 0])) == {1.0, 3.0, 5.0, 7.0}
    assert found.tolist() == really_flipped(columns, 500, monkeypatch).tolist()
    sizes = np.concatenate([np.full(UNITS, 1e-6), [1.0]])
    assert np.abs(np.abs(flipped_sums(sizes, 500, 0)) - 1).max() < 0.01


def test_alike_variants_and_many_units_do_not_depend_on_the_order() -> None:
    rng = np.random.default_rng(5)
    base, other, third = rng.normal(size=(3, UNITS))
    order = rng.permutation(UNITS)
    first = stats.max_t(base, [other, other, third], resamples=499)
    again = stats.max_t(base[order], [v[order] for v in (other, other, third)], resamples=499)
    for here, there in zip(first, again, strict=True):
        assert (there.low, there.high) == (pytest.approx(here.low), pytest.approx(here.high))
    assert first[0].low == pytest.approx(first[1].low)
