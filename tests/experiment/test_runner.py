"""Running an experiment: what runs, what is recorded, what is not run again."""

import json
from dataclasses import replace

import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment.run.cells import plan_cells
from tailor_lab.experiment.run.items import load_items
from tailor_lab.settings import shipped
from tailor_lab.workloads.builtin import built_in


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path / ".lab") as opened:
        yield opened


def small(name: str = "prompts", limit: int = 6) -> Experiment:
    return Experiment(
        name,
        items=shipped("data/pairs.jsonl"),
        limit=limit,
        variants=[Variant("plain", prompt="plain"), Variant("grounded", prompt="grounded")],
        primary=Metric("improvement", margin=2.0),
        guardrails=[Metric("unsupported_claims", margin=0.01)],
    )


def doubling(calls: list | None = None, *, broken: str = "") -> Experiment:
    def doubled(number, factor):
        if calls is not None:
            calls.append(number)
        if broken and str(number) == broken:
            raise RuntimeError("the stage broke")
        return {"product": number * factor}

    return Experiment(
        "products",
        items=[{"id": str(i), "number": i} for i in range(1, 31)],
        pipeline=Pipeline([doubled]),
        variants=[
            Variant("double", parameters={"factor": 2}),
            Variant("triple", parameters={"factor": 3}),
        ],
        primary=Metric("product"),
    )


@pytest.mark.slow
def test_what_was_detected_of_a_job_is_in_the_log(lab) -> None:
    small_one = small()
    layered = [replace(v, prompt="layered") for v in small_one.variants]
    lab.run(replace(small_one, variants=layered, limit=2))
    found = lab.log.sql("select attributes from runs")["attributes"].to_list()
    assert all(set(json.loads(str(each))) == {"industry", "level", "role"} for each in found)


@pytest.mark.slow
def test_every_run_is_in_the_log_once_with_its_stages(lab) -> None:
    result = lab.run(small())
    runs = lab.log.sql("select * from runs")
    assert runs.height == 12 == result.frame.height
    assert runs["run_id"].n_unique() == runs["cell"].n_unique() == 12
    stages = lab.log.sql("select run_id, count(*) as n from stages group by 1")
    assert stages.height == 12
    assert stages["n"].unique().to_list() == [11]
    requests = lab.log.sql("select run_id, stage from llm_requests")
    assert set(requests["run_id"]) == set(runs["run_id"])
    assert set(requests["stage"]) == {"rewrite"}


def test_what_is_done_is_not_run_again(lab) -> None:
    calls: list = []
    lab.run(doubling(calls))
    assert len(calls) == 60
    again = lab.run(doubling(calls))
    assert len(calls) == 60
    assert again.frame.height == 60
    assert again.performance is None


def test_a_pipeline_of_ones_own_is_compared_like_any_other(lab) -> None:
    comparison = lab.run(doubling()).compare()
    assert comparison["triple"].verdict == "better"
    assert comparison["triple", "product"].difference.value == pytest.approx(15.5)


def test_a_failed_run_is_a_row_and_is_tried_again(lab) -> None:
    result = lab.run(doubling(broken="7"))
    failed = result.frame.filter(pl.col("status") == "failed")
    assert failed.height == 2
    assert 'Stage "doubled" failed on item' in failed["error"][0]
    assert "2 of 60 runs failed" in result.compare().warnings[0]
    mended = lab.run(doubling())
    # The code of the stage is the same but for what it closes over, so its cells are too.
    assert mended.frame["status"].unique().to_list() == ["ok"]
    assert lab.log.sql("select count(*) from runs").item() == 62


def test_adding_an_item_or_a_variant_runs_only_what_is_new(lab) -> None:
    calls: list = []
    first = doubling(calls)
    lab.run(first)
    more = replace(first, variants=[*first.variants, Variant("ten", parameters={"factor": 10})])
    lab.run(more)
    assert len(calls) == 60 + 30


@pytest.mark.slow
def test_a_second_experiment_is_served_from_the_cache_and_says_so(lab) -> None:
    first = lab.run(small("first"))
    second = lab.run(small("second"))
    assert first.usage()["cached"] == 0
    assert second.usage()["cached"] == second.usage()["calls"] == 12
    assert second.frame["cached"].all()
    columns = ["item_id", "variant", "score_after", "tokens_used", "cost_usd"]
    pairs = [r.frame.select(columns).sort("item_id", "variant") for r in (first, second)]
    assert pairs[0].equals(pairs[1])


@pytest.mark.slow
def test_variants_do_not_share_answers_unless_told_to(lab) -> None:
    def same(cache: str | None) -> Experiment:
        variants = [Variant(name, prompt="plain", cache=cache) for name in ("a", "b")]
        return replace(small(f"aa-{cache}", limit=3), variants=variants, baseline="a")

    assert lab.run(same(None)).usage()["cached"] == 0
    assert lab.run(same("shared"), n_jobs=1).usage()["cached"] == 3


def test_the_order_is_random_fixed_by_the_seed_and_interleaves_variants() -> None:
    experiment = small(limit=40)
    items = load_items(experiment.items)
    assignments = {"plain": {}, "grounded": {}}

    def order(seed: int) -> list[tuple[str, str]]:
        cells = plan_cells(replace(experiment, seed=seed), items, assignments, code_version="1")
        return [(cell.item.id, cell.variant.name) for cell in cells]

    assert order(1) == order(1) != order(2)
    chosen = order(1)
    assert [item for item, _ in chosen[::2]] == [item for item, _ in chosen[1::2]]
    firsts = [variant for _, variant in chosen[::2]]
    assert 8 < firsts.count("plain") < 32


@pytest.mark.slow
def test_a_cell_follows_the_text_of_its_prompt(lab, tmp_path) -> None:
    folder = tmp_path / "experiments" / "prompts"
    folder.mkdir(parents=True)
    prompt = folder / "plain.md"
    text = shipped("experiments/prompts/plain.md").read_text(encoding="utf-8")
    prompt.write_text(text, encoding="utf-8")
    before = lab.run(small(limit=2))
    prompt.write_text(text.replace("# user", "Be brief.\n# user"), encoding="utf-8")
    after = lab.run(small(limit=2))
    assert before.plan_hash != after.plan_hash
    assert lab.log.sql("select count(*) from runs").item() == 4 + 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"variants": [Variant("a", prompt="nope"), Variant("b")]}, 'no prompt "nope"'),
        ({"primary": Metric("improvment")}, 'does not measure "improvment"; it measures claims'),
        ({"items": "nope.jsonl"}, "no such file"),
        ({"pipeline": "nope"}, 'no pipeline "nope"'),
        ({"cluster": "nope"}, '"nope" is missing'),
        ({"variants": [Variant("a", model="nope:x"), Variant("b")]}, "nope"),
    ],
)
def test_what_is_not_there_is_said_before_anything_runs(lab, change, says) -> None:
    change = {**change, "baseline": None}
    with pytest.raises(InputError, match=says):
        lab.run(replace(small(), **change))
    assert lab.log.sql("select count(*) from runs").item() == 0


@pytest.mark.slow
def test_worker_processes_give_the_same_result_and_log_their_requests(lab) -> None:
    threads = lab.run(small("threads", limit=4))
    processes = lab.run(replace(small("processes", limit=4)), n_jobs=2, backend="loky")
    columns = ["item_id", "variant", "status", "score_after"]
    first, second = (
        r.frame.select(columns).sort("item_id", "variant") for r in (threads, processes)
    )
    assert first.equals(second)
    assert processes.usage()["calls"] == processes.usage()["cached"] == 8


def test_every_metric_that_tailoring_is_said_to_measure_is_measured(lab) -> None:
    frame = lab.run(small(limit=1)).frame
    for measure in built_in("tailoring").measures or ():
        assert frame[measure.name].drop_nulls().len() == 2, measure.name
