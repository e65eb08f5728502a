"""More from the same items: people's labels beside a judge's, covariates, past experiments."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, Lab, Metric, Pipeline, Variant
from tailor_lab.errors import InputError
from tailor_lab.experiment import compare


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path / "home") as lab:
        yield lab


def experiment(name, outcome, n=60, **more):
    return Experiment(
        name,
        items=[{"id": f"i{j:03d}", "number": j} for j in range(n)],
        pipeline=Pipeline([outcome]),
        variants=[Variant(v, parameters={"who": v}) for v in ("base", "new")],
        primary=Metric("judge", margin=0.5),
        **more,
    )


@pytest.mark.slow
def test_a_few_human_labels_correct_a_judge_that_flatters(lab):
    rng = np.random.default_rng(0)
    truth = rng.normal(1.0, 1.0, 200)
    judge = truth + 0.7 + rng.normal(0, 0.3, 200)

    def outcome(number, who):
        if who == "base":
            return {"judge": 0.0, "human": 0.0}
        seen = {"human": float(truth[number])} if number % 5 == 0 else {}
        return {"judge": float(judge[number]), **seen}

    result = lab.run(experiment("labels", outcome, n=200), progress=False)
    found = result.corrected("judge", "human")["new"]
    assert found.low <= truth.mean() <= found.high
    assert not found.low <= judge.mean() <= found.high
    alone = truth[::5].std(ddof=1) / 40**0.5
    assert found.se < alone, "the judge's labels add something"
    with pytest.raises(InputError, match='No run has a label "nobody"'):
        result.corrected("judge", "nobody")


@pytest.mark.slow
def test_past_experiments_say_how_large_effects_usually_are(lab):
    def run(name, effect, seed):
        rng = np.random.default_rng(seed)
        values = {"base": rng.normal(50, 5, 40), "new": rng.normal(50 + effect, 5, 40)}

        def outcome(number, who):
            return {"judge": float(values[who][number])}

        return lab.run(experiment(name, outcome, n=40), progress=False)

    with pytest.raises(InputError, match="0 past effects"):
        run("first", 0.0, 1).past_effects()
    for seed in range(2, 7):
        run(f"past-{seed}", 0.2, seed)
    lucky = run("now", 3.0, 9)
    found = lucky.past_effects()
    (shrunk,) = found.variants
    assert found.effects == 6
    assert abs(shrunk.expected) < abs(shrunk.value), "past effects are small"
    assert shrunk.holds is None or 0.5 < shrunk.holds < 1.0, "it gained, so better is likelier"
    assert "6 past effects on judge" in str(found)


def test_covariates_take_out_what_they_explain_and_leave_the_effect():
    rng = np.random.default_rng(3)
    length, noise = rng.normal(0, 1, 80), rng.normal(0, 0.5, 80)
    rows = {"item_id": [f"i{j}" for j in range(80)], "length": length}
    base = pl.DataFrame({**rows, "variant": "base", "y": rng.normal(50, 5, 80)})
    new = base.with_columns(variant=pl.lit("new"), y=base["y"] + 1.0 + 3 * length + noise)
    plain = Experiment(
        "covariates",
        items=[{"id": "-"}],
        variants=[Variant("base"), Variant("new")],
        primary=Metric("y", margin=1.0),
    )
    frame = pl.concat([base, new.select(base.columns)])
    without = compare(frame, plain)["new", "y"].difference
    adjusted = compare(frame, replace(plain, covariates=["length"]))["new", "y"].difference
    assert adjusted.value == pytest.approx(without.value)
    assert adjusted.se < without.se / 3, "most of the spread is the length's"
    with pytest.raises(InputError, match='the covariate "nothing"'):
        compare(frame, replace(plain, covariates=["nothing"]))


def test_two_independent_groups_have_the_same_face():
    rng = np.random.default_rng(0)
    n = 200
    frame = pl.DataFrame(
        {
            "item_id": [f"u{j}" for j in range(2 * n)],
            "variant": ["base"] * n + ["new"] * n,
            "y": [*rng.normal(60, 5, n), *rng.normal(64, 5, n)],
            "bad": np.zeros(2 * n),
            "cost": rng.gamma(5, 1, 2 * n),
            "source": [f"s{j % 40}" for j in range(2 * n)],
        }
    )
    groups = Experiment(
        "groups",
        items=[{"id": "-"}],
        variants=[Variant("base"), Variant("new")],
        primary=Metric("y", margin=1.0),
        guardrails=[
            Metric("bad", kind="binary", margin=0.05, better="lower"),
            Metric("cost", kind="cost", margin="30%", better="lower"),
        ],
        paired=False,
    )
    for cluster in (None, "source"):
        found = compare(frame, replace(groups, cluster=cluster))
        assert found.decision.variant == "new", found
        bad = found["new", "bad"].difference
        assert bad.low < 0 < bad.high, "nothing seen is not nothing there"
        assert found["new", "y"].n == 2 * n
    # Paired, the same rows have no item under both.
    assert compare(frame, replace(groups, paired=True)).decision.outcome == "cannot_judge"
    with pytest.raises(InputError, match="covariates need the same items"):
        replace(groups, covariates=["y"])


@pytest.mark.slow
def test_items_may_be_clustered_by_a_field_that_the_log_also_has(lab):
    def outcome(number, who):
        return {"judge": float(number % 7 + (who == "new"))}

    plain = experiment("by-source", outcome, n=40, cluster="source")
    items = [{**item, "source": f"s{item['number'] % 10}"} for item in plain.items]
    found = lab.run(replace(plain, items=items), progress=False).compare()
    assert found.n_clusters == 10
    refused = [{**item, "model": "x"} for item in plain.items]
    with pytest.raises(InputError, match='cluster is "model"'):
        lab.run(replace(plain, items=refused, cluster="model"), progress=False)
