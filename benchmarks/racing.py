"""Racing many prompts: does it name the right one, and how many calls does that take?

All scores are simulated. Each item has a level of its own (SD 12), which all prompts share; each
prompt adds its effect, noise by item (SD 6) and noise by source of four items (SD 2). The margin is
2. The plan has as many items as Holm's test needs to find a difference of the margin with 80 %
power. Compared are:

- the full plan: every prompt on every item, the best of those that Holm's test shows to be better
  than the baseline (CR2 by source), else the baseline;
- the race, with the elimination that `lab.race` uses;
- successive halving and Thompson sampling with the calls that the race used in the same round of
  the simulation; they promise nothing about errors and know no guardrail.

Scenarios: one prompt better by twice the margin (`one better`), the same with skewed noise
(`skewed`: a shifted exponential), one better by exactly the margin next to one better by twice the
margin (`close`), all equal (`all equal`), one better by just more than the margin, so that any
other is wrong (`just over`), and a prompt that is better by three times the margin but violates a
guardrail by its margin (`guardrail`), where the right one is the next best.

    python -m benchmarks.racing [--rounds 1000] [--seed 1] [--write]
"""

import argparse
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from benchmarks.support import page
from tailor_lab import stats
from tailor_lab.experiment.analysis.bounds import Scores
from tailor_lab.experiment.analysis.racing import Rules, advance
from tailor_lab.experiment.design import Metric
from tailor_lab.experiment.race import Standing, round_ends
from tailor_lab.stats.estimators.clusters import bell_mccaffrey, covariance

Floats = NDArray[np.float64]

PROMPTS = 20
MARGIN = 2.0
ITEM_SD, NOISE_SD, SOURCE_SD = 12.0, 6.0, 2.0
SOURCE_SIZE = 4
SCORE = Metric("score", "score", MARGIN, "higher", unit="points")
CLAIMS = Metric("claims", "score", 1.0, "lower", unit="claims")
CLAIMS_SD = 2.0
NAMES = tuple(f"p{i:02}" for i in range(PROMPTS))


@dataclass(frozen=True)
class Scenario:
    """The true effects of the prompts; the first is the baseline."""

    name: str
    effects: Floats
    violating: tuple[int, ...] = ()
    """Those that violate the guardrail by exactly its margin."""
    guardrail: bool = False
    skewed: bool = False

    @property
    def right(self) -> set[int]:
        """The best of those that violate nothing."""
        fit = [i for i in range(PROMPTS) if i not in self.violating]
        top = max(self.effects[i] for i in fit)
        return {i for i in fit if self.effects[i] == top}

    def wrong(self, named: int | None) -> bool:
        """Whether one is named that is worse than the right one by more than the margin."""
        best = self.effects[next(iter(self.right))]
        return named is not None and bool(self.effects[named] < best - MARGIN - 1e-9)


def _effects(**better: float) -> Floats:
    found = np.zeros(PROMPTS)
    for name, effect in better.items():
        found[NAMES.index(name)] = effect
    return found


SCENARIOS = (
    Scenario("one better", _effects(p07=2 * MARGIN)),
    Scenario("skewed", _effects(p07=2 * MARGIN), skewed=True),
    Scenario("close", _effects(p07=2 * MARGIN, p11=MARGIN)),
    Scenario("all equal", _effects()),
    Scenario("just over", _effects(p07=1.1 * MARGIN)),
    Scenario("guardrail", _effects(p07=3 * MARGIN, p11=2 * MARGIN), violating=(7,), guardrail=True),
)


def planned_items(difference: float = MARGIN) -> int:
    """Items that find a difference with 80 % power at Holm's first level, in whole sources."""
    per_item = 2 * (NOISE_SD**2 + SOURCE_SIZE * SOURCE_SD**2)
    needed = stats.sample_size(difference, sd=math.sqrt(per_item), alpha=0.05 / (PROMPTS - 1))
    return SOURCE_SIZE * math.ceil(needed / SOURCE_SIZE)


def draw(rng: np.random.Generator, scenario: Scenario, items: int) -> Scores:
    """Simulated scores and claims of every prompt on every item, in a shuffled order."""
    sources = items // SOURCE_SIZE
    order = rng.permutation(np.repeat(np.arange(sources), SOURCE_SIZE))
    shape = (PROMPTS, items)
    noise = rng.exponential(1, shape) - 1 if scenario.skewed else rng.normal(0, 1, shape)
    by_source = rng.normal(0, SOURCE_SD, (PROMPTS, sources))[:, order]
    score = scenario.effects[:, None] + rng.normal(70, ITEM_SD, items) + by_source
    values = {SCORE.name: dict(zip(NAMES, score + NOISE_SD * noise, strict=True))}
    if scenario.guardrail:
        # Prompts that claim more score more: the noise of both is correlated by one half.
        own = rng.normal(0, 1, shape)
        claims = 3 + CLAIMS_SD * (0.5 * noise + math.sqrt(0.75) * own)
        claims[list(scenario.violating)] += CLAIMS.margin_value
        values[CLAIMS.name] = dict(zip(NAMES, claims, strict=True))
    return Scores(values, order)


def race(scores: Scores, items: int, *, guardrail: bool) -> tuple[int | None, int]:
    """The prompt that the race names, and the calls that it used."""
    guardrails = (CLAIMS,) if guardrail else ()
    rules = Rules(NAMES, NAMES[0], SCORE, guardrails, tuple(round_ends(items)))
    standing = Standing(dict.fromkeys(NAMES, 0), frozenset(NAMES), NAMES[0])
    while (size := standing.next_size(rules.sizes)) is not None:
        standing = advance(rules, standing, scores, size)
    best = None if standing.best is None else NAMES.index(standing.best)
    return best, sum(standing.items.values())


def full_plan(scores: Scores, *, guardrail: bool) -> int | None:
    """The best of those that Holm shows to be better than the baseline; else the baseline."""
    values = np.array([scores.values[SCORE.name][name] for name in NAMES])
    p = _p_above(values - values[0], scores.clusters, 0.0)
    shown = [i for i in range(1, PROMPTS) if p[i] < 1]
    adjusted = dict(zip(shown, stats.adjust([p[i] for i in shown]), strict=True))
    better = {i for i in shown if adjusted[i] < 0.05 and (values[i] - values[0]).mean() > 0}
    if guardrail:
        claims = np.array([scores.values[CLAIMS.name][name] for name in NAMES])
        passed = _p_above(claims[0] - claims, scores.clusters, -CLAIMS.margin_value) / 2
        better = {i for i in better if passed[i] < 0.05}
    return max(better, key=lambda i: values[i].mean(), default=0)


def _p_above(differences: Floats, clusters: NDArray[np.intp] | None, null: float) -> Floats:
    """Two-sided p of each mean against `null` by CR2; 1 where it is not above."""
    assert clusters is not None
    se = np.sqrt(np.diag(covariance(differences[1:].T, clusters)))
    df = bell_mccaffrey(np.bincount(clusters) / differences.shape[1])
    size = (differences[1:].mean(axis=1) - null) / se
    p = 2 * t.sf(np.abs(size), df)
    return np.concatenate([[1.0], p if null == 0 else np.where(size > 0, p, 2.0)])


def halving(scores: Scores, budget: int) -> int:
    """Plain successive halving: equal calls to each stage, the worse half of the means leaves."""
    values = np.array([scores.values[SCORE.name][name] for name in NAMES])
    left, used = list(range(PROMPTS)), 0
    stages = math.ceil(math.log2(PROMPTS))
    for _ in range(stages):
        used = min(values.shape[1], used + max(1, budget // (stages * len(left))))
        left.sort(key=lambda i: -values[i, :used].mean())
        left = left[: math.ceil(len(left) / 2)]
    return left[0]


def thompson(rng: np.random.Generator, scores: Scores, budget: int) -> int:
    """Thompson sampling with a known SD; each prompt meets the items in the plan's order."""
    values = np.array([scores.values[SCORE.name][name] for name in NAMES])
    spread = math.hypot(ITEM_SD, NOISE_SD, SOURCE_SD)
    counts = np.ones(PROMPTS, dtype=int)
    totals = values[:, 0].copy()
    for _ in range(budget - PROMPTS):
        drawn = rng.normal(totals / counts, spread / np.sqrt(counts))
        drawn[counts >= values.shape[1]] = -np.inf
        i = int(drawn.argmax())
        totals[i] += values[i, counts[i]]
        counts[i] += 1
    return int((totals / counts).argmax())


@dataclass(frozen=True)
class Row:
    """How one way did in one scenario; shares of the rounds, and calls as a share of the plan."""

    scenario: str
    way: str
    right: float
    wrong: float
    violating: float
    nothing: float
    calls: float


def rows(rounds: int, seed: int, items: int, scenarios: tuple[Scenario, ...]) -> list[Row]:
    """Every way in every scenario."""
    found = []
    for scenario in scenarios:
        rng = np.random.default_rng(seed)
        named: dict[str, list[tuple[int | None, int]]] = {}
        for _ in range(rounds):
            scores = draw(rng, scenario, items)
            raced, calls = race(scores, items, guardrail=scenario.guardrail)
            whole = full_plan(scores, guardrail=scenario.guardrail)
            named.setdefault("full plan, Holm", []).append((whole, PROMPTS * items))
            named.setdefault("race", []).append((raced, calls))
            named.setdefault("successive halving", []).append((halving(scores, calls), calls))
            bandit = thompson(rng, scores, calls)
            named.setdefault("Thompson sampling", []).append((bandit, calls))
        found += [_row(scenario, way, answers, items) for way, answers in named.items()]
    return found


def _row(scenario: Scenario, way: str, answers: list[tuple[int | None, int]], items: int) -> Row:
    names = [name for name, _ in answers]
    return Row(
        scenario.name,
        way,
        float(np.mean([name in scenario.right for name in names])),
        float(np.mean([scenario.wrong(name) for name in names])),
        float(np.mean([name in scenario.violating for name in names])),
        float(np.mean([name is None for name in names])),
        float(np.mean([calls for _, calls in answers])) / (PROMPTS * items),
    )


def main() -> None:
    """Prints the table, and writes it to the page of benchmarks where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a plan for twice the margin")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args()
    items = planned_items(2 * MARGIN if options.short else MARGIN)
    head = ["scenario", "way", "names the right one", "names one worse by more than the margin",
            "names one that violates", "names none", "calls, share of the full plan"]  # fmt: skip
    cells = [
        [row.scenario, row.way, *(f"{share:.1%}" for share in
         (row.right, row.wrong, row.violating, row.nothing, row.calls))]
        for row in rows(options.rounds, options.seed, items, SCENARIOS)
    ]  # fmt: skip
    text = (
        f"## Racing\n\nSimulated scores: {PROMPTS} prompts, {items} items in sources of "
        f"{SOURCE_SIZE}, {options.rounds:,} rounds, seed {options.seed}. "
        f"By `python -m benchmarks.racing`.\n\n{page.table(head, cells)}"
    )
    if options.write:
        page.write("racing", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
