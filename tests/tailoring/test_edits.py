"""Edits: what a model may change, and what becomes of a list of edits."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.tailoring.edits import Edit, apply_edits

RESUME = {
    "basics": {"name": "Ada Example", "label": "Engineer"},
    "work": [
        {"name": "Acme", "position": "Engineer", "highlights": ["Built A", "Built B", "Built C"]},
        {"name": "Bolt", "position": "Intern", "highlights": ["Wrote D"]},
    ],
    "skills": [{"name": "Tools", "keywords": ["Git", "SQL", "Python"]}],
}


def edited(*edits: dict, mode: str = "full"):
    return apply_edits(RESUME, [Edit(**edit) for edit in edits], mode=mode)


def test_wording_is_replaced_and_the_source_left_alone() -> None:
    before = copy.deepcopy(RESUME)
    result = edited({"path": "/work/0/highlights/1", "action": "replace", "value": "Built B well"})
    assert result.data["work"][0]["highlights"][1] == "Built B well"
    assert result.changes[0].before == "Built B"
    assert before == RESUME


def test_every_pointer_means_a_place_of_the_source_whatever_the_order() -> None:
    edits = [
        {"path": "/work/0/highlights/0", "action": "remove"},
        {"path": "/work/0/highlights/2", "action": "replace", "value": "Built C well"},
        {"path": "/work/0/highlights/2", "action": "move", "to": 0},
    ]
    forwards, backwards = edited(*edits), edited(*reversed(edits))
    assert forwards.data == backwards.data
    assert forwards.data["work"][0]["highlights"] == ["Built C well", "Built B"]


@pytest.mark.parametrize(
    "path",
    [
        "/basics/name",
        "/basics/label",
        "/work/0/name",
        "/work/0/position",
        "/work/0/startDate",
        "/education/0/area",
        "/certificates/0/name",
        "",
        "nonsense",
        "/work/0/highlights/99",
        "/work/7/highlights/0",
    ],
)
def test_what_is_a_fact_or_no_place_cannot_be_replaced(path: str) -> None:
    result = edited({"path": path, "action": "replace", "value": "Invented"})
    assert result.data == RESUME
    assert len(result.refused) == 1


def test_partial_mode_keeps_every_entry_in_its_order() -> None:
    removal = {"path": "/work/0/highlights/0", "action": "remove"}
    move = {"path": "/work/0/highlights/0", "action": "move", "to": 2}
    assert edited(removal, move, mode="partial").data == RESUME
    assert len(edited(removal, move, mode="partial").refused) == 2
    assert edited(removal, mode="full").data != RESUME


def test_a_skill_is_added_once_and_to_a_resume_without_skills_too() -> None:
    add = {"path": "/skills/0/keywords/-", "action": "add", "value": "Docker"}
    twice = edited(add, add, {**add, "value": "git"})
    assert twice.data["skills"][0]["keywords"] == ["Git", "SQL", "Python", "Docker"]
    bare = apply_edits({"basics": {}}, [Edit(**add)], mode="partial")
    assert bare.data["skills"] == [{"name": "Skills", "keywords": ["Docker"]}]


def test_a_place_is_reworded_once_and_the_second_edit_is_reported() -> None:
    edit = {"path": "/work/0/highlights/0", "action": "replace", "value": "First"}
    result = edited(edit, {**edit, "value": "Second"})
    assert result.data["work"][0]["highlights"][0] == "First"
    assert "an earlier edit already does that there" in result.refused[0]


def test_a_missing_summary_may_be_written() -> None:
    result = edited({"path": "/basics/summary", "action": "replace", "value": "Builds."})
    assert result.data["basics"]["summary"] == "Builds."
    assert result.changes[0].kind == "added"


PATHS = st.sampled_from(
    [
        "/basics/summary",
        "/basics/name",
        *(f"/work/{i}/highlights/{j}" for i in range(3) for j in range(4)),
        "/skills/0/keywords/-",
        *(f"/skills/0/keywords/{i}" for i in range(4)),
    ]
)
EDITS = st.lists(
    st.builds(
        Edit,
        path=PATHS,
        action=st.sampled_from(["replace", "add", "remove", "move"]),
        value=st.none() | st.text(max_size=8),
        to=st.none() | st.integers(-2, 6),
    ),
    max_size=12,
)


@pytest.mark.slow
@given(EDITS, st.sampled_from(["partial", "full"]))
def test_no_list_of_edits_changes_a_fact_or_fails(edits, mode) -> None:
    result = apply_edits(RESUME, edits, mode=mode)
    facts = [(entry["name"], entry["position"]) for entry in result.data["work"]]
    assert facts == [("Acme", "Engineer"), ("Bolt", "Intern")]
    assert result.data["basics"]["name"] == "Ada Example"


@given(EDITS)
def test_partial_mode_keeps_as_many_highlights_as_there_were(edits) -> None:
    result = apply_edits(RESUME, edits, mode="partial")
    counts = [len(entry["highlights"]) for entry in result.data["work"]]
    assert counts == [3, 1]
