"""Every public estimator on awkward data: an estimate with a warning or a refusal, never nan.

And the same data in another order, or from another backend, give the same figures.
"""

import dataclasses
import math

import duckdb
import numpy as np
import polars as pl
import pytest

from tailor_lab import stats
from tailor_lab.errors import InputError


def labels(a) -> list[str]:
    return [f"c{i % 9}" for i in range(len(a))]


PAIRED = {
    "paired": stats.paired,
    "clustered": lambda a, b: stats.clustered(np.asarray(b) - np.asarray(a), labels(a)),
    "ratio": stats.ratio,
    "permutation": lambda a, b: stats.permutation(a, b, resamples=500),
    "wilcoxon": stats.wilcoxon,
    "bootstrap": lambda a, b: stats.bootstrap(np.asarray(b) - np.asarray(a), resamples=200),
    "studentized bootstrap": lambda a, b: stats.bootstrap(
        np.asarray(b) - np.asarray(a), method="studentized", resamples=200
    ),
    "clustered ratio": lambda a, b: stats.ratio(a, b, clusters=labels(a)),
    "quantile_difference": lambda a, b: stats.quantile_difference(a, b, resamples=200),
    "confidence_sequence": lambda a, b: stats.confidence_sequence(
        np.asarray(b) - np.asarray(a), planned=60
    ),
    "cohens_d": stats.cohens_d,
    "belief": lambda a, b: stats.belief(a, b, prior_sd=1.0),
    "paired_adjusted": lambda a, b: stats.paired_adjusted(a, b, [np.arange(len(a)) % 7]),
    "ratio_of_totals": lambda a, b: stats.ratio_of_totals(a, np.ones(len(a)), b, np.ones(len(b))),
    "dunnett": lambda a, b: stats.dunnett(a, [b])[0],
}
UNPAIRED = {
    "quantile_difference of two groups": lambda a, b: stats.quantile_difference(
        a, b, paired=False, resamples=200
    ),
    "unpaired": stats.unpaired,
    "group_difference": stats.group_difference,
    "clustered group_difference": lambda a, b: stats.group_difference(
        a, b, clusters_a=labels(a), clusters_b=labels(b)
    ),
    "group_ratio": stats.group_ratio,
    "clustered group_ratio": lambda a, b: stats.group_ratio(
        a, b, clusters_a=labels(a), clusters_b=labels(b)
    ),
    "equivalence_of_groups": lambda a, b: stats.equivalence_of_groups(a, b, margin=1.0),
    "mann_whitney": stats.mann_whitney,
    "cliffs_delta": stats.cliffs_delta,
    "hedges_g": lambda a, b: stats.cohens_d(a, b, paired=False),
    "cuped": lambda a, b: stats.cuped(
        a, b, before_a=np.arange(len(a)) % 5, before_b=np.arange(len(b)) % 5
    ),
    "regression_adjusted": lambda a, b: stats.regression_adjusted(
        a, b, [np.arange(len(a)) % 5], [np.arange(len(b)) % 5]
    ),
    "split_ratio": lambda a, b: stats.split_ratio(stats.Moments.of(a), stats.Moments.of(b)),
    "unpaired_moments": lambda a, b: stats.unpaired_moments(
        stats.Moments.of(a), stats.Moments.of(b)
    ),
}
BINARY = {
    "paired_proportions": stats.paired_proportions,
    "proportions": stats.proportions,
    "miettinen_nurminen": stats.miettinen_nurminen,
    "boschloo": stats.boschloo,
    "group_share_difference": stats.group_share_difference,
    "relative_lift": stats.relative_lift,
    "odds_ratio": stats.odds_ratio,
    "belief_in_shares": stats.belief_in_shares,
    "betting_sequence": lambda a, b: stats.betting_sequence(
        np.asarray(b, dtype=float) - np.asarray(a, dtype=float), low=-1, high=1
    ),
    "split_proportions": lambda a, b: stats.split_proportions(
        stats.Moments.of(a), stats.Moments.of(b)
    ),
}
EVERY = {**PAIRED, **UNPAIRED}
rng = np.random.default_rng(1)
AWKWARD = {
    "nothing": ([], []),
    "one value": ([1.0], [2.0]),
    "two values": ([1.0, 2.0], [2.0, 2.5]),
    "all equal": ([3.0] * 20, [3.0] * 20),
    "equal differences": (list(range(1, 21)), list(range(2, 22))),
    "nan among them": ([math.nan, *rng.normal(5, 1, 29)], rng.normal(5, 1, 30)),
    "only nan": ([math.nan] * 10, [math.nan] * 10),
    "infinite": ([math.inf, *rng.normal(5, 1, 29)], rng.normal(5, 1, 30)),
    "zeros": ([0.0] * 20, [0.0] * 20),
    "a zero baseline": ([0.0] * 20, rng.normal(5, 1, 20)),
    "near a billion": (1e9 + rng.normal(0, 1, 60), 1e9 + rng.normal(0, 1, 60)),
    "enormous": ([1e300, -1e300] * 10, [1e300, 1e300] * 10),
    "tiny": ([1e-300] * 19 + [2e-300], [1e-300] * 18 + [3e-300, 1e-300]),
}
AWKWARD_BINARY = {
    "nothing": ([], []),
    "one value": ([1], [0]),
    "all pass": ([1] * 20, [1] * 20),
    "none pass": ([0] * 20, [0] * 20),
    "opposite": ([1] * 20, [0] * 20),
    "no binary": ([0.5] * 20, [1.0] * 20),
}


def all_numbers_are_numbers(found: object) -> bool:
    numbers = [value for value in vars(found).values() if isinstance(value, float)]
    return not any(math.isnan(number) for number in numbers)


def asked(estimator, a, b):
    """What the estimator says; None where it refuses, in a sentence."""
    refusal = ""
    try:
        return estimator(a, b)
    except InputError as error:
        refusal = str(error)
    assert refusal.endswith(".")
    return None


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("data", AWKWARD)
@pytest.mark.parametrize("name", EVERY)
def test_awkward_values_give_an_estimate_or_a_refusal(name: str, data: str) -> None:
    # Squares of 1e300 overflow on the way to a refusal.
    with np.errstate(over="ignore" if data == "enormous" else "warn", invalid="ignore"):
        found = asked(EVERY[name], *AWKWARD[data])
    if found is None:
        return
    assert all_numbers_are_numbers(found)
    if data in {"nan among them", "infinite"} and name not in {"split_ratio", "unpaired_moments"}:
        assert any("left out" in warning for warning in found.warnings)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("data", AWKWARD_BINARY)
@pytest.mark.parametrize("name", BINARY)
def test_awkward_successes_give_an_estimate_or_a_refusal(name: str, data: str) -> None:
    found = asked(BINARY[name], *AWKWARD_BINARY[data])
    assert found is None or all_numbers_are_numbers(found)


def figures(found: object) -> list[float]:
    names = [field.name for field in dataclasses.fields(found)]
    values = [getattr(found, name) for name in names]
    # approx has no word for None; an end that does not exist lies beyond all numbers.
    return [math.inf if v is None else v for v in values if v is None or isinstance(v, int | float)]


def agree(first: object, second: object) -> None:
    assert figures(second) == pytest.approx(figures(first), rel=1e-9, abs=1e-12)


GOOD = (rng.normal(5, 1, 60), rng.normal(5.3, 1, 60))
GOOD_BINARY = (rng.binomial(1, 0.4, 60), rng.binomial(1, 0.6, 60))
ORDERED = {
    "betting_sequence",
    "confidence_sequence",
    "clustered",
    "clustered ratio",
    "clustered group_difference",
    "clustered group_ratio",
    "paired_adjusted",
    "cuped",
    "regression_adjusted",
}
"""Those whose answer depends on the order, or on covariates that stand beside the values."""


@pytest.mark.parametrize("name", [*EVERY, *BINARY])
def test_every_backend_gives_the_same_figures(name: str) -> None:
    a, b = GOOD_BINARY if name in BINARY else GOOD
    estimator = {**EVERY, **BINARY}[name]
    expected = estimator(a, b)
    agree(expected, estimator(pl.Series(a), pl.Series(b)))
    agree(expected, estimator(a.tolist(), b.tolist()))


@pytest.mark.parametrize("name", ["paired", "ratio", "unpaired", "cohens_d", "proportions"])
def test_a_duckdb_relation_gives_the_same_figures(name: str) -> None:
    a, b = GOOD_BINARY if name == "proportions" else GOOD
    table = pl.DataFrame({"i": range(60), "a": a, "b": b})
    connection = duckdb.connect()
    connection.register("t", table.to_arrow())
    columns = [connection.sql(f"select {c} from t order by i") for c in "ab"]
    estimator = {**EVERY, **BINARY}[name]
    agree(estimator(a, b), estimator(*columns))


def test_clusters_may_come_from_a_relation_too() -> None:
    groups = [i // 5 for i in range(60)]
    table = pl.DataFrame({"i": range(60), "a": GOOD[0], "b": GOOD[1], "c": groups})
    connection = duckdb.connect()
    connection.register("t", table.to_arrow())
    a, b, c = (connection.sql(f"select {name} from t order by i") for name in "abc")
    agree(stats.ratio(*GOOD, clusters=table["c"]), stats.ratio(a, b, clusters=c))


def test_an_effect_of_clusters_wants_values() -> None:
    with pytest.raises(stats.NotEnoughData):
        stats.design_effect([], [])


@pytest.mark.parametrize("name", [n for n in [*EVERY, *BINARY] if n not in ORDERED])
def test_another_order_gives_the_same_figures(name: str) -> None:
    a, b = GOOD_BINARY if name in BINARY else GOOD
    estimator = {**EVERY, **BINARY}[name]
    order = np.random.default_rng(2).permutation(60)
    agree(estimator(a, b), estimator(a[order], b[order]))
