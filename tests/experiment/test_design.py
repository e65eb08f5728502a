"""An experiment checks itself when it is made."""

import pytest

from tailor_lab import Experiment, InputError, Metric, Variant

TWO = [Variant("a"), Variant("b")]


def experiment(**changes):
    fields = {"name": "x", "items": [], "variants": TWO, "primary": Metric("improvement")}
    return Experiment(**{**fields, **changes})


def test_the_first_variant_is_the_baseline_unless_another_is_named() -> None:
    assert experiment().baseline == "a"
    assert experiment(baseline="b").baseline == "b"


def test_known_metrics_bring_their_kind_and_direction() -> None:
    metric = Metric("unsupported_claims")
    assert (metric.kind, metric.better) == ("binary", "lower")
    assert Metric("anything_else").kind == "score"


def test_a_margin_is_a_number_or_a_share() -> None:
    assert Metric("m", margin=2).margin_value == 2
    assert Metric("m", margin="10%").margin_value == pytest.approx(0.1)
    assert Metric("m", margin="10%").margin_is_relative


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Metric("m", better="bigger"), "use one of higher, lower"),
        (lambda: Metric("m", kind="colour"), "use one of score"),
        (lambda: Metric("m", margin=-1), "must be above 0"),
        (lambda: Metric("m", margin="a lot"), "a number or a share"),
        (lambda: experiment(variants=[Variant("a")]), "a comparison needs two"),
        (lambda: experiment(variants=[Variant("a"), Variant("a")]), 'the variant "a" twice'),
        (lambda: experiment(metrics=[Metric("improvement")]), 'metric "improvement" twice'),
        (lambda: experiment(baseline="c"), "use one of a, b"),
        (lambda: experiment(guardrails=[Metric("cost_usd")]), "has no margin"),
        (lambda: experiment(replicates=0), "use 1 or more"),
        (lambda: experiment(name=" "), "needs a name"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(make, says) -> None:
    with pytest.raises(InputError, match=says) as caught:
        make()
    assert "\n" not in str(caught.value)
