"""The run log beside its peers, in one run; writes its table to docs/benchmarks.md."""

import importlib.util
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from tailor_lab.runlog import RunLog
from tailor_lab.runlog.tables import TABLES
from tests.runlog.storm import storm

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- runlog:begin -->", "<!-- runlog:end -->"
ROW = {
    "run_id": "r",
    "status": "ok",
    "source": "live",
    "mode": "full",
    "pipeline": "tailoring",
    "user_id": "u1",
    "resume_id": "r1",
    "job_id": "j1",
    "score_before": 61.5,
    "score_after": 75.0,
    "improvement": 13.5,
    "target_score": 80.0,
    "target_met": False,
    "confidence": 0.9,
    "warnings": ["one"],
    "diff_count": 3,
    "keywords_added": ["Kubernetes", "k8s"],
    "tokens_used": 1000,
    "input_tokens": 800,
    "output_tokens": 200,
    "cost_usd": 0.001,
    "duration_ms": 812.5,
    "cached": False,
    "model": "offline",
    "prompt": "grounded",
}
DRAINED_ROWS = 500_000
OPERATIONS = 10_000_000


def timed(call: Callable[[int], object], number: int) -> np.ndarray:
    """Microseconds of each call."""
    taken = np.empty(number)
    for i in range(number):
        start = time.perf_counter()
        call(i)
        taken[i] = time.perf_counter() - start
    return taken * 1e6


def recorded(log: RunLog, number: int) -> np.ndarray:
    return timed(lambda i: log.record("runs", {**ROW, "run_id": f"r{i}"}), number)


def peers(folder: Path) -> dict[str, np.ndarray]:
    marks = ", ".join("?" * len(ROW))
    columns = ", ".join(f'"{name}" {TABLES["runs"].columns[name].sql}' for name in ROW)
    with duckdb.connect(folder / "peer.duckdb") as connection:
        connection.execute(f"create table runs ({columns})")
        values = list(ROW.values())
        inserted = timed(
            lambda _: connection.execute(f"insert into runs values ({marks})", values), 300
        )
    lite = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    lite.execute("pragma journal_mode = wal")
    lite.execute("pragma synchronous = normal")
    lite.execute(f"create table runs ({', '.join(ROW)})")
    flat = [str(value) if isinstance(value, list) else value for value in ROW.values()]
    written = timed(lambda _: lite.execute(f"insert into runs values ({marks})", flat), 5000)
    lite.close()
    return {
        "DuckDB, one INSERT a row": inserted,
        "sqlite3 in WAL mode, one INSERT a row": written,
        **mlflow(folder),
    }


def mlflow(folder: Path) -> dict[str, np.ndarray]:
    """The same facts as a run of MLflow with SQLite: numbers as metrics, the rest as parameters."""
    if not all(importlib.util.find_spec(name) for name in ("mlflow", "sqlalchemy", "alembic")):
        return {}
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.create_experiment("runs")
    numbers = {k: v for k, v in ROW.items() if isinstance(v, int | float)}
    texts = {k: str(v) for k, v in ROW.items() if k not in numbers}

    def run(i: int) -> None:
        at = int(time.time() * 1000)
        name = client.create_run(experiment).info.run_id
        client.log_batch(
            name,
            metrics=[Metric(k, float(v), at, 0) for k, v in numbers.items()],
            params=[Param(k, v) for k, v in texts.items()],
        )
        client.set_terminated(name)

    run(0)
    return {"MLflow with SQLite, log_batch": timed(run, 40)}


def drains(folder: Path) -> tuple[float, float]:
    """Rows a second, and MB that the process grew by, for a backlog drained in one go."""
    code = (
        "import resource, sys, time\nfrom tailor_lab.runlog import RunLog\n"
        "log = RunLog(sys.argv[1], drains=False)\nlog.sql('select 1')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "start = time.perf_counter(); rows = log.drain(); took = time.perf_counter() - start\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(rows / took, (after - before) / 1024)"
    )
    log = RunLog(folder / "drained.duckdb", drains=False)
    recorded(log, DRAINED_ROWS)
    log.close()
    command = [sys.executable, "-c", code, str(log.path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(out[0]), float(out[1])


def ten_million(folder: Path) -> float:
    """Seconds for effectiveness by mode and day over ten million operations."""
    log = RunLog(folder / "large.duckdb", drains=False)
    log.record("runs", ROW)
    log.drain()
    with duckdb.connect(log.path) as connection:
        connection.execute(
            f"""insert into runs by name select 'r' || i as run_id, 'ok' as status,
            ['partial', 'full'][1 + i % 2] as mode, (i % 700) / 10.0 as improvement,
            i % 3 = 0 as target_met, 100.0 + i % 900 as duration_ms, 0.9 as confidence,
            1000 + i % 500 as tokens_used, 0.001 as cost_usd,
            timestamp '2026-01-01' + to_seconds(i) as recorded_at
            from range({OPERATIONS}) numbers(i)"""
        )
    log.effectiveness()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        log.effectiveness()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with RunLog(folder / "lab.duckdb") as log:
            recorded(log, 1000)
            ours = recorded(log, 200_000)
        with RunLog(folder / "always.duckdb", fsync="always") as log:
            safe = recorded(log, 3000)
        others = peers(folder)
        for what, times in {
            "`record`, drained in the background meanwhile": ours,
            '`record` with `fsync="always"`': safe,
            **others,
        }.items():
            median, p99 = np.percentile(times, [50, 99])
            ratio = median / np.median(ours)
            rows.append((what, f"{median:,.1f} | {p99:,.1f} | {ratio:,.0f}"))
        if "MLflow with SQLite, log_batch" not in others:
            rows.append(("MLflow with SQLite", "not installed whole (needs sqlalchemy) | – | –"))
        speed, grown = drains(folder)
        seconds = ten_million(folder)
        flood = storm(_made(folder / "flood"), seconds=15, kill=False, compact=False)
        paced = storm(_made(folder / "paced"), seconds=15, pause_s=0.004, kill=False, compact=False)
    lines = [
        "## Run log",
        "",
        "`python -m benchmarks.runlog_speed`, 2 cores; a row has 25 columns.",
        "",
        "| a row recorded by | median µs | p99 µs | times ours |",
        "|---|---:|---:|---:|",
        *(f"| {what} | {value} |" for what, value in rows),
        "",
        "| what | measured |",
        "|---|---:|",
        f"| drain of {DRAINED_ROWS:,} rows, rows/s | {speed:,.0f} |",
        f"| memory that this drain added, MB | {grown:,.0f} |",
        f"| effectiveness by mode and day over {OPERATIONS:,} operations, s | {seconds:.2f} |",
    ]
    for what, result in (("4 writers at full speed", flood), ("4 × 250 rows/s", paced)):
        p50, p99 = np.percentile(result.latencies_s, [50, 99]) * 1000
        lines.append(f"| reader under {what}, p50 and p99, ms | {p50:,.0f} and {p99:,.0f} |")
    table = "\n".join(lines)
    text = PAGE.read_text() if PAGE.exists() else "# Benchmarks\n"
    if BEGIN not in text:
        text += f"\n{BEGIN}\n{END}\n"
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
    print(table)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
