"""Looks at unfinished experiments: planned ones count, others are refused or written down."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment import compare
from tailor_lab.experiment.analysis.early.peeking import PEEKING, PLANNED, WATCHED
from tailor_lab.experiment.looks import look_sizes
from tailor_lab.stats import confidence_sequence, group_sequential, paired, power


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path / "lab") as lab:
        yield lab


def rows(differences: np.ndarray, variant: str = "b", **columns) -> pl.DataFrame:
    n = len(differences)
    base = np.random.default_rng(99).normal(0, 1, 10_000)[:n]
    parts = [("a", base), (variant, base + differences)]
    return pl.concat(
        pl.DataFrame(
            {
                "item_id": [f"i{i:05d}" for i in range(n)],
                "variant": [name] * n,
                "replicate": [0] * n,
                "status": ["ok"] * n,
                "score": values,
                **columns,
            }
        )
        for name, values in parts
    )


def experiment(looks, **more) -> Experiment:
    metric = Metric("score", margin=1.0)
    return Experiment("x", [], [Variant("a"), Variant("b")], metric, looks=looks, **more)


REPS = 250
ORDER = [f"i{i:05d}" for i in range(200)]


def test_the_last_of_two_looks_is_the_group_sequential_estimate() -> None:
    differences = np.random.default_rng(3).normal(0.2, 1, 200)
    found = compare(rows(differences), experiment(2), order=ORDER)["b", "score"].difference
    zeros = np.zeros(200)
    looks = [paired(zeros[:n], differences[:n]) for n in (100, 200)]
    expected = group_sequential(looks, 200, final=True)
    assert (found.low, found.high, found.p) == pytest.approx(
        (expected.low, expected.high, expected.p), rel=1e-6
    )


def test_between_two_looks_nothing_new_is_shown() -> None:
    differences = np.random.default_rng(4).normal(0.2, 1, 200)
    at_look = compare(rows(differences[:100]), experiment(2), order=ORDER)
    later = compare(rows(differences[:160]), experiment(2), order=ORDER)
    assert later["b"].primary == at_look["b"].primary
    assert "look 1 of 2, 100 of 200 items; the next is at 200. 160 are finished." in str(later)


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_before_the_first_look_there_is_no_estimate(looks) -> None:
    found = compare(rows(np.ones(30)), experiment(looks), order=ORDER)["b"].primary
    assert found.verdict == "inconclusive"
    assert found.difference is None
    assert f"the first look is planned at {200 // looks} items, 30 of 200" in found.sentence


def test_an_early_look_is_judged_more_strictly_than_a_single_one() -> None:
    differences = np.random.default_rng(5).normal(0.3, 1, 200)
    early = compare(rows(differences[:100]), experiment(2), order=ORDER)["b", "score"].difference
    alone = paired(np.zeros(100), differences[:100])
    assert early.high - early.low > 1.3 * (alone.high - alone.low)
    assert early.p > alone.p


def test_a_look_waits_for_the_item_that_is_still_missing() -> None:
    runs = rows(np.random.default_rng(6).normal(0.3, 1, 160))
    gap = runs.filter(~((pl.col("item_id") == "i00050") & (pl.col("variant") == "b")))
    assert compare(gap, experiment(2), order=ORDER)["b"].primary.difference is None


def test_a_failed_item_counts_as_looked_at() -> None:
    runs = rows(np.random.default_rng(6).normal(0.3, 1, 100))
    failed = (pl.col("item_id") == "i00050") & (pl.col("variant") == "b")
    runs = runs.with_columns(
        status=pl.when(failed).then(pl.lit("failed")).otherwise("status"),
        score=pl.when(failed).then(None).otherwise("score"),
    )
    found = compare(runs, experiment(2), order=ORDER)["b"].primary
    assert (found.n, found.missing) == (99, 1)


def test_watched_all_the_time_is_the_confidence_sequence() -> None:
    differences = np.random.default_rng(7).normal(0.4, 1, 120)
    found = compare(rows(differences), experiment("anytime"), order=ORDER)["b", "score"].difference
    expected = confidence_sequence(differences, planned=200)
    # Ours asks Student's t for the same tail, so it is wider by a hair.
    assert found.low == pytest.approx(expected.low, abs=0.01)
    assert found.low < expected.low
    assert found.p >= expected.p


def test_watched_data_wait_for_their_minimum_and_for_their_skewness() -> None:
    few = compare(rows(np.ones(20) + np.arange(20) / 9), experiment("anytime"), order=ORDER)
    assert "from 50 items on; there are 20" in few["b"].primary.sentence
    assert few["b"].primary.difference.low is None
    skewed = np.random.default_rng(8).lognormal(0, 2, 100)
    found = compare(rows(skewed), experiment("anytime"), order=ORDER)["b"].primary
    assert found.verdict == "inconclusive"
    assert "items on; there are 100" in found.sentence


def test_watched_passes_and_fails_are_bets_that_need_no_minimum() -> None:
    metric = Metric("score", kind="binary")
    runs = pl.concat(
        pl.DataFrame(
            {
                "item_id": ORDER[:40],
                "variant": [name] * 40,
                "replicate": [0] * 40,
                "status": ["ok"] * 40,
                "score": [value] * 40,
            }
        )
        for name, value in (("a", 0), ("b", 1))
    )
    watched = replace(experiment("anytime"), primary=metric)
    found = compare(runs, watched, order=ORDER)["b"].primary
    assert found.verdict == "better"
    assert "betting" in found.method


@pytest.mark.slow
@pytest.mark.parametrize("looks", [3, 5, "anytime"])
def test_watching_raises_no_false_alarms(looks) -> None:
    """A decision at any look of 250 A/A experiments: 5 % and Monte-Carlo error (3 SE) at most."""
    rng, wrong = np.random.default_rng(11), 0
    sizes = look_sizes(looks, 200) or list(range(50, 201, 15))
    watched = experiment(looks)
    for _ in range(REPS):
        runs = rows(rng.normal(0, 1, 200))
        for size in sizes:
            part = runs.filter(pl.col("item_id") < f"i{size:05d}")
            if compare(part, watched, order=ORDER)["b"].verdict in {"better", "worse"}:
                wrong += 1
                break
    assert wrong / REPS <= 0.05 + 3 * (0.05 * 0.95 / REPS) ** 0.5


@pytest.mark.slow
def test_looking_at_every_look_with_the_fixed_method_would_fail_that() -> None:
    """The negative control: the same data, judged as if each look were the only one."""
    rng, wrong = np.random.default_rng(11), 0
    for _ in range(REPS):
        differences = rng.normal(0, 1, 200)
        wrong += any(paired(np.zeros(n), differences[:n]).p < 0.05 for n in range(20, 201, 10))
    assert wrong / REPS > 0.15


@pytest.mark.parametrize("looks", [0, 21, "often", 2.5])
def test_looks_that_cannot_be_are_refused(looks) -> None:
    with pytest.raises(InputError, match=r"looks is .*use 1 to 20 planned looks"):
        experiment(looks)


def gains(lab: Lab, gain: dict[str, float], **more) -> Experiment:
    """An experiment of a pipeline of its own, whose values are fixed noise plus a gain."""

    def score(value: float, gain: float) -> float:
        return value + gain * (1 + value / 10)

    noise = np.random.default_rng(12).normal(0, 1, 90)
    items = [
        {"id": f"n{i}", "value": float(v), "kind": ["even", "odd"][i % 2]}
        for i, v in enumerate(noise)
    ]
    return Experiment(
        "gains",
        items,
        [Variant(name, parameters={"gain": by}) for name, by in gain.items()],
        Metric("score", margin=0.5),
        pipeline=Pipeline([score]),
        **more,
    )


@pytest.mark.slow
def test_a_run_until_decided_stops_and_says_what_that_saved(lab) -> None:
    defined = gains(lab, {"a": 0.0, "b": 3.0}, looks=3)
    result = lab.run(defined, until="decided", progress=False)
    assert result.frame.height == 60
    assert result.compare()["b"].verdict == "better"
    assert result.stopping.saved_runs == 120
    assert "look 1 of 3, 30 of 90 items" in str(result.stopping)
    # The same is read from the log by whoever comes later.
    assert str(lab.result("gains").stopping) == str(result.stopping)


def test_a_variant_that_is_decided_is_dropped_and_the_others_go_on(lab) -> None:
    defined = gains(lab, {"a": 0.0, "bad": -3.0, "close": 0.0005}, looks=3)
    defined = replace(defined, primary=Metric("score", margin=0.00001))
    result = lab.run(defined, until="decided", progress=False)
    counts = dict(result.frame.group_by("variant").len().iter_rows())
    assert counts == {"a": 90, "bad": 30, "close": 90} or counts["bad"] == 30
    assert result.compare()["bad"].verdict == "worse"


def test_with_one_look_nothing_can_stop_early_and_that_is_said(lab) -> None:
    with pytest.warns(UserWarning, match="plans one look"):
        result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), until="decided", progress=False)
    assert result.frame.height == 180
    assert result.stopping is None


def test_what_was_stopped_can_be_run_to_its_end(lab) -> None:
    defined = gains(lab, {"a": 0.0, "b": 3.0}, looks=3)
    lab.run(defined, until="decided", progress=False)
    result = lab.run(defined, progress=False)
    assert result.frame.height == 180
    assert result.compare()["b"].primary.look.final


@pytest.mark.slow
def test_an_unplanned_look_is_written_down_and_later_ones_allow_for_it(lab) -> None:
    defined = gains(lab, {"a": 0.0, "b": 0.05}, looks=2)
    lab.run(replace(defined, looks=3), until="decided", progress=False)  # fills 30 items or more
    whole = lab.run(defined, progress=False)
    unspoilt = whole.compare()["b", "score"].difference
    early = replace(
        whole, frame=whole.frame.filter(pl.col("item_id").is_in(whole.plan["order"][:60]))
    )
    seen = early.compare(unplanned=True)["b", "score"]
    assert str(seen.look) == "look 2 of 3, 60 of 90 items"
    assert whole.unplanned_looks() == [60]
    after = whole.compare()["b", "score"].difference
    assert after.high - after.low > unspoilt.high - unspoilt.low


def test_until_is_decided_or_nothing(lab) -> None:
    with pytest.raises(InputError, match="until"):
        lab.run(gains(lab, {"a": 0.0, "b": 1.0}), until="tomorrow")


def test_segments_are_exploratory_and_test_their_interaction_first(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 0.2}), progress=False)
    found = result.segments("kind")
    assert found.frame["segment"].to_list() == ["even", "odd"]
    assert found.frame["n"].to_list() == [45, 45]
    assert 0 <= found.interaction_p["b"] <= 1
    assert "exploratory" in str(found)
    with pytest.raises(InputError, match='The items have no "colour"; segments can be made by'):
        result.segments("colour")


def test_an_aa_check_on_ones_own_data_finds_five_per_cent(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), progress=False)
    found = result.aa(reps=1000)
    assert found.ok
    assert found.low <= 0.05 <= found.high + 0.01
    assert found.items == 90
    assert "as promised" in str(found)
    assert found.coverage == pytest.approx(1 - found.rate)
    assert found.frame.height == 1000


@pytest.mark.slow
def test_peeking_cries_wolf_and_planned_looks_do_not(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), progress=False)
    found = result.peeking(looks=(1, 10), reps=600)
    rates = {(r["method"], r["looks"]): r for r in found.frame.to_dicts()}
    assert rates[PEEKING, 1]["low"] <= 0.05 <= rates[PEEKING, 1]["high"]
    assert rates[PEEKING, 1]["rate"] == rates[PLANNED, 1]["rate"]
    assert rates[PEEKING, 10]["low"] > 0.10
    assert rates[PLANNED, 10]["low"] <= 0.05
    assert rates[WATCHED, 10]["low"] <= 0.05
    assert "10 looks" in str(found)
    assert found.chart().to_dict()["title"]["text"].startswith("10 peeks raise false alarms to")


def test_more_looks_than_pairs_are_refused(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), progress=False)
    with pytest.raises(InputError, match="use 1 to 90"):
        result.peeking(looks=(1, 91))


def test_resampled_items_without_a_difference_find_five_per_cent(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), progress=False)
    found = result.aa(reps=600, method="resampled")
    assert found.ok
    assert found.low <= 0.05 <= found.high + 0.01
    assert "resamples" in str(found)


def test_a_shift_is_found_as_often_as_the_power_says(lab) -> None:
    result = lab.run(gains(lab, {"a": 0.0, "b": 3.0}), progress=False)
    sd = float(result.differences("b")["difference"].std())
    shift = 0.3 * sd
    found = result.aa(reps=600, shift=shift)
    assert found.rate == pytest.approx(power(90, difference=shift, sd=sd), abs=0.07)
    assert found.coverage == pytest.approx(0.95, abs=0.03)
    assert float(found.frame["value"].mean()) == pytest.approx(shift, abs=0.05 * sd)
    assert "finds it better in" in str(found)
    assert result.aa(reps=100, shift=-10 * sd).rate == 1.0
    with pytest.raises(InputError, match="method is 'turned'"):
        result.aa(method="turned")


def test_what_some_variants_spared_is_said_though_others_ran_to_their_end(lab) -> None:
    defined = gains(lab, {"a": 0.0, "bad": -3.0, "close": 0.3}, looks=3)
    result = lab.run(replace(defined, primary=Metric("score", margin=0.2)), progress=False)
    # The wide spread of what is close stays open; the run is as `until="decided"` leaves it.
    first = result.plan["order"][:30]
    kept = (result.frame["variant"] != "bad") | result.frame["item_id"].is_in(first)
    wide = result.frame["score"] + (result.frame["variant"] == "close") * (
        5 * (result.frame["item_id"].hash(seed=1) % 2).cast(float) - 2.5
    )
    stopped = replace(result, frame=result.frame.with_columns(score=wide).filter(kept))
    assert stopped.compare()["close"].primary.state == "open"
    spared = stopped.stopping
    assert spared is not None
    assert set(spared.decisions) == {"bad"}
    assert spared.saved_runs == 60
    assert spared.kept_running["close"] == "score"
    assert "close ran to the end for score." in str(spared)
    assert "That saved 60 of 270 runs" in str(spared)
    # Runs of an open variant are still to come: nothing is spared yet.
    cut = (result.frame["variant"] != "close") | result.frame["item_id"].is_in(
        result.plan["order"][:60]
    )
    assert replace(stopped, frame=stopped.frame.filter(cut.filter(kept))).stopping is None
