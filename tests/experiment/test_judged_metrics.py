"""Metrics that judges give: in Python and YAML, within items, once, and with the place's share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tailor_lab import Experiment, Judge, Lab, Metric, Pipeline, Variant
from tailor_lab.errors import InputError
from tailor_lab.llm import Budget
from tailor_lab.settings import Settings
from tests.llm.server import Server

QUESTION = "Which résumé serves the applicant better, and stays true?"
CRITERIA = [{"name": "relevance", "question": "Does it show what the job asks for?"}]
JOB = {"title": "Engineer", "text": "Python, SQL, Docker, Kafka and Terraform."}
RESUME = {"skills": [{"keywords": ["Python", "SQL", "Docker", "Kafka"]}]}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(settings=Settings(home=tmp_path / ".lab")) as lab:
        yield lab


def answer(job: Any, resume: Any, shown: int) -> str:
    """An answer that shows so many of the terms that the résumé holds."""
    return "Engineer with " + ", ".join(["Python", "SQL", "Docker", "Kafka"][:shown])


def words(answer: str) -> int:
    return len(answer.split())


def experiment(name: str = "judged", **changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "items": [{"id": f"i{n}", "resume": RESUME, "job": {**JOB, "no": n}} for n in range(12)],
        "pipeline": Pipeline([answer, words]),
        "variants": [
            Variant("short", parameters={"shown": 1}),
            Variant("long", parameters={"shown": 4}),
            Variant("alike", parameters={"shown": 1}),
        ],
        "primary": Metric("preferred", margin=0.2, judge=Judge(QUESTION, stage="answer")),
        "metrics": [Metric("grade", judge=Judge(criteria=CRITERIA, stage="answer"))],
    }
    return Experiment(name, **{**fields, **changes})


def requests(lab: Lab) -> int:
    return int(lab.log.sql("select count(*) n from llm_requests where cache_tier is null")["n"][0])


@pytest.mark.slow
def test_a_pairwise_judge_is_a_paired_score_of_wins_less_losses(lab: Lab) -> None:
    result = lab.run(experiment(), progress=False)
    comparison = result.compare()
    assert comparison["long"].verdict == "better"
    assert comparison["long", "preferred"].difference.value == 1.0
    assert comparison["alike", "preferred"].difference.value == 0.0
    # Twelve ties leave up to 26 % of items that may be lost, at an error that two variants share:
    # more than the margin of 0.2.
    assert comparison["alike"].verdict == "inconclusive"
    ends = comparison["alike", "preferred"].narrow
    assert ends.high == -ends.low == pytest.approx(1 - 0.025 ** (1 / 12))
    assert comparison["long", "grade"].difference.value > 0
    said = result.judgements("preferred")
    assert set(said.filter(said["variant"] == "long")["label"]) == {"win"}
    assert set(said.filter(said["variant"] == "alike")["label"]) == {"tie"}
    assert set(said.filter(said["variant"] == "short")["value"]) == {0.0}


@pytest.mark.slow
def test_a_second_run_asks_no_judge_again_and_the_log_alone_gives_the_comparison(lab: Lab) -> None:
    first = lab.run(experiment(), progress=False)
    asked = requests(lab)
    assert asked == 12 * (2 + 1 + 2), "both orders, one where the answers are the same, two grades"
    second = lab.run(experiment(), progress=False)
    assert requests(lab) == asked
    assert str(second.compare()) == str(first.compare()) == str(lab.compare("judged"))


@pytest.mark.slow
def test_each_request_of_a_judge_is_logged_with_the_run_that_it_judges(lab: Lab) -> None:
    result = lab.run(experiment(), progress=False)
    rows = lab.log.sql("select run_id, stage, prompt from llm_requests where stage = 'judge'")
    assert set(rows["prompt"]) == {"judge-pairwise", "judge-rubric"}
    assert set(rows["run_id"]) <= set(result.frame["run_id"])
    assert result.usage()["calls"] == rows.height


@pytest.mark.slow
def test_another_question_is_another_judge_and_the_runs_are_kept(lab: Lab) -> None:
    first = lab.run(experiment(), progress=False)
    other = Metric("preferred", margin=0.2, judge=Judge("Which is shorter?", stage="answer"))
    second = lab.run(experiment(primary=other), progress=False)
    assert second.plan_hash != first.plan_hash
    assert set(second.frame["run_id"]) == set(first.frame["run_id"])
    assert second.judgements("preferred").height == 36
    kinds = lab.log.sql("select distinct kind from scores where metric = 'preferred'")
    assert kinds.height == 2


def test_the_share_of_the_place_is_reported_and_counts_as_ties(lab: Lab) -> None:
    # The offline judge prefers what it sees first where two answers are about equal.
    near = [Variant("one", parameters={"shown": 1}), Variant("two", parameters={"shown": 2})]
    comparison = lab.run(experiment(variants=near, metrics=()), progress=False).compare()
    assert comparison["two", "preferred"].difference.value == 0.0
    note = next(w for w in comparison.warnings if "judge of preferred" in w)
    assert "same winner in both orders in 0% of 12 pairs" in note
    assert "shown first won both times in 100%" in note


@pytest.mark.slow
def test_an_experiment_on_tailoring_takes_a_judge_from_yaml(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "judged.yaml"
    path.write_text(
        "name: from-yaml\nitems: data/pairs.jsonl\ncluster: resume_id\nlimit: 6\nvariants:\n"
        "  - {name: plain, prompt: plain}\n  - {name: careless, prompt: careless}\n"
        "primary: {metric: improvement, margin: 2}\nmetrics:\n"
        f"  - {{metric: preferred, judge: {{question: '{QUESTION}'}}}}\n"
        "  - metric: grade\n    judge:\n      criteria:\n"
        "        - {name: relevance, question: 'Relevant?', low: 0, high: 10}\n",
        encoding="utf-8",
    )
    result = lab.run(path, progress=False)
    assert result.judgements("preferred").height == 12
    assert result.judgements("grade")["value"].is_between(0, 1).all()
    assert result.compare()["careless", "preferred"].n == 6
    assert lab.compare("from-yaml")["careless", "grade"].n == 6


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        ("{}", "line 8: A judge needs a question"),
        ("{question: Which, criteria: [{name: a, question: b}]}", "needs a question"),
        ("{criteria: [{name: a}]}", "needs a name and a question"),
        ("{criteria: [{name: a, question: b, low: 5, high: 1}]}", "low that is below high"),
        ("{question: 5}", "needs a question"),
        ("{ask: Which}", '"ask" is not known here'),
        ("Which", "expected keys and values"),
    ],
)
def test_what_is_wrong_with_a_judge_is_said_with_its_line(
    lab: Lab, tmp_path: Path, judge: str, message: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "name: wrong\nitems: data/pairs.jsonl\nvariants:\n  - {name: a}\n  - {name: b}\n"
        f"primary: {{metric: improvement}}\nmetrics:\n  - {{metric: preferred, judge: {judge}}}\n"
    )
    with pytest.raises(InputError, match="line 8") as caught:
        lab.run(path, progress=False)
    assert message.lower() in str(caught.value).lower()


def test_a_judge_of_what_the_pipeline_measures_is_refused_before_it_costs(lab: Lab) -> None:
    clash = Metric("improvement", judge=Judge(QUESTION))
    with pytest.raises(InputError, match="another name"):
        lab.run(experiment(pipeline="tailoring", primary=clash), progress=False)
    unknown = Metric("preferred", judge=Judge(QUESTION, prompt="nowhere"))
    with pytest.raises(InputError, match='no prompt "nowhere"'):
        lab.run(experiment(primary=unknown), progress=False)
    absent = Metric("preferred", judge=Judge(QUESTION, stage="nowhere"))
    with pytest.raises(InputError, match='no stage "nowhere"'):
        lab.run(experiment(primary=absent), progress=False)


@pytest.mark.slow
def test_the_budget_ends_the_judging_and_a_further_run_finishes_it(tmp_path: Path) -> None:
    reply = json.dumps({"reason": "", "winner": "A"})
    with Server() as server:
        server.reply = reply
        settings = server.settings(tmp_path, model="openai:gpt-4.1-mini")
        one = experiment(metrics=())
        with Lab(settings=settings) as lab:
            with pytest.warns(UserWarning, match="judgements were not made"):
                lab.run(one, progress=False, budget=Budget(tokens=4000))
            paid = len(server.requests)
            assert 0 < paid < 48
            result = lab.run(one, progress=False)
        assert result.judgements("preferred").height == 36
        # What the first run paid for is not asked again; the two short variants are alike.
        assert len(server.requests) <= 48
        assert result.compare()["long", "preferred"].difference.value == 0.0
