"""Points of a share and per cent of the baseline are two margins; amounts are written briefly."""

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Metric, Variant
from tailor_lab.experiment import Measure, Workload, compare
from tailor_lab.experiment.verdict import OF_BASELINE, POINTS, amount
from tailor_lab.pipeline import Pipeline

N = 100
RNG = np.random.default_rng(4)
BASE = RNG.normal(50, 10, N)
GAIN = BASE + 3 + RNG.normal(0, 3, N)
BAD = (np.arange(N) % 5 == 0).astype(float)
WILD = 0
"""A seed whose few costs vary so much that Fieller's interval goes below what can be."""
WORSE = (np.arange(N) % 4 == 0).astype(float)


def compared(primary: Metric, *guardrails: Metric, **columns):
    """`columns` hold the values of each metric under the baseline and the variant."""
    frames = [
        pl.DataFrame(
            {
                "item_id": [f"i{i:03d}" for i in range(len(next(iter(columns.values()))[0]))],
                "variant": name,
                **{metric: values[place] for metric, values in columns.items()},
            }
        )
        for place, name in enumerate(("base", "new"))
    ]
    variants = [Variant("base"), Variant("new")]
    return compare(pl.concat(frames), Experiment("x", [], variants, primary, guardrails))


@pytest.mark.parametrize(
    ("margin", "meant"),
    [
        (5, "; 5 percentage points are 0.05."),
        (1, "; 1 percentage point is 0.01."),
        (2.5, "; 2.5 percentage points are 0.025."),
        (150, "between 0 and 1."),
    ],
)
def test_a_margin_of_a_share_in_points_is_refused_with_what_to_write(margin, meant) -> None:
    with pytest.raises(InputError, match="a share of runs between 0 and 1") as refused:
        Metric("bad", kind="binary", margin=margin)
    assert str(refused.value).endswith(meant)


def test_so_is_one_whose_workload_says_that_it_is_pass_or_fail() -> None:
    def bad(key: str) -> float:
        return float(len(key) > 3)

    made = Workload("w", Pipeline([bad]), needs=("key",), measures=(Measure("bad", kind="binary"),))
    asked = Metric("bad", margin=5)
    assert asked.kind == "score"
    with pytest.raises(InputError, match="5 percentage points are 0.05"):
        Experiment("x", [], [Variant("a"), Variant("b")], asked, workload=made)


@pytest.mark.parametrize("margin", [True, False, [1], np.nan, "5", float("inf"), 0])
@pytest.mark.parametrize("kind", ["binary", "score"])
def test_a_margin_that_is_no_number_and_no_share_is_refused(margin, kind) -> None:
    with pytest.raises(InputError, match="margin is"):
        Metric("s", kind=kind, margin=margin)


def test_per_cent_of_the_baseline_and_points_are_told_apart() -> None:
    score = Metric("s", kind="score", margin=1.0)
    points = Metric("bad", kind="binary", better="lower", margin=0.3)
    share = Metric("bad", kind="binary", better="lower", margin="300%")
    in_points = compared(score, points, s=(BASE, GAIN), bad=(BAD, WORSE)).decision
    of_base = compared(score, share, s=(BASE, GAIN), bad=(BAD, WORSE)).decision
    assert "(+5 percentage points, margin 30 percentage points)" in in_points.sentence
    assert "(+25 % of the baseline, margin 300 % of the baseline)" in of_base.sentence
    assert all("%" not in flip for flip in in_points.flips)
    assert any(flip.endswith("% of the baseline.") for flip in of_base.flips)


def test_an_open_question_has_its_interval_and_its_margin_in_one_unit() -> None:
    score = Metric("s", kind="score", margin=1.0)
    bad = Metric("bad", kind="binary", better="lower", margin=0.01)
    comparison = compared(score, bad, s=(BASE, GAIN), bad=(BAD, WORSE))
    low, high = (
        amount(100 * end, "")
        for end in comparison["new", "bad"].possible(comparison["new", "bad"].judged)
    )
    expected = f"(+5 percentage points ({low} to {high})), a loss below 1 percentage point is not"
    assert expected in comparison.decision.sentence


def test_a_cost_needs_no_word_for_what_its_per_cent_are_of() -> None:
    cost = Metric("usd", kind="cost", better="lower", margin="10%")
    assert cost.margin_unit(relative=True) == "%"
    assert Metric("s", kind="score", margin="10%").margin_unit(relative=True) == OF_BASELINE


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.05, POINTS, "5 percentage points"),
        (0.01, POINTS, "1 percentage point"),
        (0.05, OF_BASELINE, "5 % of the baseline"),
        (4e-7, "USD", "4e-07 USD"),
        (0.0000123, "USD", "0.0000123 USD"),
        (1.97e297, "%", "1.97e+299 %"),
        (1234567.0, "tokens", "1,234,567 tokens"),
        (-3e13, "", "-3e+13"),
        (5e9, "tokens", "5,000,000,000 tokens"),
        (0.0, "USD", "0 USD"),
        (1e308, "%", "no limit"),
    ],
)
def test_an_amount_is_short_however_large_or_small(value, unit, text) -> None:
    assert amount(value, unit) == text


def test_nobody_can_save_more_than_all_of_a_cost() -> None:
    rng = np.random.default_rng(WILD)
    base = rng.lognormal(0, 1.5, 12)
    spent = (base, base * rng.lognormal(-0.5, 2, 12))
    cost = Metric("usd", kind="cost", better="lower", margin="10%")
    wild = compared(cost, usd=spent)["new"].primary
    assert wild.judged.low < -1
    assert "(-100 % to" in wild.summary
    assert wild.possible(wild.judged)[0] == -1.0


def test_one_cluster_is_counted_as_one() -> None:
    frame = pl.DataFrame(
        {
            "item_id": [f"i{i}" for i in range(40)] * 2,
            "variant": ["base"] * 40 + ["new"] * 40,
            "s": np.arange(80.0) % 7,
            "source": "one",
        }
    )
    variants = [Variant("base"), Variant("new")]
    one = Experiment("x", [], variants, Metric("s", margin=1.0), cluster="source")
    sentence = compare(frame, one).decision.sentence
    assert "1 cluster" in sentence
    assert "1 clusters" not in sentence


@pytest.mark.parametrize("role", ["primary", "guardrail"])
def test_what_cannot_be_read_is_open_as_its_decision_is(role) -> None:
    values = np.where(np.arange(N) < 20, np.nan, GAIN)
    metrics = {
        "primary": (Metric("s", margin=1.0),),
        "guardrail": (Metric("t", margin=1.0), Metric("s", margin=1.0)),
    }
    comparison = compared(*metrics[role], s=(BASE, values), t=(BASE, GAIN))
    result = comparison["new", "s"]
    assert (result.verdict, result.state, result.colour) == ("invalid", "open", "open")
    assert comparison.decision.outcome == "cannot_judge"
    assert 'class="bad' not in comparison._repr_html_()
