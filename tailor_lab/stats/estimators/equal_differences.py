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
    note = (
        f"All {equal} are equal, so their spread is not known; of others like these {units} {unit} "
        f"up to {share:.1%} may differ, by as much as the values range."
    )
    name = "rule of three on the range of the values"
    return Estimate(value, value - half, value + half, p, n, name, level, (*warnings, note))


def tail_within(distance: float, value: float, spread: float, units: int) -> float:
    """The error at one end of an interval that reaches `distance` to each side of `value`.

    At most half of the units are taken to differ, so that it never falls below 2^-`units`, the
    smallest error of a sign test.
    """
    share = min(0.5, distance / (spread + abs(value)))
    return max(float((1 - share) ** units), sys.float_info.min)
