"""The policies on findings: what leaves the pipeline once unsupported claims were found."""

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab import InputError
from tailor_lab.experiment import Experiment, Metric, Variant
from tailor_lab.lab import Lab
from tailor_lab.llm import LLM, Completion
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_knowledge, load_resume, tailor, verify
from tailor_lab.tailoring.edits import Edit, apply_edits
from tailor_lab.tailoring.findings import POLICIES, FindingsError, revert

RESUME = shipped("data/resumes/data-mid-analyst.json")
JOB = shipped("data/jobs/job-data-analyst-operations.json")
SOURCE = {
    "basics": {"name": "Ana Ruiz", "summary": "Nurse on a surgical ward."},
    "work": [
        {
            "name": "St Mary",
            "position": "Nurse",
            "startDate": "2019",
            "highlights": [
                "Cared for 6 patients a shift",
                "Trained 4 new nurses",
                "Kept the stock",
            ],
        }
    ],
    "skills": [{"name": "Care", "keywords": ["Wound care", "Triage"]}, {"name": "Tools"}],
}


class Told(LLM):
    """The offline model with its answers to rewriting given, and the conversations kept."""

    def __init__(self, *answers: list[Edit]) -> None:
        super().__init__()
        self.asked: list[list[dict[str, str]]] = []
        self._answers = list(answers)

    def complete(self, messages: Any, schema: Any = None, **options: Any) -> Completion:
        """The next answer, in a completion of the offline model."""
        self.asked.append([dict(message) for message in messages])
        real = super().complete(messages, schema, **options)
        edits = self._answers[min(len(self.asked), len(self._answers)) - 1]
        value = schema(edits=edits)
        fields = {**vars(real), "value": value, "text": value.model_dump_json()}
        return Completion(**fields)


INVENTED = Edit(
    path="/work/0/highlights/1", action="replace", value="Trained 40 new nurses, cutting errors 35%"
)
HONEST = Edit(path="/work/0/highlights/0", action="replace", value="Cared for six patients a shift")
ADDED = Edit(path="/skills/0/keywords/-", action="add", value="ECMO")
POSTING = "ICU Nurse\nRequirements\n- ECMO\n- Triage"


def tailored(policy: Any, *answers: list[Edit], mode: Any = "partial") -> tuple[Any, Told]:
    llm = Told(*answers)
    return tailor(SOURCE, POSTING, llm=llm, mode=mode, findings=policy), llm


def test_warn_leaves_the_claims_and_says_so() -> None:
    result, llm = tailored("warn", [INVENTED, HONEST, ADDED])
    assert result.unsupported_claims == len(result.findings) >= 3
    assert any("40" in warning for warning in result.warnings)
    assert len(llm.asked) == 1


def test_revert_restores_the_line_and_keeps_what_is_sound() -> None:
    result, llm = tailored("revert", [INVENTED, HONEST, ADDED])
    assert result.resume["work"][0]["highlights"] == [
        "Cared for six patients a shift",
        "Trained 4 new nurses",
        "Kept the stock",
    ]
    assert result.resume["skills"][0]["keywords"] == ["Wound care", "Triage"]
    assert result.unsupported_claims == 0
    assert {r.path for r in result.reverted} == {INVENTED.path, ADDED.path}
    assert any(note.startswith("Reverted at /work/0/highlights/1") for note in result.warnings)
    assert len(llm.asked) == 1, "restoring needs no model"


def test_a_line_that_was_moved_is_still_the_one_that_is_restored() -> None:
    moved = Edit(path="/work/0/highlights/1", action="move", to=0)
    result, _ = tailored("revert", [moved, INVENTED, HONEST], mode="full")
    assert result.resume["work"][0]["highlights"] == [
        "Trained 4 new nurses",
        "Cared for six patients a shift",
        "Kept the stock",
    ]


def test_inner_lists_change_before_outer_ones_so_that_pointers_mean_the_source() -> None:
    source = {"skills": [{"name": "A", "keywords": ["a", "b"]}, {"name": "B", "keywords": ["c"]}]}
    edits = [
        Edit(path="/skills/1", action="move", to=0),
        Edit(path="/skills/0/keywords/1", action="move", to=0),
        Edit(path="/skills/0/keywords/-", action="add", value="d"),
    ]
    edited = apply_edits(source, edits, mode="full")
    assert [group["keywords"] for group in edited.data["skills"]] == [["c"], ["b", "a", "d"]]
    assert [edit.value for edit in edited.behind("/skills/1/keywords/2")] == ["d"]
    assert edited.behind("/skills/1") == edited.behind("/skills/1/keywords/2")


def test_repair_tells_the_findings_and_takes_the_corrected_answer() -> None:
    corrected = Edit(path=INVENTED.path, action="replace", value="Trained four new nurses")
    result, llm = tailored("repair", [INVENTED, HONEST], [corrected, HONEST])
    assert result.resume["work"][0]["highlights"][1] == "Trained four new nurses"
    assert (result.repairs, result.reverted, result.unsupported_claims) == (1, (), 0)
    roles = [message["role"] for message in llm.asked[1]]
    assert roles[-2:] == ["assistant", "user"]
    told = llm.asked[1][-1]["content"]
    findings = json.loads(told.partition("<findings>")[2].partition("</findings>")[0])
    assert [finding["path"] for finding in findings] == [INVENTED.path]
    assert {claim["text"] for claim in findings[0]["unsupported"]} >= {"40"}


def test_repair_gives_up_after_two_answers_and_restores_the_rest() -> None:
    result, llm = tailored("repair", [INVENTED, HONEST])
    assert len(llm.asked) == 3
    assert result.repairs == 2
    assert result.unsupported_claims == 0
    assert result.resume["work"][0]["highlights"][1] == "Trained 4 new nurses"


def test_every_answer_that_was_asked_for_is_paid_for() -> None:
    once, _ = tailored("warn", [INVENTED])
    thrice, _ = tailored("repair", [INVENTED])
    assert thrice.tokens_used > 2 * once.tokens_used


def test_fail_stops_where_a_claim_blocks_and_passes_what_is_clean() -> None:
    with pytest.raises(FindingsError, match='number "40" is contradicted at /work/0/highlights/1'):
        tailored("fail", [INVENTED, HONEST])
    clean, _ = tailored("fail", [HONEST])
    assert clean.unsupported_claims == 0


def test_an_unknown_policy_is_refused_before_anything_is_spent() -> None:
    llm = Told([HONEST])
    with pytest.raises(InputError, match="findings is 'ignore'; use warn, repair, revert, fail"):
        tailor(SOURCE, POSTING, llm=llm, findings="ignore")  # type: ignore[arg-type]
    assert not llm.asked


def test_a_finding_in_the_sources_own_words_is_left_as_it_is() -> None:
    untouched, _ = tailored("revert", [])
    assert untouched.resume == load_resume(SOURCE).data
    assert untouched.reverted == ()


PLACES = ["/basics/summary", *(f"/work/0/highlights/{i}" for i in range(3)), "/skills/0/keywords/0"]
WORDS = ["6 patients", "60 patients", "ECMO", "Trained nurses", "35%", "Triage", "Head of nursing"]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["replace", "add", "move", "remove"]),
            st.sampled_from(PLACES),
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
            st.integers(0, 3),
        ),
        max_size=8,
    ),
    st.sampled_from(["partial", "full"]),
)
def test_whatever_is_proposed_nothing_unsupported_is_left_after_reverting(
    proposed: list[tuple[str, str, list[str], int]], mode: Any
) -> None:
    edits = [
        Edit(
            path="/skills/0/keywords/-" if action == "add" else path,
            action=action,  # type: ignore[arg-type]
            value=", ".join(words),
            to=to,
        )
        for action, path, words, to in proposed
    ]
    source, job = load_resume(copy.deepcopy(SOURCE)), load_job(POSTING)
    edited, reverted = revert(
        source, job, apply_edits(source.data, edits, mode=mode), mode, load_knowledge()
    )
    assert not verify(source, edited.data, job=job).flagged
    assert len(reverted) + len(edited.accepted) <= len(edits)


def test_the_offline_model_follows_findings_and_keeps_more_than_reverting_does() -> None:
    repaired = tailor(RESUME, JOB, prompt="careless", findings="repair")
    reverted = tailor(RESUME, JOB, prompt="careless", findings="revert")
    assert repaired.repairs == 1
    assert repaired.unsupported_claims == reverted.unsupported_claims == 0
    assert repaired.score_after >= reverted.score_after
    assert repaired.tokens_used > reverted.tokens_used


@pytest.mark.slow
def test_policies_are_variants_and_a_word_that_is_none_is_refused_by_name(
    tmp_path: Path,
) -> None:
    lab = Lab(tmp_path)

    def experiment(*policies: str) -> Experiment:
        return Experiment(
            "policies",
            items="data/pairs.jsonl",
            limit=6,
            variants=[
                Variant(policy, prompt="plain", parameters={"findings": policy})
                for policy in policies
            ],
            primary=Metric("unsupported_claims", margin=0.05),
            metrics=[Metric("unsupported_proposed", better="lower")],
        )

    with pytest.raises(InputError, match="sets findings to 'ignore'; use warn, repair"):
        lab.run(experiment("warn", "ignore"))
    result = lab.run(experiment(*POLICIES), n_jobs=4)
    finished = result.frame.filter(status="ok").group_by("variant")
    left = dict(finished.agg(pl.col("unsupported_claims").sum()).rows())
    assert left["warn"] > 0
    assert left["repair"] == left["revert"] == 0
    failed = result.frame.filter(variant="fail", status="failed")
    assert failed.height > 0
    assert set(failed["error_type"]) == {"FindingsError"}
