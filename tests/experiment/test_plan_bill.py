"""What a plan says of the missing runs: tokens and time, also where no price is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from tailor_lab import Experiment, Lab, Metric, Pipeline, Variant
from tests.llm.server import Server
from tests.prompt_files import without_limits


def said(llm, text: str) -> str:
    return llm.complete([{"role": "user", "content": text}]).text


def length(said: str) -> float:
    return float(len(said))


def own(**more) -> Experiment:
    items = [{"id": f"i{n}", "text": f"Item {n}. " * 20} for n in range(6)]
    variants = [Variant("a"), Variant("b", params={"seed": 2})]
    pipeline = Pipeline([said, length])
    return Experiment(
        "own", items, variants, Metric("length", margin=1.0), pipeline=pipeline, **more
    )


@pytest.fixture
def server():
    with Server() as server:
        yield server


def shipped(lab: Lab, **params) -> Experiment:
    found = lab.read("experiments/prompts.yaml")
    variants = [replace(variant, params=params) for variant in found.variants[:2]]
    return replace(found, limit=4, variants=variants, baseline=None, name="shipped")


def test_tokens_are_known_before_anything_was_run_and_time_is_not(
    server: Server, tmp_path: Path
) -> None:
    with Lab(settings=server.settings(tmp_path, model="openai:our-own")) as lab:
        plan = lab.plan(shipped(lab))
        assert plan.usd is plan.seconds is None
        assert plan.input_tokens > 8 * 500
        assert plan.output_tokens == 8 * 2400, "what the prompts themselves allow"
        text = str(plan)
        assert f"about {plan.input_tokens + plan.output_tokens:,} tokens" in text
        assert "how long they take is not known, as the log has no answer of openai:our-own" in text
        assert "No price is known for openai:our-own" in text
        assert not server.requests


def test_a_variants_own_limit_counts_and_so_does_the_settings(server: Server, tmp_path) -> None:
    settings = server.settings(tmp_path, model="openai:our-own", max_tokens=300)
    without_limits(tmp_path)
    with Lab(settings=settings) as lab:
        assert lab.plan(shipped(lab)).output_tokens == 8 * 300
        assert lab.plan(shipped(lab, max_completion_tokens=70)).output_tokens == 8 * 70


def test_tokens_are_known_of_a_model_whose_key_is_missing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with Lab(tmp_path / ".lab") as lab:
        keyless = [replace(v, model="groq:m") for v in shipped(lab).variants]
        plan = lab.plan(replace(shipped(lab), variants=keyless))
        assert plan.usd is None
        assert plan.input_tokens > 0
        assert "Set GROQ_API_KEY" in str(plan)


def test_what_was_run_says_tokens_and_time_of_what_is_missing(server: Server, tmp_path) -> None:
    server.delay_s = 0.05
    with Lab(settings=server.settings(tmp_path, model="openai:our-own")) as lab:
        lab.run(own(limit=2), progress=False, n_jobs=1)
        plan = lab.plan(own())
        sent = server.input_tokens / len(server.requests)
        assert plan.runs - plan.made == 8
        assert plan.input_tokens == pytest.approx(8 * sent, rel=0.01)
        logged = lab.log.sql("select avg(duration_ms) / 1000 from runs").item()
        assert plan.seconds == pytest.approx(8 * logged / 8)
        assert logged >= 0.05
        assert "is not known; they take about" in str(plan)


def test_answers_from_the_cache_say_nothing_of_time(server: Server, tmp_path) -> None:
    server.delay_s = 0.05
    with Lab(settings=server.settings(tmp_path, model="openai:our-own")) as lab:
        lab.run(own(limit=2), progress=False, n_jobs=1)
        before = lab.plan(own()).seconds
        lab.run(own(limit=2).renamed("again"), progress=False, n_jobs=1)
        assert lab.result("again").usage()["cached"] == 4
        assert lab.plan(own()).seconds == pytest.approx(before)


def test_another_models_pace_says_nothing_of_this_one(server: Server, tmp_path) -> None:
    with Lab(settings=server.settings(tmp_path, model="openai:our-own")) as lab:
        lab.run(own(limit=2), progress=False, n_jobs=1)
        other = [replace(variant, model="openai:slower") for variant in own().variants]
        plan = lab.plan(replace(own(), variants=other))
        assert plan.seconds is None
        assert "no answer of openai:slower" in str(plan)


def test_the_logs_tokens_a_second_say_how_long_another_task_takes(server: Server, tmp_path) -> None:
    server.delay_s = 0.05
    with Lab(settings=server.settings(tmp_path, model="openai:our-own")) as lab:
        lab.client("openai:our-own").complete([{"role": "user", "content": "Say it. " * 50}])
        row = lab.log.sql("select gen_ai_usage_output_tokens, duration_ms from llm_requests").row(0)
        pace = row[0] / row[1] * 1000
        plan = lab.plan(shipped(lab, max_tokens=100))
        assert plan.seconds == pytest.approx(8 * 100 / pace / 8, rel=0.01)
        assert "minutes" in str(plan)


def test_a_pipeline_without_a_model_has_no_tokens(tmp_path: Path) -> None:
    def score(value: float, gain: float) -> float:
        return value + gain

    computed = Experiment(
        "computed",
        [{"id": f"i{n}", "value": float(n)} for n in range(4)],
        [Variant("a", parameters={"gain": 0.0}), Variant("b", parameters={"gain": 1.0})],
        Metric("score", margin=1.0),
        pipeline=Pipeline([score]),
    )
    with Lab(tmp_path / ".lab") as lab:
        plan = lab.plan(computed)
        assert plan.input_tokens is plan.output_tokens is None
        assert "tokens" not in str(plan)
        assert "not known, as" not in str(plan)
