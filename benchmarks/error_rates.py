"""Do the intervals and tests keep their promises? Simulated errors and coverage of each method.

Every line simulates experiments without an effect (or with a known one) and counts how often a
method errs at a nominal 5 %. The last lines are controls that must fail: methods that are known to
be wrong on such data. Prints a Markdown table.

    python benchmarks/error_rates.py [--rounds 4000] [--seed 1]
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tailor_lab import stats
from tailor_lab.stats.looks.anytime import tuning
from tailor_lab.stats.looks.sequential import boundaries

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Check:
    """How often a method erred, and the most that is promised."""

    question: str
    data: str
    n: int
    error: float
    rounds: int
    promise: float
    control: bool = False

    @property
    def kept(self) -> bool:
        """Whether the error lies within three Monte-Carlo standard errors of the promise."""
        slack = 3 * math.sqrt(self.promise * (1 - self.promise) / self.rounds)
        return self.error <= self.promise + slack


def normal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Normal differences."""
    return rng.normal(size=n)


def tied(rng: np.random.Generator, n: int) -> np.ndarray:
    """Differences of two scores of one to five."""
    return (rng.integers(1, 6, n) - rng.integers(1, 6, n)).astype(float)


def costs(rng: np.random.Generator, n: int) -> np.ndarray:
    """Costs that are 0 in 30 % of the cases and lognormal otherwise."""
    return rng.lognormal(0, 1.2, n) * (rng.random(n) > 0.3)


def cost_differences(rng: np.random.Generator, n: int) -> np.ndarray:
    """Differences of two such costs."""
    return costs(rng, n) - costs(rng, n)


def share(rounds: int, errs: Callable[[], bool]) -> float:
    """The share of rounds that err."""
    return sum(errs() for _ in range(rounds)) / rounds


def significant(estimate: stats.Estimate) -> bool:
    """Whether an effect is called at 5 %."""
    return estimate.p is not None and estimate.p < 0.05


def checks(rounds: int, seed: int) -> Iterator[Check]:
    """Every check, one after the other."""
    rng = np.random.default_rng(seed)
    draws: dict[str, Draw] = {
        "normal": normal,
        "tied scores": tied,
        "cost differences": cost_differences,
    }
    for name, draw in draws.items():
        for n in (20, 100, 500):
            zeros = np.zeros(n)
            error = share(
                rounds, lambda d=draw, z=zeros: significant(stats.paired(z, d(rng, len(z))))
            )
            yield Check("paired t", name, n, error, rounds, 0.05)
    for n in (20, 100):
        zeros = np.zeros(n)
        few = max(100, rounds // 4)
        error = share(
            few,
            lambda z=zeros: significant(
                stats.permutation(z, cost_differences(rng, len(z)), resamples=999)
            ),
        )
        yield Check("sign flips", "cost differences", n, error, few, 0.05)
    for n in (30, 200):
        error = share(
            rounds,
            lambda n=n: significant(
                stats.paired_proportions(rng.random(n) < 0.8, rng.random(n) < 0.8)
            ),
        )
        yield Check("McNemar mid-p", "binary, 80 %", n, error, rounds, 0.05)
    for n in (30, 200):
        error = share(rounds, lambda n=n: significant(stats.ratio(costs(rng, n), costs(rng, n))))
        yield Check("ratio of means (Fieller)", "costs", n, error, rounds, 0.05)
    for n in (50, 200):
        few = max(100, rounds // 4)
        error = share(
            few,
            lambda n=n: any(
                significant(e)
                for e in stats.dunnett(rng.normal(size=n), list(rng.normal(size=(4, n))))
            ),
        )
        yield Check("Dunnett, 4 variants, any", "normal", n, error, few, 0.05)
    yield from clusters(rounds, rng)
    yield from looks(rounds, rng)
    yield from coverage(rounds, rng)
    yield from powers(rounds, rng)


def clusters(rounds: int, rng: np.random.Generator) -> Iterator[Check]:
    """Uneven clusters with as much variance between them as within, and the naive t on them."""
    for groups, promise in ((10, 0.065), (20, 0.062), (50, 0.055)):
        wrong = flips = naive = 0
        for _ in range(rounds):
            labels = np.repeat(np.arange(groups), rng.geometric(0.2, groups))
            values = rng.normal(size=groups)[labels] + rng.normal(size=len(labels))
            wrong += significant(stats.clustered(values, labels))
            naive += significant(stats.paired(np.zeros(len(values)), values))
        few = max(100, rounds // 8)
        for _ in range(few):
            labels = np.repeat(np.arange(groups), rng.geometric(0.2, groups))
            values = rng.normal(size=groups)[labels] + rng.normal(size=len(labels))
            zeros = np.zeros(len(values))
            flips += significant(stats.permutation(zeros, values, clusters=labels, resamples=499))
        yield Check("clustered (CR2)", "uneven clusters", groups, wrong / rounds, rounds, promise)
        yield Check("cluster sign flips", "uneven clusters", groups, flips / few, few, 0.05)
        yield Check(
            "naive t", "uneven clusters", groups, naive / rounds, rounds, 0.05, control=True
        )


def looks(rounds: int, rng: np.random.Generator) -> Iterator[Check]:
    """Looking 20 times, or after every item, at 400 normal differences without an effect."""
    n = np.arange(1, 401)
    z = np.abs(rng.normal(size=(rounds, 400)).cumsum(axis=1) / np.sqrt(n))
    planned, every = z[:, 19::20], z[:, 49:]
    bound = boundaries(np.arange(1, 21) / 20)
    grown = n[49:] * tuning(400, 0.05) + 1
    sequence = np.sqrt(grown / (grown - 1) * np.log(grown / 0.05**2))
    crossed = float((planned > bound).any(axis=1).mean())
    yield Check("20 planned looks", "normal", 400, crossed, rounds, 0.05)
    crossed = float((every > sequence).any(axis=1).mean())
    yield Check("confidence sequence, every item", "normal", 400, crossed, rounds, 0.05)
    crossed = float((planned > 1.96).any(axis=1).mean())
    yield Check("fixed test at 20 looks", "normal", 400, crossed, rounds, 0.05, control=True)


def coverage(rounds: int, rng: np.random.Generator) -> Iterator[Check]:
    """How often the interval misses a true effect, and an interval that is too short by design."""

    def misses(found: stats.Estimate, truth: float) -> bool:
        below = found.low is not None and truth < found.low
        return below or (found.high is not None and truth > found.high)

    for n in (20, 200):
        zeros = np.zeros(n)
        error = share(
            rounds, lambda z=zeros: misses(stats.paired(z, rng.normal(0.3, 1, len(z))), 0.3)
        )
        yield Check("paired t, misses", "normal, effect 0.3", n, error, rounds, 0.05)
    for n in (30, 100, 500):
        error = share(
            rounds, lambda n=n: misses(stats.ratio(costs(rng, n), 0.525 * costs(rng, n)), 0.525)
        )
        # The study of this design found 3.0 to 4.7 %: it errs on the wide side with few costs.
        yield Check("Fieller, misses", "costs times 0.525", n, error, rounds, 0.05)
    for first, second, n in ((0.8, 0.7, 100), (0.03, 0.01, 100)):
        error = share(
            rounds,
            lambda p=first, q=second, n=n: misses(
                stats.paired_proportions(rng.random(n) < p, rng.random(n) < q), q - p
            ),
        )
        data = f"binary, {first:.0%} and {second:.0%}"
        yield Check("Tango, misses", data, n, error, rounds, 0.05)
        error = share(
            rounds,
            lambda p=first, q=second, n=n: misses(
                stats.miettinen_nurminen(rng.random(n) < p, rng.random(n) < q), q - p
            ),
        )
        yield Check("Miettinen-Nurminen, misses", data, n, error, rounds, 0.05)
    for n in (100, 500):
        zeros = np.zeros(n)
        error = share(
            rounds,
            lambda z=zeros: misses(stats.paired(z, rng.normal(0, 1, len(z)), level=0.84), 0.0),
        )
        yield Check("interval too short by design", "normal", n, error, rounds, 0.05, control=True)
    for n in (200, 500):
        few = max(100, rounds // 4)
        ends = range(50, n + 1, 10)
        error = share(few, lambda n=n, ends=ends: _ever(skewed(rng, n), ends, n))
        yield Check("confidence sequence, guarded", "exponential", n, error, few, 0.05)


def _ever(values: np.ndarray, ends: range, planned: int) -> bool:
    """Whether the sequence ever leaves the truth, which is 0, out."""
    for end in ends:
        found = stats.confidence_sequence(values[:end], planned=planned)
        if found.p is not None and found.p < 0.05:
            return True
    return False


def skewed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Exponential values less their mean: skewness 2."""
    return rng.exponential(1, n) - 1


def powers(rounds: int, rng: np.random.Generator) -> Iterator[Check]:
    """How far simulated power lies from the formula: 1 point is promised."""
    for n, effect in ((30, 0.53), (100, 0.28), (200, 0.199)):
        many = rounds * 20
        means = rng.normal(effect, 1 / math.sqrt(n), many)
        spreads = np.sqrt(rng.chisquare(n - 1, many) / (n - 1))
        from scipy.stats import t

        found = float((means / spreads * math.sqrt(n) > t.ppf(0.975, n - 1)).mean())
        gap = abs(found - stats.power(n, difference=effect, sd=1.0))
        yield Check("power, distance to formula", f"effect {effect}", n, gap, many, 0.01)


def main() -> None:
    """Prints the table; exits with 1 where a promise is broken or a control passes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| method | data | n or clusters | error | promised | |\n|---|---|---:|---:|---:|---|")
    sound = True
    for check in checks(options.rounds, options.seed):
        word = "kept" if check.kept else "broken"
        if check.control:
            word += ", as it must be (control)" if not check.kept else " (control!)"
        sound &= check.kept != check.control
        print(
            f"| {check.question} | {check.data} | {check.n} | {check.error:.1%} "
            f"| {check.promise:.1%} | {word} |",
            flush=True,
        )
    raise SystemExit(0 if sound else 1)


if __name__ == "__main__":
    main()
