"""Every public estimator on degenerate tables: no interval of no width, and no p of 0."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import stats
from tailor_lab.errors import InputError


def clusters(a) -> np.ndarray:
    return np.arange(len(a)) // 2


def moments(values) -> stats.Moments:
    return stats.Moments.of(values)


def both(values, bottom) -> stats.Comoments:
    return stats.Comoments.of(values, bottom)


def cycle(values) -> np.ndarray:
    return np.arange(len(values)) % 3


PAIRED = {
    "paired": stats.paired,
    "clustered": lambda a, b: stats.clustered(b - a, clusters(a), spread=np.ptp([a, b])),
    "ratio": stats.ratio,
    "clustered ratio": lambda a, b: stats.ratio(a, b, clusters=clusters(a)),
    "ratio_of_totals": lambda a, b: stats.ratio_of_totals(
        a, np.ones(len(a)) * 9, b, np.ones(len(b)) * 9
    ),
    "permutation": lambda a, b: stats.permutation(a, b, resamples=200),
    "wilcoxon": stats.wilcoxon,
    "bootstrap": lambda a, b: stats.bootstrap(a, b, resamples=200),
    "bootstrap of differences": lambda a, b: stats.bootstrap(b - a, resamples=200),
    "studentized bootstrap": lambda a, b: stats.bootstrap(
        a, b, method="studentized", resamples=200
    ),
    "quantile_difference": lambda a, b: stats.quantile_difference(a, b, resamples=200),
    "cohens_d": stats.cohens_d,
    "paired_adjusted": lambda a, b: stats.paired_adjusted(a, b, [cycle(a)]),
    "paired_adjusted, clusters": lambda a, b: stats.paired_adjusted(
        a, b, [cycle(a)], clusters=clusters(a)
    ),
    "equivalence": lambda a, b: stats.equivalence(a, b, margin=1.5),
    "dunnett": lambda a, b: stats.dunnett(a, [b])[0],
    "max_t": lambda a, b: stats.max_t(a, [b], resamples=200)[0],
    "max_t of two": lambda a, b: stats.max_t(a, [b, a + cycle(a)], resamples=200)[0],
    "max_t, clusters": lambda a, b: stats.max_t(a, [b], clusters=clusters(a), resamples=200)[0],
    "confidence_sequence": lambda a, b: stats.confidence_sequence(b - a, planned=60),
    "prediction_powered": lambda a, b: stats.prediction_powered(
        np.where(cycle(a) > 0, a, np.nan), b, a, b
    ),
    "group_sequential": lambda a, b: stats.group_sequential([stats.paired(a, b)], len(a)),
    "compare_with_best": lambda a, b: stats.compare_with_best([a, b], resamples=200).estimates[0],
}
UNPAIRED = {
    "unpaired": stats.unpaired,
    "mann_whitney": stats.mann_whitney,
    "cliffs_delta": stats.cliffs_delta,
    "hedges_g": lambda a, b: stats.cohens_d(a, b, paired=False),
    "quantile_difference of groups": lambda a, b: stats.quantile_difference(
        a, b, paired=False, resamples=200
    ),
    "permutation of groups": lambda a, b: stats.permutation(a, b, paired=False, resamples=200),
    "cuped": lambda a, b: stats.cuped(a, b, before_a=cycle(a), before_b=cycle(b)),
    "regression_adjusted": lambda a, b: stats.regression_adjusted(a, b, [cycle(a)], [cycle(b)]),
    "unpaired_moments": lambda a, b: stats.unpaired_moments(moments(a), moments(b)),
    "group_difference": stats.group_difference,
    "group_ratio": stats.group_ratio,
    "equivalence_of_groups": lambda a, b: stats.equivalence_of_groups(a, b, margin=1.5),
    "split_ratio": lambda a, b: stats.split_ratio(moments(a), moments(b)),
    "ratio_moments": lambda a, b: stats.ratio_moments(both(a, a), both(b, b * 2)),
}
BINARY = {
    "paired_proportions": stats.paired_proportions,
    "clustered_proportions": stats.clustered_proportions,
    "clustered_proportions, clusters": lambda a, b: stats.clustered_proportions(
        a, b, clusters=clusters(a)
    ),
    "proportions": stats.proportions,
    "miettinen_nurminen": stats.miettinen_nurminen,
    "odds_ratio": stats.odds_ratio,
    "group_share_difference": stats.group_share_difference,
    "relative_lift": stats.relative_lift,
    "split_proportions": lambda a, b: stats.split_proportions(moments(a), moments(b)),
    "betting_sequence": lambda a, b: stats.betting_sequence(b - a, low=-1, high=1),
    "shares_not_worse": lambda a, b: stats.shares_not_worse(a, b, margin=0.1),
    "boschloo": stats.boschloo,
    "harmed": lambda a, b: stats.harmed(a, b, margin=0),
    "pass_hat": lambda a, b: stats.pass_hat(3 * b, np.full(len(b), 3.0), 2),
    "pass_at": lambda a, b: stats.pass_at(3 * b, np.full(len(b), 3.0), 2),
    "flip_rate": lambda a, b: stats.flip_rate(3 * b, np.full(len(b), 3.0)),
    "cohen_kappa": lambda a, b: stats.cohen_kappa(a.tolist(), b.tolist()),
}
EVERY = {**PAIRED, **UNPAIRED, **BINARY}
TWO_PROCEDURES = {
    "bootstrap": "quantiles of resamples interpolate, shares of them do not",
    "bootstrap of differences": "as bootstrap",
    "quantile_difference": "as bootstrap; p counts the sample itself as one resample",
    "quantile_difference of groups": "as quantile_difference",
    "wilcoxon": "the normal p corrects for ties and continuity, the interval does not",
    "mann_whitney": "as wilcoxon",
    "paired_proportions": "McNemar's mid-p with Tango's interval",
    "proportions": "Pearson's p with Newcombe's interval",
    "split_proportions": "as proportions",
    "cohen_kappa": "p rests on the variance under no agreement",
    "ratio_of_totals": "below 20 successes p is of the log and the set is Fieller's",
    "equivalence": "p is against the margin",
    "equivalence_of_groups": "p is against the margin",
    "shares_not_worse": "p is against the margin",
    "split_ratio": "the degrees of freedom are those of equal means",
    "betting_sequence": "the interval is widened by a step of its grid",
    "compare_with_best": "p is against being the best; its ends stop at 0",
}
"""Those whose p and interval are not one procedure's, and why."""
RATIOS = (
    "ratio", "group_ratio", "clustered ratio", "ratio_of_totals", "odds_ratio",
    "split_ratio", "ratio_moments",
)  # fmt: skip


@st.composite
def degenerate(draw):
    """Two columns that differ by nothing, a constant, a factor, or in a single item."""
    n = draw(st.integers(4, 30))
    unit = draw(st.sampled_from([1.0, 0.1, 1e9]))
    size = draw(st.integers(1, 5))
    a = np.array(draw(st.lists(st.integers(1, size), min_size=n, max_size=n))) * unit
    step = draw(st.sampled_from([0.0, 1.0, -1.0, -2.0, 3.0])) * unit
    b = draw(st.sampled_from([a + step, a * 1.5, np.full(n, 2 * unit) + step, a.copy()]))
    if draw(st.booleans()):
        b[0] += unit
    return a, b


@st.composite
def degenerate_shares(draw):
    n = draw(st.integers(4, 30))
    a, b = (
        np.full(n, draw(st.sampled_from([0.0, 1.0]))),
        np.full(n, draw(st.sampled_from([0.0, 1.0]))),
    )
    if draw(st.booleans()):
        b[0] = 1 - b[0]
    return a, b


def asked(name, a, b):
    try:
        return EVERY[name](a, b)
    except InputError:  # A refusal claims nothing.
        return None


def judge(name, found) -> None:
    if found is None:
        return
    assert found.p is None or found.p > 0
    if found.low is not None and found.high is not None:
        assert found.low < found.high
        assert found.low <= found.value * (1 + 1e-9 * math.copysign(1, found.value)) + 1e-9
        assert found.high >= found.value * (1 - 1e-9 * math.copysign(1, found.value)) - 1e-9
    if name in TWO_PROCEDURES or found.p is None or (found.low is None and found.high is None):
        return
    null = 1.0 if name in RATIOS else 0.0
    outside = (found.low is not None and found.low > null) or (
        found.high is not None and found.high < null
    )
    assert outside == (found.p < 1 - found.level) or math.isclose(found.p, 1 - found.level)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", [*PAIRED, *UNPAIRED])
@given(table=degenerate())
@settings(max_examples=40, deadline=None)
def test_degenerate_tables_are_never_certain(name, table) -> None:
    judge(name, asked(name, *table))


@pytest.mark.parametrize("name", BINARY)
@given(table=degenerate_shares())
@settings(max_examples=20, deadline=None)
def test_degenerate_shares_are_never_certain(name, table) -> None:
    judge(name, asked(name, *table))


def test_every_estimator_of_the_reference_is_asked() -> None:
    others = {
        "adjust", "adjusted_differences",
        "anytime_level", "anytime_p", "belief", "belief_in_shares", "design_effect",
        "cuped_moments", "grouped_comoments", "grouped_moments", "icc", "look_inflation",
        "look_level", "look_p", "merged", "minimum_detectable", "power", "sample_ratio",
        "prior_of_effects", "sample_size", "shrink", "shrunken", "simulated_power",
    }  # fmt: skip
    functions = {name for name in stats.__all__ if name[0].islower()} - others
    asked_for = {name.split(",")[0].split(" ")[0] for name in EVERY}
    assert functions - asked_for <= set()


def test_ranks_without_spread_have_the_p_of_signs_and_no_ends() -> None:
    found = stats.wilcoxon(np.arange(5.0), np.arange(5.0) + 2)
    assert (found.value, found.low, found.high, found.p) == (2.0, None, None, 2.0**-4)
    tied = stats.mann_whitney([1.0] * 20, [3.0] * 20)
    assert (tied.value, tied.low, tied.high) == (2.0, None, None)
    middle = stats.quantile_difference([1.0] * 20, [3.0] * 20)
    assert (middle.low, middle.high, middle.p) == (None, None, None)


@pytest.mark.parametrize("split", [stats.split_proportions, stats.split_ratio])
def test_an_empty_group_of_a_split_is_named(split) -> None:
    full, empty = stats.Moments.of([1.0, 0.0, 1.0]), stats.Moments.of([])
    with pytest.raises(stats.NotEnoughData, match="0 values in b"):
        split(full, empty)
    with pytest.raises(stats.NotEnoughData, match="0 values in a"):
        split(empty, full)


def test_belief_needs_a_spread() -> None:
    with pytest.raises(InputError, match="spread is not known"):
        stats.belief([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])


def test_full_agreement_of_raters_is_bounded_by_their_items() -> None:
    found = stats.cohen_kappa("abababab", "abababab")
    assert found.high == 1.0
    assert found.low == pytest.approx(1 - (1 - 0.025 ** (1 / 8)) / 0.5)
    assert stats.cohen_kappa("abab", "abab").low is None


def test_separated_groups_have_the_interval_of_feng_and_cliff() -> None:
    """Feng and Cliff (2004), Journal of Modern Applied Statistical Methods 3(2), at d = 1."""
    found = stats.cliffs_delta([1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11])
    z2 = 1.959963984540054**2
    assert (found.low, found.high) == (pytest.approx((5 - z2) / (5 + z2)), 1.0)
    assert found.p == pytest.approx(0.0253, abs=1e-4)


def test_a_look_without_spread_decides_nothing_and_stops_nothing() -> None:
    first = stats.paired([1.0] * 10, [2.0] * 10)
    later = stats.paired(np.zeros(20), [1.0, 1.2] * 10)
    assert stats.group_sequential([first], 20).low is None
    assert stats.group_sequential([first, later], 20).low > 0
