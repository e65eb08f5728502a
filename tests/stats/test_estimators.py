"""Estimators against published numbers and other implementations, and on awkward data."""

import math
import warnings

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData

# Student's sleep data (1908), as in R's `sleep`: extra hours under two drugs, ten patients.
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def draws(seed: int, n: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def test_paired_t_gives_the_numbers_of_r_for_sleep() -> None:
    """R: t.test(extra ~ group, paired = TRUE): t = -4.0621, p = 0.002833, -2.4599 to -0.7001."""
    found = stats.paired(SLEEP_1, SLEEP_2)
    assert found.value == pytest.approx(1.58)
    assert (found.low, found.high) == (pytest.approx(0.7001142), pytest.approx(2.4598858))
    assert found.p == pytest.approx(0.00283289, rel=1e-5)
    assert found.df == 9


def test_welch_gives_the_numbers_of_r_for_sleep() -> None:
    """R: t.test(extra ~ group): df = 17.776, p = 0.07939, -3.3654832 to 0.2054832."""
    found = stats.unpaired(SLEEP_1, SLEEP_2)
    assert found.df == pytest.approx(17.776, abs=5e-4)
    assert found.p == pytest.approx(0.07939414, rel=1e-5)
    assert (found.low, found.high) == (pytest.approx(-0.2054832), pytest.approx(3.3654832))


@pytest.mark.parametrize("seed", range(5))
def test_means_agree_with_scipy(seed: int) -> None:
    a, b = draws(seed), draws(seed + 100, 60) + 0.3
    paired = scipy_stats.ttest_rel(b, a)
    assert stats.paired(a, b).p == pytest.approx(paired.pvalue, rel=1e-9)
    assert stats.paired(a, b).low == pytest.approx(paired.confidence_interval().low, rel=1e-9)
    welch = scipy_stats.ttest_ind(b, a[:40], equal_var=False)
    found = stats.unpaired(a[:40], b)
    assert found.p == pytest.approx(welch.pvalue, rel=1e-9)
    assert found.high == pytest.approx(welch.confidence_interval().high, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_clusters_of_one_are_the_paired_t(seed: int) -> None:
    differences = draws(seed)
    clustered = stats.clustered(differences, range(60))
    paired = stats.paired(np.zeros(60), differences)
    assert clustered.se == pytest.approx(paired.se, rel=1e-12)
    assert clustered.df == pytest.approx(59, rel=1e-12)


def test_equal_clusters_are_the_t_on_their_means() -> None:
    values = draws(7, 60)
    groups = np.repeat(np.arange(12), 5)
    means = values.reshape(12, 5).mean(axis=1)
    found, plain = stats.clustered(values, groups), stats.paired(np.zeros(12), means)
    assert (found.low, found.high) == (pytest.approx(plain.low), pytest.approx(plain.high))


def test_cr2_agrees_with_its_definition_by_matrices() -> None:
    """Bell and McCaffrey (2002): adjust residuals by (I - H)^(-1/2), computed here in full."""
    values = draws(8, 30)
    sizes = [2, 3, 5, 8, 12]
    groups = np.repeat(np.arange(5), sizes)
    n = 30
    hat = np.full((n, n), 1 / n)
    residual = values - values.mean()
    total = 0.0
    vectors = []
    for g in range(5):
        inside = groups == g
        block = np.eye(inside.sum()) - hat[np.ix_(inside, inside)]
        eigen, basis = np.linalg.eigh(block)
        adjust = basis @ np.diag(eigen**-0.5) @ basis.T
        total += float(np.ones(inside.sum()) @ adjust @ residual[inside]) ** 2
        row = np.zeros(n)
        row[inside] = adjust @ np.ones(inside.sum())
        vectors.append((np.eye(n) - hat) @ row)
    gram = np.array(vectors) @ np.array(vectors).T
    found = stats.clustered(values, groups)
    assert found.se == pytest.approx(math.sqrt(total) / n, rel=1e-10)
    assert found.df == pytest.approx(np.trace(gram) ** 2 / np.trace(gram @ gram), rel=1e-10)


def test_tango_is_the_set_of_differences_that_its_score_test_does_not_reject() -> None:
    """Tango (1998), eq. 9 to 13, on a fine grid: 9 gained and 1 lost of 30."""
    gained, lost, n = 9, 1, 30

    def score(delta: float) -> float:
        b = -gained - lost + (2 * n - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        share = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        return (gained - lost - n * delta) / math.sqrt(n * (2 * share + delta * (1 - delta)))

    accepted = [d for d in np.linspace(-0.95, 0.95, 40001) if abs(score(d)) <= 1.959963984540054]
    found = stats.paired_proportions([0] * 9 + [1] * 21, [1] * 9 + [0] + [1] * 20)
    assert found.value == pytest.approx(8 / 30)
    assert found.low == pytest.approx(min(accepted), abs=1e-4)
    assert found.high == pytest.approx(max(accepted), abs=1e-4)


def test_mcnemar_mid_p_gives_the_published_number() -> None:
    """Fagerland, Lydersen and Laake (2013), table 1: 1 and 7 discordant pairs, mid-p 0.0391."""
    a = [0] * 7 + [1] * 1 + [0] * 12
    b = [1] * 7 + [0] * 1 + [0] * 12
    assert stats.paired_proportions(a, b).p == pytest.approx(0.0391, abs=5e-5)


def test_newcombe_agrees_with_statsmodels() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    a, b = [1] * 48 + [0] * 32, [1] * 56 + [0] * 14
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
    found = stats.proportions(a, b)
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-9), pytest.approx(high, rel=1e-9))


def test_a_proportion_without_discordant_pairs_still_has_a_width() -> None:
    found = stats.paired_proportions([1] * 50, [1] * 50)
    assert found.p == 1.0
    assert found.low < 0 < found.high


@pytest.mark.parametrize("seed", range(3))
def test_fieller_is_the_set_of_ratios_that_a_paired_t_does_not_reject(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0, 0.6, 40)
    b = a * 0.8 * rng.lognormal(0, 0.3, 40)
    found = stats.ratio(a, b)
    for edge in (found.low, found.high):
        assert stats.paired(edge * a, b).p == pytest.approx(0.05, abs=1e-9)
    assert found.p == pytest.approx(stats.paired(a, b).p, rel=1e-9)


def test_clustered_fieller_is_the_set_that_the_clustered_test_does_not_reject() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(25), 4)
    a = rng.lognormal(0, 0.5, 100)
    b = a * rng.lognormal(-0.1, 0.4, 100)
    found = stats.ratio(a, b, clusters=groups)
    for edge in (found.low, found.high):
        assert stats.clustered(b - edge * a, groups).p == pytest.approx(0.05, abs=1e-9)


def test_a_ratio_to_a_mean_near_zero_has_no_end_and_says_so() -> None:
    found = stats.ratio([0.1, -0.1, 0.05, 0.0, 0.1], [1.0, -1.0, 0.5, 0.2, 0.1])
    assert found.low is None
    assert found.high is None
    assert any("do not tell" in warning for warning in found.warnings)
    with pytest.raises(InputError, match="not above 0"):
        stats.ratio([0.0, 0.0], [1.0, 2.0])


@pytest.mark.parametrize("method", ["bonferroni", "holm", "benjamini_hochberg"])
def test_adjusted_p_values_agree_with_statsmodels(method: str) -> None:
    from statsmodels.stats.multitest import multipletests

    names = {"benjamini_hochberg": "fdr_bh"}
    p = np.random.default_rng(9).uniform(size=25) ** 2
    expected = multipletests(p, method=names.get(method, method))[1]
    assert stats.adjust(p, method) == pytest.approx(expected, rel=1e-12)


def test_sample_sizes_agree_with_statsmodels() -> None:
    from statsmodels.stats.power import TTestPower

    for effect in (0.2, 0.35, 0.5, 0.8):
        expected = math.ceil(TTestPower().solve_power(effect, power=0.8, alpha=0.05))
        assert stats.sample_size(effect, sd=1.0) == expected
        assert stats.power(expected, difference=effect, sd=1.0) >= 0.8
        detectable = stats.minimum_detectable(expected, sd=1.0)
        assert stats.power(expected, difference=detectable, sd=1.0) == pytest.approx(0.8, abs=1e-6)


def test_the_sample_ratio_of_a_known_mismatch_is_found() -> None:
    """Fabijan et al. (2019): 821,588 and 815,482 users where halves were planned."""
    found = stats.sample_ratio([821_588, 815_482])
    assert found.p == pytest.approx(scipy_stats.chisquare([821_588, 815_482]).pvalue)
    assert stats.sample_ratio([5000, 5050]).p > 0.5


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ([1, 0], "planned share at position 1 is 0; it must be above 0"),
        ([-1, 1], "position 0 is -1"),
        ([math.nan, 1], "position 0 is nan"),
        ([1, 1, 1], "2 counts and 3 planned shares"),
    ],
)
def test_a_plan_that_no_split_can_meet_is_refused(plan, words: str) -> None:
    with pytest.raises(InputError, match=words):
        stats.sample_ratio([50, 50], plan)


def masked_labels():
    return np.ma.array([7, 7, 8, 9], mask=[False, True, False, False])


@pytest.mark.parametrize(
    "labels",
    [
        ["x", None, "y", "z"],
        ["x", math.nan, "y", "z"],
        [1.0, math.nan, 2.0, 3.0],
        np.array([1.0, math.nan, 2.0, 3.0]),
        np.array(["2026-01-01", "NaT", "2026-01-02", "2026-01-03"], dtype="datetime64[D]"),
        pl.Series(["x", None, "y", "z"]),
        pl.Series([1, None, 2, 3]),
        masked_labels(),
        duckdb.sql("select * from (values (1), (null), (2), (3)) t(c)"),
    ],
)
def test_a_missing_cluster_label_is_named_by_its_position(labels) -> None:
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 2.5, 5.0, 4.0])
    for ask in (
        lambda: stats.clustered(b - a, labels),
        lambda: stats.ratio(a, b, clusters=labels),
        lambda: stats.max_t(a, [b], clusters=labels),
        lambda: stats.permutation(a, b, clusters=labels),
    ):
        with pytest.raises(InputError, match="1 of the cluster labels .* position 1;"):
            ask()


def test_a_ratio_near_a_billion_keeps_the_digits_of_a_small_spread() -> None:
    """Near 1 the ratio's interval is that of the mean difference over the baseline's mean."""
    a, b = draws(15), draws(16) + 0.9
    plain = stats.paired(a, b)
    for clusters in (None, range(60)):
        found = stats.ratio(1e9 + a, 1e9 + b, clusters=clusters)
        for mine, theirs in ((found.low, plain.low), (found.high, plain.high)):
            assert (mine - 1) * 1e9 == pytest.approx(theirs, abs=1e-5)
        assert found.p == pytest.approx(plain.p, rel=1e-5)


def test_equivalence_is_shown_by_small_differences_and_not_by_few() -> None:
    base = draws(11, 200)
    close = base + 0.02 * draws(12, 200)
    assert stats.equivalence(base, close, margin=0.1).p < 0.001
    assert stats.equivalence(base[:5], draws(13, 5), margin=0.1).p > 0.05


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_pairs_are_refused(n: int) -> None:
    with pytest.raises(NotEnoughData, match=f"{n} pairs?;"):
        stats.paired([1.0] * n, [2.0] * n)


def test_what_is_not_finite_is_left_out_and_counted() -> None:
    found = stats.paired([1.0, 2.0, math.nan, 4.0, 5.0], [2.0, 2.5, 1.0, math.inf, 6.0])
    assert found.n == 3
    assert "2 pairs" in found.warnings[0]


def test_values_near_a_billion_keep_their_variance() -> None:
    small = draws(14, 1000)
    found = stats.paired(np.full(1000, 1.7e9), 1.7e9 + small)
    assert found.se == pytest.approx(small.std(ddof=1) / math.sqrt(1000), rel=1e-5)


@pytest.mark.parametrize("bad", [["a", "b"], [[1.0], [2.0]]])
def test_what_is_no_column_of_numbers_is_refused(bad) -> None:
    with pytest.raises(InputError, match="numbers|dimension"):
        stats.paired(bad, bad)


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=40)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_swapping_turns_the_sign(values, random) -> None:
    a = np.array(values)
    b = np.sin(a) * 10
    order = list(range(len(a)))
    random.shuffle(order)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, shuffled = stats.paired(a, b), stats.paired(a[order], b[order])
        turned = stats.paired(b, a)
    assert shuffled.value == pytest.approx(found.value, rel=1e-9, abs=1e-9)
    if found.high is None:
        assert turned.low is None
    else:
        assert turned.low == pytest.approx(-found.high, rel=1e-9, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "limit"), [(10, 0.075), (50, 0.062)])
def test_clustered_intervals_keep_their_error_on_uneven_clusters(groups: int, limit: float) -> None:
    """A/A data with a random effect a cluster; the naive t, as a control, is far off."""
    rng = np.random.default_rng(20)
    wrong = naive = 0
    rounds = 1500
    for _ in range(rounds):
        sizes = rng.geometric(0.2, groups)
        labels = np.repeat(np.arange(groups), sizes)
        values = rng.normal(size=groups)[labels] + rng.normal(size=len(labels))
        wrong += stats.clustered(values, labels).p < 0.05
        naive += stats.paired(np.zeros(len(values)), values).p < 0.05
    assert wrong / rounds <= limit
    assert naive / rounds > 0.15


def test_paired_t_keeps_its_error_on_tied_scores() -> None:
    rng = np.random.default_rng(21)
    rounds, wrong = 2000, 0
    for _ in range(rounds):
        base = rng.integers(1, 6, 40)
        wrong += (
            stats.paired(base + rng.integers(-1, 2, 40), base + rng.integers(-1, 2, 40)).p < 0.05
        )
    assert abs(wrong / rounds - 0.05) < 0.015
