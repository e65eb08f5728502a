"""Pass or fail with clusters: never certain where nothing varied, never narrower than without."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from benchmarks import guardrail_errors
from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData


@st.composite
def tables(draw, shares=False):
    """Outcomes under both and a cluster label for each item, two clusters or more."""
    n = draw(st.integers(2, 40))
    outcome = st.sampled_from([0.0, 0.5, 1.0] if shares else [0.0, 1.0])
    a = draw(st.lists(outcome, min_size=n, max_size=n))
    b = draw(st.lists(outcome, min_size=n, max_size=n))
    clusters = [0, 1, *draw(st.lists(st.integers(0, 8), min_size=n - 2, max_size=n - 2))]
    return np.array(a), np.array(b), np.array(clusters)


def ends(estimate):
    return pytest.approx((estimate.low, estimate.high), abs=1e-7)


def test_without_clusters_it_is_tangos_interval() -> None:
    """The bisection of `paired_proportions`, itself checked against published tables."""
    rng = np.random.default_rng(4)
    for n in (5, 23, 60):
        a, b = rng.integers(0, 2, n), rng.integers(0, 2, n)
        tango = stats.paired_proportions(a, b)
        assert ends(tango) == (
            stats.clustered_proportions(a, b).low,
            stats.clustered_proportions(a, b).high,
        )


def test_p_against_no_difference_is_mcnemars_score_test() -> None:
    """McNemar (1947): chi-squared (gained - lost)^2 / (gained + lost), here 16 / 20."""
    a = [0] * 12 + [1] * 8 + [1] * 30
    b = [1] * 12 + [0] * 8 + [1] * 30
    assert stats.clustered_proportions(a, b).p == pytest.approx(scipy_stats.chi2.sf(16 / 20, 1))


def test_without_a_discordant_pair_the_variance_is_that_of_the_margin() -> None:
    """No discordant pair: the null share of losses is the margin, z^2 = n m / (1 - m)."""
    n, margin = 40, 0.1
    p = stats.shares_not_worse([1] * n, [1] * n, margin=margin).p
    z = np.sqrt(n * margin / (1 - margin))
    assert p == pytest.approx(scipy_stats.norm.sf(z))


@given(tables(shares=True), st.sampled_from([0.8, 0.95]))
# Two items of a cluster that cancel: the spread of the clusters alone is 0.
@example((np.array([0, 0, 0.5]), np.array([0.5, 0, 0]), np.array([0, 1, 0])), 0.95)
@settings(max_examples=40, deadline=None)
def test_clusters_never_narrow_the_interval_and_p_agrees_with_it(table, level) -> None:
    a, b, clusters = table
    plain = stats.clustered_proportions(a, b, level=level)
    found = stats.clustered_proportions(a, b, clusters=clusters, level=level)
    assert found.low <= plain.low + 1e-9
    assert found.high >= plain.high - 1e-9
    assert found.low <= found.value <= found.high
    outside = found.low > 1e-9 or found.high < -1e-9
    assert abs(found.p - (1 - level)) < 1e-9 or outside == (found.p < 1 - level)


@given(tables(), st.sampled_from(["higher", "lower"]), st.floats(0.01, 0.5))
@settings(max_examples=40, deadline=None)
def test_not_worse_and_its_interval_never_contradict(table, better, margin) -> None:
    a, b, clusters = table
    found = stats.shares_not_worse(a, b, margin=margin, better=better, clusters=clusters)
    slack = found.low + margin if better == "higher" else margin - found.high
    assert abs(slack) < 1e-9 or (found.p < 0.05) == (slack > 0)
    wider = stats.shares_not_worse(a, b, margin=margin + 0.2, better=better, clusters=clusters)
    assert wider.p <= found.p + 1e-12


@given(tables(), st.integers(0, 39))
@settings(max_examples=40, deadline=None)
def test_one_more_item_passed_never_hurts(table, which) -> None:
    a, b, _ = table
    more = b.copy()
    more[which % len(b)] = 1.0
    before = stats.shares_not_worse(a, b, margin=0.05)
    after = stats.shares_not_worse(a, more, margin=0.05)
    assert after.p <= before.p + 1e-12


@given(tables(shares=True), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_labels_and_direction_change_nothing(table, random) -> None:
    a, b, clusters = table
    found = stats.clustered_proportions(a, b, clusters=clusters)
    order = list(range(len(a)))
    random.shuffle(order)
    names = [f"source {9 - c}" for c in clusters[order]]
    moved = stats.clustered_proportions(a[order], b[order], clusters=names)
    assert (moved.low, moved.high) == ends(found)
    mirrored = stats.clustered_proportions(b, a, clusters=clusters)
    assert (-mirrored.high, -mirrored.low) == ends(found)
    failures = stats.shares_not_worse(1 - a, 1 - b, margin=0.1, better="lower", clusters=clusters)
    passes = stats.shares_not_worse(a, b, margin=0.1, better="higher", clusters=clusters)
    assert failures.p == pytest.approx(passes.p, abs=1e-9)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
@pytest.mark.parametrize("clusters", [None, list(range(20)) * 2])
def test_nothing_that_varied_is_no_certainty(outcome, clusters) -> None:
    same = [outcome] * 40
    found = stats.clustered_proportions(same, same, clusters=clusters)
    assert found.low < -0.05
    assert found.high > 0.05
    assert stats.shares_not_worse(same, same, margin=0.01, clusters=clusters).p > 0.2


def test_replicates_of_an_item_count_for_less_than_items_and_more_than_one_run() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.binomial(5, 0.3, 60) / 5, rng.binomial(5, 0.3, 60) / 5
    replicated = stats.clustered_proportions(a, b)
    once = stats.clustered_proportions(rng.random(60) < 0.3, rng.random(60) < 0.3)
    as_items = stats.clustered_proportions(rng.random(300) < 0.3, rng.random(300) < 0.3)
    width = replicated.high - replicated.low
    assert as_items.high - as_items.low < width < once.high - once.low


def test_wrong_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="shares of replicates"):
        stats.clustered_proportions([0, 2], [0, 1])
    with pytest.raises(InputError, match="margin is 1.5"):
        stats.shares_not_worse([0, 1], [0, 1], margin=1.5)
    with pytest.raises(NotEnoughData, match="There is 1 cluster;"):
        stats.clustered_proportions([0, 1], [0, 1], clusters=["x", "x"])
    with pytest.raises(InputError, match="assumed_icc"):
        stats.clustered_proportions([0, 1], [0, 1], assumed_icc=2)


def test_a_violated_guardrail_passes_in_few_experiments_and_the_control_fails() -> None:
    rows = list(guardrail_errors.rows(400, 3, 0.2, [(40, 8), (119, 35)]))
    assert [row for row in rows if not row.kept] == []
    assert max(row.violated[0] for row in rows) > 0.3
