"""The rule that keeps `make test` quick: a test that is not marked `slow` is cheap, or it fails.

Cheap means that it starts no process and takes at most about a second. Processes are seen by an
audit hook. Time is CPU time, all threads together, because on a busy machine a quick test may wait
long for its turn. A test that sleeps uses none, so elapsed time has a limit too, which grows with
how busy the machine is: by what the earlier tests took for each second of their CPU time. A test
over a limit of time runs a second time, and only that run is judged: the first of a session pays
for the imports and the shared fixtures of all others. Even that has a limit.
"""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

CPU_LIMIT_S = 1.5
SHARED_CPU_LIMIT_S = 6.0
"""Of a first run."""
WALL_LIMIT_S = 3.0
"""On a machine that is otherwise idle."""
KNOWN_AFTER_S = 1.0
"""How much CPU time of earlier tests says how busy the machine is."""
BUSY_UNTIL_KNOWN = 10.0
STARTS_A_PROCESS = frozenset(
    {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
)
# Libraries ask these about the system, once, in whichever test uses them first.
SYSTEM_QUESTIONS = frozenset({"ldconfig", "lsb_release", "lscpu", "uname"})


@dataclass
class Cost:
    """What one run of one test took: setup, call and teardown together."""

    wall_limit_s: float
    processes: list[str] = field(default_factory=list)
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def slow(self) -> bool:
        # Under a tracer, such as a debugger or coverage, everything is slow.
        traced = sys.gettrace() is not None
        busy_s = min(self.cpu_s, self.wall_s)  # two threads of half a second are not a second
        return not traced and (busy_s > CPU_LIMIT_S or self.wall_s > self.wall_limit_s)

    @property
    def objection(self) -> str:
        """Why the test must be marked, in one sentence; empty where it need not be."""
        if self.processes:
            what = f"starts a process ({self.processes[0]})"
        elif self.slow:
            what = f"takes {self.wall_s:.1f} s, {self.cpu_s:.1f} s of it CPU time"
        else:
            return ""
        return f"This test {what}. Make it cheaper, or mark it: @pytest.mark.slow."


class QuickTests:
    """The plugin. One instance per session; `tests/conftest.py` registers it."""

    def __init__(self) -> None:
        self._cost: Cost | None = None
        self._cpu_s = self._wall_s = 0.0
        sys.addaudithook(self._on_audit)
        self._watch_fork_exec()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        if item.get_closest_marker("slow") is not None:
            return None
        place = {"nodeid": item.nodeid, "location": item.location}
        item.ihook.pytest_runtest_logstart(**place)
        reports, cost = self._run(item, nextitem)
        may_repeat = cost.cpu_s < SHARED_CPU_LIMIT_S and not cost.processes
        if cost.slow and may_repeat and all(report.passed for report in reports):
            item._initrequest()  # type: ignore[attr-defined]
            reports, cost = self._run(item, nextitem)
        if cost.objection and all(report.passed for report in reports):
            called = next(report for report in reports if report.when == "call")
            called.outcome, called.longrepr = "failed", cost.objection
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(**place)
        return True

    def _run(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> tuple[list[pytest.TestReport], Cost]:
        self._cost = cost = Cost(WALL_LIMIT_S * self._busy)
        cpu_s, wall_s = time.process_time(), time.monotonic()
        try:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
        finally:
            self._cost = None
        cost.cpu_s, cost.wall_s = time.process_time() - cpu_s, time.monotonic() - wall_s
        self._cpu_s += cost.cpu_s
        self._wall_s += cost.wall_s
        return reports, cost

    @property
    def _busy(self) -> float:
        if self._cpu_s < KNOWN_AFTER_S:
            return BUSY_UNTIL_KNOWN
        return max(1.0, self._wall_s / self._cpu_s)

    def _on_audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in STARTS_A_PROCESS or self._cost is None:
            return
        program = str(arguments[0]) if arguments else ""
        if Path(program).name not in SYSTEM_QUESTIONS:
            self._cost.processes.append(f"{event} {program}".strip())

    def _watch_fork_exec(self) -> None:
        # The one way that raises no audit event: multiprocessing's "spawn" and "forkserver".
        try:
            import _posixsubprocess
        except ImportError:  # Windows has none
            return
        fork_exec = _posixsubprocess.fork_exec

        def watched(*arguments: object) -> int:
            if self._cost is not None:
                self._cost.processes.append("fork_exec")
            return int(fork_exec(*arguments))

        _posixsubprocess.fork_exec = watched


def mark_notebooks(items: list[pytest.Item]) -> None:
    """Marks every notebook, each of which starts a kernel, as slow."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebooks")
            item.add_marker("slow")
