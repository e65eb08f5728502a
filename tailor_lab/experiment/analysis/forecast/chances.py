"""How often a plan ships what it should, and what it should not: simulated whole decisions.

Every scenario uses the same draws, so that what differs between two of them is the effect alone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tailor_lab.experiment.analysis.forecast.draws import Pair, Rng, Source, most_better, moved
from tailor_lab.experiment.analysis.forecast.operating import (
    Aim,
    Goal,
    Schedule,
    Statuses,
    critical_value,
    first_settled,
    standing,
    together,
)
from tailor_lab.experiment.answers import POWER
from tailor_lab.experiment.outcomes.chances import BETTER, NO_EFFECT, WORSE, Chances, Outcome
from tailor_lab.experiment.verdict import ALPHA
from tailor_lab.stats.estimate import Floats

ROUNDS = 1_000
BETTER_BY = 2.0
"""Margins by which the variant is better where it ought to ship."""
_VALUES_A_STEP = 400_000
_MOST_ITEMS = 8_000
"""Beyond it the root alone says how many items are needed."""
_STEPS = 4


Decide = Callable[[Aim, Floats, Floats, Goal | None], Statuses]
"""A metric's status from its values under the baseline and the variant; a goal for the primary."""


@dataclass(frozen=True)
class PlannedDesign:
    """What is asked of the metrics, the primary one first, and when."""

    asked: Sequence[Aim]
    schedule: Schedule
    goal: Goal = "better"
    runs: int = 1
    """Replicates of an item."""

    @property
    def guardrails(self) -> Sequence[Aim]:
        """What is asked of the guardrails."""
        return self.asked[1:]


def chances_of(
    design: PlannedDesign,
    source: Source,
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
    notes: Sequence[str] = (),
) -> Chances:
    """The chances of each decision under each scenario, and what limits them."""
    rng = np.random.default_rng(seed)
    schedule = design.schedule
    pairs = source.draw(rng, rounds, schedule.n, schedule.index)
    found = scenarios(design, source, pairs, rng)
    outcomes = [
        _outcome(name, statuses, schedule, design) for name, statuses in found.by_name.items()
    ]
    held = {
        asked.name: float((first_settled(status, schedule.sizes)[0] == 1).mean())
        for asked, status in zip(design.guardrails, found.equal[1:], strict=True)
    }
    binding = min(held, key=lambda name: held[name]) if held else None
    needed = None
    if binding is not None and held[binding] < POWER:
        needed = items_to_hold(design, source, binding, seed=seed)
    room = most_better(design.asked[0], pairs[0][0])
    margin = design.asked[0].margin
    if margin is not None and room < BETTER_BY * margin:
        primary = design.asked[0].name
        text = (
            f"{primary} can be better by {room:.3g} at most, so that stands for twice its margin."
        )
        notes = (*notes, text)
    return Chances(
        outcomes=tuple(outcomes),
        holds=held,
        binding=binding,
        binding_items=needed,
        items=schedule.n,
        looks=schedule.looks,
        rounds=rounds,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class Scenarios:
    """Statuses of shape (looks, rounds): of every variant that counts, under each scenario."""

    by_name: Mapping[str, Sequence[Statuses]]
    equal: Sequence[Statuses]
    """Of each metric of one variant that equals the baseline."""
    violated: Sequence[Statuses]
    """Of each guardrail alone where it is worse by exactly its margin."""


def scenarios(
    design: PlannedDesign,
    source: Source,
    pairs: Sequence[Pair],
    rng: Rng,
    *,
    decide: Decide | None = None,
) -> Scenarios:
    """Decides the draws `pairs` of one variant, and of further ones, under every scenario.

    Without a difference, where all variants are worse and where all break a guardrail, any variant
    that qualifies ships. In the other one a single variant is better, and only that one counts.
    `decide` replaces the rules.
    """
    schedule, primary = design.schedule, design.asked[0]
    decide = schedule.statuses if decide is None else decide

    def status(number: int, pair: Pair, size: float = 0.0) -> Statuses:
        asked = design.asked[number]
        b = moved(rng, asked, pair[1], size, schedule.index, runs=design.runs)
        return decide(asked, pair[0], b, None if number else design.goal)

    # Others are drawn with a baseline of their own; Bonferroni's bound needs no correlation.
    others = (
        source.draw(rng, pairs[0][0].shape[0], schedule.n, schedule.index)
        for _ in range(schedule.variants - 1)
    )
    drawn = [pairs, *others]
    every = [[status(number, pair) for number, pair in enumerate(each)] for each in drawn]
    equal = every[0]
    broken = [
        [
            status(number, each[number], -(asked.margin or 0.0))
            for number, asked in enumerate(design.guardrails, 1)
        ]
        for each in drawn
    ]
    found: dict[str, Sequence[Statuses]] = {NO_EFFECT: [together(each) for each in every]}
    if primary.margin is not None:
        worse = [status(0, each[0], -primary.margin) for each in drawn]
        found[WORSE] = [together([bad, *each[1:]]) for bad, each in zip(worse, every, strict=True)]
        size = min(BETTER_BY * primary.margin, most_better(primary, pairs[0][0]))
        better = [status(0, each[0], size) for each in drawn]
        found[BETTER] = [together([better[0], *equal[1:]])]
        for number, asked in enumerate(design.guardrails, 1):
            found[violation(asked.name)] = [
                together([gain, bad[number - 1], *_without(each, {0, number})])
                for gain, bad, each in zip(better, broken, every, strict=True)
            ]
    return Scenarios(found, equal, broken[0])


def _without(statuses: Sequence[Statuses], places: set[int]) -> list[Statuses]:
    return [each for place, each in enumerate(statuses) if place not in places]


def violation(guardrail: str) -> str:
    """The scenario in which a guardrail is worse by exactly its margin."""
    return f"{guardrail} worse by its margin"


def items_to_hold(design: PlannedDesign, source: Source, name: str, *, seed: int = 0) -> int | None:
    """With how many items an equal guardrail holds with 80 % chance, at a single look.

    The clusters keep their sizes and become more. The distance in standard errors grows nearly as
    the root of the items; a few steps of simulation settle the rest.
    """
    number = next(n for n, asked in enumerate(design.asked) if asked.name == name)
    asked, schedule = design.asked[number], design.schedule
    alone = Source([asked], [source.assumed[number]], None)
    if source.past is not None:
        past = type(source.past)([source.past.values[number]], source.past.index)
        alone = Source([asked], [source.assumed[number]], past)
    n = schedule.n
    for _ in range(_STEPS):
        rng = np.random.default_rng(seed)
        rounds = max(50, min(500, _VALUES_A_STEP // n))
        index = _longer(schedule, n)
        a, b = alone.draw(rng, rounds, n, index)[0]
        place = standing(asked, a, b, index)
        margin = asked.margin or 0.0
        low = float(np.quantile(place.distance(-margin), 1 - POWER))
        middle = float(np.median(place.distance(-margin)))
        critical = critical_value(place.df, ALPHA / schedule.variants)
        if not middle > 0:
            return None
        spread = min(middle - low, middle)
        following = max(2, math.ceil(n * ((critical + spread) / middle) ** 2))
        done = abs(following - n) < 0.03 * n or following > _MOST_ITEMS
        n = following
        if done:
            break
    # Simulated with few rounds, so no more than two digits are known.
    step: int = 10 ** max(0, math.floor(math.log10(n)) - 1)
    return math.ceil(n / step) * step


def _longer(schedule: Schedule, n: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]] | None":
    """The clusters of n items whose clusters are as large as the plan's."""
    index = schedule.index
    if index is None:
        return None
    if n <= len(index):
        return schedule.first(n)
    count = int(index.max()) + 1
    copies = [index + k * count for k in range(math.ceil(n / len(index)))]
    return np.unique(np.concatenate(copies)[:n], return_inverse=True)[1].astype(np.intp)


def _outcome(
    name: str, statuses: Sequence[Statuses], schedule: Schedule, design: PlannedDesign
) -> Outcome:
    settled = [first_settled(each, schedule.sizes) for each in statuses]
    found = np.stack([status for status, _ in settled])
    items = np.stack([each for _, each in settled]).max(axis=0)
    ship = float((found == 1).any(axis=0).mean())
    keep = float((found == -1).all(axis=0).mean())
    guardrail = next((g.name for g in design.guardrails if violation(g.name) == name), None)
    return Outcome(name, guardrail, ship, keep, max(0.0, 1 - ship - keep), float(items.mean()))
