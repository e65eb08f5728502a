"""What processes share about spending: kept by worker processes, and by kill -9."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tailor_lab import Pipeline
from tailor_lab.errors import InputError
from tailor_lab.llm import LLM
from tailor_lab.llm.errors import BudgetError
from tailor_lab.llm.spending.budget import Budget
from tailor_lab.llm.spending.state import FileState, TravellingState
from tests.llm.server import Server

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
SPENDER = """
import sys
from pathlib import Path
from tailor_lab.llm.spending.state import FileState

state = FileState(Path(sys.argv[1]))
for n in range(1, 10**9):
    # The text grows and shrinks, so that a write is often shorter than what it replaces.
    state.update(lambda values: values.update(usd=n, aside={"held": "x" * (n % 7 * 900)}))
    print(n, flush=True)
"""


def ask(llm: LLM, number: int) -> str:
    """One answer; what the budget refuses is an outcome here, not a failure."""
    try:
        llm.complete([{"role": "user", "content": f"Ward {number} was busy."}], max_tokens=20)
    except BudgetError:
        return f"refused by {os.getpid()}"
    return f"answered by {os.getpid()}"


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{"usd": 0.0005}, {"tokens": 900}])
def test_worker_processes_spend_one_budget_together(tmp_path: Path, limit: dict[str, Any]) -> None:
    budget = Budget(**limit)
    items = [{"id": str(n), "number": n} for n in range(120)]
    with Server() as server:
        server.delay_s = 0.01
        llm = LLM("openai:gpt-4.1-mini", settings=server.as_gateway(tmp_path), budget=budget)
        batch = Pipeline([ask]).bind(llm=llm).map(items, n_jobs=4, backend="loky", progress=False)

    said = [str(run.results["ask"]) for run in batch]
    assert len({text.rpartition(" ")[2] for text in said}) > 1, "several processes took part"
    answered = sum(text.startswith("answered") for text in said)
    charged = (0.4 * server.input_tokens + 1.6 * server.output_tokens) / 1e6
    tokens = server.input_tokens + server.output_tokens
    assert 0 < answered == len(server.requests) < len(items)
    assert budget.spent_usd == pytest.approx(charged)
    assert budget.spent_tokens == tokens
    used = charged / 0.0005 if "usd" in limit else tokens / 900
    assert 0.8 < used <= 1.0


@pytest.mark.slow
def test_a_killed_process_leaves_what_was_spent(tmp_path: Path) -> None:
    path, told = tmp_path / "budget.json", 0
    for _ in range(5):
        command = [sys.executable, "-c", SPENDER, str(path)]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        for _ in range(200):
            told = int(worker.stdout.readline())
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)
        told = max(told, *(int(line) for line in worker.stdout if line.endswith("\n")), 0)
        assert FileState(path).update(lambda values: values["usd"]) >= told


def test_money_set_aside_by_a_killed_process_is_free_after_its_time() -> None:
    budget = Budget(tokens=100)
    left = budget.expense(0.0, 100, longest_s=0.2)
    left.__enter__()
    with pytest.raises(BudgetError), budget.expense(0.0, 1, longest_s=1):
        pass
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            with budget.expense(0.0, 1, longest_s=1):
                return
        except BudgetError:
            time.sleep(0.02)
    pytest.fail("it was never free again")


def test_a_state_shares_what_it_held_before_it_was_sent_and_tidies_up() -> None:
    state = TravellingState()
    state.update(lambda values: values.update(n=1))
    copy = pickle.loads(pickle.dumps(state))
    copy.update(lambda values: values.update(n=values["n"] + 1))
    assert state.update(lambda values: values["n"]) == 2
    folder = copy.path.parent
    assert folder.is_dir()
    del state
    assert not folder.exists()


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), "5", True])
def test_a_budget_that_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(InputError, match="budget"):
        Budget(usd=amount)
