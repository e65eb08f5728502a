"""Agreement of raters against statsmodels, a published table and what must hold for any labels."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from tailor_lab.errors import InputError
from tailor_lab.stats import NotEnoughData, cohen_kappa

labels = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=5)


def table(pairs: list[tuple[str, str]]) -> Any:
    counts = np.zeros((3, 3))
    for x, y in pairs:
        counts["abc".index(x), "abc".index(y)] += 1
    return counts


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning:statsmodels")
@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@given(pairs=labels)
def test_kappa_and_both_standard_errors_are_those_of_statsmodels(
    weights: Any, pairs: list[tuple[str, str]]
) -> None:
    a, b = zip(*pairs, strict=True)
    assume(len({*a, *b}) > 1)
    found = cohen_kappa(a, b, categories="abc", weights=weights)
    kind = None if weights == "none" else weights
    oracle = cohens_kappa(table(pairs), wt=kind)
    assert found.value == pytest.approx(oracle.kappa, abs=1e-9)
    # None where the labels show no spread; statsmodels then gives 0 and an interval of no width.
    assert (found.se or 0.0) == pytest.approx(math.sqrt(max(oracle.var_kappa, 0)), abs=1e-6)
    if oracle.var_kappa0 > 1e-9:
        assert found.p == pytest.approx(oracle.pvalue_two_sided, abs=1e-6)


def test_kappa_of_a_published_table() -> None:
    # Fleiss, Cohen and Everitt (1969), table 1: 200 patients in three diagnoses, kappa 0.429.
    counts = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
    pairs = [("abc"[i], "abc"[j]) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    a, b = zip(*pairs, strict=True)
    found = cohen_kappa(a, b)
    assert (round(found.value, 3), found.n) == (0.429, 200)
    assert found.se is not None
    assert found.se**2 == pytest.approx(0.002885, abs=2e-6)


@given(labels)
def test_kappa_is_the_same_from_either_side_and_inside_its_interval(
    pairs: list[tuple[str, str]],
) -> None:
    a, b = zip(*pairs, strict=True)
    assume(len({*a, *b}) > 1)
    one, other = cohen_kappa(a, b), cohen_kappa(b, a)
    assert one.value == pytest.approx(other.value)
    if one.low is None or one.high is None:
        assert one.se is None
        assert len(pairs) < 6
        return
    assert -1 <= one.low <= one.value + 1e-9
    assert one.value - 1e-9 <= one.high <= 1


def test_the_interval_holds_its_level() -> None:
    # Both raters see a truth of two equally likely labels, and each errs in a fifth of the cases:
    # they agree in 0.68, by chance in 0.5, so kappa is 0.36.
    draw = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        truth = draw.integers(0, 2, 120)
        a, b = (np.where(draw.random(120) < 0.2, 1 - truth, truth) for _ in range(2))
        found = cohen_kappa(a.tolist(), b.tolist())
        held += (found.low or 0) <= 0.36 <= (found.high or 0)
    assert 0.92 <= held / 400 <= 0.98


def test_full_agreement_is_one_and_chance_is_about_zero() -> None:
    assert cohen_kappa("abab", "abab").value == 1.0
    assert cohen_kappa("aabb", "abab").value == 0.0


def test_items_without_two_labels_are_left_out_and_counted() -> None:
    found = cohen_kappa(["a", None, "b", "b"], ["a", "a", "b", None])
    assert found.n == 2
    assert "2 items without two labels" in found.warnings[0]


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(InputError, match="same label"):
        cohen_kappa("aaa", "aaa")
    with pytest.raises(NotEnoughData):
        cohen_kappa("a", "a")
    with pytest.raises(InputError, match="one each item"):
        cohen_kappa("ab", "a")
    with pytest.raises(InputError, match="'c' is not among them"):
        cohen_kappa("abc", "abc", categories="ab")
    with pytest.raises(InputError, match="weights"):
        cohen_kappa("ab", "ba", weights="cubic")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="all be texts"):
        cohen_kappa(["a", 1], ["a", 1])
