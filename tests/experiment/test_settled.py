"""When a variant gets no more runs: the whole decision is made, or the plan could not make it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tailor_lab import Experiment, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment.outcomes.decision import Decision
from tailor_lab.experiment.settled import keeps_running, settled

N = 120
SCORE = Metric("score", margin=1.0)
BAD = Metric("bad", kind="binary", better="lower", margin=0.1)


def simulated(seed: int, gain: float, *, harm: float = 0.05, looks: int = 4) -> Experiment:
    """Scores with a gain, and a guardrail that fails in 5 % under the baseline."""
    rng = np.random.default_rng(seed)
    base, new = rng.normal(50, 5, N), rng.normal(0, 2, N)
    bad = {"base": rng.random(N) < 0.05, "new": rng.random(N) < harm}
    scores = {"base": base, "new": base + new + gain}

    def measured(number: int, who: str) -> dict[str, float]:
        return {"score": float(scores[who][number]), "bad": float(bad[who][number])}

    return Experiment(
        f"simulated {seed}",
        [{"id": f"i{i:03d}", "number": i} for i in range(N)],
        [Variant(name, parameters={"who": name}) for name in ("base", "new")],
        SCORE,
        [BAD],
        pipeline=Pipeline([measured]),
        looks=looks,
    )


def decided(folder: Path, defined: Experiment, **options) -> Decision:
    with Lab(folder) as lab:
        return lab.run(defined, progress=False, **options).compare().decision


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("gain", "harm"), [(4.0, 0.05), (-3.0, 0.05), (4.0, 0.6)])
def test_until_decided_agrees_with_the_whole_plan(tmp_path, seed, gain, harm) -> None:
    defined = simulated(seed, gain, harm=harm)
    early = decided(tmp_path / "early", defined, until="decided")
    whole = decided(tmp_path / "whole", defined)
    assert (early.outcome, early.variant) == (whole.outcome, whole.variant)


@pytest.mark.slow
def test_a_run_goes_on_for_the_guardrail_and_says_so(tmp_path) -> None:
    defined = simulated(1, 4.0)
    with Lab(tmp_path / "lab") as lab:
        whole = lab.run(defined, progress=False)
    first = whole.plan["order"][: N // 4]
    frame = whole.frame.filter(whole.frame["item_id"].is_in(first))
    (variant,) = replace(whole, frame=frame).compare().variants
    assert variant.primary.state == "met"
    assert variant["bad"].state == "open"
    assert settled(variant, "better") is None
    assert keeps_running(variant) == "bad"


@pytest.mark.slow
def test_what_settles_a_variant_is_said_with_its_look(tmp_path) -> None:
    with Lab(tmp_path / "lab") as lab:
        result = lab.run(simulated(1, -3.0), until="decided", progress=False)
        assert result.frame.height < 2 * N
        (variant,) = result.compare().variants
    why = settled(variant, "better")
    assert why is not None
    assert why.startswith("is rejected, score worse")
    assert "look 1 of 4, 30 of 120 items" in why
    assert keeps_running(variant) != "score"


@pytest.mark.slow
def test_a_run_until_decided_can_be_resumed(tmp_path) -> None:
    defined = simulated(2, 4.0)
    once = decided(tmp_path / "once", defined, until="decided")
    again = tmp_path / "again"
    first = decided(again, defined, until="decided")
    with Lab(again) as lab:
        runs = lab.result(defined).frame.height
    assert decided(again, defined, until="decided") == first
    with Lab(again) as lab:
        assert lab.result(defined).frame.height == runs
    assert (first.outcome, first.variant) == (once.outcome, once.variant)
    whole = decided(again, defined)
    assert (whole.outcome, whole.variant) == (first.outcome, first.variant)
