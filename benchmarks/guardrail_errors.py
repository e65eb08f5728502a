"""Does a pass-or-fail guardrail stop what violates it? Simulated for rare events and clusters.

Each line simulates experiments whose variant is worse by exactly the margin, and experiments
whose variant equals the baseline, and counts how often the guardrail passes at 5 % one-sided. The
rates of a source follow a beta distribution with correlation `--icc` within sources; they are
either shared by both variants (same quantile) or independent of one another. Columns: CR2 with
Bell-McCaffrey degrees of freedom (a control, which passes far too much), Tango's test as if there
were no clusters (a control), and `stats.shares_not_worse`. Prints a Markdown table.

    python -m benchmarks.guardrail_errors [--rounds 1000] [--seed 1] [--icc 0.2] [--full]
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, t

from tailor_lab.stats.estimators.clustered_shares import ScoreEvidence, evidence

Floats = NDArray[np.float64]

SHAPES = [(40, 20), (119, 35), (120, 20), (400, 40)]
MORE_SHAPES = [(40, 8), (120, 8), (400, 8), (400, 20)]
RATES = [(0.0, 0.01, 0.01), (0.01, 0.02, 0.01), (0.01, 0.06, 0.05), (0.05, 0.10, 0.05),
         (0.20, 0.25, 0.05)]  # fmt: skip
"""Rate under the baseline, rate under the variant, margin."""
PROMISE = 0.06


@dataclass(frozen=True)
class Row:
    """How often each method lets a guardrail pass."""

    items: int
    sources: int
    rates: tuple[float, float, float]
    shared: bool
    violated: tuple[float, float, float]
    """CR2, Tango without clusters, `shares_not_worse`; the variant is worse by the margin."""
    equal: tuple[float, float, float]
    """The same where the variant equals the baseline."""
    rounds: int

    @property
    def kept(self) -> bool:
        """Whether the error lies within three Monte-Carlo standard errors of the promise."""
        return self.violated[2] <= PROMISE + 3 * math.sqrt(PROMISE * (1 - PROMISE) / self.rounds)


def sizes_of(items: int, sources: int) -> NDArray[np.intp]:
    """Items of each source, as even as they go."""
    sizes = np.full(sources, items // sources)
    sizes[: items - sizes.sum()] += 1
    return sizes


def draw(
    rng: np.random.Generator, rounds: int, index: NDArray[np.intp], rates: tuple[float, float],
    icc: float, *, shared: bool,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Outcomes under both, shape (rounds, n)."""
    count = 1 / icc - 1
    sources = int(index.max()) + 1
    quantiles = rng.random((rounds, sources))
    found = []
    for rate in rates:
        if not shared:
            quantiles = rng.random((rounds, sources))
        levels = beta.ppf(quantiles, rate * count, (1 - rate) * count) if rate else quantiles * 0
        found.append((rng.random((rounds, len(index))) < levels[:, index]).astype(float))
    return found[0], found[1]


def passes(found: ScoreEvidence, margin: float) -> float:
    """Share of the tables whose p against the margin is below 5 %, where lower is better."""
    return float((t.sf(-found.score(margin), found.df) < 0.05).mean())


def by_method(
    a: Floats, b: Floats, index: NDArray[np.intp], margin: float
) -> tuple[float, float, float]:
    """CR2, Tango without clusters, and the guardrail's own test."""
    full, plain = evidence(a, b, index), evidence(a, b, None)
    # With no inflation Tango's variance vanishes and CR2 is left alone.
    robust = replace(full, inflation=np.zeros_like(full.inflation))
    return passes(robust, margin), passes(plain, margin), passes(full, margin)


def rows(rounds: int, seed: int, icc: float, shapes: list[tuple[int, int]]) -> Iterator[Row]:
    """Every combination of shape, rates and dependence."""
    rng = np.random.default_rng(seed)
    for shared in (True, False):
        for items, sources in shapes:
            index = np.repeat(np.arange(sources), sizes_of(items, sources))
            for before, after, margin in RATES:
                worse = draw(rng, rounds, index, (before, after), icc, shared=shared)
                same = draw(rng, rounds, index, (before, before), icc, shared=shared)
                yield Row(
                    items, sources, (before, after, margin), shared,
                    by_method(*worse, index, margin), by_method(*same, index, margin), rounds,
                )  # fmt: skip


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--icc", type=float, default=0.2)
    parser.add_argument("--full", action="store_true", help="also 8 sources, and 20 of 20 items")
    options = parser.parse_args()
    shapes = SHAPES + MORE_SHAPES if options.full else SHAPES
    print("| items, sources | rates | margin | levels | violated: CR2 | Tango | ours |"
          " equal: CR2 | Tango | ours | kept |")  # fmt: skip
    print("|---|---|---:|---|" + "---:|" * 6 + "---|")
    for row in rows(options.rounds, options.seed, options.icc, shapes):
        before, after, margin = row.rates
        cells = " | ".join(f"{share:.1%}" for share in (*row.violated, *row.equal))
        levels = "shared" if row.shared else "own"
        print(f"| {row.items}, {row.sources} | {before:.0%} to {after:.0%} | {margin:.0%} "
              f"| {levels} | {cells} | {'yes' if row.kept else '**no**'} |")  # fmt: skip


if __name__ == "__main__":
    main()
