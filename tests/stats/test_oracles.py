"""Worked examples: published numbers, and those of statsmodels and scipy on the same data.

Each line names its source. Together with those of the other files here, more than 60.
"""

import math
import warnings

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tailor_lab import stats

SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def group(successes: int, n: int) -> list[int]:
    return [1] * successes + [0] * (n - successes)


def newcombe(x: int, m: int, y: int, n: int) -> tuple[float, float]:
    found = stats.proportions(group(y, n), group(x, m))
    return round(found.low, 4), round(found.high, 4)


def score_interval(x: int, m: int, y: int, n: int) -> tuple[float, float]:
    found = stats.miettinen_nurminen(group(y, n), group(x, m))
    return round(found.low, 4), round(found.high, 4)


def pairs(both: int, lost: int, gained: int, neither: int) -> tuple[list[int], list[int]]:
    a = [1] * (both + lost) + [0] * (gained + neither)
    b = [1] * both + [0] * lost + [1] * gained + [0] * neither
    return a, b


ORACLES = {
    "R, t.test(sleep, paired): mean": (lambda: stats.paired(SLEEP_1, SLEEP_2).value, 1.58, 1e-9),
    "R, t.test(sleep, paired): p": (
        lambda: stats.paired(SLEEP_1, SLEEP_2).p,
        0.00283289,
        1e-5,
    ),
    "R, t.test(sleep): df": (lambda: stats.unpaired(SLEEP_1, SLEEP_2).df, 17.776, 1e-4),
    "R, power.t.test(n=20, delta=1, sd=1)": (
        lambda: stats.power(20, difference=1.0, design=stats.Unpaired(1.0)),
        0.8689528,
        1e-6,
    ),
    "R, power.t.test(power=.90, delta=1): n=22.02": (
        lambda: stats.sample_size(1.0, design=stats.Unpaired(1.0), target=0.9),
        23,
        0,
    ),
    "R, power.prop.test(n=50, p1=.50, p2=.75)": (
        lambda: stats.power(50, difference=0.25, design=stats.Shares(0.5)),
        0.740,
        5e-4,
    ),
    "R, power.prop.test(p1=.50, p2=.75, power=.90): n=76.7": (
        lambda: stats.sample_size(0.25, design=stats.Shares(0.5), target=0.9),
        77,
        0,
    ),
    "Cohen (1988), paired, d=0.5, 80 %: 34 pairs": (
        lambda: stats.sample_size(0.5, sd=1.0),
        34,
        0,
    ),
    "G*Power, paired, d=0.2, 80 %: 199 pairs": (lambda: stats.sample_size(0.2, sd=1.0), 199, 0),
    "G*Power, two groups, d=0.5, 80 %: 64 each": (
        lambda: stats.sample_size(0.5, design=stats.Unpaired(1.0)),
        64,
        0,
    ),
    "Newcombe (1998), table II a: 56/70 against 48/80, low": (
        lambda: newcombe(56, 70, 48, 80)[0],
        0.0524,
        0,
    ),
    "Newcombe (1998), table II a, high": (lambda: newcombe(56, 70, 48, 80)[1], 0.3339, 0),
    "Newcombe (1998), table II b: 9/10 against 3/10, low": (
        lambda: newcombe(9, 10, 3, 10)[0],
        0.1705,
        0,
    ),
    "Newcombe (1998), table II b, high": (lambda: newcombe(9, 10, 3, 10)[1], 0.8090, 0),
    "Newcombe (1998), table II e: 5/56 against 0/29, low": (
        lambda: newcombe(5, 56, 0, 29)[0],
        -0.0381,
        0,
    ),
    "Newcombe (1998), table II e, high": (lambda: newcombe(5, 56, 0, 29)[1], 0.1926, 0),
    "Newcombe (1998), table II g: 10/10 against 0/20, low": (
        lambda: newcombe(10, 10, 0, 20)[0],
        0.6791,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II a, low": (
        lambda: score_interval(56, 70, 48, 80)[0],
        0.0528,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II a, high": (
        lambda: score_interval(56, 70, 48, 80)[1],
        0.3382,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II b, low": (
        lambda: score_interval(9, 10, 3, 10)[0],
        0.1700,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II b, high": (
        lambda: score_interval(9, 10, 3, 10)[1],
        0.8406,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II e, low": (
        lambda: score_interval(5, 56, 0, 29)[0],
        -0.0326,
        0,
    ),
    "Miettinen-Nurminen in Newcombe's table II e, high": (
        lambda: score_interval(5, 56, 0, 29)[1],
        0.1933,
        0,
    ),
    "Fagerland and others (2013), airway table (1, 1, 7, 12): mid-p": (
        lambda: stats.paired_proportions(*pairs(1, 1, 7, 12)).p,
        0.0391,
        2e-3,
    ),
    "scipy's manual, boschloo_exact([[74, 31], [43, 32]]): 0.0355 one-sided": (
        lambda: stats.boschloo(group(31, 63), group(74, 117)).p,
        2 * 0.0355,
        3e-3,
    ),
    "Lan-DeMets, O'Brien-Fleming, 5 looks: inflation 1.025 (gsDesign)": (
        lambda: stats.look_inflation(5),
        1.025,
        5e-4,
    ),
    "Jennison and Turnbull (2000): one look costs nothing": (
        lambda: stats.look_inflation(1),
        1.0,
        0,
    ),
    "Hedges' g of sleep: 0.832 x (1 - 3/71)": (
        lambda: stats.cohens_d(SLEEP_1, SLEEP_2, paired=False).value,
        0.8321811 * (1 - 3 / 71),
        2e-4,
    ),
    "Cohen's d_z of sleep is t / sqrt(n)": (
        lambda: stats.cohens_d(SLEEP_1, SLEEP_2).value,
        4.062128 / math.sqrt(10),
        1e-6,
    ),
    "Student's t posterior, 1, 2, 0, 1 (by hand): better": (
        lambda: stats.belief([0.0] * 4, [1.0, 2.0, 0.0, 1.0]).probability_better,
        scipy_stats.t.cdf(math.sqrt(6), 3),
        1e-12,
    ),
    "normal prior of the data's own error halves the mean": (
        lambda: (
            stats.belief([0.0] * 4, [1.0, 2.0, 0.0, 1.0], prior_sd=math.sqrt(1 / 6)).expected_gain
        ),
        0.5,
        1e-12,
    ),
    "James-Stein by hand: 3, 0.5, -1 with error 1": (
        lambda: stats.shrunken([3.0, 0.5, -1.0], [1.0, 1.0, 1.0])[0],
        3 * (10.25 / 3 - 1) / (10.25 / 3),
        1e-12,
    ),
    "Kish: clusters of 5 with icc 0.25 need twice the items": (
        lambda: stats.Clustered(1.0, 0.25, 5).design_effect,
        2.0,
        0,
    ),
    "correlation 0.5 of equal spreads leaves their spread": (
        lambda: stats.Paired(sd_a=2.0, sd_b=2.0, correlation=0.5).spread,
        2.0,
        1e-12,
    ),
}


@pytest.mark.parametrize("source", ORACLES)
def test_a_worked_example_gives_its_number(source: str) -> None:
    compute, expected, tolerance = ORACLES[source]
    assert compute() == pytest.approx(expected, rel=tolerance, abs=1e-12 if tolerance else 0)


def test_odds_ratios_are_those_of_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import Table2x2

    found = stats.odds_ratio(group(10, 100), group(20, 100))
    table = Table2x2([[20, 80], [10, 90]])
    low, high = table.oddsratio_confint()
    assert (found.value, found.low, found.high, found.p) == pytest.approx(
        (table.oddsratio, low, high, table.oddsratio_pvalue()), rel=1e-9
    )


def test_regression_adjustment_is_the_ordinary_least_squares_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    x = rng.normal(size=(90, 2))
    treated = np.repeat([0.0, 1.0], [40, 50])
    y = x @ [1.0, -0.5] + 0.3 * treated + rng.normal(size=90)
    found = stats.regression_adjusted(y[:40], y[40:], list(x[:40].T), list(x[40:].T))
    centred = x - x.mean(axis=0)
    design = np.column_stack([np.ones(90), treated, centred, centred * treated[:, None]])
    peer = sm.OLS(y, design).fit(cov_type="HC2", use_t=True)
    low, high = peer.conf_int()[1]
    assert (found.value, found.se, found.low, found.high, found.p) == pytest.approx(
        (peer.params[1], peer.bse[1], low, high, peer.pvalues[1]), rel=1e-8
    )


def test_paired_adjustment_is_the_intercept_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    x = rng.normal(size=60)
    differences = 0.4 * x + 0.2 + rng.normal(size=60) / 2
    found = stats.paired_adjusted(np.zeros(60), differences, [x])
    design = np.column_stack([np.ones(60), x - x.mean()])
    peer = sm.OLS(differences, design).fit(cov_type="HC2", use_t=True)
    assert (found.value, found.se) == pytest.approx((peer.params[0], peer.bse[0]), rel=1e-9)
    assert found.se < stats.paired(np.zeros(60), differences).se


def test_the_power_of_each_design_is_that_of_statsmodels() -> None:
    from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower

    paired = TTestPower().power(0.3, nobs=80, alpha=0.05, alternative="larger")
    one_sided = TTestPower().power(0.3, nobs=80, alpha=0.025, alternative="larger")
    assert stats.power(80, difference=0.3, sd=1.0) == pytest.approx(one_sided, rel=1e-6)
    assert paired > one_sided
    split = TTestIndPower().power(0.4, nobs1=60, alpha=0.025, alternative="larger")
    found = stats.power(60, difference=0.4, design=stats.Unpaired(1.0))
    assert found == pytest.approx(split, rel=1e-6)
    normal = NormalIndPower().power(0.2, nobs1=5_000, alpha=0.025, alternative="larger")
    ratio = stats.power(5_000, difference=0.2, design=stats.Unpaired(1.0))
    assert ratio == pytest.approx(normal, abs=1e-6)


def test_the_expected_loss_is_that_of_drawing_from_the_posterior() -> None:
    rng = np.random.default_rng(5)
    differences = rng.normal(0.1, 1, 50)
    found = stats.belief(np.zeros(50), differences)
    se = differences.std(ddof=1) / math.sqrt(50)
    drawn = differences.mean() + se * rng.standard_t(49, 1_000_000)
    assert found.probability_better == pytest.approx((drawn > 0).mean(), abs=2e-3)
    assert found.expected_loss == pytest.approx(np.maximum(0, -drawn).mean(), rel=0.02)


def test_beliefs_in_shares_are_those_of_a_grid() -> None:
    grid = (np.arange(2000) + 0.5) / 2000
    a = scipy_stats.beta.pdf(grid, 11, 91)
    b = scipy_stats.beta.pdf(grid, 19, 83)
    weights = np.outer(b, a)
    weights /= weights.sum()
    gap = grid[:, None] - grid[None, :]
    found = stats.belief_in_shares(group(10, 100), group(18, 100))
    assert found.probability_better == pytest.approx(weights[gap > 0].sum(), abs=2e-3)
    assert found.expected_loss == pytest.approx((weights * np.maximum(0, -gap)).sum(), rel=0.05)


def test_the_interval_of_an_effect_size_leaves_its_tails_to_the_noncentral_t() -> None:
    found = stats.cohens_d(SLEEP_1, SLEEP_2)
    t = found.value * math.sqrt(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        above = scipy_stats.nct.sf(t, 9, found.low * math.sqrt(10))
        below = scipy_stats.nct.cdf(t, 9, found.high * math.sqrt(10))
    assert (above, below) == pytest.approx((0.025, 0.025), rel=1e-6)


def test_cliffs_delta_is_the_mann_whitney_statistic_rescaled() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 9, 40), rng.integers(1, 10, 30)
    u = scipy_stats.mannwhitneyu(b, a).statistic
    found = stats.cliffs_delta(a, b)
    assert found.value == pytest.approx(2 * u / (40 * 30) - 1, rel=1e-12)
    assert -1 <= found.low < found.value < found.high <= 1


def test_a_ratio_of_totals_is_the_delta_method_by_hand() -> None:
    rng = np.random.default_rng(7)
    table = rng.lognormal(0, 0.5, (200, 4))
    found = stats.ratio_of_totals(*table.T)
    means = table.mean(axis=0)
    slope = np.array([-1 / means[0], 1 / means[1], 1 / means[2], -1 / means[3]])
    se = math.sqrt(slope @ np.cov(table.T) @ slope / 200)
    assert found.value == pytest.approx(means[2] / means[3] * means[1] / means[0])
    reach = scipy_stats.t.ppf(0.975, 199) * se
    assert (math.log(found.high / found.value)) == pytest.approx(reach, rel=1e-9)


def test_few_successes_get_a_set_that_says_so_and_none_is_undefined() -> None:
    rng = np.random.default_rng(8)
    usd = rng.lognormal(0, 0.3, (2, 40))
    few = np.array(group(6, 40))
    found = stats.ratio_of_totals(usd[0], few, usd[1], np.roll(few, 3))
    assert "Fieller-type" in found.method
    assert any("Only 6" in warning for warning in found.warnings)
    with pytest.raises(stats.NotEnoughData, match="total of b_bottom is 0: the ratio is undefined"):
        stats.ratio_of_totals(usd[0], few, usd[1], np.zeros(40))


@pytest.mark.parametrize("shares", [(0.3, 0.4), (0.02, 0.05), (0.5, 0.5)])
def test_splits_from_moments_are_those_of_the_rows(shares: tuple[float, float]) -> None:
    rng = np.random.default_rng(9)
    a, b = (rng.binomial(1, share, 300) for share in shares)
    whole = stats.proportions(a, b)
    moments = stats.split_proportions(stats.Moments.of(a), stats.Moments.of(b))
    assert (moments.low, moments.high, moments.p) == pytest.approx(
        (whole.low, whole.high, whole.p), rel=1e-9
    )


def test_a_split_ratio_is_the_set_of_factors_that_a_welch_test_does_not_reject() -> None:
    rng = np.random.default_rng(10)
    a, b = rng.lognormal(0, 0.6, 80), rng.lognormal(0.2, 0.6, 70)
    found = stats.split_ratio(stats.Moments.of(a), stats.Moments.of(b))
    df = stats.unpaired(a, b).df
    for end in (found.low, found.high):
        se = math.sqrt(b.var(ddof=1) / 70 + end**2 * a.var(ddof=1) / 80)
        t = (b.mean() - end * a.mean()) / se
        assert abs(t) == pytest.approx(scipy_stats.t.ppf(0.975, df), rel=1e-9)


def test_simulated_power_is_within_a_point_of_the_formula() -> None:
    rng = np.random.default_rng(11)
    past = rng.normal(0, 1, 20_000)
    for n, difference in ((30, 0.53), (100, 0.28), (200, 0.2)):
        formula = stats.power(n, difference=difference, sd=float(past.std(ddof=1)))
        drawn = stats.simulated_power(past, difference=difference, n=n, rounds=20_000)
        assert drawn == pytest.approx(formula, abs=0.01)


def test_looks_need_as_many_more_items_as_simulation_finds() -> None:
    """The power of three looks at the inflated size is the power of one at the plain one."""
    rng = np.random.default_rng(12)
    shift, rounds = 0.2, 4_000
    plain = stats.sample_size(shift, sd=1.0)
    n = math.ceil(plain * stats.look_inflation(3))
    sizes = [math.ceil(n * k / 3) for k in (1, 2, 3)]
    from tailor_lab.stats.looks.sequential import boundaries

    bounds = boundaries([size / n for size in sizes], final=True)
    found = 0
    for _ in range(rounds):
        values = rng.normal(shift, 1, n)
        zs = [values[:size].mean() * math.sqrt(size) for size in sizes]
        found += any(z > bound for z, bound in zip(zs, bounds, strict=True))
    assert found / rounds == pytest.approx(0.8, abs=0.02)


@pytest.mark.slow
def test_mcnemars_power_is_what_simulation_finds() -> None:
    rng = np.random.default_rng(13)
    design = stats.PairedShares(discordant=0.3)
    n = stats.sample_size(0.1, design=design)
    gained, lost = 0.2, 0.1
    rounds = 1_500
    found = 0
    for _ in range(rounds):
        drawn = rng.choice([1, -1, 0], n, p=[gained, lost, 1 - gained - lost])
        b = (drawn > 0).astype(int)
        a = (drawn < 0).astype(int)
        found += stats.paired_proportions(a, b).p < 0.05
    assert found / rounds == pytest.approx(0.8, abs=0.04)
