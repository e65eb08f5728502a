"""How long does a comparison take, next to the bare tests of the same numbers?

Each line compares simulated runs of so many items under so many variants on so many metrics, with
gates, intervals, cross-checks, harm and the decision. The peer is the least that the same table
needs: scipy's paired t-test of every variant and metric on columns that are pivoted already. The
last column is how many times longer than for a quarter of the items: 4 is linear. The best of
three runs each, in one process. Prints a Markdown table.

    python -m benchmarks.comparison_speed [--seed 1]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from scipy.stats import ttest_rel

from tailor_lab import Experiment, Metric, Variant
from tailor_lab.experiment import compare

SHAPES = [(500, 5, 6), (5_000, 4, 10), (20_000, 4, 10)]
"""Items, variants beside the baseline, metrics."""


def runs(rng: np.random.Generator, items: int, variants: int, metrics: int) -> pl.DataFrame:
    """A row per item and variant."""
    base = rng.normal(60, 10, (items, metrics))
    parts = []
    for k in range(variants + 1):
        values = base + rng.normal(0.1 * k, 6, (items, metrics))
        columns = {f"m{j}": values[:, j] for j in range(metrics)}
        names = [f"i{i:06d}" for i in range(items)]
        parts.append(pl.DataFrame({"item_id": names, "variant": f"v{k}", **columns}))
    return pl.concat(parts)


def experiment(variants: int, metrics: int) -> Experiment:
    """Its primary metric, three guardrails at most, the rest exploratory."""
    asked = [Metric(f"m{j}", margin=2.0) for j in range(metrics)]
    return Experiment(
        "speed",
        items=[{"id": "-"}],
        variants=[Variant(f"v{k}") for k in range(variants + 1)],
        primary=asked[0],
        guardrails=asked[1:4],
        metrics=asked[4:],
    )


def best_of(times: int, what: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        what()
        found.append(time.perf_counter() - start)
    return min(found)


def bare(frame: pl.DataFrame, variants: int, metrics: int) -> Callable[[], object]:
    """Paired t-tests of every variant and metric."""
    columns = [
        frame.filter(pl.col("variant") == f"v{k}").select(pl.col("^m.*$")).to_numpy()
        for k in range(variants + 1)
    ]

    def tests() -> list[float]:
        return [
            float(ttest_rel(columns[k][:, j], columns[0][:, j]).pvalue)
            for k in range(1, variants + 1)
            for j in range(metrics)
        ]

    return tests


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    print(
        "| items, variants, metrics | compare | paired t alone | against a quarter of the items |"
    )
    print("|---|---:|---:|---:|")
    for items, variants, metrics in SHAPES:
        rng = np.random.default_rng(seed)
        frame = runs(rng, items, variants, metrics)
        quarter = runs(rng, items // 4, variants, metrics)
        asked = experiment(variants, metrics)
        whole = best_of(3, lambda: compare(frame, asked))  # noqa: B023
        part = best_of(3, lambda: compare(quarter, asked))  # noqa: B023
        peer = best_of(3, bare(frame, variants, metrics))
        shape = f"{items:,} x {variants} x {metrics}"
        print(f"| {shape} | {whole:.2f} s | {peer:.3f} s | {whole / part:.1f} times |")


if __name__ == "__main__":
    main()
