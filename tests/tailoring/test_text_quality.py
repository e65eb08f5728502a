"""New texts that repeat themselves, break off or outgrow their source: warned of, worth nothing."""

import json
from typing import Any

import pytest

from tailor_lab.llm import LLM, Completion
from tailor_lab.llm.transport.structured import read
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_resume, score, tailor
from tailor_lab.tailoring.edits import Edit, apply_edits
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.text.words import words_told
from tailor_lab.tailoring.text_quality import Flaw, text_flaws, unscored

SUMMARY = "Nurse on a surgical ward of 28 beds."
RESUME: dict[str, Any] = {
    "basics": {"name": "Nora Sample", "summary": SUMMARY},
    "work": [
        {
            "name": "Sample Hospital",
            "position": "Registered Nurse",
            "startDate": "2021-03",
            "highlights": [
                "Cared for 5 patients a shift after surgery.",
                "Charted in Epic and led the data platform team",
            ],
        }
    ],
    "skills": [{"name": "Care", "keywords": ["Wound care", "Epic"]}],
}
GERMAN: dict[str, Any] = {
    "basics": {"summary": "Pflegefachfrau auf einer Station mit 28 Betten."},
    "work": [{"name": "Klinik", "highlights": ["Pflegte täglich 6 Patienten nach Operationen."]}],
}
JOB = (
    "Registered Nurse, Surgical\nRequirements\n- RN license\n- Wound care\n- ACLS certification\n"
    "You care for patients after surgery."
)


class Scripted(LLM):
    """The offline model with its answer given."""

    def __init__(self, text: str, finish_reason: str = "stop") -> None:
        super().__init__()
        self.given = {"text": text, "finish_reason": finish_reason}

    def complete(self, messages: Any, schema: Any = None, **options: Any) -> Completion:
        """That answer, read, in a completion of the offline model."""
        real = super().complete(messages, schema, **options)
        value = read(self.given["text"], schema)
        return Completion(**{**vars(real), **self.given, "value": value})


def flaws(value: str, path: str = "/basics/summary", of: Any = RESUME) -> list[Flaw]:
    """The flaws of a résumé in which one text was replaced."""
    edit = Edit(path=path, action="replace", value=value)
    return list(text_flaws(Resume(of), apply_edits(of, [edit], mode="full")))


def kinds(value: str, path: str = "/basics/summary", of: Any = RESUME) -> list[str]:
    return [flaw.kind for flaw in flaws(value, path, of)]


@pytest.mark.parametrize(
    ("value", "of"),
    [
        (f"{SUMMARY} {SUMMARY}", RESUME),
        (f"{SUMMARY}\n{SUMMARY.upper()}", RESUME),
        ("Surgical nurse with Epic; surgical nurse with Epic; surgical nurse with Epic", RESUME),
        ("Cared for 5 patients a shift after surgery. A nurse.", RESUME),
        ("epic and wound care and " * 8 + "epic", RESUME),
        ("Pflegefachfrau mit Erfahrung auf Station. " * 3, GERMAN),
        ("护理病人并记录病情" * 8, GERMAN),
    ],
)
def test_what_is_said_again_is_seen(value: str, of: Any) -> None:
    assert "repeated" in kinds(value, of=of)


def test_a_sentence_that_stands_in_another_field_is_seen_where_it_was_copied_to() -> None:
    (flaw,) = flaws(SUMMARY, "/work/0/highlights/0")
    assert (flaw.path, flaw.kind, flaw.spans) == (
        "/work/0/highlights/0",
        "repeated",
        ((0, len(SUMMARY)),),
    )
    assert str(flaw) == f'/work/0/highlights/0 repeats "{SUMMARY}".'


@pytest.mark.parametrize(
    ("value", "path", "of"),
    [
        ("Nurse on a surgical ward of", "/basics/summary", RESUME),
        ("Nurse on a surgical ward of 28 b", "/basics/summary", RESUME),
        ("Nurse on a surgical", "/basics/summary", RESUME),
        ("A surgical nurse. She cares for people", "/basics/summary", RESUME),
        ("Led the data platf", "/work/0/highlights/1", RESUME),
        ("Charted in Epic,", "/work/0/highlights/1", RESUME),
        ("Charted in Epic (the record", "/work/0/highlights/1", RESUME),
        ("Pflegefachfrau mit Erfahrung auf der", "/basics/summary", GERMAN),
        ("Pflegte täglich 6 Pati", "/work/0/highlights/0", GERMAN),
    ],
)
def test_an_end_in_the_middle_is_seen(value: str, path: str, of: Any) -> None:
    assert kinds(value, path, of) == ["cut"]


@pytest.mark.parametrize(
    ("value", "path", "of"),
    [
        ("Surgical nurse with Epic and wound care.", "/basics/summary", RESUME),
        ("Surgical nurse for 28 beds", "/basics/summary", RESUME),
        ("Cared for 5 surgical patients a shift", "/work/0/highlights/0", RESUME),
        ("Led the data platforms", "/work/0/highlights/1", RESUME),
        ("Charted for a clinic in Wilmington, DE", "/work/0/highlights/1", RESUME),
        ("Wound care with Epic", "/skills/0/keywords/0", RESUME),
        ("Erfahrene Pflegefachfrau für 28 Betten.", "/basics/summary", GERMAN),
        ("Pflegte täglich 6 frisch Operierte", "/work/0/highlights/0", GERMAN),
    ],
)
def test_an_honest_rewording_has_no_flaw(value: str, path: str, of: Any) -> None:
    assert kinds(value, path, of) == []


def test_a_text_of_three_times_its_length_is_seen() -> None:
    longer = "Looks after people before and after operations, at night too, and explains to them "
    longer += "what comes next in words that they know, as her colleagues and their families say."
    assert kinds(longer) == ["grown"]


def test_what_the_source_says_twice_may_stay_twice() -> None:
    twice = {**RESUME, "projects": [{"name": "P", "description": SUMMARY}]}
    assert kinds(f"{SUMMARY} Calm.", of=twice) == []


def test_nothing_that_an_edit_did_not_write_is_looked_at() -> None:
    loop = {**RESUME, "projects": [{"name": "P", "description": f"{SUMMARY} " * 9}]}
    assert kinds("Calm surgical nurse.", of=loop) == []


@pytest.mark.parametrize("times", [2, 5, 40])
@pytest.mark.parametrize("between", [" ", "\n", "; "])
def test_repeating_a_sentence_never_raises_the_score(times: int, between: str) -> None:
    repeated = {
        **RESUME,
        "basics": {**RESUME["basics"], "summary": between.join([SUMMARY] * times)},
    }
    assert score(repeated, JOB).value <= score(RESUME, JOB).value


def test_a_copy_in_a_dated_entry_earns_nothing_more() -> None:
    source = {
        **RESUME,
        "projects": [{"name": "Ward", "description": "Taught wound care to aides."}],
    }
    copied = Edit(
        path="/work/0/highlights/0", action="replace", value="Taught wound care to aides."
    )
    edited = apply_edits(source, [copied], mode="partial")
    found = text_flaws(Resume(source), edited)
    after = score(edited.data, JOB, unsupported=unscored(found))
    assert after.value < after.raw


def test_words_that_are_said_again_do_not_count() -> None:
    assert words_told([SUMMARY]) == words_told([f"{SUMMARY} " * 9]) == 8
    assert words_told([SUMMARY, SUMMARY.lower()]) == 8
    honest = load_resume(shipped("data/resumes/data-mid-analyst.json"))
    texts = [line.text for line in honest.lines()]
    assert words_told(texts) == sum(len(text.split()) for text in texts)
    assert words_told(["Python, SQL, Excel and Tableau"] * 2) == 10


def test_the_result_warns_and_lists_the_flaws() -> None:
    value = f"{SUMMARY} " * 40
    answer = {"edits": [{"path": "/basics/summary", "action": "replace", "value": value}, 7]}
    result = tailor(RESUME, JOB, llm=Scripted(json.dumps(answer)), findings="revert")
    assert [flaw.kind for flaw in result.flaws] == ["repeated", "grown"]
    assert {str(flaw) for flaw in result.flaws} <= set(result.warnings)
    assert result.refused == ("Edit refused (?): it is a number and no object.",)
    assert set(result.refused) <= set(result.warnings)
    assert result.score_after <= result.score_before
    assert result.fabrication_premium == 0
    assert (result.measures()["text_flaws"], result.measures()["refused_edits"]) == (2, 1)


def test_an_answer_that_ended_at_its_limit_says_so() -> None:
    edit = {"path": "/basics/summary", "action": "replace", "value": "Calm surgical nurse."}
    whole, cut = (
        tailor(RESUME, JOB, llm=Scripted(json.dumps({"edits": [edit]}), finish_reason=reason))
        for reason in ("stop", "length")
    )
    said = "The answer was cut off after 1 edit; what was whole is kept."
    assert said in cut.warnings
    assert said not in whole.warnings
    assert cut.resume == whole.resume


@pytest.mark.parametrize("prompt", ["grounded", "plain"])
def test_the_texts_of_the_offline_model_have_no_flaw(prompt: str) -> None:
    resume = shipped("data/resumes/data-mid-analyst.json")
    job = load_job(shipped("data/jobs/job-data-analyst-operations.json"))
    result = tailor(resume, job, prompt=prompt)
    assert result.flaws == ()
    assert result.to_dict()["flaws"] == []
