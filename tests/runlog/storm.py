"""A storm on one log: writers, drainers and readers as processes, killed at random moments.

Each writer notes in a small file of its own what was acknowledged, by a write that survives its
death as a row's does; so afterwards it is known which rows must be there.
"""

import random
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tailor_lab.runlog import RunLog

_END_WITH_PARENT = """
import os, threading, time
def _watch(parent=os.getppid(), until=time.monotonic() + 240):
    while os.getppid() == parent and time.monotonic() < until:
        time.sleep(1)
    os._exit(3)
threading.Thread(target=_watch, daemon=True).start()
"""
WRITER = """
import os, struct, sys, time
from tailor_lab.runlog import RunLog
path, name, acknowledged, pause = sys.argv[1:]
log, file, pause = RunLog(path), os.open(acknowledged, os.O_CREAT | os.O_RDWR), float(pause)
for i in range(10**9):
    error = "long " * 4000 if i % 1000 == 500 else None
    log.record("runs", {"run_id": f"{name}-{i}", "status": "ok", "mode": "full", "error": error,
                        "score_before": 61.5, "score_after": 75.0, "duration_ms": 12.5})
    os.pwrite(file, struct.pack("q", i), 0)
    if pause:
        time.sleep(pause)
"""
DRAINER = """
import sys, time
from tailor_lab.runlog import RunLog
log = RunLog(sys.argv[1])
while True:
    log.drain()
    time.sleep(0.05)
"""
READER = """
import struct, sys, time
from tailor_lab.runlog import RunLog
path, out, stop = sys.argv[1:]
from pathlib import Path
log, seen = RunLog(path), 0
log.sql("select count(*) from runs")
with open(out, "wb") as file:
    while not Path(stop).exists():
        start = time.perf_counter()
        row = log.sql("select count(*) as n, avg(score_after - score_before) as gain from runs")
        file.write(struct.pack("d", time.perf_counter() - start))
        now, gain = row.row(0)
        assert now >= seen, f"{now} rows after {seen}"
        assert gain in (None, 13.5), gain
        seen = now
"""


@dataclass
class Storm:
    """What came of it."""

    kills: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)


def storm(
    folder: Path,
    *,
    seconds: float,
    pause_s: float = 0.0,
    kill: bool = True,
    compact: bool = True,
    writers: int = 4,
) -> Storm:
    """Runs the storm over `folder/lab.duckdb`; raises where a reader saw an error."""
    path, stop, result = folder / "lab.duckdb", folder / "stop", Storm()
    rng, number = random.Random(7), 0
    running: dict[str, subprocess.Popen[bytes]] = {}

    def write() -> None:
        nonlocal number
        name = f"w{number}"
        number += 1
        running[name] = _python(WRITER, path, name, folder / f"{name}.ack", pause_s)

    for _ in range(writers):
        write()
    _until(lambda: all((folder / f"w{i}.ack").exists() for i in range(writers)))
    drainer = _python(DRAINER, path) if kill else None
    readers = [_python(READER, path, folder / f"r{i}.lat", stop) for i in range(2)]
    log = RunLog(path)
    until = time.monotonic() + seconds
    compacted = not compact
    while time.monotonic() < until:
        time.sleep(rng.uniform(0.3, 0.9) if kill else 0.2)
        if not compacted and time.monotonic() > until - seconds / 2:
            log.compact()
            compacted = True
        if kill:
            victim = rng.choice(list(running))
            _kill(running.pop(victim))
            result.kills += 1
            write()
        if drainer is not None and rng.random() < 0.3:
            _kill(drainer)
            result.kills += 1
            drainer = _python(DRAINER, path)
    for process in [*running.values(), *([drainer] if drainer else [])]:
        _kill(process)
    stop.touch()
    for reader in readers:
        _, errors = reader.communicate(timeout=60)
        assert reader.returncode == 0, errors.decode()
    for ack in folder.glob("*.ack"):
        data = ack.read_bytes()
        result.acknowledged[ack.stem] = struct.unpack("q", data)[0] + 1 if data else 0
    for file in folder.glob("*.lat"):
        data = file.read_bytes()
        data = data[: len(data) // 8 * 8]
        result.latencies_s += struct.unpack(f"{len(data) // 8}d", data)
    return result


def check_nothing_lost(folder: Path, result: Storm) -> None:
    """Every acknowledged row is there once; at most one a writer more, which was on its way."""
    for moment in ("before", "after"):
        log = RunLog(folder / "lab.duckdb")
        if moment == "after":
            log.drain()
            assert not list(log.journal_folder.glob("*/[!.]*.ndjson"))
        found = log.sql("select run_id from runs")["run_id"].str.split("-")
        rows = pl.DataFrame({"writer": found.list.first(), "i": found.list.last().cast(pl.Int64)})
        assert rows.is_unique().all(), "no row is there twice"
        counts = rows.group_by("writer").agg(n=pl.len(), last=pl.col("i").max())
        by_writer = {name: (n, last) for name, n, last in counts.iter_rows()}
        for name, acknowledged in result.acknowledged.items():
            n, last = by_writer.get(name, (0, -1))
            assert n == last + 1, f"{name} has a gap: {n} rows up to {last}"
            assert acknowledged <= n <= acknowledged + 1
    assert log.check().ok


def _python(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    # A writer ends with the test's process, however that ends: it would flood the disk for ever.
    watched = _END_WITH_PARENT + code
    command = [sys.executable, "-c", watched, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def _kill(process: subprocess.Popen[bytes]) -> None:
    assert process.poll() is None, process.communicate()[1].decode()
    process.kill()
    process.wait()
    process.stderr.close()


def _until(condition, limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
