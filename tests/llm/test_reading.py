"""Reading answers: the JSON is found wherever it is, repairs change no value, cost is bounded."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tailor_lab.llm.errors import BadAnswerError
from tailor_lab.llm.transport.structured import read, read_answer


class Step(BaseModel):
    path: str
    value: str | None = None
    tags: list[str] = Field(default_factory=list)


class Steps(BaseModel):
    steps: list[Step]
    sure: float = 0.5


class Verdict(BaseModel):
    reason: str
    score: int


GOOD: dict[str, Any] = {
    "steps": [
        {"path": "/a", "value": 'It\'s [a, b, ] {c}, "d"', "tags": ["x"]},
        {"path": "/b", "value": None, "tags": []},
    ],
    "sure": 0.75,
}
JSON = json.dumps(GOOD)
DRAFT = json.dumps({"steps": [{"path": f"/draft/{i}"} for i in range(9)]})
FORMS = {
    "as it is": JSON,
    "thought before": f"<think>\nEither {{steps}} or [x].\n</think>\n{JSON}",
    "thought without its opening mark": f"First {{look}} at it.\n</think>\n\n{JSON}",
    "a longer draft in the thought": f"<think>{DRAFT}</think>{JSON}",
    "another spelling of a thought": f"[THINK]Hm: {DRAFT}[/THINK]{JSON}",
    "capitals and another word": f"<Reasoning>{DRAFT}</Reasoning>\n{JSON}",
    "channels": (
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant"
        f"<|channel|>final<|message|>{JSON}<|return|>"
    ),
    "nothing but a thought": f"<think>{JSON}</think>",
    "a thought that never ends": f"<think>So: {JSON}",
    "fence": f"```json\n{JSON}\n```",
    "fence in prose": f"As {{asked}}:\n```\n{JSON}\n```\nHope {{that}} helps.",
    "prose with braces": f"I used {{facts}} only.\n{JSON}\nNote: {{none}}",
    "prose with a quote in a brace": f'Use {{"}} or {JSON}',
    "prose with a bracket": f"See [1] and [2, 3]. {JSON}",
    "end mark": f"{JSON}<|im_end|>",
    "end mark of thoughts": f"{JSON}<|end|>",
    "byte order mark": f"\ufeff{JSON}",
    "a string of JSON": json.dumps(JSON),
    "a string of a string": json.dumps(json.dumps(JSON)),
    "a fence in a string": json.dumps(f"```json\n{JSON}\n```"),
    "quotes escaped": json.dumps(JSON)[1:-1],
    "Python": repr(GOOD),
    "arguments of a call": json.dumps({"name": "steps", "arguments": GOOD}),
    "arguments as a text": f"<tool_call>{json.dumps({'name': 's', 'arguments': JSON})}</tool_call>",
    "in the schema's properties": json.dumps({"type": "object", "properties": GOOD}),
    "comments": JSON.replace('"sure"', '// how sure\n"sure"').replace("[{", "[ /* two */ {"),
    "commas before brackets": JSON.replace("}]", "},]").replace("0.75}", "0.75 , }"),
    "the last bracket missing": '{"sure": 0.75, ' + JSON[1:].replace(', "sure": 0.75}', ""),
    "something smaller beside it": '{"steps": []} was too little, so ' + JSON,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_object_is_found(form: str) -> None:
    assert read(FORMS[form], Steps) == Steps.model_validate(GOOD)


def test_a_bare_list_is_the_list_of_a_schema_that_has_one() -> None:
    assert read(json.dumps(GOOD["steps"]), Steps) == Steps(steps=GOOD["steps"])


def test_a_list_within_a_broken_object_is_not_the_answer() -> None:
    with pytest.raises(BadAnswerError, match="ends before its JSON does"):
        read(JSON[: JSON.index('"sure"') - 1], Steps)


@pytest.mark.parametrize("sign", ["\n", "\t", "\r\n", "\x00", "\x1f"])
def test_a_raw_control_character_in_a_text_stays_in_it(sign: str) -> None:
    text = f'Sure: {{"reason": "busy{sign}ward", "score": 7}}'
    answer = read_answer(text, Verdict)
    assert answer.value == Verdict(reason=f"busy{sign}ward", score=7)
    assert "control character" in answer.notes[0]


def test_half_a_character_is_replaced_and_a_whole_one_is_not() -> None:
    text = r'{"reason": "\ud83d\ude00 \ud83d", "score": 7}'
    assert read(text, Verdict) == Verdict(reason="😀 \ufffd", score=7)


def test_a_mark_of_thoughts_in_a_text_is_a_part_of_it() -> None:
    verdict = Verdict(reason="It says </think> and <think> there.", score=1)
    assert read(f"So:\n{verdict.model_dump_json()} Done.", Verdict) == verdict


@pytest.mark.parametrize(
    "text",
    [
        '{"reason": "R\\&D", "score": 7}',  # an escape that has no meaning
        "{'reason': 'it's', 'score': 7}",
        "{'reason': 'a\\/b', 'score': 7}",  # JSON and Python differ
        '{"reason": "a" "score": 7}',
        '{"reason": "a", "score": 07}',
        '{"reason": "a", "score": 7',  # a number may go on
        '{reason: "a", score: 7}',
    ],
)
def test_what_can_mean_two_things_is_no_answer(text: str) -> None:
    with pytest.raises(BadAnswerError):
        read(text, Verdict)


def test_what_was_repaired_is_said_and_what_was_not_repaired_is_not() -> None:
    assert read_answer(f"Well: {JSON}", Steps).notes == ()
    assert "comma" in read_answer(FORMS["commas before brackets"], Steps).notes[0]
    assert "Python" in read_answer(FORMS["Python"], Steps).notes[0]
    assert "comment" in read_answer(FORMS["comments"], Steps).notes[0]


def test_the_error_names_the_field_of_the_answer_and_not_of_what_is_around_it() -> None:
    wrong = json.dumps({"steps": [{"path": 7}]})
    with pytest.raises(BadAnswerError, match="steps/0/path: Input should be a valid string"):
        read(f'{{"note": "{"long " * 50}"}} {wrong}', Steps)
    with pytest.raises(BadAnswerError, match="no JSON object"):
        read("Certainly!", Steps)
    with pytest.raises(BadAnswerError, match="thoughts and nothing after them"):
        read("<think>Certainly!", Steps)


# What a cut answer keeps.


def test_a_cut_answer_keeps_its_whole_elements_and_says_how_many() -> None:
    text = json.dumps({"steps": [{"path": f"/{i}"} for i in range(5)], "sure": 1})
    answer = read_answer(f"Here: {text[: text.index('/3')]}", Steps, cut=True)
    assert answer.value == Steps(steps=[Step(path=f"/{i}") for i in range(3)])
    assert answer.notes == ("The answer reached its token limit: cut after 3 steps.",)


def test_a_whole_answer_at_the_limit_is_simply_read() -> None:
    assert read_answer(f"{JSON} And fur", Steps, cut=True).notes == ()


@pytest.mark.parametrize(
    "text",
    ['{"steps": [{"path": "/a', '{"steps": [', '{"sure": 0.5, "st', "Certainly, the fi", ""],
)
def test_a_cut_answer_without_a_whole_element_is_none(text: str) -> None:
    with pytest.raises(BadAnswerError):
        read(text, Steps, cut=True)


def test_a_cut_answer_without_a_list_needs_each_of_its_fields() -> None:
    class Optional(BaseModel):
        reason: str
        note: str = ""

    assert read('{"reason": "a", "note": "b"', Optional, cut=True) == Optional(reason="a", note="b")
    with pytest.raises(BadAnswerError):
        read('{"reason": "a", "no', Optional, cut=True)


def test_a_schema_is_told_that_its_answer_was_cut() -> None:
    from pydantic import ValidationInfo, model_validator

    class Told(Steps):
        cut: bool = False

        @model_validator(mode="after")
        def _hear(self, info: ValidationInfo) -> "Told":
            self.cut = bool(info.context and info.context["cut"])
            return self

    text = JSON.replace(', "sure": 0.75', "")
    assert read(text[:-2], Told, cut=True).cut  # type: ignore[attr-defined]
    assert not read(text, Told, cut=True).cut  # type: ignore[attr-defined]


# Properties.

values = st.text(max_size=30)
steps = st.builds(
    Step,
    path=values,
    value=st.none() | values,
    tags=st.lists(values, max_size=3),
)
plans = st.builds(Steps, steps=st.lists(steps, max_size=4), sure=st.floats(0, 1))
SIGNS = [*"{}[],:\"'\\`<>/ \n01.e-", "\ud83d", "é"]
WORDS = ["true", "None", "\\u", "\\ud83d", "//", "/*", '\\"', "```json\n", "</think>", "<think>"]
PARTS = ['{"steps": [', '{"path": "/a"}', '"sure": 1']
json_like = st.lists(st.sampled_from([*SIGNS, *WORDS, *PARTS]), max_size=60).map("".join)
prose = st.text(st.characters(blacklist_characters="{}[]<", codec="utf-8"), max_size=60)


@given(text=json_like | st.text(max_size=80), cut=st.booleans())
def test_reading_raises_nothing_but_its_own_error(text: str, cut: bool) -> None:
    try:
        assert isinstance(read(text, Steps, cut=cut), Steps)
    except BadAnswerError as error:
        str(error).encode()


@given(plan=plans, before=prose, after=prose)
def test_a_valid_object_in_prose_without_braces_reads_back_equal(
    plan: Steps, before: str, after: str
) -> None:
    text = f"{before}\n{plan.model_dump_json()}\n{after}"
    answer = read_answer(text, Steps)
    assert answer.value == plan
    assert answer.notes == ()


@given(plan=plans, data=st.data())
def test_no_repair_changes_a_text(plan: Steps, data: st.DataObject) -> None:
    value = plan.model_dump()
    written = data.draw(
        st.sampled_from(
            [repr(value), _raw(value), f'"{_raw(value)}"', f"{_with_commas(value)} // done"]
        )
    )
    try:
        assert read(f"So: {written}", Steps) == plan
    except BadAnswerError:
        # Python writes some characters as escapes that JSON spells otherwise; those are refused.
        assert "\\" in written


@given(plan=plans, at=st.floats(0, 1))
def test_a_cut_answer_is_a_beginning_of_the_whole_one(plan: Steps, at: float) -> None:
    text = plan.model_dump_json()
    text = text[: int(at * len(text))]
    try:
        kept = read(text, Steps, cut=True)
    except BadAnswerError:
        return
    assert isinstance(kept, Steps)
    assert kept.steps == plan.steps[: len(kept.steps)]
    assert kept.sure in {plan.sure, 0.5}


def _raw(value: Any) -> str:
    """As JSON, with line breaks and tabs in its texts as they are."""
    text = json.dumps(value, ensure_ascii=False)
    return "\t".join(_split_at(r"\t", "\n".join(_split_at(r"\n", text))))


def _split_at(mark: str, text: str) -> list[str]:
    """The text split at an escape; a backslash that is escaped itself begins none."""
    parts, start, position = [], 0, 0
    while position < len(text):
        if text.startswith(mark, position):
            parts.append(text[start:position])
            start = position = position + 2
        else:
            position += 2 if text[position] == "\\" else 1
    return [*parts, text[start:]]


def _with_commas(value: Any) -> str:
    """As JSON, with a comma before each closing bracket and after each opening comment."""
    if isinstance(value, dict):
        inner = "".join(f"{json.dumps(k)}: {_with_commas(v)}, " for k, v in value.items())
        return f"{{ /* an object */ {inner}}}"
    if isinstance(value, list):
        return f"[{''.join(f'{_with_commas(each)} ,' for each in value)}\n]"
    return json.dumps(value)


# Cost.

HOSTILE = {
    "braces": "{",
    "brackets": "[",
    "openings": '{"',
    "openings of Python": "{'",
    "nested objects": '{"a":',
    "nested lists": "[1,[",
    "comments": "{//",
    "other comments": "{/*",
    "thoughts": "<think>",
    "ends of thoughts": "</think>{",
    "escaped openings": '{\\"',
    "broken members": '{"a": [1, {"b": "x{\\"y"}, ',
    "small objects": '{"a":1} ',
    "long numbers": "[1",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_read_in_bounded_time(name: str) -> None:
    unit = HOSTILE[name]
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    for cut in (False, True):
        with pytest.raises(BadAnswerError):
            read(text, Steps, cut=cut)
    assert time.process_time() - began < 5


def test_reading_twice_the_text_takes_at_most_some_twice_the_time() -> None:
    def cost(size: int) -> float:
        text = '{"a": [{"b": "x{y"}, ' * size
        began = time.process_time()
        for _ in range(3):
            with pytest.raises(BadAnswerError):
                read(text, Steps)
        return time.process_time() - began

    cost(50)
    assert cost(1200) < 12 * max(cost(300), 0.005)


def test_deep_nesting_is_a_bad_answer() -> None:
    for text in ("[" * 50_000, '{"steps":' * 50_000, '{"steps": ' + "[" * 200 + "]" * 200 + "}"):
        with pytest.raises(BadAnswerError):
            read(text, Steps)


def test_what_is_longer_than_any_answer_is_not_searched() -> None:
    with pytest.raises(BadAnswerError, match="too many to be read"):
        read("x" * 2_000_001, Steps)
