"""How the cost of a function grows with its input, on a machine that others use too."""

import time
from collections.abc import Callable

ATTEMPTS = 5
TIMES_THE_COST = 6.0
"""Four times the text may cost so many times as much; a square would be 16."""


def grows_linearly(work: Callable[[str], object], text: Callable[[int], str], size: int) -> bool:
    """Whether four times the text costs at most six times as much CPU time, in any attempt.

    Something else on the machine can only make an attempt dearer, so the cheapest one counts; what
    costs the square fails in all of them.
    """
    small, large = text(size), text(4 * size)
    return any(_cost(work, large) <= TIMES_THE_COST * _cost(work, small) for _ in range(ATTEMPTS))


def _cost(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began
