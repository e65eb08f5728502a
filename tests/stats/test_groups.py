"""Two independent groups: against other packages, with clusters, and where nothing varies."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep
from statsmodels.stats.weightstats import ttost_ind

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData

test_proportions_2indep.__test__ = False
MEANS = {
    "difference": stats.group_difference,
    "equivalence": lambda a, b, **how: stats.equivalence_of_groups(a, b, margin=1.0, **how),
    "ratio": stats.group_ratio,
}
SHARES = {"difference": stats.group_share_difference, "lift": stats.relative_lift}
TABLES = [(48, 80, 56, 70), (40, 100, 50, 100), (1, 30, 4, 25), (5, 5, 2, 9), (3, 9, 0, 9)]


def outcomes(events: int, n: int) -> list[int]:
    return [1] * events + [0] * (n - events)


def by_matrices(a, b, clusters_a, clusters_b):
    """CR2 and Satterthwaite's degrees of freedom as clubSandwich computes them, with matrices."""
    y = np.concatenate([a, b])
    labels = np.concatenate([clusters_a, clusters_b])
    design = np.column_stack([np.ones(len(y)), np.repeat([0.0, 1.0], [len(a), len(b)])])
    bread = np.linalg.inv(design.T @ design)
    maker = np.eye(len(y)) - design @ bread @ design.T
    residuals = maker @ y
    variance, directions = 0.0, []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        own = maker[np.ix_(rows, rows)]
        sizes, vectors = np.linalg.eigh(own)
        adjust = vectors @ np.diag(np.where(sizes > 1e-9, sizes, np.inf) ** -0.5) @ vectors.T
        direction = (bread @ design[rows].T @ adjust)[1]
        variance += (direction @ residuals[rows]) ** 2
        directions.append(direction @ maker[rows])
    form = np.array(directions) @ np.array(directions).T
    return variance, np.trace(form) ** 2 / (form**2).sum()


@st.composite
def groups(draw, values):
    sizes = draw(st.integers(2, 20)), draw(st.integers(2, 20))
    a, b = (draw(st.lists(values, min_size=n, max_size=n)) for n in sizes)
    clusters = [
        [0, 1, *draw(st.lists(st.integers(0, 6), min_size=n - 2, max_size=n - 2))] for n in sizes
    ]
    return np.array(a), np.array(b), {"clusters_a": clusters[0], "clusters_b": clusters[1]}


def agrees(found, null: float, level: float) -> bool:
    """Whether p is below 1 - `level` exactly if no difference lies outside the interval."""
    if found.p is None:
        return found.low is None and found.high is None
    low = -math.inf if found.low is None else found.low
    high = math.inf if found.high is None else found.high
    near = min(abs(low - null), abs(high - null)) < 1e-9 or abs(found.p - 1 + level) < 1e-9
    return near or (not low <= null <= high) == (found.p < 1 - level)


def test_without_clusters_the_difference_is_welchs() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 12), rng.normal(1, 3, 31)
    welch, found = stats.unpaired(a, b), stats.group_difference(a, b)
    for name in ("value", "low", "high", "p", "se", "df"):
        assert getattr(found, name) == pytest.approx(getattr(welch, name))


def test_items_of_their_own_cluster_are_no_clusters() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(5, 1, 12), rng.normal(6, 3, 31)
    alone = {"clusters_a": np.arange(12), "clusters_b": np.arange(100, 131)}
    for estimate in MEANS.values():
        plain, found = estimate(a, b), estimate(a, b, **alone)
        assert (found.low, found.high, found.p) == pytest.approx((plain.low, plain.high, plain.p))


@pytest.mark.parametrize("shared", [False, True])
def test_clusters_are_cr2_by_matrices(shared: bool) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 24), rng.normal(1, 3, 24)
    clusters_a = rng.integers(0, 6, 24)
    clusters_b = rng.permutation(clusters_a) + (0 if shared else 10)
    found = stats.group_difference(a, b, clusters_a=clusters_a, clusters_b=clusters_b)
    assert found.se**2 == pytest.approx(by_matrices(a, b, clusters_a, clusters_b)[0])
    # The degrees of freedom weigh the groups by the variance that each shows. A group and its
    # mirror image show the same one, and then clubSandwich's equal variances hold.
    mirror = clusters_a + (0 if shared else 10)
    same = stats.group_difference(a, -a, clusters_a=clusters_a, clusters_b=mirror)
    assert same.df == pytest.approx(by_matrices(a, -a, clusters_a, mirror)[1])


@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
def test_equivalence_is_that_of_statsmodels(margin: float) -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(0, 1, 15), rng.normal(0.3, 2, 40)
    found = stats.equivalence_of_groups(a, b, margin=margin)
    assert found.p == pytest.approx(ttost_ind(b, a, -margin, margin, usevar="unequal")[0])
    assert (found.p < 0.05) == (-margin < found.low and found.high < margin)


def test_the_ratio_is_fiellers_with_the_deltas_width_where_the_baseline_is_precise() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(100, 1, 400), rng.normal(80, 5, 400)
    found = stats.group_ratio(a, b)
    se = math.hypot(b.std(ddof=1) / b.mean(), a.std(ddof=1) / a.mean()) / 20 * found.value
    assert (found.high - found.low) / 2 / se == pytest.approx(1.96, abs=0.02)
    turned = stats.group_ratio(b, a)
    assert (1 / turned.high, 1 / turned.low) == pytest.approx((found.low, found.high), rel=1e-4)


def test_a_baseline_that_may_be_0_leaves_the_ratio_open_above() -> None:
    found = stats.group_ratio([0.0, 0.0, 0.0, 3.0], [5.0, 6.0, 5.5, 5.2])
    assert found.high is None
    assert found.low > 1
    assert found.p < 0.05
    nothing = stats.group_ratio([0.0, 0.0, 0.0, 3.0], [0.0, 0.0, 4.0, 0.0])
    assert (nothing.low, nothing.high) == (None, None)
    assert "may be 0" in nothing.warnings[0]


@pytest.mark.parametrize("table", TABLES)
def test_a_score_interval_of_shares_is_the_published_one(table) -> None:
    """The difference's by Miettinen and Nurminen's cubic, the lift's by statsmodels."""
    x, m, y, n = table
    a, b = outcomes(x, m), outcomes(y, n)
    found, known = stats.group_share_difference(a, b), stats.miettinen_nurminen(a, b)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-6)
    p = test_proportions_2indep(y, n, x, m, method="score", compare="diff").pvalue
    assert found.p == pytest.approx(p, abs=1e-9)
    lift = stats.relative_lift(a, b)
    assert lift.p == pytest.approx(p, abs=1e-9)
    if y and x < m:
        ends = confint_proportions_2indep(y, n, x, m, method="score", compare="ratio")
        assert (lift.low + 1, lift.high + 1) == pytest.approx(ends, abs=1e-6)


@given(
    groups(st.sampled_from([0.0, 1.0])), st.sampled_from([0.8, 0.95]), st.sampled_from([*SHARES])
)
@settings(max_examples=60, deadline=None)
def test_shares_always_have_a_width_and_clusters_never_narrow_it(table, level, kind) -> None:
    a, b, clusters = table
    assume(kind == "difference" or a.any())
    plain = SHARES[kind](a, b, level=level)
    found = SHARES[kind](a, b, level=level, **clusters)
    assert found.low <= plain.low + 1e-9 < plain.high <= found.high + 1e-9
    assert plain.high - plain.low > 0.01
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert agrees(plain, 0.0, level)
    assert agrees(found, 0.0, level)


@given(groups(st.sampled_from([0.0, 0.1, 1.0, 3.0])), st.booleans(), st.sampled_from([*MEANS]))
@settings(max_examples=100, deadline=None)
def test_means_agree_with_their_p_and_never_have_an_interval_without_width(
    table, clustered, kind
) -> None:
    a, b, clusters = table
    assume(kind != "ratio" or a.any())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = MEANS[kind](a, b, **(clusters if clustered else {}))
    if found.p is None:
        assert (found.low, found.high) == (None, None)
        assert found.warnings[-1].endswith(("spread is not known.", "mean may be 0."))
        return
    assert found.low is None or found.high is None or found.high > found.low
    if kind == "equivalence":
        inside = found.low > -1 and found.high < 1
        assert abs(found.p - 0.05) < 1e-9 or (found.p < 0.05) == inside
    else:
        assert agrees(found, 1.0 if kind == "ratio" else 0.0, 0.95)


@given(groups(st.sampled_from([0.0, 1.0])))
@settings(max_examples=40, deadline=None)
def test_the_groups_swapped_turn_the_difference(table) -> None:
    a, b, clusters = table
    swapped = {"clusters_a": clusters["clusters_b"], "clusters_b": clusters["clusters_a"]}
    for estimate in (stats.group_difference, stats.group_share_difference):
        found, turned = estimate(a, b, **clusters), estimate(b, a, **swapped)
        if found.low is None:
            assert turned.low is None
            continue
        assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high), abs=1e-7)


@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_values_that_do_not_vary_have_no_interval_but_shares_have_one(value: float) -> None:
    for estimate in MEANS.values():
        if value or estimate is not MEANS["ratio"]:
            found = estimate([value] * 30, [value] * 40)
            assert (found.low, found.high, found.p) == (None, None, None)
    few = stats.group_ratio([1.0, 2.0, 3.0], [0.0, 0.0])
    assert few.warnings == ("All 2 values of b are equal, so their spread is not known.",)
    free = stats.group_ratio([1.0, 2.0, 3.0], [0.0] * 60)
    # Up to 1 - 0.025 ** (1 / 60) of b may be as much as 3, of a mean of 2.
    assert free.high == pytest.approx((1 - 0.025 ** (1 / 60)) * 3 / 2)
    assert free.low == 0
    assert free.p < 0.001
    if value != 0.1:
        sources = {"clusters_a": [i % 10 for i in range(30)], "clusters_b": list(range(40))}
        found = stats.group_share_difference([value] * 30, [value] * 40, **sources)
        assert found.low < -0.05
        assert found.high > 0.05
        assert "too few to show" in found.warnings[-1]


def test_wrong_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="for both groups or for neither"):
        stats.group_difference([1, 2], [1, 2], clusters_a=[1, 2])
    with pytest.raises(NotEnoughData, match="There is 1 cluster in a group"):
        stats.group_difference([1, 2], [1, 2], clusters_a=[1, 2], clusters_b=[1, 1])
    with pytest.raises(NotEnoughData, match="1 value in a group"):
        stats.group_ratio([1], [1, 2])
    with pytest.raises(InputError, match="mean of a is not above 0"):
        stats.group_ratio([0, 0], [1, 2])
    with pytest.raises(InputError, match="share of a is 0"):
        stats.relative_lift([0, 0], [1, 0])
    with pytest.raises(InputError, match="b must hold 0 and 1"):
        stats.group_share_difference([0, 0], [0.5, 0])
    with pytest.raises(InputError, match="margin is 0"):
        stats.equivalence_of_groups([1, 2], [1, 2], margin=0)


def drawn(rng, kind: str, shared: bool):
    """30 sources with 1 to 7 items each, whose items are alike; both groups have the same truth."""
    sources = rng.normal(0, 1, 60)
    sizes = rng.integers(1, 8, 30)
    both = []
    for group in range(2):
        index = np.repeat(np.arange(30) + (0 if shared else 30 * group), sizes)
        values = sources[index] + rng.normal(0, 1.5, len(index))
        both.append(((values > 1.5).astype(float) if kind in SHARES else values + 8, index))
    return both


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("kind", ["mean", "ratio", "difference", "lift"])
def test_intervals_cover_the_truth_where_items_share_sources(kind: str, shared: bool) -> None:
    estimate = {"mean": stats.group_difference, "ratio": stats.group_ratio, **SHARES}[kind]
    rng = np.random.default_rng(6)
    missed = ignored = 0
    runs = 600 if kind in {"mean", "ratio"} else 250
    for _ in range(runs):
        (a, index_a), (b, index_b) = drawn(rng, kind, shared)
        missed += estimate(a, b, clusters_a=index_a, clusters_b=index_b).p < 0.05
        ignored += estimate(a, b).p < 0.05
    assert missed / runs < 0.075
    if not shared and kind in {"mean", "ratio"}:
        assert ignored / runs > 0.1
