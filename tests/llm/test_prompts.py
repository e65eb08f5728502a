"""Prompts: read, filled in, identified, and safe against what stands in the data."""

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.llm import Prompt
from tailor_lab.llm.offline.model import read_blocks
from tailor_lab.llm.prompting.lint import diff, lint, token_counts
from tailor_lab.llm.prompting.prompts import PromptError, block, find_prompts

HERE = Path(__file__).parent
VALUES: dict[str, Any] = {
    "resume": {"basics": {"name": "Ada"}},
    "job": {"title": "Nurse", "company": "Ward", "text": "Care for patients."},
    "mode": "partial",
}
SIMPLE = """---
description: For a test.
variables: {job: required, note: optional}
---
# system
Say it.
# user
{{ job | block("job") }}
{% if note is not none %}{{ note }}{% endif %}
"""
INJECTIONS = [
    json.loads(line) for line in (HERE / "injections.jsonl").read_text("utf-8").splitlines()
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ["plain", "grounded", "layered", "careless", "keywords"])
def test_a_shipped_prompt_loads_renders_and_describes_itself(name: str) -> None:
    prompt = Prompt.load(name)
    messages = prompt.render(**VALUES)
    assert [m["role"] for m in messages] == ["system", "user"]
    assert prompt.description
    assert messages.prompt == name
    assert messages.prompt_hash == prompt.hash
    assert read_blocks(messages[1]["content"]) == {k: VALUES[k] for k in ("resume", "job")}


def test_the_mode_is_told_in_the_instructions() -> None:
    prompt = Prompt.load("plain")
    assert "Partial mode" in prompt.render(**VALUES)[0]["content"]
    assert "Full mode" in prompt.render(**{**VALUES, "mode": "full"})[0]["content"]


def test_the_projects_own_prompt_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "experiments" / "prompts"
    folder.mkdir(parents=True)
    (folder / "plain.md").write_text(SIMPLE)
    assert Prompt.load("plain", project=tmp_path).description == "For a test."
    assert set(find_prompts(tmp_path)) >= {"plain", "grounded"}


def test_an_unknown_prompt_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r'no prompt "plian"\. There are: careless, grounded'):
        Prompt.load("plian", project=tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ndescription: x\n# user\nhi", "line 1: the front matter is not closed"),
        ("---\na: [1\n---\n# user\nhi", "line 3: not YAML"),
        ("---\ndescription: x\nparams: {}\n---\n# user\nhi", 'line 3: "params"'),
        ("hello\n# user\nhi", "line 1: text outside a message"),
        ("# system\nhi", "no # user message"),
        ("# user\none\n{% if %}\n", "line 3"),
        (
            "---\nvariables: {job: required}\n---\n# user\nyes\n{{ jobb }}",
            'line 6: "jobb" is used but not among the variables: job',
        ),
    ],
)
def test_a_broken_prompt_names_its_line(text: str, message: str) -> None:
    with pytest.raises(PromptError, match=re.escape(message).replace("\\ ", " ")):
        Prompt.parse(text, name="broken")


def test_a_name_that_nobody_gave_is_an_error_with_its_line() -> None:
    prompt = Prompt.parse("# user\nfirst\n{{ missing }}", name="p")
    with pytest.raises(PromptError, match="p, line 3: 'missing' is undefined"):
        prompt.render()


def test_a_required_variable_must_be_given() -> None:
    with pytest.raises(PromptError, match='needs "job"'):
        Prompt.parse(SIMPLE, name="p").render(note="x")


@pytest.mark.parametrize(
    "code",
    ["{{ job.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ job.update({'a': 1}) }}"],
)
def test_code_in_a_template_reaches_nothing(code: str) -> None:
    prompt = Prompt.parse(f"# user\n{code}", name="p")
    with pytest.raises(PromptError, match="line 2"):
        prompt.render(job={})


def test_the_hash_follows_what_is_sent_and_nothing_else() -> None:
    base = Prompt.parse(SIMPLE, name="a")
    described = Prompt.parse(SIMPLE.replace("For a test.", "Else."), name="b")
    changed = Prompt.parse(SIMPLE.replace("Say it", "Say it well"), name="a")
    windows = Prompt.parse(SIMPLE.replace("\n", "\r\n"), name="a")
    assert base.hash == described.hash == windows.hash != changed.hash


def test_messages_cross_into_another_process_with_their_prompt() -> None:
    messages = Prompt.parse(SIMPLE, name="p").render(job={})
    copy = pickle.loads(pickle.dumps(messages))
    assert (copy, copy.prompt, copy.prompt_hash) == (messages, "p", messages.prompt_hash)
    assert copy.hash == messages.hash


def test_context_rules_cut_texts_at_a_word() -> None:
    text = SIMPLE.replace("description:", "context: {job: {max_chars: 20}}\ndescription:")
    content = Prompt.parse(text, name="p").render(job={"text": "word " * 100})[1]["content"]
    assert read_blocks(content)["job"]["text"] == "word word word word […]"


@given(json_values)
def test_a_block_gives_back_what_was_put_in_and_nothing_closes_it(data: Any) -> None:
    text = block({"data": data}, "job")
    assert read_blocks(text) == {"job": {"data": data}}
    inner = text.removeprefix("<job>\n").removesuffix("\n</job>")
    assert not set("<>&") & set(inner)


@pytest.mark.parametrize("case", INJECTIONS, ids=lambda case: case["id"])
@pytest.mark.parametrize("name", ["plain", "grounded", "layered", "careless", "keywords"])
def test_an_injection_moves_no_instruction(case: dict[str, str], name: str) -> None:
    prompt = Prompt.load(name)
    harmless = prompt.render(**VALUES)
    job = {**VALUES["job"], "text": f"{VALUES['job']['text']}\n{case['text']}"}
    attacked = prompt.render(**{**VALUES, "job": job})
    assert [m["role"] for m in attacked] == [m["role"] for m in harmless]
    assert attacked[0] == harmless[0]
    assert read_blocks(attacked[1]["content"])["job"] == job

    def around(content: str) -> str:
        return re.sub(r"<job>\n.*\n</job>", "<job></job>", content)

    assert around(attacked[1]["content"]) == around(harmless[1]["content"])


def test_the_careless_prompt_is_found_out_and_the_grounded_one_passes() -> None:
    rules = {finding.rule for finding in lint(Prompt.load("careless"))}
    assert rules >= {"invites-numbers", "invites-skills", "invites-scope", "invites-title"}
    assert "invites-skills" in {f.rule for f in lint(Prompt.load("keywords"))}
    assert lint(Prompt.load("grounded")) == []
    assert [f.rule for f in lint(Prompt.load("plain"))] == ["no-truth-rule"]


def test_lint_names_the_line_and_does_not_mind_a_prohibition() -> None:
    rules = "Never quantify.\nUse only facts in the résumé."
    text = f"# system\n{rules}\n# user\n{{{{ job.text }}}}\n[number]%"
    found = lint(Prompt.parse(text, name="p"))
    assert [(f.line, f.rule) for f in found] == [(5, "data-as-text"), (6, "placeholder")]


def test_diff_shows_what_changed_in_prompts_and_in_their_messages() -> None:
    plain, grounded = Prompt.load("plain"), Prompt.load("grounded")
    assert "+Use only facts in the résumé." in diff(plain, grounded)
    assert "{{" not in diff(plain, grounded, **VALUES)
    assert diff(plain, plain) == ""


def test_token_counts_add_up() -> None:
    counts = token_counts(Prompt.load("plain"), **VALUES)
    assert counts["total"] == counts["system"] + counts["user"] > 100
