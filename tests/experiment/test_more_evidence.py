"""More from the same items: people's labels beside a judge's, covariates, past experiments."""

import numpy as np
import pytest

from tailor_lab import Experiment, Lab, Metric, Pipeline, Variant
from tailor_lab.errors import InputError


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
    assert 0.0 <= shrunk.holds <= 1.0
    assert "6 past effects on judge" in str(found)
