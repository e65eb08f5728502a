"""A task of one's own, in Python and in YAML: what runs, what it measures, how it is shown."""

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment import Kept, Measure, Workload, read_definition
from tailor_lab.llm.offline.server import OfflineHandler, OfflineServer
from tailor_lab.settings import shipped

MODULE = '''
"""Summaries: two prompts, a scorer of our own, and how a summary is shown."""

from dataclasses import dataclass

from tailor_lab import Pipeline
from tailor_lab.experiment import Measure, Workload


def summary(text, llm, prompt, replicate=0):
    messages = prompt.render(text=text)
    completion = llm.complete(messages, replicate=replicate, **prompt.parameters)
    return {"text": completion.text, "cost_usd": completion.cost_usd}


def scored(summary, facts):
    told = [fact for fact in facts if fact in summary["text"]]
    return {"coverage": len(told) / len(facts), "words": len(summary["text"].split())}


@dataclass(frozen=True)
class Summaries(Workload):
    def show(self, value):
        return "\\n".join(f"* {line}" for line in value["text"].split(". "))

    def requests(self, item, prompt, settings):
        return [prompt.render(text=item["text"])]


pipeline = Pipeline([summary, scored])
workload = Summaries(
    "summaries",
    pipeline,
    needs=("text", "facts"),
    measures=(
        Measure("coverage", unit="share"),
        Measure("words", "cost", "lower", "words"),
        Measure("cost_usd", "cost", "lower", "USD"),
    ),
    output_stage="summary",
)
nothing = []


def failing():
    raise RuntimeError("no such luck")
'''
DEFINITION = """\
name: summaries
question: Does asking for three sentences keep more of the facts?
items: articles.jsonl
workload: {workload}
variants:
  - {{name: one, prompt: one}}
  - {{name: three, prompt: three}}
primary: {{metric: coverage, margin: 0.1}}
guardrails:
  - {{metric: words, margin: 1000%}}
"""
PROMPT = "---\nvariables: {{text: required}}\n---\n# system\n{asks}\n\n# user\n{{{{ text }}}}\n"


def article(number: int) -> dict[str, Any]:
    # The second fact of every third article is in its first sentence, so that results vary.
    early = f"and by year {number + 2000}" if number % 3 == 0 else ""
    text = (
        f"Town {number} built a bridge {early}. It cost {number} million in year {number + 2000}. "
        "Nobody had asked for it. The mayor resigned"
    )
    return {"id": f"a{number}", "text": text, "facts": [f"Town {number}", f"{number + 2000}"]}


class Summariser(OfflineHandler):
    """A model that does what its prompt asks for: the first sentence, or the first three."""

    def respond(self, body: dict[str, Any]) -> None:
        system, user = (message["content"] for message in body["messages"])
        sentences = user.strip().split(". ")[: 3 if "three" in system else 1]
        text = ". ".join(sentences)
        self.server.answered += 1  # type: ignore[attr-defined]
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 50, "completion_tokens": len(text.split()), "total_tokens": 0}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.send_json(
            200, {"id": "1", "object": "chat.completion", "created": 1, "model": "summariser",
                  "choices": [choice], "usage": usage}
        )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with articles, two prompts and a module that says what summaries are."""
    (tmp_path / "pyproject.toml").touch()
    prompts = tmp_path / "experiments" / "prompts"
    prompts.mkdir(parents=True)
    for name in ("one", "three"):
        (prompts / f"{name}.md").write_text(PROMPT.format(asks=f"Answer with {name} sentence(s)."))
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "summing_up.py").write_text(MODULE)
    lines = [json.dumps(article(number)) for number in range(1, 41)]
    (folder / "articles.jsonl").write_text("\n".join(lines))
    definition = DEFINITION.format(workload="summing_up:workload")
    (folder / "summaries.yaml").write_text(definition)
    return tmp_path


@pytest.fixture
def served(project: Path) -> Iterator[OfflineServer]:
    with OfflineServer(handler=Summariser) as server:
        server.answered = 0  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (project / "experiments" / "providers.yaml").write_text(
            f"providers: {{house: {{base_url: {server.url}}}}}\n"
            "prices: {summariser: {input_usd: 1, output_usd: 2}}\n"
        )
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Each test has a module of its own under the same name, as each process has."""
    places = list(sys.path)
    yield
    sys.modules.pop("summing_up", None)
    sys.path[:] = places


def run(*arguments: object, project: Path, status: int = 0) -> str:
    command = [sys.executable, "-m", "tailor_lab", *map(str, arguments)]
    home = {"TAILOR_LAB_HOME": str(project / ".lab"), "TAILOR_LAB_MODEL": "house:summariser"}
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "NO_COLOR": "1", **home},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_summaries_are_compared_from_a_definition_by_the_command_line(project, served) -> None:
    planned = run("plan", "task/summaries.yaml", project=project)
    assert "40 items, 80 runs" in planned
    assert "The 80 missing runs cost at most $0" in planned
    assert served.answered == 0
    compared = run("run", "task/summaries.yaml", project=project)
    assert served.answered == 80
    assert "Ship three: coverage rises from" in compared
    assert "Ship three" in run("compare", "summaries", project=project)
    run("report", "summaries", "--out", "report.html", project=project)
    page = (project / "report.html").read_text(encoding="utf-8")
    assert "* It cost " in page, "outputs are shown as the workload shows them"
    assert "unsupported claims" not in page
    assert "agree with the log" in run("verify", "report.html", project=project)
    run("report", "summaries", "--out", "report.md", project=project)
    assert "> \\* It cost" in (project / "report.md").read_text(encoding="utf-8")
    again = run("run", "task/summaries.yaml", project=project)
    assert "Ship three" in again
    assert served.answered == 80


@pytest.mark.parametrize(
    ("workload", "says"),
    [
        ("nowhere:workload", 'there is no module "nowhere" in '),
        ("summing_up:nowhere", 'has no "nowhere"; it has '),
        ("summing_up:nothing", "is list; it must be a Workload, a Pipeline, or a function"),
        ("summing_up:failing", "cannot be made: RuntimeError: no such luck."),
        ("summaries", 'no workload "summaries"; use "tailoring", "caching" or "module:object"'),
    ],
)
def test_what_a_definition_names_and_is_not_there_is_one_sentence(project, workload, says) -> None:
    path = project / "task" / "summaries.yaml"
    path.write_text(DEFINITION.format(workload=workload))
    with Lab(project / ".lab") as lab, pytest.raises(InputError) as caught:
        lab.plan(path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_module_that_is_broken_is_one_sentence(project) -> None:
    (project / "task" / "summing_up.py").write_text("import nowhere_at_all\n")
    with Lab(project / ".lab") as lab, pytest.raises(InputError) as caught:
        lab.plan(project / "task" / "summaries.yaml")
    assert "cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'" in str(
        caught.value
    )


def test_another_folder_s_module_of_the_same_name_is_not_taken_for_it(project) -> None:
    other = project / "other"
    other.mkdir()
    for name in ("summing_up.py", "articles.jsonl", "summaries.yaml"):
        (other / name).write_text((project / "task" / name).read_text())
    with Lab(project / ".lab") as lab:
        lab.plan(project / "task" / "summaries.yaml")
        with pytest.raises(InputError, match="already loaded under the name"):
            lab.plan(other / "summaries.yaml")


@pytest.mark.parametrize("key", ["workload", "pipeline"])
def test_a_definition_may_name_a_pipeline_that_says_nothing_of_itself(
    project, served, monkeypatch, key
) -> None:
    text = DEFINITION.format(workload="summing_up:pipeline").replace("workload:", f"{key}:")
    (project / "task" / "summaries.yaml").write_text(text + "limit: 6\n")
    monkeypatch.setenv("TAILOR_LAB_MODEL", "house:summariser")
    with Lab(project / ".lab") as lab:
        result = lab.run(project / "task" / "summaries.yaml")
        assert result.frame.height == 12
        assert result.frame["pipeline"].unique().to_list() == ["summing_up:pipeline"]
        assert result.compare()["three", "coverage"].metric.kind == "score"
        kept = json.loads(lab.log.content(result.frame["output_ref"][0]))
        assert set(kept) == {"text", "cost_usd"}


def test_a_definition_gives_a_workload_or_a_pipeline(project) -> None:
    path = project / "task" / "summaries.yaml"
    path.write_text(DEFINITION.format(workload="tailoring") + "pipeline: caching\n")
    with pytest.raises(InputError, match=r"line 11: give a workload or a pipeline, not both"):
        read_definition(path)
    with pytest.raises(InputError, match="give a workload or a pipeline, not both"):
        experiment(Pipeline([shouted]), workload="caching")


def test_tailoring_is_named_as_a_workload_or_as_before(tmp_path: Path) -> None:
    plans = []
    for key in ("workload", "pipeline"):
        path = tmp_path / f"{key}.yaml"
        path.write_text(
            f"name: same\n{key}: tailoring\nitems: {shipped('data/pairs.jsonl')}\nlimit: 2\n"
            "variants:\n  - {name: a, prompt: plain}\n  - {name: b, prompt: grounded}\n"
            "primary: {metric: improvement, margin: 2}\n"
        )
        with Lab(tmp_path / ".lab") as lab:
            plans.append(lab.plan(path).plan_hash)
    assert plans[0] == plans[1]


def shouted(word: str, times: int) -> dict[str, Any]:
    return {"said": word.upper() * times, "loudness": times, "whispers": 0}


def experiment(pipeline: Pipeline | None = None, **options: Any) -> Experiment:
    return Experiment(
        "shouts",
        items=[{"id": f"w{number}", "word": f"word{number}"} for number in range(10)],
        variants=[Variant(n, parameters={"times": t}) for n, t in (("a", 1), ("b", 2))],
        primary=Metric("loudness"),
        **({"pipeline": pipeline} if pipeline else {}),
        **options,
    )


@dataclass(frozen=True)
class Shouts(Workload):
    """A workload whose log keeps the word alone, without whose it is."""

    def kept(self, run):
        return Kept(run["shouted"]["said"], ("WORD3",))


def shouts(**changes: Any) -> Workload:
    measures = (Measure("loudness", "cost", "lower", "dB"), Measure("whispers", "binary"))
    return Shouts("shouts", Pipeline([shouted]), **{"measures": measures, **changes})


def test_a_workload_says_what_its_metrics_are() -> None:
    metric = experiment(workload=shouts()).primary
    assert (metric.kind, metric.better, metric.unit) == ("cost", "lower", "dB")
    wider = replace(Metric("loudness"), margin="5%")
    metric = replace(experiment(), primary=wider, workload=shouts()).primary
    assert (metric.kind, metric.better, metric.margin) == ("cost", "lower", "5%")


def test_what_somebody_says_of_a_metric_stands_against_its_workload() -> None:
    said = Metric("loudness", kind="score", better="higher", unit="phon")
    metric = replace(experiment(), primary=said, workload=shouts()).primary
    assert (metric.kind, metric.better, metric.unit) == ("score", "higher", "phon")
    copied = replace(Metric("whispers"), kind="latency")
    metric = replace(experiment(), primary=copied, workload=shouts()).primary
    assert (metric.kind, metric.unit) == ("latency", "")


def test_the_log_keeps_what_a_workload_shows_without_the_names_in_it(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        result = lab.run(experiment(workload=shouts()))
        rows = result.frame.filter(result.frame["variant"] == "a").sort("item_id")
        texts = [lab.log.content(ref) for ref in rows["output_ref"]]
        assert texts[2] == "WORD2"
        assert "WORD3" not in texts[3]
        read = lab.result("shouts").experiment.primary
        assert (read.kind, read.better, read.unit) == ("cost", "lower", "dB")
        assert "better" not in {each.verdict for each in lab.compare("shouts")}


def test_a_wrong_metric_or_word_of_an_own_workload_costs_nothing(tmp_path: Path) -> None:
    asked = replace(experiment(), primary=Metric("volume"), workload=shouts())
    with Lab(tmp_path / ".lab") as lab:
        with pytest.raises(
            InputError,
            match='shouts does not measure "volume"; it measures duration_ms, failed, loud',
        ):
            lab.run(asked)
        with pytest.raises(InputError, match="sets times to 1; use 2, 3"):
            lab.run(experiment(workload=shouts(choices={"times": [2, 3]})))


def test_a_session_of_the_caching_workload_is_shown_in_words(tmp_path: Path) -> None:
    sessions = [{"id": f"s{n}", "pairs": str(shipped("data/pairs.jsonl")), "seed": n, "requests": 5}
                for n in range(1)]  # fmt: skip
    two = [Variant(name, parameters={"policy": name}, cache="one") for name in ("lru", "sieve")]
    asked = Experiment("sessions", sessions, two, Metric("hit_rate"), workload="caching")
    with Lab(tmp_path / ".lab") as lab:
        result = lab.run(asked)
        text = lab.log.content(result.frame["output_ref"][0])
    assert text.startswith("5 requests for ")
    assert "hit_rate: " in text


def test_values_can_be_sent_to_another_process_with_what_they_say() -> None:
    sent = pickle.loads(pickle.dumps(Metric("unsupported_claims", margin=0.1)))
    assert sent == Metric("unsupported_claims", margin=0.1)
    assert sent.kind == "binary"


@dataclass(frozen=True)
class Clumsy(Workload):
    """Fails where it is told to."""

    fails: str = ""

    def row(self, run: Any) -> Any:
        if self.fails == "row" and run.inputs["text"].endswith("3"):
            raise KeyError("length")
        return super().row(run)

    def kept(self, run: Any) -> Kept | None:
        if self.fails == "kept":
            raise ValueError("nothing to show")
        return Kept("x" * 300_000) if self.fails == "long" else super().kept(run)

    def attributes(self, item: Any) -> dict[str, Any]:
        if self.fails == "attributes":
            raise TypeError("no item")
        return super().attributes(item)


def clumsy(fails: str) -> Experiment:
    def shortened(text: str, words: int = 2) -> dict[str, Any]:
        return {"text": " ".join(text.split()[:words]), "size": words}

    return Experiment(
        f"clumsy-{fails}",
        items=[{"id": f"i{n}", "text": f"one two three {n}"} for n in range(6)],
        workload=Clumsy("clumsy", Pipeline([shortened]), fails=fails),
        variants=[Variant("two"), Variant("one", parameters={"words": 1})],
        primary=Metric("size", margin=0.5),
    )


def test_a_run_that_its_workload_cannot_measure_is_a_failed_run(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        frame = lab.run(clumsy("row"), n_jobs=2, progress=False).frame
    failed = frame.filter(frame["status"] == "failed")
    assert failed["item_id"].to_list() == ["i3", "i3"]
    assert 'Workload "clumsy" cannot measure this run: KeyError' in failed["error"][0]
    assert frame.height == 12


@pytest.mark.parametrize(
    ("fails", "says"),
    [("kept", "cannot show its outputs: ValueError"), ("attributes", "cannot say what segments")],
)
def test_what_a_workload_only_shows_costs_no_run(tmp_path: Path, fails: str, says: str) -> None:
    with Lab(tmp_path / ".lab") as lab, pytest.warns(UserWarning, match=says) as warned:
        result = lab.run(clumsy(fails), n_jobs=2, progress=False)
    assert result.frame["status"].to_list() == ["ok"] * 12
    assert len([w for w in warned if says in str(w.message)]) == 1


def test_a_long_output_is_cut_and_says_so(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        result = lab.run(clumsy("long"), n_jobs=2, progress=False)
        kept = lab.log.content(result.frame["output_ref"][0])
    assert kept.endswith("[100,000 more characters]")
    assert len(kept) < 210_000


def failing_experiment(**workload: Any) -> Experiment:
    def broken(text: str) -> dict[str, float]:
        raise RuntimeError(f"no luck with {text}")

    return Experiment(
        "broken",
        items=[{"id": f"i{n}", "text": f"text {n}"} for n in range(3)],
        workload=Workload("broken", Pipeline([broken]), **workload),
        variants=[Variant("a", parameters={}), Variant("b", parameters={})],
        primary=Metric("size", margin=0.5),
    )


def test_where_every_run_failed_the_first_reason_is_said(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        result = lab.run(failing_experiment(), n_jobs=1, progress=False)
        with pytest.raises(InputError, match=r"All 6 runs failed.*no luck with text"):
            result.compare()


def test_an_output_stage_that_there_is_not_costs_no_run(tmp_path: Path) -> None:
    with (
        Lab(tmp_path / ".lab") as lab,
        pytest.raises(
            InputError, match=r'"nowhere", which its pipeline does not have; it has broken'
        ),
    ):
        lab.plan(failing_experiment(output_stage="nowhere"))


def test_how_long_a_run_took_is_known_of_every_workload(tmp_path: Path) -> None:
    def size(text: str) -> float:
        return float(len(text))

    experiment = Experiment(
        "timed",
        items=[{"id": f"i{n}", "text": f"text {n}"} for n in range(4)],
        workload=Workload("timed", Pipeline([size]), measures=(Measure("size"),)),
        variants=[Variant("a", parameters={}), Variant("b", parameters={})],
        primary=Metric("size", margin=0.5),
        guardrails=[Metric("duration_ms", kind="latency", margin="200%", better="lower")],
    )
    with Lab(tmp_path / ".lab") as lab:
        comparison = lab.run(experiment, n_jobs=1, progress=False).compare()
    assert comparison["b", "duration_ms"].n == 4
