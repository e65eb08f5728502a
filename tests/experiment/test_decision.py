"""The decision of an experiment: its four outcomes, and what must not lead to the wrong one."""

import math

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Metric, Variant
from tailor_lab.experiment import compare

N = 200
RNG = np.random.default_rng(1)
BASE = RNG.normal(60, 10, N)
NOISE = RNG.normal(0, 1, N)
NOISE = (NOISE - NOISE.mean()) / NOISE.std(ddof=1)
"""Differences with mean 0 and a standard deviation of exactly 1."""
ZEROS = np.zeros(N)
SCORE = Metric("score", margin=2.0)
BAD = Metric("bad", kind="binary", better="lower", margin=0.05)
USD = Metric("cost_usd", kind="cost", better="lower", margin=0.1)


def frame(values: dict[str, dict[str, np.ndarray]], *, cluster=None) -> pl.DataFrame:
    parts = []
    for name, columns in values.items():
        n = len(next(iter(columns.values())))
        own = {"item_id": [f"i{i:04d}" for i in range(n)], "variant": [name] * n}
        source = {} if cluster is None else {"source": cluster}
        parts.append(pl.DataFrame({**own, **columns, **source}))
    return pl.concat(parts).with_columns(replicate=pl.lit(0), status=pl.lit("ok"))


def scores(**gains: np.ndarray) -> pl.DataFrame:
    """Runs of the baseline and of variants that differ from it so much, item by item."""
    return frame({"base": {"score": BASE}, **{k: {"score": BASE + d} for k, d in gains.items()}})


def failing(runs: pl.DataFrame, variant: str, count: int) -> pl.DataFrame:
    """The runs, the first so many of a variant failed."""
    place = pl.int_range(pl.len()).over("variant")
    lost = (pl.col("variant") == variant) & (place < count)
    status = pl.when(lost).then(pl.lit("failed")).otherwise("status")
    return runs.with_columns(status=status)


def design(primary: Metric = SCORE, *guardrails: Metric, variants=("base", "new"), **more):
    return Experiment("x", [], [Variant(v) for v in variants], primary, guardrails, **more)


def test_a_shown_gain_ships() -> None:
    decision = compare(scores(new=NOISE + 3), design()).decision
    assert (decision.outcome, decision.variant) == ("ship", "new")
    assert bool(decision)
    assert decision.sentence.startswith("Ship new: score rises from ")


@pytest.mark.parametrize("gain", [-3.0, 0.0, 1.0])
def test_a_loss_and_a_gain_below_the_margin_keep_the_baseline(gain) -> None:
    decision = compare(scores(new=NOISE + gain), design()).decision
    assert (decision.outcome, decision.variant) == ("keep_baseline", None)
    assert not decision
    assert "margin" in decision.sentence or gain < 0


def test_what_is_open_continues_with_how_many_items_it_needs() -> None:
    decision = compare(scores(new=30 * NOISE + 1), design()).decision
    assert (decision.outcome, decision.binding) == ("continue", "score")
    assert decision.more_items > N
    assert "keep base meanwhile" in decision.sentence


def test_a_guardrail_that_is_open_is_what_binds() -> None:
    bad = (np.arange(N) % 10 == 0).astype(float)
    other = (np.arange(N) % 10 == 1).astype(float)
    runs = frame(
        {"base": {"score": BASE, "bad": bad}, "new": {"score": BASE + NOISE + 3, "bad": other}}
    )
    decision = compare(runs, design(SCORE, BAD)).decision
    assert (decision.outcome, decision.binding) == ("continue", "bad")
    assert "So far score rises" in decision.sentence


def test_numbers_that_must_not_be_read_are_no_decision() -> None:
    runs = frame(
        {"base": {"score": BASE}, "new": {"score": np.where(np.arange(N) < 100, np.nan, BASE)}}
    )
    decision = compare(runs, design()).decision
    assert decision.outcome == "cannot_judge"
    assert "100 runs of new and 0 of base have no score" in decision.sentence


def test_runs_recorded_twice_are_no_decision() -> None:
    runs = scores(new=NOISE + 3)
    decision = compare(pl.concat([runs, runs.head(1)]), design()).decision
    assert decision.outcome == "cannot_judge"
    assert "recorded twice" in decision.sentence


def test_at_most_one_of_several_ships_and_it_is_the_best() -> None:
    other = RNG.permutation(NOISE)
    runs = scores(good=NOISE + 3, best=other + 6, bad=NOISE - 3)
    comparison = compare(runs, design(variants=("base", "good", "best", "bad")))
    assert comparison.decision.variant == "best"
    ships = {each.variant: each.ship for each in comparison.decision.per_variant}
    assert ships == {"good": False, "best": True, "bad": False}
    assert "best is shown to be the best of best, good" in str(comparison.decision)


def test_the_best_score_does_not_ship_where_its_guardrail_breaks() -> None:
    runs = frame(
        {
            "base": {"score": BASE, "bad": ZEROS},
            "good": {"score": BASE + NOISE + 3, "bad": ZEROS},
            "best": {"score": BASE + NOISE + 9, "bad": (np.arange(N) % 3 == 0).astype(float)},
        }
    )
    decision = compare(runs, design(SCORE, BAD, variants=("base", "good", "best"))).decision
    assert decision.variant == "good"


def test_all_variants_rejected_keep_the_baseline_and_one_open_continues() -> None:
    variants = ("base", "one", "two")
    both = compare(scores(one=NOISE - 3, two=NOISE), design(variants=variants)).decision
    assert both.outcome == "keep_baseline"
    assert "none of 2 variants qualifies" in both.sentence
    one = compare(scores(one=NOISE - 3, two=30 * NOISE + 1), design(variants=variants)).decision
    assert one.outcome == "continue"
    assert "Continue with two" in one.sentence


def test_lower_is_better_turns_everything() -> None:
    lower = Metric("score", margin=2.0, better="lower")
    assert compare(scores(new=NOISE - 3), design(lower)).decision.outcome == "ship"
    assert compare(scores(new=NOISE + 3), design(lower)).decision.outcome == "keep_baseline"


@pytest.mark.parametrize(
    ("gain", "outcome"), [(3.0, "ship"), (0.0, "ship"), (-1.0, "ship"), (-3.0, "keep_baseline")]
)
def test_the_goal_not_worse_ships_what_loses_less_than_the_margin(gain, outcome) -> None:
    decision = compare(scores(new=NOISE + gain), design(goal="not_worse")).decision
    assert decision.outcome == outcome


def test_the_goal_not_worse_is_asked_and_told_as_a_loss() -> None:
    open_ = compare(scores(new=20 * NOISE - 1), design(goal="not_worse")).decision
    assert open_.outcome == "continue"
    assert "a loss below 2 is not shown" in open_.sentence
    better = compare(scores(new=NOISE + 1), design(goal="not_worse")).decision
    assert not any("too small" in line for line in better.flips)
    # Beyond the margin at 5 %, though not below 0 at 2.5 %.
    small = Metric("score", margin=0.001)
    lost = compare(scores(new=NOISE - 1.8 / math.sqrt(N)), design(small, goal="not_worse"))
    assert lost["new"].verdict == "inconclusive"
    assert lost.decision.outcome == "keep_baseline"
    assert "score loses more than the margin of 0.001" in lost.decision.sentence


def test_failures_that_are_more_frequent_break_a_built_in_guardrail() -> None:
    comparison = compare(failing(scores(new=NOISE + 3), "new", 9), design())
    assert comparison["new"].verdict == "better"
    assert comparison["new", "failed"].state == "failed"
    assert comparison.decision.outcome == "keep_baseline"
    assert "fails in 4.5 % of its runs, 0 % under the baseline" in comparison.decision.sentence


def test_naming_the_metrics_that_decide_does_not_drop_the_failures() -> None:
    comparison = compare(failing(scores(new=NOISE + 3), "new", 9), design(), metrics=[SCORE])
    assert comparison.decision.outcome == "keep_baseline"


def test_a_failure_under_each_variant_breaks_nothing() -> None:
    runs = failing(failing(scores(new=NOISE + 3), "new", 1), "base", 1)
    decision = compare(runs, design()).decision
    assert decision.outcome == "ship"
    assert any("It holds on score if every failed run counts" in line for line in decision.reasons)


def test_failures_that_would_undo_the_gain_are_said() -> None:
    runs = failing(scores(new=NOISE + 0.4), "new", 2)
    decision = compare(runs, design(Metric("score", margin=0.3))).decision
    assert any("It does not hold on score" in line for line in decision.reasons)


def test_replicates_hide_no_failures() -> None:
    first = scores(new=NOISE + 3)
    second = first.with_columns(replicate=pl.lit(1))
    lost = (pl.col("replicate") == 1) & (pl.col("variant") == "new")
    second = second.with_columns(status=pl.when(lost).then(pl.lit("failed")).otherwise("status"))
    comparison = compare(pl.concat([first, second]), design(replicates=2))
    assert comparison["new", "score"].missing == 0
    assert comparison["new"].verdict == "invalid"
    assert comparison.decision.outcome == "keep_baseline"
    assert "fails in 50 % of its runs" in comparison.decision.sentence


def test_a_variant_that_always_fails_is_rejected() -> None:
    comparison = compare(failing(scores(new=NOISE), "new", N), design())
    assert comparison["new"].verdict == "worse"
    assert comparison.decision.outcome == "keep_baseline"
    assert "fails in 100 % of its runs" in comparison.decision.sentence


def test_one_run_that_failed_shows_nothing() -> None:
    one = scores(new=NOISE).filter(pl.col("item_id") == "i0000")
    comparison = compare(failing(one, "new", 1), design())
    assert comparison["new"].verdict == "invalid"
    assert comparison.decision.outcome == "cannot_judge"


def test_a_price_that_nobody_knows_is_not_asked_as_a_guardrail() -> None:
    runs = frame(
        {
            "base": {"score": BASE, "cost_usd": ZEROS + 1},
            "new": {"score": BASE + NOISE + 3, "cost_usd": ZEROS * np.nan},
        }
    )
    comparison = compare(runs, design(SCORE, USD))
    assert comparison.decision.outcome == "ship"
    assert "not asked: no run of new has a known cost_usd" in str(comparison.decision)


def test_a_price_that_nobody_knows_is_no_loss_where_it_decides() -> None:
    runs = frame({"base": {"cost_usd": ZEROS + 1}, "new": {"cost_usd": ZEROS * np.nan}})
    comparison = compare(runs, design(USD))
    assert comparison["new"].verdict == "invalid"
    assert comparison.decision.outcome == "cannot_judge"


def test_0_next_to_0_cost_holds_and_any_cost_next_to_0_breaks_a_share() -> None:
    share = Metric("cost_usd", kind="cost", better="lower", margin="10%")
    for metric in (USD, share):
        runs = frame(
            {
                "base": {"score": BASE, "cost_usd": ZEROS},
                "new": {"score": BASE + NOISE + 3, "cost_usd": ZEROS},
                "dear": {"score": BASE + NOISE + 3, "cost_usd": ZEROS + 1 + NOISE / 10},
            }
        )
        experiment = design(SCORE, metric, variants=("base", "new", "dear"))
        decision = compare(runs, experiment).decision
        assert (decision.outcome, decision.variant) == ("ship", "new")
        assert "does not hold" in decision.per_variant[1].reason


@pytest.mark.parametrize(("goal", "outcome"), [("better", "keep_baseline"), ("not_worse", "ship")])
def test_0_next_to_0_cost_as_the_primary_metric_follows_the_goal(goal, outcome) -> None:
    runs = frame({"base": {"cost_usd": ZEROS}, "new": {"cost_usd": ZEROS}})
    assert compare(runs, design(USD, goal=goal)).decision.outcome == outcome


def test_0_next_to_0_cost_is_not_read_where_half_of_it_is_missing() -> None:
    half = np.where(np.arange(N) < 100, np.nan, 0.0)
    runs = frame(
        {
            "base": {"score": BASE, "cost_usd": ZEROS},
            "new": {"score": BASE + NOISE + 3, "cost_usd": half},
        }
    )
    assert compare(runs, design(SCORE, USD)).decision.outcome == "cannot_judge"


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("margin", [2.0, "2%", None])
def test_differences_without_any_spread_are_no_certainty(margin, clustered) -> None:
    cluster = [f"s{i % 20}" for i in range(N)] if clustered else None
    runs = frame({"base": {"score": ZEROS + 50}, "new": {"score": ZEROS + 53}}, cluster=cluster)
    experiment = design(Metric("score", margin=margin), cluster="source" if clustered else None)
    comparison = compare(runs, experiment)
    estimate = comparison["new", "score"].judged
    assert estimate.low is None or estimate.low < estimate.value
    assert estimate.high is None or estimate.high > estimate.value
    few = runs.group_by("variant", maintain_order=True).head(5)
    assert compare(few, experiment).decision.outcome not in {"ship", "keep_baseline"}


def test_costs_without_any_spread_are_no_certainty() -> None:
    runs = frame({"base": {"cost_usd": ZEROS + 2}, "new": {"cost_usd": ZEROS + 1}})
    share = Metric("cost_usd", kind="cost", better="lower", margin="10%")
    found = compare(runs, design(share))["new", "cost_usd"].judged
    assert found.low < found.value < found.high, "how many may differ is bounded, not known"
    few = runs.group_by("variant", maintain_order=True).head(5)
    assert compare(few, design(share)).decision.outcome != "ship"


def test_two_items_that_both_turned_decide_nothing() -> None:
    runs = frame({"base": {"ok": ZEROS[:2]}, "new": {"ok": ZEROS[:2] + 1}})
    decision = compare(runs, design(Metric("ok", kind="binary", margin=0.05))).decision
    assert decision.outcome == "cannot_judge"
    assert "2 items are too few for a verdict; use 6" in decision.sentence


def test_so_few_items_ship_nothing_however_alike_their_gains() -> None:
    """Of null differences of 3 or -3 two in four have one sign, and Student's t then is sure."""
    outcomes = {}
    for n in (2, 4, 5, 6):
        noise = 0.1 * np.arange(n)
        runs = frame({"base": {"score": BASE[:n]}, "new": {"score": BASE[:n] + 3 + noise}})
        outcomes[n] = compare(runs, design(SCORE)).decision.outcome
    assert outcomes == dict.fromkeys((2, 4, 5), "cannot_judge") | {6: "ship"}


def test_a_decision_needs_all_that_decides() -> None:
    runs = frame(
        {"base": {"score": BASE, "bad": ZEROS}, "new": {"score": BASE + 3 + NOISE, "bad": ZEROS}}
    )
    experiment = design(SCORE, BAD)
    without_guardrail = compare(runs, experiment, metrics=[SCORE]).decision
    assert without_guardrail.outcome == "cannot_judge"
    assert "the guardrail bad was not asked for" in without_guardrail.sentence
    assert not any(each.ship for each in without_guardrail.per_variant)
    without_primary = compare(runs, experiment, metrics=[BAD]).decision
    assert without_primary.outcome == "cannot_judge"
    assert "score, which decides, was not asked for" in without_primary.sentence


def test_names_with_markup_are_text_everywhere() -> None:
    name = "<b onclick=x>**y**</b>"
    runs = frame({"base": {"score": BASE}, name: {"score": BASE + NOISE + 3}})
    comparison = compare(runs, design(variants=("base", name)))
    assert comparison.decision.variant == name
    for shown in (comparison, comparison.decision):
        assert "<b onclick" not in shown._repr_html_()
        assert "&lt;b onclick" in shown._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": pl.lit("abc")}, 'column "score" of the frame holds String'),
        ({"score": pl.concat_list(pl.lit(1.0))}, 'column "score" of the frame holds List'),
        ({"status": pl.lit(None, dtype=pl.String)}, 'Row 1 of the frame has no "status"'),
        ({"replicate": pl.lit("x")}, 'column "replicate" of the frame must hold a whole number'),
        ({"replicate": pl.lit(None, dtype=pl.Int64)}, 'column "replicate"'),
        ({"replicate": pl.lit(0.5)}, 'column "replicate"'),
    ],
)
def test_a_column_of_the_wrong_kind_is_refused_by_name(change, message) -> None:
    with pytest.raises(InputError, match=message):
        compare(scores(new=NOISE).with_columns(**change), design())


def test_replicates_kept_as_floats_are_whole_numbers() -> None:
    runs = scores(new=NOISE + 3)
    floats = runs.with_columns(replicate=pl.lit(0.0))
    assert compare(floats, design()).decision == compare(runs, design()).decision


@pytest.mark.parametrize(("order", "what"), [([], "no item"), (["i0000", "i0000"], "twice")])
def test_an_order_without_items_or_with_one_twice_is_refused(order, what) -> None:
    with pytest.raises(InputError, match=what):
        compare(scores(new=NOISE), design(), order=order)


@pytest.mark.parametrize("margin", [1e-200, 1e-9])
def test_a_tiny_margin_asks_for_no_number_of_items_that_no_float_holds(margin) -> None:
    decision = compare(scores(new=NOISE), design(Metric("score", margin=margin))).decision
    assert decision.outcome == "continue"


def test_the_decision_as_json_says_the_same() -> None:
    decision = compare(scores(new=NOISE + 3), design()).decision
    found = decision.to_dict()
    assert (found["outcome"], found["variant"]) == ("ship", "new")
    assert found["sentence"] == decision.sentence


@pytest.mark.parametrize("order", [("base", "a", "b"), ("base", "b", "a")])
def test_of_equal_twins_the_first_of_the_definition_is_taken_and_said(order) -> None:
    first, second = order[1:]
    decision = compare(scores(a=NOISE + 3, b=NOISE + 3), design(variants=order)).decision
    assert decision.variant == first
    assert (
        f"{first} and {second} are equal: each item has the same score under both; {first} is "
        "taken, the first in the definition."
    ) in decision.reasons
    assert not any("not shown" in reason for reason in decision.reasons)
    reason = next(each.reason for each in decision.per_variant if each.variant == second)
    assert reason.endswith(f"as {first} does, which is taken as the first in the definition")


def test_twins_are_no_rivals_of_one_another_next_to_a_third() -> None:
    variants = ("base", "c", "b", "a")
    other = np.roll(NOISE, 7)
    near = compare(scores(a=NOISE + 3, b=NOISE + 3, c=other + 2.99), design(variants=variants))
    assert "That b is better than c is not shown" in "".join(near.decision.reasons)
    far = compare(scores(a=NOISE + 4, b=NOISE + 4, c=other + 2.9), design(variants=variants))
    assert "b is shown to be better than c on score." in far.decision.reasons
    assert far.decision.variant == "b"
