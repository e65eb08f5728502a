"""The rule that turns an interval into a word, and the word into a sentence.

Intervals are turned so that up is better. With a margin m (the smallest difference worth acting
on), L and U the ends of the 95 % interval, l and u those of the 90 % one of the same procedure:

| verdict | rule |
|---|---|
| better | L > 0 |
| worse | U < 0 |
| equivalent | l > -m and u < m: two one-sided tests |
| not_worse | l > -m |
| inconclusive | otherwise |
| invalid | a gate failed, so the numbers are not to be read |

Equivalent and not worse share one lower end at one error, so a larger effect with the same spread
never has the worse verdict. An interval that contains zero is never called "no difference".

From the same ends follows what a metric's part in the decision is, its state: of a guardrail and of
the goal "not_worse" l > -m (met) or u < -m (failed); of the goal "better" better and not u < m
(met), or worse or u < m (failed: shown smaller than what is worth acting on). Else it is open.
"""

import math
from dataclasses import dataclass
from typing import Literal

ALPHA = 0.05
"""The error of a two-sided test, and of each end of the interval that margins are held against."""

OF_BASELINE = "% of the baseline"
POINTS = "percentage points"
"""Units of two margins of a share that must not be mistaken for one another: 5 % of a rate of 20 %
is 1 percentage point."""
_HUNDREDTHS = frozenset({"%", OF_BASELINE, POINTS})
_LONGEST = 1e12
_SHORTEST = 1e-5
"""Beyond these a number is written with its power of ten: nobody counts more digits."""

Verdict = Literal["better", "worse", "equivalent", "not_worse", "inconclusive", "invalid"]
State = Literal["met", "failed", "open"]
"""Whether what was asked of a metric is shown, its contrary is, or neither."""
Goal = Literal["better", "not_worse"]
"""What a variant must show on the primary metric."""


@dataclass(frozen=True)
class Interval:
    """An interval for an improvement, up meaning better."""

    low: float
    high: float

    def within(self, margin: float) -> bool:
        """Whether all of it is smaller than the margin, either way."""
        return -margin < self.low and self.high < margin


def judge(full: Interval, narrow: Interval, margin: float | None) -> Verdict:
    """The verdict for the interval at the test's level and the narrower, one-sided one."""
    if full.low > 0:
        return "better"
    if full.high < 0:
        return "worse"
    if margin is not None and narrow.low > -margin:
        return "equivalent" if narrow.high < margin else "not_worse"
    return "inconclusive"


def state(full: Interval, narrow: Interval, margin: float | None, *, goal: Goal) -> State:
    """Whether the goal is reached; a guardrail's is "not_worse"."""
    if goal == "not_worse" and margin is not None:
        if narrow.low > -margin:
            return "met"
        return "failed" if narrow.high < -margin else "open"
    small = margin is not None and narrow.high < margin
    if full.high < 0 or small:
        return "failed"
    return "met" if full.low > 0 else "open"


def sentence(
    verdict: Verdict,
    full: Interval,
    narrow: Interval,
    margin: float | None,
    *,
    more_items: int | None,
    unit: str,
) -> str:
    """The verdict in plain words."""
    limit = amount(margin, unit) if margin is not None else ""
    more = f": about {counted(more_items, 'more items')}" if more_items else ""
    return {
        "better": "better" + _size_of_gain(full, narrow, margin),
        "worse": "worse"
        + (", but by less than the margin" if margin is not None and narrow.low > -margin else ""),
        "equivalent": f"as good as the baseline (within {limit})",
        "not_worse": f"not worse by more than {limit}",
        "inconclusive": f"cannot tell yet{more}",
        "invalid": "not to be read",
    }[verdict]


def amount(value: float, unit: str, *, signed: bool = False) -> str:
    """A number as people write it: three figures, its sign if wanted, its unit.

    A share is written in hundredths where the unit is "%", `OF_BASELINE` or `POINTS`.
    """
    if unit in _HUNDREDTHS:
        value *= 100
    if not math.isfinite(value):
        return "no limit"
    sign = "+" if signed else ""
    if value and not _SHORTEST <= abs(value) < _LONGEST:
        text = f"{value:{sign}.3g}"
    else:
        digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
        text = f"{value:{sign},.{min(digits, 7)}f}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    if unit in {"points", "tokens", POINTS} and text.lstrip("+-") == "1":
        unit = unit.removesuffix("s")
    return f"{text} {unit}".rstrip()


def counted(n: int, what: str) -> str:
    """So many of something, the last word in the plural: "3 runs", "1 run"."""
    return f"1 {what.removesuffix('s')}" if n == 1 else f"{n:,} {what}"


def p_cell(p: float | None) -> str:
    """A p in a table: "0.012", "< 0.001" where more digits say no more, a dash where none is."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_text(p: float) -> str:
    """A p in a sentence: "= 0.012", or "< 0.001"."""
    return p_cell(p) if p < 0.001 else f"= {p_cell(p)}"


def _size_of_gain(full: Interval, narrow: Interval, margin: float | None) -> str:
    if margin is None:
        return ""
    if full.low > margin:
        return ", by enough to matter"
    return ", but too small to matter" if narrow.high < margin else "; how much is still open"
