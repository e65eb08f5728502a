"""Races: the best of many is named with few runs, and rarely wrongly."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import racing as benchmark
from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment.analysis.bounds import Scores, bounds
from tailor_lab.experiment.analysis.racing import Rules, advance
from tailor_lab.experiment.race import Standing, round_ends

MADE: list[tuple[int, float]] = []


def measured(number, effect):
    MADE.append((number, effect))
    noise = np.random.default_rng([number, round(100 * effect)]).normal(0, 1)
    return {"gain": number % 7 + effect + noise, "length": 100.0 + 40 * (effect > 4) + noise}


def experiment(name="raced", **options) -> Experiment:
    variants = [Variant(f"v{i}", parameters={"effect": 0.01 * i}) for i in range(6)]
    return Experiment(
        name,
        items=[{"id": f"i{i:03}", "number": i, "origin": f"s{i % 30}"} for i in range(120)],
        pipeline=Pipeline([measured]),
        variants=[*variants, Variant("good", parameters={"effect": 3.0})],
        primary=Metric("gain", margin=1.0),
        **options,
    )


@pytest.fixture
def lab(tmp_path):
    MADE.clear()
    with Lab(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("cluster", [None, "origin"])
def test_the_best_is_named_before_half_of_the_plan_is_run(lab, cluster) -> None:
    race = lab.race(experiment(cluster=cluster))
    assert race.best == "good"
    assert race.ended == "decided"
    assert race.runs == len(MADE) == lab.log.sql("select count(*) from runs").item()
    assert race.saved_share > 0.5
    assert {*race.within, *race.eliminated} == {f"v{i}" for i in range(6)}
    assert race.sentence.startswith("good is the best of 7: ")
    assert str(race.planned_runs) in race.savings
    assert "good" in race._repr_html_()
    assert race.chart().to_dict()


def test_the_same_race_again_makes_no_run_and_gives_the_same_answer(lab) -> None:
    first = lab.race(experiment())
    made = len(MADE)
    again = lab.race(experiment())
    assert len(MADE) == made
    assert again == first
    assert again.frame.equals(first.frame)


@pytest.mark.slow
def test_a_race_that_was_cut_short_goes_on_as_if_it_had_not_been(lab, tmp_path) -> None:
    close = experiment()
    close = replace(close, variants=[*close.variants, Variant("close", parameters={"effect": 2.9})])
    part = lab.race(close, runs=130)
    assert part.ended == "budget"
    assert part.best is None
    assert "The budget was spent before a best could be named" in str(part)
    whole = lab.race(close)
    assert len(MADE) == whole.runs > part.runs, "no run is made twice"
    with Lab(tmp_path / "other") as other:
        assert other.race(close) == whole


@pytest.mark.slow
def test_runs_of_a_whole_experiment_give_the_same_race(lab, tmp_path) -> None:
    lab.run(experiment())
    with Lab(tmp_path / "other") as other:
        assert lab.race(experiment()) == other.race(experiment())


def test_a_violated_guardrail_eliminates_whoever_would_win(lab) -> None:
    tempting = Variant("tempting", parameters={"effect": 5.0})
    base = experiment(guardrails=[Metric("length", "cost", "10%", "lower")])
    race = lab.race(replace(base, variants=[*base.variants, tempting]))
    assert race.best == "good"
    assert race.eliminated["tempting"].why == 'violates the guardrail "length"'


def test_fewer_than_six_equal_differences_eliminate_nobody() -> None:
    metric = Metric("gain", "score", 1.0, "higher")
    values = {"a": np.zeros(40), "b": np.full(40, -5.0)}
    scores = Scores({"gain": values})
    assert bounds(metric, scores, "a", "b", 5, 0.05)[1] == np.inf
    assert bounds(metric, scores, "a", "b", 6, 0.01)[1] == np.inf, "six signs are 1 in 64"
    assert bounds(metric, scores, "a", "b", 40, 0.01)[1] == -5.0
    clustered = Scores({"gain": values}, np.repeat(np.arange(5), 8))
    assert bounds(metric, clustered, "a", "b", 40, 0.05)[1] == np.inf


def test_a_rival_out_by_its_guardrail_gives_back_what_it_has_beaten() -> None:
    rules = Rules(
        ("a", "b", "c"), "a", Metric("gain", "score", 1.0, "higher"),
        (Metric("claims", "score", 1.0, "lower"),), (30, 60, 120),
    )  # fmt: skip
    rng = np.random.default_rng(3)
    noise = {name: rng.normal(0, 1, 120) for name in "abc"}
    gain = {"a": noise["a"], "b": noise["b"] + 2, "c": noise["c"] + 6}
    # c has beaten the others before it can be seen to invent claims.
    late = np.r_[rng.normal(0, 4, 30), np.full(90, 9.0)]
    calm = 0.1 * rng.normal(0, 1, (3, 120))
    claims = {"a": calm[0], "b": calm[1], "c": calm[2] + late}
    scores = Scores({"gain": gain, "claims": claims})
    standing = Standing(dict.fromkeys("abc", 0), frozenset("abc"), "a")
    standing = advance(rules, standing, scores, 30)
    assert standing.worse("b") == "c"
    while (size := standing.next_size(rules.sizes)) is not None:
        standing = advance(rules, standing, scores, size)
    assert standing.best == "b"
    assert set(standing.eliminated) == {"a", "c"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget": 0}, "The budget is 0"),
        ({"budget": -1.0}, "no amount"),
        ({"runs": 0}, "the first round alone takes 84: 7 variants on 12 items"),
        ({"error": 0.0}, "error is 0.0; use a chance"),
    ],
)
def test_wrong_options_are_refused_in_words(lab, options, words) -> None:
    with pytest.raises(InputError, match=words):
        lab.race(experiment(), **options)
    assert not MADE


def test_a_race_needs_a_margin_and_known_names(lab) -> None:
    with pytest.raises(InputError, match='"gain" has no margin'):
        lab.race(replace(experiment(), primary=Metric("gain")))
    with pytest.raises(InputError, match="a comparison needs two"):
        lab.race(replace(experiment(), variants=[Variant("one")]))
    with pytest.raises(InputError, match="baseline is 'nobody'"):
        lab.race(replace(experiment(), baseline="nobody"))


def test_the_rounds_end_with_the_plan() -> None:
    assert round_ends(5) == [5]
    assert round_ends(30) == [12, 24, 30]
    assert round_ends(400)[-1] == 400
    assert len(round_ends(400)) == 16


@pytest.mark.slow
def test_a_small_benchmark_keeps_the_error_and_saves_half_of_the_calls() -> None:
    items = benchmark.planned_items()
    found = benchmark.rows(12, 3, items, benchmark.SCENARIOS)
    raced = {row.scenario: row for row in found if row.way == "race"}
    whole = {row.scenario: row for row in found if row.way == "full plan, Holm"}
    for name, row in raced.items():
        assert row.wrong <= 1 / 12, name
        assert row.violating <= 1 / 12, name
        assert row.right >= whole[name].right - 1 / 12, name
        assert row.calls < 0.5, name
