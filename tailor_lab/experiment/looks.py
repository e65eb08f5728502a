"""Looks at an experiment that may not be finished: which count, and how strictly each is judged.

Planned looks come at fixed shares of the planned items, in the plan's order. A look uses exactly
those items, whatever else is finished, so that the same log always gives the same look, and looking
between two looks shows nothing new. Looks that were not planned are refused, unless asked for and
written down: then the later ones allow for them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tailor_lab.stats import Estimate, NotEnoughData
from tailor_lab.stats.looks.nominal import anytime_level, anytime_p, look_level, look_p

Looks = int | Literal["anytime"]


@dataclass(frozen=True)
class Look:
    """How much of the plan a judgement rests on. `of` is None where one may look at any time."""

    number: int
    of: int | None
    items: int
    planned: int
    """How many items the whole plan has."""

    @property
    def final(self) -> bool:
        """Whether nothing of the plan is left to look at."""
        return self.items >= self.planned

    def __str__(self) -> str:
        which = f"look {self.number} of {self.of}" if self.of else "watched all the time"
        return f"{which}, {self.items} of {self.planned} items"


def look_sizes(looks: Looks, planned: int) -> list[int]:
    """After how many items of the plan each planned look comes; the last has them all."""
    if looks == "anytime":
        return []
    return sorted({math.ceil(planned * k / looks) for k in range(1, looks + 1)} - {0})


def looks_so_far(looks: Looks, planned: int, ready: int, unplanned: Sequence[int]) -> list[Look]:
    """Every look that `ready` finished items have reached, planned or written down."""
    if looks == "anytime":
        return [Look(1, None, ready, planned)] if ready else []
    sizes = sorted({*look_sizes(looks, planned), *(n for n in unplanned if n <= planned)})
    count = len(sizes)
    return [Look(k, count, n, planned) for k, n in enumerate(sizes, 1) if n <= ready]


Asked = Callable[[float], Estimate]
"""An estimator as a function of the level of its interval."""


def asked_level(looks: Sequence[Look], level: float) -> float | None:
    """The level at which to ask now, so that all looks together keep `level`; None if too early."""
    last = looks[-1]
    if last.of is None:
        return anytime_level(last.items, last.planned, level=level)
    if len(looks) == 1 and last.final:
        return level
    return look_level(_fractions(looks), level=level, final=last.final)


def at_look(ask: Asked, earlier: Sequence[Asked], looks: Sequence[Look], level: float) -> Estimate:
    """The estimate at the last of the looks, with the interval and p that allow for all of them."""
    last, now = looks[-1], asked_level(looks, level)
    found = ask(now if now is not None else level)
    if last.of is not None and len(looks) == 1 and last.final:
        return found
    p = None
    if found.p is not None and now is not None:
        if last.of is None:
            p = anytime_p(found.p, last.items, last.planned, level=level)
        else:
            before = [_p_of(one, level) for one in earlier]
            p = look_p([*before, found.p], _fractions(looks), final=last.final)
    ends = (found.low, found.high) if now is not None else (None, None)
    return replace(
        found, low=ends[0], high=ends[1], p=p, method=f"{found.method}, {last}", level=level
    )


def _fractions(looks: Sequence[Look]) -> list[float]:
    return [look.items / look.planned for look in looks]


def _p_of(ask: Asked, level: float) -> float:
    """The p of an earlier look; 1 where there was nothing to judge yet."""
    try:
        found = ask(level).p
    except NotEnoughData:
        return 1.0
    return 1.0 if found is None else found
