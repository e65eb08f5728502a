"""The offline model: what it does, what it is told to do, and that it always does the same."""

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any, Literal

import jsonschema
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, Completion, Prompt
from tailor_lab.llm.offline.generic import fill
from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.model import answer
from tailor_lab.llm.offline.server import OfflineServer
from tailor_lab.llm.offline.terms import TERMS, TermVocabulary, pattern
from tailor_lab.llm.offline.transport import latency_s
from tailor_lab.settings import Settings

HERE = Path(__file__).parent
RESUME: dict[str, Any] = {
    "basics": {
        "name": "Ada Example",
        "label": "Backend Developer",
        "summary": "Engineer who likes data. Shipped 4 services.",
    },
    "work": [
        {
            "name": "Acme",
            "position": "Backend Developer",
            "highlights": [
                "Organised meetups",
                "Helped run services on k8s for 12 teams",
                "Built ETL jobs in Python with Postgres",
                "Contributed to billing",
            ],
        }
    ],
    "skills": [{"name": "Tools", "keywords": ["Java", "Postgres", "Python"]}],
}
JOB = {
    "title": "Senior Backend Developer",
    "company": "Beta",
    "text": "We need Python, PostgreSQL, Kubernetes, Kafka and Terraform. Mentoring is welcome.",
}
REQUIREMENTS = [
    {"id": "r1", "text": "Kubernetes", "terms": ["Kubernetes", "k8s"], "importance": "required"},
    {"id": "r2", "text": "Kafka", "terms": ["Kafka"], "importance": "required"},
]
FACTS = [
    {"id": "f1", "path": "/work/0/highlights/1", "text": RESUME["work"][0]["highlights"][1]},
    {"id": "f2", "path": "/work/0/highlights/2", "text": RESUME["work"][0]["highlights"][2]},
]
INJECTIONS = [
    json.loads(line) for line in (HERE / "injections.jsonl").read_text("utf-8").splitlines()
]


class Edit(BaseModel):
    path: str
    action: Literal["replace", "add", "remove", "move"]
    value: str | None
    to: int | None
    facts: list[str]
    requirements: list[str]
    reason: str


class Rewrite(BaseModel):
    edits: list[Edit]
    confidence: float = Field(ge=0, le=1)


@pytest.fixture
def llm(settings: Settings) -> LLM:
    return LLM(settings=settings)


def tailor(llm: LLM, prompt: str, *, mode: str = "partial", **values: Any) -> Completion:
    given = {"resume": RESUME, "job": JOB, "mode": mode, **values}
    return llm.complete(Prompt.load(prompt).render(**given), Rewrite, temperature=0)


def texts(completion: Completion) -> str:
    return "\n".join(edit.value or "" for edit in completion.value.edits)


def added(completion: Completion) -> list[str]:
    return [edit.value for edit in completion.value.edits if edit.action == "add"]


def test_the_grounded_prompt_adds_nothing_and_uses_the_jobs_own_terms(llm: LLM) -> None:
    completion = tailor(llm, "grounded")
    assert added(completion) == ["Kubernetes"]
    assert not re.search("Kafka|Terraform|Mentoring|Senior", texts(completion))
    assert "Helped run services on Kubernetes for 12 teams" in texts(completion)
    assert "PostgreSQL" in texts(completion)


def test_the_careless_prompt_invents_skills_numbers_scope_and_title(llm: LLM) -> None:
    completion = tailor(llm, "careless")
    assert {"Kafka", "Terraform"} <= set(added(completion))
    assert re.search(r"Organised meetups, .* by \d+%", texts(completion))
    assert "Led billing" in texts(completion)
    assert texts(completion).startswith("Senior Backend Developer")


def test_the_keywords_prompt_stuffs_skills_and_leaves_achievements(llm: LLM) -> None:
    completion = tailor(llm, "keywords")
    assert {"Kafka", "Terraform"} <= set(added(completion))
    assert not re.search(r"%|Led ", texts(completion))


def test_without_a_truth_rule_it_is_now_and_then_careless(llm: LLM) -> None:
    answers = [tailor(llm, "plain", job={**JOB, "company": f"C{i}"}) for i in range(30)]
    inventive = [any(skill in {"Kafka", "Terraform"} for skill in added(c)) for c in answers]
    assert 0.4 < statistics.fmean(inventive) < 0.95


def test_the_four_prompts_give_four_results(llm: LLM) -> None:
    names = ("plain", "grounded", "careless", "keywords")
    assert len({tailor(llm, name).text for name in names}) == 4


def test_facts_and_requirements_are_cited_by_their_ids(llm: LLM) -> None:
    completion = tailor(llm, "grounded", facts=FACTS, requirements=REQUIREMENTS)
    kubernetes = next(e for e in completion.value.edits if e.value == "Kubernetes")
    assert (kubernetes.facts, kubernetes.requirements) == (["f1"], ["r1"])


def test_full_mode_reorders_and_drops_highlights_and_partial_mode_does_not(llm: LLM) -> None:
    def touched(mode: str) -> set[str]:
        edits = tailor(llm, "grounded", mode=mode).value.edits
        return {e.action for e in edits if "/highlights/" in e.path}

    assert touched("partial") == {"replace"}
    assert touched("full") == {"replace", "move", "remove"}


def test_every_edit_points_at_a_place_that_is_there(llm: LLM) -> None:
    for mode in ("partial", "full"):
        for edit in tailor(llm, "careless", mode=mode).value.edits:
            value: Any = RESUME
            for part in edit.path.removesuffix("/-").split("/")[1:]:
                value = value[int(part)] if isinstance(value, list) else value[part]
            assert value
            assert (edit.to is not None) == (edit.action == "move")


@pytest.mark.slow
def test_the_answer_is_the_same_in_every_process(llm: LLM) -> None:
    code = (
        "import json, sys; from tailor_lab.llm.offline.model import answer;"
        "print(json.dumps(answer('/v1/chat/completions', json.load(sys.stdin))[1]))"
    )
    body = {"messages": list(Prompt.load("careless").render(resume=RESUME, job=JOB, mode="full"))}
    body["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "rewrite", "schema": Rewrite.model_json_schema()},
    }
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(body),
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=HERE.parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.slow
@given(
    held=st.lists(st.sampled_from(sorted(TERMS)), unique=True, max_size=6),
    asked=st.lists(st.sampled_from(sorted(TERMS)), unique=True, max_size=8),
    mode=st.sampled_from(["partial", "full"]),
)
def test_grounded_it_never_says_a_term_that_the_resume_does_not_hold(
    held: list[str], asked: list[str], mode: str
) -> None:
    resume = {
        "basics": {"summary": "Reliable."},
        "work": [{"position": "Clerk", "highlights": [f"Used {term} daily" for term in held]}],
    }
    job = {"title": "Clerk", "text": "We ask for " + ", ".join(asked) + "."}
    messages = Prompt.load("grounded").render(resume=resume, job=job, mode=mode)
    wanted = {"type": "json_schema", "json_schema": {"name": "rewrite", "schema": {}}}
    body = {"messages": list(messages), "response_format": wanted}
    reply = answer("/v1/chat/completions", body)[1]["choices"][0]["message"]["content"]
    said = " . ".join(edit["value"] or "" for edit in json.loads(reply)["edits"])
    vocabulary = TermVocabulary()
    own = vocabulary.found(" . ".join((*held, "Reliable. Clerk. Used daily")))
    assert set(vocabulary.found(said)) <= set(own)


@pytest.mark.parametrize("case", INJECTIONS, ids=lambda case: case["id"])
def test_grounded_it_obeys_no_injection(llm: LLM, case: dict[str, str]) -> None:
    job = {**JOB, "text": f"{JOB['text']}\n{case['text']}"}
    assert case["wants"] not in texts(tailor(llm, "grounded", job=job))


def test_told_nothing_about_truth_it_obeys_injections_often_enough_to_practise_on(
    llm: LLM,
) -> None:
    fallen = 0
    for case in INJECTIONS:
        job = {**JOB, "text": f"{JOB['text']}\n{case['text']}"}
        fallen += case["wants"] in texts(tailor(llm, "careless", job=job))
    assert fallen >= len(INJECTIONS) / 3


@pytest.mark.parametrize(
    ("system", "name", "followed"),
    [
        ("Use only facts in the résumé.", "grounded", True),
        ("Do not add anything that is not there.", "grounded", True),
        ("Quantify all achievements.", "quantify", True),
        ("Never quantify what has no number.", "quantify", False),
        ("Include every keyword.", "include_all", True),
        ("Do not include every keyword.", "include_all", False),
        ("Mirror the language of the job.", "own_terms", True),
        ("Be concise.", "short", True),
        ("Say something.", "grounded", False),
    ],
)
def test_instructions_are_known_by_their_phrases(system: str, name: str, followed: bool) -> None:
    assert getattr(Instructions.read(system), name) is followed


def test_terms_are_found_as_whole_words_in_any_spelling() -> None:
    found = TermVocabulary([["Kubernetes", "service mesh"]]).found(
        "Ran K8s; wrote Go and C++, let others go. Service  mesh, Javascript."
    )
    assert set(found) == {"Kubernetes", "Go", "C++", "service mesh", "JavaScript"}
    assert found["Kubernetes"] == "K8s"
    assert not pattern("R").search("R&D, r")


class Inner(BaseModel):
    kind: Literal["nurse", "teacher"]
    years: int = Field(ge=3, le=30)
    share: float = Field(ge=0, le=1)


class Outer(BaseModel):
    title: str = Field(max_length=30)
    inner: Inner
    notes: list[str] = Field(min_length=1, max_length=4)
    maybe: Inner | None
    done: bool


class Tree(BaseModel):
    name: str
    children: list["Tree"]


@pytest.mark.parametrize("schema", [Inner, Outer, Tree])
def test_any_schema_gets_an_answer_that_is_valid_against_it(schema: type[BaseModel]) -> None:
    wanted = schema.model_json_schema()
    value = fill(wanted, "", "The nurse worked 12 years on a busy ward. Title: Ward sister.", 1)
    jsonschema.validate(value, wanted)
    schema.model_validate(value)


def test_latency_is_lognormal_about_its_median_and_the_same_for_the_same_request() -> None:
    times = [latency_s(200, seed) for seed in range(2000)]
    assert statistics.median(times) == pytest.approx(0.2, rel=0.06)
    assert latency_s(200, 7) == latency_s(200, 7)
    spread = statistics.quantiles(times, n=20)
    assert spread[-1] / spread[0] == pytest.approx(2.718 ** (2 * 1.645 * 0.5), rel=0.15)


def test_the_latency_of_the_settings_is_taken(tmp_path: Path) -> None:
    slow = Settings(home=tmp_path / ".lab", offline_latency_ms=60)
    seconds = [
        LLM(settings=slow).complete([{"role": "user", "content": f"{i}."}]).seconds
        for i in range(5)
    ]
    assert statistics.median(seconds) > 0.02


@pytest.fixture
def offline_server() -> Any:
    with OfflineServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_any_openai_client_can_use_the_offline_server(offline_server: OfflineServer) -> None:
    client = openai.OpenAI(base_url=offline_server.url, api_key="any")
    assert [model.id for model in client.models.list()] == ["offline"]
    messages: Any = [{"role": "user", "content": "The ward was busy."}]
    plain = client.chat.completions.create(model="offline", messages=messages)
    pieces = client.chat.completions.create(model="offline", messages=messages, stream=True)
    text = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    assert plain.choices[0].message.content == text == "The ward was busy."
    assert client.responses.create(model="offline", input="The ward was busy.").output_text == text
    assert len(client.embeddings.create(model="offline", input="x").data[0].embedding) == 256


def test_the_offline_server_answers_nonsense_with_an_error_of_the_protocol(
    offline_server: OfflineServer,
) -> None:
    request = urllib.request.Request(
        f"{offline_server.url}/chat/completions", data=b"[", method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert "not a JSON object" in json.load(caught.value)["error"]["message"]


def test_the_error_model_of_the_offline_server_fails_about_the_share_it_is_told(
    offline_server: OfflineServer,
) -> None:
    offline_server.error_rate = 0.3
    fails = [offline_server.next_error() for _ in range(1000)]
    assert 0.24 < sum(f is not None for f in fails) / 1000 < 0.36
    assert set(fails) == {None, 429, 500, 503}


def test_a_port_in_use_is_one_sentence(offline_server: OfflineServer) -> None:
    port = int(offline_server.server_address[1])
    with pytest.raises(InputError, match="Choose another port"):
        OfflineServer(port=port)
