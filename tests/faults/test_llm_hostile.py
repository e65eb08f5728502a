"""A thousand requests against a server that fails a fifth of them in every way it can."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import BaseModel

from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import FilteredError, LLMError, RefusedError, TimedOutError
from tailor_lab.runlog import RunLog
from tests.llm.server import FINAL, HOSTILE, KEY, Server

pytestmark = pytest.mark.faults
REQUESTS = 1000


class Note(BaseModel):
    text: str


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_hostile_server_loses_no_request_and_hides_no_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The 60 s stall is left after 2 s, and nobody waits between attempts: only the time is short.
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.01)
    attempts: list[Attempt] = []
    log = RunLog(tmp_path / "lab.duckdb")

    def listen(attempt: Attempt) -> None:
        attempts.append(attempt)
        log.record("llm_requests", attempt.row())

    with Server(stall_s=60) as server:
        server.mixture(0.2, (*HOSTILE, "refusal", "content filter"), seed=3)
        llm = LLM(
            "openai:gpt-4.1-mini",
            settings=server.as_gateway(tmp_path),
            listener=listen,
            timeout=2.0,
            retries=10,
        )

        def work(i: int) -> LLMError | None:
            try:
                llm.complete([{"role": "user", "content": f"Ward {i} was busy."}], Note)
            except LLMError as error:
                return error
            return None

        with ThreadPoolExecutor(32) as pool:
            outcomes = list(pool.map(work, range(REQUESTS)))
        faults = server.faults
        charged = (0.4 * server.input_tokens + 1.6 * server.output_tokens) / 1e6

    assert set(faults) == {"none", *HOSTILE, "refusal", "content filter"}
    failures = [error for error in outcomes if error is not None]
    declined = [error for error in failures if isinstance(error, RefusedError | FilteredError)]
    assert len(declined) == faults["refusal"] + faults["content filter"]
    # A request that times out is repeated once, so that two stalls are the end of it.
    stalled = Counter(a.content_ref for a in attempts if a.error_type == "TimedOutError")
    twice = sum(count == 2 for count in stalled.values())
    assert Counter(isinstance(error, TimedOutError) for error in failures)[True] == twice
    assert len(failures) == len(declined) + twice
    assert twice < 5

    by_request = Counter(a.content_ref for a in attempts)
    assert len(by_request) == REQUESTS
    assert len(attempts) == sum(faults.values()), "each attempt is recorded once"
    last = {a.content_ref: a for a in sorted(attempts, key=lambda a: a.attempt)}
    assert Counter(a.error_type is None for a in last.values())[True] == REQUESTS - len(failures)
    assert sum(a.error_type is not None for a in attempts) == sum(faults.values()) - faults["none"]

    assert sum(a.cost_usd or 0.0 for a in attempts) == pytest.approx(charged, rel=1e-9)
    assert KEY not in repr(attempts) + repr(failures)

    rows = log.sql("select content_ref, max(attempt) n, count(*) rows from llm_requests group by 1")
    assert len(rows) == REQUESTS
    assert (rows["n"] == rows["rows"]).all(), "each attempt stands in the log once"
    cost = log.sql("select sum(cost_usd) usd from llm_requests")["usd"][0]
    assert float(cost) == pytest.approx(charged, rel=1e-6)
    log.close()


def test_the_faults_are_those_that_the_client_must_survive() -> None:
    assert len(HOSTILE) == 13
    assert not set(HOSTILE) & set(FINAL)
