"""What a report tells: what was done, examples with their facts, cost, segments, course."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.report.content import compose
from tailor_lab.settings import shipped

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> **b** [x](javascript:y) \u202eabc"


def prompts(**options) -> Experiment:
    return Experiment(
        "prompts",
        items=shipped("data/pairs.jsonl"),
        limit=24,
        cluster="resume_id",
        variants=[Variant("plain", prompt="plain"), Variant("careless", prompt="careless")],
        primary=Metric("improvement", margin=2.0),
        guardrails=[Metric("unsupported_claims", margin=0.02)],
        **options,
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab") / ".lab") as opened:
        opened.run(prompts())
        yield opened


@pytest.fixture(scope="module")
def content(lab):
    return compose(lab.result("prompts"))


def test_the_decision_stands_first_in_one_sentence(lab, content) -> None:
    decision = lab.result("prompts").compare().decision
    assert decision.outcome == "keep_baseline"
    assert content.headline.text == decision.sentence
    assert content.headline.text.startswith("Keep plain: careless: ")
    assert content.headline.text.count(". ") == 0


def test_prompts_are_shown_by_what_they_add_and_take_away(content) -> None:
    (diff,) = content.setup.prompts
    assert (diff.baseline_prompt, diff.prompt) == ("plain", "careless")
    added = [line for kind, line in diff.lines if kind == "added"]
    assert any("Quantify all achievements." in line for line in added)
    assert {kind for kind, _ in diff.lines} <= {"same", "added", "removed", "skip"}


def test_examples_are_best_worst_and_random_and_mark_what_is_not_supported(lab, content) -> None:
    kinds = [example.kind for example in content.examples]
    assert "drawn at random" in kinds
    assert len({example.item for example in content.examples}) == len(kinds), "each item once"
    differences = lab.result("prompts").differences("careless")
    gains = [e for e in content.examples if e.kind == "gained most"]
    if gains:
        assert float(gains[0].difference.value) == differences["difference"].max()
    flagged = [
        (example, piece)
        for example in content.examples
        for line in (example.changes.told if example.changes else ())
        for piece in line.pieces_after()
        if piece.flags
    ]
    assert flagged, "the careless prompt invents"
    for example in content.examples:
        assert example.changes is not None
        marked = sum(len(line.flags) for line in example.changes.lines)
        assert marked == int(example.unsupported.value), example.item


def test_the_same_log_draws_the_same_examples(lab, content) -> None:
    again = compose(lab.result("prompts"))
    assert [e.item for e in again.examples] == [e.item for e in content.examples]


def test_without_texts_in_the_log_a_report_says_so(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TAILOR_LAB_LOG_CONTENT", "none")
    with Lab(tmp_path / ".lab") as lab:
        lab.run(prompts())
        page = lab.report("prompts", tmp_path / "r.html").read_text(encoding="utf-8")
        assert lab.verify(tmp_path / "r.html").ok
    assert "The log keeps no text of this run." in page


def test_what_the_log_keeps_of_a_person_is_without_their_name_and_goes_with_them(tmp_path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(prompts())
        runs = lab.log.sql("select distinct resume_id, output_ref from runs")
        kept = {row["output_ref"]: lab.log.content(row["output_ref"]) for row in runs.to_dicts()}
        names = [
            pl.read_json(path)["basics"][0]["name"]
            for path in shipped("data/resumes").glob("*.json")
        ]
        assert not [name for name in names for text in kept.values() if name in text]
        whose = runs["resume_id"][0]
        theirs = runs.filter(pl.col("resume_id") == whose)["output_ref"].to_list()
        lab.log.forget(resume_id=whose)
        left = lab.log.sql("select ref from contents")["ref"].to_list()
        assert not set(theirs) & set(left)
        others = runs.filter(pl.col("resume_id") != whose)["output_ref"].to_list()
        assert set(others) <= set(left)


def test_segments_are_made_of_the_labels_of_the_items(content) -> None:
    assert [part.by for part in content.segmentations] == ["match"]
    assert {row.segment for row in content.segmentations[0].rows} == {"good", "middling", "poor"}


def test_cost_and_return_by_variant_are_those_of_the_log(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        for n in range(40):
            for variant, price in (("small", 0.01), ("large", 0.03)):
                lab.log.record(
                    "runs",
                    {
                        "run_id": f"{variant}{n}",
                        "experiment": "e",
                        "cell": f"{variant}{n}",
                        "variant": variant,
                        "item_id": f"i{n}",
                        "status": "ok",
                        "started_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n),
                        "improvement": float(n % 7),
                        "target_met": n % 4 > 0,
                        "cost_usd": price * (1 + n % 2),
                        "tokens_used": 100 + n,
                        "model": "house:m",
                        "code_version": "1",
                    },
                )
        score = {"kind": "score", "margin": 1.0, "better": "higher"}
        plan = {
            "name": "e",
            "question": None,
            "pipeline": "custom",
            "cluster": None,
            "baseline": "small",
            "replicates": 1,
            "looks": 1,
            "seed": 1,
            "variants": [{"name": "small"}, {"name": "large"}],
            "metrics": [{"name": "improvement", "role": "primary", **score}],
            "order": [f"i{n}" for n in range(40)],
            "cells": [f"{v}{n}" for n in range(40) for v in ("small", "large")],
        }
        lab.log.record("experiments", {"experiment": "e", "plan_hash": "h", "plan": plan})
        content = compose(lab.result("e"), value_per_success=0.5)
        by_variant = {row.variant: row for row in content.money.variants}
        for name, price in (("small", 0.01), ("large", 0.03)):
            own = lab.log.costs(variant=name, value_per_success=0.5)
            assert by_variant[name].returned.value == str((own.roi, own.roi_low, own.roi_high))
            mean = price * 1.5
            assert f"{mean:.4g} USD (" in by_variant[name].cost.text
        assert content.money.chart is not None
        title = content.course.chart.to_dict()["title"]["text"]
        assert title.startswith("improvement, first and last week: ")
        lab.report("e", tmp_path / "r.html", value_per_success=0.5)
        assert lab.verify(tmp_path / "r.html").ok


def test_hostile_text_is_only_text_in_every_format(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")

    def measured(number, factor):
        return {"gain": number * factor}

    with Lab(tmp_path / ".lab") as lab:
        lab.run(
            Experiment(
                "hostile",
                items=[
                    {"id": f"{HOSTILE}{i}", "number": i, "kind": f"{HOSTILE}{i % 2}"}
                    for i in range(20)
                ],
                pipeline=Pipeline([measured]),
                variants=[
                    Variant("one", parameters={"factor": 1}),
                    Variant(HOSTILE, parameters={"factor": 2}),
                ],
                primary=Metric("gain", margin=1.0),
                question=f"{HOSTILE} #set page(fill: red) = Heading",
            )
        )
        page, text, printed = (
            lab.report("hostile", tmp_path / f"r.{ending}") for ending in ("html", "md", "pdf")
        )
        assert lab.verify(page).ok
    html = page.read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "\u202e" not in html
    markdown = text.read_text(encoding="utf-8")
    assert "<script>" not in markdown
    assert "[x](javascript" not in markdown
    assert "\u202e" not in markdown
    shown = "".join(p.extract_text() for p in pypdf.PdfReader(printed).pages)
    assert "#set page(fill: red) = Heading" in " ".join(shown.split())


def test_a_pdf_says_what_the_page_says(lab, content, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    pages = pypdf.PdfReader(lab.report("prompts", tmp_path / "r.pdf")).pages
    shown = " ".join(" ".join(page.extract_text() for page in pages).split())
    for part in ("Decision", "What was done", "Guardrails", "Segments", "Cost and return"):
        assert part in shown
    for row in (*content.evidence, *content.guardrails):
        assert row.estimate.text in shown


def test_without_typst_a_pdf_is_refused_in_one_sentence(lab, tmp_path: Path, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(InputError, match=r"needs typst: pip install"):
        lab.report("prompts", tmp_path / "r.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_draws_any_of_its_metrics(lab) -> None:
    comparison = lab.result("prompts").compare()
    title = comparison.chart("unsupported_claims").to_dict()["title"]["text"]
    assert (
        title
        == f"careless: unsupported_claims {comparison['careless', 'unsupported_claims'].summary}"
    )
    assert "improvement" in comparison.chart().to_dict()["title"]["text"]
    with pytest.raises(InputError, match='no metric "speed"; it has improvement'):
        comparison.chart("speed")
