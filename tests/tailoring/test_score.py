"""The match score: its parts, its reasons and its refusals to be fooled."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import score_separation as benchmark
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_knowledge, load_resume, score, sensitivity, tailor
from tailor_lab.tailoring.scoring.sensitivity import reweighted
from tailor_lab.tailoring.scoring.settings import settings_of
from tailor_lab.tailoring.text.dates import Month
from tests.tailoring.candidates import JOB, RESUME
from tests.tailoring.real_data import real_data

AS_OF = Month(2025, 6)


def scored(resume: dict[str, Any], **options: Any) -> Any:
    return score(resume, JOB, as_of=AS_OF, **options)


def changed(**sections: Any) -> dict[str, Any]:
    return copy.deepcopy({**RESUME, **sections})


def test_a_fitting_resume_scores_high_and_an_unfitting_one_low() -> None:
    nurse = changed(
        basics={"name": "Nell Example", "label": "Registered Nurse", "email": "nell@example.com"},
        work=[
            {
                "name": "St Example",
                "position": "Staff Nurse",
                "startDate": "2015",
                "highlights": ["Cared for patients on a surgical ward"],
            }
        ],
        projects=[],
        skills=[{"name": "Clinical", "keywords": ["wound care"]}],
        certificates=[],
    )
    assert scored(RESUME).value > 60
    assert scored(nurse).value < 35


def test_points_add_up_to_the_score() -> None:
    result = scored(RESUME)
    assert sum(c.points for c in result.components) == pytest.approx(result.value)
    assert sum(c.points_possible for c in result.components) == pytest.approx(100)
    assert result.evaluable_weight == sum(
        c.weight for c in result.components if c.value is not None
    )


def test_every_point_of_a_requirement_leads_to_a_place_on_both_sides() -> None:
    resume, job = load_resume(RESUME), load_job(JOB)
    texts = {line.path: line.text for line in resume.lines()}
    for requirement, place in score(resume, job).evidence():
        low, high = requirement.span
        assert requirement.text in job.text[low:high]
        low, high = place.span
        assert texts[place.path][low:high].strip()


def test_the_place_where_a_skill_stands_decides_what_it_earns() -> None:
    def credit(**sections: Any) -> float:
        bare = {"basics": RESUME["basics"], "work": [], "skills": []}
        result = score({**bare, **sections}, {"text": "Requirements\n- Kubernetes"}, as_of=AS_OF)
        return result.requirements[0].credit

    bullet = {"name": "A", "startDate": "2020", "highlights": ["Ran k8s clusters"]}
    assert credit(work=[bullet]) == 1.0
    assert credit(projects=[{"name": "p", "highlights": ["Ran k8s clusters"]}]) == 0.85
    assert credit(skills=[{"name": "Tools", "keywords": ["k8s"]}]) == 0.6
    assert credit() == 0.0


def test_narrower_implies_broader_and_related_earns_little() -> None:
    def match(keyword: str, wanted: str) -> Any:
        resume = {"work": [{"name": "A", "startDate": "2020", "highlights": [f"Ran {keyword}"]}]}
        return score(resume, {"text": f"Requirements\n- {wanted}"}, as_of=AS_OF).requirements[0]

    assert (match("PostgreSQL", "SQL").how, match("PostgreSQL", "SQL").credit) == ("narrower", 0.8)
    assert match("SQL", "PostgreSQL").credit == 0
    related = match("MySQL", "PostgreSQL")
    assert (related.how, related.credit) == ("related", 0.3)
    assert "only related" in related.advice
    assert related.missing == ("PostgreSQL",)


def test_a_pasted_line_of_all_skills_gains_nothing_verified() -> None:
    wanted = [name for r in load_job(JOB).requirements for group in r.skills for name in group]
    thin = changed(
        work=RESUME["work"][1:], projects=[], skills=[{"name": "S", "keywords": ["SQL"]}]
    )
    stuffed = copy.deepcopy(thin)
    stuffed["skills"].append({"name": "Keywords", "keywords": wanted})
    paths = [
        line.path for line in load_resume(stuffed).lines() if line.path.startswith("/skills/1")
    ]
    honest, result = scored(thin), scored(stuffed, unsupported=paths)
    assert result.verified == pytest.approx(honest.value, abs=1e-6)
    assert result.fabrication_premium == pytest.approx(result.raw - honest.value, abs=1e-6)
    required = result.components[0]
    limit = 0.6 * (required.points_possible + result.components[1].points_possible)
    lexical = result.components[2].points_possible
    assert 0 < result.fabrication_premium <= limit + lexical


def test_a_span_or_a_claim_may_be_unsupported() -> None:
    text = RESUME["work"][0]["highlights"][2]
    path, start = "/work/0/highlights/2", text.index("k8s")

    class Claim:
        def __init__(self) -> None:
            self.path, self.span = path, (start, start + 3)

    by_span = scored(RESUME, unsupported=[(path, start, start + 3)])
    assert by_span.verified < by_span.raw
    assert scored(RESUME, unsupported=[Claim()]).verified == by_span.verified
    assert "Kubernetes" in by_span.missing


def test_an_unsupported_entry_earns_nothing_with_all_that_is_in_it() -> None:
    invented = copy.deepcopy(RESUME)
    invented["work"].append(
        {
            "name": "Nowhere Ltd",
            "position": "Senior Data Engineer",
            "startDate": "2005",
            "endDate": "2015",
            "highlights": ["Ran Spark, Kafka and Datadog in production"],
        }
    )
    result = scored(invented, unsupported=["/work/2"])
    assert result.raw > result.verified
    assert result.verified == pytest.approx(scored(RESUME).value, abs=1e-6)


def test_an_empty_resume_scores_next_to_nothing() -> None:
    assert score({"basics": {"name": "A"}}, JOB, as_of=AS_OF).value <= 5


def test_a_missing_must_caps_the_score() -> None:
    job = {
        **JOB,
        "text": JOB["text"].replace("- Kubernetes", "- RN license required\n- Kubernetes"),
    }
    strict = {**settings_of(load_knowledge()), "missing_must_cap": 40}
    result = score(RESUME, job, as_of=AS_OF, settings=strict)
    assert result.value == 40
    assert any("insists on" in warning for warning in result.warnings)
    assert "Registered Nurse" in result.missing


def test_a_thin_posting_is_named_and_drawn_towards_its_wording() -> None:
    result = score(
        RESUME, {"title": "Data Engineer", "text": "Requirements\n- Python"}, as_of=AS_OF
    )
    assert any("fewer than" in warning for warning in result.warnings)
    assert 0 < result.components[0].value < 1


def test_what_cannot_be_judged_leaves_the_denominator() -> None:
    result = score(RESUME, {"text": "Requirements\n- Python\n- SQL"}, as_of=AS_OF)
    judged = {c.name: c.value is not None for c in result.components}
    assert judged["required skills"]
    assert not judged["title"]
    assert not judged["seniority"]
    assert not judged["credentials"]
    assert sum(c.points_possible for c in result.components) == pytest.approx(100)


def test_advice_is_worth_what_it_says() -> None:
    before = scored(RESUME)
    advice = next(a for a in before.advice if "Datadog" in a.text or "monitoring" in a.text)
    better = copy.deepcopy(RESUME)
    better["work"][0]["highlights"].append("Set up monitoring in Datadog")
    after = scored(better)
    assert after.components[0].points - before.components[0].points >= 0.9 * advice.gain


def test_a_score_says_its_version_and_becomes_json() -> None:
    result = scored(RESUME)
    assert result.version == str(settings_of(load_knowledge())["version"])
    assert json.loads(json.dumps(result.to_dict()))["value"] == result.value
    assert "required skills" in str(result)


def test_weights_can_be_varied_for_a_sensitivity_study() -> None:
    weights = settings_of(load_knowledge())["weights"]
    heavier = {
        **settings_of(load_knowledge()),
        "weights": {**weights, "title": weights["title"] * 1.5},
    }
    assert scored(RESUME, settings=heavier).value != scored(RESUME).value


@pytest.mark.slow
@pytest.mark.parametrize("folder", [shipped("data"), benchmark.HELD_OUT], ids=["shipped", "held"])
def test_good_pairs_are_told_from_poor_ones(folder: Path) -> None:
    areas = benchmark.pair_areas(folder / "pairs.jsonl")
    assert areas["good"] >= 0.9
    assert areas["middling"] >= 0.85


@pytest.mark.slow
def test_real_texts_are_told_apart_no_worse_than_by_cosine_or_keywords() -> None:
    data = real_data("jd_hf853/jobs.parquet").parents[1]
    _, methods = benchmark.separation(data, "test", every=4)
    areas = {name: sum(values) / len(values) for name, values in methods.items()}
    assert areas["match score"] >= areas["TF-IDF cosine"] - 0.02
    assert areas["match score"] >= areas["keyword ratio"]


def test_a_claim_that_blocks_takes_its_sentence_with_it_and_no_more() -> None:
    class Claim:
        path = "/work/0/highlights/0"
        severity = "block"

        def __init__(self, text: str, words: str) -> None:
            start = text.index(words)
            self.span = (start, start + len(words))

    text = "Ran Datadog for 900 teams. Wrote Python services."
    told = changed()
    told["work"][0]["highlights"] = [text]
    result = scored(told, unsupported=[Claim(text, "900")])
    shown = {place.text[low:high] for _, place in result.evidence() for low, high in [place.span]}
    assert "Python" in shown
    assert "Datadog" not in shown


@pytest.mark.slow
def test_inventing_gains_less_than_telling_what_is_so() -> None:
    data = shipped("data")
    rows = [json.loads(line) for line in (data / "pairs.jsonl").read_text("utf-8").splitlines()]
    gains: dict[str, list[float]] = {"grounded": [], "careless": []}
    for row in [row for row in rows if row["match"] != "poor"][::7]:
        for prompt, gained in gains.items():
            result = tailor(data / row["resume"], data / row["job"], prompt=prompt, n_jobs=1)
            gained.append(result.score_after - result.score_before)
            if prompt == "careless":
                assert result.score_after <= result.score_after_raw
    assert sum(gains["grounded"]) > sum(gains["careless"])


def test_reweighing_is_the_same_as_scoring_with_other_weights() -> None:
    result = scored(RESUME)
    for name, weight in settings_of(load_knowledge())["weights"].items():
        weights = {**settings_of(load_knowledge())["weights"], name: weight * 1.5}
        anew = scored(RESUME, settings={**settings_of(load_knowledge()), "weights": weights}).value
        assert reweighted(result, weights) == pytest.approx(anew, abs=1e-5)


def test_sensitivity_has_a_row_for_each_weight_up_and_down_and_sees_the_order_change() -> None:
    poor = changed(work=[], projects=[])
    frame = sensitivity({"whole": [scored(RESUME)], "bare": [scored(poor)]})
    assert frame.height == 2 * 2 * len(settings_of(load_knowledge())["weights"])
    assert not frame["order_changed"].any()
    near = sensitivity({"a": [scored(RESUME)], "b": [scored(changed(education=[]))]}, change=1.0)
    assert set(near["component"]) == set(settings_of(load_knowledge())["weights"])
    assert scored(RESUME).sensitivity()["shipped"].unique().to_list() == [
        pytest.approx(scored(RESUME).value, abs=1e-5)
    ]
    with pytest.raises(ValueError, match="no scores"):
        sensitivity({"none": []})
    with pytest.raises(ValueError, match="share"):
        sensitivity({"a": [scored(RESUME)]}, change=3)
