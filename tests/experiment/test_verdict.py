"""The rule from interval to word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.experiment.verdict import Interval, amount, judge, sentence, state

EDGE = st.floats(-10, 10)


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.1, 5, 2, "better"),
        (-5, -0.1, 2, "worse"),
        (-1, 1, 2, "equivalent"),
        (-1, 5, 2, "not_worse"),
        (-5, 5, 2, "inconclusive"),
        (-1, 5, None, "inconclusive"),
    ],
)
def test_the_table_of_verdicts(low, high, margin, verdict) -> None:
    interval = Interval(low, high)
    assert judge(interval, interval, margin) == verdict


@given(EDGE, EDGE, st.floats(0.01, 10))
def test_an_interval_around_zero_is_never_better_or_worse(a, b, margin) -> None:
    interval = Interval(-abs(a), abs(b))
    assert judge(interval, interval, margin) not in {"better", "worse"}


@given(EDGE, EDGE, st.floats(0.01, 10))
def test_turning_the_sign_turns_better_into_worse(a, b, margin) -> None:
    interval = Interval(min(a, b), max(a, b))
    turned = Interval(-interval.high, -interval.low)
    verdicts = {judge(interval, interval, margin), judge(turned, turned, margin)}
    assert ("better" in verdicts) == ("worse" in verdicts)


def test_a_guardrail_holds_when_the_loss_is_below_its_margin() -> None:
    slightly_worse = Interval(-0.5, -0.1)
    assert judge(slightly_worse, slightly_worse, 1.0) == "worse"
    assert state(slightly_worse, slightly_worse, 1.0, goal="not_worse") == "met"
    assert state(Interval(-1.5, 0.2), Interval(-1.3, 0.0), 1.0, goal="not_worse") == "open"
    assert state(Interval(-3, -0.9), Interval(-2.8, -1.1), 1.0, goal="not_worse") == "failed"


@pytest.mark.parametrize(
    ("full", "narrow", "margin", "found"),
    [
        ((0.1, 5), (0.4, 4.6), 2, "met"),
        ((0.1, 1.9), (0.3, 1.7), 2, "failed"),
        ((-1, 1), (-0.8, 0.8), 2, "failed"),
        ((-5, -0.1), (-4.6, -0.4), None, "failed"),
        ((-1, 3), (-0.6, 2.6), 2, "open"),
        ((-1, 1), (-0.8, 0.8), None, "open"),
    ],
)
def test_the_goal_better_is_a_gain_that_is_not_shown_to_be_too_small(
    full, narrow, margin, found
) -> None:
    assert state(Interval(*full), Interval(*narrow), margin, goal="better") == found


@given(EDGE, st.floats(0.01, 5), st.floats(0, 10), st.floats(0.01, 10))
def test_a_larger_effect_never_has_the_weaker_verdict(value, half, more, margin) -> None:
    order = ["worse", "inconclusive", "not_worse", "better"]

    def place(centre: float) -> int:
        full, narrow = (Interval(centre - h, centre + h) for h in (half, 0.84 * half))
        verdict = judge(full, narrow, margin)
        return order.index("not_worse" if verdict == "equivalent" else verdict)

    assert place(value + more) >= place(value)


def test_a_small_gain_is_called_too_small_to_matter() -> None:
    words = sentence(
        "better", Interval(0.1, 0.9), Interval(0.2, 0.8), 1.0, more_items=None, unit=""
    )
    assert words == "better, but too small to matter"


def test_what_is_open_says_how_many_items_it_would_take() -> None:
    words = sentence("inconclusive", Interval(-5, 5), Interval(-4, 4), 1.0, more_items=180, unit="")
    assert words == "cannot tell yet: about 180 more items"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.14159, "", "3.14"), (0.0, "", "0"), (1234.5, "", "1,234"), (-0.105, "%", "-10.5 %")],
)
def test_amounts_have_three_figures(value, unit, text) -> None:
    assert amount(value, unit) == text
