"""What an experiment may spend, and where its answers come from."""

import warnings
from dataclasses import replace

import pytest

from tailor_lab import Experiment, Lab, Metric, Variant
from tailor_lab.llm import Budget, LLMError

EXPERIMENT = Experiment(
    "spending",
    items="data/pairs.jsonl",
    limit=12,
    variants=[Variant("plain", prompt="plain"), Variant("grounded", prompt="grounded")],
    primary=Metric("improvement"),
)


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as opened:
        yield opened


@pytest.mark.slow
def test_a_budget_ends_the_run_cleanly_and_more_of_it_goes_on(lab) -> None:
    whole = lab.run(replace(EXPERIMENT, name="whole")).frame["tokens_used"].sum()
    lab.cache.clear()
    budget = Budget(tokens=whole // 2)
    with pytest.warns(UserWarning, match="of 24 missing runs were made. The budget of"):
        part = lab.run(EXPERIMENT, n_jobs=2, budget=budget)
    assert budget.spent_tokens <= whole // 2
    assert 4 < part.frame.height < 24
    assert set(part.frame["status"]) == {"ok"}, "what was not made is no failure"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lab.run(EXPERIMENT).frame.height == 24
    assert lab.log.sql("select count(*) from runs where experiment = 'spending'").item() == 24


def test_a_budget_for_not_one_request_is_a_sentence(lab) -> None:
    with pytest.raises(LLMError, match="It was not sent. Raise the budget"):
        lab.run(EXPERIMENT, budget=Budget(tokens=10))
    assert lab.log.sql("select count(*) from runs").item() == 0


@pytest.mark.slow
def test_recorded_answers_are_enough_for_the_same_experiment_again(lab) -> None:
    with pytest.raises(LLMError, match="record"):
        lab.run(EXPERIMENT, mode="offline-only")
    first = lab.run(EXPERIMENT)
    again = lab.run(replace(EXPERIMENT, name="again"), mode="offline-only")
    assert again.usage()["cached"] == again.usage()["calls"] == 24
    key = ["item_id", "variant"]
    columns = [*key, "score_after"]
    assert first.frame.select(columns).sort(key).equals(again.frame.select(columns).sort(key))


@pytest.mark.slow
def test_answers_can_be_asked_for_anew(lab) -> None:
    lab.run(EXPERIMENT)
    anew = lab.run(replace(EXPERIMENT, name="anew"), mode="refresh")
    assert anew.usage()["cached"] == 0
