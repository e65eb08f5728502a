"""What every comparison keeps to, whatever small table of runs it is given."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from tailor_lab import Experiment, Metric, TailorLabError, Variant
from tailor_lab.experiment import Comparison, compare

VERDICTS = ("worse", "inconclusive", "not_worse", "better")
"""From the weakest claim to the strongest; "equivalent" has the place of "not_worse"."""
OUTCOMES = ("keep_baseline", "continue", "ship")
SCORE = Metric("score", kind="score", better="higher", margin=1.0)
PASSED = Metric("passed", kind="binary", better="higher", margin=0.1)
USD = Metric("cost_usd", kind="cost", better="lower", margin="10%")
EXTRA = Metric("extra", kind="score", better="higher", margin=1.0)
EXAMPLES = settings(max_examples=20, deadline=None)
BY_NAME = {metric.name: metric for metric in (SCORE, PASSED, USD)}


@dataclass(frozen=True)
class Case:
    """An experiment and its runs."""

    experiment: Experiment
    runs: pl.DataFrame

    def compared(self) -> Comparison | None:
        """The comparison; None where it is refused, which is always said as this package does."""
        try:
            return compare(self.runs, self.experiment)
        except TailorLabError as error:
            event(f"refused: {type(error).__name__}")
            return None


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    most_variants: int = 3,
    metrics: Sequence[str] = tuple(BY_NAME),
    primary: str | None = None,
) -> Case:
    """Small experiments; a part of their runs failed, lacks a value or was never attempted."""
    items = draw(st.integers(1, 14))
    names = [f"v{i}" for i in range(draw(st.integers(1, most_variants)) + 1)]
    replicates = draw(st.sampled_from([1, 1, 2]))
    of = draw(st.permutations(list(metrics)))
    if primary is not None:
        of = [primary, *(name for name in of if name != primary)]
    guardrails = of[1 : 1 + draw(st.integers(0, len(of) - 1))]
    clusters = draw(st.sampled_from([None, None, 2, 3, 7]))
    broken = draw(st.sampled_from([0.0, 0.0, 0.1, 0.4]))
    spread = draw(st.sampled_from([0.0, 0.3, 3.0]))
    rng = random.Random(draw(st.integers(0, 999)))  # values of a plausible size
    gain = {name: draw(st.sampled_from([-3.0, 0.0, 0.5, 3.0])) for name in names}
    base = [rng.choice([0.0, 5.0, rng.gauss(5, 3)]) for _ in range(items)]
    rows = []
    for item in range(items):
        for name in names:
            for replicate in range(replicates):
                if rng.random() < broken / 4 and item:  # the first item has every variant
                    continue
                failed = rng.random() < broken / 2
                there = not failed and rng.random() >= broken / 4
                shift = 0.0 if name == "v0" else gain[name]
                rows.append(
                    {
                        "item_id": f"i{item:02d}",
                        "variant": name,
                        "replicate": replicate,
                        "status": "failed" if failed else "ok",
                        "score": base[item] + shift + spread * rng.gauss(0, 1) if there else None,
                        "passed": float(rng.random() < 0.5 + shift / 7) if there else None,
                        "cost_usd": max(0.0, 1 - shift / 6 + spread * rng.gauss(0, 0.1))
                        if there and gain["v0"] >= 0
                        else (0.0 if there else None),
                        "source": f"s{item % clusters}" if clusters else "s",
                    }
                )
    schema = {"score": pl.Float64, "passed": pl.Float64, "cost_usd": pl.Float64}
    experiment = Experiment(
        "x",
        [],
        [Variant(name) for name in names],
        BY_NAME[of[0]],
        [BY_NAME[name] for name in guardrails],
        cluster="source" if clusters else None,
        replicates=replicates,
        goal=draw(st.sampled_from(["better", "not_worse"])),
    )
    return Case(experiment, pl.DataFrame(rows, schema_overrides=schema))


def essence(found: Comparison | None) -> object:
    """What is decided and shown, to nine figures, by variant and metric."""
    if found is None:
        return None
    return {
        "decision": (found.decision.outcome, found.decision.variant, found.decision.binding),
        "results": {
            (result.variant, result.metric.name): (
                result.verdict,
                result.state,
                result.n,
                result.missing,
                *(figures(result.judged, *("value", "low", "high", "p"))),
                *(figures(result.narrow, *("low", "high"))),
            )
            for variant in found.variants
            for result in variant
        },
    }


def figures(estimate: object, *names: str) -> list[str]:
    values = [getattr(estimate, name, None) for name in names]
    return ["none" if value is None else f"{round(value, 9) + 0.0:.6g}" for value in values]


@EXAMPLES
@given(cases(), st.integers(0, 999).map(random.Random))
def test_the_order_of_rows_changes_nothing(case, rng) -> None:
    places = list(range(case.runs.height))
    rng.shuffle(places)
    assert essence(replace(case, runs=case.runs[places]).compared()) == essence(case.compared())


@pytest.mark.slow
@EXAMPLES
@given(cases(), st.integers(0, 999).map(random.Random))
def test_other_names_of_items_and_sources_change_nothing(case, rng) -> None:
    items = case.runs["item_id"].unique(maintain_order=True).to_list()
    names = [f"n{i:02d}" for i in range(len(items))]
    rng.shuffle(names)
    runs = case.runs.with_columns(
        pl.col("item_id").replace_strict(items, names), source="z" + pl.col("source").str.reverse()
    )
    assert essence(replace(case, runs=runs).compared()) == essence(case.compared())


@pytest.mark.slow
@EXAMPLES
@given(cases(), st.integers(0, 999).map(random.Random))
def test_other_names_of_variants_and_another_order_change_nothing(case, rng) -> None:
    first, *others = case.experiment.variants
    names = [f"w{i}" for i in range(len(others))]
    rng.shuffle(names)
    renamed = {variant.name: name for variant, name in zip(others, names, strict=True)}
    variants = [first, *sorted((Variant(name) for name in names), key=lambda v: v.name)]
    again = replace(
        case,
        experiment=replace(case.experiment, variants=variants),
        runs=case.runs.with_columns(pl.col("variant").replace(renamed)),
    )
    before, after = case.compared(), again.compared()
    if before is None or after is None:
        assert before is after
        return
    old, new = essence(before), essence(after)
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    turned = {(renamed[v], metric): found for (v, metric), found in old["results"].items()}
    assert turned == new["results"]
    outcome, variant, _ = old["decision"]
    assert new["decision"][0] == outcome
    values = {
        round(each.primary.judged.value, 9) for each in before.variants if each.primary.judged
    }
    tied = len(values) < len(others)
    assert tied or new["decision"][1] == (None if variant is None else renamed[variant])


@pytest.mark.slow
@EXAMPLES
@given(cases())
def test_a_metric_that_only_explores_changes_nothing_else(case) -> None:
    runs = case.runs.with_columns(extra=pl.col("score"))
    again = replace(case, runs=runs, experiment=replace(case.experiment, metrics=[EXTRA]))
    before, after = case.compared(), again.compared()
    if before is None:
        return
    assert after is not None
    old, new = essence(before), essence(after)
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert new["decision"] == old["decision"]
    assert {k: v for k, v in new["results"].items() if k[1] != "extra"} == old["results"]


@EXAMPLES
@given(cases())
def test_what_is_said_holds_only_numbers_that_are_finite(case) -> None:
    found = case.compared()
    if found is None:
        return
    said = [str(found), str(found.decision), found._repr_html_(), *map(str, found)]
    said += [result.sentence for variant in found.variants for result in variant]
    for text in said:
        words = set(text.lower().replace("(", " ").replace(")", " ").replace(",", " ").split())
        assert not words & {"nan", "inf", "-inf", "+inf", "+nan", "none%", "nan%", "inf%"}
    for result in (r for variant in found.variants for r in variant):
        for estimate in (result.judged, result.narrow, result.harm):
            ends = [] if estimate is None else [estimate.value, estimate.low, estimate.high]
            assert all(end is None or not math.isnan(end) for end in ends)


@EXAMPLES
@given(cases())
def test_an_interval_that_decides_has_a_width(case) -> None:
    found = case.compared()
    for result in (r for variant in found.variants for r in variant) if found else ():
        estimate = result.judged
        if estimate is None or estimate.low is None or estimate.high is None:
            continue
        if "0 under both" in estimate.method:  # nothing was paid: that is no estimate
            continue
        assert estimate.low < estimate.high, (result.metric.name, estimate)


@EXAMPLES
@given(cases())
def test_the_adjusted_p_says_what_the_verdict_says(case) -> None:
    found = case.compared()
    for variant in found.variants if found else ():
        result = variant.primary
        if result.p_adjusted is None or result.verdict == "invalid":
            continue
        if "0 under both" in (result.judged.method if result.judged else ""):
            continue
        assert (result.p_adjusted < 0.05) == (result.verdict in {"better", "worse"}), result


@EXAMPLES
@given(cases())
def test_a_guardrail_is_met_exactly_where_the_narrow_interval_says_so(case) -> None:
    found = case.compared()
    for result in (r for v in found.variants for r in v.guardrails) if found else ():
        narrow = result.narrow
        if narrow is None or result.margin is None or result.verdict == "invalid":
            continue
        low = narrow.low if result.up > 0 else narrow.high
        high = narrow.high if result.up > 0 else narrow.low
        met = low is not None and result.up * low > -result.margin
        failed = high is not None and result.up * high < -result.margin
        assert result.passes == met
        assert (result.state == "failed") == failed


@EXAMPLES
@given(cases())
def test_a_decision_follows_from_the_states(case) -> None:
    found = case.compared()
    if found is None:
        return
    states = [[v.primary.state, *(m.state for m in v.guardrails)] for v in found.variants]
    decision = found.decision
    able = [set(each) == {"met"} for each in states]
    rejected = ["failed" in each for each in states]
    assert (decision.outcome == "ship") == any(able)
    assert (decision.outcome == "keep_baseline") == all(rejected)
    assert [each.ship for each in decision.per_variant].count(True) == any(able)
    assert (decision.variant is not None) == any(able)


def standing(found: Comparison | None) -> tuple[int, int] | None:
    """The places of the only variant's verdict and of the outcome; None where not to be read."""
    if found is None or found.decision.outcome == "cannot_judge":
        return None
    verdict = found.variants[0].verdict
    if verdict == "invalid":
        return None
    place = VERDICTS.index("not_worse" if verdict == "equivalent" else verdict)
    return place, OUTCOMES.index(found.decision.outcome)


@pytest.mark.slow
@EXAMPLES
@given(cases(most_variants=1, primary="score"), st.floats(0.01, 6.0))
def test_a_larger_gain_never_has_the_weaker_verdict_or_decision(case, more) -> None:
    before = standing(case.compared())
    assume(before is not None)
    shift = pl.when(pl.col("variant") == "v1").then(more).otherwise(0.0)
    after = standing(replace(case, runs=case.runs.with_columns(pl.col("score") + shift)).compared())
    assert after is not None
    assert after[0] >= before[0]
    assert after[1] == OUTCOMES.index("ship") or before[1] != OUTCOMES.index("ship")


@EXAMPLES
@given(cases())
@example(
    Case(
        Experiment("x", [], [Variant("v0"), Variant("v1")], SCORE, cluster="source"),
        pl.DataFrame({"item_id": ["a"], "variant": ["v0"], "score": [1.0], "source": ["s"]}),
    )
)
def test_no_error_is_foreign(case) -> None:
    # What is not the package's own is raised here.
    found = case.compared()
    assert found is None or found.decision.sentence.endswith(".")
