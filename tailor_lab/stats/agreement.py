"""How far two raters of the same things agree, beyond what chance alone would give."""

import math
import sys
from collections.abc import Sequence
from typing import Literal

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, at_least, check_level
from tailor_lab.stats.estimators.equal_differences import FEWEST_UNITS

Label = str | int | float | bool
_FEWEST = 20
_NONE = 1e-12
"""Variances below are rounding: one label of a million that differs gives more."""


def cohen_kappa(
    a: Sequence[Label | None],
    b: Sequence[Label | None],
    *,
    categories: Sequence[Label] | None = None,
    weights: Literal["none", "linear", "quadratic"] = "none",
    level: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two raters' labels of the same items: 1 is full agreement, 0 is chance.

    `a` and `b` hold a label for each of n items; an item that either left without (None or nan)
    is counted in `warnings`. `weights` let near misses count in part, in the order of `categories`
    (by default the sorted labels). The p-value is against a kappa of 0. Where all items agree alike
    the interval is a bound on how many may not, without ends below six items. Raises
    `NotEnoughData` below two items, `InputError` where kappa is not defined: both gave everything
    one label.
    Source: Cohen (1960), Educational and Psychological Measurement 20; the standard errors, of the
    interval and under no agreement: Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72,
    equations 8, 9, 13 and 14.

    >>> judge = ["a", "a", "b", "b", "tie", "a", "b", "b"]
    >>> person = ["a", "b", "b", "b", "tie", "a", "b", "a"]
    >>> round(cohen_kappa(judge, person).value, 4)
    0.5789
    """
    check_level(level)
    first, second, warnings = _both(a, b)
    n = len(first)
    at_least(n, 2, "items that both labelled")
    names = _categories(first, second, categories)
    weight = _weights(len(names), weights)
    place = {name: i for i, name in enumerate(names)}
    share = np.zeros((len(names), len(names)))
    for x, y in zip(first, second, strict=True):
        share[place[x], place[y]] += 1 / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    chance = np.outer(rows, columns)
    observed, expected = float((weight * share).sum()), float((weight * chance).sum())
    if math.isclose(expected, 1.0):
        raise InputError(
            "Kappa is not defined where both gave everything the same label. "
            "Label items on which people can differ."
        )
    kappa = (observed - expected) / (1 - expected)
    # Mean weight of the other rater's labels, for each label of the one.
    mean = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    spread = float((share * (weight - mean * (1 - kappa)) ** 2).sum())
    spread -= (kappa - expected * (1 - kappa)) ** 2
    null = _root(float((chance * (weight - mean) ** 2).sum()) - expected**2, n) / (1 - expected)
    if spread <= _NONE:
        return _without_spread(kappa, null, 1 - expected, n, level, warnings)
    se = _root(spread, n) / (1 - expected)
    return _estimate(kappa, se, null, n, level, warnings)


def _estimate(
    kappa: float, se: float, null: float, n: int, level: float, warnings: list[str]
) -> Estimate:
    from scipy.stats import norm

    if n < _FEWEST:
        warnings.append(f"Only {n} items: the interval holds for large numbers and is rough here.")
    half = float(norm.ppf(0.5 + level / 2)) * se
    low, high = max(kappa - half, -1.0), min(kappa + half, 1.0)
    p = _p(kappa, null)
    return Estimate(kappa, low, high, p, n, "Cohen's kappa", level, tuple(warnings), se)


def _without_spread(
    kappa: float, null: float, room: float, n: int, level: float, warnings: list[str]
) -> Estimate:
    """Where all items agree alike, by how many may not; one of them moves kappa by 1 / `room`."""
    agree = "All labels agree" if kappa > 0 else "All items agree as little"
    low = high = None
    if n < FEWEST_UNITS:
        warnings.append(f"{agree}, so their spread is not known; label more items.")
    else:
        share = 1 - ((1 - level) / 2) ** (1 / n)
        low, high = max(-1.0, kappa - share / room), min(1.0, kappa + share / room)
        warnings.append(f"{agree}; up to {share:.1%} of the items may not, which is the interval.")
    p = _p(kappa, null)
    return Estimate(kappa, low, high, p, n, "Cohen's kappa", level, tuple(warnings))


def _p(kappa: float, null: float) -> float | None:
    """Against no agreement, whose own standard error `null` is."""
    from scipy.stats import norm

    return max(float(2 * norm.sf(abs(kappa) / null)), sys.float_info.min) if null > 0 else None


def _both(
    a: Sequence[Label | None], b: Sequence[Label | None]
) -> tuple[list[Label], list[Label], list[str]]:
    first, second = list(a), list(b)
    if len(first) != len(second):
        raise InputError(f"a has {len(first)} labels and b has {len(second)}; give one each item.")
    kept = [
        (x, y)
        for x, y in zip(first, second, strict=True)
        if not (x is None or y is None or x != x or y != y)  # noqa: PLR0124 (nan)
    ]
    dropped = len(first) - len(kept)
    notes = [f"{dropped} items without two labels were left out."] if dropped else []
    return [x for x, _ in kept], [y for _, y in kept], notes


def _categories(
    first: list[Label], second: list[Label], given: Sequence[Label] | None
) -> list[Label]:
    seen = {*first, *second}
    if given is None:
        try:
            return sorted(seen)
        except TypeError:
            raise InputError("Labels must all be texts or all be numbers.") from None
    unknown = sorted(str(label) for label in seen - set(given))
    if unknown or len(set(given)) < len(given):
        what = f"{unknown[0]!r} is not among them" if unknown else "one stands there twice"
        raise InputError(f"The categories {list(given)}: {what}.")
    return list(given)


def _weights(k: int, kind: str) -> Floats:
    """Agreement between two categories, from 0 for the farthest to 1 for the same."""
    if kind == "none" or k < 2:
        return np.eye(k)
    if kind not in {"linear", "quadratic"}:
        raise InputError(f'weights is {kind!r}; use "none", "linear" or "quadratic".')
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    result: Floats = 1 - (apart if kind == "linear" else apart**2)
    return result


def _root(variance_n: float, n: int) -> float:
    return math.sqrt(max(variance_n, 0.0) / n)
