"""Looking early: published boundaries, and what peeking does to errors, simulated with seeds."""

import math

import numpy as np
import pytest

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import betting, boundaries, confidence_sequence, group_sequential, spent


def test_boundaries_are_those_that_lan_and_demets_published() -> None:
    """Lan and DeMets (1983), O'Brien-Fleming type, five looks, two-sided 5 %."""
    found = boundaries([0.2, 0.4, 0.6, 0.8, 1.0])
    assert found == pytest.approx((4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=2e-4)


def test_four_looks_give_the_boundaries_of_gs_design() -> None:
    """R, gsDesign(k = 4, test.type = 2, sfu = sfLDOF): 4.3326, 2.9631, 2.3590, 2.0141."""
    found = boundaries([0.25, 0.5, 0.75, 1.0])
    assert found == pytest.approx((4.3326, 2.9631, 2.3590, 2.0141), abs=2e-4)


def test_one_look_at_the_end_is_the_ordinary_test() -> None:
    assert boundaries([1.0])[0] == pytest.approx(1.959964, abs=1e-6)
    assert spent(1.0) == 0.05
    a, b = np.zeros(40), np.random.default_rng(3).normal(0.4, 1.0, 40)
    plain = stats.paired(a, b)
    looked = group_sequential(plain, [1.0])
    assert (looked.low, looked.high) == pytest.approx((plain.low, plain.high), rel=1e-6)
    assert looked.p == pytest.approx(plain.p, rel=1e-2)


def test_an_early_look_is_wider_and_its_p_larger() -> None:
    early = stats.paired(np.zeros(40), np.random.default_rng(3).normal(0.4, 1.0, 40))
    looked = group_sequential(early, [0.4])
    assert looked.low < early.low < early.high < looked.high
    assert looked.p > early.p
    assert (looked.p < 0.05) == (looked.low > 0 or looked.high < 0)


@pytest.mark.parametrize("fractions", [[], [0.0, 1.0], [0.5, 0.5], [0.8, 0.4]])
def test_looks_that_go_back_are_refused(fractions) -> None:
    with pytest.raises(InputError, match="must be above 0 and rise"):
        boundaries(fractions)


def peeks(looks: int, runs: int, n: int) -> tuple[float, float]:
    """How often 20 looks at nothing find something: by a plain t, by planned looks."""
    draw = np.random.default_rng(11).normal(size=(runs, n))
    ends = [round(n * (k + 1) / looks) for k in range(looks)]
    bounds = boundaries([end / n for end in ends])
    plain = planned = np.zeros(runs, dtype=bool)
    for end, bound in zip(ends, bounds, strict=True):
        part = draw[:, :end]
        z = np.abs(part.mean(axis=1)) / part.std(axis=1, ddof=1) * math.sqrt(end)
        plain = plain | (z > 1.96)
        planned = planned | (z > bound)
    return float(plain.mean()), float(planned.mean())


def test_twenty_looks_keep_their_error_where_a_plain_test_does_not() -> None:
    plain, planned = peeks(looks=20, runs=4000, n=500)
    assert plain > 0.20
    assert planned <= 0.06


def test_a_confidence_sequence_holds_at_every_moment_and_peeking_does_not() -> None:
    """Waudby-Smith and others (2024): at most 5 % of the sequences ever miss the truth."""
    draw = np.random.default_rng(5).normal(size=(400, 300))
    missed = peeked = 0
    for row in draw:
        ever = plain = False
        for n in range(50, 301, 5):
            found = confidence_sequence(row[:n], planned=150)
            ever |= not found.low <= 0 <= found.high
            plain |= abs(row[:n].mean()) > 1.96 * row[:n].std(ddof=1) / math.sqrt(n)
        missed += ever
        peeked += plain
    assert missed / 400 <= 0.05
    assert peeked / 400 > 0.15


def test_a_sequence_is_half_as_wide_again_as_one_look_where_it_is_tuned() -> None:
    """The study's 1.55 for a sequence tuned to the n at which it is read."""
    values = np.random.default_rng(1).normal(size=200)
    found = confidence_sequence(values, planned=200)
    plain = stats.paired(np.zeros(200), values)
    assert (found.high - found.low) / (plain.high - plain.low) == pytest.approx(1.55, abs=0.06)


def test_few_or_wildly_skewed_values_give_no_ends_and_say_so() -> None:
    draw = np.random.default_rng(2)
    few = confidence_sequence(draw.normal(size=20), planned=100)
    assert few.low is None
    assert "begins at 50 values" in few.warnings[0]
    skewed = np.where(draw.random(60) < 0.3, 0.0, draw.lognormal(0.0, 2.5, 60))
    wild = confidence_sequence(skewed, planned=60)
    assert wild.low is None
    assert "Too skewed" in wild.warnings[0]


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.9])
def test_bets_cover_a_rate_at_every_moment_from_the_first(rate: float) -> None:
    draw = np.random.default_rng(8)
    missed = 0
    for _ in range(60):
        row = (draw.random(120) < rate).astype(float)
        found = [betting(row[:n]) for n in range(10, 121, 10)]
        missed += any(not f.low <= rate <= f.high for f in found)
    assert missed / 60 <= 0.1


def test_bets_know_their_bounds() -> None:
    with pytest.raises(InputError, match="lie outside 0 to 1"):
        betting([0.0, 2.0])
    found = betting([-1.0, 0.0, 1.0] * 60, low=-1, high=1)
    assert found.low < 0 < found.high
    assert found.p > 0.05
    shown = betting([1.0, 1.0, 0.0] * 60, low=-1, high=1)
    assert shown.low > 0
    assert shown.p < 0.05
