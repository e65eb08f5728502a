"""The procedure behind a comparison: gates, methods, verdicts."""

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Metric, Variant
from tailor_lab.experiment import compare
from tailor_lab.stats import clustered, paired


def design(*metrics: Metric, variants: tuple[str, ...] = ("a", "b"), **more) -> Experiment:
    primary, *guardrails = metrics
    return Experiment(
        "x", [], [Variant(v) for v in variants], primary, guardrails=guardrails, **more
    )


def frame(values: dict[str, np.ndarray], metric: str = "score", **columns) -> pl.DataFrame:
    parts = [
        pl.DataFrame(
            {
                "item_id": [f"i{i:04d}" for i in range(len(x))],
                "variant": [variant] * len(x),
                "replicate": [0] * len(x),
                "status": ["ok"] * len(x),
                metric: x,
                **columns,
            }
        )
        for variant, x in values.items()
    ]
    return pl.concat(parts)


def noise(seed: int, n: int = 100, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1.0, n)


def test_a_gain_beyond_the_margin_is_better_by_enough_to_matter() -> None:
    base = noise(1)
    runs = frame({"a": base, "b": base + 3 + 0.1 * noise(2)})
    result = compare(runs, design(Metric("score", margin=1.0)))["b"]
    assert result.verdict == "better"
    assert "by enough to matter" in result.primary.sentence
    assert result.primary.difference.value == pytest.approx(3, abs=0.1)


def test_pairing_finds_what_unpaired_means_would_miss() -> None:
    hard_and_easy = 20 * noise(3)
    runs = frame({"a": hard_and_easy, "b": hard_and_easy + 0.5 + 0.2 * noise(4)})
    assert compare(runs, design(Metric("score")))["b"].verdict == "better"


def test_order_of_rows_changes_nothing() -> None:
    runs = frame({"a": noise(5), "b": noise(6)})
    shuffled = runs.sample(fraction=1.0, shuffle=True, seed=1)
    assert compare(runs, design(Metric("score"))) == compare(shuffled, design(Metric("score")))


def test_too_many_missing_pairs_make_it_invalid() -> None:
    runs = frame({"a": noise(7), "b": noise(8)}).with_row_index()
    half_failed = runs.with_columns(
        status=pl.when(pl.col("index") >= 150).then(pl.lit("failed")).otherwise("status")
    )
    comparison = compare(half_failed, design(Metric("score")))
    assert comparison["b"].verdict == "invalid"
    assert "50 runs of b and 0 of a have no score" in comparison["b"].primary.sentence
    assert any("50 of 200 runs failed (b 50)" in warning for warning in comparison.warnings)
    assert not comparison.ship()[0]


def test_pairs_missing_under_both_variants_alike_make_it_invalid() -> None:
    runs = frame({"a": noise(7), "b": noise(8)}).with_row_index()
    lost = pl.col("index").is_between(0, 2) | pl.col("index").is_between(103, 105)
    runs = runs.with_columns(status=pl.when(lost).then(pl.lit("failed")).otherwise("status"))
    found = compare(runs, design(Metric("score")))["b"].primary
    assert found.verdict == "invalid"
    assert "6 of 100 pairs are missing" in found.sentence


def test_runs_recorded_twice_make_it_invalid() -> None:
    runs = frame({"a": noise(9), "b": noise(10)})
    doubled = pl.concat([runs, runs.head(3)])
    assert compare(doubled, design(Metric("score")))["b"].verdict == "invalid"


def test_a_nan_is_a_missing_value_and_not_a_mean() -> None:
    values = noise(11)
    values[:50] = np.nan
    comparison = compare(frame({"a": noise(12), "b": values}), design(Metric("score")))
    assert comparison["b", "score"].missing == 50
    assert comparison["b"].verdict == "invalid"


def test_replicates_are_averaged_within_an_item() -> None:
    base = noise(13, 40)
    once = frame({"a": base, "b": base + 1})
    again = frame({"a": base + 2, "b": base + 3}).with_columns(replicate=pl.lit(1))
    runs = pl.concat([once, again.with_columns(pl.col("replicate").cast(once["replicate"].dtype))])
    result = compare(runs, design(Metric("score"), replicates=2))["b", "score"]
    assert result.n == 40
    assert result.difference.value == pytest.approx(1.0)


def test_the_method_follows_from_kind_and_design() -> None:
    passed = (noise(14) > 0).astype(float)
    costs = np.exp(noise(15))
    groups = [f"g{i % 25}" for i in range(100)]
    score, binary, cost = (
        Metric("score"),
        Metric("score", kind="binary"),
        Metric("score", kind="cost", better="lower"),
    )
    plain = frame({"a": noise(16), "b": noise(17)})
    assert "paired t" in compare(plain, design(score))["b", "score"].method
    flips = frame({"a": passed, "b": (noise(18) > 0).astype(float)})
    assert "Tango" in compare(flips, design(binary))["b", "score"].method
    spent = frame({"a": costs, "b": costs * np.exp(0.1 * noise(19))})
    assert "Fieller" in compare(spent, design(cost))["b", "score"].method
    clustered = frame({"a": noise(20), "b": noise(21)}, resume_id=groups)
    result = compare(clustered, design(score, cluster="resume_id"))["b", "score"]
    assert "CR2" in result.method


def test_few_clusters_give_no_verdict() -> None:
    groups = [f"g{i % 4}" for i in range(100)]
    runs = frame({"a": noise(22), "b": noise(23) + 5}, resume_id=groups)
    comparison = compare(runs, design(Metric("score"), cluster="resume_id"))
    assert comparison["b"].verdict == "invalid"
    assert "4 clusters are too few" in comparison["b"].primary.sentence


def test_a_broken_guardrail_stops_a_better_variant() -> None:
    base = noise(24)
    runs = frame({"a": base, "b": base + 3}).with_columns(
        cost=pl.when(pl.col("variant") == "b").then(2.0).otherwise(1.0)
        + 0.01 * pl.col("score").abs()
    )
    experiment = design(
        Metric("score", margin=1.0), Metric("cost", kind="cost", margin="10%", better="lower")
    )
    decision = compare(runs, experiment).ship()[0]
    assert not decision.ship
    assert decision.reason == "cost rises by 101 %, margin 10 %, a guardrail that does not hold"


def test_several_variants_share_the_error() -> None:
    base = noise(25)
    values = {"a": base, **{f"v{i}": base + 0.2 * noise(30 + i) + 0.03 for i in range(4)}}
    runs = frame(values)
    comparison = compare(runs, design(Metric("score"), variants=tuple(values)))
    for result in comparison:
        alone = paired(base, values[result.variant])
        assert result.method == "max-T by sign flips, 4 variants"
        assert result.difference.value == pytest.approx(alone.value)
        assert result.difference.high - result.difference.low > alone.high - alone.low
        assert result.p_adjusted > alone.p


def test_clusters_share_the_error_by_flips_of_whole_clusters() -> None:
    base = noise(25)
    values = {"a": base, **{f"v{i}": base + 0.2 * noise(30 + i) + 0.03 for i in range(4)}}
    groups = [f"r{i % 20}" for i in range(100)]
    runs = frame(values, resume=groups)
    comparison = compare(runs, design(Metric("score"), variants=tuple(values), cluster="resume"))
    for result in comparison:
        alone = clustered(values[result.variant] - base, groups)
        assert result.method == "max-T by sign flips, 4 variants"
        assert result.difference.high - result.difference.low > alone.high - alone.low
        assert result.p_adjusted > alone.p


def test_what_max_t_does_not_fit_shares_the_error_by_bonferroni() -> None:
    costs = np.exp(noise(25))
    values = {"a": costs, **{f"v{i}": costs * np.exp(0.1 * noise(30 + i)) for i in range(4)}}
    metric = Metric("score", kind="cost", better="lower")
    for result in compare(frame(values), design(metric, variants=tuple(values))):
        assert result.relative.level == pytest.approx(1 - 0.05 / 4)
        assert result.p_adjusted == pytest.approx(min(1.0, 4 * result.relative.p))


def test_equal_costs_are_no_difference_and_no_division_by_zero() -> None:
    zeros = np.zeros(50)
    runs = frame({"a": zeros, "b": zeros})
    experiment = design(Metric("score", kind="cost", margin=0.01, better="lower"))
    assert compare(runs, experiment)["b"].verdict == "equivalent"


def test_an_unknown_metric_is_refused_by_name() -> None:
    runs = frame({"a": noise(26), "b": noise(27)})
    with pytest.raises(InputError, match='No run measured "speed". Measured were: score'):
        compare(runs, design(Metric("speed")))


def test_a_comparison_can_be_asked_by_name_and_shown_everywhere() -> None:
    base = noise(28)
    comparison = compare(frame({"a": base, "b": base + 1}), design(Metric("score", margin=0.5)))
    assert comparison["b", "score"].summary.startswith("+1")
    with pytest.raises(InputError, match='no variant "c"'):
        comparison["c"]
    assert "better" in str(comparison)
    assert "Ship b" in comparison.explain()
    assert comparison.to_frame().height == 1


def test_text_of_a_variant_is_escaped_in_html() -> None:
    name = "<script>alert(1)</script>"
    base = noise(29)
    comparison = compare(
        frame({"a": base, name: base + 1}), design(Metric("score"), variants=("a", name))
    )
    assert "<script>" not in comparison._repr_html_()


def test_the_best_of_several_is_shown_shrunken_and_a_confirmation_is_advised() -> None:
    base = noise(40)
    values = {"a": base, "b": base + 1.5 + noise(41), "c": base + 0.9 + noise(42)}
    comparison = compare(frame(values), design(Metric("score"), variants=tuple(values)))
    (note,) = [w for w in comparison.decision.reasons if "having been picked" in w]
    assert note.startswith("b is the best of 2")
    assert "run it once more against a alone" in note


def test_pairs_missing_under_one_variant_only_make_it_invalid() -> None:
    runs = frame({"a": noise(43, 400), "b": noise(44, 400)}).with_row_index()
    lost = (pl.col("index") >= 400) & (pl.col("index") < 412)
    runs = runs.with_columns(status=pl.when(lost).then(pl.lit("failed")).otherwise("status"))
    found = compare(runs, design(Metric("score")))["b"].primary
    assert found.verdict == "invalid"
    assert "12 runs of b and 0 of a have no score, more than chance allows" in found.sentence


def test_a_cross_check_that_disagrees_is_a_warning() -> None:
    # One large difference: Student's t does not see an effect that every sign shares.
    differences = np.full(30, 0.1)
    differences[0] = 3.0
    base = noise(45, 30)
    found = compare(frame({"a": base, "b": base + differences}), design(Metric("score")))["b"]
    assert found.primary.crosscheck_p < 0.001
    assert found.primary.difference.p > 0.05
    assert any("sign-flip check" in warning for warning in found.primary.warnings)


def test_a_baseline_that_drifts_is_named() -> None:
    from datetime import datetime, timedelta

    base = np.arange(100) / 10
    runs = frame({"a": base, "b": base + noise(46)})
    began = [datetime(2026, 1, 1) + timedelta(minutes=i % 100) for i in range(200)]
    found = compare(runs.with_columns(started_at=pl.Series(began)), design(Metric("score")))
    assert any("score of a rose while the experiment ran" in w for w in found.warnings)
