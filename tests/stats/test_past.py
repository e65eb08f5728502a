"""Effects of past experiments: tau by moments, and what it does to a new estimate."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import norm
from statsmodels.stats.meta_analysis import combine_effects

from tailor_lab import stats
from tailor_lab.errors import InputError

EFFECTS = st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 100)), min_size=2, max_size=20)
NUMBER, ERROR = st.floats(-100, 100), st.floats(0.01, 100)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
@given(EFFECTS)
@settings(max_examples=60, deadline=None)
def test_around_the_mean_tau_is_dersimonian_and_lairds(past) -> None:
    values, errors = np.array(past).T
    found = stats.prior_of_effects(values, errors, around_mean=True)
    known = combine_effects(values, errors**2, method_re="dl").tau2
    assert found.tau**2 == pytest.approx(max(0.0, known), rel=1e-6, abs=1e-6)
    assert values.min() - 1e-9 <= found.mean <= values.max() + 1e-9
    assert found.n == len(values)


@given(EFFECTS, st.floats(1e-3, 1e3))
@settings(max_examples=60, deadline=None)
def test_the_unit_and_the_direction_of_effects_do_not_matter(past, factor) -> None:
    values, errors = np.array(past).T
    found = stats.prior_of_effects(values, errors)
    turned = stats.prior_of_effects(-factor * values, factor * errors)
    assert turned.tau == pytest.approx(factor * found.tau, rel=1e-6, abs=1e-6 * factor)
    assert found.mean == 0


@pytest.mark.parametrize("around_mean", [False, True])
def test_tau_is_found_where_it_is_known(around_mean: bool) -> None:
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.5, 2, 5000)
    values = rng.normal(0.5 if around_mean else 0, 1.5, 5000) + rng.normal(0, errors)
    found = stats.prior_of_effects(values, errors, around_mean=around_mean)
    assert found.tau == pytest.approx(1.5, abs=0.06)
    assert found.mean == pytest.approx(0.5 if around_mean else 0, abs=0.1)
    noise = stats.prior_of_effects(rng.normal(0, errors), errors, around_mean=around_mean)
    assert noise.tau < 0.3


def test_with_equal_errors_it_shrinks_as_the_best_of_several_does() -> None:
    values, errors = [3.0, 0.5, -1.0], [1.0, 1.0, 1.0]
    tau = stats.prior_of_effects(values, errors).tau
    each = [stats.shrink(v, e, tau).value for v, e in zip(values, errors, strict=True)]
    assert each == pytest.approx(stats.shrunken(values, errors))


@given(NUMBER, ERROR, ERROR, NUMBER, NUMBER)
@settings(max_examples=60, deadline=None)
def test_the_value_lies_between_and_the_chance_agrees_with_the_interval(
    value, se, tau, mean, margin
) -> None:
    found = stats.shrink(value, se, tau, mean=mean, margin=margin, level=0.9)
    assert min(value, mean) - 1e-9 <= found.value <= max(value, mean) + 1e-9
    assert found.low < found.value < found.high
    assert found.high - found.low <= 2 * norm.isf(0.05) * min(se, tau) * (1 + 1e-9)
    assume(min(abs(found.low - margin), abs(found.high - margin)) > 1e-6)
    assert (found.chance_above > 0.95) == (found.low > margin)
    assert (found.chance_above < 0.05) == (found.high < margin)
    higher = stats.shrink(value + 1, se, tau, mean=mean, margin=margin, level=0.9)
    assert higher.chance_above >= found.chance_above


def test_the_chance_is_bayes_rule_by_integration() -> None:
    def joint(effect: float) -> float:
        return float(norm.pdf(effect, 0.5, 1.2) * norm.pdf(2.0, effect, 0.8))

    above = integrate.quad(joint, 1.0, 20)[0] / integrate.quad(joint, -20, 20)[0]
    found = stats.shrink(2.0, 0.8, 1.2, mean=0.5, margin=1.0)
    assert found.chance_above == pytest.approx(above, abs=1e-7)


def test_intervals_hold_the_true_effect_of_the_winners_too() -> None:
    """Picked for being large, plain intervals miss; these do not (Dawid 1994)."""
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 1, 4000)
    seen = truth + rng.normal(0, 1, 4000)
    tau = stats.prior_of_effects(seen, np.ones(4000)).tau
    winners = np.flatnonzero(seen > 2)
    found = [stats.shrink(seen[i], 1.0, tau) for i in winners]
    held = [e.low < truth[i] < e.high for e, i in zip(found, winners, strict=True)]
    plain = [abs(seen[i] - truth[i]) < 1.96 for i in winners]
    assert np.mean(held) > 0.92
    assert np.mean(plain) < 0.9


def test_without_a_spread_there_is_no_certainty() -> None:
    prior = stats.prior_of_effects([0.1, -0.1, 0.2], [1.0, 1.0, 1.0])
    assert prior.tau == 0
    found = stats.shrink(3.0, 1.0, prior.tau)
    assert (found.value, found.low, found.high, found.chance_above) == (0.0, None, None, None)
    assert found.warnings[0].endswith("spread is not known.")


def test_wrong_input_is_refused_in_words() -> None:
    with pytest.raises(stats.NotEnoughData, match="1 past experiment;"):
        stats.prior_of_effects([1.0], [1.0])
    with pytest.raises(InputError, match="2 effects have 1 standard errors"):
        stats.prior_of_effects([1.0, 2.0], [1.0])
    for errors in ([0.0, 1.0], [math.nan, 1.0]):
        with pytest.raises(InputError, match="above 0"):
            stats.prior_of_effects([1.0, 2.0], errors)
    with pytest.raises(InputError, match="too large for their standard errors"):
        stats.prior_of_effects([1e300, 2.0], [1e-9, 1.0])
    with pytest.raises(InputError, match="se is 0"):
        stats.shrink(1.0, 0.0, 1.0)
    with pytest.raises(InputError, match="tau is -1"):
        stats.shrink(1.0, 1.0, -1.0)
    with pytest.raises(InputError, match="must be finite"):
        stats.shrink(math.nan, 1.0, 1.0)
