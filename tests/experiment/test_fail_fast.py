"""What cannot succeed ends at once: errors of the server, and variants that fail from the start."""

import warnings
from collections import Counter
from pathlib import Path

import pytest

from tailor_lab import Experiment, InputError, Judge, Lab, Metric, Pipeline, Variant
from tailor_lab.llm.errors import LLMError, QuotaError, UnknownModelError, WrongKeyError
from tests.llm.server import Server


@pytest.fixture
def server():
    with Server() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)
    # A hosted server: one nearby is asked a second time, not streamed, after an unexplained 400.
    monkeypatch.setattr("tailor_lab.llm.providers.is_own", lambda host, own_networks: False)


def lab_of(server: Server, folder: Path) -> Lab:
    return Lab(settings=server.settings(folder, model="openai:gpt-4.1-mini"))


def prepared(text: str) -> str:
    return text.strip()


def said(llm, prepared: str, tone: str = "plain", replicate: int = 0) -> str:
    messages = [{"role": "user", "content": f"Say it in a {tone} tone: {prepared}"}]
    return llm.complete(messages, replicate=replicate).text


def length(said: str) -> float:
    return float(len(said))


def aside(prepared: str) -> float:
    """A stage that does not need the model: a run is not finished before it."""
    return float(len(prepared))


def asked(items: int = 40, **more) -> Experiment:
    return Experiment(
        "asked",
        [{"id": f"i{n}", "text": f"Item number {n} is {'long ' * n}."} for n in range(items)],
        [
            Variant("plain", parameters={"tone": "plain"}),
            Variant("warm", parameters={"tone": "warm"}),
        ],
        Metric("length", margin=2.0),
        pipeline=Pipeline([prepared, said, length, aside]),
        **more,
    )


REFUSED = [
    (401, "Incorrect API key", WrongKeyError),
    (403, "Not for you", WrongKeyError),
    (404, "The model does not exist", UnknownModelError),
    (402, "Insufficient balance", QuotaError),
]


@pytest.mark.parametrize(("status", "reason", "kind"), REFUSED)
@pytest.mark.parametrize("jobs", [1, 4])
def test_an_error_of_the_server_is_met_by_no_more_requests_than_workers(
    server: Server, tmp_path: Path, status: int, reason: str, kind: type[LLMError], jobs: int
) -> None:
    server.refusal, server.refused_with = reason, status
    with lab_of(server, tmp_path) as lab:
        with pytest.raises(kind, match=reason):
            lab.run(asked(), progress=False, n_jobs=jobs)
        assert 1 <= len(server.requests) <= jobs
        assert lab.log.sql("select count(*) from runs").item() == 0


def test_a_second_run_goes_on_where_the_server_refused(server: Server, tmp_path: Path) -> None:
    def run_out() -> None:
        if len(server.requests) == 10:
            server.refusal, server.refused_with = "You have no credit", 402

    with lab_of(server, tmp_path) as lab:
        server.after = run_out
        with pytest.raises(QuotaError) as raised:
            lab.run(asked(), progress=False, n_jobs=2)
        kept = lab.log.sql("select count(*) from runs where status = 'ok'").item()
        assert 0 < kept < 80
        assert f"{kept} of 80 missing runs were made and are kept; run it again" in str(
            raised.value
        )
        server.refusal, before = None, len(server.requests)
        result = lab.run(asked(), progress=False, n_jobs=2)
        assert result.missing == 0
        assert len(server.requests) - before <= 80 - kept


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_worker_processes_stop_alike(server: Server, tmp_path: Path, backend: str) -> None:
    server.refusal, server.refused_with = "Incorrect API key", 401
    shipped = Experiment(
        "shipped",
        "data/pairs.jsonl",
        [Variant("plain", prompt="plain"), Variant("grounded", prompt="grounded")],
        Metric("improvement", margin=2.0),
        limit=12,
    )
    if backend == "dask":
        distributed = pytest.importorskip("distributed")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        )
        client = distributed.Client(cluster)
    try:
        with lab_of(server, tmp_path) as lab, pytest.raises(WrongKeyError):
            lab.run(shipped, progress=False, n_jobs=2, backend=backend)
    finally:
        if backend == "dask":
            client.close()
            cluster.close()
    assert 1 <= len(server.requests) <= 2


def test_a_variant_that_fails_from_the_start_is_paused_and_the_others_go_on(
    server: Server, tmp_path: Path
) -> None:
    server.fault_for = lambda body: "400" if "warm" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab:
        with pytest.warns(
            UserWarning, match='Variant "warm" is paused: all of its first 5'
        ) as told:
            result = lab.run(asked(), progress=False, n_jobs=2)
        counted = Counter(result.frame.select("variant", "status").iter_rows())
        assert counted["plain", "ok"] == 40
        assert 5 <= counted["warm", "failed"] <= 6
        assert result.missing == 40 - counted["warm", "failed"]
        text = next(str(each.message) for each in told if each.category is UserWarning)
        assert f"{result.missing} more were not started" in text
        assert "The server had an error" in text
        assert "--pause-after 0" in text
        sent = Counter("warm" in str(body["messages"]) for body in server.requests)
        assert sent[True] <= 6


def test_a_paused_variant_is_tried_again_and_goes_on_once_it_works(
    server: Server, tmp_path: Path
) -> None:
    server.fault_for = lambda body: "400" if "warm" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab:
        with pytest.warns(UserWarning, match="is paused"):
            lab.run(asked(12), progress=False, n_jobs=1)
        server.fault_for = None
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            assert lab.run(asked(12), progress=False, n_jobs=1).missing == 0


def test_nothing_is_paused_where_that_is_switched_off(server: Server, tmp_path: Path) -> None:
    server.fault_for = lambda body: "400" if "warm" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab, warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        result = lab.run(asked(12), progress=False, n_jobs=2, pause_after=0)
        assert Counter(result.frame["status"]) == {"ok": 12, "failed": 12}


@pytest.mark.parametrize("failing", [4, 6])
def test_a_pause_comes_after_as_many_failures_as_were_asked_for(
    server: Server, tmp_path: Path, failing: int
) -> None:
    """The first `failing` of 20 items fail under one variant; a pause needs five in a row."""
    left = Counter(warm=failing)

    def fault(body: dict) -> str | None:
        if "warm" not in str(body["messages"]) or not left["warm"]:
            return None
        left["warm"] -= 1
        return "400"

    server.fault_for = fault
    with lab_of(server, tmp_path) as lab, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = lab.run(asked(20), progress=False, n_jobs=1)
        assert (result.missing == 0) is (failing < 5)


def test_failures_that_differ_pause_nothing(server: Server, tmp_path: Path) -> None:
    kinds = iter(["400", "refusal"] * 40)
    server.fault_for = lambda body: next(kinds) if "warm" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab, warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert lab.run(asked(12), progress=False, n_jobs=1).missing == 0


def test_a_variant_with_finished_runs_is_never_paused(server: Server, tmp_path: Path) -> None:
    with lab_of(server, tmp_path) as lab, warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        lab.run(asked(3), progress=False, n_jobs=1)
        server.fault_for = lambda body: "400" if "warm" in str(body["messages"]) else None
        more = asked(20)
        assert lab.run(more, progress=False, n_jobs=1).missing == 0


def test_a_baseline_that_is_paused_ends_a_run_until_decided(server: Server, tmp_path: Path) -> None:
    server.fault_for = lambda body: "400" if "plain" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab:
        with pytest.warns(UserWarning, match='Variant "plain" is paused'):
            result = lab.run(asked(40, looks=4), progress=False, n_jobs=1, until="decided")
        assert result.frame.height <= 5 + 10


def test_what_fails_of_itself_is_paused_too(tmp_path: Path) -> None:
    def half(value: float, by: float) -> float:
        return value / by

    dividing = Experiment(
        "dividing",
        [{"id": f"i{n}", "value": float(n)} for n in range(30)],
        [Variant("two", parameters={"by": 2.0}), Variant("zero", parameters={"by": 0.0})],
        Metric("half", margin=1.0),
        pipeline=Pipeline([half]),
    )
    with Lab(tmp_path / ".lab") as lab:
        with pytest.warns(UserWarning, match="float division by zero"):
            result = lab.run(dividing, progress=False, n_jobs=1)
        assert Counter(result.frame["variant"]) == {"two": 30, "zero": 5}


def test_a_pause_after_less_than_nothing_is_refused(server: Server, tmp_path: Path) -> None:
    with lab_of(server, tmp_path) as lab, pytest.raises(InputError, match="pause_after is -1"):
        lab.run(asked(), progress=False, pause_after=-1)


def test_a_judge_that_the_server_refuses_is_asked_no_more_often_than_there_are_workers(
    server: Server, tmp_path: Path
) -> None:
    judged = asked(12, metrics=[Metric("preferred", judge=Judge(question="Which is kinder?"))])
    server.fault_for = lambda body: "404" if "kinder" in str(body["messages"]) else None
    with lab_of(server, tmp_path) as lab:
        with pytest.raises(UnknownModelError):
            lab.run(judged, progress=False, n_jobs=3)
        sent = sum("kinder" in str(body["messages"]) for body in server.requests)
        assert 1 <= sent <= 3
        assert lab.log.sql("select count(*) from runs where status = 'ok'").item() == 24


def test_failures_are_told_before_the_judges_metric_is_blamed(
    server: Server, tmp_path: Path
) -> None:
    server.refusal = "The context is too long"
    judged = Experiment(
        "judged",
        asked().items,
        asked().variants,
        Metric("preferred", margin=0.1, judge=Judge(question="Which is kinder?")),
        pipeline=asked().pipeline,
    )
    with lab_of(server, tmp_path) as lab:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(LLMError, match="The context is too long"):
                lab.run(judged, progress=False, n_jobs=2)
        told = str(lab.compare(judged))
        assert "The context is too long" in told
        assert "Measured were" not in told


def test_before_any_run_a_comparison_says_how_far_it_is(server: Server, tmp_path: Path) -> None:
    server.refusal, server.refused_with = "Incorrect API key", 401
    judged = Experiment(
        "judged",
        asked().items,
        asked().variants,
        Metric("preferred", margin=0.1, judge=Judge(question="Which is kinder?")),
        pipeline=asked().pipeline,
    )
    with lab_of(server, tmp_path) as lab:
        with pytest.raises(WrongKeyError):
            lab.run(judged, progress=False, n_jobs=2)
        assert "0 of 40 are finished" in str(lab.compare(judged))


def test_warming_stops_alike(server: Server, tmp_path: Path) -> None:
    server.refusal, server.refused_with = "Incorrect API key", 401
    with lab_of(server, tmp_path) as lab, pytest.raises(WrongKeyError):
        lab.warm(asked(), progress=False, n_jobs=3)
    assert len(server.requests) <= 3
