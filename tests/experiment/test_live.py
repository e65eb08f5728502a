"""Live splits: sticky assignment, and looks that read only what is new."""

import random

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Variant
from tailor_lab.experiment.analysis.early import monitor as live
from tailor_lab.experiment.assignment import assign
from tailor_lab.stats import proportions, unpaired


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "_LAG", live.timedelta(0))
    with Lab(tmp_path / "lab") as lab:
        yield lab


def split(**more) -> Experiment:
    more = {"limit": 400, **more}
    return Experiment(
        "split",
        [],
        [Variant("a"), Variant("b")],
        Metric("improvement", margin=1.0),
        guardrails=[
            Metric("opened", kind="binary", margin=0.1),
            Metric("cost_usd", margin="20%"),
        ],
        **more,
    )


def feed(lab: Lab, count: int, seed: int, gain: float = 4.0) -> pl.DataFrame:
    rng, rows = random.Random(seed), []
    for i in range(count):
        variant = "ab"[i % 2]
        row = {
            "variant": variant,
            "score_before": 50.0,
            "score_after": 55 + rng.gauss(0, 5) + gain * (variant == "b"),
            "cost_usd": rng.expovariate(100),
            "opened": rng.random() < 0.4,
            "mode": rng.choice(["full", "partial"]),
        }
        lab.log.track(experiment="split", user_id=f"u{seed}-{i}", **row)
        rows.append({**row, "improvement": row["score_after"] - 50.0})
    return pl.DataFrame(rows)


def test_assignment_is_sticky_balanced_and_differs_between_experiments() -> None:
    one = split()
    other = one.renamed("other")
    first = [assign(f"u{i}", one) for i in range(10_000)]
    assert first == [one.assign(f"u{i}") for i in range(10_000)]
    assert abs(first.count("a") - 5_000) < 4 * 50
    second = [assign(f"u{i}", other) for i in range(10_000)]
    both = sum(x == y for x, y in zip(first, second, strict=True))
    assert abs(both - 5_000) < 4 * 50


def test_shares_are_kept_and_checked() -> None:
    found = [split().assign(f"u{i}", shares={"a": 0.9, "b": 0.1}) for i in range(10_000)]
    assert abs(found.count("b") - 1_000) < 4 * 30
    with pytest.raises(InputError, match="add up to"):
        split().assign("u", shares={"a": 0.9, "b": 0.2})
    with pytest.raises(InputError, match='no variant "c"'):
        split().assign("u", shares={"c": 1.0})


def test_moments_give_what_the_rows_give(lab) -> None:
    rows = feed(lab, 400, 1)
    found = lab.monitor(split()).comparison
    a, b = (rows.filter(pl.col("variant") == name) for name in "ab")
    expected = unpaired(a["improvement"], b["improvement"])
    got = found["b", "improvement"].difference
    assert (got.value, got.low, got.high) == pytest.approx(
        (expected.value, expected.low, expected.high), rel=1e-9
    )
    shares = proportions(a["opened"].cast(pl.Int8), b["opened"].cast(pl.Int8))
    got = found["b", "opened"].difference
    assert (got.low, got.high) == pytest.approx((shares.low, shares.high), rel=1e-9)
    cost = found["b", "cost_usd"].relative
    assert cost.value == pytest.approx(b["cost_usd"].mean() / a["cost_usd"].mean() - 1)
    assert found["b"].verdict == "better"


def test_a_second_look_reads_only_new_rows_and_has_all_of_them(lab) -> None:
    first_rows = feed(lab, 200, 2)
    watched = split(looks="anytime")
    first = lab.monitor(watched)
    second_rows = feed(lab, 100, 3)
    second = lab.monitor(watched)
    assert (first.new_rows, second.new_rows, second.rows) == (200, 100, 300)
    rows = pl.concat([first_rows, second_rows])
    values = rows.filter(pl.col("variant") == "b")["improvement"].to_numpy()
    moments = second.moments["improvement", "b", ""]
    assert (moments.n, moments.mean) == (150, pytest.approx(values.mean()))
    assert moments.variance == pytest.approx(np.var(values, ddof=1))


@pytest.mark.slow
def test_between_planned_looks_nothing_new_is_shown(lab) -> None:
    twice = split(looks=2)
    feed(lab, 100, 4)
    assert "still to come" in lab.monitor(twice).comparison["b"].primary.sentence
    feed(lab, 120, 5)
    look = lab.monitor(twice).comparison["b"].primary
    assert str(look.look) == "look 1 of 2, 220 of 400 items"
    feed(lab, 60, 6)
    assert lab.monitor(twice).comparison["b"].primary == look
    feed(lab, 120, 7)
    last = lab.monitor(twice).comparison["b"].primary
    assert str(last.look) == "look 2 of 2, 400 of 400 items"


def test_a_broken_split_may_not_be_read(lab) -> None:
    feed(lab, 300, 8)
    for i in range(100):
        lab.log.track(
            experiment="split", variant="a", score_before=1, score_after=2, user_id=f"x{i}"
        )
    found = lab.monitor(split()).comparison["b"].primary
    assert found.verdict == "invalid"
    assert "the split is not as planned (a 250, b 150" in found.sentence


def test_a_metric_that_joins_later_is_counted_from_the_start(lab) -> None:
    feed(lab, 200, 9)
    watched = split(looks="anytime")
    lab.monitor(watched)
    more = split(looks="anytime", metrics=[Metric("score_after")])
    found = lab.monitor(more)
    assert found.moments["score_after", "a", ""].n == 100


def test_segments_of_a_live_split(lab) -> None:
    feed(lab, 400, 10)
    found = lab.monitor(split(), by="mode").segments
    assert sorted(set(found["segment"])) == ["full", "partial"]
    assert (found["p_adjusted"] >= found["p"]).all()


def test_what_cannot_be_watched_is_a_sentence(lab) -> None:
    with pytest.raises(InputError, match="Nothing was tracked"):
        lab.monitor(split())
    with pytest.raises(InputError, match="set limit="):
        lab.monitor(split(limit=None))
    with pytest.raises(InputError, match="no column of runs"):
        lab.monitor(split(), by="colour; drop table runs")
