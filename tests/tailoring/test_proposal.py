"""Reading an answer leniently: what can mean one thing is taken for it, the rest refused alone."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tailor_lab.llm.errors import BadAnswerError
from tailor_lab.llm.transport.structured import read
from tailor_lab.tailoring.edits import Edit, apply_edits
from tailor_lab.tailoring.item_schema import rewrite_schema
from tailor_lab.tailoring.proposal import CUT, MOST_READ, Rewrite

GOOD = {"path": "/basics/summary", "action": "replace", "value": "Works with data."}
RESUME = {
    "basics": {"name": "Ada", "summary": "Analyst."},
    "work": [{"name": "Acme", "position": "Analyst", "highlights": ["Built A.", "Built B."]}],
    "skills": [{"name": "Tools", "keywords": ["SQL", "Excel"]}],
}
ITEM = rewrite_schema(RESUME, "partial", facts=["f1"], requirements=["r1"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def edit(**changed: Any) -> Edit:
    """The one edit of an answer that holds this one, changed."""
    (found,) = Rewrite.model_validate({"edits": [{**GOOD, **changed}]}).edits
    return found


@pytest.mark.parametrize("schema", [Rewrite, ITEM], ids=["free", "item"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((0.3, 0.3), (1, 1.0), (85, 0.85), ("85%", 0.85), ("0,5", None), ("hoch", None)),
        *((None, None), (True, None), (-1, None), (101, None), (float("nan"), None), ([0.5], None)),
    ],
)
def test_confidence_never_costs_an_answer(schema, given, expected) -> None:
    assert schema.model_validate({"edits": [GOOD], "confidence": given}).confidence == expected


@pytest.mark.parametrize("word", ["Replace", " REPLACE ", "'replace'", "update", "Modify"])
def test_another_spelling_of_an_action_is_that_action(word: str) -> None:
    assert edit(action=word).action == "replace"


@pytest.mark.parametrize(
    "path",
    [
        *("basics/summary", "basics.summary", "$.basics.summary", "resume.basics.summary"),
        *("#/basics/summary", "/basics/summary/", " /basics/summary ", "//basics//summary"),
        "/resume/basics/summary",
    ],
)
def test_another_way_to_write_a_pointer_is_that_pointer(path: str) -> None:
    assert edit(path=path).path == "/basics/summary"


def test_an_index_in_brackets_is_part_of_a_pointer() -> None:
    assert edit(path="work[0].highlights[1]").path == "/work/0/highlights/1"


@pytest.mark.parametrize("path", ["/skills/0/keywords", "/skills/0/keywords/5"])
def test_a_keyword_is_added_to_the_list_that_is_named(path: str) -> None:
    assert edit(path=path, action="add", value="dbt").path == "/skills/0/keywords/-"


def test_a_list_of_keywords_is_an_edit_each_and_a_list_of_sentences_one_text() -> None:
    path = "/skills/0/keywords/-"
    answer = {"edits": [{"path": path, "action": "add", "value": ["dbt", "Power BI"]}]}
    assert [e.value for e in Rewrite.model_validate(answer).edits] == ["dbt", "Power BI"]
    assert edit(value=["One.", "Two."]).value == "One. Two."
    assert edit(value=28).value == "28"


def test_a_move_in_the_words_of_json_patch_goes_from_there_to_here() -> None:
    move = {"op": "move", "from": "/skills/0/keywords/1", "path": "/skills/0/keywords/0"}
    (found,) = Rewrite.model_validate({"edits": [move]}).edits
    assert (found.path, found.action, found.to) == ("/skills/0/keywords/1", "move", 0)


def test_what_is_null_is_an_empty_list_and_ids_have_many_forms() -> None:
    nothing = edit(facts=None, requirements=None, reason=None)
    assert (nothing.facts, nothing.requirements, nothing.reason) == ([], [], "")
    assert edit(facts="f1, f3").facts == ["f1", "f3"]
    assert edit(facts=[{"id": "f1"}, 3, None, ["x"]]).facts == ["f1", "3"]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"path": "/work/0", "action": "rewrite", "value": "x"}, "its action is none of replace"),
        ({"path": "/work/0", "value": "x"}, "its action is none of"),
        ({"action": "replace", "value": "x"}, "it names no place"),
        ({**GOOD, "value": {"text": "x"}}, "its value is an object"),
        ({**GOOD, "value": [1, 2]}, "its value is a list"),
        ({**GOOD, "value": True}, "its value is true or false"),
        ("summary", "it is a text and no object"),
        (None, "it is nothing and no object"),
        ([GOOD], "it is a list and no object"),
    ],
)
def test_an_odd_edit_is_refused_with_its_reason_and_the_others_stand(odd: Any, why: str) -> None:
    for schema in (Rewrite, ITEM):
        found = schema.model_validate({"edits": [odd, GOOD, odd]})
        assert [e.path for e in found.edits] == ["/basics/summary"]
        assert len(found.refused) == 2
        assert why in found.refused[0]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"edits": None},
        {"edits": "none"},
        {"edits": 3},
        {"confidence": 1},
        {"edits": [7]},
        {"edits": [{"path": "/x"}]},
        [7],
    ],
)
def test_an_answer_without_an_edit_that_can_be_read_is_a_bad_answer(answer: Any) -> None:
    with pytest.raises(ValidationError):
        ITEM.model_validate(answer)
    if isinstance(answer, dict):
        with pytest.raises(BadAnswerError, match="edits"):
            read(json.dumps(answer), ITEM)


@pytest.mark.parametrize("answer", [{"edits": []}, {"edits": [], "confidence": "none"}, []])
def test_no_edits_at_all_is_an_answer(answer: Any) -> None:
    assert ITEM.model_validate(answer).edits == []


@pytest.mark.parametrize("answer", [[GOOD], {"edits": GOOD}, {"rewrite": {"edits": [GOOD]}}])
def test_the_list_of_edits_is_found(answer: Any) -> None:
    assert [e.value for e in ITEM.model_validate(answer).edits] == ["Works with data."]


def test_what_was_whole_of_an_answer_that_was_cut_is_kept_and_said() -> None:
    cut = ITEM.model_validate({"edits": [GOOD]}, context={CUT: True})
    assert cut.notes == ("The answer was cut off after 1 edit; what was whole is kept.",)
    with pytest.raises(ValidationError, match="before its first edit was whole"):
        ITEM.model_validate({"edits": []}, context={CUT: True})


def test_characters_that_cannot_be_shown_are_taken_out_and_said() -> None:
    found = Rewrite.model_validate({"edits": [{**GOOD, "value": "Works\x00 here\ud83d.\u202e"}]})
    assert found.edits[0].value == "Works here."
    assert "Characters that cannot be shown" in found.notes[0]


@pytest.mark.parametrize(
    "value", ["Pflegefachfrau für 6 Patienten.\nZweite Zeile.", "نص عربي\u200c"]
)
def test_text_of_any_script_stays_as_it_is(value: str) -> None:
    found = Rewrite.model_validate({"edits": [{**GOOD, "value": value}]})
    assert found.edits[0].value == value
    assert found.notes == ()


def test_a_field_that_is_replaced_by_itself_is_left_out_with_a_note() -> None:
    same = [
        Edit(path="/work/0/position", action="replace", value="Analyst"),
        Edit(path="/basics/summary", action="replace", value=" Analyst. "),
        Edit(path="/skills/0/keywords/-", action="add", value="sql"),
    ]
    made = apply_edits(RESUME, same, mode="partial")
    assert (made.data, made.changes, made.refused) == (RESUME, (), ())
    assert made.notes[0].startswith("3 edits would have changed nothing and were left out: replace")


def test_an_endless_list_is_read_to_a_bound() -> None:
    found = Rewrite.model_validate({"edits": [GOOD] * (MOST_READ + 50)})
    assert len(found.edits) == MOST_READ
    assert found.refused == (f"Edit refused (all others): more than {MOST_READ} edits.",)


@given(answer=json_values)
@settings(max_examples=40, deadline=None)
def test_no_answer_raises_anything_but_what_a_validator_may(answer: Any) -> None:
    odd = [{"path": answer, "action": "replace"}, {**GOOD, "value": answer, "facts": answer}]
    for value in (answer, {"edits": answer}, {"edits": [answer, *odd], "confidence": answer}):
        try:
            found = ITEM.model_validate(value)
        except ValidationError:
            continue
        made = apply_edits(RESUME, found.edits, mode="partial")
        json.dumps(made.data).encode()
