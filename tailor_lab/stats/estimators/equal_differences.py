"""What differences that are all equal can tell: not their spread, but how rare others must be.

With no unit of n that differs from the rest, at error t at most 1 - t^(1/n) of all units may: the
rule of three. How far those may lie off is bounded by the range of the values. Nothing is assumed
about the distribution of the differences.
"""

import sys
from collections.abc import Sequence

from tailor_lab.stats.estimate import Estimate, unknown_spread

FEWEST_UNITS = 6
"""Below this even a sign test cannot reach 5 %."""
_RANGE = "rule of three on the range of the values"


def equal_differences(
    value: float,
    spread: float | None,
    units: int,
    *,
    n: int,
    level: float,
    method: str,
    warnings: Sequence[str] = (),
    equal: str,
    unit: str = "items",
) -> Estimate:
    """The estimate where `units` independent differences all equal `value`.

    `equal` says what is equal, such as "12 differences". `spread` is the largest value less the
    smallest, of baseline and variant together. A difference lies within plus or minus `spread`, so
    one that was not seen is at most `spread` + |`value`| off the others. Without a spread, or below
    six units, there are no ends and no p.
    Source: Hanley and Lippman-Hand (1983), JAMA 249(13); the share as in Clopper and Pearson
    (1934), Biometrika 26(4), with no event.
    """
    if not spread or units < FEWEST_UNITS:
        return unknown_spread(
            value, n=n, method=method, level=level, warnings=warnings, equal=equal
        )
    share = 1 - ((1 - level) / 2) ** (1 / units)
    half = share * (spread + abs(value))
    p = min(1.0, 2 * tail_within(abs(value), value, spread, units))
    note = _note(equal, units, unit, share)
    return Estimate(value, value - half, value + half, p, n, _RANGE, level, (*warnings, note))


def tail_within(distance: float, value: float, spread: float, units: int) -> float:
    """The error at one end of an interval that reaches `distance` to each side of `value`.

    At most half of the units are taken to differ, so that it never falls below 2^-`units`, the
    smallest error of a sign test.
    """
    share = min(0.5, distance / (spread + abs(value)))
    return max(float((1 - share) ** units), sys.float_info.min)


def equal_ratios(
    value: float,
    mean: float,
    ends: tuple[float, float],
    units: int,
    *,
    n: int,
    level: float,
    warnings: Sequence[str] = (),
    equal: str,
    unit: str = "items",
) -> Estimate:
    """The ratio of means where the ratio of each of `units` independent units is `value`.

    `mean` is the baseline's, `ends` the least and the largest value of baseline and variant
    together, between which those of a unit that was not seen lie too. `p` is against a ratio of 1.
    Where all values are one or some are below 0, or below six units, there are no ends and no p.
    Source: as `equal_differences`.

    >>> found = equal_ratios(0.0, 10.0, (0.0, 20.0), 60, n=60, level=0.95, equal="60 ratios")
    >>> found.value, round(found.high, 3)
    (0.0, 0.119)
    """
    least, most = ends
    if not 0 <= least < most or units < FEWEST_UNITS:
        return unknown_spread(
            value, n=n, method=_RANGE, level=level, warnings=warnings, equal=equal
        )
    # By how much a unit's value may differ from what the ratio makes of the baseline's.
    off = max(most - value * least, value * most - least) / mean
    share = 1 - ((1 - level) / 2) ** (1 / units)
    half, distance = share * off, abs(value - 1)
    p = min(1.0, 2 * max((1 - min(0.5, distance / off)) ** units, sys.float_info.min))
    notes = (*warnings, _note(equal, units, unit, share))
    return Estimate(value, max(0.0, value - half), value + half, p, n, _RANGE, level, notes)


def _note(equal: str, units: int, unit: str, share: float) -> str:
    return (
        f"All {equal} are equal, so their spread is not known; of others like these {units} {unit} "
        f"up to {share:.1%} may differ, by as much as the values range."
    )
