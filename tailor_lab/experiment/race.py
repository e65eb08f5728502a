"""The answer of a race: which of many variants is best, and what finding it spared."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """Why a variant got no more runs."""

    items: int
    """After how many items."""
    why: str
    than: str | None = None
    """The variant that it was compared with."""


ROUNDS = 16
SMALLEST_ROUND = 12


def round_ends(planned: int) -> list[int]:
    """After how many items each round ends."""
    step = max(SMALLEST_ROUND, -(-planned // ROUNDS))
    return [*range(step, planned, step), planned]
