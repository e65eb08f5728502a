"""An experiment over real HTTP: the same code, every request in the log, nothing paid twice."""

from pathlib import Path
from typing import Any

import pytest

from tailor_lab import Experiment, Lab, Metric, Variant
from tailor_lab.errors import InputError
from tests.faults.test_llm_injections import POSTING, RESUME
from tests.llm.server import HOSTILE, KEY, Server, free_port

pytestmark = pytest.mark.faults
MODEL = "openai:gpt-4.1-mini"
ITEMS: list[dict[str, Any]] = [
    {
        "id": f"pair-{i}",
        "resume_id": f"r{i % 3}",
        "resume": {**RESUME, "basics": {**RESUME["basics"], "name": f"Person {i}"}},
        "job": {"title": "Backend Developer", "text": POSTING.format(attack=f"We are {i}.")},
    }
    for i in range(6)
]
EXPERIMENT = Experiment(
    "over-http",
    items=ITEMS,
    pipeline="tailoring",
    cluster="resume_id",
    variants=[Variant("baseline", prompt="plain"), Variant("grounded", prompt="grounded")],
    primary=Metric("improvement", margin=2.0, better="higher"),
)


@pytest.mark.slow
def test_an_experiment_over_http_is_logged_to_the_cent_and_costs_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)
    passing = tuple(fault for fault in HOSTILE if fault != "stall")
    with Server() as server:
        # Under this seed never more than two faults in a row, so that no call runs out of tries
        # whatever the order in which calls meet them.
        server.mixture(0.3, passing, seed=1)
        settings = server.as_gateway(tmp_path, model=MODEL)
        with Lab(settings=settings) as lab:
            lab.run(EXPERIMENT, n_jobs=4, progress=False)
            first = len(server.requests)
            requests = lab.log.sql("select * from llm_requests")
            runs = lab.log.sql("select * from runs")
            lab.run(EXPERIMENT, n_jobs=4, progress=False)
        with Lab(settings=settings) as lab:
            lab.run(EXPERIMENT, n_jobs=4, progress=False)
        charged = (0.4 * server.input_tokens + 1.6 * server.output_tokens) / 1e6
        assert len(server.requests) == first > 12, "some were tried again, none was asked again"

    assert len(runs) == 12
    assert set(runs["status"]) == {"ok"}
    assert len(requests) == first
    assert requests["cost_usd"].sum() == pytest.approx(charged, rel=1e-6)
    assert requests["run_id"].null_count() == 0
    assert set(requests["stage"]) == {"rewrite"}
    kept = b"".join(p.read_bytes() for p in (tmp_path / ".lab").rglob("*") if p.is_file())
    assert KEY.encode() not in kept


def test_a_wrong_key_and_a_silent_server_are_one_sentence_each(tmp_path: Path) -> None:
    with Server(key="sk-the-right-one") as server:
        with (
            Lab(settings=server.settings(tmp_path, model=MODEL)) as lab,
            pytest.raises(InputError, match="refused the key") as caught,
        ):
            lab.tailor(RESUME, ITEMS[0]["job"])
        assert KEY not in str(caught.value)
        nowhere = f"http://127.0.0.1:{free_port()}/v1"
        settings = server.settings(tmp_path / "b", model=MODEL, openai_base_url=nowhere)
    with Lab(settings=settings) as lab, pytest.raises(InputError, match="Nothing answers at"):
        lab.tailor(RESUME, ITEMS[0]["job"])
