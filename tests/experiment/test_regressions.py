"""What stops a build: the primary metric or a guardrail that is worse by enough to count."""

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, Metric, Variant
from tailor_lab.experiment import compare

EXPERIMENT = Experiment(
    "gate",
    items=[],
    variants=[Variant("in-use"), Variant("candidate")],
    primary=Metric("gain", margin=1.0),
    guardrails=[Metric("tokens", kind="cost", margin="10%", better="lower")],
    metrics=[Metric("style")],
)


def regressions(*, gain: float = 0.0, tokens: float = 0.0, style: float = 0.0) -> list[str]:
    noise = np.random.default_rng(7).normal(0, 0.1, (2, 60))
    rows = [
        {
            "item_id": str(item),
            "variant": name,
            "replicate": 0,
            "status": "ok",
            "gain": 5 + noise[arm, item] + arm * gain,
            "tokens": 100 + noise[arm, item] + arm * tokens,
            "style": 3 + noise[arm, item] + arm * style,
        }
        for arm, name in enumerate(("in-use", "candidate"))
        for item in range(60)
    ]
    return [r.metric.name for r in compare(pl.DataFrame(rows), EXPERIMENT).regressions()]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"gain": 2.0}, []),
        ({"gain": -2.0}, ["gain"]),
        ({"gain": -0.5}, ["gain"]),
        ({"tokens": 2.0}, []),
        ({"tokens": 25.0}, ["tokens"]),
        ({"style": -2.0}, []),
        ({"gain": -2.0, "tokens": 25.0}, ["gain", "tokens"]),
    ],
)
def test_a_regression_is_a_loss_that_decides(change: dict[str, float], found: list[str]) -> None:
    assert regressions(**change) == found


def test_a_comparison_that_is_invalid_is_a_regression() -> None:
    failed = pl.DataFrame(
        {
            "item_id": ["1", "1"],
            "variant": ["in-use", "candidate"],
            "replicate": [0, 0],
            "status": ["failed", "failed"],
            **{
                name: pl.Series([None, None], dtype=pl.Float64)
                for name in ("gain", "tokens", "style")
            },
        }
    )
    found = compare(failed, EXPERIMENT).regressions()
    assert [(r.metric.name, r.verdict) for r in found] == [
        ("gain", "invalid"),
        ("tokens", "invalid"),
        ("failed", "invalid"),
    ]
