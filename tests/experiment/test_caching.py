"""Cache policies as variants: sessions served live, and what is charged for them."""

import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Variant
from tailor_lab.cache import Trace, replay
from tailor_lab.settings import shipped
from tailor_lab.workloads.caching import asks

PAIRS = str(shipped("data/pairs.jsonl"))


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as opened:
        yield opened


def session(order, name="s", **more):
    return {"id": name, "pairs": PAIRS, "order": order, **more}


def policies(items, **sizes):
    return Experiment(
        "policies",
        items=items,
        pipeline="caching",
        variants=[
            Variant(name, cache="shared", parameters={"policy": name, "max_bytes": size})
            for name, size in sizes.items()
        ],
        primary=Metric("hit_rate", margin=0.02),
    )


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    first, again, other = (
        [item.id for item in asks(PAIRS, seed=seed, requests=80)] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len(first) == 80


def test_a_policy_that_keeps_nothing_hits_nothing_and_pays_for_everything(lab) -> None:
    a, b = (item.id for item in asks(PAIRS, seed=1, requests=80)[:2])
    result = lab.run(policies([session([a, b, a, b, a])], lru="1MB", none="1MB"))
    rows = {row["variant"]: row for row in result.frame.iter_rows(named=True)}
    assert rows["lru"]["hit_rate"] == pytest.approx(0.6)
    assert rows["none"]["hit_rate"] == 0.0
    assert rows["none"]["tokens_used"] == pytest.approx(rows["lru"]["tokens_used"] * 2.5, rel=0.05)
    assert rows["none"]["latency_ms"] > rows["lru"]["latency_ms"]


@pytest.mark.slow
def test_each_answer_is_bought_once_for_all_policies(lab) -> None:
    items = [{"id": f"s{n}", "pairs": PAIRS, "seed": n, "requests": 40} for n in range(3)]
    lab.run(policies(items, lru="16KB", sieve="16KB", none="16KB"))
    bought = lab.log.sql(
        "select count(*), count(distinct key) from cache_requests where outcome = 'miss'"
    ).row(0)
    assert bought[0] == bought[1] < 120


def test_the_requests_of_a_lab_are_a_trace_that_can_be_replayed(lab) -> None:
    a, b = (item.id for item in asks(PAIRS, seed=1, requests=80)[:2])
    lab.run(policies([session([a, b, a, b, a])], lru="1MB", none="1MB"))
    trace = Trace.from_log(lab.log)
    assert len(trace) == 2 + 5
    assert replay(trace, ["lru"], [1.0])["hit_ratio"].to_list() == [pytest.approx(5 / 7)]
    row = trace.frame.row(0, named=True)
    assert row["namespace"] == "llm/shared"
    assert row["size"] > 100
    assert row["seconds"] > 0


def test_a_session_that_asks_for_an_unknown_pair_is_named(lab) -> None:
    with pytest.raises(InputError, match='asks for "nobody"'):
        lab.run(policies([session(["nobody"])], lru="1MB", none="1MB"))


def test_a_variant_that_sets_what_no_stage_takes_is_refused_before_anything_runs(lab) -> None:
    wrong = Experiment(
        "policies",
        items=[session(["x"])],
        pipeline="caching",
        variants=[Variant("a"), Variant("b", parameters={"polcy": "lru"})],
        primary=Metric("hit_rate"),
    )
    with pytest.raises(InputError, match='variant "b" sets "polcy", which no stage takes'):
        lab.run(wrong)


@pytest.mark.slow
def test_warming_fetches_what_an_experiment_will_ask_for(lab) -> None:
    experiment = Experiment(
        "warm",
        items="data/pairs.jsonl",
        limit=3,
        variants=[Variant("plain", prompt="plain"), Variant("grounded", prompt="grounded")],
        primary=Metric("improvement"),
    )
    first, second = lab.warm(experiment), lab.warm(experiment)
    assert (first.loaded, first.skipped, dict(first.failed)) == (6, 0, {})
    assert (second.loaded, second.skipped) == (0, 6)
    result = lab.run(experiment)
    assert result.usage()["cached"] == 6
