"""Without spread there is no certainty: no interval of no width, and no p of 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import stats
from tailor_lab.errors import InputError

RULE = "rule of three on the range of the values"
SCORES = np.arange(20.0)


def nothing(found) -> bool:
    return (found.low, found.high, found.p, found.se) == (None, None, None, None)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]),
        ([4.0] * 30, [4.0] * 30),
        ([0.1, 0.2, 0.7], [0.4, 0.5, 1.0]),
    ],
)
def test_few_equal_differences_or_one_value_tell_nothing(a, b) -> None:
    found = stats.paired(a, b)
    assert nothing(found)
    assert found.warnings == (f"All {len(a)} differences are equal, so their spread is not known.",)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_no_change_in_twenty_items_leaves_room_for_the_rule_of_three(level: float) -> None:
    """With one share p of the items that differ, none of 20 is seen with chance (1 - p)^20."""
    found = stats.paired(SCORES, SCORES, level=level)
    assert found.method == RULE
    share = found.high / 19
    assert (1 - share) ** 20 == pytest.approx((1 - level) / 2)
    assert (found.low, found.p, found.se) == (-found.high, 1.0, None)
    assert "All 20 differences are equal, so their spread is not known;" in found.warnings[0]


def test_an_equal_change_of_every_item_is_no_surer_than_a_sign_test() -> None:
    for n in (6, 20, 3000):
        zeros, ones = np.zeros(n), np.ones(n)
        found = stats.paired(zeros, ones)
        assert found.p > 0
        assert found.p == pytest.approx(2.0 ** (1 - n))
        assert 0 < found.low < 1 < found.high


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0, 6.0, 19.0, -4.0])
@pytest.mark.parametrize("n", [6, 11, 20])
def test_p_of_equal_differences_agrees_with_their_interval(level, shift, n) -> None:
    found = stats.paired(SCORES[:n], SCORES[:n] + shift, level=level)
    assert (found.low > 0 or found.high < 0) == (found.p < 1 - level)


def test_the_bound_is_kept_where_rare_items_differ() -> None:
    """A share of items falls from 1 to 0; in most samples of 10 none of them is seen."""
    rng, share, rounds = np.random.default_rng(3), 0.05, 2000
    missed = seen = 0
    for _ in range(rounds):
        a = np.concatenate([[0.0], np.ones(9)])
        b = np.where(rng.uniform(size=10) < share, 0.0, a)
        found = stats.paired(a, b)
        seen += found.method == RULE
        missed += found.method == RULE and not found.low <= -share <= found.high
    assert seen > rounds / 2
    assert missed == 0


def test_clusters_count_as_units_and_need_the_range() -> None:
    labels = np.repeat(range(10), 2)
    assert nothing(stats.clustered(np.zeros(20), labels))
    found = stats.clustered(np.zeros(20), labels, spread=2.0)
    assert (found.method, found.p) == (RULE, 1.0)
    assert "All 20 differences are equal" in found.warnings[-1]
    assert "these 10 clusters up to 30.8% may differ" in found.warnings[-1]
    assert (1 - found.high / 2) ** 10 == pytest.approx(0.025)
    assert nothing(stats.clustered(np.zeros(20), np.repeat(range(5), 4), spread=2.0))
    assert stats.clustered(SCORES, labels, spread=30.0).low == stats.clustered(SCORES, labels).low


def test_clusters_whose_differences_cancel_have_no_spread_either() -> None:
    found = stats.clustered([1.0, -1.0] * 8, np.repeat(range(8), 2), spread=1.0)
    assert found.method == RULE
    assert "All 8 means of clusters are equal" in found.warnings[-1]


@pytest.mark.parametrize(
    ("spread", "words"), [(-1.0, "spread is -1"), (np.inf, "spread is inf"), (0.5, "difference is")]
)
def test_a_range_that_cannot_be_is_refused(spread: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        stats.clustered([1.0] * 8, range(8), spread=spread)


@pytest.mark.parametrize("clusters", [None, list(range(10)) * 2])
@pytest.mark.parametrize("factor", [1.0, 0.8, 1 / 3])
def test_a_ratio_that_never_varies_is_not_certain(factor, clusters) -> None:
    a = 1.1 + SCORES
    found = stats.ratio(a, a * factor, clusters=clusters)
    assert found.value == pytest.approx(factor)
    # One of those that were not seen may cost as much as any did, beside one as cheap as any.
    off = a.max() - factor * (factor * a.min())
    units = len(a) if clusters is None else 10
    half = (1 - 0.025 ** (1 / units)) * off / a.mean()
    assert (found.low, found.high) == pytest.approx((max(0, factor - half), factor + half))
    assert "equal, so their spread is not known; of others like these" in found.warnings[-1]
    few = None if clusters is None else [0, 1, 2, 3] * 5
    n = 5 if clusters is None else 20
    assert nothing(stats.ratio(a[:n], a[:n] * factor, clusters=few))


def test_a_free_model_is_cheaper() -> None:
    costs = np.linspace(1, 3, 60)
    found = stats.ratio(costs, 0 * costs)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx((1 - 0.025 ** (1 / 60)) * 3 / 2)
    assert found.p < 0.001
    assert nothing(stats.ratio(np.full(60, 0.1), np.full(60, -0.9))), "no ratio of costs"


def test_a_ratio_of_values_that_all_rise_by_as_much_is_not_certain() -> None:
    found = stats.ratio(SCORES, SCORES + 1)
    assert nothing(found)
    assert "20 differences" in found.warnings[-1]


def test_equivalence_of_what_never_varied_rests_on_the_range() -> None:
    assert nothing(stats.equivalence([3.0] * 9, [3.0] * 9, margin=1.0))
    found = stats.equivalence(SCORES, SCORES, margin=2.0)
    assert found.p == pytest.approx((1 - 2 / 19) ** 20)
    assert stats.equivalence(SCORES, SCORES + 3, margin=2.0).p == 1.0
    assert stats.equivalence(SCORES, SCORES, margin=1e6).p == pytest.approx(2.0**-20)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_other_methods_know_nothing_without_spread(shift: float) -> None:
    a, x = np.full(20, 3.0), np.arange(20) % 7
    assert nothing(stats.unpaired(a, a + shift))
    assert nothing(stats.unpaired_moments(stats.Moments.of(a), stats.Moments.of(a + shift)))
    assert nothing(stats.split_ratio(stats.Moments.of(a), stats.Moments.of(a + shift)))
    assert nothing(stats.ratio_of_totals(a, a, a + shift, a))
    assert nothing(stats.regression_adjusted(a, a + shift, [x], [x]))
    assert nothing(stats.cuped(a, a + shift, before_a=x, before_b=x))
    assert nothing(stats.paired_adjusted(SCORES, SCORES + shift, [x]))
    assert nothing(stats.paired_adjusted(SCORES * 0, SCORES, [SCORES]))
    assert nothing(stats.bootstrap(SCORES, SCORES + shift, resamples=200))
    mostly = np.array([1.0] * 19 + [2.0])
    middle = stats.bootstrap(mostly, statistic=lambda x: np.median(x, axis=1), resamples=200)
    assert nothing(middle)
    with pytest.raises(InputError, match="same amount"):
        stats.dunnett(SCORES / 7, [SCORES / 7 + shift])


LEVEL = 0.9
ESTIMATORS = {
    "paired": lambda a, b, c: stats.paired(a, b, level=LEVEL),
    "unpaired": lambda a, b, c: stats.unpaired(a, b, level=LEVEL),
    "clustered": lambda a, b, c: stats.clustered(b - a, c, level=LEVEL),
    "clustered with the range": lambda a, b, c: stats.clustered(
        b - a, c, level=LEVEL, spread=float(np.ptp([a, b]))
    ),
    "ratio": lambda a, b, c: stats.ratio(a, b, level=LEVEL),
    "clustered ratio": lambda a, b, c: stats.ratio(a, b, clusters=c, level=LEVEL),
    "shares": lambda a, b, c: stats.clustered_proportions(a > 0, b > 0, level=LEVEL),
    "clustered shares": lambda a, b, c: stats.clustered_proportions(
        a > 0, b > 0, clusters=c, level=LEVEL
    ),
    "shares of replicates": lambda a, b, c: stats.clustered_proportions(
        np.clip(a, 0, 2) / 2, np.clip(b, 0, 2) / 2, clusters=c, level=LEVEL
    ),
    "max_t": lambda a, b, c: stats.max_t(a, [b], level=LEVEL, resamples=199)[0],
    "clustered max_t": lambda a, b, c: stats.max_t(
        a, [b, a + 1, b + 1], clusters=c, level=LEVEL, resamples=199
    )[0],
    "permutation": lambda a, b, c: stats.permutation(a, b, resamples=199),
    "clustered permutation": lambda a, b, c: stats.permutation(a, b, clusters=c, resamples=199),
    "permutation of groups": lambda a, b, c: stats.permutation(a, b, paired=False, resamples=199),
    "bootstrap": lambda a, b, c: stats.bootstrap(a, b, level=LEVEL, resamples=199),
    "studentized": lambda a, b, c: stats.bootstrap(
        a, b, level=LEVEL, resamples=199, method="studentized"
    ),
}
INTERPOLATED = {"bootstrap", "studentized"}
"""Their ends lie between two resamples, so p near 1 - level may lie on either side."""


@st.composite
def degenerate(draw):
    """Few different values, shifts, columns without spread, and clusters of unequal size."""
    n = draw(st.integers(2, 14))
    column = st.one_of(
        st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=n, max_size=n),
        st.sampled_from([0.0, 0.1, 1.0, 3.0]).map(lambda value: [value] * n),
    )
    a = np.array(draw(column))
    way = draw(st.sampled_from(["column", "shift", "factor", "one item", "rounding"]))
    b = np.array(draw(column))
    if way in {"shift", "rounding"}:
        b = a + draw(st.sampled_from([0.0, 0.1, 1.0, -1.0]))
    if way == "rounding":
        b = b * (1 + np.array(draw(st.lists(st.sampled_from([0, 2e-16]), min_size=n, max_size=n))))
    if way == "factor":
        b = a * draw(st.sampled_from([1 / 3, 1.0, 2.0]))
    if way == "one item":
        b = a + np.eye(n)[0]
    labels = [0, 1, *draw(st.lists(st.integers(0, 11), min_size=n - 2, max_size=n - 2))]
    return a, b, np.array(labels)


@pytest.mark.parametrize("name", ESTIMATORS)
@given(table=degenerate())
@settings(max_examples=40, deadline=None)
def test_no_certainty_from_degenerate_tables(name, table) -> None:
    try:
        found = ESTIMATORS[name](*table)
    except InputError:
        return
    assert found.p is None or 0 < found.p <= 1
    if found.low is None and found.high is None:
        return
    assert found.p is not None
    assert found.low is None or found.high is None or found.low < found.high
    assert found.low is None or found.low <= found.value + 1e-12
    assert found.high is None or found.high >= found.value - 1e-12
    null = 1.0 if "ratio" in name else 0.0
    near = any(end is not None and abs(end - null) < 1e-9 for end in (found.low, found.high))
    outside = (found.low is not None and found.low > null) or (
        found.high is not None and found.high < null
    )
    if name not in INTERPOLATED and not near:
        assert outside == (found.p <= 1 - LEVEL + 1e-12)
