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
    without = compare(frame, plain)["new", "y"]
    mean = float(length.mean())
    found = compare(frame, replace(plain, covariates={"length": mean}))["new", "y"]
    assert found.difference.value == pytest.approx(without.difference.value)
    assert found.difference.se < without.difference.se / 3, "most of the spread is the length's"
    assert "at the stated means of the covariates" in found.why
    assert found.harm == without.harm, "harm counts what was measured"
    far = compare(frame, replace(plain, covariates={"length": mean + 1}))["new", "y"].difference
    assert far.value == pytest.approx(without.difference.value + 3, abs=0.2)
    assert far.se > found.difference.se
    with pytest.raises(InputError, match='the covariate "nothing"'):
        compare(frame, replace(plain, covariates={"nothing": 1.0}))


@pytest.mark.parametrize("sources", [None, 20])
def test_a_covariate_keeps_the_error_for_items_like_these(sources):
    """Items are drawn anew each time; the effect is 0 at the covariate's mean among all of them."""
    from tailor_lab.stats import adjusted_differences, clustered, paired

    rng = np.random.default_rng(8)
    wrong = {"known": 0, "of these items": 0}
    for _ in range(800):
        index = np.arange(100) % (sources or 100)
        x = rng.normal(0, 1, sources or 100)[index]
        d = 2 * x + rng.normal(0, 1, 100)
        for name, means in (("known", {"x": 0.0}), ("of these items", {"x": float(x.mean())})):
            values = adjusted_differences(d, {"x": x}, means)[0]
            found = clustered(values, index) if sources else paired(np.zeros(100), values)
            wrong[name] += found.low > 0 or found.high < 0
    assert wrong["known"] < 0.075 * 800
    assert wrong["of these items"] > 0.15 * 800, "the control: a mean that is only these items'"


@pytest.mark.parametrize(
    ("covariates", "said"),
    [
        (["length"], "its mean over all the items that matter"),
        ("length", "give each its mean"),
        ({"length": "long"}, "the mean of the covariate \"length\" is 'long'"),
        ({"length": float("nan")}, "it must be a number"),
        ({"y": 1.0}, '"y" is what is measured'),
    ],
)
def test_covariates_that_are_none_are_refused(covariates, said):
    with pytest.raises(InputError, match=said):
        Experiment(
            "covariates",
            [],
            [Variant("base"), Variant("new")],
            Metric("y", margin=1.0),
            covariates=covariates,
        )


def test_what_variants_change_is_no_covariate():
    frame = pl.DataFrame(
        {
            "item_id": [f"i{j}" for j in range(20)] * 2,
            "variant": ["base"] * 20 + ["new"] * 20,
            "y": np.arange(40.0),
            "words": [*range(20), *range(1, 21)],
        }
    )
    asked = Experiment(
        "covariates",
        [],
        [Variant("base"), Variant("new")],
        Metric("y", margin=1.0),
        covariates={"words": 10.0},
    )
    with pytest.raises(InputError, match='Item "i0" has several values of the covariate "words"'):
        compare(frame, asked)


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
        replace(groups, covariates={"x": 1.0})


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
