"""How often do whole decisions ship what they should, and what they should not?

Each cell simulates experiments and decides them by three rules: the rules of a comparison, with
`until="decided"` where there are several looks; the earlier rule, which shipped what was not worse
and judged clustered pass-or-fail metrics by CR2; and the trivial one, which ships whatever has the
better mean. The scenarios are those of `Experiment.plan`: no difference; the primary metric worse
by its margin; better by twice its margin; the same with one guardrail worse by exactly its own.
Correlation within clusters is 0.2. Writes the tables of docs/benchmarks.md with `--write`; exits
with 1 where a promise is broken, but for 40 items with rare large losses and no bounds, a control.

    python -m benchmarks.decisions [--rounds 4000] [--seed 1] [--write]
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from benchmarks.support.page import table, write
from tailor_lab.experiment.analysis.forecast.chances import (
    BETTER,
    NO_EFFECT,
    WORSE,
    PlannedDesign,
    scenarios,
)
from tailor_lab.experiment.analysis.forecast.draws import (
    Draw,
    Source,
    assumed_cost,
    assumed_score,
    assumed_share,
    normal,
)
from tailor_lab.experiment.analysis.forecast.operating import (
    Aim,
    Goal,
    Index,
    Schedule,
    Statuses,
    first_settled,
    standing,
)
from tailor_lab.experiment.looks import Looks
from tailor_lab.stats.estimate import Floats

MARGIN = 0.3
"""Of scores, whose differences have a standard deviation of about 1."""
SIZES = (40, 120, 400)
CLUSTERS = (None, 8, 20, 40)
PROMISED_NULL, PROMISED, PROMISED_FEW = 0.03, 0.06, 0.07
ANYTIME_ROUNDS = 1_000


def steps(chances: Sequence[float], values: Sequence[float]) -> Draw:
    """Differences that take a few values, with a common normal cause within clusters."""
    bounds = ndtri(np.cumsum(chances)[:-1])

    def draw(rng: np.random.Generator, rounds: int, n: int, index: Index | None):
        place = np.searchsorted(bounds, normal(rng, rounds, n, index))
        return np.zeros((rounds, n)), np.array(values)[place]

    return draw


def catastrophes(rng: np.random.Generator, rounds: int, n: int, index: Index | None):
    """3 % lose 5.5 standard deviations, the others gain a little; the mean is 0."""
    rare = normal(rng, rounds, n, index) < ndtri(0.03)
    gain = 5.5 * 0.03 / 0.97 + 0.2 * rng.standard_normal((rounds, n))
    return np.zeros((rounds, n)), np.where(rare, -5.5, gain)


@dataclass(frozen=True)
class Kind:
    """A metric of the benchmark: what is asked of it, and how it varies."""

    name: str
    asked: Aim
    draw: Draw


def share(rate: float, margin: float) -> Kind:
    """Runs that fail at a rate under the baseline."""
    name = f"fails {rate:.0%}, margin {margin:.0%}"
    return Kind(name, Aim(name, "share", -1.0, margin), assumed_share(rate, -1.0))


def score(name: str, draw: Draw, worst: float | None = None) -> Kind:
    """A score; higher is better, and none is below `worst` where that is known."""
    return Kind(name, Aim(name, "mean", 1.0, MARGIN, worst), draw)


NORMAL = score("normal score", assumed_score(1.0))
TIES = score("score, 72 % ties", steps([0.04, 0.1, 0.72, 0.1, 0.04], [-2.5, -1.3, 0, 1.3, 2.5]))
SKEWED = score("score, 72 % ties, rare large losses", steps([0.056, 0.72, 0.224], [-4, 0, 1]))
RARE = score("score, 3 % catastrophes", catastrophes)
SKEWED_KNOWN = score(f"{SKEWED.name}, bounds named", SKEWED.draw, -5.0)
RARE_KNOWN = score(f"{RARE.name}, bounds named", RARE.draw, -7.0)
COST = Kind("cost, margin 10 %", Aim("cost, margin 10 %", "ratio", -1.0, 0.1), assumed_cost())
KINDS = [NORMAL, TIES, SKEWED, SKEWED_KNOWN, RARE, RARE_KNOWN, share(0.01, 0.01),
         share(0.01, 0.05), share(0.05, 0.05), share(0.20, 0.05), COST]  # fmt: skip
SEVERAL = [share(0.05, 0.05), COST, TIES, share(0.20, 0.05), SKEWED]


@dataclass(frozen=True)
class Cell:
    """One kind of experiment."""

    primary: Kind
    guardrails: tuple[Kind, ...]
    items: int
    clusters: int | None = None
    variants: int = 1
    looks: Looks = 1

    @property
    def hidden(self) -> bool:
        """Whether a guardrail has losses that so few items need not show, and unnamed bounds."""
        return self.items < 100 and any(kind in (SKEWED, RARE) for kind in self.guardrails)

    @property
    def promise(self) -> float:
        """The most that may ship where a guardrail is violated by exactly its margin."""
        return PROMISED if self.clusters is None or self.clusters >= 20 else PROMISED_FEW


@dataclass(frozen=True)
class Ships:
    """P(ship) under each scenario by one rule."""

    null: float
    worse: float
    better: float
    violated: float
    """The largest over the guardrails."""


@dataclass(frozen=True)
class Row:
    """A cell and what each rule ships."""

    cell: Cell
    ours: Ships
    whole: Ships
    """Ours where the whole plan is run."""
    earlier: Ships
    trivial: Ships
    passes: float
    """The largest chance that a guardrail alone holds where it is violated by its margin."""
    items: float
    """Mean number until the decision where the variant is better by twice the margin."""
    rounds: int
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for found, promise, name in (
            (self.ours.null, PROMISED_NULL, "no difference"),
            (self.ours.violated, self.cell.promise, "violated"),
        ):
            if found > promise + 3 * math.sqrt(promise * (1 - promise) / self.rounds):
                self.broken.append(f"{name} {found:.1%}")


def clusters_of(items: int, clusters: int | None) -> Index | None:
    """Clusters as even as they go, in a random order of the items."""
    if clusters is None:
        return None
    order = np.random.default_rng(0).permutation(items)
    return (np.arange(items) % clusters)[order]


def earlier(
    asked: Aim, a: Floats, b: Floats, goal: Goal | None, schedule: Schedule
) -> Statuses:  # fmt: skip
    """The earlier rule at the end of the plan: not worse ships, and clustered shares are means."""
    shared = schedule if goal is not None else replace(schedule, variants=1)
    full, narrow = shared.tails(schedule.n)
    if asked.method == "share" and schedule.index is not None:
        asked = replace(asked, method="mean")
    found, margin = standing(asked, a, b, schedule.index), asked.margin or 0.0
    inside = found.above(-margin, narrow) & found.below(margin, narrow)
    holds = found.above(-margin, full) | inside
    if goal is not None:
        holds &= ~found.below(0.0, full)
    return holds.astype(np.int8)


def trivial(asked: Aim, a: Floats, b: Floats, goal: Goal | None) -> Statuses:
    """Ships where the mean is better, whatever the guardrails say."""
    if goal is None:
        return np.ones(a.shape[0], dtype=np.int8)
    return (asked.up * (b - a).mean(axis=-1) > 0).astype(np.int8)


def run(cell: Cell, rounds: int, seed: int) -> Row:
    """Simulates one cell; all rules decide the same experiments."""
    kinds = (cell.primary, *cell.guardrails)
    asked = [replace(kind.asked, name=f"{kind.name} {place}") for place, kind in enumerate(kinds)]
    index = clusters_of(cell.items, cell.clusters)
    schedule = Schedule(cell.items, cell.looks, index, cell.variants)
    design, source = PlannedDesign(asked, schedule), Source(asked, [kind.draw for kind in kinds])
    rng = np.random.default_rng(seed)
    pairs = source.draw(rng, rounds, cell.items, index)

    def decide(asked: Aim, a: Floats, b: Floats, goal: Goal | None) -> Statuses:
        rules = [earlier(asked, a, b, goal, schedule), trivial(asked, a, b, goal)]
        return np.concatenate([schedule.statuses(asked, a, b, goal), np.stack(rules)])

    found = scenarios(design, source, pairs, rng, decide=decide)
    looks = len(schedule.sizes)

    def ships(of: Callable[[Statuses], Statuses]) -> Ships:
        each = {
            name: float(np.stack([of(s) == 1 for s in statuses]).any(axis=0).mean())
            for name, statuses in found.by_name.items()
        }
        guarded = [
            chance for name, chance in each.items() if name not in (NO_EFFECT, WORSE, BETTER)
        ]
        return Ships(each[NO_EFFECT], each[WORSE], each[BETTER], max(guarded, default=0.0))

    def until_decided(statuses: Statuses) -> Statuses:
        return first_settled(statuses[:looks], schedule.sizes)[0]

    return Row(
        cell,
        ships(until_decided),
        ships(lambda s: s[looks - 1]),
        ships(lambda s: s[looks]),
        ships(lambda s: s[looks + 1]),
        max((float((until_decided(s) == 1).mean()) for s in found.violated), default=0.0),
        float(first_settled(found.by_name[BETTER][0][:looks], schedule.sizes)[1].mean()),
        rounds,
    )


def by_kind(sizes: Sequence[int] = SIZES) -> Iterator[Cell]:
    """Every kind as a guardrail and, where it can be better by twice its margin, as the primary."""
    for kind in KINDS:
        primary = NORMAL if kind.asked.method == "share" and "20%" not in kind.name else kind
        for clusters in CLUSTERS:
            for items in sizes:
                if clusters is None or clusters < items:
                    yield Cell(primary, (kind,), items, clusters)


def by_design() -> Iterator[Cell]:
    """More guardrails, more variants, more looks."""
    for clusters in (None, 20):
        for count in range(1, 6):
            yield Cell(NORMAL, tuple(SEVERAL[:count]), 400, clusters)
        for variants in range(2, 5):
            yield Cell(NORMAL, (share(0.05, 0.05),), 400, clusters, variants)
        looks: tuple[Looks, ...] = (1, 3, 5, "anytime")
        for kind in (NORMAL, RARE):
            for count in looks:
                yield Cell(kind, (share(0.05, 0.05),), 400, clusters, looks=count)


def rows(cells: Sequence[Cell], rounds: int, seed: int) -> Iterator[Row]:
    """Every cell with draws of its own."""
    for place, cell in enumerate(cells):
        few = min(rounds, ANYTIME_ROUNDS) if cell.looks == "anytime" else rounds
        yield run(cell, few, seed * 10_000 + place)


def percent(*chances: float) -> str:
    """One or several chances in a cell."""
    return " / ".join(f"{100 * chance:.1f}" for chance in chances)


def kinds_table(found: Sequence[Row]) -> str:
    """A row per kind and clusters; the sizes next to each other."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        kind = row.cell.guardrails[0].name
        groups.setdefault((kind, str(row.cell.clusters or "none")), []).append(row)
    lines = []
    for (kind, clusters), each in groups.items():
        sizes = "/".join(str(row.cell.items) for row in each)
        lines.append(
            [kind, f"{sizes}, {clusters}"]
            + [percent(*(getattr(r.ours, s) for r in each)) for s in _SCENARIOS]
            + [percent(*(r.passes for r in each))]
            + [percent(*(getattr(r.earlier, s) for r in each)) for s in _SCENARIOS]
            + [percent(*(r.trivial.null for r in each))]
        )
    return table(
        ["guardrail (and primary)", "items, clusters", "no effect", "worse", "better", "violated",
         "guardrail alone", "earlier: no effect", "worse", "better", "violated",
         "mean better: no effect"],
        lines,
    )  # fmt: skip


_SCENARIOS = ("null", "worse", "better", "violated")


def design_table(found: Sequence[Row]) -> str:
    """A row per cell."""
    lines = []
    for row in found:
        cell = row.cell
        lines.append(
            [f"{cell.primary.name}, {len(cell.guardrails)} guardrails",
             str(cell.clusters or "none"), str(cell.variants + 1), str(cell.looks)]
            + [percent(getattr(row.ours, s)) for s in _SCENARIOS]
            + [percent(row.whole.better), f"{row.items:.0f}"]
            + [percent(getattr(row.earlier, s)) for s in _SCENARIOS]
        )  # fmt: skip
    return table(
        ["400 items", "clusters", "variants", "looks", "no effect", "worse", "better", "violated",
         "whole plan: better", "items until decided", "earlier: no effect", "worse", "better",
         "violated"],
        lines,
    )  # fmt: skip


def main() -> None:
    """Prints the tables; exits with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="replace the section of the docs")
    options = parser.parse_args()
    kinds = list(rows(list(by_kind()), options.rounds, options.seed))
    designs = list(rows(list(by_design()), options.rounds, options.seed + 1))
    broken = [row for row in (*kinds, *designs) if row.broken]
    text = "\n\n".join([_HEAD.format(rounds=options.rounds), kinds_table(kinds),
                        design_table(designs), _verdict(broken)])  # fmt: skip
    if options.write:
        write("decisions", text)
    else:
        print(text)
    raise SystemExit(1 if any(not row.cell.hidden for row in broken) else 0)


def _verdict(broken: Sequence[Row]) -> str:
    if not broken:
        return "Every promise is kept."
    cells = [
        f"- guardrail {row.cell.guardrails[0].name}; {row.cell.items} items, clusters "
        f"{row.cell.clusters or 'none'}, looks {row.cell.looks}: "
        f"{', '.join(row.broken)}"
        for row in broken
    ]
    return (
        "Promises that are broken. One sample in three of 40 items holds none of 3 % catastrophes, "
        "and only a metric's bounds say that there may be some.\n\n" + "\n".join(cells)
    )


_HEAD = """## Whole decisions

How often an experiment ships, in per cent of {rounds:,} simulated ones a cell (1,000 where it is
watched at any time). "No effect": nothing differs. "Worse": the primary metric is worse by its
margin. "Better": better by twice its margin, guardrails equal. "Violated": the same, with a
guardrail worse by exactly its margin; the largest over the guardrails. "Guardrail alone": how often
that guardrail holds. Promised are at most 3 % without an effect, and 6 % with a violated guardrail
(7 % with 8 clusters). "Earlier" is the rule that shipped what was not worse at 95 % and judged
clustered pass-or-fail metrics by CR2; its better column is the power that the promises cost.
"Mean better" ships the better mean. Failure rates have a normal score as the primary metric, except
20 %. By `python -m benchmarks.decisions`."""


if __name__ == "__main__":
    main()
