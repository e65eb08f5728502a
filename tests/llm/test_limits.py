"""Limits, shared between threads and processes; budgets; hedged requests."""

import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import BudgetError, RateLimitedError
from tailor_lab.llm.spending.budget import Budget
from tailor_lab.llm.spending.limits import Limiter, Limits, duration_s, refill_interval_s
from tailor_lab.llm.spending.state import FileState, MemoryState, SharedState
from tailor_lab.llm.transport.failures import retry_after
from tests.llm.server import KEY, Server

ROOT = Path(__file__).parents[2]
ASK = [{"role": "user", "content": "The ward was busy."}]
WORKER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pydantic import SecretStr
from tailor_lab.llm import LLM
from tailor_lab.llm.spending.limits import Limits
from tailor_lab.settings import Settings

home, url, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
settings = Settings(home=home, openai_api_key=SecretStr("k"), openai_base_url=url)
llm = LLM("openai:m", settings=settings, limits=Limits(rpm=600))
llm.complete([{"role": "user", "content": "The ward was busy."}])
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds

def work(worker):
    while time.monotonic() < end:
        llm.complete([{"role": "user", "content": "The ward was busy."}])

with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
"""


@pytest.mark.slow
def test_600_requests_a_minute_over_4_processes_are_kept_and_used(
    server: Server, tmp_path: Path
) -> None:
    seconds = 6.0
    command = [sys.executable, "-c", WORKER, str(tmp_path / ".lab"), server.url, str(seconds)]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) for _ in range(4)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
    server.arrivals.clear()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    times = [t for t in sorted(server.arrivals) if t <= server.arrivals[0] + seconds]
    rate = (len(times) - 1) / (times[-1] - times[0])
    assert 0.9 * 10 < rate <= 1.05 * 10


@pytest.fixture(params=["memory", "file"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> SharedState:
    return MemoryState() if request.param == "memory" else FileState(tmp_path / "state.json")


def test_no_update_of_a_shared_state_is_lost(state: SharedState) -> None:
    def count(values: dict[str, int]) -> None:
        values["n"] = values.get("n", 0) + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: state.update(count), range(400)))
    assert state.update(lambda values: values["n"]) == 400


def test_a_file_state_torn_by_a_crash_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"n": 1')
    state = pickle.loads(pickle.dumps(FileState(path)))
    assert state.update(list) == []


def test_tokens_a_minute_pace_requests_by_their_size(state: SharedState) -> None:
    limiter = Limiter(Limits(tpm=60_000), state)
    began = time.monotonic()
    for _ in range(4):
        with limiter.slot(100, longest_s=5):
            pass
    limiter.settle(100, 200)
    with limiter.slot(0, longest_s=5):
        pass
    assert 0.45 <= time.monotonic() - began < 2.0, "500 tokens at 1,000 a second"


def test_no_more_requests_than_allowed_run_at_once(server: Server, tmp_path: Path) -> None:
    server.delay_s = 0.03
    llm = LLM("openai:m", settings=server.settings(tmp_path), limits=Limits(concurrency=3))
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda i: llm.complete(ASK, seed=i), range(24)))
    assert server.most_active == 3


def test_a_place_left_by_a_killed_process_is_free_after_its_time(state: SharedState) -> None:
    limiter, began = Limiter(Limits(concurrency=1), state), time.monotonic()
    limiter._take_place(longest_s=0.05)
    with limiter.slot(0, longest_s=5):
        waited = time.monotonic() - began
    assert 0.04 < waited < 5, "not before its time, and not only when the next one's is over"


def test_a_429_makes_every_thread_pause_for_as_long_as_the_server_asks(
    server: Server, tmp_path: Path
) -> None:
    llm = LLM("openai:m", settings=server.settings(tmp_path))
    llm.complete(ASK)
    server.fail_next("429 long retry-after")
    first = threading.Thread(target=llm.complete, args=(ASK,))
    first.start()
    while len(server.requests) < 2:
        time.sleep(0.005)
    time.sleep(0.1)
    llm.complete(ASK)
    first.join()
    assert min(server.arrivals[2:]) - server.arrivals[1] >= 0.5


def test_a_server_that_is_nearly_used_up_is_asked_no_faster_than_it_refills(
    server: Server, tmp_path: Path
) -> None:
    server.headers = {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "10s",
    }
    llm = LLM("openai:m", settings=server.settings(tmp_path))
    for _ in range(4):
        llm.complete(ASK)
    # One request every 0.1 s, from the first that had to wait on; one that arrives late on a busy
    # machine comes closer to its follower, so the whole is measured.
    waited = server.arrivals[-1] - server.arrivals[1]
    assert waited > 0.1 * (len(server.arrivals) - 2) - 0.05


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("6m0s", 360), ("20ms", 0.02), ("2m59.56s", 179.56), ("7", 7)]
)
def test_durations_are_read_as_servers_write_them(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


said = st.text(max_size=20) | st.floats().map(str) | st.sampled_from(["nan", "inf", "-1", "1e999"])


@given(said, said)
def test_no_header_can_break_the_client(a: str, b: str) -> None:
    headers = {
        "retry-after": a,
        "x-ratelimit-limit-tokens": a,
        "x-ratelimit-remaining-tokens": b,
        "x-ratelimit-reset-tokens": b,
    }
    waiting, interval = retry_after(headers), refill_interval_s(headers, "tokens")
    assert waiting is None or 0 <= waiting <= 120
    assert interval is None or interval > 0


def test_a_limit_must_be_positive() -> None:
    with pytest.raises(InputError, match="rpm"):
        Limits(rpm=0)


def test_a_budget_stops_before_it_is_exceeded(server: Server, tmp_path: Path) -> None:
    budget = Budget(usd=0.0005)
    llm = LLM("openai:gpt-4.1-mini", settings=server.as_gateway(tmp_path), budget=budget)

    def spend() -> None:
        for _ in range(1000):
            llm.complete(ASK, max_tokens=20)

    with pytest.raises(BudgetError, match="was not sent"):
        spend()
    charged = (0.4 * server.input_tokens + 1.6 * server.output_tokens) / 1e6
    assert budget.spent_usd == pytest.approx(charged)
    assert 0.0004 < charged <= 0.0005


def test_a_budget_holds_with_many_requests_in_flight(server: Server, tmp_path: Path) -> None:
    server.delay_s = 0.01
    budget = Budget(tokens=2000, state=FileState(tmp_path / "budget.json"))
    llm = LLM("openai:m", settings=server.settings(tmp_path), budget=budget)

    def spend() -> None:
        for _ in range(1000):
            llm.complete(ASK, max_tokens=10)

    def work(_: int) -> None:
        with pytest.raises(BudgetError):
            spend()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert budget.spent_tokens == server.input_tokens + server.output_tokens <= 2000


def test_a_budget_in_dollars_is_refused_where_no_price_is_known(
    server: Server, tmp_path: Path
) -> None:
    llm = LLM("openai:own", settings=server.settings(tmp_path), budget=Budget(usd=1))
    with pytest.raises(BudgetError, match="No price is known"):
        llm.complete(ASK)
    assert not server.requests


def test_a_late_answer_is_asked_for_again_and_the_first_to_come_counts(tmp_path: Path) -> None:
    records: list[Attempt] = []
    with Server(stall_s=2.0) as server:
        llm = LLM(
            "openai:m", settings=server.settings(tmp_path), hedge_after=0.3, listener=records.append
        )
        server.fail_next("stall")
        completion = llm.complete(ASK)
        assert completion.seconds < 2.0
        assert completion.attempts == 2
        assert len(server.requests) == 2
        end = time.monotonic() + 10
        while len(records) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    assert sorted(r.error_type or "" for r in records) == ["", "ServerFailedError"]


def test_a_hedged_request_fails_only_where_both_fail(server: Server, tmp_path: Path) -> None:
    llm = LLM("openai:m", settings=server.settings(tmp_path), hedge_after=0.05, retries=0)
    server.fail_next("429", "429")
    with pytest.raises(RateLimitedError):
        llm.complete(ASK)


def test_the_key_is_in_no_shared_state(server: Server, tmp_path: Path) -> None:
    llm = LLM("openai:m", settings=server.settings(tmp_path), limits=Limits(rpm=6000))
    llm.complete(ASK)
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert all(KEY not in text for text in written)
