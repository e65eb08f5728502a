"""Planning: what items can tell and cost, before anything is spent."""

from dataclasses import replace

import numpy as np
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.stats import minimum_detectable, sample_size


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path / "lab") as lab:
        yield lab


def score(value: float, gain: float) -> float:
    return value + gain * (1 + value / 2)


def defined(items: int = 60, margin: float | None = 0.05, **more) -> Experiment:
    noise = np.random.default_rng(1).normal(0, 1, items)
    return Experiment(
        "planned",
        [{"id": f"n{i}", "value": float(v), "source": f"s{i // 3}"} for i, v in enumerate(noise)],
        [Variant("a", parameters={"gain": 0.0}), Variant("b", parameters={"gain": 0.2})],
        Metric("score", margin=margin),
        pipeline=Pipeline([score]),
        **more,
    )


def test_without_a_past_sizes_are_in_standard_deviations(lab) -> None:
    plan = lab.plan(defined())
    assert plan.unit == "sd"
    assert plan.detectable == pytest.approx(minimum_detectable(60, sd=1.0))
    assert plan.usd is None
    assert "60 pairs detect 0.37 standard deviations of score with 80% power." in str(plan)
    assert "Run a few items first" in str(plan)


def test_planning_records_and_runs_nothing(lab) -> None:
    lab.plan(defined())
    assert lab.log.sql("select count(*) from runs").item() == 0
    assert lab.log.sql("select count(*) from experiments").item() == 0


def test_a_pilot_tells_the_spread_and_what_the_margin_needs(lab) -> None:
    pilot = replace(defined(), limit=30)
    result = lab.run(pilot, progress=False)
    plan = lab.plan(defined())
    spread = result.differences("b")["difference"].std()
    assert plan.spread == pytest.approx(spread)
    assert plan.needed == sample_size(0.05, sd=spread)
    assert plan.made == 60
    assert plan.source == "from 30 pairs of this experiment, b against a"
    assert plan.plan_hash == lab.run(defined(), progress=False).plan_hash


def test_power_by_formula_and_by_drawing_from_the_log_agree(lab) -> None:
    lab.run(defined(300), progress=False)
    plan = lab.plan(defined(60, margin=0.03))
    assert 0.2 < plan.power < 0.99
    assert plan.simulated_power == pytest.approx(plan.power, abs=0.05)


@pytest.mark.slow
def test_looks_variants_and_clusters_need_more_items(lab) -> None:
    lab.run(defined(300), progress=False)
    alone = lab.plan(defined(60, margin=0.03))
    looked = lab.plan(defined(60, margin=0.03, looks=5))
    watched = lab.plan(defined(60, margin=0.03, looks="anytime"))
    # Five O'Brien-Fleming looks cost 2 to 5 %; watching all the time is planned with what the last
    # moment alone needs, an upper bound of the 66 % that simulation finds (docs/statistics.md).
    assert 1.01 < looked.needed / alone.needed < 1.07
    assert 1.4 < watched.needed / alone.needed < 2.0
    third = replace(
        defined(60, margin=0.03),
        variants=[*defined().variants, Variant("c", parameters={"gain": 0.1})],
    )
    assert lab.plan(third).needed > alone.needed


def test_a_given_spread_overrides_the_log(lab) -> None:
    plan = defined().plan(lab, spread=2.0)
    assert plan.detectable == pytest.approx(minimum_detectable(60, sd=2.0))
    assert plan.source == "given"


def test_one_item_is_refused(lab) -> None:
    with pytest.raises(InputError, match="has 1 item"):
        lab.plan(replace(defined(), limit=1))


def test_the_curve_meets_the_plan(lab) -> None:
    plan = defined().plan(lab, spread=1.0)
    curve = plan.curve()
    assert curve["detectable"].is_sorted(descending=True)
    near = curve.filter((curve["items"] - 60).abs() == (curve["items"] - 60).abs().min())
    assert near["detectable"][0] == pytest.approx(plan.detectable, rel=0.1)


@pytest.mark.slow
def test_a_price_that_the_log_does_not_know_comes_from_the_rendered_prompts(tmp_path) -> None:
    settings = {"OPENAI_API_KEY": "k"}
    with pytest.MonkeyPatch.context() as patch, Lab(tmp_path / "lab") as lab:
        for name, value in settings.items():
            patch.setenv(name, value)
        shipped = lab.read("experiments/prompts.yaml")
        asked = [
            Variant("baseline", prompt="plain", model="openai:gpt-4o-mini"),
            shipped.variants[1],
        ]
        plan = lab.plan(replace(shipped, limit=12, variants=asked))
        assert 0.0005 < plan.usd < 0.05
        unknown = [
            Variant("baseline", prompt="plain", model="openai:nobody-knows"),
            shipped.variants[1],
        ]
        assert lab.plan(replace(shipped, limit=12, variants=unknown)).usd is None


def test_a_price_in_the_labs_own_project_counts_wherever_one_works(tmp_path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "providers.yaml").write_text(
        "providers: {house: {base_url: 'http://127.0.0.1:9/v1'}}\n"
        "prices: {ours: {input_usd: 1.0, output_usd: 2.0}}\n"
    )
    with Lab(tmp_path / ".lab") as lab:
        shipped = lab.read("experiments/prompts.yaml")
        ours = [replace(variant, model="house:ours") for variant in shipped.variants]
        assert lab.plan(replace(shipped, limit=12, variants=ours)).usd > 0


def checked(value: float, gain: float, replicate: int = 0) -> dict[str, float]:
    wobble = 0.3 * np.sin(40 * value + 9 * gain + 5 * replicate)
    return {"quality": value + gain * (1 + value / 2) + wobble, "broken": float(value > 1.8)}


BROKEN = Metric("broken", kind="binary", margin=0.02, better="lower")


def guarded(items: int = 60, **more) -> Experiment:
    plain = defined(items)
    return replace(
        plain,
        primary=Metric("quality", margin=0.2),
        guardrails=[BROKEN],
        pipeline=Pipeline([checked]),
        **more,
    )


def test_a_plan_states_the_chances_of_its_decisions(lab) -> None:
    lab.run(guarded(), progress=False)
    plan = lab.plan(guarded())
    chances = plan.chances
    assert chances.no_effect < 0.03
    assert chances.worse < 0.03
    assert chances.violated["broken"] < 0.06
    assert chances.binding == "broken"
    assert chances.holds["broken"] < 0.5
    assert chances.binding_items > 60
    assert chances.notes == ("Chances are drawn from 60 pairs of this experiment, b against a.",)
    assert "Of the guardrails broken binds most" in str(plan)
    assert "better by twice the margin" in plan._repr_html_()
    assert chances.chart().to_dict()["title"]["text"]


def test_what_the_log_does_not_know_is_assumed_and_stated(lab) -> None:
    plan = lab.plan(guarded(cluster="source", looks=3))
    notes = " ".join(plan.chances.notes)
    assert "quality: a standard deviation of the difference of 0.6 is taken" in notes
    assert "broken: a rate of 5% bad runs is assumed" in notes
    assert "correlate by 0.2" in notes
    assert "the log has no items with two runs of quality" in str(plan)
    assert 'Until "decided" it uses of 60 items' in str(plan)
    assert lab.plan(guarded(), spread=0.05).chances.better > plan.chances.better


def test_replicates_of_the_log_say_what_they_are_worth(lab) -> None:
    lab.run(guarded(replicates=3), progress=False)
    plan = lab.plan(guarded(replicates=2))
    worth = plan.replicates
    assert worth.within > 0
    items = [(trade.items, trade.replicates) for trade in worth.trades]
    assert items == [(120, 1), (60, 2), (40, 3), (24, 5)]
    errors = [trade.standard_error for trade in worth.trades]
    assert errors == sorted(errors)
    assert errors[1] == pytest.approx(np.sqrt((worth.between + worth.within / 2) / 60))
    assert "For the same number of runs the standard error is" in str(plan)


@pytest.mark.parametrize(("items", "pairs"), [(1, "1 pair"), (19, "19 pairs")])
def test_a_log_with_few_pairs_is_not_one_that_has_none(lab, items, pairs) -> None:
    lab.run(replace(defined(), limit=items), progress=False)
    plan = lab.plan(defined())
    assert plan.source == (
        f"unknown: the log has {pairs} of it, and 20 are the fewest that say how it varies"
    )
    assert "Run a few items first" in str(plan)


def test_nor_is_one_in_which_no_item_differed(lab) -> None:
    same = [Variant("a", parameters={"gain": 0.0}), Variant("b", parameters={"gain": 0.0})]
    lab.run(replace(defined(items=30), variants=same), progress=False)
    assert lab.plan(defined()).source == "unknown: no item differed so far"


@pytest.mark.parametrize(
    ("kind", "what"), [("score", "value"), ("cost", "cost"), ("latency", "latency")]
)
def test_a_margin_in_per_cent_makes_no_cost_of_a_score(lab, kind, what) -> None:
    asked = Metric("score", kind=kind, margin="10%")
    (note,) = (
        note
        for note in lab.plan(replace(defined(), primary=asked)).chances.notes
        if "spread of" in note
    )
    assert f"of an item's {what} between the variants is assumed" in note
