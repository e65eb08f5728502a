"""Values that are missing or infinite though no run failed are said, never dropped in silence."""

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Metric, Variant
from tailor_lab.experiment import compare

N = 100
RNG = np.random.default_rng(0)
BASE = RNG.lognormal(2, 0.3, N)
NEW = BASE * 0.9 * RNG.lognormal(0, 0.1, N)
LATENCY = Metric("latency", kind="latency", margin="5%", better="lower")
EARLY = np.arange(N) < 5


def runs(new: np.ndarray, base: np.ndarray = BASE, **columns) -> pl.DataFrame:
    own = {"item_id": [f"i{i:03d}" for i in range(N)]}
    return pl.concat(
        [
            pl.DataFrame({**own, "variant": name, "latency": values, **columns}, strict=False)
            for name, values in (("base", base), ("new", new))
        ]
    )


def asked(*guardrails: Metric) -> Experiment:
    return Experiment("x", [], [Variant("base"), Variant("new")], LATENCY, guardrails)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("side", ["base", "new"])
def test_an_infinite_value_is_refused_with_its_item_and_metric(value, side) -> None:
    values = {"new": NEW, "base": BASE} | {side: np.where(EARLY, value, BASE)}
    with pytest.raises(InputError, match=f'Item "i000" has latency {value} under "{side}"'):
        compare(runs(**values), asked())


@pytest.mark.parametrize("kind", ["score", "binary", "cost"])
def test_so_is_one_of_a_guardrail_of_any_kind(kind) -> None:
    guardrail = Metric("other", kind=kind, margin=0.1, better="lower")
    with pytest.raises(InputError, match='Item "i000" has other inf'):
        compare(runs(NEW, other=np.where(EARLY, np.inf, 1.0)), asked(guardrail))


def test_of_a_failed_run_it_says_nothing() -> None:
    frame = runs(np.where(EARLY, np.inf, NEW))
    failed = pl.col("latency").is_infinite()
    frame = frame.with_columns(
        status=pl.when(failed).then(pl.lit("failed")).otherwise(pl.lit("ok"))
    )
    assert compare(frame, asked())["new"].primary.n == N - 5


@pytest.mark.parametrize("nothing", [np.nan, None])
def test_missing_values_are_counted_and_named(nothing) -> None:
    frame = runs(NEW).with_columns(
        latency=pl.when((pl.col("variant") == "new") & (pl.col("item_id") < "i005"))
        .then(pl.lit(nothing, dtype=pl.Float64))
        .otherwise("latency")
    )
    (warning,) = compare(frame, asked()).all_warnings
    assert warning == (
        "5 of 200 latency values are missing though the runs finished, all of new: "
        'items "i000", "i001", "i002" and 2 more.'
    )


def test_those_of_several_variants_are_counted_by_variant() -> None:
    base = np.where(np.arange(N) == 9, np.nan, BASE)
    (warning,) = compare(runs(np.where(np.arange(N) < 2, np.nan, NEW), base), asked()).all_warnings
    assert warning.startswith("3 of 200 latency values are missing")
    assert 'finished, base 1, new 2: items "i000", "i001", "i009".' in warning


def test_where_nothing_is_missing_nothing_is_said() -> None:
    assert compare(runs(NEW), asked()).all_warnings == ()


def test_the_worst_case_counts_missing_values_as_it_does_failed_runs() -> None:
    few = compare(runs(np.where(EARLY, np.nan, NEW)), asked())
    (note,) = few["new"].notes
    assert note.startswith("new: It holds on latency if every missing value counts as the worst")
    assert note in few.decision.reasons
    little = BASE * 0.94 * RNG.lognormal(0, 0.01, N)
    lost = compare(runs(np.where(EARLY, np.nan, little)), asked())
    assert lost.decision.outcome == "ship"
    assert "It does not hold on latency if every missing value" in "".join(lost["new"].notes)


def test_it_says_so_where_runs_failed_and_values_are_missing() -> None:
    values = np.where(np.arange(N) < 4, np.nan, NEW)
    frame = runs(values).with_columns(
        status=pl.when((pl.col("variant") == "new") & (pl.col("item_id") == "i000"))
        .then(pl.lit("failed"))
        .otherwise(pl.lit("ok"))
    )
    found = compare(frame, asked())
    assert "if every failed run and missing value counts" in "".join(found["new"].notes)
    assert any(w.startswith("3 of 199 latency values") for w in found.all_warnings)


def test_finished_runs_without_any_value_show_no_loss_and_failed_ones_do() -> None:
    nothing = np.full(N, np.nan)
    finished = compare(runs(nothing), asked())
    assert finished["new"].primary.verdict == "invalid"
    assert finished.decision.outcome == "cannot_judge"
    status = pl.when(pl.col("variant") == "new").then(pl.lit("failed")).otherwise(pl.lit("ok"))
    failed = compare(runs(nothing).with_columns(status=status), asked())
    assert failed["new"].primary.verdict == "worse"
    assert failed.decision.outcome == "keep_baseline"
