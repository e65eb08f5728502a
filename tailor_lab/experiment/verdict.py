"""The rule that turns an interval into a word, and the word into a sentence.

Intervals are turned so that up is better. With a margin m (the smallest difference worth acting
on), L and U the ends of the interval:

| verdict | rule |
|---|---|
| better | L > 0 |
| worse | U < 0 |
| equivalent | the 90 % interval lies inside (-m, m): two one-sided tests |
| not_worse | L > -m |
| inconclusive | otherwise |
| invalid | a gate failed, so the numbers are not to be read |

An interval that contains zero is never called "no difference".
"""

import math
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["better", "worse", "equivalent", "not_worse", "inconclusive", "invalid"]


@dataclass(frozen=True)
class Interval:
    """An interval for an improvement, up meaning better."""

    low: float
    high: float

    def within(self, margin: float) -> bool:
        """Whether all of it is smaller than the margin, either way."""
        return -margin < self.low and self.high < margin


def judge(full: Interval, narrow: Interval, margin: float | None) -> Verdict:
    """The verdict for the interval at the test's level and the narrower one for equivalence."""
    if full.low > 0:
        return "better"
    if full.high < 0:
        return "worse"
    if margin is not None and narrow.within(margin):
        return "equivalent"
    if margin is not None and full.low > -margin:
        return "not_worse"
    return "inconclusive"


def passes(full: Interval, narrow: Interval, margin: float) -> bool:
    """Whether a guardrail holds: the loss is smaller than the margin, whatever the verdict says."""
    return full.low > -margin or narrow.within(margin)


def sentence(
    verdict: Verdict, full: Interval, margin: float | None, *, more_items: int | None, unit: str
) -> str:
    """The verdict in plain words."""
    limit = amount(margin, unit) if margin is not None else ""
    more = f": about {more_items:,} more items" if more_items else ""
    return {
        "better": "better" + _size_of_gain(full, margin),
        "worse": "worse" + (", but by less than the margin" if _tiny(full, margin) else ""),
        "equivalent": f"as good as the baseline (within {limit})",
        "not_worse": f"not worse by more than {limit}",
        "inconclusive": f"cannot tell yet{more}",
        "invalid": "not to be read",
    }[verdict]


def amount(value: float, unit: str, *, signed: bool = False) -> str:
    """A number as people write it: three figures, its sign if wanted, its unit."""
    if not math.isfinite(value):
        return "no limit"
    if unit == "%":
        value *= 100
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:{'+' if signed else ''},.{min(digits, 6)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".rstrip()


def p_cell(p: float | None) -> str:
    """A p in a table: "0.012", "< 0.001" where more digits say no more, a dash where none is."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_text(p: float) -> str:
    """A p in a sentence: "= 0.012", or "< 0.001"."""
    return p_cell(p) if p < 0.001 else f"= {p_cell(p)}"


def _tiny(full: Interval, margin: float | None) -> bool:
    return margin is not None and full.within(margin)


def _size_of_gain(full: Interval, margin: float | None) -> str:
    if margin is None:
        return ""
    if full.low > margin:
        return ", by enough to matter"
    return ", but too small to matter" if _tiny(full, margin) else "; how much is still open"
