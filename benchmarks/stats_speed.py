"""How fast are the statistics? Beside scipy and tea-tasting in the same run, best of a few.

python benchmarks/stats_speed.py [--rows 1000000] [--repeats 2]
"""

import argparse
import time
from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl
import tea_tasting
from scipy import stats as scipy_stats

from tailor_lab import stats


def best(call: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of some calls."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def line(what: str, ours: float, peer: str, theirs: float) -> None:
    """Prints a row of the table."""
    print(f"| {what} | {ours:.3f} | {peer} | {theirs:.3f} | {theirs / ours:.1f} |", flush=True)


def resampling(repeats: int) -> None:
    """10,000 resamples of 10,000 pairs."""
    rng = np.random.default_rng(1)
    a, b = rng.exponential(size=(2, 10_000))
    differences = b - a
    line(
        "BCa",
        best(lambda: stats.bootstrap(a, b), repeats),
        "scipy",
        best(
            lambda: scipy_stats.bootstrap((differences,), np.mean, n_resamples=10_000, batch=250),
            repeats,
        ),
    )
    line(
        "sign flips",
        best(lambda: stats.permutation(a, b), repeats),
        "scipy",
        best(
            lambda: scipy_stats.permutation_test(
                (differences,),
                lambda x, axis: x.mean(axis=axis),
                permutation_type="samples",
                n_resamples=10_000,
                batch=250,
                vectorized=True,
            ),
            1,
        ),
    )


def moments(rows: int, repeats: int) -> None:
    """A mean with CUPED and a ratio metric of two variants, and a second look at 1 % more rows."""
    rng = np.random.default_rng(2)
    before = rng.normal(size=rows)
    frame = pl.DataFrame(
        {
            "variant": rng.integers(0, 2, rows),
            "gain": 0.6 * before + rng.normal(size=rows),
            "before": before,
            "usd": rng.exponential(size=rows),
            "won": (rng.random(rows) < 0.4).astype(np.float64),
        }
    )
    connection = duckdb.connect()
    connection.register("given", frame.to_arrow())
    connection.execute("create table runs as select * from given")
    new = rows // 100
    connection.execute(f"create table new_runs as select * from given limit {new}")
    metrics = {"gain": ["gain", "before"], "price": ["usd", "won"]}
    experiment = tea_tasting.Experiment(
        gain=tea_tasting.Mean("gain", "before"), price=tea_tasting.RatioOfMeans("usd", "won")
    )

    def judged(found: dict[tuple[str, str], stats.Comoments]) -> list[stats.Estimate]:
        return [
            stats.cuped_moments(found["0", "gain"], found["1", "gain"]),
            stats.ratio_moments(found["0", "price"], found["1", "price"]),
        ]

    for name, everything, fresh in (
        ("polars", frame, frame[:new]),
        ("DuckDB", connection.table("runs"), connection.table("new_runs")),
    ):
        first = stats.grouped_comoments(everything, metrics, by="variant")

        def look(everything: object = everything) -> object:
            return judged(stats.grouped_comoments(everything, metrics, by="variant"))

        def again(fresh: object = fresh, first: dict = first) -> object:
            more = stats.grouped_comoments(fresh, metrics, by="variant")
            return judged(stats.merged(first, more))

        ours = best(look, repeats)
        theirs = best(lambda rows=everything: experiment.analyze(rows), repeats)
        line(f"CUPED and a ratio, {rows:,} rows, {name}", ours, "tea-tasting", theirs)
        line("second look, 1 % more rows", best(again, repeats), "our first look", ours)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    print("| what | seconds | peer | seconds | times as fast |\n|---|---:|---|---:|---:|")
    moments(options.rows, options.repeats)
    resampling(options.repeats)


if __name__ == "__main__":
    main()
