"""Losses that so few items or sources need not show."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import Experiment, InputError, Metric, Pipeline, Variant
from tailor_lab.experiment import compare
from tailor_lab.experiment.definition import read_definition
from tailor_lab.stats.skewness import freedom, hides_losses, skewness, unseen


def experiment(bounds=None, cluster=None, **more) -> Experiment:
    return Experiment(
        "tails",
        [],
        [Variant("a"), Variant("b")],
        Metric("gain", "score", margin=1.0),
        guardrails=[Metric("score", "score", margin=2.0, bounds=bounds, **more)],
        pipeline=Pipeline([lambda score: score]),
        cluster=cluster,
    )


def runs(a, b, sources=None) -> pl.DataFrame:
    n = len(a)
    items = [f"i{number:03}" for number in range(n)]
    frame = pl.DataFrame(
        {
            "item_id": items * 2,
            "variant": ["a"] * n + ["b"] * n,
            "replicate": [0] * 2 * n,
            "status": ["ok"] * 2 * n,
            "score": [*a, *b],
            "gain": [0.0] * n + [3.0 + 0.1 * (number % 7) for number in range(n)],
        }
    )
    return frame if sources is None else frame.with_columns(source=pl.Series([*sources, *sources]))


def normal(n: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    base = np.clip(rng.normal(60, 10, n), 5, 95)
    return base, np.clip(base + rng.normal(0, 1.5, n), 0, 100)


@pytest.mark.parametrize(("n", "outcome"), [(40, "continue"), (160, "ship")])
def test_bounds_ask_for_the_items_that_exclude_what_was_not_seen(n, outcome) -> None:
    a, b = normal(n)
    assert compare(runs(a, b), experiment()).decision.outcome == "ship"
    found = compare(runs(a, b), experiment(bounds=(0, 100)))
    assert found.decision.outcome == outcome
    if outcome == "continue":
        result = found["b", "score"]
        assert "may lose far more score than was seen" in result.sentence
        # The rule of three: 1 - 0.05 ** (1 / n) of all lose all they have, less what was seen.
        lost = float(unseen(np.array((a - b).max()), a.mean(), n, 0.05))
        assert result.narrow.low == pytest.approx(result.judged.value - lost)
        assert found.decision.more_items == result.needed - n
        more = result.needed
        share = 1 - 0.05 ** (1 / more)
        assert share * (a.mean() - (a - b).max()) <= 2.0 + result.judged.value


def test_a_loss_as_large_as_there_can_be_leaves_nothing_unseen() -> None:
    a, b = normal(200)
    a[3], b[3] = 100.0, 0.0
    seen = compare(runs(a, b), experiment(bounds=(0, 100)))["b", "score"]
    free = compare(runs(a, b), experiment())["b", "score"]
    assert seen.narrow.low == free.narrow.low


def test_lower_may_be_better() -> None:
    a, b = normal(40)
    found = compare(runs(a, b), experiment(bounds=(0, 100), better="lower"))["b", "score"]
    assert found.state == "open"
    lost = float(unseen(np.array((b - a).max()), 100 - a.mean(), 40, 0.05))
    assert found.narrow.high == pytest.approx(found.judged.value + lost)


@pytest.mark.parametrize(("sources", "state"), [(8, "open"), (24, "met")])
def test_too_few_sources_hide_a_tail_of_losses(sources, state) -> None:
    rng = np.random.default_rng(4)
    a = np.full(480, 50.0)
    b = a + rng.normal(0.2, 0.3, 480)
    b[rng.choice(480, 10, replace=False)] -= 8
    labels = [f"s{number % sources:02}" for number in range(480)]
    found = compare(runs(a, b, labels), experiment(cluster="source"))["b", "score"]
    assert found.state == state
    if state == "open":
        assert found.sentence.startswith("cannot tell: 8 sources are too few")
        assert found.narrow.low is None


@given(
    st.lists(st.floats(-20, 20), min_size=12, max_size=40),
    st.floats(0, 30),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_larger_gain_never_takes_a_guardrail_away(differences, more, bounded) -> None:
    order = {"failed": 0, "open": 1, "met": 2}
    n = len(differences)
    a = np.full(n, 50.0)
    asked = experiment(bounds=(-1000, 1000) if bounded else None)
    states = [
        compare(runs(a, a + np.array(differences) + shift), asked)["b", "score"].state
        for shift in (0.0, more)
    ]
    assert order[states[1]] >= order[states[0]]


def test_moments_have_no_bias_of_small_samples() -> None:
    from scipy.stats import kurtosis, skew

    values = np.random.default_rng(2).exponential(size=(5, 30))
    assert skewness(values) == pytest.approx(skew(values, axis=-1, bias=False))
    g2 = kurtosis(values, axis=-1, bias=False)
    assert freedom(values) == pytest.approx(np.maximum(1.0, 2 * 30 / (g2 + 2)))
    assert skewness(np.ones((2, 5))).tolist() == [0, 0]
    assert np.isinf(freedom(np.ones(5)))


def test_only_a_tail_of_losses_is_hidden() -> None:
    losses = np.r_[np.zeros(95), np.full(5, -9.0)]
    assert hides_losses(losses, 8)
    assert not hides_losses(-losses, 8)
    assert not hides_losses(losses, 12)
    assert not hides_losses(np.arange(100.0), 8)


@pytest.mark.parametrize(
    "bounds", [(1, 1), (5, 1), (0, math.inf), (0, math.nan), "ab", 5, (1,), (1, 2, 3), ("a", "b")]
)
def test_bounds_that_are_none_are_refused(bounds) -> None:
    with pytest.raises(InputError, match="bounds is"):
        Metric("score", "score", bounds=bounds)


def test_only_scores_have_bounds() -> None:
    with pytest.raises(InputError, match="only a score has bounds, and its kind is binary"):
        Metric("failed_runs", "binary", bounds=(0, 1))


def test_a_value_outside_its_bounds_is_named() -> None:
    a, b = normal(40)
    b[7] = 140.0
    with pytest.raises(InputError, match='Item "i007" has score 140, outside the bounds .* 0 to 1'):
        compare(runs(a, b), experiment(bounds=(0, 100)))


def test_a_definition_names_bounds(tmp_path) -> None:
    text = """
name: tails
items: items.jsonl
variants: [{name: a}, {name: b}]
primary: {metric: improvement, margin: 2}
guardrails: [{metric: quality, kind: score, margin: 2, bounds: [0, 100]}]
"""
    (tmp_path / "tails.yaml").write_text(text)
    assert read_definition(tmp_path / "tails.yaml").guardrails[0].bounds == (0.0, 100.0)
    (tmp_path / "tails.yaml").write_text(text.replace("[0, 100]", "[100, 0]"))
    with pytest.raises(InputError, match=r"line 6.*bounds is \[100, 0\]"):
        read_definition(tmp_path / "tails.yaml")


@pytest.mark.parametrize(
    ("price", "outcome"),
    [(0.0, "ship"), (0.005, "ship"), (0.01, "ship"), (0.02, "keep_baseline")],
)
def test_a_flat_price_is_compared_as_far_as_the_items_tell(price, outcome) -> None:
    asked = Experiment(
        "flat",
        [],
        [Variant("a"), Variant("b")],
        Metric("gain", "score", margin=1.0),
        guardrails=[Metric("paid", "cost", margin="10%", better="lower")],
        pipeline=Pipeline([lambda gain: gain]),
    )
    a, b = normal(60)
    frame = runs(a, b).with_columns(paid=pl.Series([0.01] * 60 + [price] * 60))
    found = compare(frame, asked)
    assert found.decision.outcome == outcome
    few = compare(frame.filter(pl.col("item_id") < "i020"), asked).decision
    assert few.outcome == (outcome if price != 0.01 else "continue")
