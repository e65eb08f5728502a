"""Looks at unfinished data: published boundaries, and how often chance crosses them."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats.looks.anytime import tuning
from tailor_lab.stats.looks.sequential import boundaries, spent

FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]


def simulated(runs: int, n: int, seed: int) -> np.ndarray:
    """Means after each of n normal values over their standard errors, shape (runs, n)."""
    values = np.random.default_rng(seed).normal(size=(runs, n))
    return values.cumsum(axis=1) / np.sqrt(np.arange(1, n + 1))


def test_five_looks_have_the_published_boundaries() -> None:
    """The O'Brien-Fleming-type table of Lan and DeMets, whose coarser integration errs by 1e-4."""
    assert boundaries(FIVE) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=1.5e-4)


def test_two_uneven_looks_agree_with_a_bivariate_normal() -> None:
    """The chance to leave at the second look, by scipy's adaptive integration."""
    first, second = boundaries([0.3, 1.0])

    def stays(z: float) -> float:
        mean, sd = z * math.sqrt(0.3), math.sqrt(0.7)
        inside = scipy_stats.norm.cdf([-second, second], mean, sd)
        return float(scipy_stats.norm.pdf(z) * (inside[1] - inside[0]))

    kept = integrate.quad(stays, -first, first, epsabs=1e-12)[0]
    assert 1 - kept == pytest.approx(0.05, abs=1e-8)


def test_one_look_is_the_fixed_test() -> None:
    a, b = np.zeros(30), np.random.default_rng(3).normal(0.4, 1, size=30)
    plain = stats.paired(a, b)
    found = stats.group_sequential([plain], 30)
    assert (found.low, found.high) == (pytest.approx(plain.low), pytest.approx(plain.high))
    assert found.p == pytest.approx(plain.p, rel=1e-6)


def test_all_error_is_spent_at_the_end_and_no_more_after_it() -> None:
    assert spent(1.0) == pytest.approx(0.05)
    assert spent(1.2) == spent(1.0)


def test_a_final_look_that_comes_early_may_spend_what_is_left() -> None:
    early, final = boundaries([0.5, 0.8]), boundaries([0.5, 0.8], final=True)
    assert final[0] == early[0]
    assert final[1] < early[1]


def test_twenty_planned_looks_keep_the_error_where_twenty_plain_ones_do_not() -> None:
    z = np.abs(simulated(6000, 200, 1)[:, 9::10])
    assert (z > 1.96).any(axis=1).mean() > 0.2
    crossed = (z > boundaries(np.arange(1, 21) / 20)).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 6000))


def test_repeated_p_is_below_the_error_exactly_when_an_interval_leaves_zero() -> None:
    rng = np.random.default_rng(4)
    for shift in (0.0, 0.2, 0.4, 0.6):
        b = rng.normal(shift, 1, size=90)
        looks = [stats.paired(np.zeros(n), b[:n]) for n in (30, 60, 90)]
        intervals = [stats.group_sequential(looks[: k + 1], 90) for k in range(3)]
        left = any(
            i.low is not None and i.high is not None and i.low * i.high > 0 for i in intervals
        )
        assert ((intervals[-1].p or 0) < 0.05) == left


def test_a_look_too_early_to_decide_has_no_interval() -> None:
    look = stats.paired([0.0] * 4, [1.0, 2.0, 3.0, 1.5])
    found = stats.group_sequential([look], 2000)
    assert (found.low, found.high) == (None, None)
    assert any("Too early" in note for note in found.warnings)


@pytest.mark.parametrize("fractions", [[], [0.0, 1.0], [0.5, 0.5], [0.6, 0.4], [math.nan]])
def test_looks_that_do_not_move_forward_are_refused(fractions: list[float]) -> None:
    with pytest.raises(InputError):
        boundaries(fractions)


def test_the_confidence_sequence_is_the_published_mixture_boundary() -> None:
    """Robbins' normal mixture (Howard et al. 2021, eq. 14), with 0.05 and rho tuned to 100."""
    values = np.random.default_rng(6).normal(size=100)
    rho2 = tuning(100, 0.05)
    half = values.std(ddof=1) * math.sqrt(
        2 * (100 * rho2 + 1) / (100**2 * rho2) * math.log(math.sqrt(100 * rho2 + 1) / 0.05)
    )
    found = stats.confidence_sequence(values, planned=100)
    assert found.high == pytest.approx(values.mean() + half, rel=1e-12)


def test_the_tuning_makes_the_sequence_narrowest_at_the_planned_size() -> None:
    def width(log_rho2: float) -> float:
        grown = 200 * math.exp(log_rho2) + 1
        return grown / (200**2 * math.exp(log_rho2)) * math.log(grown / 0.05**2)

    best = optimize.minimize_scalar(width, bounds=(-15, 5), method="bounded").x
    assert tuning(200, 0.05) == pytest.approx(math.exp(best), rel=1e-3)


def test_watching_every_item_keeps_the_error_of_the_sequence_only() -> None:
    z = np.abs(simulated(3000, 400, 2)[:, 49:])
    n = np.arange(50, 401)
    grown = n * tuning(400, 0.05) + 1
    bound = np.sqrt(grown / (grown - 1) * np.log(grown / 0.05**2))
    assert (z > 1.96).any(axis=1).mean() > 0.2
    assert (z > bound).any(axis=1).mean() < 0.05


def test_the_sequence_p_is_the_error_at_which_it_touches_zero() -> None:
    values = np.random.default_rng(7).normal(0.5, 1, size=100)
    found = stats.confidence_sequence(values, planned=100)
    rho2 = tuning(100, 0.05)
    grown = 100 * rho2 + 1
    touching = (found.se or 0) * math.sqrt(
        grown / (100 * rho2) * math.log(grown / (found.p or 1) ** 2)
    )
    assert touching == pytest.approx(found.value, rel=1e-9)


@pytest.mark.parametrize("values", [np.ones(10), np.r_[np.zeros(99), 1000.0], np.full(80, 3.0)])
def test_the_sequence_gives_no_interval_on_few_skewed_or_equal_values(values: np.ndarray) -> None:
    found = stats.confidence_sequence(values, planned=100)
    assert (found.low, found.high, found.p) == (None, None, None)
    assert found.warnings


@pytest.mark.slow
def test_betting_keeps_the_error_on_rare_successes_at_every_moment() -> None:
    rng = np.random.default_rng(8)
    found = [stats.betting_sequence(rng.random(150) < 0.05) for _ in range(120)]
    missed = sum(not ((e.low or 0) <= 0.05 <= (e.high or 0)) for e in found)
    assert missed <= 0.05 * 120 + 3 * math.sqrt(120 * 0.05 * 0.95)


def test_betting_sequences_never_widen() -> None:
    values = np.random.default_rng(9).random(200)
    ends = [stats.betting_sequence(values[:n]) for n in (20, 50, 100, 200)]
    lows, highs = [e.low for e in ends], [e.high for e in ends]
    assert lows == sorted(lows, key=lambda x: x or 0)
    assert highs == sorted(highs, key=lambda x: x or 0, reverse=True)
    assert (ends[-1].high or 0) - (ends[-1].low or 0) < 0.3


def test_betting_on_differences_of_successes_finds_a_clear_one() -> None:
    gains = np.random.default_rng(10).choice([-1, 0, 1], p=[0.05, 0.55, 0.4], size=200)
    found = stats.betting_sequence(gains, low=-1, high=1)
    assert (found.p or 0) < 0.01
    assert (found.low or 0) > 0


def test_values_outside_the_bounds_are_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        stats.betting_sequence([0.5, 1.5])
